"""How often visitors may act, on a clock that the test moves."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import limits
import pytest
from fakeredis import TcpFakeServer
from redis import Redis
from running_page import free_port

from services.errors import RateLimited, Unavailable
from services.limits import Limits
from services.rates import Rates, in_words, shared_storage
from services.visitor import Visitor

SMALL = Limits(session_actions=3, address_actions=5, nameless_actions=4, all_actions=8, new_sessions=6)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def allowed(rates: Rates, visitor: Visitor, times: int) -> int:
    """How many of so many actions are let through."""
    passed = 0
    for _ in range(times):
        try:
            await rates.action(visitor)
        except RateLimited:
            continue
        passed += 1
    return passed


async def test_a_session_has_its_number_of_actions_in_any_minute(clock):
    rates, one = Rates(SMALL, clock=clock), Visitor("one")
    assert await allowed(rates, one, 20) == 3
    clock.now += 59
    assert await allowed(rates, one, 20) == 0
    clock.now += 2
    assert await allowed(rates, one, 20) == 3


async def test_a_refusal_says_how_long_to_wait_and_then_it_is_true(clock):
    rates, one = Rates(SMALL, clock=clock), Visitor("one")
    await rates.action(one)
    clock.now += 20
    assert await allowed(rates, one, 2) == 2
    with pytest.raises(RateLimited) as refused:
        await rates.action(one)
    assert refused.value.remedy == "Go on in 40 seconds."
    assert refused.value.retry_after == 40
    clock.now += refused.value.retry_after
    await rates.action(one)


async def test_a_flooder_does_not_touch_the_others(clock):
    rates = Rates(SMALL, clock=clock)
    assert await allowed(rates, Visitor("flooder"), 200) == 3
    assert await allowed(rates, Visitor("other"), 3) == 3


async def test_who_is_refused_is_not_counted_for_it(clock):
    rates, one = Rates(SMALL, clock=clock), Visitor("one")
    for _ in range(30):  # half a minute of knocking
        clock.now += 1
        await allowed(rates, one, 1)
    clock.now += 34
    assert await allowed(rates, one, 3) == 3


async def test_a_caller_with_a_new_session_for_each_call_finds_an_end_and_those_who_are_here_go_on(clock):
    rates = Rates(SMALL, clock=clock)
    await rates.action(here := Visitor("here"))
    clock.now += 61
    flood = [await allowed(rates, Visitor(f"minted-{i}"), 1) for i in range(50)]
    assert sum(flood) == SMALL.new_sessions
    assert await allowed(rates, here, 2) == 2


async def test_callers_without_a_session_are_counted_together_and_harm_no_page(clock):
    rates = Rates(SMALL, clock=clock)
    assert await allowed(rates, Visitor(), 100) == SMALL.nameless_actions
    assert await allowed(rates, Visitor("page"), 3) == 3


async def test_all_together_have_a_limit_where_no_address_is_known(clock):
    rates = Rates(SMALL, clock=clock)
    assert sum([await allowed(rates, Visitor(f"s{i}"), 3) for i in range(6)]) == SMALL.all_actions


async def test_behind_known_proxies_each_address_has_a_limit_and_nothing_is_counted_for_all(clock):
    rates = Rates(SMALL, hops=1, clock=clock)
    floods = [
        sum([await allowed(rates, Visitor(f"{ip}-{i}", forwarded=(ip,)), 1) for i in range(30)])
        for ip in ("1.1.1.1", "2.2.2.2", "3.3.3.3")
    ]
    assert floods == [SMALL.address_actions] * 3


@pytest.mark.parametrize("jump", [-86_400, 86_400])
async def test_a_wall_clock_that_jumps_by_a_day_changes_nothing(monkeypatch, jump):
    rates, one = Rates(SMALL), Visitor("one")
    assert await allowed(rates, one, 5) == 3
    wall = time.time
    monkeypatch.setattr(time, "time", lambda: wall() + jump)
    with pytest.raises(RateLimited) as refused:
        await rates.action(one)
    assert 50 < refused.value.retry_after <= 60
    assert await allowed(rates, Visitor("two"), 5) == 3


async def test_what_is_over_is_forgotten(clock):
    rates = Rates(Limits(), clock=clock)
    for i in range(2000):
        clock.now += 1
        await rates.action(Visitor(f"s{i}"))
    assert len(rates._storage._hits) < 100


# Shared by replicas


class PatientServer(TcpFakeServer):
    """Takes twenty connections at once."""

    request_queue_size = 50


@pytest.fixture
def redis() -> Iterator[str]:
    """A server that speaks Redis, on loopback. It can't say that it lacks a script, so it gets them beforehand."""
    server = PatientServer(("127.0.0.1", port := free_port()), server_type="redis")
    Thread(target=server.serve_forever, daemon=True).start()
    with Redis(port=port) as client:
        for script in Path(limits.__file__).parent.glob("resources/redis/lua_scripts/*.lua"):
            client.script_load(script.read_text())
    yield f"redis://127.0.0.1:{port}/0"
    server.shutdown()
    server.server_close()


async def test_replicas_count_together_over_redis(redis):
    replicas = [Rates(SMALL, storage=redis) for _ in range(3)]
    assert sum([await allowed(rates, Visitor("one"), 2) for rates in replicas]) == 3
    with pytest.raises(RateLimited) as refused:
        await replicas[0].action(Visitor("one"))
    assert 50 < refused.value.retry_after <= 60


async def test_a_redis_that_is_gone_is_said_in_words():
    with pytest.raises(Unavailable, match="can't be reached"):
        await Rates(SMALL, storage=f"redis://127.0.0.1:{free_port()}/0").action(Visitor("one"))


def test_an_address_of_a_redis_that_cannot_be_read_stops_the_start_in_words():
    with pytest.raises(OSError, match="AIML_STORAGE"):
        shared_storage("redis://host:port/0")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "1 second"),
        (0.2, "1 second"),
        (12.1, "13 seconds"),
        (100, "2 minutes"),
        (3600, "60 minutes"),
        (80_000, "23 hours"),
    ],
)
def test_a_wait_in_words_is_never_shorter_than_it_is(seconds, words):
    assert in_words(seconds) == words
