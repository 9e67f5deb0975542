"""The voice itself: hibari, one sentence at a time. Knows sound; knows nothing about HTTP, queues or file formats."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from services.embedded.spoken import sentences

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RATE = 24_000
"""Samples per second."""


class SpeechModel:
    """A loaded voice; its own length control makes it faster or slower, so that the pitch stays."""

    def __init__(self) -> None:
        import hibari

        self._voice: Any = hibari.Hibari(voice="heart", threads=1)
        for _ in self.say("Ready."):  # loads the pronunciation tables, which the first sentence would wait for
            pass

    def say(self, text: str, speed: float = 1.0) -> Iterator[NDArray[np.float32]]:
        """Mono sound at `RATE`, sentence by sentence; the same text gives the same sound."""
        for sentence in sentences(text, self._voice.split_sentences):
            yield from self._voice.stream(sentence, speed=speed, seed=0)
