"""The embedded engine as a process of its own, for tests that talk to it over loopback HTTP."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from services.embedded.weights import cache_folder

PROJECT = Path(__file__).resolve().parents[1]
CACHE = cache_folder()  # as it is before a test's environment is emptied: here the weights lie already
KEY = "a-key-for-tests"

CHAT = "embedded/smollm2-135m"
IMAGE = "embedded/composer"
TRANSCRIPTION = "embedded/whisper-tiny.en"
SPEECH = "embedded/hibari"


@dataclass(frozen=True)
class Engine:
    """A running engine: where it is, and the process that is it."""

    port: int
    pid: int
    process: subprocess.Popen[bytes]

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def start_engine(*arguments: str, **variables: str) -> Engine:
    """Start one and wait for the line that says where it listens."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AIML_")}
    environment |= {"AIML_CACHE_DIR": str(CACHE), "AIML_ENGINE_KEY": KEY, "AIML_ENGINE_WARM": "0", **variables}
    process = subprocess.Popen(
        [sys.executable, "-m", "services.embedded", "--until-stdin-closes", *arguments],
        cwd=PROJECT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout
    said = json.loads(process.stdout.readline())
    return Engine(said["port"], said["pid"], process)


def stop_engine(engine: Engine) -> int:
    """Close its input and wait; the exit code."""
    assert engine.process.stdin
    assert engine.process.stdout
    engine.process.stdin.close()
    engine.process.stdout.close()
    return engine.process.wait(10)


def heard_text(transcript: dict) -> str:
    """The words of a transcript in the Deepgram form."""
    return transcript["results"]["channels"][0]["alternatives"][0]["transcript"]
