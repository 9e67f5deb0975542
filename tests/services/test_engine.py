"""The embedded engine's keeper: starts it, finds it, ends it, starts it again, and keeps the owner's key from it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import httpx
import pytest
from running_page import OWNER_KEY, until

from services.chat import ChatService, Message, Parameters
from services.engine import EmbeddedEngine
from services.errors import Interrupted, Unreachable
from services.routes import Route
from services.transport import Transport

# Says where it listens, as the engine does, and what it was given; ends with its standard input.
STAND_IN = (
    "import json, os, sys; open(sys.argv[1], 'a').write(json.dumps(dict(os.environ)) + chr(10)); "
    "print(json.dumps({'port': 4711, 'pid': os.getpid()}), flush=True); sys.stdin.read()"
)


@pytest.fixture
def given(tmp_path: Path) -> Path:
    """A file with the environment of each process that was started."""
    return tmp_path / "environments"


@pytest.fixture
def stand_in(given: Path):
    engine = EmbeddedEngine((sys.executable, "-c", STAND_IN, str(given)))
    yield engine
    engine.stop()


def environments(given: Path, count: int = 1) -> list[dict[str, str]]:
    until(lambda: given.exists() and len(given.read_text().splitlines()) >= count, 10)
    return [json.loads(line) for line in given.read_text().splitlines()]


async def test_it_is_started_when_it_is_first_asked_for_and_once_for_all(stand_in, given):
    found = await asyncio.gather(*(stand_in.endpoint() for _ in range(10)))
    assert {it.root for it in found} == {"http://127.0.0.1:4711"}
    assert all(it.embedded for it in found)
    assert len(environments(given)) == 1


async def test_the_owners_key_is_never_in_its_environment(stand_in, given, monkeypatch):
    monkeypatch.setenv("AIML_API_KEY", OWNER_KEY)
    endpoint = await stand_in.endpoint()
    [environment] = environments(given)
    assert OWNER_KEY not in environment.values()
    assert environment["AIML_ENGINE_KEY"] == endpoint.key.get_secret_value() != ""
    assert (environment["OMP_WAIT_POLICY"], environment["GOMP_SPINCOUNT"]) == ("PASSIVE", "0")


async def test_each_start_has_a_key_of_its_own(stand_in):
    first = await stand_in.endpoint()
    stand_in.stop()
    assert (await stand_in.endpoint()).key != first.key


async def test_stopping_ends_the_process(stand_in):
    await stand_in.endpoint()
    process = stand_in._process
    stand_in.stop()
    assert process.poll() is not None
    stand_in.stop()


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
async def test_after_a_crash_the_next_call_starts_another(stand_in, given):
    await stand_in.endpoint()
    os.kill(stand_in._process.pid, signal.SIGKILL)
    until(lambda: not stand_in.running)
    await stand_in.endpoint()
    assert len(environments(given, 2)) == 2


@pytest.mark.parametrize("says", ["", "print('hello')", "print('{}')", "print('[1]')", "print('{\"port\": null}')"])
async def test_an_engine_that_can_not_start_is_told_with_a_remedy(says):
    engine = EmbeddedEngine((sys.executable, "-c", says))
    try:
        with pytest.raises(Unreachable, match="could not start") as caught:
            await engine.endpoint()
        assert caught.value.remedy
    finally:
        engine.stop()


@pytest.mark.engine
@pytest.mark.skipif(sys.platform == "win32", reason="signals")
async def test_the_call_in_flight_hears_of_a_crash_and_the_next_one_works(monkeypatch):
    monkeypatch.setenv("AIML_ENGINE_WARM", "0")
    engine, transport = EmbeddedEngine(), Transport()
    chat = ChatService(transport)
    try:
        endpoint = await engine.endpoint()
        listed = httpx.get(f"{endpoint.base('v1')}/models", trust_env=False).json()["data"]  # noqa: ASYNC210
        model = next(row["id"] for row in listed if "smollm" in row["id"])
        question = [Message("user", "Write a very long story about a lighthouse.")]
        with pytest.raises((Interrupted, Unreachable)) as caught:  # noqa: PT012
            async for snapshot in chat.stream(Route(endpoint, model_of(model)), question, Parameters(max_tokens=1500)):
                if snapshot.text:
                    os.kill(engine._process.pid, signal.SIGKILL)
        assert caught.value.remedy
        until(lambda: not engine.running)
        again = await engine.endpoint()
        assert again.root != endpoint.root
        said = await chat.complete(Route(again, model_of(model)), [Message("user", "Hi")], Parameters(max_tokens=8))
        assert said.text
    finally:
        engine.stop()
        await transport.close()


def model_of(name: str):
    from services.catalog import Model

    return Model(name, "chat")
