"""What a row may use: the upstream, the pages, the browser, taking turns. Starts each when it is first asked for."""

from __future__ import annotations

import asyncio
import math
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

from playwright.async_api import Browser, async_playwright

from benchmarks.page import peers, wire
from benchmarks.page.processes import Site, free_port, module, served
from benchmarks.page.wire import Form

T = TypeVar("T")


@dataclass(frozen=True)
class Figure:
    """One line of the table: our figure against its goal, and what the others did in the same run.

    `detail` holds what the figure was made of, in the units its names say.
    """

    name: str
    ours: float
    goal: float
    unit: str = "×"
    others: Mapping[str, float] = field(default_factory=dict)
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def met(self) -> bool:
        return self.ours <= self.goal


class Bench:
    """Lives as long as one run; every process it started ends with it."""

    def __init__(self, times: int = 3, *, long: bool = False, peers: bool = False) -> None:
        self.times, self.long, self.with_peers = times, long, peers
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
        """The playground, started once."""
        if self._site is None:
            self._site = await self._stack.enter_async_context(self.playground())
        return self._site

    def playground(self) -> AbstractAsyncContextManager[Site]:
        """A playground of one's own, as `make run` starts it, before the scripted upstream."""
        folder = self._stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        environment = {
            "AIML_API_BASE": f"{self.upstream}/v1",
            "AIML_API_KEY": "bench",
            "GRADIO_SERVER_PORT": str(port := free_port()),
            "GRADIO_TEMP_DIR": folder,
        }
        return served([module("stock")[0], "app.py"], port, environment)

    def stock(self, page: str, model: str = "chat-r0-n100") -> AbstractAsyncContextManager[Site]:
        """Stock Gradio's chat, picture or four tabs, with its default settings and nobody asking home."""
        port = free_port()
        how = ["--base", f"{self.upstream}/v1", "--model", model, "--port", str(port)]
        return served(module("stock", page, *how), port, {"GRADIO_ANALYTICS_ENABLED": "False"})

    def peer(self, name: str, model: str) -> AbstractAsyncContextManager[Site]:
        """One of `peers.NAMES`, from an environment of its own."""
        port = free_port()
        return served(peers.command(name, port), port, {"BENCH_BASE": f"{self.upstream}/v1", "BENCH_MODEL": model})

    async def form(self) -> Form:
        """The playground's chat form."""
        return await Form.of((await self.site()).url, "message")

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


async def in_turns(times: int, ways: Mapping[str, Callable[[], Awaitable[T]]]) -> dict[str, list[T]]:
    """Each way once, then each again: a busy minute of the machine falls on all of them."""
    samples: dict[str, list[T]] = {name: [] for name in ways}
    for _ in range(times):
        for name, way in ways.items():
            samples[name].append(await way())
    return samples


def middle(samples: list[T], of: Callable[[T], float]) -> float:
    """The median of one property."""
    return median(of(sample) for sample in samples)


def percentile(values: list[float], share: float) -> float:
    """The value that `share` of them do not exceed."""
    ordered = sorted(values)
    return ordered[math.ceil(share * len(ordered)) - 1]
