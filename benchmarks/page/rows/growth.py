"""What an answer costs the server as it gets longer, and the bytes that go to the page. On the wire, no browser."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from benchmarks.page.bench import Bench, Figure, in_turns, middle
from benchmarks.page.processes import Site
from benchmarks.page.wire import Form, Session

MIDDLE, SHORTEST, LONGEST = 4000, 500, 16_000


@dataclass(frozen=True)
class Cost:
    """Processor seconds of the server and seconds on the clock for one answer; bytes to the page."""

    cpu: float
    wall: float
    size: int


async def cost(site: Site, form: Form, tokens: int, **wanted: Any) -> Cost:
    """Ask in a new session."""
    session = await Session.open(site.url, form)
    before = site.cpu
    timed = await session.ask(tokens, **wanted)
    return Cost(site.cpu - before, timed.end, timed.size)


async def measure(bench: Bench) -> list[Figure]:
    site, form = await bench.site(), await bench.form()
    sizes = (SHORTEST, MIDDLE, LONGEST)
    await cost(site, form, 100, Message="Go.", Model="chat-r0-n100-f0")
    ways = {
        str(size): partial(cost, site, form, size, Message="Go.", Model=f"chat-r0-n{size}-f0", **{"Max tokens": 8192})
        for size in sizes
    }
    samples = await in_turns(bench.times, ways)
    cpu = {size: middle(costs, lambda it: it.cpu) for size, costs in samples.items()}
    others = {}
    if bench.long:
        others["stock"] = (await _stock(bench, MIDDLE, 0)).cpu
    bend = (cpu[str(LONGEST)] / LONGEST) / (cpu[str(MIDDLE)] / MIDDLE)
    detail = {"cpu seconds": cpu, "wall seconds": {size: middle(it, lambda c: c.wall) for size, it in samples.items()}}
    return [
        Figure("Server CPU, 4,000 tokens at full speed", cpu[str(MIDDLE)], 0.3, "s", others, detail),
        Figure("CPU a token at 16,000 against 4,000 tokens", bend, 1.2, "×", {}, detail),
    ]


async def size(bench: Bench) -> list[Figure]:
    site, form = await bench.site(), await bench.form()
    tokens = 800 if bench.long else 400
    model = f"chat-r200-n{tokens}-f50"
    samples = await in_turns(bench.times, {"ours": partial(cost, site, form, tokens, Message="Go.", Model=model)})
    ours = middle(samples["ours"], lambda it: it.size) / tokens
    others = {"stock": (await _stock(bench, tokens, 200)).size / tokens} if bench.long else {}
    return [Figure("Bytes to the page per token at 200/s", ours, 60, "B", others)]


async def _stock(bench: Bench, tokens: int, rate: int) -> Cost:
    """`gr.load_chat` once: its box's first event, then the one that answers."""
    async with bench.stock("chat", f"chat-r{rate}-n{tokens}-f50") as site:
        form = await Form.of(site.url, "multimodaltextbox", chain=(0, 2))
        return await cost(site, form, tokens, multimodaltextbox={"text": "Go.", "files": []}, chatbot=[])
