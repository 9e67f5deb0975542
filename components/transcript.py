"""The words and times of a transcript as they are shown. Plain functions; knows no widgets."""

from __future__ import annotations

import html

from services.transcription import Segment, Transcript


def caption(transcript: Transcript) -> list[str]:
    """Length, language and number of words."""
    words = [f"{transcript.duration:.1f} s of audio"] if transcript.duration else []
    words += [f"language {transcript.language}"] if transcript.language else []
    return [*words, f"{len(transcript.text.split()):,} words"]


def paragraphs(segments: tuple[Segment, ...]) -> str:
    """Readable paragraphs with their times in the margin."""
    rows = "".join(
        f"<p><time>{clock(segment.start)}</time><span>"
        f"{f'<b>{html.escape(segment.speaker)}</b> ' if segment.speaker else ''}{html.escape(segment.text)}</span></p>"
        for segment in segments
    )
    return f'<div class="segments">{rows}</div>' if rows else ""


def clock(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{int(minutes)}:{rest:04.1f}"
