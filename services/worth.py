"""What a call can cost at most, and what a part of it cost. Knows prices and sizes; knows nothing about who pays."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from services.catalog import Model, estimate
from services.extra import NOTHING, counts, token_limits
from services.families import chat_tokens, image_family
from services.limits import Limits
from services.run import Cost, Usage

PICTURE_TOKENS = 2000  # a picture in a prompt; models count some 250 to 1,600
TURN_TOKENS = 16  # what stands around a turn
BYTES_PER_TOKEN = 3  # of what people write; no tokenizer makes more tokens than bytes
MOST_BYTES_PER_TOKEN = 6
SLOWEST, FASTEST = 5.0, 30.0  # characters a second of speech
# Fields that are billed besides the tokens, by figures that no catalogue tells.
APART = re.compile(r"search|service_tier|^audio$|modalities|plugins")


class _Turn(Protocol):
    @property
    def content(self) -> str: ...
    @property
    def images(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class Asked:
    """How much is asked for. `size` is the text in UTF-8 bytes, `pictures` those wanted, or, in chat, those sent.

    `extra` are further fields of the body, which may ask for more; `seconds` is how long a recording is, if known.
    `paid`: this was booked when it was asked for first, and costs nothing more.
    """

    size: int = 0
    characters: int = 0
    turns: int = 1
    pictures: int = 0
    max_tokens: int | None = None
    seconds: float | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    paid: bool = False

    @classmethod
    def text(cls, text: str, *, pictures: int = 0, extra: Mapping[str, Any] = NOTHING) -> Asked:
        """A picture's prompt, or a text to be spoken."""
        return cls(len(text.encode("utf-8", "replace")), len(text), pictures=max(pictures, 0), extra=extra)

    @classmethod
    def chat(
        cls,
        turns: Sequence[_Turn],
        system: str | None = None,
        max_tokens: int | None = None,
        extra: Mapping[str, Any] = NOTHING,
    ) -> Asked:
        """All that a question takes along."""
        said = "\n".join([system or "", *(turn.content for turn in turns)])
        pictures = sum(len(turn.images) for turn in turns)
        return cls(len(said.encode("utf-8", "replace")), len(said), len(turns) + 1, pictures, max_tokens, extra=extra)


def most(model: Model, asked: Asked, limits: Limits) -> float | None:
    """US dollars by the catalogue's prices, the longest answer included; None where they don't tell."""
    if asked.paid:
        return 0.0
    if model.task == "chat":
        answer = results(model, asked) * _answer(model, asked)
        return _usd(estimate(model, _usage(asked.size + _further(asked) + _around(asked), answer)))
    if model.task == "image":
        return _usd(estimate(model, images=results(model, asked)))
    if model.task == "speech":
        return _usd(estimate(model, seconds=asked.characters / SLOWEST, characters=asked.characters))
    return _usd(estimate(model, seconds=limits.audio_seconds if asked.seconds is None else asked.seconds))


def least(model: Model, asked: Asked) -> float | None:
    """US dollars by the cheapest of the catalogue's prices, for one word of an answer; None where they don't tell."""
    cheap = replace(model, prices=tuple(replace(price, least=False) for price in model.prices))
    if model.task == "chat":
        return _usd(estimate(cheap, _usage(asked.size // MOST_BYTES_PER_TOKEN + 1, 1)))
    if model.task == "image":
        return _usd(estimate(cheap, images=results(model, asked)))
    if model.task == "speech":
        return _usd(estimate(cheap, seconds=asked.characters / FASTEST, characters=asked.characters))
    return _usd(estimate(cheap, seconds=asked.seconds or 0))


def reserved(model: Model, asked: Asked, limits: Limits, unknown: float) -> float:
    """US dollars to set aside; `unknown` is what a result, or what is billed apart, counts without a price."""
    usd = most(model, asked, limits)
    apart = unknown if model.task == "chat" and billed_apart(asked.extra) else 0.0
    return apart + (unknown * results(model, asked) if usd is None else usd)


def results(model: Model, asked: Asked) -> int:
    """How many pictures or answers are made at most: fields of different names multiply, as they may upstream."""
    further = counts(asked.extra)
    if model.task != "image":
        return math.prod(further.values()) if model.task == "chat" else 1
    own = further.pop(image_family(model).count or "n", asked.pictures)
    return max(own, 1) * math.prod(further.values())


def billed_apart(extra: Mapping[str, Any]) -> bool:
    """Whether a field of a chat asks for what is billed besides tokens, such as a search."""
    tools = extra.get("tools")
    kinds = [tool.get("type") for tool in tools if isinstance(tool, Mapping)] if isinstance(tools, list) else []
    return any(APART.search(name) for name in extra) or any(kind != "function" for kind in kinds)


def partly(model: Model, asked: Asked, written: int) -> float | None:
    """US dollars of a chat that was broken off after so many characters, about; None where the prices don't tell."""
    prompt = asked.size // BYTES_PER_TOKEN + _around(asked)
    return _usd(estimate(model, _usage(prompt, -(-written // BYTES_PER_TOKEN))))


def _answer(model: Model, asked: Asked) -> int:
    """Tokens of the longest answer: the control's limit, or a larger one among the further fields."""
    return max([chat_tokens(model, asked.max_tokens), *token_limits(asked.extra).values()])


def _further(asked: Asked) -> int:
    """Bytes of the further fields: tools and schemas are read by the model too."""
    return len(json.dumps(asked.extra, default=str).encode()) if asked.extra else 0


def _around(asked: Asked) -> int:
    return asked.turns * TURN_TOKENS + asked.pictures * PICTURE_TOKENS


def _usage(prompt: int, completion: int) -> Usage:
    return Usage(prompt_tokens=prompt, completion_tokens=completion, total_tokens=prompt + completion)


def _usd(cost: Cost) -> float | None:
    return cost.usd if cost.kind in ("estimated", "free") else None
