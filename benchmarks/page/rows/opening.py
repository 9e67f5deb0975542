"""Opening the page and starting its process, against a stock page of four tabs."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from functools import partial

from benchmarks.page import ours
from benchmarks.page.bench import Bench
from benchmarks.page.figures import Figure, in_turns, ratio
from benchmarks.page.processes import Site
from benchmarks.page.visitor import Place
from benchmarks.page.visitor import usable as until_usable


async def usable(bench: Bench) -> list[Figure]:
    """From nothing in the cache to a box one can write in."""
    browser = await bench.browser()
    async with bench.beside("tabs") as sites:
        boxes = {who: ours.BOX if who == "ours" else "textarea" for who in sites}
        ways = {who: partial(until_usable, browser, Place(site.url, boxes[who])) for who, site in sites.items()}
        return [ratio("Page usable from a cold cache", 1.0, await in_turns(bench.times, ways), to="stock")]


async def start(bench: Bench) -> list[Figure]:
    """From no process to a page that is served, one at a time."""

    async def boot(who: str) -> float:
        everyone: dict[str, AbstractAsyncContextManager[Site]] = {"ours": bench.playground(), **bench.others("tabs")}
        async with everyone[who] as site:
            return site.boot

    ways = {who: partial(boot, who) for who in ("ours", *bench.others("tabs"))}
    return [ratio("Process start to page served", 1.1, await in_turns(bench.times, ways), to="stock")]
