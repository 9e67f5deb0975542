"""What an answer costs the server as it gets longer, and the bytes that go to the page. On the wire, no browser."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from benchmarks.page import stock
from benchmarks.page.bench import Bench
from benchmarks.page.figures import Figure, in_turns, ratio, value
from benchmarks.page.processes import Site
from benchmarks.page.wire import Timed

SHORTEST, MIDDLE, LONGEST = 500, 4000, 16_000


@dataclass(frozen=True)
class Cost:
    """Processor seconds of the server and seconds on the clock for one answer; bytes to the page."""

    cpu: float
    wall: float
    size: int


async def cost(site: Site, ask: Callable[[], Awaitable[Timed]]) -> Cost:
    before = site.cpu
    timed = await ask()
    return Cost(site.cpu - before, timed.end, timed.size)


async def measure(bench: Bench) -> list[Figure]:
    ways = {str(size): partial(_ours, bench, f"chat-r0-n{size}-f0", size) for size in (SHORTEST, MIDDLE, LONGEST)}
    costs = await in_turns(bench.times, ways)
    one = {"ours": costs[str(MIDDLE)]} | await _stock(bench, MIDDLE, 0)
    a_token = {str(size): [it.cpu / size for it in costs[str(size)]] for size in (MIDDLE, LONGEST)}
    a_token["ours"] = a_token.pop(str(LONGEST))
    bend = ratio("CPU a token at 16,000 against 4,000 tokens", 1.2, a_token, to=str(MIDDLE), detail=costs)
    return [value("Server CPU, 4,000 tokens at full speed", 0.3, "s", one, lambda it: it.cpu), bend]


async def size(bench: Bench) -> list[Figure]:
    tokens = 800 if bench.long else 200
    costs = await in_turns(bench.times, {"ours": partial(_ours, bench, f"chat-r200-n{tokens}-f50", tokens)})
    costs |= await _stock(bench, tokens, 200)
    return [value("Bytes to the page per token at 200/s", 60, "B", costs, lambda it: it.size / tokens)]


async def _ours(bench: Bench, script: str, tokens: int) -> Cost:
    """Ask in a new session."""
    (visitor,) = await bench.visitors()
    return await cost(await bench.site(), partial(visitor.ask, script, tokens))


async def _stock(bench: Bench, tokens: int, rate: int) -> dict[str, list[Cost]]:
    """`gr.load_chat` once, in a long run."""
    if not bench.long:
        return {}
    async with bench.stock("chat") as site:
        (session,) = await stock.visitors(site.url, 1)
        said = stock.said(f"chat-r{rate}-n{tokens}-f50")
        return {"stock": [await cost(site, partial(session.ask, tokens, **said))]}
