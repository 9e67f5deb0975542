"""What a message costs late in a conversation, against the first one. On the wire, no browser."""

from __future__ import annotations

from functools import partial

from benchmarks.page.bench import Bench
from benchmarks.page.figures import Figure, ratio
from benchmarks.page.ours import Visitor
from benchmarks.page.processes import Site
from benchmarks.page.rows.growth import Cost, cost

EARLIER, WORDS = 49, 60
QUESTION = "word " * WORDS
SHORT = f"{QUESTION} chat-r0-n{WORDS}-f0"


async def measure(bench: Bench) -> list[Figure]:
    """One answer at 200/s, as the first and as the 50th of a conversation of 60 words a side."""
    site, tokens = await bench.site(), 400 if bench.long else 200
    costs: dict[str, list[Cost]] = {"first": [], "ours": []}
    for _ in range(bench.times):
        (visitor,) = await bench.visitors()
        costs["first"].append(await _message(site, visitor, tokens))
        await visitor.ask(SHORT, WORDS)
        visitor.turns += visitor.turns[-2:] * (EARLIER - 3)
        await visitor.ask(SHORT, WORDS, lay=True)
        assert len(visitor.turns) == 2 * EARLIER
        costs["ours"].append(await _message(site, visitor, tokens))
    return [
        ratio("The 50th message against the first: server CPU", 1.2, costs, lambda it: it.cpu, to="first"),
        ratio("The 50th message against the first: bytes to the page", 1.2, costs, lambda it: it.size, to="first"),
    ]


async def _message(site: Site, visitor: Visitor, tokens: int) -> Cost:
    return await cost(site, partial(visitor.ask, f"{QUESTION} chat-r200-n{tokens}-f50", tokens))
