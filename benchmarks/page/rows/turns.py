"""What a message costs late in a conversation, against the first one. On the wire, no browser."""

from __future__ import annotations

from benchmarks.page.bench import Bench, Figure
from benchmarks.page.processes import Site
from benchmarks.page.rows.growth import Cost
from benchmarks.page.wire import Session

EARLIER, WORDS, TOKENS = 49, 60, 400
MEASURED = f"chat-r200-n{TOKENS}-f50"


async def measure(bench: Bench) -> list[Figure]:
    """One answer of 400 tokens at 200/s, as the first and as the 50th of a conversation of 60 words a side."""
    site, form = await bench.site(), await bench.form()
    first, late = [], []
    for _ in range(bench.times if bench.long else 1):
        session = await Session.open(site.url, form)
        first.append(await _turn(site, session))
        for _ in range(EARLIER - 1):
            await session.ask(WORDS, Message="word " * WORDS, Model=f"chat-r0-n{WORDS}-f0")
        late.append(await _turn(site, session))
    detail = {"first": [vars(cost) for cost in first], "50th": [vars(cost) for cost in late]}
    return [
        Figure("The 50th message against the first: server CPU", _ratio(first, late, "cpu"), 1.2, detail=detail),
        Figure("The 50th message against the first: bytes to the page", _ratio(first, late, "size"), 1.2),
    ]


async def _turn(site: Site, session: Session) -> Cost:
    before = site.cpu
    timed = await session.ask(TOKENS, Message="word " * WORDS, Model=MEASURED)
    return Cost(site.cpu - before, timed.end, timed.size)


def _ratio(first: list[Cost], late: list[Cost], what: str) -> float:
    ratios = sorted(getattr(after, what) / getattr(before, what) for before, after in zip(first, late, strict=True))
    return float(ratios[len(ratios) // 2])
