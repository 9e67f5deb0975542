"""The facts of one finished or growing run. Knows nothing about how they are shown."""

from __future__ import annotations

import time
import uuid
from dataclasses import asdict, dataclass, field, replace
from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator

from services.record import Record

BURST = 0.1  # seconds

# A page keeps runs and sends them back: it neither gets what was sent and received, nor says what that was.
Unkept = Annotated[Record | None, PlainValidator(lambda _: None), Field(exclude=True)]


@dataclass(frozen=True, slots=True)
class Cost:
    """US dollars; `kind` says where the figure is from. `unknown` is not zero."""

    usd: float | None = None
    kind: Literal["billed", "estimated", "free", "unknown"] = "unknown"


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the upstream counts them; None where it said nothing."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_tokens: int | None = None
    reasoning_tokens: int | None = None
    cached_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One sending of a call: seconds after the call began, seconds until it was answered or failed.

    `failure` is the name of the error and `reason` its sentence, both "" for the attempt that was answered; `wait` is
    how many seconds were waited before the next attempt, 0 after the last one.
    """

    began: float
    duration: float
    failure: str = ""
    reason: str = ""
    status: int = 0
    wait: float = 0.0


@dataclass(frozen=True, slots=True)
class Run:
    """Who answered what, how fast, for how much. Durations in seconds; `first_token` is None where nothing streams."""

    model: str
    answered_by: str
    embedded: bool = False
    id: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    first_token: float | None = None
    duration: float = 0.0
    usage: Usage = Usage()
    cost: Cost = Cost()
    request_id: str = ""
    notice: str = ""
    attempts: tuple[Attempt, ...] = ()
    record: Unkept = field(default=None, compare=False, repr=False)

    @property
    def plain(self) -> dict[str, Any]:
        """The facts in JSON's own types, without the record."""
        return {name: fact for name, fact in asdict(replace(self, record=None)).items() if name != "record"}

    @property
    def tokens_per_second(self) -> float | None:
        """Completion tokens after the first, per second after the first token; None when it can't be said.

        An answer that came in one burst says how fast the line is, not the model.
        """
        tokens = self.usage.completion_tokens
        if not tokens or self.first_token is None or tokens < 2 or self.duration - self.first_token < BURST:
            return None
        return (tokens - 1) / (self.duration - self.first_token)


class Stopwatch:
    """Seconds since it was made, on the monotonic clock."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._start
