"""What a message costs late in a conversation, against the first one. On the wire, no browser."""

from __future__ import annotations

from functools import partial

from benchmarks.page.bench import Bench
from benchmarks.page.figures import Figure, ratio
from benchmarks.page.ours import Visitor
from benchmarks.page.processes import Site
from benchmarks.page.rows.growth import Cost, cost

EARLIER, WORDS, TOKENS = 49, 60, 400
QUESTION = "word " * WORDS


async def measure(bench: Bench) -> list[Figure]:
    """One answer of 400 tokens at 200/s, as the first and as the 50th of a conversation of 60 words a side."""
    site = await bench.site()
    costs: dict[str, list[Cost]] = {"first": [], "ours": []}
    for _ in range(bench.times):
        (visitor,) = await bench.visitors()
        costs["first"].append(await _message(site, visitor))
        for _ in range(EARLIER - 1):
            await visitor.ask(f"{QUESTION} chat-r0-n{WORDS}-f0", WORDS)
        costs["ours"].append(await _message(site, visitor))
    return [
        ratio("The 50th message against the first: server CPU", 1.2, costs, lambda it: it.cpu, to="first"),
        ratio("The 50th message against the first: bytes to the page", 1.2, costs, lambda it: it.size, to="first"),
    ]


async def _message(site: Site, visitor: Visitor) -> Cost:
    return await cost(site, partial(visitor.ask, f"{QUESTION} chat-r200-n{TOKENS}-f50", TOKENS))
