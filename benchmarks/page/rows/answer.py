"""One answer in the browser: Enter to first token, the whole answer, and what it costs the page. From the bare page."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from functools import partial

from benchmarks.page import peers
from benchmarks.page.bench import Bench
from benchmarks.page.figures import Figure, in_turns, ratio
from benchmarks.page.ours import WAYS, Way
from benchmarks.page.visitor import Place, Seen, asking

GOALS: dict[Way, tuple[str, float]] = {"queue": ("through the queue", 2.9), "lane": ("on the page", 1.3)}


async def first_token(bench: Bench) -> list[Figure]:
    """By both ways of our page."""
    tokens = 100 if bench.long else 25
    seen = await _seen(bench, f"chat-r50-n{tokens}-f50", tokens, WAYS)
    return [
        ratio(f"Enter to first token, 50 tokens/s, {how}", goal, _whose(seen, way), lambda it: it.first, to="bare")
        for way, (how, goal) in GOALS.items()
    ]


async def whole_answer(bench: Bench) -> list[Figure]:
    """Stock and peers take their time over this one: a short run leaves them out."""
    seen = await _seen(bench, "chat-r200-n800-f50", 800, [bench.way], alone=not (bench.long or bench.with_peers))
    samples = _whose(seen, bench.way)
    return [
        ratio("Whole answer, 800 tokens at 200/s", 1.03, samples, lambda it: it.last, to="bare"),
        ratio("CPU of the page for it", 1.0, samples, lambda it: it.cpu, to="bare"),
    ]


def _whose(seen: dict[str, list[Seen]], way: Way) -> dict[str, list[Seen]]:
    """With one way of our page as ours."""
    return {"ours": seen[way], **{who: taken for who, taken in seen.items() if who not in WAYS}}


async def _seen(
    bench: Bench, script: str, tokens: int, ways: Sequence[Way], *, alone: bool = False
) -> dict[str, list[Seen]]:
    """The bare page, ours and the others in turns; a short run asks stock only once."""
    browser = await bench.browser()
    async with AsyncExitStack() as stack:
        sites = {"ours": await bench.site()} if alone else await stack.enter_async_context(bench.beside("chat"))
        bare = Place(f"{bench.upstream}/", "#message")
        ours: dict[str, Place] = {way: Place.ours(sites["ours"].url, way) for way in ways}
        others = {who: Place(site.url) for who, site in sites.items() if who != "ours"}
        places = {"bare": bare, **ours, **others}
        asks = {who: partial(asking, browser, place, script, tokens) for who, place in places.items()}
        for who, ask in asks.items():  # what is done once only belongs to no answer; ours was asked when it started
            if bench.long or who in peers.NAMES:
                await ask()
        rare = {} if bench.long else {who: asks.pop(who) for who in ("stock",) if who in asks}
        return await in_turns(bench.times, asks) | await in_turns(1, rare)
