"""Many people at once, each with an answer of 200 tokens at 50/s, against as many direct clients. On the wire."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

from benchmarks.page import stock
from benchmarks.page.bench import Bench
from benchmarks.page.figures import Figure, in_turns, percentile, ratio, value
from benchmarks.page.wire import Timed, direct

TOKENS = 200
SCRIPT = f"chat-r50-n{TOKENS}-f50"


@dataclass(frozen=True)
class Crowd:
    """Seconds: the 95th percentile and the median of first tokens, the median of whole answers."""

    first_p95: float
    first_p50: float
    last_p50: float

    @classmethod
    def of(cls, answers: list[Timed]) -> Crowd:
        firsts, lasts = [it.first for it in answers], [it.last for it in answers]
        return cls(percentile(firsts, 0.95), percentile(firsts, 0.5), percentile(lasts, 0.5))


Ask = Callable[[], Awaitable[Timed]]


async def ten(bench: Bench) -> list[Figure]:
    crowds = await _crowds(bench, 10, 0)
    if bench.long:
        crowds["stock"] = [await _stock(bench, 10)]
    return [_total("10 people at once", crowds, 1.05), _first("10 people at once", crowds, 0.3)]


async def fifty(bench: Bench) -> list[Figure]:
    crowds = await _crowds(bench, 50, 3)
    return [_total("50 people over 3 s", crowds, 1.06), _first("50 people over 3 s", crowds, 0.35)]


async def hundred(bench: Bench) -> list[Figure]:
    return [_total("100 people over 3 s", await _crowds(bench, 100, 3), 1.15)]


async def _crowds(bench: Bench, people: int, over: float) -> dict[str, list[Crowd]]:
    """As many direct clients and as many visitors, in turns; the visitors have opened the page before."""

    async def straight() -> Crowd:
        return await _crowd([partial(direct, bench.upstream, SCRIPT, TOKENS)] * people, over)

    async def ours() -> Crowd:
        return await _crowd([partial(it.ask, SCRIPT, TOKENS) for it in await bench.visitors(people)], over)

    return await in_turns(bench.times, {"direct": straight, "ours": ours})


async def _crowd(asks: Sequence[Ask], over: float) -> Crowd:
    async def one(place: int, ask: Ask) -> Timed:
        await asyncio.sleep(over * place / len(asks))
        return await ask()

    return Crowd.of(await asyncio.gather(*(one(place, ask) for place, ask in enumerate(asks))))


async def _stock(bench: Bench, people: int) -> Crowd:
    """`gr.load_chat` with its default queue, once: everybody waits for everybody before."""
    async with bench.stock("chat") as site:
        sessions = await stock.visitors(site.url, people)
        return await _crowd([partial(it.ask, TOKENS, **stock.said(SCRIPT)) for it in sessions], 0)


def _total(name: str, crowds: dict[str, list[Crowd]], goal: float) -> Figure:
    return ratio(f"{name}: whole answer", goal, crowds, lambda it: it.last_p50, to="direct")


def _first(name: str, crowds: dict[str, list[Crowd]], goal: float) -> Figure:
    return value(f"{name}: first token, p95", goal, "s", crowds, lambda it: it.first_p95)
