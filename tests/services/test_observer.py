"""Every action leaves one line and its counts, however it ends; and nothing that a person wrote."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs
from upstream import Answer, Upstream

from services.catalog import Model
from services.chat import Message
from services.endpoint import Endpoint
from services.errors import InvalidInput, Refused, ServiceError, Unauthorized, Unreachable
from services.fetch import Fetcher
from services.limits import Limits
from services.metrics import Metrics
from services.observer import Observer
from services.redaction import HIDDEN, Redactor
from services.routes import Route
from services.run import Cost, Run, Usage
from services.transport import Transport
from services.watched import WatchedChat, WatchedTranscription

KEY = "sk-visitors-canary-7f3a91"
HERE = Endpoint.at("http://127.0.0.1:9/v1", SecretStr(KEY))
RUN = Run("m", "x", first_token=0.2, usage=Usage(3, 5), cost=Cost(0.5, "billed"), request_id="r7")


@pytest.fixture
def observer() -> Observer:
    return Observer(Redactor(), Metrics())


@pytest.fixture
def lines() -> Iterator[list[dict[str, object]]]:
    with capture_logs() as lines:
        yield lines


def figure(observer: Observer, name: str) -> float:
    """The figure of a name with its labels, 0 where it was never counted."""
    said = dict(line.rsplit(" ", 1) for line in observer.metrics.exposed().decode().splitlines() if line[0] != "#")
    return float(said.get(name, 0))


def test_what_went_well_has_one_line_with_its_facts(observer, lines):
    with observer.action("chat", HERE, "m") as action:
        assert figure(observer, 'playground_in_flight{task="chat"}') == 1
        action.run, action.finish = RUN, "stop"
    [line] = lines
    told = {"task": "chat", "model": "m", "endpoint": "127.0.0.1:9", "outcome": "ok", "request": "r7", "finish": "stop"}
    counted = {
        "prompt_tokens": 3,
        "completion_tokens": 5,
        "usd": 0.5,
        "cost": "billed",
        "first_token": 0.2,
        "attempts": 1,
    }
    assert line.items() >= (told | counted | {"log_level": "info", "event": "action"}).items()
    labels = 'answered_by="other",outcome="ok",task="chat"'
    assert figure(observer, f"playground_actions_total{{{labels}}}") == 1
    assert figure(observer, 'playground_in_flight{task="chat"}') == 0
    assert figure(observer, 'playground_tokens_total{answered_by="other",kind="completion",task="chat"}') == 5


@pytest.mark.parametrize(
    ("error", "outcome", "level"),
    [
        (Unauthorized("No.", remedy="", status=401, request_id="r1"), "Unauthorized", "warning"),
        (Unreachable("Gone.", remedy=""), "Unreachable", "warning"),
        (InvalidInput("Empty.", remedy=""), "InvalidInput", "info"),
        (asyncio.CancelledError(), "Stopped", "info"),
        (GeneratorExit(), "Stopped", "info"),
        (KeyError("a prompt"), "Unexpected", "error"),
    ],
)
def test_however_it_ends_there_is_one_line_and_one_count(observer, lines, error, outcome, level):
    with pytest.raises(type(error)), observer.action("speech", HERE):
        raise error
    [line] = lines
    assert (line["outcome"], line["log_level"]) == (outcome, level)
    labels = f'answered_by="other",outcome="{outcome}",task="speech"'
    assert figure(observer, f"playground_actions_total{{{labels}}}") == 1
    assert figure(observer, 'playground_in_flight{task="speech"}') == 0


def test_an_error_that_is_its_own_cause_is_told(observer, lines):
    error = Refused("No.", remedy="")
    with pytest.raises(Refused), observer.action("chat", HERE):
        raise error from error
    assert "cause" not in lines[0]


def test_a_line_names_what_a_library_failed_of(observer, lines):
    with pytest.raises(ServiceError), observer.action("chat", HERE):
        raise Unreachable("Lost.", remedy="") from ConnectionResetError("with words")
    assert lines[0]["cause"] == "ConnectionResetError"


@pytest.mark.parametrize("echo", [KEY, KEY[::-1], KEY.encode().hex()])
def test_an_echoed_key_is_not_in_the_error_that_is_shown(observer, lines, echo):
    with pytest.raises(Refused) as failed, observer.action("chat", HERE):
        raise Refused(f"You sent {echo}.", remedy="", request_id=echo)
    assert failed.value.message == f"You sent {HIDDEN}."
    assert echo not in str(lines)
    assert observer.redactor.clean(KEY[::-1]) == KEY[::-1], "the key is forgotten"


@pytest.mark.parametrize("model", ["my prompt, by mistake", "x" * 200, "a\nb"])
def test_a_prompt_in_the_place_of_a_model_is_not_written_down(observer, lines, model):
    with observer.action("chat", HERE, model):
        pass
    assert lines[0]["model"] == "(odd)"


def test_what_visitors_write_makes_no_new_series(observer):
    def series() -> int:
        return len(observer.metrics.exposed().splitlines())

    with observer.action("chat", HERE, "m"):
        pass
    before = series()
    for number in range(50):
        with observer.action("chat", Endpoint.at(f"http://h{number}.example/v1"), f"model-{number}") as action:
            action.run, action.finish = Run(f"model-{number}", f"h{number}"), f"finish{number}"
    assert series() <= before + 12  # tokens and costs of the first run


def test_restarts_of_the_engine_are_the_starts_after_the_first():
    metrics = Metrics()
    metrics.watch(lambda: True, lambda: 3)
    said = metrics.exposed().decode()
    assert "playground_engine_up 1.0" in said
    assert "playground_engine_restarts_total 2.0" in said


async def test_a_stream_that_is_closed_is_told_as_stopped(observer, lines, upstream: Upstream):
    upstream.scene.rate = 50
    chat = WatchedChat(observer, Transport())
    route = Route(Endpoint.at(upstream.base), Model("openai/gpt-4o-mini", "chat"))
    stream = chat.stream(route, [Message("user", "a prompt of many words " * 20)])
    await anext(stream)
    await stream.aclose()
    assert [line["outcome"] for line in lines] == ["Stopped"]
    assert "prompt of" not in str(lines)


async def test_a_refused_stream_is_told_with_status_and_request(observer, lines, upstream: Upstream):
    upstream.plan("chat", Answer.refusing(403, f"not with {KEY}"))
    chat = WatchedChat(observer, Transport())
    route = Route(Endpoint.at(upstream.base, SecretStr(KEY)), Model("openai/gpt-4o-mini", "chat"))
    with pytest.raises(Refused):
        await chat.complete(route, [Message("user", "a prompt")])
    assert lines[0].items() >= {"outcome": "NotAllowed", "status": 403, "attempts": 1}.items()
    assert KEY not in str(lines)


async def test_a_transcription_that_is_picked_up_leaves_its_line_too_and_no_key(observer, lines):
    with Upstream({"v1"}) as upstream:
        model = Model(id="#g1_nova-2-general", task="transcription")
        route = Route(Endpoint.at(upstream.base, SecretStr(KEY)), model)
        service = WatchedTranscription(observer, Transport(Limits()), Fetcher(Limits()))
        upstream.plan("poll", Answer.refusing(401, f"The key {KEY[::-1]} is wrong."))
        with pytest.raises(Unauthorized) as failed:
            await service.resume(route, "h66-1")
    assert KEY[::-1] not in f"{failed.value.message}{failed.value.detail}"
    [line] = lines
    assert line.items() >= {"task": "transcription", "outcome": "Unauthorized", "status": 401}.items()
