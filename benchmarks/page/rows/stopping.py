"""How long the upstream goes on after Stop, and after the page was closed. In the browser, on the upstream's clock."""

from __future__ import annotations

import asyncio
import time

from playwright.async_api import Page

from benchmarks.page.bench import Bench, Figure, in_turns, middle
from benchmarks.page.visitor import Place, visiting

ENDLESS = "chat-r20-n100000-f50"
LET_RUN = 1.5
GIVE_UP = 15.0
PRESSED = """() => addEventListener("click", () => { window.pressed ??= Date.now() / 1000; }, true)"""


async def measure(bench: Bench) -> list[Figure]:
    browser, site = await bench.browser(), await bench.site()
    place = Place(site.url, "#message textarea", ENDLESS)

    async def stopped() -> float:
        async with visiting(browser, place) as page:
            await _answering(page, place)
            await page.evaluate(PRESSED)
            await page.get_by_role("button", name="Stop", exact=True).click()
            return await _closed(bench) - float(await page.evaluate("window.pressed"))

    async def left() -> float:
        async with visiting(browser, place) as page:
            await _answering(page, place)
            gone = time.time()
            await page.close()
            return await _closed(bench) - gone

    waits = await in_turns(bench.times, {"stopped": stopped, "left": left})
    return [
        Figure("Stop to upstream closed", middle(waits["stopped"], float), 0.25, "s", detail=waits),
        Figure("Page closed to upstream closed", middle(waits["left"], float), 1.5, "s"),
    ]


async def _answering(page: Page, place: Place) -> None:
    await page.locator(place.box).fill("Go.")
    await page.locator(place.box).press("Enter")
    await page.get_by_role("log").get_by_text("w0").wait_for()
    await asyncio.sleep(LET_RUN)


async def _closed(bench: Bench) -> float:
    """When the upstream's last call was closed; infinity when it goes on."""
    end = time.monotonic() + GIVE_UP
    while time.monotonic() < end:
        if closed := (await bench.calls())[-1]["closed"]:
            return float(closed)
        await asyncio.sleep(0.1)
    return float("inf")
