"""A transcript as text, SubRip, WebVTT and JSON. Pure functions; knows nothing about files or widgets."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from json import dumps
from typing import Any

from services.transcription import Transcript
from services.transcripts import Segment, Word

LINE = 42  # characters, and two such lines at a time: the broadcasters' habit
LINES = 2
READING = 15  # characters a second, for a segment whose times nobody knows
LONGEST_NAME = 24


@dataclass(frozen=True)
class Cue:
    """One to two lines shown from `start` to `end`, in milliseconds; the lines are plain text."""

    start: int
    end: int
    lines: tuple[str, ...]


def cues(transcript: Transcript) -> tuple[Cue, ...]:
    """The transcript cut into cues whose times rise strictly and never overlap; a speaker is named when it changes."""
    raw: list[Cue] = []
    speaker: str | None = None
    for segment in sorted(transcript.segments, key=lambda one: one.start):
        named = f"{segment.speaker[:LONGEST_NAME]}: " if segment.speaker and segment.speaker != speaker else ""
        speaker = segment.speaker
        raw.extend(_cut(segment, named, transcript.words))
    return tuple(_in_order(raw))


def txt(transcript: Transcript) -> str:
    """Plain text; where speakers are known, a paragraph for each turn."""
    if not any(segment.speaker for segment in transcript.segments):
        return f"{transcript.text}\n" if transcript.text else ""
    turns: list[tuple[str | None, str]] = []
    for segment in transcript.segments:
        if turns and turns[-1][0] == segment.speaker:
            turns[-1] = (segment.speaker, f"{turns[-1][1]} {segment.text}")
        else:
            turns.append((segment.speaker, segment.text))
    return "\n".join(f"{speaker}: {text}\n" if speaker else f"{text}\n" for speaker, text in turns)


def srt(transcript: Transcript) -> str:
    """SubRip, numbered from 1."""
    return "\n".join(_blocks(transcript, ",", str))


def vtt(transcript: Transcript) -> str:
    """WebVTT, numbered from 1; what could be read as markup is escaped."""
    return "\n".join(["WEBVTT\n", *_blocks(transcript, ".", _escaped)])


def json(transcript: Transcript) -> str:
    """Text, segments, words, language and duration; times in seconds."""
    whole = {
        "text": transcript.text,
        "language": transcript.language,
        "duration": round(transcript.duration, 3),
        "segments": [_rounded(segment) for segment in transcript.segments],
        "words": [_rounded(word) for word in transcript.words],
    }
    return dumps(whole, ensure_ascii=False, indent=1) + "\n"


FORMATS: Mapping[str, Callable[[Transcript], str]] = {"txt": txt, "srt": srt, "vtt": vtt, "json": json}


def _blocks(transcript: Transcript, point: str, written: Callable[[str], str]) -> Iterator[str]:
    for number, cue in enumerate(cues(transcript), start=1):
        times = f"{_clock(cue.start, point)} --> {_clock(cue.end, point)}"
        yield "\n".join([str(number), times, *map(written, cue.lines), ""])


def _cut(segment: Segment, named: str, words: Sequence[Word]) -> Iterator[Cue]:
    """A segment in pieces of two lines; a piece lasts as long as its words, or as its share of the characters."""
    plain = f"{named}{segment.text}".replace("-->", "→")
    text = "".join(" " if c.isspace() else c for c in plain if c.isprintable() or c.isspace())
    wrapped = textwrap.wrap(text, LINE, break_on_hyphens=False)
    pieces = [_balanced(tuple(wrapped[at : at + LINES])) for at in range(0, len(wrapped), LINES)]
    start, end = segment.start, segment.end
    if end <= start:
        end = start + max(1.0, len(text) / READING)
    bounds = _spoken(pieces, named, segment, words) or _shared(pieces, start, end)
    for piece, (begin, until) in zip(pieces, bounds, strict=True):
        yield Cue(round(begin * 1000), round(until * 1000), piece)


def _balanced(piece: tuple[str, ...]) -> tuple[str, ...]:
    """Two lines of about the same length, which the eye takes in faster than a long one and a word."""
    text = " ".join(piece)
    narrowest = max(len(text) // 2, *map(len, text.split()))
    tries = (textwrap.wrap(text, width, break_on_hyphens=False) for width in range(narrowest, LINE))
    return next((tuple(lines) for lines in tries if len(lines) == len(piece)), piece)


def _spoken(
    pieces: Sequence[tuple[str, ...]], named: str, segment: Segment, words: Sequence[Word]
) -> list[tuple[float, float]]:
    """When the words of each piece were said; empty when words and text don't match one to one."""
    inside = [word for word in words if segment.start - 0.01 <= word.start < segment.end + 0.01]
    counts = [len(" ".join(piece).split()) for piece in pieces]
    if pieces:
        counts[0] -= len(named.split())
    if sum(counts) != len(inside) or min(counts, default=0) < 1 or len(pieces) == 1:
        return []
    bounds, at = [], 0
    for count in counts:
        bounds.append((inside[at].start, inside[at + count - 1].end))
        at += count
    return bounds


def _shared(pieces: Sequence[tuple[str, ...]], start: float, end: float) -> list[tuple[float, float]]:
    sizes = [sum(map(len, piece)) for piece in pieces]
    bounds, at = [], start
    for size in sizes:
        until = at + (end - start) * size / sum(sizes)
        bounds.append((at, until))
        at = until
    return bounds


def _in_order(raw: Sequence[Cue]) -> Iterator[Cue]:
    """Each cue after the one before it, at least a millisecond long; who talks over another cuts the other short."""
    ordered = sorted(raw, key=lambda cue: cue.start)
    free = 0
    for at, cue in enumerate(ordered):
        start = max(cue.start, free)
        following = ordered[at + 1].start if at + 1 < len(ordered) else cue.end
        end = min(cue.end, following) if following > start else cue.end
        free = max(end, start + 1)
        yield Cue(start, free, cue.lines)


def _clock(milliseconds: int, point: str) -> str:
    seconds, thousandths = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{point}{thousandths:03}"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _rounded(timed: Segment | Word) -> dict[str, Any]:
    return {name: round(value, 3) if isinstance(value, float) else value for name, value in asdict(timed).items()}
