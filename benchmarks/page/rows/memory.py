"""Memory at rest and of each visitor, against a stock page of four tabs (with MCP where it is installed)."""

from __future__ import annotations

import asyncio

from benchmarks.page.bench import Bench
from benchmarks.page.figures import Figure
from benchmarks.page.processes import Site

VISITORS, AT_ONCE, TOKENS = 60, 10, 60
SETTLED = 8.0  # the playground loads what the first call needs once the page is up


async def measure(bench: Bench) -> list[Figure]:
    """Once: what a process has taken it keeps, and another one takes the same."""
    async with bench.playground() as site, bench.stock("tabs") as stock:
        await asyncio.sleep(SETTLED)
        idle = {"ours": site.memory, "stock": stock.memory}
        await _visited(bench, site)  # what the first ones bring is not theirs
        before = site.memory
        await _visited(bench, site)
        each = (site.memory - before) / VISITORS
    detail = {"idle, MB": idle, "after the first visitors, MB": before, "of each one more, MB": each}
    return [
        Figure("Memory at rest", idle["ours"] / idle["stock"], 1.25, detail=detail),
        Figure("Memory of a session", max(each, 0.001), 0.25, "MB", detail=detail),
    ]


async def _visited(bench: Bench, site: Site) -> None:
    for _ in range(VISITORS // AT_ONCE):
        visitors = await bench.visitors(AT_ONCE, site)
        await asyncio.gather(*(it.ask(f"chat-r0-n{TOKENS}-f0", TOKENS) for it in visitors))
