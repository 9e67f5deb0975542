"""A visitor's first token while the embedded engine computes for another one. On the wire, no browser.

One page serves both: the first asks an API for a scripted answer, the other one the embedded engine, again and again.
The engine shares the cores with the page and with the clients here; it is meant to leave them what they need.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.page import wire
from benchmarks.page.bench import Bench
from benchmarks.page.figures import Figure, in_turns, ratio
from benchmarks.page.processes import PROJECT

TOKENS = 5
UNDER_WAY = 0.5  # seconds until a call has come through to the engine
SCRIPT = f"chat-r50-n{TOKENS}-f50"
CLIP = PROJECT / "components" / "assets" / "clip-weather.mp3"


async def measure(bench: Bench) -> list[Figure]:
    """The worst of the jobs; a short run takes the chat only."""
    url = (await bench.site()).url
    jobs: dict[str, tuple[str, dict[str, Any]]] = {
        "chat": ("chat", {"message": "Why is the sky blue?", "model": "embedded/smollm2-135m", "max_tokens": 32})
    }
    if bench.long:
        jobs["picture"] = ("generate_image", {"prompt": "a red bicycle at night", "model": "embedded/composer"})
        clip = {"audio": await _uploaded(url, CLIP), "model": "embedded/whisper-tiny.en"}
        jobs["transcription"] = ("transcribe", clip)
    figures = {name: await _beside(bench, url, *job) for name, job in jobs.items()}
    worst = max(figures.values(), key=lambda it: it.ours)
    return [replace(worst, detail={name: figure.detail for name, figure in figures.items()})]


async def _beside(bench: Bench, url: str, endpoint: str, said: dict[str, Any]) -> Figure:
    """First tokens in turns: with nobody else there, and with the engine at work for somebody."""
    await _called(url, endpoint, said)  # the engine starts, and its model is loaded

    async def quiet() -> float:
        return await _first(bench)

    async def busy() -> float:
        async with _at_work(url, endpoint, said):
            return await _first(bench)

    firsts = await in_turns(bench.times, {"quiet": quiet, "ours": busy})
    return ratio("First token while the engine computes for another", 1.3, firsts, to="quiet")


async def _first(bench: Bench) -> float:
    """The median of so many visitors, each asking once, one after the other."""
    visitors = await bench.visitors(12 if bench.long else 6)
    return median([(await it.ask(SCRIPT, TOKENS)).first for it in visitors])


@asynccontextmanager
async def _at_work(url: str, endpoint: str, said: dict[str, Any]) -> AsyncIterator[None]:
    """Somebody calls the engine again and again. Raises what a call raises, and RuntimeError when there was none."""
    done, enough, calls = 0, False, asyncio.Event()

    async def work() -> None:
        nonlocal done
        while not enough:
            calls.set()
            await _called(url, endpoint, said)
            done += 1

    working = asyncio.create_task(work())
    try:
        await calls.wait()
        await asyncio.sleep(UNDER_WAY)
        yield
        enough = True
        await working
        if not done:
            raise RuntimeError(f"{endpoint} was not at work")
    finally:
        working.cancel()


async def _called(url: str, endpoint: str, said: dict[str, Any]) -> None:
    """One call of the public API, to its end. Raises RuntimeError when it fails."""
    begun = await wire.get(url, f"/gradio_api/call/v2/{endpoint}", "POST", said)
    if begun.status != 200:
        raise RuntimeError(f"{endpoint}: {begun.body[:300]!r}")
    heard = (await wire.get(url, f"/gradio_api/call/{endpoint}/{begun.json['event_id']}")).body
    if b"event: complete" not in heard:
        raise RuntimeError(f"{endpoint}: {heard[-300:]!r}")


async def _uploaded(url: str, file: Path) -> dict[str, Any]:
    """A file as the API takes it."""
    mark = secrets.token_hex(8)
    head = f'--{mark}\r\nContent-Disposition: form-data; name="files"; filename="{file.name}"\r\n\r\n'
    body = head.encode() + await asyncio.to_thread(file.read_bytes) + f"\r\n--{mark}--\r\n".encode()
    kept = await wire.get(url, "/gradio_api/upload", "POST", body, f"multipart/form-data; boundary={mark}")
    return {"path": kept.json[0], "meta": {"_type": "gradio.FileData"}}
