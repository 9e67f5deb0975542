"""The engine's own settings, read once from the environment. Knows nothing about what they are used for."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from services.embedded.weights import SMOLLM2, Weights, cache_folder, chosen

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class EngineSettings:
    """What may differ between one engine and another; the defaults suit two shared cores."""

    key: str = ""
    """Asked for as a bearer token; empty: nobody is asked."""
    weights: Weights = SMOLLM2
    cache: Path = field(default_factory=cache_folder)
    threads: int = 2
    """Threads of the chat model; the other models use one each."""
    queue: int = 20
    """Jobs that may wait for one model before the next is turned away."""
    idle_seconds: float = 900.0
    """A model unused for so long gives its memory back; 0: never."""
    warm: bool = True
    """Bring and load the likely next model while nothing else is asked for."""
    json_limit: int = MEGABYTE
    audio_limit: int = 25 * MEGABYTE

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> EngineSettings:
        """Raises `ValueError` with a sentence for a person when a variable makes no sense."""
        return cls(
            key=environ.get("AIML_ENGINE_KEY", ""),
            weights=chosen(environ.get("AIML_EMBEDDED_CHAT_MODEL", "")),
            cache=cache_folder(environ),
            threads=max(1, int(environ.get("AIML_ENGINE_THREADS") or min(2, os.cpu_count() or 1))),
            idle_seconds=float(environ.get("AIML_ENGINE_IDLE_SECONDS") or cls.idle_seconds),
            warm=environ.get("AIML_ENGINE_WARM", "1") not in ("0", "false", "no"),
        )
