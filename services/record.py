"""What one action sent and received, and when: written while it runs, told when somebody looks.

Knows HTTP calls as bytes and moments; knows nothing about what they say. Keys are masked before anything is written
down, and `seal` blots out of the rest whatever form of the key an upstream sent back.
"""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from services.blotter import Blotter
from services.brief import brief
from services.media import sniff

MASKED = "Bearer $AIML_API_KEY"
REPLY = 256_000  # bytes of a reply that are kept
SLACK = 4_000  # bytes more while it runs, so that the end of what is kept never cuts a key in two
BODY = 16_000_000  # bytes of a request that are kept; beyond, only its size is
CALLS = 40  # of one action: a job may be asked for a hundred times
TELLING = re.compile(
    r"content-type|content-length|date|server|via|etag|location|retry-after|x-.*request-id|x-inference-id|x-aimlapi-.*"
    r"|.*ratelimit.*|request-id"
)
# What JSON may write in place of a plain character; the quote and the backslash stay as they are.
ESCAPED = re.compile(r"\\u00(2[013-9a-fA-F]|[346][0-9a-fA-F]|5[0-9abdefABDEF]|7[0-9a-eA-E])")


@dataclass(frozen=True)
class Part:
    """One part of a multipart body; a file's bytes are counted, not kept, and its `text` is None."""

    name: str
    size: int
    text: str | None = None
    filename: str = ""
    media_type: str = ""


@dataclass
class Exchange:
    """One HTTP call. Moments are seconds of the monotonic clock, None for what did not happen."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes | None = None
    parts: tuple[Part, ...] = ()
    size: int = 0
    status: int = 0
    reply_headers: dict[str, str] = field(default_factory=dict)
    reply_size: int = 0
    reply: list[bytes] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)
    connecting: float | None = None
    connected: float | None = None
    first: float | None = None
    ended: float | None = None

    async def traced(self, name: str, info: Mapping[str, Any]) -> None:
        """What the connection pool tells of a request; https://www.encode.io/httpcore/extensions/#trace."""
        if name == "connection.connect_tcp.started":
            self.connecting = time.monotonic()
        elif name in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self.connected = time.monotonic()

    def answered(self, status: int, headers: Mapping[str, str]) -> None:
        """The head of the reply is here."""
        self.status = status
        self.reply_headers = {name: value for name, value in headers.items() if TELLING.fullmatch(name.lower())}

    def take(self, packet: bytes) -> None:
        """More of the reply's body. On the way of every packet: it keeps a reference and nothing else."""
        if self.first is None:
            self.first = time.monotonic()
        if self.reply_size < REPLY + SLACK:
            self.reply.append(packet)
        self.reply_size += len(packet)

    def fetched(self, body: bytes) -> None:
        """A whole file; what it is can be told from its begin."""
        self.reply, self.reply_size = [body[:64]], len(body)

    def took(self, said: Any) -> None:
        """The whole body as JSON, where it was too large to be kept as it came."""
        if self.reply_size > REPLY:
            text = json.dumps(brief(said), ensure_ascii=False)
            self.reply = [text[: REPLY + SLACK].encode("utf-8", "replace")]

    def end(self) -> None:
        if self.ended is None:
            self.ended = time.monotonic()

    def seal(self, blot: Blotter) -> None:
        """Nothing more comes: what is kept is cut to size, without any form of the key."""
        self.end()
        self.url, self.body = blot.text(self.url), blot.bytes(self.body) if self.body else self.body
        self.parts = tuple(
            Part(part.name, part.size, blot.text(part.text), part.filename, part.media_type) if part.text else part
            for part in self.parts
        )
        self.reply_headers = {name: blot.text(value) for name, value in self.reply_headers.items()}
        whole = b"".join(self.reply)[: REPLY + SLACK]
        if sniff(whole):  # a picture or a sound: what it is can be told from its begin
            self.reply = [whole[:64]]
            return
        if b"\\u00" in whole:
            whole = ESCAPED.sub(_plain, whole.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        self.reply = [blot.bytes(whole)[:REPLY]]

    @property
    def weight(self) -> int:
        """About how many bytes of memory it takes."""
        return 2_000 + len(self.body or b"") + sum(map(len, self.reply)) + sum(len(p.text or "") for p in self.parts)


class Record:
    """One action; made before it waits for its place. `id` is that of its run."""

    def __init__(self) -> None:
        self.id = uuid.uuid4().hex[:12]
        self.at = datetime.now(UTC)
        self.began = time.monotonic()
        self.admitted: float | None = None
        self.ended: float | None = None
        self.exchanges: list[Exchange] = []

    def admit(self) -> None:
        """The wait for a place is over."""
        self.admitted = time.monotonic()

    def sending(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None, parts: Iterable[Part] = ()
    ) -> Exchange:
        """One more call is about to leave."""
        size = len(body) if body is not None else int(headers.get("content-length", 0))
        kept = body if body is None or len(body) <= BODY else None
        exchange = Exchange(method, bare(url), masked(headers), kept, tuple(parts), size)
        if len(self.exchanges) >= CALLS:  # the first calls tell most, and the last ones
            del self.exchanges[CALLS // 2]
        self.exchanges.append(exchange)
        return exchange

    def seal(self, blot: Blotter) -> None:
        """The action has ended; only what may be shown is kept."""
        self.ended = time.monotonic()
        for exchange in self.exchanges:
            exchange.seal(blot)

    def since(self, moment: float) -> float:
        """Seconds from the action's begin to a moment."""
        return round(moment - self.began, 4)

    @property
    def age(self) -> float:
        """Seconds since the action ended, by which a page finds when that was on its own clock; 0 while it runs."""
        return round(time.monotonic() - self.ended, 4) if self.ended is not None else 0.0

    @property
    def weight(self) -> int:
        """About how many bytes of memory it takes."""
        return 1_000 + sum(exchange.weight for exchange in self.exchanges)


def masked(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers as they may be kept."""
    return {name: MASKED if name.lower() == "authorization" else value for name, value in headers.items()}


def bare(url: str) -> str:
    """A URL without the name and password that a base may carry."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _plain(escaped: re.Match[str]) -> str:
    return chr(int(escaped[1], 16))
