"""Memory at rest and of each visitor, against a stock page of four tabs (with MCP where it is installed)."""

from __future__ import annotations

import asyncio

from benchmarks.page.bench import Bench, Figure
from benchmarks.page.wire import Form, Session

VISITORS, AT_ONCE, TOKENS = 60, 10, 60
SETTLED = 8.0  # the playground loads what the first call needs once the page is up


async def measure(bench: Bench) -> list[Figure]:
    async with bench.playground() as site, bench.stock("tabs") as stock:
        await asyncio.sleep(SETTLED)
        idle = {"ours": site.memory, "stock": stock.memory}
        form = await Form.of(site.url, "message")

        async def visitors(number: int) -> None:
            for _ in range(number // AT_ONCE):
                sessions = [await Session.open(site.url, form) for _ in range(AT_ONCE)]
                answers = (it.ask(TOKENS, Message="Go.", Model=f"chat-r0-n{TOKENS}-f0") for it in sessions)
                await asyncio.gather(*answers)

        await visitors(VISITORS)  # what the first ones bring is not theirs
        before = site.memory
        await visitors(VISITORS)
        each = (site.memory - before) / VISITORS
    detail = {"idle, MB": idle, "after the first visitors, MB": before}
    return [
        Figure("Memory at rest", idle["ours"] / idle["stock"], 1.25, detail=detail),
        Figure("Memory of a session", each, 0.25, "MB"),
    ]
