"""The engine as a process: how it starts, says where it is, and ends; and what it does when a model can't be had."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from running_engine import CHAT, KEY, PROJECT, SPEECH, start_engine, stop_engine

from services.embedded.__main__ import listening

pytestmark = pytest.mark.engine

AUTHORIZED = {"authorization": f"Bearer {KEY}"}


def test_it_says_in_one_line_where_it_listens_and_ends_with_its_input():
    engine = start_engine()
    assert httpx.get(f"{engine.base}/v1/models", trust_env=False).status_code == 200
    assert engine.pid == engine.process.pid
    assert stop_engine(engine) == 0


def test_what_it_sends_leaves_at_once():
    """A head and a body that wait for one another cost 40 ms a reply."""
    with (
        listening("127.0.0.1", 0) as listener,
        socket.create_connection(listener.getsockname()),
        listener.accept()[0] as accepted,
    ):
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_it_ends_while_a_model_is_at_work():
    engine = start_engine()
    body = {"model": CHAT, "messages": [{"role": "user", "content": "Write a long story."}], "max_tokens": 2000}
    with httpx.stream(
        "POST", f"{engine.base}/v1/chat/completions", json={**body, "stream": True}, headers=AUTHORIZED, timeout=60
    ) as answer:
        next(answer.iter_lines())
        began = time.monotonic()
        assert stop_engine(engine) == 0
    assert time.monotonic() - began < 5


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_without_the_option_it_ends_when_interrupted():
    command = [sys.executable, "-m", "services.embedded", "--port", "0"]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as process:
        assert process.stdout
        assert json.loads(process.stdout.readline())["pid"] == process.pid
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0


def test_it_starts_quickly_since_no_model_is_imported():
    lines = ["import time, sys", "began = time.process_time()", "import services.embedded.__main__"]
    lines += ["print(time.process_time() - began)", "print([m for m in ('numpy', 'av', 'PIL') if m in sys.modules])"]
    command = [sys.executable, "-c", "\n".join(lines)]
    said = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True).stdout.splitlines()
    assert float(said[0]) < 1
    assert said[1] == "[]"


def test_a_setting_that_makes_no_sense_is_told_and_not_traced():
    environment = {**os.environ, "AIML_EMBEDDED_CHAT_MODEL": "nonsense"}
    command = [sys.executable, "-m", "services.embedded"]
    said = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    assert said.returncode == 2
    assert "AIML_EMBEDDED_CHAT_MODEL" in said.stderr
    assert "Traceback" not in said.stderr


def test_where_the_weights_can_not_be_had_only_chat_is_lost(tmp_path: Path):
    nowhere = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path), "HF_HUB_OFFLINE": "1"}
    engine = start_engine(AIML_CACHE_DIR=str(tmp_path / "cache"), **nowhere)
    try:
        with httpx.Client(base_url=engine.base, headers=AUTHORIZED, timeout=60, trust_env=False) as api:
            body = {"model": CHAT, "messages": [{"role": "user", "content": "Hi"}]}
            answer = api.post("/v1/chat/completions", json=body)
            assert answer.status_code == 503
            assert "could not be fetched" in answer.json()["message"]
            assert api.get("/v1/engine/status").json()["models"][CHAT]["state"] == "unavailable"
            assert api.post("/v1/tts", json={"model": SPEECH, "text": "Hello."}).status_code == 200
    finally:
        stop_engine(engine)


def test_while_idle_it_gets_the_likely_next_model_ready():
    engine = start_engine(AIML_ENGINE_WARM="1")
    try:
        assert state_within(engine.base, CHAT, "warm", 30)
    finally:
        stop_engine(engine)


def test_after_idle_the_memory_is_given_back():
    engine = start_engine(AIML_ENGINE_IDLE_SECONDS="2")
    try:
        body = {"model": SPEECH, "text": "Hello."}
        assert httpx.post(f"{engine.base}/v1/tts", json=body, headers=AUTHORIZED, timeout=60).status_code == 200
        assert state_within(engine.base, SPEECH, "cold", 20)
        assert httpx.post(f"{engine.base}/v1/tts", json=body, headers=AUTHORIZED, timeout=60).status_code == 200
    finally:
        stop_engine(engine)


def state_within(base: str, model: str, state: str, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        status = httpx.get(f"{base}/v1/engine/status", headers=AUTHORIZED, trust_env=False).json()
        if status["models"][model]["state"] == state:
            return True
        time.sleep(0.2)
    return False
