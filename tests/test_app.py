"""The one command: `python app.py` serves the page, with the engine only where no API is named, and ends when told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from running_page import OWNER_KEY, free_port, until
from upstream import Upstream

PROJECT = Path(__file__).resolve().parents[1]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals")


def hears_interrupts() -> None:
    """As in a terminal: a shell starts what runs in its background deaf to Ctrl-C, and children inherit that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@contextmanager
def app(folder: Path, **variables: str) -> Iterator[tuple[subprocess.Popen[bytes], httpx.Client]]:
    """The program as a person starts it, and a client of its page."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIML_", "GRADIO_"))}
    port = free_port()
    own = {"GRADIO_SERVER_PORT": str(port), "GRADIO_TEMP_DIR": str(folder), "AIML_ENGINE_WARM": "0"}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "app.py"],
            cwd=PROJECT,
            env=kept | own | variables,
            stdout=log,
            stderr=log,
            preexec_fn=hears_interrupts,
        )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30) as http:
            until(lambda: process.poll() is not None or answers(http), 90, "the page")
            yield process, http
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(10)


def answers(http: httpx.Client) -> bool:
    try:
        return http.get("/").status_code == 200
    except httpx.TransportError:
        return False


def children(process: subprocess.Popen[bytes]) -> list[int]:
    """The processes it started (Linux says so in /proc)."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            command = (folder / "cmdline").read_bytes()
        except (OSError, ValueError):
            continue
        if parent == process.pid and b"services.embedded" in command:
            found.append(int(folder.name))
    return found


def test_with_an_api_it_serves_the_page_without_an_engine_and_ends_on_an_interrupt(tmp_path):
    with Upstream() as upstream, app(tmp_path, AIML_API_BASE=upstream.base, AIML_API_KEY=OWNER_KEY) as (process, http):
        asked = http.post("/gradio_api/call/v2/chat", json={"message": "hi"}).json()
        assert "You said: hi" in http.get(f"/gradio_api/call/chat/{asked['event_id']}").text
        assert upstream.calls_to("chat")[0].key == OWNER_KEY
        assert not children(process)
        process.send_signal(signal.SIGINT)
        assert process.wait(15) == 0
        log = (tmp_path / "log").read_text()
        assert "Traceback" not in log
        assert OWNER_KEY not in log


@pytest.mark.engine
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_without_an_api_the_engine_answers_and_ends_with_it(tmp_path):
    with app(tmp_path) as (process, http):
        until(lambda: children(process), 10, "the engine")
        asked = http.post("/gradio_api/call/v2/generate_image", json={"prompt": "a red cat", "size": "256x256"}).json()
        assert "event: complete" in http.get(f"/gradio_api/call/generate_image/{asked['event_id']}").text
        [engine] = children(process)
        process.send_signal(signal.SIGINT)
        assert process.wait(15) == 0
        until(lambda: not Path(f"/proc/{engine}").exists(), 10, "the engine's end")


def test_the_engine_ends_even_when_the_page_is_killed(tmp_path):
    if not Path("/proc/self/stat").exists():
        pytest.skip("needs /proc")
    with app(tmp_path) as (process, _):
        [engine] = until(lambda: children(process), 10, "the engine")
        process.kill()
        assert until(lambda: not Path(f"/proc/{engine}").exists(), 10, "the engine's end")


def test_a_setting_that_makes_no_sense_is_told(tmp_path):
    with app(tmp_path, AIML_API_BASE="not an address") as (process, _):
        assert process.wait(30) != 0
    assert "AIML_API_BASE must be an http or https address" in (tmp_path / "log").read_text()


def test_importing_it_does_nothing():
    began = time.monotonic()
    code = "import app, sys; assert 'gradio' not in sys.modules and 'openai' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], cwd=PROJECT, check=True)
    assert time.monotonic() - began < 20
