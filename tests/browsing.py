"""A visit to the page with a headless Chromium, as a person makes it: by the names of the controls."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Playwright, expect
from running_page import Site

expect.set_options(timeout=10_000)

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]
GRADIOS_OWN = ("warning: Method not implemented.",)  # its audio component says so about every recording
GRADIOS_CUT = ("AbortError: signal is aborted", "Unexpected error Connection errored out.")
# What this browser keeps of earlier visits, thrown away.
EMPTY = """() => new Promise((done) => {
  sessionStorage.clear();
  const asked = indexedDB.deleteDatabase("playground");
  asked.onsuccess = asked.onerror = asked.onblocked = () => done();
})"""
TABS = ("Chat", "Image", "Speech to Text", "Text to Speech")


def chromium(playwright: Playwright) -> Browser:
    """The Chromium on the PATH, else Playwright's own; without any, the visits are skipped."""
    found = shutil.which("chromium") or playwright.chromium.executable_path
    if not Path(found).exists():
        pytest.skip("there is no Chromium here; `make test` brings one")
    return playwright.chromium.launch(executable_path=found, args=ARGUMENTS)


@dataclass
class Visit:
    """One open page and what the browser noticed: complaints on the console, addresses asked, those refused."""

    site: Site
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def tab(self, name: str) -> None:
        self.page.get_by_role("tab", name=name, exact=True).click()
        expect(self.page.get_by_role("tab", name=name, exact=True)).to_have_attribute("aria-selected", "true")

    def box(self, name: str) -> Locator:
        return self.page.get_by_role("textbox", name=name, exact=True)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def ask(self, text: str) -> None:
        """Write a message and press Enter."""
        self.box("Message").fill(text)
        self.box("Message").press("Enter")

    def model(self, name: str) -> None:
        """Name a model that may be on no list."""
        choice = self.page.get_by_role("combobox", name="Model", exact=True)
        choice.fill(name)
        choice.press("Enter")
        choice.press("Tab")

    def until(self, script: str, arg: Any = None) -> None:
        """Wait for an asynchronous question to the page to be true.

        `Page.wait_for_function` takes the promise itself for a yes, and so waits for nothing.
        """
        deadline = time.monotonic() + 10
        while not self.page.evaluate(script, arg):
            assert time.monotonic() < deadline, f"It never came true: {script}"
            self.page.wait_for_timeout(30)

    @property
    def who(self) -> Locator:
        """The chip that says who answers; it comes with the lists of models."""
        return self.page.locator(".who .chip").first

    @property
    def conversation(self) -> Locator:
        return self.page.get_by_role("log")

    @property
    def footers(self) -> Locator:
        return self.page.locator("#conversation .answer-footer")

    def answered(self, text: str, footers: int = 1) -> None:
        """The answer stands there, is finished, and has its footer."""
        expect(self.conversation).to_contain_text(text)
        expect(self.footers).to_have_count(footers)
        expect(self.button("Send")).to_be_visible()

    @property
    def foreign(self) -> list[str]:
        """Requests to another origin than the page's own."""
        home = urlsplit(self.site.url).netloc
        addresses = [urlsplit(url) for url in self.asked]
        return [it.geturl() for it in addresses if it.scheme not in ("data", "blob") and it.netloc != home]

    def open(self, path: str = "") -> None:
        """Load the page as somebody who comes for the first time, and wait until it can be used."""
        if self.page.is_closed():
            self.page = _page(self)
        with self._leaving():
            if self.page.url.startswith("http"):
                self.page.goto(f"{self.site.url}health/live")  # what a page writes when it is left is written then
                self.page.evaluate(EMPTY)
            self.page.goto(self.site.url + path)
            expect(self.who).to_be_visible(timeout=30_000)

    def reload(self) -> None:
        """Load the page again, whatever is under way."""
        with self._leaving():
            self.page.reload()
            expect(self.who).to_be_visible(timeout=30_000)

    @contextmanager
    def _leaving(self) -> Iterator[None]:
        """What Gradio writes on the console about the streams that end with their page is not counted."""
        before = len(self.complaints)
        yield
        fresh = self.complaints[before:]
        self.complaints[before:] = [it for it in fresh if not any(cut in it for cut in GRADIOS_CUT)]

    @contextmanager
    def clean(self) -> Iterator[None]:
        """Afterwards nothing may have gone wrong: no console error, no request to another origin."""
        self.complaints.clear()
        self.asked.clear()
        self.refused.clear()
        yield
        assert not self.complaints, "\n".join([*self.complaints, *self.refused])
        assert not self.foreign, "\n".join(self.foreign)


@contextmanager
def visiting(browser: Browser, site: Site, path: str = "", **options: Any) -> Iterator[Visit]:
    """A page in a fresh profile."""
    with profile(browser, site, **options) as visit, visit.clean():
        visit.open(path)
        yield visit


@contextmanager
def profile(browser: Browser, site: Site, **options: Any) -> Iterator[Visit]:
    """A fresh profile with an empty page; its cache makes a second loading quick."""
    context = browser.new_context(**options)
    context.set_default_timeout(10_000)
    visit = Visit(site, context, None)  # type: ignore[arg-type]
    context.on("request", lambda request: visit.asked.append(request.url))
    context.on("response", lambda it: visit.refused.append(f"{it.status} {it.url}") if it.status >= 400 else None)
    visit.page = _page(visit)
    try:
        yield visit
    finally:
        context.close()


def _page(visit: Visit) -> Page:
    page = visit.context.new_page()
    page.on("console", lambda said: _note(visit, said.type, said.text))
    page.on("pageerror", lambda error: visit.complaints.append(f"exception: {error}"))
    return page


def _note(visit: Visit, kind: str, text: str) -> None:
    if kind in ("error", "warning") and f"{kind}: {text}" not in GRADIOS_OWN:
        visit.complaints.append(f"{kind}: {text}")
