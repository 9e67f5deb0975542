"""Reads transcripts in every published shape. Knows vendors' fields and units; knows nothing about asking for them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from services.errors import MalformedReply
from services.refusals import shortened
from services.replies import ChannelTranscript, Paragraphs, Recording, TextTranscript, Timed, malformed, read

PAUSE = 0.8  # seconds of silence that end a segment
NO_TRANSCRIPT = "The reply holds no transcript."
LONGEST = 12.0  # seconds of a segment built from words
SENTENCE_END = re.compile(r"[.?!…。？！][\"'”’)\]]*$")


@dataclass(frozen=True)
class Word:
    """Times in seconds."""

    start: float
    end: float
    text: str
    speaker: str | None = None


@dataclass(frozen=True)
class Segment:
    """A sentence, an utterance or a speaker's turn; times in seconds."""

    start: float
    end: float
    text: str
    speaker: str | None = None


@dataclass(frozen=True)
class Heard:
    """What a reply says was spoken. `duration` in seconds, 0 when unknown; an empty text means silence.

    `notice` is what the embedded engine wants to be told to the person.
    """

    text: str
    segments: tuple[Segment, ...] = ()
    words: tuple[Word, ...] = ()
    language: str = ""
    duration: float = 0.0
    notice: str = ""


def inner(said: Mapping[str, Any]) -> Mapping[str, Any]:
    """What an envelope holds: `result`, else `output`, else itself; samples and schema of the API disagree."""
    return next((said[name] for name in ("result", "output") if isinstance(said.get(name), dict)), said)


def has_transcript(said: Mapping[str, Any]) -> bool:
    """Whether a reply carries a transcript already, an empty one included."""
    result = inner(said)
    return "text" in result or _has_channels(result)


def heard(said: Mapping[str, Any], *, request_id: str = "") -> Heard:
    """The transcript of a reply. Raises MalformedReply when there is none in it."""
    result = inner(said)
    try:
        if _has_channels(result):
            return _of_channels(read(ChannelTranscript, result, NO_TRANSCRIPT, request_id=request_id))
        return _of_text(read(TextTranscript, result, NO_TRANSCRIPT, request_id=request_id))
    except MalformedReply as odd:
        raise malformed(NO_TRANSCRIPT, said, request_id=request_id, detail=odd.detail) from odd


def _has_channels(result: Mapping[str, Any]) -> bool:
    return isinstance(results := result.get("results"), dict) and "channels" in results


def _of_channels(reply: ChannelTranscript) -> Heard:
    channels = reply.results.channels
    best = [channel.alternatives[0] for channel in channels if channel.alternatives]
    recording = reply.metadata or Recording()
    duration = float(recording.duration or 0)
    words = sorted(_words([word for one in best for word in one.words], duration), key=_start)
    turns = reply.results.utterances or [
        sentence.model_copy(update={"speaker": paragraph.speaker} if sentence.speaker is None else {})
        for one in best
        for paragraph in (one.paragraphs or Paragraphs()).paragraphs
        for sentence in paragraph.sentences
    ]
    language = next((channel.detected_language for channel in channels if channel.detected_language), "")
    text = "\n".join(said for one in best if (said := (one.transcript or "").strip()))
    return replace(_whole(text, words, turns, language, duration), notice=shortened(recording.notice or ""))


def _of_text(reply: TextTranscript) -> Heard:
    seconds = (reply.audio_duration, reply.duration, reply.usage.seconds if reply.usage else None)
    duration = float(next((one for one in seconds if one), 0))
    words, turns = _words(reply.words, duration), reply.utterances or reply.segments
    return _whole((reply.text or "").strip(), words, turns, reply.language_code or reply.language or "", duration)


def _whole(text: str, words: list[Word], turns: Sequence[Timed], language: str, duration: float) -> Heard:
    duration = duration or max((word.end for word in words), default=0.0)
    segments = tuple(_segments(turns, duration)) or tuple(_built(words))
    if not segments and text:
        segments = (Segment(0.0, duration, text),)
    return Heard(text, segments if text else (), tuple(words), language.replace("_", "-"), duration)


def _words(said: Sequence[Timed], duration: float) -> list[Word]:
    scale = _scale(said, duration)
    return [Word(*_span(one, scale), one.said, _speaker(one.speaker)) for one in said if one.said]


def _segments(said: Sequence[Timed], duration: float) -> list[Segment]:
    scale = _scale(said, duration)
    found = [Segment(*_span(one, scale), one.said, _speaker(one.speaker)) for one in said if one.said]
    return sorted(found, key=_start)


def _span(timed: Timed, scale: float) -> tuple[float, float]:
    return timed.start * scale, max(timed.start, timed.end) * scale


def _scale(said: Sequence[Timed], duration: float) -> float:
    """What makes seconds of these times: Deepgram says seconds, AssemblyAI milliseconds."""
    last = max((max(one.start, one.end) for one in said), default=0)
    whole = all(isinstance(time, int) for one in said for time in (one.start, one.end))
    in_milliseconds = last > 2 * duration + 1 if duration else whole and all(one.text is not None for one in said)
    return 0.001 if in_milliseconds else 1.0


def _built(words: Iterable[Word]) -> list[Segment]:
    """Segments from words: they end with a sentence, at a pause, at another speaker, or when they get long."""
    segments: list[Segment] = []
    ended = True
    for word in words:
        last = segments[-1] if segments else None
        if (
            last is None
            or ended
            or word.start - last.end > PAUSE
            or word.speaker != last.speaker
            or word.end - last.start > LONGEST
        ):
            segments.append(Segment(word.start, word.end, word.text, word.speaker))
        else:
            segments[-1] = replace(last, end=max(last.end, word.end), text=f"{last.text} {word.text}")
        ended = bool(SENTENCE_END.search(word.text))
    return segments


def _speaker(said: int | str | None) -> str | None:
    """Vendors number speakers from 0, or letter them."""
    if isinstance(said, int):
        return f"Speaker {said + 1}"
    name = (said or "").strip()[:80]
    return (f"Speaker {name}" if len(name) == 1 else name) or None


def _start(timed: Word | Segment) -> float:
    return timed.start
