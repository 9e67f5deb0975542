"""What the owner's key may spend, and where that is written down."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from services.budget import EVERYBODY, Budget, Calendar, dollars
from services.errors import OutOfCredit, Unavailable
from services.ledger import FileLedger, Ledger, SharedLedger
from services.rates import shared_storage

from .test_rates import redis  # noqa: F401

NOON = 1_750_075_200.0  # 2025-06-16, 12:00 UTC


class Hands:
    """The two clocks that a calendar looks at."""

    def __init__(self) -> None:
        self.wall, self.steady = NOON, 5.0

    def calendar(self) -> Calendar:
        return Calendar(lambda: self.wall, lambda: self.steady)


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture(params=["file", "redis"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Ledger:
    if request.param == "file":
        return FileLedger(tmp_path)
    return SharedLedger(shared_storage(request.getfixturevalue("redis")))


@pytest.fixture
def budget(hands: Hands, ledger: Ledger) -> Callable[..., Budget]:
    def make(**caps: float) -> Budget:
        return Budget(ledger, calendar=hands.calendar(), **caps)

    return make


async def left(budget: Budget, account: str = "a") -> float:
    found = await budget.left(account)
    assert found
    return found.usd


async def test_without_caps_everything_fits_and_nothing_is_said_to_be_left(hands):
    budget = Budget(None, calendar=hands.calendar())
    await (await budget.reserve("a", 1e6)).settle(1e6)
    assert await budget.left("a") is None


async def test_what_is_set_aside_is_gone_until_it_is_settled_by_what_it_was(budget):
    shared = budget(day_usd=1)
    held = await shared.reserve("a", 0.4)
    assert await left(shared) == pytest.approx(0.6)
    await held.settle(0.1)
    assert await left(shared) == pytest.approx(0.9)
    await held.settle(0.1)
    assert await left(shared) == pytest.approx(0.9)


async def test_a_bill_that_is_higher_than_what_was_set_aside_counts_in_full(budget):
    shared = budget(day_usd=1)
    await (await shared.reserve("a", 0.1)).settle(1.5)
    assert await left(shared) == 0
    with pytest.raises(OutOfCredit):
        await shared.reserve("a", 0.0001)


async def test_twenty_clicks_at_once_spend_no_more_than_there_is(budget):
    shared = budget(day_usd=1, visitor_usd=0.10)
    outcomes = await asyncio.gather(*(shared.reserve("a", 0.03) for _ in range(20)), return_exceptions=True)
    assert sum(isinstance(outcome, OutOfCredit) for outcome in outcomes) == 17
    assert await left(shared) == pytest.approx(0.01)


async def test_one_visitors_end_is_not_the_others(budget):
    shared = budget(day_usd=1, visitor_usd=0.10)
    await shared.reserve("a", 0.10)
    with pytest.raises(OutOfCredit):
        await shared.reserve("a", 0.01)
    await shared.reserve("b", 0.10)
    assert await left(shared, "c") == pytest.approx(0.10)


async def test_a_refused_sum_leaves_no_trace_on_any_account(budget):
    shared = budget(day_usd=1, visitor_usd=0.10)
    for _ in range(5):
        with pytest.raises(OutOfCredit):
            await shared.reserve("a", 0.2)
    assert await left(budget(day_usd=1)) == 1
    assert await left(shared) == pytest.approx(0.10)


async def test_the_days_cap_holds_for_all_visitors_together(budget):
    shared = budget(day_usd=0.25, visitor_usd=0.10)
    await shared.reserve("a", 0.10)
    await shared.reserve("b", 0.10)
    assert await left(shared, "c") == pytest.approx(0.05)
    with pytest.raises(OutOfCredit):
        await shared.reserve("c", 0.10)


async def test_a_refusal_says_what_it_costs_what_is_left_when_it_resets_and_what_else_to_do(budget):
    shared = budget(visitor_usd=0.10)
    await shared.reserve("a", 0.095)
    with pytest.raises(OutOfCredit) as refused:
        await shared.reserve("a", 0.02)
    assert refused.value.message == "This can cost $0.02; $0.005 is left of today's $0.10."
    assert "key of your own" in refused.value.remedy
    assert refused.value.remedy.endswith("anew in 12 hours.")
    found = await shared.left("a")
    assert found
    assert found.words == "$0.005 of $0.10 left for today, anew in 12 hours"


async def test_the_next_day_begins_with_the_whole_budget(budget, hands):
    shared = budget(day_usd=1)
    held = await shared.reserve("a", 1)
    hands.steady += 13 * 3600
    assert await left(shared) == 1
    await held.settle(0)  # a call over midnight is settled on the day that it was reserved on
    assert await left(shared) == 1


@pytest.mark.parametrize("jump", [-86_400, 86_400])
async def test_a_wall_clock_that_jumps_opens_no_new_day(budget, hands, jump):
    shared = budget(day_usd=1)
    await shared.reserve("a", 0.9)
    hands.wall += jump
    found = await shared.left("a")
    assert found
    assert (found.usd, found.resets_in) == (pytest.approx(0.1), 12 * 3600)


async def test_half_a_cent_is_not_lost_in_rounding(budget):
    shared = budget(day_usd=1)
    for _ in range(10):
        await (await shared.reserve("a", 0.0000004)).settle(0.0000004)
    assert await left(shared) <= 1 - 0.000004


# The file


async def test_what_was_spent_and_what_was_set_aside_are_there_after_a_restart(tmp_path, hands):
    before = Budget(FileLedger(tmp_path), day_usd=1, calendar=hands.calendar())
    await (await before.reserve("a", 0.3)).settle(0.2)
    await before.reserve("a", 0.5)  # the answer never came: it may have been billed
    after = Budget(FileLedger(tmp_path), day_usd=1, calendar=hands.calendar())
    assert await left(after) == pytest.approx(0.3)


def spend_for_ever(folder: Path) -> None:
    async def spend() -> None:
        ledger = FileLedger(folder)
        while True:
            await ledger.reserve("2025-06-16", {"a": 10**9}, 1)

    asyncio.run(spend())


async def test_a_kill_in_the_middle_of_writing_loses_nothing(tmp_path):
    await (ledger := FileLedger(tmp_path)).reserve("2025-06-16", {"a": 10**9}, 5)
    spender = multiprocessing.get_context("fork").Process(target=spend_for_ever, args=(tmp_path,))
    spender.start()
    end = time.monotonic() + 20
    while await ledger.spent("2025-06-16", "a") < 50:
        assert time.monotonic() < end
        await asyncio.sleep(0.01)
    assert spender.pid
    os.kill(spender.pid, signal.SIGKILL)
    spender.join()
    kept = await ledger.spent("2025-06-16", "a")
    assert kept >= 50
    assert await FileLedger(tmp_path).spent("2025-06-16", "a") == kept
    assert await ledger.reserve("2025-06-16", {"a": kept + 1}, 1)


async def test_two_processes_on_one_machine_share_the_file(tmp_path):
    one, other = FileLedger(tmp_path), FileLedger(tmp_path)
    outcomes = [await (one, other)[i % 2].reserve("2025-06-16", {EVERYBODY: 10}, 1) for i in range(30)]
    assert sum(outcomes) == 10


async def test_old_days_are_swept_out_of_the_file(tmp_path):
    ledger = FileLedger(tmp_path)
    for day in range(1, 29):
        await ledger.reserve(f"2025-06-{day:02}", {"a": 10}, 1)
    with sqlite3.connect(tmp_path / "budget.sqlite") as file:
        assert [row[0] for row in file.execute("SELECT day FROM spent ORDER BY day")] == ["2025-06-27", "2025-06-28"]


async def test_a_file_that_cannot_be_written_lets_no_call_through_and_works_again_later(tmp_path):
    ledger = FileLedger(tmp_path)
    ledger._file.execute("PRAGMA query_only=1")
    with pytest.raises(Unavailable, match="can't be written down"):
        await ledger.reserve("2025-06-16", {"a": 10}, 1)
    ledger._file.execute("PRAGMA query_only=0")
    assert await ledger.reserve("2025-06-16", {"a": 10}, 1)


def test_a_folder_that_cannot_be_had_is_said_at_the_start(tmp_path):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(OSError, match="AIML_DATA"):
        FileLedger(tmp_path / "taken")
    (tmp_path / "budget.sqlite").write_text("this is no database, by far " * 100)
    with pytest.raises(OSError, match="AIML_DATA"):
        FileLedger(tmp_path)


async def test_a_redis_that_is_gone_lets_no_call_through():
    ledger = SharedLedger(shared_storage("redis://127.0.0.1:1/0"))
    with pytest.raises(Unavailable, match="can't be written down"):
        await ledger.reserve("2025-06-16", {"a": 10}, 1)
    with pytest.raises(Unavailable):
        await ledger.spent("2025-06-16", "a")


@pytest.mark.parametrize(
    ("usd", "words"),
    [
        (0, "$0.00"),
        (2, "$2.00"),
        (1234.5, "$1,234.50"),
        (0.015, "$0.015"),
        (0.1, "$0.10"),
        (0.00001, "less than $0.0001"),
    ],
)
def test_an_amount_is_told_so_that_something_can_be_seen(usd, words):
    assert dollars(usd) == words
