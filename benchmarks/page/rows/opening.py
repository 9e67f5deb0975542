"""Opening the page and starting its process, against a stock page of four tabs."""

from __future__ import annotations

from functools import partial

from benchmarks.page.bench import Bench, Figure, in_turns, middle
from benchmarks.page.visitor import Place
from benchmarks.page.visitor import usable as until_usable


async def usable(bench: Bench) -> list[Figure]:
    """From nothing in the cache to a box one can write in."""
    browser, site = await bench.browser(), await bench.site()
    async with bench.stock("tabs") as stock:
        places = {"ours": Place(site.url, "#message textarea"), "stock": Place(stock.url)}
        samples = await in_turns(
            bench.times, {who: partial(until_usable, browser, place) for who, place in places.items()}
        )
    took = {who: middle(waits, float) for who, waits in samples.items()}
    return [Figure("Page usable from a cold cache", took["ours"] / took["stock"], 1.0, detail=samples)]


async def start(bench: Bench) -> list[Figure]:
    """From no process to a page that is served."""

    async def ours() -> float:
        async with bench.playground() as site:
            return site.boot

    async def stock() -> float:
        async with bench.stock("tabs") as site:
            return site.boot

    samples = await in_turns(bench.times if bench.long else 2, {"stock": stock, "ours": ours})
    took = {who: middle(waits, float) for who, waits in samples.items()}
    return [Figure("Process start to page served", took["ours"] / took["stock"], 1.1, detail=samples)]
