"""Many people at once, each with an answer of 200 tokens at 50/s, against as many direct clients. On the wire."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

from benchmarks.page.bench import Bench, Figure, in_turns, middle, percentile
from benchmarks.page.wire import Form, Session, Timed, direct

TOKENS = 200
MODEL = f"chat-r50-n{TOKENS}-f50"


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
    others = {"stock": (await _stock(bench, 10)).first_p95} if bench.long else {}
    return _figures("10 people at once", crowds, total=1.05, first=0.3, others=others)


async def fifty(bench: Bench) -> list[Figure]:
    return _figures("50 people over 3 s", await _crowds(bench, 50, 3), total=1.06, first=0.35)


async def hundred(bench: Bench) -> list[Figure]:
    return _figures("100 people over 3 s", await _crowds(bench, 100, 3), total=1.15)


async def _crowds(bench: Bench, people: int, over: float) -> dict[str, list[Crowd]]:
    """As many direct clients and as many visitors, in turns; the visitors have opened the page before."""
    site, form = await bench.site(), await bench.form()

    async def straight() -> Crowd:
        return await _crowd([partial(direct, bench.upstream, MODEL, TOKENS)] * people, over)

    async def ours() -> Crowd:
        sessions = [await Session.open(site.url, form) for _ in range(people)]
        return await _crowd([partial(it.ask, TOKENS, Message="Go.", Model=MODEL) for it in sessions], over)

    return await in_turns(bench.times, {"direct": straight, "ours": ours})


async def _crowd(asks: Sequence[Ask], over: float) -> Crowd:
    async def one(place: int, ask: Ask) -> Timed:
        await asyncio.sleep(over * place / len(asks))
        return await ask()

    return Crowd.of(await asyncio.gather(*(one(place, ask) for place, ask in enumerate(asks))))


async def _stock(bench: Bench, people: int) -> Crowd:
    """`gr.load_chat` with its default queue, once: everybody waits for everybody before."""
    async with bench.stock("chat", MODEL) as site:
        form = await Form.of(site.url, "multimodaltextbox", chain=(0, 2))
        said = {"multimodaltextbox": {"text": "Go.", "files": []}, "chatbot": []}
        sessions = [await Session.open(site.url, form) for _ in range(people)]
        return await _crowd([partial(it.ask, TOKENS, **said) for it in sessions], 0)


def _figures(
    name: str, crowds: dict[str, list[Crowd]], *, total: float, first: float = 0, others: dict[str, float] | None = None
) -> list[Figure]:
    detail = {who: [vars(crowd) for crowd in samples] for who, samples in crowds.items()}
    last = {who: middle(samples, lambda it: it.last_p50) for who, samples in crowds.items()}
    figures = [Figure(f"{name}: whole answer", last["ours"] / last["direct"], total, detail=detail)]
    if first:
        p95 = middle(crowds["ours"], lambda it: it.first_p95)
        figures.append(Figure(f"{name}: first token, p95", p95, first, "s", others or {}))
    return figures
