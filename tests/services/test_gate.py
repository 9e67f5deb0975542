"""The one way to a route: who is let in, who waits, who pays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from pydantic import SecretStr

from services.budget import Calendar
from services.catalog import Model, Price
from services.chat import Completion
from services.errors import (
    InvalidInput,
    MalformedReply,
    OutOfCredit,
    RateLimited,
    Refused,
    ServiceError,
    Unavailable,
    Unreachable,
)
from services.gate import Gate
from services.ledger import FileLedger
from services.limits import Limits
from services.routes import Routes
from services.run import Cost, Run
from services.settings import Settings
from services.visitor import Visitor
from services.worth import Asked

from .test_budget import NOON
from .test_routes import FakeCatalog, FakeEngine

TALKER = Model("v/talker", "chat", prices=(Price("token", 1e-6, "input"), Price("token", 1e-5, "output")))
PAINTER = Model("v/painter", "image", prices=(Price("image", 0.04),))
RIDDLE = Model("v/riddle", "image")
ENGINE = [Model("embedded/smollm2-135m", "chat"), Model("embedded/composer", "image")]
ONE, OTHER = Visitor("one"), Visitor("other")
OWN = Visitor("own", key=SecretStr("sk-own"))


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make(tmp_path, clock):
    def gate(refused=lambda why: None, **chosen) -> Gate:
        settings = Settings(**{"api_key": "sk-owner", "data": tmp_path, **chosen})
        catalog = FakeCatalog(api=[TALKER, PAINTER, RIDDLE], engine=ENGINE)
        calendar = Calendar(lambda: NOON, lambda: 0.0)
        return Gate(settings, Routes(settings, catalog, FakeEngine()), clock=clock, calendar=calendar, refused=refused)

    return gate


async def left(gate: Gate, visitor: Visitor = ONE) -> float:
    found = await gate.left(visitor)
    assert found
    return found.usd


async def paint(gate: Gate, visitor: Visitor = ONE, cost: Cost = Cost(0.04, "billed"), pictures: int = 1) -> None:
    async with gate.admit(visitor, "image", PAINTER.id, Asked.text("a duck", pictures=pictures)) as call:
        call.saw(Result(Run(call.route.model.id, "API", cost=cost)))


class Result:
    def __init__(self, run: Run) -> None:
        self.run = run


# Rates and calls at once


async def test_a_call_that_is_let_in_knows_its_route(make):
    async with make().admit(ONE, "chat", TALKER.id) as call:
        assert (call.route.model, call.route.endpoint.key.get_secret_value()) == (TALKER, "sk-owner")


async def test_one_session_at_twenty_a_second_is_told_to_slow_down_and_others_are_not_affected(make, clock):
    gate, passed, waits = make(), 0, []
    for _ in range(200):
        clock.now += 0.05
        try:
            await paint(gate)
            passed += 1
        except RateLimited as refused:
            waits.append(refused.retry_after)
    assert passed == 30
    assert all(0 < wait <= 60 for wait in waits)
    await paint(gate, OTHER)
    clock.now += waits[-1]
    await paint(gate)


async def test_only_so_many_calls_of_a_session_are_under_way(make):
    gate = make()
    async with AsyncExitStack() as stack:
        for _ in range(4):
            await stack.enter_async_context(gate.admit(ONE, "chat"))
        with pytest.raises(RateLimited, match="4 calls of yours"):
            await paint(gate)
        await paint(gate, OTHER)
    await paint(gate)
    assert not gate._flying


async def test_what_the_gate_refuses_is_counted_and_what_the_upstream_refuses_is_not(make):
    counted = []
    gate = make(refused=counted.append, budget_day_usd=0.05)
    with pytest.raises(RateLimited):
        async with gate.admit(ONE, "chat", TALKER.id):
            raise RateLimited("The API is busy.", remedy="Wait.")
    assert not counted
    await paint(gate)
    with pytest.raises(OutOfCredit):
        await paint(gate)
    assert [type(why) for why in counted] == [OutOfCredit]


async def test_five_presses_at_once_make_no_more_calls_than_a_session_may_have(make):
    gate, begun = make(limit=Limits(session_calls=1)), []

    async def press() -> None:
        async with gate.admit(ONE, "chat"):
            begun.append(1)
            await asyncio.sleep(0.01)

    outcomes = await asyncio.gather(*(press() for _ in range(5)), return_exceptions=True)
    assert (len(begun), sum(isinstance(outcome, RateLimited) for outcome in outcomes)) == (1, 4)


async def test_behind_known_proxies_minted_sessions_of_one_address_share_its_calls(make):
    gate = make(trusted_hops=1, limit=Limits(address_calls=5))
    async with AsyncExitStack() as stack:
        for i in range(5):
            await stack.enter_async_context(gate.admit(Visitor(f"m{i}", forwarded=("1.1.1.1",)), "chat"))
        with pytest.raises(RateLimited, match="from your network"):
            await paint(gate, Visitor("m6", forwarded=("1.1.1.1",)))
        await paint(gate, Visitor("m7", forwarded=("2.2.2.2",)))


async def test_a_comparison_is_one_action(make):
    gate = make(limit=Limits(session_actions=2))
    for i in range(2):
        async with gate.admit(ONE, "chat", action=f"compare-{i}"), gate.admit(ONE, "chat", action=f"compare-{i}"):
            pass
    with pytest.raises(RateLimited, match="2 times"):
        await paint(gate)


async def test_the_name_of_an_action_lets_nobody_go_on_for_ever(make):
    gate, passed = make(limit=Limits(session_actions=2)), 0
    async with gate.admit(ONE, "chat", action="a"):
        for _ in range(50):
            try:
                async with gate.admit(ONE, "chat", action="a"):
                    passed += 1
            except RateLimited:
                pass
    assert passed == 3 + 1  # the other three of the first action, and one action more


async def test_a_private_machine_counts_nobody_and_still_has_its_places(make):
    gate = make(rate_limit=False, limit=Limits(session_actions=1, session_calls=1, images=1, queue=0))
    for _ in range(50):
        await paint(gate)
    async with gate.admit(ONE, "image"):
        with pytest.raises(RateLimited, match="Too many are waiting"):
            await paint(gate, OTHER)


# Places


async def test_a_long_picture_holds_up_no_chat_and_the_next_picture_hears_how_long(make, clock):
    gate, heard = make(limit=Limits(images=1)), []

    async def patient() -> None:
        async with gate.admit(OTHER, "image", tell=heard.append):
            pass

    async with gate.admit(ONE, "image"):
        clock.now += 60
    async with gate.admit(ONE, "image"):
        waiting = asyncio.create_task(patient())
        await asyncio.sleep(0.01)
        clock.now += 20
        async with asyncio.timeout(1), gate.admit(OTHER, "chat"):
            pass
        assert gate.waiting("image") == 1
    await waiting
    assert heard[0] == "Busy: you are next, about 60 s"


# Money


async def test_a_call_is_stopped_before_it_could_exceed_what_is_left(make):
    gate = make(budget_visitor_usd=0.10)
    await paint(gate)
    await paint(gate)
    with pytest.raises(OutOfCredit, match=r"can cost \$0\.04; \$0\.02 is left"):
        await paint(gate)
    await paint(gate, OTHER)


async def test_twenty_clicks_at_once_stay_within_the_caps(make):
    gate = make(budget_visitor_usd=0.10, budget_day_usd=0.25, limit=Limits(session_calls=50, session_actions=50))
    outcomes = await asyncio.gather(*(paint(gate) for _ in range(20)), return_exceptions=True)
    assert sum(outcome is None for outcome in outcomes) == 2
    assert await left(gate) == pytest.approx(0.02)


async def test_the_caps_hold_after_a_restart(make):
    await paint(make(budget_visitor_usd=0.10))
    assert await left(make(budget_visitor_usd=0.10)) == pytest.approx(0.06)


async def test_a_visitors_own_key_and_the_engine_spend_nothing_of_it(make):
    gate = make(budget_day_usd=0.01)
    await paint(gate, OWN)
    async with gate.admit(ONE, "chat", "embedded/smollm2-135m") as call:
        assert call.route.endpoint.embedded
    assert await gate.left(OWN) is None
    assert await left(gate) == 0.01


async def test_callers_without_a_session_share_one_visitors_budget(make):
    gate = make(budget_visitor_usd=0.05)
    await paint(gate, Visitor())
    with pytest.raises(OutOfCredit):
        await paint(gate, Visitor())


async def test_behind_known_proxies_the_budget_is_the_addresss(make):
    gate = make(budget_visitor_usd=0.05, trusted_hops=1)
    await paint(gate, Visitor("a", forwarded=("1.1.1.1",)))
    with pytest.raises(OutOfCredit):
        await paint(gate, Visitor("b", forwarded=("1.1.1.1",)))


@pytest.mark.parametrize(
    ("cost", "usd"),
    [(Cost(0.03, "billed"), 0.03), (Cost(0.05, "estimated"), 0.05), (Cost(), 0.04), (Cost(0.0, "free"), 0)],
)
async def test_the_bill_takes_the_place_of_what_was_set_aside(make, cost, usd):
    gate = make(budget_day_usd=1)
    await paint(gate, cost=cost)
    assert await left(gate) == pytest.approx(1 - usd)


async def test_a_call_of_unknown_price_counts_the_setting_for_each_picture(make):
    gate = make(budget_day_usd=1, budget_unknown_usd=0.2)
    async with gate.admit(ONE, "image", RIDDLE.id, Asked.text("a duck", pictures=3)):
        assert await left(gate) == pytest.approx(0.4)
    assert await left(gate) == pytest.approx(0.4)


@pytest.mark.parametrize("error", [Refused, Unavailable, Unreachable, InvalidInput, RateLimited])
async def test_what_was_refused_costs_nothing(make, error: type[ServiceError]):
    gate = make(budget_day_usd=1)
    with pytest.raises(error):
        async with gate.admit(ONE, "image", PAINTER.id, Asked.text("a duck")):
            raise error("no", remedy="")
    assert await left(gate) == 1


@pytest.mark.parametrize("error", [MalformedReply("odd", remedy=""), asyncio.CancelledError(), RuntimeError()])
async def test_a_picture_that_was_made_and_got_lost_stays_booked(make, error):
    gate = make(budget_day_usd=1)
    with pytest.raises(type(error)):
        async with gate.admit(ONE, "image", PAINTER.id, Asked.text("a duck")):
            raise error
    assert await left(gate) == pytest.approx(0.96)


async def test_a_chat_that_is_stopped_costs_what_had_come(make):
    gate = make(budget_day_usd=1)

    async def answer() -> AsyncIterator[str]:
        async with gate.admit(ONE, "chat", TALKER.id, Asked(size=30, max_tokens=8000)) as call:
            for text in ("x" * 30, "x" * 300, "x" * 3000):
                yield call.saw(Completion(Run(TALKER.id, "API"), text)).text

    words = answer()
    assert [len(await anext(words)), len(await anext(words))] == [30, 300]
    assert await left(gate) < 0.93
    await words.aclose()
    assert await left(gate) == pytest.approx(1 - 100e-5 - 26e-6, abs=2e-6)


async def test_who_leaves_the_queue_pays_nothing(make):
    gate = make(budget_day_usd=1, limit=Limits(images=1))
    async with gate.admit(OWN, "image"):
        waiting = asyncio.create_task(paint(gate))
        await asyncio.sleep(0.01)
        assert await left(gate) == pytest.approx(0.96)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    assert await left(gate) == 1


async def test_an_answer_is_not_lost_because_its_bill_cannot_be_written(make, caplog):
    gate = make(budget_day_usd=1)
    async with gate.admit(ONE, "image", PAINTER.id, Asked.text("a duck")) as call:
        call.saw(Result(Run("m", "API", cost=Cost(0.01, "billed"))))
        ledger = gate._budget._ledger
        assert isinstance(ledger, FileLedger)
        ledger._file.execute("PRAGMA query_only=1")
    assert "not settled" in caplog.text
    assert await left(gate) == pytest.approx(0.96)


async def test_without_a_budget_nothing_is_written_to_the_disk(make, tmp_path: Path):
    await paint(gate := make())
    assert await gate.left(ONE) is None
    assert list(tmp_path.iterdir()) == []


async def test_after_the_kill_switch_there_is_no_budget_to_speak_of(make, tmp_path: Path):
    gate = make(budget_day_usd=1)
    (tmp_path / "kill-switch").touch()
    assert await gate.left(ONE) is None
    async with gate.admit(ONE, "chat", TALKER.id) as call:
        assert (call.route.endpoint.embedded, call.route.model.id) == (True, "embedded/smollm2-135m")
