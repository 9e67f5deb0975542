"""What a row may use: the upstream, the pages, the browser. Starts each when it is first asked for."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, async_playwright

from benchmarks.page import ours, peers, wire
from benchmarks.page.ours import Visitor, Way
from benchmarks.page.processes import Site, free_port, module, served
from benchmarks.page.upstream import SCRIPTED


class Bench:
    """Lives as long as one run; every process it started ends with it. `way` is how our page is asked."""

    def __init__(self, times: int = 3, *, long: bool = False, peers: bool = False, way: Way = "lane") -> None:
        self.times, self.long, self.with_peers, self.way = times, long, peers, way
        self._stack = AsyncExitStack()
        self._site: Site | None = None
        self._browser: Browser | None = None
        self.upstream = ""

    async def __aenter__(self) -> Bench:
        port = free_port()
        await self._stack.enter_async_context(served(module("upstream", "--port", str(port)), port))
        self.upstream = f"http://127.0.0.1:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def calls(self) -> list[dict[str, Any]]:
        """What the upstream was asked for a long answer or a picture, in order."""
        said: list[dict[str, Any]] = (await wire.get(self.upstream, "/calls")).json
        return said

    async def site(self) -> Site:
        """The playground, started once and asked once: what is done for the first question only belongs to none."""
        if self._site is None:
            self._site = await self._stack.enter_async_context(self.playground())
            for way in ours.WAYS:
                visitor = await Visitor.open(self._site.url, await ours.form(self._site.url), way)
                await visitor.ask("chat-r0-n100", 100)
        return self._site

    def playground(self) -> AbstractAsyncContextManager[Site]:
        """A playground of one's own, as `make run` starts it, before the scripted upstream."""
        folder = self._stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        environment = {
            **ours.LIMITS_OFF,
            "AIML_API_BASE": f"{self.upstream}/v1",
            "AIML_API_KEY": "bench",
            "GRADIO_SERVER_PORT": str(port := free_port()),
            "GRADIO_TEMP_DIR": folder,
        }
        return served([module("stock")[0], "app.py"], port, environment)

    def stock(self, page: str) -> AbstractAsyncContextManager[Site]:
        """Stock Gradio's chat, picture or four tabs, with its default settings and nobody asking home."""
        port = free_port()
        how = ["--base", f"{self.upstream}/v1", "--port", str(port)]
        return served(module("stock", page, *how), port, {"GRADIO_ANALYTICS_ENABLED": "False"})

    def peer(self, name: str) -> AbstractAsyncContextManager[Site]:
        """One of `peers.NAMES`, from an environment of its own."""
        port = free_port()
        return served(peers.command(name, port), port, {"BENCH_BASE": f"{self.upstream}/v1", "BENCH_MODEL": SCRIPTED})

    def others(self, page: str) -> dict[str, AbstractAsyncContextManager[Site]]:
        """Stock Gradio's page and, where they are asked for, the peers', none of them started."""
        rivals = peers.NAMES if self.with_peers else ()
        return {"stock": self.stock(page), **{name: self.peer(name) for name in rivals}}

    @asynccontextmanager
    async def beside(self, page: str) -> AsyncIterator[dict[str, Site]]:
        """Our page and the others, started side by side; what is measured comes after."""
        async with AsyncExitStack() as stack:
            async with asyncio.TaskGroup() as starts:
                begun = {"ours": starts.create_task(self.site())}
                for who, rival in self.others(page).items():
                    begun[who] = starts.create_task(stack.enter_async_context(rival))
            yield {who: start.result() for who, start in begun.items()}

    async def visitors(self, number: int = 1, site: Site | None = None, way: Way | None = None) -> list[Visitor]:
        """So many people who have opened our page."""
        site = site or await self.site()
        form = await ours.form(site.url)
        return [await Visitor.open(site.url, form, way or self.way) for _ in range(number)]

    async def browser(self) -> Browser:
        """A headless Chromium, started once: the one on the PATH, else Playwright's own."""
        if self._browser is None:
            playwright = await self._stack.enter_async_context(async_playwright())
            found = shutil.which("chromium") or playwright.chromium.executable_path
            if not await asyncio.to_thread(Path(found).exists):
                raise RuntimeError("there is no Chromium; `make test` brings one")
            self._browser = await playwright.chromium.launch(
                executable_path=found, args=["--no-sandbox", "--disable-gpu"]
            )
            self._stack.push_async_callback(self._browser.close)
        return self._browser
