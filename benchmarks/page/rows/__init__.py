"""The rows of the table, one small module each; a row is a function that is given the bench and gives its figures.

A new row: write `async def measure(bench: Bench) -> list[Figure]` in a module here and name it in `ROWS`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from benchmarks.page.bench import Bench
from benchmarks.page.figures import Figure
from benchmarks.page.rows import answer, engine, growth, memory, opening, people, picture, stopping, turns

Measure = Callable[[Bench], Awaitable[list[Figure]]]


@dataclass(frozen=True)
class Row:
    """`short` rows are part of the three minutes."""

    name: str
    measure: Measure
    short: bool = True


ROWS = (
    Row("first-token", answer.first_token),
    Row("whole-answer", answer.whole_answer),
    Row("growth", growth.measure),
    Row("bytes", growth.size),
    Row("turns", turns.measure),
    Row("people-10", people.ten),
    Row("people-50", people.fifty, short=False),
    Row("people-100", people.hundred, short=False),
    Row("stopping", stopping.measure),
    Row("picture", picture.measure),
    Row("opening", opening.usable),
    Row("start", opening.start, short=False),
    Row("memory", memory.measure, short=False),
    Row("engine", engine.measure),
)
