"""The playground as visitors find it: served on loopback, answered by a scripted upstream or the embedded engine."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import socket
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import quote

import httpx
from upstream import Call, Upstream

import app
from services import logs
from services.engine import EmbeddedEngine
from services.redaction import Redactor
from services.settings import Settings

OWNER_KEY = "sk-owner-canary-7f3a91"
VISITOR_KEY = "sk-visitor-canary-c04d52"


@dataclass(frozen=True)
class Site:
    """A served page: its address, and the upstream behind it (None: the embedded engine)."""

    url: str
    upstream: Upstream | None
    engine: EmbeddedEngine
    http: httpx.Client
    blocks: Any = None

    @property
    def sessions(self) -> list[str]:
        """The sessions of which Gradio keeps a state."""
        return list(self.blocks.state_holder.session_data)

    @property
    def queued(self) -> tuple[int, int]:
        """For how many sessions Gradio's queue keeps messages, and names of events."""
        queue = self.blocks._queue
        return len(queue.pending_messages_per_session), len(queue.pending_event_ids_session)

    def chats(self) -> list[Call]:
        """What was asked of the upstream in chat, in order."""
        assert self.upstream
        return self.upstream.calls_to("chat")

    def forget(self) -> None:
        """Back to a fresh upstream that answers by echo."""
        if self.upstream:
            self.upstream.calls.clear()
            self.upstream._plans.clear()
            self.upstream._always.clear()
            self.upstream.script = None
            self.upstream.scene.rate, self.upstream.scene.text, self.upstream.scene.polls = 0, "", 0


@contextlib.contextmanager
def serving(
    settings: Settings, upstream: Upstream | None = None, engine: EmbeddedEngine | None = None, **options: Any
) -> Iterator[Site]:
    """Serve the whole page on a free port, as `app.py` does."""
    logs.set_up(Redactor(settings.api_key), "INFO", "json", sys.__stderr__)
    with mock.patch.dict(os.environ, app.QUIET_GRADIO):
        blocks = app.launch(
            settings, engine := engine or EmbeddedEngine(), block=False, server_port=free_port(), quiet=True, **options
        )
    try:
        with httpx.Client(base_url=blocks.local_url, trust_env=False, timeout=60) as http:
            yield Site(blocks.local_url, upstream, engine, http, blocks)
    finally:
        blocks.close(verbose=False)
        engine.stop()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
    return port


def until(true: Callable[[], Any], seconds: float = 5, what: str = "") -> Any:
    """Wait for something to become true; what it was then."""
    end = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < end, f"not within {seconds} s: {what or true}"
        time.sleep(0.02)
    return found


@dataclass(frozen=True)
class Heard:
    """What a caller of the HTTP API received: each `generating` item, and the last event."""

    event: str
    data: Any
    items: tuple[Any, ...] = ()

    @property
    def sentence(self) -> str:
        """The words of a refusal."""
        assert self.event == "error", f"not refused, but {self.data!r}"
        assert isinstance(self.data, dict), f"no words: {self.data!r}"
        return str(self.data.get("error"))


def call(site: Site, name: str, body: Any, version: str = "v2/", **headers: str) -> Heard:
    """One call by raw HTTP: POST, then the stream of its events."""
    posted = site.http.post(f"/gradio_api/call/{version}{name}", json=body, headers=headers)
    if posted.status_code != 200:
        return Heard("error", {"error": posted.text, "status": posted.status_code})
    return heard(site.http.get(f"/gradio_api/call/{name}/{posted.json()['event_id']}").text)


def heard(stream: str) -> Heard:
    items: list[Any] = []
    event, data = "", None
    for block in stream.strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        event, data = fields.get("event", ""), json.loads(fields.get("data", "null"))
        if event == "generating":
            items.append(data)
    return Heard(event, data, tuple(items))


def hits(text: str, *keys: str) -> list[str]:
    """The forms of the keys (the two above) that a text holds: plain, reversed, URL-encoded, base64 at any offset."""
    found = []
    for key in keys or (OWNER_KEY, VISITOR_KEY):
        around = [base64.b64encode(b"x" * n + key.encode()).decode()[4:-4] for n in range(3)]
        found += [form for form in (key, key[::-1], quote(key, safe=""), *around) if form in text]
    return found


def clip(folder: Path) -> Path:
    """A short recording."""
    from upstream import tone

    path = folder / "clip.wav"
    path.write_bytes(tone())
    return path
