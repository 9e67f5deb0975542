"""What is sent again, how often and after which wait; who is left alone while it is down."""

from __future__ import annotations

import asyncio
import time

import pytest
from upstream import Answer, RawUpstream, Upstream
from upstream.raw import reset_at_once

from services.breaker import Breaker, Breakers
from services.catalog import Model
from services.endpoint import Endpoint
from services.errors import (
    MalformedReply,
    NotAllowed,
    NotFound,
    OutOfCredit,
    RateLimited,
    Refused,
    ServiceError,
    Unauthorized,
    Unavailable,
    Unreachable,
)
from services.fetch import Fetcher
from services.image import ImageService
from services.limits import Limits
from services.retries import Budget, Manners, countdown
from services.routes import Route
from services.speech import SpeechService
from services.transport import Paths, Patience, Transport

CHAT = Paths("chat/completions", "chat/completions")
BODY = {"model": "openai/gpt-4o-mini", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 9}
MODELS = {"image": "openai/gpt-image-1", "speech": "deepgram/aura-2"}
CHATTING = Patience(first_byte=5, total=10, repeatable=True)
PAINTING = Patience(first_byte=5, total=10)
BRISK = Manners(first=0.01, unsent=0.01, cooldown=0.3)
PATIENT = Manners(first=0.01, unsent=0.01, failures=1000)


@pytest.fixture
async def transport():
    transport = Transport(Limits(connect=1), PATIENT)
    yield transport
    await transport.close()


async def ask(transport, upstream, patience=CHATTING, body=BODY, told=None):
    endpoint = Endpoint.at(upstream.base, dialect="v1")
    tell = None if told is None else told.append
    async with transport.post(endpoint, CHAT, body=body, patience=patience, tell=tell) as reply:
        return await reply.json(1_000_000), reply.attempts


async def fails(transport, upstream, error=ServiceError, **how):
    with pytest.raises(error) as raised:
        await ask(transport, upstream, **how)
    return raised.value


@pytest.mark.parametrize("patience", [CHATTING, PAINTING], ids=["chat", "picture"])
@pytest.mark.parametrize(
    ("status", "said", "error"),
    [(400, "Expected number, received string at temperature", Refused), (401, "no", Unauthorized),
     (402, "no", OutOfCredit), (403, "no credit left", OutOfCredit), (403, "not yours", NotAllowed),
     (404, f"no model {BODY['model']}", NotFound), (413, "25 MB at most", Refused), (422, "n: too many", Refused),
     (307, "elsewhere", MalformedReply)],
)  # fmt: skip
async def test_what_was_refused_is_sent_once(transport, upstream, patience, status, said, error):
    """C01, C02, C03, C04, C06, C07"""
    upstream.always("chat", Answer.refusing(status, said))
    refused = await fails(transport, upstream, error, patience=patience)
    assert len(upstream.calls) == 1
    assert len(refused.attempts) == 1
    if status in (400, 413, 422):
        assert said in refused.message
    if error in (NotAllowed, NotFound):
        assert BODY["model"] in refused.message


@pytest.mark.parametrize("patience", [CHATTING, PAINTING], ids=["chat", "picture"])
@pytest.mark.parametrize("status", [408, 409])
async def test_who_was_busy_is_asked_once_more(transport, upstream, patience, status):
    """C05"""
    upstream.plan("chat", Answer.refusing(status, "busy"))
    _, attempts = await ask(transport, upstream, patience)
    assert [it.status for it in attempts] == [status, 0]
    upstream.always("chat", Answer.refusing(status, "busy"))
    assert len((await fails(transport, upstream, patience=patience)).attempts) == 2
    assert len(upstream.calls) == 4


async def test_a_long_wait_is_told_and_not_waited(transport, upstream):
    """C09"""
    upstream.always("chat", Answer.refusing(429, "slow", headers={"retry-after": "600"}))
    began = time.monotonic()
    refused = await fails(transport, upstream, RateLimited)
    assert time.monotonic() - began < 2
    assert refused.remedy == "Try again in about 10 minutes."
    assert len(upstream.calls) == 1


