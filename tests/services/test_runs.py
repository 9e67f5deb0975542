"""The store of runs that ended: whose they are, how many, how large."""

from __future__ import annotations

import asyncio

import pytest
from pydantic import SecretStr
from running_page import until

from services.catalog import Catalog, Model
from services.chat import ChatService, Message
from services.endpoint import Endpoint
from services.engine import EmbeddedEngine
from services.errors import InvalidInput, ServiceError
from services.fetch import Fetcher
from services.gate import Gate
from services.record import Record
from services.routes import Routes
from services.runs import Ended, Runs
from services.transport import Transport
from services.visitor import Visitor

HERE = Endpoint.at("http://127.0.0.1/v1", SecretStr("sk-runs-canary-91"))
MODEL = Model("m", "chat")


def ended(size=10, broken=None):
    record = Record()
    record.sending("POST", "http://127.0.0.1/v1/chat/completions", {}, b"x" * size)
    return Ended.of(MODEL, HERE, record, None, broken)


def test_a_run_is_found_by_its_session_and_by_no_other():
    runs, run = Runs(), ended()
    runs.keep("mine", run)
    assert runs.get("mine", run.record.id) is run
    assert runs.get("yours", run.record.id) is None
    assert runs.get("mine", "another") is None


def test_a_caller_without_a_session_leaves_nothing_behind():
    runs, run = Runs(), ended()
    runs.keep("", run)
    assert runs.get("", run.record.id) is None


def test_a_run_that_sent_nothing_is_not_kept():
    runs, run = Runs(), Ended.of(MODEL, HERE, Record(), None, InvalidInput("no", remedy=""))
    runs.keep("mine", run)
    assert runs.get("mine", run.record.id) is None


def test_a_session_keeps_its_last_runs_and_takes_no_place_of_others():
    runs, theirs, mine = Runs(most=3), ended(), [ended() for _ in range(5)]
    runs.keep("theirs", theirs)
    for run in mine:
        runs.keep("mine", run)
    assert [runs.get("mine", run.record.id) is not None for run in mine] == [False, False, True, True, True]
    assert runs.get("theirs", theirs.record.id) is theirs


def test_all_together_stay_below_a_number_of_bytes_and_what_was_looked_at_stays_longest():
    runs, many = Runs(most_bytes=100_000), [ended(20_000) for _ in range(4)]
    for run in many:
        runs.keep("mine", run)
    runs.get("mine", many[0].record.id)
    runs.keep("others", ended(20_000))
    assert runs.get("mine", many[0].record.id) is many[0]
    assert runs.get("mine", many[1].record.id) is None


def test_nothing_that_is_kept_knows_the_key():
    run = ended()
    assert "canary" not in repr(run)
    assert run.endpoint.key.get_secret_value() == ""
    assert run.endpoint.root == HERE.root


@pytest.fixture
async def gate(settings):
    return Gate(settings, Routes(settings, Catalog(Fetcher()), EmbeddedEngine()))


@pytest.fixture
async def chat():
    transport = Transport()
    yield ChatService(transport)
    await transport.close()


async def test_the_gate_keeps_a_call_that_succeeds(gate, chat):
    async with gate.admit(Visitor("s" * 20), "chat") as call:
        said = call.saw(await chat.complete(call.route, [Message("user", "hi")]))
    kept = gate.runs.get("s" * 20, said.run.id)
    assert kept.run == said.run
    assert kept.failure is None
    assert kept.record.admitted is not None


async def test_the_gate_keeps_a_call_that_fails_and_its_error_names_it(gate, chat):
    with pytest.raises(ServiceError) as caught:
        async with gate.admit(Visitor("s" * 20), "chat", "scripted/503") as call:
            await chat.complete(call.route, [Message("user", "hi")])
    kept = gate.runs.get("s" * 20, caught.value.run_id)
    assert (kept.failure.kind, kept.failure.message) == ("Unavailable", caught.value.message)
    assert len(kept.attempts) == len(kept.record.exchanges)


async def test_the_gate_keeps_a_call_that_is_stopped(gate, chat, upstream):
    named = []

    async def ask():
        async with gate.admit(Visitor("s" * 20), "chat", "scripted/endless") as call:
            named.append(call.route.record.id)
            await chat.complete(call.route, [Message("user", "hi")])

    task = asyncio.create_task(ask())
    await asyncio.to_thread(until, lambda: upstream.calls_to("chat"))
    task.cancel()
    await asyncio.wait({task})
    assert gate.runs.get("s" * 20, named[0]).failure.kind == "Stopped"


async def test_what_we_would_not_send_has_no_run(gate, chat):
    with pytest.raises(InvalidInput) as caught:
        async with gate.admit(Visitor("s" * 20), "chat") as call:
            await chat.complete(call.route, [Message("user", " ")])
    assert caught.value.run_id == ""
