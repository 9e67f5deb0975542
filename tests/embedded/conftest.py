"""One real engine for all tests of this folder, as a process of its own over loopback HTTP."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator

import httpx
import numpy as np
import pytest
import soundfile
from running_engine import KEY, SPEECH, TRANSCRIPTION, Engine, start_engine, stop_engine


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    running = start_engine()
    yield running
    stop_engine(running)


@pytest.fixture
def api(engine: Engine) -> Iterator[httpx.Client]:
    """A client with the right key."""
    headers = {"authorization": f"Bearer {KEY}"}
    with httpx.Client(base_url=engine.base, headers=headers, timeout=120, trust_env=False) as client:
        yield client


@pytest.fixture
def say(api: httpx.Client) -> Callable[..., bytes]:
    """Speech as the engine's own voice says it, as a WAV file."""

    def speech(text: str, **options: object) -> bytes:
        answer = api.post("/v1/tts", json={"model": SPEECH, "text": text, "stream": False, **options})
        answer.raise_for_status()
        return answer.content

    return speech


@pytest.fixture
def hear(api: httpx.Client) -> Callable[..., dict]:
    """The transcript of a recording, in the synchronous form."""

    def transcript(recording: bytes, **fields: str) -> dict:
        form = {"model": TRANSCRIPTION, **fields}
        answer = api.post("/v1/stt", data=form, files={"audio": ("clip.wav", recording, "audio/wav")})
        answer.raise_for_status()
        return answer.json()

    return transcript


@pytest.fixture(scope="session")
def silence() -> bytes:
    """Five seconds of nothing, as a WAV file."""
    file = io.BytesIO()
    soundfile.write(file, np.zeros(5 * 16_000, np.float32), 16_000, format="WAV")
    return file.getvalue()
