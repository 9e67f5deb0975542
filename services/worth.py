"""What a call can cost at most, and what a part of it cost. Knows prices and sizes; knows nothing about who pays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from services.catalog import Model, estimate
from services.families import chat_tokens
from services.limits import Limits
from services.run import Cost, Usage

PICTURE_TOKENS = 2000  # a picture in a prompt; models count some 250 to 1,600
TURN_TOKENS = 16  # what stands around a turn
BYTES_PER_TOKEN = 3  # of what people write; no tokenizer makes more tokens than bytes
SLOWEST = 5.0  # characters a second of slow speech


class _Turn(Protocol):
    @property
    def content(self) -> str: ...
    @property
    def images(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class Asked:
    """How much is asked for. `size` is the text in UTF-8 bytes, `pictures` those wanted, or, in chat, those sent."""

    size: int = 0
    characters: int = 0
    turns: int = 1
    pictures: int = 0
    max_tokens: int | None = None

    @classmethod
    def text(cls, text: str, *, pictures: int = 0) -> Asked:
        """A picture's prompt, or a text to be spoken."""
        return cls(len(text.encode("utf-8", "replace")), len(text), pictures=max(pictures, 0))

    @classmethod
    def chat(cls, turns: Sequence[_Turn], system: str | None = None, max_tokens: int | None = None) -> Asked:
        """All that a question takes along."""
        said = "\n".join([system or "", *(turn.content for turn in turns)])
        pictures = sum(len(turn.images) for turn in turns)
        return cls(len(said.encode("utf-8", "replace")), len(said), len(turns) + 1, pictures, max_tokens)


def most(model: Model, asked: Asked, limits: Limits) -> float | None:
    """US dollars by the catalogue's prices, the longest answer included; None where they don't tell."""
    if model.task == "chat":
        answer = chat_tokens(model, asked.max_tokens)
        return _usd(estimate(model, _usage(asked.size + _around(asked), answer)))
    if model.task == "image":
        return _usd(estimate(model, images=max(asked.pictures, 1)))
    if model.task == "speech":
        return _usd(estimate(model, seconds=asked.characters / SLOWEST, characters=asked.characters))
    return _usd(estimate(model, seconds=limits.audio_seconds))


def partly(model: Model, asked: Asked, written: int) -> float | None:
    """US dollars of a chat that was broken off after so many characters, about; None where the prices don't tell."""
    prompt = asked.size // BYTES_PER_TOKEN + _around(asked)
    return _usd(estimate(model, _usage(prompt, -(-written // BYTES_PER_TOKEN))))


def _around(asked: Asked) -> int:
    return asked.turns * TURN_TOKENS + asked.pictures * PICTURE_TOKENS


def _usage(prompt: int, completion: int) -> Usage:
    return Usage(prompt_tokens=prompt, completion_tokens=completion, total_tokens=prompt + completion)


def _usd(cost: Cost) -> float | None:
    return cost.usd if cost.kind in ("estimated", "free") else None
