"""Subtitles: laws that every player relies on."""

import html
import re
from json import loads

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.run import Run
from services.subtitles import FORMATS, cues, json, srt, txt, vtt
from services.transcription import Segment, Transcript, Word

SPEAKERS = st.none() | st.sampled_from(["Speaker 1", "Speaker 2", "A person with a very long name indeed, the third"])
TEXTS = st.text(min_size=1, max_size=300) | st.sampled_from(
    ["a --> b", "<b>bold</b> & <i>", "1", "WEBVTT", "x" * 200, "00:00:01,000 --> 00:00:02,000", "one\n\ntwo", "NOTE x"]
)
SECONDS = st.floats(0, 5000) | st.just(0.0)


def made(*segments, words=(), text=None, duration=10.0):
    text = " ".join(segment.text for segment in segments) if text is None else text
    return Transcript(text, segments, words, "en", duration, "", (), "", Run("m", "tests"))


@st.composite
def transcripts(draw):
    segments = draw(st.lists(st.builds(Segment, SECONDS, SECONDS, TEXTS, SPEAKERS), max_size=8))
    return made(*segments)


def milliseconds(clock):
    hours, minutes, seconds = clock.replace(",", ".").split(":")
    return round((int(hours) * 3600 + int(minutes) * 60 + float(seconds)) * 1000)


def parsed(text, point):
    """Number, start, end and lines of each cue, as a strict player reads them."""
    stamp = rf"\d\d+:[0-5]\d:[0-5]\d{re.escape(point)}\d{{3}}"
    for block in text.strip("\n").split("\n\n") if text.strip("\n") else []:
        number, times, *lines = block.split("\n")
        assert re.fullmatch(f"{stamp} --> {stamp}", times)
        start, end = times.split(" --> ")
        yield int(number), milliseconds(start), milliseconds(end), lines


@given(transcripts())
def test_cues_are_numbered_rise_strictly_never_overlap_and_fit_the_screen(transcript):
    before = -1
    for at, (number, start, end, lines) in enumerate(parsed(srt(transcript), ","), start=1):
        assert number == at
        assert start < end
        assert start >= before
        assert 1 <= len(lines) <= 2
        assert all(line.strip() and len(line) <= 42 and "-->" not in line for line in lines)
        before = end


@given(transcripts())
def test_srt_and_vtt_and_the_cues_agree(transcript):
    head, _, rest = vtt(transcript).partition("\n\n")
    assert head.strip() == "WEBVTT"
    webvtt = [
        (number, start, end, tuple(html.unescape(line) for line in lines))
        for number, start, end, lines in parsed(rest, ".")
    ]
    subrip = [(number, start, end, tuple(lines)) for number, start, end, lines in parsed(srt(transcript), ",")]
    assert webvtt == subrip
    assert [(start, end, lines) for _, start, end, lines in subrip] == [
        (cue.start, cue.end, cue.lines) for cue in cues(transcript)
    ]


@given(transcripts())
def test_nothing_in_vtt_can_be_read_as_markup_or_times(transcript):
    for _, _, _, lines in parsed(vtt(transcript).partition("\n\n")[2], "."):
        assert not any(set("<>") & set(line) for line in lines)


@given(st.lists(st.from_regex(r"[a-z]{1,12}[.,]?", fullmatch=True), min_size=1, max_size=80))
def test_every_word_is_shown_once_and_in_order(words):
    transcript = made(Segment(0, 60, " ".join(words)))
    assert " ".join(line for cue in cues(transcript) for line in cue.lines).split() == words


@given(st.lists(st.from_regex(r"[a-z]{1,12}", fullmatch=True), min_size=20, max_size=60))
def test_a_cue_begins_when_its_first_word_is_said(spoken):
    words = tuple(Word(at * 2.0, at * 2.0 + 0.5, word) for at, word in enumerate(spoken))
    transcript = made(Segment(0, len(spoken) * 2.0, " ".join(spoken), "Speaker 1"), words=words)
    at = 0
    for cue in cues(transcript):
        assert cue.start == at * 2000
        at += len(" ".join(cue.lines).removeprefix("Speaker 1: ").split())


def test_a_speaker_is_named_when_it_changes():
    transcript = made(
        Segment(0, 1, "Hello.", "Speaker 1"),
        Segment(1, 2, "And so on.", "Speaker 1"),
        Segment(2, 3, "Yes.", "Speaker 2"),
    )
    assert [cue.lines[0] for cue in cues(transcript)] == ["Speaker 1: Hello.", "And so on.", "Speaker 2: Yes."]
    assert txt(transcript) == "Speaker 1: Hello. And so on.\n\nSpeaker 2: Yes.\n"


def test_who_talks_over_another_cuts_the_other_short():
    transcript = made(Segment(0, 5, "A long one.", "A"), Segment(2, 3, "No!", "B"))
    assert [(cue.start, cue.end) for cue in cues(transcript)] == [(0, 2000), (2000, 3000)]


def test_a_text_without_times_is_shown_for_as_long_as_reading_takes():
    [cue] = cues(made(Segment(0, 0, "Thirty characters, more or less"), duration=0))
    assert 1500 < cue.end < 3000


def test_markup_is_shown_and_not_obeyed():
    assert "&lt;script&gt; &amp; →" in vtt(made(Segment(0, 1, "<script> & -->")))


def test_hours_are_counted():
    assert "01:01:01,500 --> 100:00:00,000" in srt(made(Segment(3661.5, 360_000, "Late.")))


def test_silence_is_an_empty_file():
    silence = made(text="")
    assert (txt(silence), srt(silence), vtt(silence)) == ("", "", "WEBVTT\n")
    assert loads(json(silence))["segments"] == []


def test_json_holds_text_times_and_speakers():
    transcript = made(Segment(0.12345, 1, "Hé.", None), words=(Word(0, 1, "Hé.", "Speaker 1"),))
    assert loads(json(transcript)) == {
        "text": "Hé.",
        "language": "en",
        "duration": 10.0,
        "segments": [{"start": 0.123, "end": 1, "text": "Hé.", "speaker": None}],
        "words": [{"start": 0, "end": 1, "text": "Hé.", "speaker": "Speaker 1"}],
    }


@pytest.mark.parametrize("name", ["txt", "srt", "vtt", "json"])
def test_each_format_has_a_writer(name):
    assert FORMATS[name](made(Segment(0, 1, "Hello.")))
