"""The playground's server as a process that can be killed and started again. Knows no visitors."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import quantiles

import httpx

PROJECT = Path(__file__).resolve().parents[2]
OWNER_KEY = "sk-soak-owner-canary-93ab"


class House:
    """One server at one address; `samples` are (seconds since the first start, megabytes resident)."""

    def __init__(self, base: str, environment: Mapping[str, str] | None = None) -> None:
        with socket.create_server(("127.0.0.1", 0)) as found:
            self._port = found.getsockname()[1]
        self._folder = tempfile.TemporaryDirectory()
        self.log = Path(self._folder.name) / "log"
        self._environment = {
            **{name: said for name, said in os.environ.items() if not name.startswith(("AIML_", "OPENAI_"))},
            "AIML_API_BASE": base,
            "AIML_API_KEY": OWNER_KEY,
            "AIML_LOG": "json",
            "GRADIO_SERVER_PORT": str(self._port),
            "GRADIO_TEMP_DIR": str(Path(self._folder.name) / "gradio"),
            **(environment or {}),
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._began = time.monotonic()
        self.samples: list[tuple[float, float]] = []
        self.up = asyncio.Event()
        self.killed = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def start(self) -> None:
        """Start, and come back when the page is served."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: ASYNC220 - milliseconds
                [sys.executable, "app.py"], cwd=PROJECT, env=self._environment, stdout=log, stderr=log
            )
        async with httpx.AsyncClient(trust_env=False, timeout=2) as http:
            while True:
                if self._process.poll() is not None:
                    raise RuntimeError(self.log.read_text()[-2000:])
                try:
                    if (await http.get(f"{self.url}/health/live")).status_code == 200:
                        break
                except httpx.HTTPError:
                    await asyncio.sleep(0.1)
        self.up.set()

    async def kill(self) -> None:
        """kill -9, as a redeploy or the kernel does it."""
        self.up.clear()
        self.killed += 1
        assert self._process
        self._process.kill()
        await asyncio.to_thread(self._process.wait)

    @property
    def memory(self) -> float:
        """Megabytes that are resident now."""
        return self._figure("VmRSS")

    @property
    def peak(self) -> float:
        """Megabytes that were resident at most since the start, or since `forget_peak`."""
        return self._figure("VmHWM")

    def forget_peak(self) -> None:
        assert self._process
        Path(f"/proc/{self._process.pid}/clear_refs").write_text("5")

    def _figure(self, name: str) -> float:
        assert self._process
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        found = re.search(rf"{name}:\s+(\d+)", status)
        return int(found[1]) / 1000 if found else 0.0

    async def watch(self) -> None:
        """Sample the memory every two seconds, for ever."""
        while True:
            await asyncio.sleep(2)
            if self.up.is_set():
                self.samples.append((time.monotonic() - self._began, self.memory))

    def grown(self, since: float) -> float:
        """By how many megabytes the memory stands above where it stood `since` seconds after the start.

        Lower quartiles of half a minute: in the long form a bomb of 70 MB goes off every six seconds, so that half of
        the samples hit one; what counts is what stays.
        """
        settled = [memory for at, memory in self.samples if at >= since]
        early, late = settled[:15], settled[-15:]
        return quantiles(late)[0] - quantiles(early)[0] if len(settled) > 1 else float("nan")

    def close(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._folder.cleanup()


@asynccontextmanager
async def open_house(base: str, environment: Mapping[str, str] | None = None) -> AsyncIterator[House]:
    """A server that runs within the block."""
    house = House(base, environment)
    watcher: asyncio.Task[None] | None = None
    try:
        await house.start()
        watcher = asyncio.create_task(house.watch())
        yield house
    finally:
        if watcher:
            watcher.cancel()
        house.close()
