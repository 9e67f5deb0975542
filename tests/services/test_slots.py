"""Places and the queue before them."""

from __future__ import annotations

import asyncio

import pytest

from services.errors import RateLimited
from services.slots import Slots


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Work:
    """Something that takes a place until it is told to end; what it heard while it waited."""

    def __init__(self, slots: Slots) -> None:
        self.heard: list[str] = []
        self.inside, self._end = asyncio.Event(), asyncio.Event()
        self.task = asyncio.create_task(self._run(slots))

    async def _run(self, slots: Slots) -> None:
        async with slots.place(self.heard.append):
            self.inside.set()
            await self._end.wait()

    async def end(self) -> None:
        self._end.set()
        await self.task


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_whoever_finds_a_place_hears_nothing_of_a_queue():
    work = Work(Slots(1, 1))
    await work.inside.wait()
    assert work.heard == []
    await work.end()


async def test_the_queue_is_served_in_its_order():
    slots = Slots(2, 10)
    works = [Work(slots) for _ in range(5)]
    await settled()
    assert [work.inside.is_set() for work in works] == [True, True, False, False, False]
    await works[1].end()
    await settled()
    assert [work.inside.is_set() for work in works] == [True, True, True, False, False]
    for work in works:
        await work.end()
    assert (slots.waiting, slots._taken) == (0, 0)


async def test_whoever_waits_is_told_how_many_are_before_and_how_long_it_takes():
    clock = Clock()
    slots = Slots(2, 10, clock=clock, told_every=0.01)
    for _ in range(3):
        first = Work(slots)
        await first.inside.wait()
        clock.now += 30
        await first.end()
    running = [Work(slots), Work(slots)]
    await settled()
    clock.now += 10
    waiting = [Work(slots) for _ in range(3)]
    await settled()
    assert [work.heard[-1] for work in waiting] == [
        "Busy: you are next, about 20 s",
        "Busy: 1 before you, about 20 s",
        "Busy: 2 before you, about 50 s",
    ]
    clock.now += 15
    await asyncio.sleep(0.03)
    assert waiting[0].heard[-1] == "Busy: you are next, about 5 s"
    for work in [*running, *waiting]:
        await work.end()


async def test_without_experience_no_time_is_made_up():
    slots = Slots(1, 2)
    works = [Work(slots), Work(slots)]
    await settled()
    assert works[1].heard == ["Busy: you are next"]
    for work in works:
        await work.end()


async def test_a_full_queue_refuses_and_nobody_loses_their_place():
    slots = Slots(1, 2)
    works = [Work(slots) for _ in range(3)]
    await settled()
    with pytest.raises(RateLimited, match="Too many are waiting"):
        async with slots.place(lambda words: None):
            pass
    for work in works:
        await work.end()


async def test_who_gives_up_waiting_leaves_the_queue():
    slots = Slots(1, 5)
    works = [Work(slots) for _ in range(3)]
    await settled()
    works[1].task.cancel()
    await settled()
    assert slots.waiting == 1
    await works[0].end()
    await settled()
    assert works[2].inside.is_set()
    await works[2].end()
    assert slots._taken == 0


async def test_a_place_that_is_given_to_somebody_who_just_left_goes_to_the_next():
    slots = Slots(1, 5)
    works = [Work(slots) for _ in range(3)]
    await settled()
    works[0]._end.set()
    await asyncio.sleep(0)  # the place is handed on, and not taken up yet
    works[1].task.cancel()
    await settled()
    assert works[2].inside.is_set()
    await works[2].end()
    assert slots._taken == 0


async def test_work_that_fails_gives_its_place_back():
    slots = Slots(1, 0)
    for _ in range(3):
        with pytest.raises(ValueError):
            async with slots.place(lambda words: None):
                raise ValueError
    assert slots._taken == 0