async def test_without_a_wait_named_the_pauses_grow_and_the_words_are_passed_on(upstream):
    """C10"""
    transport = Transport(manners=Manners(first=0.1))
    upstream.always("chat", Answer.refusing(429, "too many bananas", "flat"))
    refused = await fails(transport, upstream, RateLimited)
    await transport.close()
    assert "too many bananas" in refused.message
    first, second, last = (it.wait for it in refused.attempts)
    assert 0.1 <= first <= 0.2 <= second <= 0.4
    assert last == 0
    assert len(upstream.calls) == 3


@pytest.mark.parametrize(
    "value", ["soon", "-5", "NaN", "1e309", "Wed, 21 Oct 2015 07:28:00 GMT", "Wed, 21 Oct 2099 07:28:00 GMT", "0"]
)
async def test_a_wait_that_makes_no_sense_is_our_own(transport, upstream, value):
    """C11"""
    upstream.always("chat", Answer.refusing(429, "slow", headers={"retry-after": value}))
    refused = await fails(transport, upstream, RateLimited)
    assert all(it.wait <= PATIENT.longest for it in refused.attempts)
    assert len(upstream.calls) == 3


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_what_may_have_been_done_is_sent_again_for_a_chat_only(transport, upstream, status):
    """C12, C13, C14, C22"""
    upstream.always("chat", Answer(status=status, body="<html>oh</html>", content_type="text/html"))
    failure = await fails(transport, upstream, Unavailable, patience=PAINTING)
    assert len(upstream.calls) == 1
    assert str(status) in failure.message
    assert "<" not in failure.sentence
    await fails(transport, upstream, Unavailable, patience=CHATTING)
    assert len(upstream.calls) == 3


@pytest.mark.parametrize("patience", [CHATTING, PAINTING], ids=["chat", "picture"])
async def test_a_reset_before_the_head_is_not_sent_again(transport, patience):
    """C22"""
    with RawUpstream(reset_at_once) as raw:
        await fails(transport, raw, Unreachable, patience=patience)
        assert len(raw.lines) == 1


async def test_a_connection_that_did_not_come_about_is_tried_once_more_within_the_limit(transport):
    """C19"""
    with Upstream() as gone:
        endpoint = Endpoint.at(gone.base, dialect="v1")
    began = time.monotonic()
    with pytest.raises(Unreachable) as raised:
        async with transport.post(endpoint, CHAT, body=BODY, patience=PAINTING):
            pass
    lost = raised.value
    assert len(lost.attempts) == 2
    assert lost.unsent
    assert time.monotonic() - began < transport.limits.connect + 1


async def test_resends_stay_within_the_total(upstream):
    """C13"""
    transport = Transport(manners=Manners(first=0.5))
    upstream.always("chat", Answer.refusing(503, "down"))
    began = time.monotonic()
    await fails(transport, upstream, Unavailable, patience=Patience(first_byte=1, total=0.4, repeatable=True))
    await transport.close()
    assert time.monotonic() - began < 0.4 + 1
    assert len(upstream.calls) == 1


async def test_a_wait_over_a_second_is_counted_down_and_a_short_one_is_not(transport, upstream):
    """C08"""
    upstream.plan("chat", Answer.refusing(409, "busy"), Answer.refusing(429, "slow", headers={"retry-after": "2"}))
    told: list[str] = []
    await ask(transport, upstream, told=told)
    assert told == ["The API is busy. Trying again in 2 s …", "The API is busy. Trying again in 1 s …"]


async def test_a_countdown_is_right_though_the_wall_clock_jumps(monkeypatch):
    """C72"""
    began = time.monotonic()
    jumps = iter([86_400.0, -86_400.0] * 50)
    monkeypatch.setattr(time, "time", lambda: next(jumps))
    assert [words async for words in countdown(1.2, "Busy.")] == [
        "Busy. Trying again in 2 s …",
        "Busy. Trying again in 1 s …",
    ]
    assert 1.2 <= time.monotonic() - began < 2.2


# An outage is not made worse


async def test_in_an_outage_resends_are_a_tenth_of_the_calls(upstream):
    transport = Transport(manners=PATIENT)
    upstream.always("chat", Answer.refusing(503, "down"))
    await asyncio.gather(*(fails(transport, upstream, Unavailable) for _ in range(100)))
    await transport.close()
    assert 100 < len(upstream.calls) <= 100 + PATIENT.reserve + 100 * PATIENT.share + 2


def test_a_budget_does_not_grow_beyond_twice_its_reserve():
    budget = Budget(Manners(reserve=2))
    for _ in range(1000):
        budget.earn()
    assert [budget.spend() for _ in range(5)] == [True] * 4 + [False]


