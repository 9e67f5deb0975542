"""From a picture's last byte at the server to its address at the page, and whether its bytes are the model's."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

from benchmarks.page import wire
from benchmarks.page.bench import Bench, Figure, in_turns, middle
from benchmarks.page.upstream import picture
from benchmarks.page.wire import Form, Session

SIDE = 1024
MODEL = f"image-n{SIDE}-f20"


async def measure(bench: Bench) -> list[Figure]:
    site = await bench.site()
    async with bench.stock("picture", MODEL) as stock:
        ways = {
            "ours": partial(_once, bench, site.url, await Form.of(site.url, "generate", "click")),
            "stock": partial(_once, bench, stock.url, await Form.of(stock.url, "textbox")),
        }
        samples = await in_turns(bench.times + 1, ways)
    wait = {who: middle(taken[1:], lambda it: it[0]) * 1000 for who, taken in samples.items()}  # the first one imports
    changed = {who: float(sum(not same for _, same in taken)) for who, taken in samples.items()}
    return [
        Figure("1024² picture after its bytes are in", wait["ours"], 15, "ms", {"stock": wait["stock"]}),
        Figure("Pictures whose bytes were changed", changed["ours"], 0, "", {"stock": changed["stock"]}),
    ]


async def _once(bench: Bench, url: str, form: Form) -> tuple[float, bool]:
    session = await Session.open(url, form)
    output = await session.result(Prompt="A lighthouse", Model=MODEL)
    done = time.time()
    sent = (await bench.calls())[-1]["last"]
    path = next(_paths(output["data"]))
    body = (await wire.get(url, f"/gradio_api/file={path}")).body
    return done - sent, body == picture(SIDE)


def _paths(said: Any) -> Any:
    """Every file's path in an event's data, in order."""
    if isinstance(said, dict):
        if isinstance(said.get("path"), str):
            yield said["path"]
        said = list(said.values())
    for part in said if isinstance(said, list) else ():
        yield from _paths(part)
