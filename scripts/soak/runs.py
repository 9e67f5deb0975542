"""The trials of the test bed; each gives (promise, goal, seen, kept) rows. Knows visitors, weather and the server."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from dataclasses import dataclass
from statistics import median

import httpx
from upstream import Answer, Upstream

from scripts.soak.house import OWNER_KEY, House, open_house
from scripts.soak.visitor import SETTINGS, Flooder, Tally, Visitor
from scripts.soak.weather import Weather

# Short enough that every fault ends within the soak; all else stays as it is delivered.
IMPATIENT = {"AIML_LIMIT_STALL": "3", "AIML_LIMIT_FIRST_BYTE_CHAT": "10", "AIML_LIMIT_FIRST_BYTE_MEDIA": "10"}


@dataclass(frozen=True)
class Form:
    """How many visitors for how long (seconds); `outage` and `kill` are shares of that time."""

    visitors: int
    seconds: float
    pause: float
    outage: float
    settled: float  # from when on the memory may not grow


SHORT = Form(visitors=20, seconds=200, pause=4, outage=15, settled=60)
LONG = Form(visitors=200, seconds=600, pause=12, outage=60, settled=120)


@dataclass(frozen=True)
class Row:
    """One promise, and what was seen of it."""

    promise: str
    goal: str
    seen: str
    kept: bool


async def soak(form: Form) -> list[Row]:
    """Visitors who talk, paint and listen while an upstream fails, goes down, and the server is killed."""
    weather, tally = Weather(0.05), Tally()
    with weather.upstream() as upstream:
        async with open_house(upstream.base, IMPATIENT) as house:
            await _crowd(form, weather, house, tally)
            grown = house.grown(form.settled)
            leaked = OWNER_KEY in house.log.read_text("utf-8", "replace")
    acted = sum(times for what, times in tally.ended.items() if not what.startswith("flood"))
    flood = sum(times for what, times in tally.ended.items() if what.startswith("flood") and "slowed" not in what)
    calls = weather.work / max(1, acted + flood)
    slowed = sum(times for what, times in tally.ended.items() if not what.startswith("flood") and "slowed" in what)
    resent, doubled = len(weather.resent), len(tally.doubled) + len(set(weather.doubled))
    return [
        Row("Actions, and how they ended", "all end", f"{acted}: {_counted(tally, flood=False)}", True),
        Row("Faults of the upstream", "5 %", ", ".join(f"{n} {what}" for what, n in weather.spoiled.items()), True),
        Row("The server killed (-9) and started again", "–", f"{house.killed} ×", house.killed > 0),
        Row("Messages lost", "0", _few(tally.lost), not tally.lost),
        Row("Messages doubled", "0", _few(tally.doubled or weather.doubled), not doubled),
        Row("Canaries in a wrong session", "0", _few(tally.foreign), not tally.foreign),
        Row("The owner's key in a reply or the log", "0", _few(tally.leaked), not tally.leaked and not leaked),
        Row("5xx by our own server", "0", _few(tally.server_errors), not tally.server_errors),
        Row("Upstream calls for each action", "≤ 1.1", f"{calls:.3f}", calls <= 1.1),
        Row("Pictures and clips resent by themselves", "0", str(resent), not resent),
        Row("The flooder", "slowed down", _counted(tally, flood=True), _held(tally)),
        Row("Others slowed down for it", "0", str(slowed), slowed == 0),
        Row("First word, median", "–", f"{median(tally.first_words or [0]):.2f} s", True),
        Row(f"Memory grown after {form.settled:.0f} s", "≤ 100 MB", f"{grown:.0f} MB", grown <= 100),
    ]


async def _crowd(form: Form, weather: Weather, house: House, tally: Tally) -> None:
    end = time.monotonic() + form.seconds
    visitors = [Visitor(number, house, tally, OWNER_KEY) for number in range(form.visitors)]
    flooder = Flooder(form.visitors, house, tally, OWNER_KEY)
    async with asyncio.TaskGroup() as together:
        for visitor in visitors:
            together.create_task(visitor.live(end, form.pause))
        together.create_task(flooder.flood(end - 0.8 * form.seconds))
        together.create_task(_troubles(form, weather, house))


async def _troubles(form: Form, weather: Weather, house: House) -> None:
    """A quarter in, the server is killed (before the memory is measured); halfway, the upstream goes down."""
    await asyncio.sleep(0.5 * form.settled)
    await house.kill()
    await house.start()
    await asyncio.sleep(0.5 * form.seconds - 0.5 * form.settled)
    weather.outage_until = time.monotonic() + form.outage


async def stops(times: int = 100) -> list[Row]:
    """Endless answers: half of them stopped by Stop, half by closing the tab; when the upstream's line was closed."""
    waits: dict[str, list[float]] = {"Stop": [], "closed tab": []}
    with Upstream({"v1"}, rate=50) as upstream:
        async with open_house(upstream.base, {"AIML_RATE_LIMIT": "off"}) as house:
            for number in range(times):
                way = "Stop" if number % 2 else "closed tab"
                waits[way].append(await _stopped(house, upstream, way))
    rows = []
    for way, seconds in waits.items():
        within = sum(second <= 2 for second in seconds)
        seen = f"{within} of {len(seconds)}, median {median(seconds):.3f} s, longest {max(seconds):.3f} s"
        rows.append(Row(f"{way}: upstream closed within 2 s", "all", seen, within == len(seconds)))
    return rows


