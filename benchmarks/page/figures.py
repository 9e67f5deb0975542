"""A figure against its goal, and how it is made from samples that were taken in turns. Knows no pages."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, is_dataclass
from statistics import median
from typing import Any, TypeVar

T = TypeVar("T")
Samples = Mapping[str, Sequence[T]]


@dataclass(frozen=True)
class Figure:
    """One line of the table: our figure against its goal, and what the others did in the same run.

    `spread` is the lowest and the highest of the turns; `detail` holds what the figure was made of.
    Raises ValueError for a figure that can't have been measured: nothing but a count may be zero.
    """

    name: str
    ours: float
    goal: float
    unit: str = "×"
    others: Mapping[str, float] = field(default_factory=dict)
    spread: tuple[float, float] | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for who, value in {"ours": self.ours, **self.others}.items():
            if math.isnan(value) or value < 0 or (value == 0 and self.unit):
                raise ValueError(f"{self.name}, {who}: {value} is no measurement")

    @property
    def met(self) -> bool:
        return self.ours <= self.goal


async def in_turns(times: int, ways: Mapping[str, Callable[[], Awaitable[T]]]) -> dict[str, list[T]]:
    """Each way once, then each again: a busy minute of the machine falls on all of them."""
    samples: dict[str, list[T]] = {name: [] for name in ways}
    for _ in range(times):
        for name, way in ways.items():
            samples[name].append(await way())
    return samples


def ratio(
    name: str, goal: float, samples: Samples[T], of: Callable[[Any], float] = float, *, to: str, detail: Any = None
) -> Figure:
    """The medians' ratio to those of `to`; the spread is that of the ratios within a turn."""
    base = middle(samples[to], of)
    ratios = {who: middle(taken, of) / base for who, taken in samples.items() if who != to}
    within = [of(our) / of(other) for our, other in zip(samples["ours"], samples[to], strict=True)]
    others = {who: value for who, value in ratios.items() if who != "ours"}
    detail = detailed(detail or samples)
    return Figure(name, ratios["ours"], goal, "×", others, (min(within), max(within)), detail)


def value(name: str, goal: float, unit: str, samples: Samples[T], of: Callable[[Any], float] = float) -> Figure:
    """The median of our own samples, in their unit."""
    others = {who: middle(taken, of) for who, taken in samples.items() if who == "stock"}
    ours = [of(sample) for sample in samples["ours"]]
    return Figure(name, median(ours), goal, unit, others, (min(ours), max(ours)), detailed(samples))


def middle(samples: Sequence[T], of: Callable[[Any], float] = float) -> float:
    """The median of one property. Raises ValueError where nothing was measured."""
    return float(median(of(sample) for sample in samples))


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of them do not exceed."""
    ordered = sorted(values)
    return ordered[math.ceil(share * len(ordered)) - 1]


def detailed(samples: Samples[Any]) -> dict[str, list[Any]]:
    """The samples in JSON's types."""
    return {who: [vars(it) if is_dataclass(it) else it for it in taken] for who, taken in samples.items()}
