"""How long the upstream goes on after Stop, and after the page was closed. In the browser, on the upstream's clock."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from functools import partial
from typing import Any

from playwright.async_api import Browser, Page

from benchmarks.page.bench import Bench
from benchmarks.page.figures import Figure, in_turns, value
from benchmarks.page.visitor import Place, ask, visiting

ENDLESS = "chat-r20-n100000-f50"
LET_RUN = 0.6
GIVE_UP = 15.0
PRESSED = """() => addEventListener("click", () => { window.pressed ??= Date.now() / 1000; }, true)"""


@dataclass(frozen=True)
class Waits:
    """Seconds until the upstream's connection was closed; infinity when it went on."""

    stopped: float
    left: float


async def measure(bench: Bench) -> list[Figure]:
    place = Place.ours((await bench.site()).url, bench.way)
    waits = await in_turns(bench.times, {"ours": partial(_once, bench, await bench.browser(), place)})
    return [
        value("Stop to upstream closed", 0.25, "s", waits, lambda it: it.stopped),
        value("Page closed to upstream closed", 1.5, "s", waits, lambda it: it.left),
    ]


async def _once(bench: Bench, browser: Browser, place: Place) -> Waits:
    """Ask and press Stop; ask again and close the page."""
    async with visiting(browser, place) as page:
        call = await _answering(bench, page, place)
        await page.evaluate(PRESSED)
        await page.get_by_role("button", name="Stop", exact=True).click()
        stopped = await _closed(bench, call) - float(await page.evaluate("window.pressed"))
        call = await _answering(bench, page, place)
        gone = time.time()
        await page.close()
        return Waits(stopped, await _closed(bench, call) - gone)


async def _answering(bench: Bench, page: Page, place: Place) -> int:
    """Ask for what never ends; the number of the call, once it has run for a while."""
    number = len(await bench.calls())
    await ask(page, place, ENDLESS)
    await _until(bench, number, "first")
    await asyncio.sleep(LET_RUN)
    return number


async def _closed(bench: Bench, number: int) -> float:
    try:
        return await _until(bench, number, "closed")
    except TimeoutError:
        return float("inf")


async def _until(bench: Bench, number: int, what: str) -> float:
    """When this happened to a call. Raises TimeoutError when it does not."""
    end = time.monotonic() + GIVE_UP
    while time.monotonic() < end:
        calls: list[dict[str, Any]] = await bench.calls()
        if number < len(calls) and calls[number][what]:
            return float(calls[number][what])
        await asyncio.sleep(0.05)
    raise TimeoutError(f"call {number} of {len(calls)}: {what} did not come within {GIVE_UP:.0f} s")
