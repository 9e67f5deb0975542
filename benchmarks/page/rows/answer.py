"""One answer in the browser: Enter to first token, the whole answer, and what it costs the page. From the bare page."""

from __future__ import annotations

from contextlib import AsyncExitStack
from functools import partial

from benchmarks.page import peers
from benchmarks.page.bench import Bench, Figure, in_turns, middle
from benchmarks.page.visitor import Place, Seen, asking

SLOW, FAST = ("chat-r50-n100-f50", 100), ("chat-r200-n800-f50", 800)


async def first_token(bench: Bench) -> list[Figure]:
    seen = await _seen(bench, *SLOW)
    return [_ratio("Enter to first token, 50 tokens/s", seen, "first", 2.9)]


async def whole_answer(bench: Bench) -> list[Figure]:
    seen = await _seen(bench, *FAST)
    return [
        _ratio("Whole answer, 800 tokens at 200/s", seen, "last", 1.03),
        _ratio("CPU of the page for it", seen, "cpu", 1.0),
    ]


async def _seen(bench: Bench, model: str, tokens: int) -> dict[str, list[Seen]]:
    """The bare page and ours in turns, stock and peers with them in a long run; a short one asks stock once."""
    browser, site = await bench.browser(), await bench.site()
    async with AsyncExitStack() as stack:
        stock = await stack.enter_async_context(bench.stock("chat", model))
        places = {
            "bare": Place(f"{bench.upstream}/?model={model}", "#message"),
            "ours": Place(site.url, "#message textarea", model),
            "stock": Place(stock.url),
        }
        if bench.with_peers:
            for name in peers.NAMES:
                places[name] = Place((await stack.enter_async_context(bench.peer(name, model))).url)
        if bench.long or tokens == SLOW[1]:
            for place in places.values():  # what is done once only belongs to no answer
                await asking(browser, place, tokens)
        ways = {name: partial(asking, browser, place, tokens) for name, place in places.items()}
        if bench.long or bench.with_peers:
            return await in_turns(bench.times, ways)
        often = {name: way for name, way in ways.items() if name != "stock"}
        return await in_turns(bench.times, often) | await in_turns(1, {"stock": ways["stock"]})


def _ratio(name: str, seen: dict[str, list[Seen]], what: str, goal: float) -> Figure:
    middles = {who: middle(samples, lambda it: float(getattr(it, what))) for who, samples in seen.items()}
    ratios = {who: value / middles["bare"] for who, value in middles.items()}
    detail = {who: [vars(sample) for sample in samples] for who, samples in seen.items()}
    others = {who: ratio for who, ratio in ratios.items() if who not in ("ours", "bare")}
    return Figure(name, ratios["ours"], goal, others=others, detail={"seconds": middles, "samples": detail})
