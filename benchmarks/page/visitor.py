"""One person at a page in Chromium: asks, and a MutationObserver in the page says when the text was there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, Page

from benchmarks.page import ours
from benchmarks.page.ours import Way
from benchmarks.page.upstream import token

PATIENCE = 60.0
# The times are the page's own, in milliseconds; `seen` resolves once the last token stands there.
OBSERVE = """([first, last]) => {
  const said = { enter: 0, first: 0, last: 0, updates: 0 };
  const text = () => document.querySelector("[role=log], .answer, #root")?.textContent ?? "";
  addEventListener("keydown", (e) => { if (e.key === "Enter") said.enter ||= performance.now(); }, true);
  window.shown = text;
  window.seen = new Promise((done) => new MutationObserver(() => {
    if (!said.enter || said.last) return;
    const now = performance.now(), here = text();
    if (!said.first && here.includes(first)) said.first = now;
    if (said.first) said.updates += 1;
    if (here.includes(last)) { said.last = now; done({ ...said, text: here }); }
  }).observe(document.body, { childList: true, subtree: true, characterData: true }));
}"""


@dataclass(frozen=True)
class Seen:
    """One answer as a person saw it: seconds from Enter to the first and the last token, updates, CPU seconds."""

    first: float
    last: float
    updates: int
    cpu: float


@dataclass(frozen=True)
class Place:
    """A page to visit: its address, where one writes, what must hold before it is ready, and how it has to ask."""

    url: str
    box: str = "textarea"
    ready: str = ""
    way: Way | None = None

    @classmethod
    def ours(cls, url: str, way: Way) -> Place:
        """The playground, once it says which model answers."""
        return cls(ours.address(url, way), ours.BOX, "document.querySelector('#model-chat')?.value", way)


@asynccontextmanager
async def visiting(browser: Browser, place: Place) -> AsyncIterator[Page]:
    """A page in a fresh profile, ready to be asked."""
    context = await browser.new_context()
    try:
        page = await context.new_page()
        await page.goto(place.url)
        await page.locator(place.box).first.wait_for(state="visible", timeout=PATIENCE * 1000)
        if place.ready:
            await page.wait_for_function(place.ready, timeout=PATIENCE * 1000)
        await asyncio.sleep(0.5 if place.ready else 1)  # what a page still loads is not part of its answer
        yield page
    finally:
        await context.close()


async def ask(page: Page, place: Place, said: str) -> None:
    box = page.locator(place.box).first
    await box.fill(said)
    await box.press("Enter")


async def asking(browser: Browser, place: Place, script: str, tokens: int) -> Seen:
    """Open the page, ask once by Enter, and wait for the whole answer. Raises AssertionError when it is not whole."""
    async with visiting(browser, place) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(urlsplit(request.url).path))
        await page.evaluate(OBSERVE, [token(0).strip(), token(tokens - 1).strip()])
        before = await _processor(browser)
        await ask(page, place, script)
        try:
            said = await asyncio.wait_for(page.evaluate("window.seen"), PATIENCE)
        except TimeoutError:
            raise AssertionError(f"{place.url} shows no whole answer: {await page.evaluate('shown()')!r}") from None
        await asyncio.sleep(0.3)  # what the page still draws is part of its work
        after = await _processor(browser)
    if "".join(map(token, range(tokens))).strip() not in " ".join(said["text"].split()):
        raise AssertionError(f"{place.url} lost tokens: {said['text']!r}")
    if place.way and ("/lane" in asked) != (place.way == "lane"):
        raise AssertionError(f"{place.url} did not ask by the {place.way}: {asked}")
    used = sum(seconds - before.get(pid, 0) for pid, seconds in after.items())
    first, last = (said[which] - said["enter"] for which in ("first", "last"))
    return Seen(first / 1000, last / 1000, said["updates"], used)


async def _processor(browser: Browser) -> dict[int, float]:
    """Processor seconds of each page's process."""
    session = await browser.new_browser_cdp_session()
    listed: dict[str, Any] = await session.send("SystemInfo.getProcessInfo")
    await session.detach()
    return {it["id"]: it["cpuTime"] for it in listed["processInfo"] if it["type"] == "renderer"}


async def usable(browser: Browser, place: Place) -> float:
    """Seconds until one can write, in a profile that has never seen the page."""
    context = await browser.new_context()
    try:
        page = await context.new_page()
        began = time.perf_counter()
        await page.goto(place.url, wait_until="commit")
        await page.locator(f"{place.box} >> visible=true").first.wait_for(timeout=PATIENCE * 1000)
        return time.perf_counter() - began
    finally:
        await context.close()