async def _stopped(house: House, upstream: Upstream, way: str) -> float:
    desk, known = secrets.token_hex(16), len(upstream.calls)
    settings = {**SETTINGS, "model": "scripted/endless"}
    order = {"desk": desk, "act": "ask", "after": 0, "text": "and on", "settings": settings}
    async with httpx.AsyncClient(base_url=house.url, trust_env=False, timeout=30) as http:
        async with http.stream("POST", "/lane", json=order) as reply:
            async for line in reply.aiter_lines():
                if "add" in json.loads(line):
                    break
            began = time.monotonic()
            if way == "Stop":
                await http.post("/lane", json={"desk": desk, "act": "stop"})
                await _closed(upstream, known)
        if way != "Stop":
            await _closed(upstream, known)
    [call] = [call for call in upstream.calls[known:] if call.task == "chat"]
    return call.closed_at - began


async def _closed(upstream: Upstream, known: int) -> None:
    [call] = [call for call in upstream.calls[known:] if call.task == "chat"]
    await asyncio.to_thread(call.closed.wait, 10)
    assert call.closed.is_set(), "the upstream was never closed"


async def bombs() -> list[Row]:
    """Each bomb beside a chat: how far the memory rose above idle, and the longest silence in the chat."""
    from scripts.soak.explosives import BOMBS

    rows = []
    for name, (task, answer) in BOMBS().items():
        rise, gap, ended = await _beside(task, answer)
        rows.append(Row(f"Bomb: {name}", "≤ 250 MB", f"{rise:.0f} MB, {ended}", rise <= 250))
        rows.append(Row("… the chat beside it", "no gap > 1 s", f"{gap:.2f} s", gap <= 1))
    return rows


async def _beside(task: str, answer: Answer) -> tuple[float, float, str]:
    with Upstream({"v1"}, rate=50, text=" ".join(["word"] * 600)) as upstream:
        async with open_house(upstream.base, {"AIML_RATE_LIMIT": "off"}) as house:
            visitor = Visitor(0, house, Tally(), OWNER_KEY)
            await visitor.media("image" if task == "image" else "speech")  # what the first call loads is not the bomb's
            upstream.plan(task, answer)
            chat = asyncio.create_task(_gap(house))
            await asyncio.sleep(2)
            idle = house.memory
            house.forget_peak()
            ended = await visitor.media(task)
            rise = house.peak - idle
            return rise, await chat, ended


async def _gap(house: House, seconds: float = 12) -> float:
    """The longest time between two pieces of one answer, in seconds."""
    order = {"desk": secrets.token_hex(16), "act": "ask", "after": 0, "text": "go on", "settings": SETTINGS}
    end, longest, last = time.monotonic() + seconds, 0.0, 0.0
    async with (
        httpx.AsyncClient(base_url=house.url, trust_env=False, timeout=30) as http,
        http.stream("POST", "/lane", json=order) as reply,
    ):
        async for line in reply.aiter_lines():
            now = time.monotonic()
            if "add" in json.loads(line):
                longest, last = max(longest, now - last if last else 0), now
            if now > end:
                break
    return longest


def _counted(tally: Tally, *, flood: bool) -> str:
    told = {what: n for what, n in sorted(tally.ended.items()) if what.startswith("flood") == flood}
    return ", ".join(f"{n} {what.removeprefix('flood: ')}" for what, n in told.items())


def _held(tally: Tally, allowed: int = 30) -> bool:
    """Whether the flooder was slowed down, or had no time to ask for more than its session may."""
    flood = {what: times for what, times in tally.ended.items() if what.startswith("flood")}
    return bool(flood.get("flood: slowed down")) or sum(flood.values()) <= allowed


def _few(found: list[str]) -> str:
    return "0" if not found else f"{len(found)}: {'; '.join(found[:3])[:200]}"
