"""One job at a time, a bounded queue, and nobody's work done for nothing; with models made of nothing."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import aclosing

import pytest

from services.embedded import worker as module
from services.embedded.problems import Problem
from services.embedded.worker import Unavailable, Waiting, Worker


def worker(load=lambda _: "model", **options) -> Worker:
    return Worker("Tests", load, **options)


async def test_a_model_is_loaded_once_and_at_first_use():
    loads = []
    tested = worker(lambda _: loads.append(1) or "model")
    assert tested.state == "cold"
    assert [await tested.call(lambda model: model) for _ in range(3)] == ["model"] * 3
    assert loads == [1]
    assert tested.state == "warm"


async def test_jobs_run_one_at_a_time_and_in_order():
    tested, running, order = worker(), [], []

    def job(name):
        def work(_):
            running.append(name)
            assert running == [name]
            time.sleep(0.01)
            order.append(running.pop())

        return work

    await asyncio.gather(*(tested.call(job(name)) for name in range(5)))
    assert order == list(range(5))


async def test_items_come_as_they_are_made():
    def count(_, emit):
        for number in range(3):
            emit(number)

    assert [item async for item in worker().stream(count)] == [0, 1, 2]


async def test_who_waits_is_told_for_what():
    tested = worker()
    busy = asyncio.create_task(tested.call(lambda _: time.sleep(1.2)))
    await asyncio.sleep(0.05)
    notes = [item async for item in tested.stream(lambda _, emit: emit("done"))]
    await busy
    assert notes[0] == Waiting("queue 1")
    assert notes[-1] == "done"


async def test_a_full_queue_turns_away_with_a_time_to_come_back():
    tested, release = worker(limit=2), threading.Event()
    jobs = [asyncio.create_task(tested.call(lambda _: release.wait())) for _ in range(3)]
    await asyncio.sleep(0.05)
    with pytest.raises(Problem) as refusal:
        await tested.call(lambda _: None)
    assert (refusal.value.status, tested.status()["waiting"]) == (503, 2)
    assert refusal.value.retry_after >= 1
    release.set()
    await asyncio.gather(*jobs)
    assert not tested.busy


async def test_who_goes_away_frees_the_place_at_once_and_is_never_served():
    tested, release, served = worker(limit=1), threading.Event(), []
    first = asyncio.create_task(tested.call(lambda _: release.wait()))
    await asyncio.sleep(0.05)
    second = asyncio.create_task(tested.call(lambda _: served.append("second")))
    await asyncio.sleep(0.05)
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)
    assert tested.status()["waiting"] == 0
    third = asyncio.create_task(tested.call(lambda _: served.append("third")))
    await asyncio.sleep(0.05)
    release.set()
    await asyncio.gather(first, third)
    assert served == ["third"]


async def test_a_running_job_hears_that_nobody_listens_any_more():
    tested, ended = worker(), threading.Event()

    def endless(_, emit):
        while not emit("more"):
            time.sleep(0.01)
        ended.set()

    async with aclosing(tested.stream(endless)) as items:
        await anext(items)
    assert await asyncio.to_thread(ended.wait, 1)


async def test_a_model_that_can_not_run_says_why_and_is_not_tried_at_every_call():
    tries = []

    def load(_):
        tries.append(1)
        raise Unavailable("No wheel for this platform.")

    tested = worker(load)
    for _ in range(3):
        with pytest.raises(Problem, match="No wheel") as refusal:
            await tested.call(lambda _: None)
        assert refusal.value.status == 503
    assert tries == [1]
    assert tested.status()["message"] == "No wheel for this platform."


async def test_it_is_tried_again_after_a_while(monkeypatch):
    monkeypatch.setattr(module, "TRY_AGAIN_SECONDS", 0.0)
    outcomes = iter([ImportError("no module"), None])

    def load(_):
        if problem := next(outcomes):
            raise problem
        return "model"

    tested = worker(load)
    with pytest.raises(Problem, match="no module"):
        await tested.call(lambda model: model)
    assert await tested.call(lambda model: model) == "model"


async def test_a_job_that_fails_leaves_the_model_to_the_next():
    tested = worker()
    with pytest.raises(ZeroDivisionError):
        await tested.call(lambda _: 1 / 0)
    assert await tested.call(lambda model: model) == "model"
    assert not tested.busy


async def test_a_forgotten_model_is_loaded_again():
    loads = []
    tested = worker(lambda _: loads.append(1) or "model")
    await tested.warm()
    tested.forget()
    await asyncio.sleep(0.2)
    assert tested.state == "cold"
    assert await tested.call(lambda model: model) == "model"
    assert len(loads) == 2


async def test_the_expected_wait_follows_what_jobs_took():
    tested = worker()
    assert tested.expected_wait == 0.0
    await tested.call(lambda _: time.sleep(0.1))
    busy = asyncio.create_task(tested.call(lambda _: time.sleep(0.1)))
    await asyncio.sleep(0.02)
    assert tested.expected_wait == pytest.approx(0.1, abs=0.05)
    await busy