async def test_who_is_down_is_left_alone_and_found_again(upstream):
    """C70: fast while it is down, and right again by itself."""
    transport = Transport(manners=BRISK)
    upstream.always("chat", Answer.refusing(503, "down"))
    for _ in range(BRISK.failures):
        await fails(transport, upstream, Unavailable, patience=PAINTING)
    sent = len(upstream.calls)
    began = time.monotonic()
    left = [await fails(transport, upstream, Unavailable) for _ in range(20)]
    assert time.monotonic() - began < BRISK.cooldown
    assert len(upstream.calls) == sent
    assert "we try again in" in left[0].message
    assert 0 < left[0].retry_after <= BRISK.cooldown
    upstream.always("chat", Answer(json={"fine": True}))
    await asyncio.sleep(BRISK.cooldown)
    assert (await ask(transport, upstream))[0] == {"fine": True}
    assert (await ask(transport, upstream))[0] == {"fine": True}
    await transport.close()


async def test_one_at_a_time_finds_out(upstream):
    """C70"""
    transport = Transport(manners=BRISK)
    upstream.always("chat", Answer.refusing(503, "down"))
    for _ in range(BRISK.failures):
        await fails(transport, upstream, Unavailable, patience=PAINTING)
    sent = len(upstream.calls)
    await asyncio.sleep(BRISK.cooldown)
    await asyncio.gather(*(fails(transport, upstream, Unavailable, patience=PAINTING) for _ in range(10)))
    await transport.close()
    assert len(upstream.calls) == sent + 1


async def test_one_broken_model_and_one_refused_key_shut_nobody_else_off(upstream):
    transport = Transport(manners=BRISK)
    for status in (503, 401):
        upstream.always("chat", Answer.refusing(status, "no"))
        for _ in range(2 * BRISK.failures):
            await fails(transport, upstream, patience=PAINTING, body={**BODY, "model": f"broken/{status}"})
    assert len(upstream.calls) == 3 * BRISK.failures
    upstream.always("chat", Answer(json={"fine": True}))
    assert (await ask(transport, upstream))[0] == {"fine": True}
    assert (await ask(transport, upstream, body={**BODY, "model": "broken/401"}))[0] == {"fine": True}
    await transport.close()


def test_a_breaker_goes_by_the_monotonic_clock(monkeypatch):
    """C72"""
    breaker = Breaker(failures=1, cooldown=60)
    breaker.failed()
    monkeypatch.setattr(time, "time", lambda: 1e10)
    assert 59 < breaker.shut_for <= 60


def test_one_who_gives_up_trying_does_not_shut_the_others_off_for_good():
    breakers = Breakers(failures=1, cooldown=0.0)
    with pytest.raises(Unreachable), breakers.guarding("r", "m", "it"):
        raise Unreachable("lost", remedy="")
    with pytest.raises(KeyboardInterrupt), breakers.guarding("r", "m", "it"):
        raise KeyboardInterrupt
    with breakers.guarding("r", "m", "it"):
        pass
    assert not breakers._of("r", "m").shut_for


@pytest.mark.parametrize("task", ["image", "speech"])
async def test_pictures_and_speech_tell_their_wait_and_what_was_sent(upstream, tmp_path, task):
    """C08, C22: a busy API is waited for in the open; one that broke down is not asked again."""
    transport = Transport(manners=PATIENT)
    upstream.scene.inline = True
    upstream.plan(task, Answer.refusing(429, "slow", headers={"retry-after": "2"}))
    told: list[str] = []

    async def made():
        route = Route(Endpoint.at(upstream.base, dialect="v1"), Model(MODELS[task], task))
        if task == "image":
            return await ImageService(transport, Fetcher(), tmp_path).generate(route, "a boat", progress=told.append)
        return await SpeechService(transport, Fetcher(), tmp_path).synthesize(route, "hello", progress=told.append)

    run = (await made()).run
    assert told == ["The API is busy. Trying again in 2 s …", "The API is busy. Trying again in 1 s …"]
    assert [it.status for it in run.attempts] == [429, 0]
    upstream.plan(task, Answer.refusing(503, "down"))
    with pytest.raises(Unavailable):
        await made()
    await transport.close()
    assert len(upstream.calls_to(task)) == 3
