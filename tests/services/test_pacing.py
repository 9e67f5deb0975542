"""A fast stream for a slow reader: nothing of the end is lost, nothing is held back, everything is closed."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.pacing import A_SHARE, MOST, SHORTEST, Pace, paced


async def source(items, pause=0.0, closed=None, error=None):
    try:
        for item in items:
            await asyncio.sleep(pause)
            yield item
        if error:
            raise error
    finally:
        if closed is not None:
            closed.append(True)


@given(st.lists(st.integers(), max_size=50))
def test_what_is_seen_is_in_order_and_ends_with_the_last(items):
    async def read():
        return [item async for item in paced(source(items), 0.001)]

    seen = asyncio.run(read())
    assert seen[-1:] == items[-1:]
    rest = iter(items)
    assert all(any(item == other for other in rest) for item in seen)


async def test_a_fast_source_is_thinned_and_a_slow_one_is_not():
    assert len([item async for item in paced(source(range(500), 0.0005), 0.05)]) < 40
    assert [item async for item in paced(source(range(4), 0.05), 0.01)] == [0, 1, 2, 3]


async def test_the_first_item_comes_at_once():
    began = time.monotonic()
    async with aclosing(paced(source(range(3), 0.01), 5)) as items:
        async for _ in items:
            break
    assert time.monotonic() - began < 1


async def test_the_last_item_waits_for_no_interval():
    began = time.monotonic()
    assert [item async for item in paced(source([1, 2]), 5)][-1] == 2
    assert time.monotonic() - began < 1


async def test_an_error_comes_after_the_last_item():
    seen = []
    with pytest.raises(ValueError, match="broken"):  # noqa: PT012
        async for item in paced(source([1, 2, 3], 0.01, error=ValueError("broken")), 0.1):
            seen.append(item)  # noqa: PERF401
    assert seen[-1] == 3


@pytest.mark.parametrize("pause", [0, 10])
async def test_leaving_closes_the_source_even_while_it_waits(pause):
    closed = []

    async def endless():
        try:
            yield 0
            await asyncio.sleep(pause)
            while True:
                yield 1
                await asyncio.sleep(0)
        finally:
            closed.append(True)

    began = time.monotonic()
    async with aclosing(paced(endless(), 0.01)) as items:
        async for _ in items:
            break
    assert closed
    assert time.monotonic() - began < 2


async def test_a_cancelled_reader_closes_the_source():
    closed = []

    async def read():
        async for _ in paced(source(range(3), 10, closed), 0.01):
            pass

    task = asyncio.create_task(read())
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert closed


async def test_an_empty_source_gives_nothing():
    assert [item async for item in paced(source([]))] == []


async def test_what_came_meanwhile_is_joined_and_nothing_is_lost():
    pieces = [bytes([65 + i % 26]) for i in range(300)]
    gulps = [gulp async for gulp in Pace().gulps(source(pieces, 0.001))]
    assert b"".join(gulps) == b"".join(pieces)
    assert len(gulps) < 60


async def test_a_source_that_was_read_dry_is_left_alone_for_an_interval():
    asked = 0

    async def slow():
        nonlocal asked
        for i in range(5):
            asked += 1
            await asyncio.sleep(0.01)
            yield i

    async with aclosing(paced(slow(), 0.2, rest=True)) as items:
        assert await anext(items) == 0
        await asyncio.sleep(0.1)
        assert asked == 1
        assert [item async for item in items][-1] == 4


async def test_the_more_answers_are_under_way_the_longer_is_the_interval_of_each():
    pace = Pace()
    assert pace.interval() == SHORTEST
    many = [pace.gulps(source([b"x"] * 3, 0.01)) for _ in range(100)]
    for gulps in many:
        await anext(gulps)
    assert pace.interval() == pytest.approx(100 * A_SHARE)
    for gulps in many:
        await gulps.aclose()
    assert pace.interval() == SHORTEST


async def test_a_reader_who_is_busy_elsewhere_does_not_fill_the_memory():
    given = 0

    async def endless():
        nonlocal given
        while True:
            given += 1
            yield given

    async with aclosing(paced(endless(), 0.001)) as items:
        await anext(items)
        await asyncio.sleep(0.05)
        assert given <= 2 * MOST + 1
        assert await anext(items) > 1
