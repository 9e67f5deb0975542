"""Reads transcripts in every published shape. Knows vendors' fields and units; knows nothing about asking for them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from services.errors import MalformedReply
from services.refusals import shortened

PAUSE = 0.8  # seconds of silence that end a segment
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
    return "text" in result or _channels(result) is not None


def heard(said: Mapping[str, Any]) -> Heard:
    """The transcript of a reply. Raises MalformedReply when there is none in it."""
    result = inner(said)
    channels = _channels(result)
    if channels is not None:
        return _of_channels(result, channels)
    text = result.get("text", False)
    if text is None or isinstance(text, str):
        return _of_text(result, text or "")
    raise MalformedReply("The reply holds no transcript.", remedy="Try again, or choose another model.")


def _of_channels(result: Mapping[str, Any], channels: Sequence[Mapping[str, Any]]) -> Heard:
    """Deepgram's shape: seconds, one best alternative for each channel."""
    best = [_first(channel.get("alternatives")) for channel in channels]
    texts = [str(one.get("transcript") or "").strip() for one in best]
    if not any("transcript" in one for one in best):
        raise MalformedReply("The reply holds no transcript.", remedy="Try again, or choose another model.")
    duration = _time(_dict(result.get("metadata")).get("duration")) or 0.0
    words = sorted(_words([word for one in best for word in _dicts(one.get("words"))], duration), key=_start)
    turns = _dicts(_dict(result.get("results")).get("utterances"))
    if not turns:
        paragraphs = [p for one in best for p in _dicts(_dict(one.get("paragraphs")).get("paragraphs"))]
        turns = [
            {"speaker": paragraph.get("speaker"), **sentence}
            for paragraph in paragraphs
            for sentence in _dicts(paragraph.get("sentences"))
        ]
    language = next((str(c["detected_language"]) for c in channels if c.get("detected_language")), "")
    found = _whole("\n".join(text for text in texts if text), words, turns, language, duration)
    return replace(found, notice=shortened(str(_dict(result.get("metadata")).get("notice") or "")))


def _of_text(result: Mapping[str, Any], text: str) -> Heard:
    """AssemblyAI's and OpenAI's shapes: a text, and with luck words, utterances or segments."""
    seconds = (result.get("audio_duration"), result.get("duration"), _dict(result.get("usage")).get("seconds"))
    duration = next((time for one in seconds if (time := _time(one))), 0.0)
    words = _words(_dicts(result.get("words")), duration)
    turns = _dicts(result.get("utterances")) or _dicts(result.get("segments"))
    language = str(result.get("language_code") or result.get("language") or "")
    return _whole(text.strip(), words, turns, language, duration)


def _whole(text: str, words: list[Word], turns: list[Mapping[str, Any]], language: str, duration: float) -> Heard:
    duration = duration or max((word.end for word in words), default=0.0)
    segments = tuple(_segments(turns, duration)) or tuple(_built(words))
    if not segments and text:
        segments = (Segment(0.0, duration, text),)
    return Heard(text, segments if text else (), tuple(words), language.replace("_", "-"), duration)


def _channels(result: Mapping[str, Any]) -> list[Mapping[str, Any]] | None:
    """The channels: a list in every sample, an object in the schema."""
    found = _dict(result.get("results")).get("channels")
    if isinstance(found, list):
        return _dicts(found)
    if isinstance(found, dict):
        return [found] if "alternatives" in found else _dicts(list(found.values()))
    return None


def _words(said: Sequence[Mapping[str, Any]], duration: float) -> list[Word]:
    return [
        Word(start, end, text, _speaker(word.get("speaker")))
        for word, start, end in _timed(said, duration)
        if (text := str(word.get("punctuated_word") or word.get("word") or word.get("text") or "").strip())
    ]


def _segments(said: Sequence[Mapping[str, Any]], duration: float) -> list[Segment]:
    found = [
        Segment(start, end, text, _speaker(turn.get("speaker")))
        for turn, start, end in _timed(said, duration)
        if (text := str(turn.get("transcript") or turn.get("text") or "").strip())
    ]
    return sorted(found, key=_start)


def _timed(said: Sequence[Mapping[str, Any]], duration: float) -> list[tuple[Mapping[str, Any], float, float]]:
    """Entries with their times in seconds: Deepgram says seconds, AssemblyAI milliseconds."""
    times = [(entry, _time(entry.get("start")), _time(entry.get("end"))) for entry in said]
    known = [(entry, start, max(start, end)) for entry, start, end in times if start is not None and end is not None]
    last = max((end for _, _, end in known), default=0.0)
    whole = all(isinstance(entry.get(name), int) for entry, _, _ in known for name in ("start", "end"))
    in_milliseconds = last > 2 * duration + 1 if duration else whole and all("text" in entry for entry, _, _ in known)
    scale = 0.001 if in_milliseconds else 1.0
    return [(entry, start * scale, end * scale) for entry, start, end in known]


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


def _speaker(said: Any) -> str | None:
    """Vendors number speakers from 0, or letter them."""
    if isinstance(said, int) and not isinstance(said, bool):
        return f"Speaker {said + 1}"
    if isinstance(said, str) and said.strip():
        name = said.strip()[:80]
        return f"Speaker {name}" if len(name) == 1 else name
    return None


def _time(said: Any) -> float | None:
    if isinstance(said, bool) or not isinstance(said, (int, float)) or not math.isfinite(said) or said < 0:
        return None
    return float(said)


def _start(timed: Word | Segment) -> float:
    return timed.start


def _dict(said: Any) -> Mapping[str, Any]:
    return said if isinstance(said, dict) else {}


def _dicts(said: Any) -> list[Mapping[str, Any]]:
    return [one for one in said if isinstance(one, dict)] if isinstance(said, list) else []


def _first(said: Any) -> Mapping[str, Any]:
    return next(iter(_dicts(said)), {})
