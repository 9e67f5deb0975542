"""Usual speeds: typical figures per model and task, asked without a key, never waited for."""

import asyncio
import time

import pytest
from contract_check import assert_published, example
from pydantic import SecretStr
from upstream import Answer, Upstream

from services.catalog import Model
from services.endpoint import Endpoint
from services.fetch import Fetcher
from services.speeds import Speed, Speeds, speed_of

MINI = Model("openai/gpt-4o-mini", "chat")


def endpoint(upstream: Upstream, **more) -> Endpoint:
    return Endpoint.at(upstream.base, SecretStr("mine"), **more)


async def figures(upstream: Upstream, *rows: object):
    upstream.always("metrics", Answer(json={"models": list(rows)}))
    return await Speeds(Fetcher()).known(endpoint(upstream), patience=2)


async def test_the_typical_figure_is_told_in_seconds_and_tokens_per_second(upstream):
    assert_published(example("catalog", "metrics")["response"], "catalog", "metrics")
    known = await Speeds(Fetcher()).known(endpoint(upstream), patience=2)
    assert speed_of(known, MINI) == Speed(0.35, 60.5, 1.2)
    assert speed_of(known, Model("flux/schnell", "image")) == Speed(duration=2.4)
    [asked] = upstream.calls
    assert (asked.path, asked.query, asked.key) == ("/models/metrics", {}, "")


async def test_a_model_is_found_by_its_alias_and_at_the_endpoint_of_its_task(upstream):
    known = await Speeds(Fetcher()).known(endpoint(upstream), patience=2)
    haiku = Model("anthropic/claude-haiku-4.5", "chat", aliases=("claude-haiku-4-5",))
    assert speed_of(known, haiku) == Speed(0.62, 91.0, 2.1)
    assert speed_of(known, Model("openai/gpt-4o-mini", "speech")) is None


async def test_a_model_that_is_not_measured_has_no_usual_speed(upstream):
    known = await Speeds(Fetcher()).known(endpoint(upstream), patience=2)
    assert speed_of(known, Model("aai/universal", "transcription")) is None


async def test_nobody_waits_for_the_figures_which_are_there_the_next_time(upstream):
    upstream.plan("metrics", Answer(json=example("catalog", "metrics")["response"], delay=0.2))
    speeds, start = Speeds(Fetcher()), time.monotonic()
    assert await speeds.usual(endpoint(upstream), MINI) is None
    assert time.monotonic() - start < 0.1
    await asyncio.sleep(0.5)
    assert await speeds.usual(endpoint(upstream), MINI) == Speed(0.35, 60.5, 1.2)
    assert len(upstream.calls) == 1


async def test_a_server_without_figures_is_not_asked_again_and_the_engine_never(upstream):
    upstream.always("metrics", Answer.refusing(404, "Cannot GET"))
    speeds = Speeds(Fetcher(), ttl=0)
    for _ in range(3):
        assert await speeds.known(endpoint(upstream), patience=1) == {}
    assert len(upstream.calls) == 1
    assert await speeds.known(endpoint(upstream, embedded=True), patience=1) == {}
    assert len(upstream.calls) == 1


@pytest.mark.parametrize(
    "answer",
    [
        Answer.refusing(503, "down"),
        Answer.refusing(401, "a key, please"),
        Answer(body="<html>", content_type="text/html"),
        Answer(json=7),
        Answer(json={"models": {"openai/gpt-4o-mini": 7}}),
    ],
)
async def test_an_outage_and_nonsense_are_no_figures(upstream, answer):
    upstream.always("metrics", answer)
    assert await Speeds(Fetcher()).known(endpoint(upstream), patience=1) == {}


async def test_an_outage_keeps_the_last_figures(upstream):
    speeds = Speeds(Fetcher(), ttl=0)
    first = await speeds.known(endpoint(upstream), patience=1)
    upstream.always("metrics", Answer.refusing(503, "down"))
    assert await speeds.known(endpoint(upstream), patience=1) == first != {}


async def test_odd_figures_are_left_out_and_the_rest_is_kept(upstream):
    at = {"endpoint": "/v1/chat/completions"}
    known = await figures(
        upstream,
        {"alias": "a", **at, "metrics": {"ttft_ms": {"p50": -1}, "tps": {"p50": "60"}, "duration_ms": {"p50": 500}}},
        {"alias": "<b>", **at, "metrics": {"tps": {"p50": 60}}},
        {"alias": "c", "metrics": {"tps": {"p99": 60}}},
        {"alias": 7},
        None,
        {"id": "d", "tps": {"p50": 12}},
    )
    assert speed_of(known, Model("a", "chat")) == Speed(duration=0.5)
    assert speed_of(known, Model("c", "image")) == Speed()
    assert speed_of(known, Model("d", "chat")) == Speed(tps=12)
    assert len(known) == 3
