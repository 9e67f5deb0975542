"""From a picture's last byte at the server to its address at the page, and whether its bytes are the model's."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import Any

from benchmarks.page import wire
from benchmarks.page.bench import Bench
from benchmarks.page.figures import Figure, in_turns, value
from benchmarks.page.queued import Form, Session
from benchmarks.page.upstream import picture

SIDE = 1024
SCRIPT = f"A lighthouse image-n{SIDE}-f20"


@dataclass(frozen=True)
class Shown:
    """Milliseconds from the last byte to the address; whether what lies there is something else than was made."""

    wait: float
    changed: bool


async def measure(bench: Bench) -> list[Figure]:
    site = await bench.site()
    ways = {"ours": partial(_once, bench, site.url, await Form.of(site.url, "generate", "click"))}
    await ways["ours"]()  # the first one imports
    shown = await in_turns(bench.times, ways)
    if bench.long:
        shown |= await _stock(bench)
    changed = {who: float(sum(it.changed for it in taken)) for who, taken in shown.items()}
    return [
        value("1024² picture after its bytes are in", 15, "ms", shown, lambda it: it.wait),
        Figure("Pictures whose bytes were changed", changed.pop("ours"), 0, "", changed),
    ]


async def _stock(bench: Bench) -> dict[str, list[Shown]]:
    async with bench.stock("picture") as site:
        ways = {"stock": partial(_once, bench, site.url, await Form.of(site.url, "textbox"))}
        await ways["stock"]()
        return await in_turns(bench.times, ways)


async def _once(bench: Bench, url: str, form: Form) -> Shown:
    session = await Session.open(url, form)
    (event,) = form.events
    path = ""
    async with aclosing(session.messages(event, form.data(event, Prompt=SCRIPT))) as messages:
        async for message in messages:
            if not path and (path := next(_paths(json.loads(message).get("output")), "")):
                came = time.time()
    if not path:
        raise AssertionError(f"{url} showed no picture: {message[:300]!r}")
    made = (await bench.calls())[-1]["last"]
    body = (await wire.get(url, f"/gradio_api/file={path}")).body
    return Shown((came - made) * 1000, body != picture(SIDE))


def _paths(said: Any) -> Iterator[str]:
    """Every file's path in an event's data, in order."""
    if isinstance(said, dict):
        if isinstance(said.get("path"), str):
            yield said["path"]
        said = list(said.values())
    for part in said if isinstance(said, list) else ():
        yield from _paths(part)
