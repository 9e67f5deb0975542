"""What a scripted upstream was asked and what it answers. Knows nothing about sockets."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

ROUTES: tuple[tuple[str, str, str], ...] = (  # task, form, path
    ("chat", "v1", r"/v1/chat/completions"),
    ("chat", "seed", r"/chat/completions"),
    ("image", "v1", r"/v1/images/(generations|edits)/?"),
    ("image", "seed", r"/images/(generations|edits)/?"),
    ("job", "v1", r"/v1/stt/create"),
    ("poll", "v1", r"/v1/stt/[^/]+"),
    ("poll", "seed", r"/stt/[^/]+"),
    ("transcription", "v1", r"/v1/stt"),
    ("transcription", "seed", r"/stt"),
    ("speech", "v1", r"/v1/tts"),
    ("speech", "seed", r"/tts"),
    ("models", "v1", r"/v1/models"),
    ("models", "seed", r"/models"),
    ("billing", "any", r"/v2/billing"),
    ("balance", "any", r"/v1/billing/balance"),
    ("metrics", "any", r"/models/metrics"),
    ("deprecations", "any", r"(/v1)?/models/deprecations"),
    ("media", "any", r"/media/.+"),
)


def task_of(path: str) -> tuple[str, str]:
    """Which task and form a path belongs to; ("", "") when it is none of ours."""
    return next(((task, form) for task, form, pattern in ROUTES if re.fullmatch(pattern, path)), ("", ""))


@dataclass(frozen=True)
class Part:
    """One file part of a multipart body."""

    name: str
    media_type: str
    data: bytes


@dataclass
class Call:
    """One request as it came, and what became of it. `closed` is set when the client goes away before the end."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    raw: bytes
    form: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Part] = field(default_factory=dict)
    peer: int = 0  # the port it came from: the same one is the same connection
    at: float = field(default_factory=time.monotonic)
    sent: int = 0
    finished: bool = False
    closed: threading.Event = field(default_factory=threading.Event)
    closed_at: float = 0

    @property
    def task(self) -> str:
        return task_of(self.path)[0]

    @property
    def json(self) -> Any:
        """The body as JSON; an empty dict when it is none."""
        try:
            return json.loads(self.raw)
        except ValueError:
            return {}

    @property
    def fields(self) -> Mapping[str, Any]:
        """What was asked, from JSON or from a form."""
        body = self.json
        return self.form or (body if isinstance(body, dict) else {})

    @property
    def key(self) -> str:
        """The bearer token, "" when there was none."""
        return self.headers.get("authorization", "").removeprefix("Bearer ").strip()

    @property
    def disconnected(self) -> bool:
        return self.closed.is_set()


@dataclass(frozen=True)
class Answer:
    """What to say: `json`, a whole `body`, or `chunks` sent one by one with `pause` seconds between them.

    `delay` is waited before the status line, `first` between it and the body. `cut` ends the connection without a
    proper end. Without a `content_type` it is what fits the body.
    """

    status: int = 200
    json: Any = None
    body: bytes | str = b""
    chunks: Iterable[bytes | str] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = ""
    delay: float = 0
    first: float = 0
    pause: float = 0
    cut: bool = False

    @classmethod
    def refusing(cls, status: int, message: str, envelope: str = "problem", **more: Any) -> Answer:
        """A refusal in one of the contract's envelopes: problem, flat or openai."""
        bodies: dict[str, dict[str, Any]] = {
            "problem": {
                "title": "Refused", "status": status, "message": message, "instance": "/", "requestId": "r1",
                "timestamp": "2026-08-30T00:00:00.000Z", "error": {"name": "Exception", "message": message},
            },
            "flat": {
                "requestId": "r1", "statusCode": str(status), "timestamp": "2024-11-02T00:00:00.000Z", "path": "/",
                "message": message,
            },
            "openai": {"error": {"message": message, "type": "invalid_request_error", "code": None, "param": None}},
        }  # fmt: skip
        kind = "application/problem+json" if envelope == "problem" else "application/json"
        return cls(status=status, json=bodies[envelope], content_type=kind, **more)

    @classmethod
    def streaming(cls, lines: Iterable[str], **more: Any) -> Answer:
        """An event stream; each line is sent by itself, its line end included."""
        return cls(chunks=[f"{line}\n" for line in lines], content_type="text/event-stream", **more)

    @property
    def media_type(self) -> str:
        if self.content_type:
            return self.content_type
        return "application/json" if self.json is not None else "application/octet-stream"

    @property
    def packets(self) -> Iterator[bytes]:
        if self.json is not None:
            yield json.dumps(self.json).encode()
            return
        for part in [self.body] if self.chunks is None else self.chunks:
            yield part.encode() if isinstance(part, str) else part
