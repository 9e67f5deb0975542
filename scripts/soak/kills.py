"""A browser whose server is killed again and again: every completed turn must be back. Knows the page by its names."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from browsing import chromium
from playwright.sync_api import Page, expect, sync_playwright
from upstream import Upstream

from scripts.soak.house import House, open_house
from scripts.soak.runs import Row


def kills(times: int = 20) -> list[Row]:
    """Ask, have it answered, kill -9, start anew, reload: are all turns there, and does the next question work?"""
    back = 0
    with Upstream({"v1"}) as upstream, _house(upstream.base) as (house, loop), sync_playwright() as playwright:
        browser = chromium(playwright)
        page = browser.new_page()
        page.goto(house.url)
        for number in range(times):
            _ask(page, f"question {number}", number + 1)
            asyncio.run_coroutine_threadsafe(house.kill(), loop).result()
            asyncio.run_coroutine_threadsafe(house.start(), loop).result()
            page.reload()
            expect(page.locator(".who .chip").first).to_be_visible(timeout=30_000)
            expect(page.locator("#conversation .answer-footer")).to_have_count(number + 1, timeout=10_000)
            said = page.get_by_role("log").inner_text()
            back += all(f"You said: question {earlier}" in said for earlier in range(number + 1))
        sent = [turn["content"] for turn in upstream.calls_to("chat")[-1].json["messages"] if turn["role"] == "user"]
        browser.close()
    whole = sent == [f"question {number}" for number in range(times)]
    seen = f"{back} of {times}"
    return [
        Row("kill -9, restart, reload: all completed turns back", f"{times} of {times}", seen, back == times),
        Row("… and sent on with the next question", "all, once", "all, once" if whole else str(sent)[:200], whole),
    ]


def _ask(page: Page, text: str, footers: int) -> None:
    box = page.get_by_role("textbox", name="Message", exact=True)
    box.fill(text)
    box.press("Enter")
    expect(page.locator("#conversation .answer-footer")).to_have_count(footers, timeout=15_000)


@contextmanager
def _house(base: str) -> Iterator[tuple[House, asyncio.AbstractEventLoop]]:
    """A server kept by a loop of its own: Playwright's has this thread."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    opened = open_house(base, {"AIML_RATE_LIMIT": "off"})
    house = asyncio.run_coroutine_threadsafe(opened.__aenter__(), loop).result()
    try:
        yield house, loop
    finally:
        asyncio.run_coroutine_threadsafe(opened.__aexit__(None, None, None), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
