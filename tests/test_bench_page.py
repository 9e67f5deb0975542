"""The bench itself: an upstream that keeps to its script, a client that misses nothing, a table that can say no."""

from __future__ import annotations

import asyncio
import itertools
import time
from xml.etree import ElementTree

import pytest

from benchmarks.page import report, wire
from benchmarks.page.bench import Figure, in_turns, percentile
from benchmarks.page.rows import ROWS
from benchmarks.page.upstream import Script, Upstream, picture


@pytest.fixture
async def upstream():
    scripted = Upstream()
    server = await asyncio.start_server(scripted.serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    scripted.url = f"http://{host}:{port}"
    yield scripted
    server.close()


def test_the_models_name_is_the_script():
    assert Script.of("chat-r200-n800-f50") == Script("chat", 200, 800, 50)
    assert Script.of("bench/image-n512") == Script("image", 0, 512, 0)


async def test_tokens_come_at_the_rate_asked_for_and_the_first_after_its_wait(upstream):
    timed = await wire.direct(upstream.url, "chat-r100-n50-f100", 50)
    assert 0.1 <= timed.first < 0.4
    assert 0.48 <= timed.last - timed.first < 0.9
    assert upstream.calls[0].sent == 50


async def test_a_missing_token_fails_the_measurement(upstream):
    with pytest.raises(AssertionError, match="not whole"):
        await wire.direct(upstream.url, "chat-r0-n50-f0", 51)


async def test_the_upstream_notes_when_a_reader_went_away(upstream):
    body = {"model": "chat-r50-n1000-f0", "stream": True, "messages": []}
    async with wire.request(upstream.url, "POST", "/v1/chat/completions", body) as reply:
        async for _ in reply.pieces():
            break
    left = time.time()
    while not (await wire.get(upstream.url, "/calls")).json[0]["closed"]:
        assert time.time() < left + 3
        await asyncio.sleep(0.02)
    assert upstream.calls[0].closed - left < 1
    assert upstream.calls[0].sent < 1000


def test_a_picture_is_the_same_each_time_and_of_a_plausible_size():
    assert picture(256) == picture.__wrapped__(256)
    assert 50_000 < len(picture(256)) < 400_000


async def test_turns_are_taken():
    order = itertools.count()

    async def next_one() -> int:
        return next(order)

    assert await in_turns(2, {"a": next_one, "b": next_one}) == {"a": [0, 2], "b": [1, 3]}


def test_a_percentile_is_a_value_that_was_measured():
    assert percentile([3.0, 1.0, 2.0], 0.95) == 3.0
    assert percentile([float(i) for i in range(1, 101)], 0.95) == 95.0
    assert percentile([float(i) for i in range(1, 101)], 0.5) == 50.0


def test_the_table_says_what_was_missed():
    met = Figure("quick", 1.0, 1.3, others={"stock": 6.3, "nicegui": 1.5})
    missed = Figure("slow", float("inf"), 0.25, "s")
    rows = report.table([met, missed]).splitlines()[2:]
    assert rows[0] == "| quick | 6.3 × | nicegui 1.5 × | ≤ 1.3 × | 1 × | met |"
    assert rows[1] == "| slow | – | – | ≤ 0.25 s | never | **missed** |"


def test_the_plot_is_an_svg_with_a_bar_for_each_figure():
    figures = [Figure("a & b", 1.0, 2.0), Figure("never", float("inf"), 1.0, others={"stock": 3.0})]
    drawn = ElementTree.fromstring(report.plot(figures))  # noqa: S314 - our own
    assert len(drawn.findall("{*}rect")) == 1 + len(figures)
    assert len(drawn.findall("{*}circle")) == 1


def test_every_row_has_a_name_of_its_own():
    assert len({row.name for row in ROWS}) == len(ROWS)
