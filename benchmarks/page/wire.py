"""HTTP and Gradio's queue by plain sockets: a client so light that a hundred of them don't slow each other down.

Speaks what the page speaks: POST queue/join, GET queue/data. Knows no browser.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from benchmarks.page.upstream import token


@dataclass(frozen=True)
class Reply:
    """A response whose body is still to be read."""

    status: int
    headers: dict[str, str]
    reader: asyncio.StreamReader

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body as it comes."""
        if self.headers.get("transfer-encoding") == "chunked":
            while size := int(await self.reader.readline(), 16):
                yield (await self.reader.readexactly(size + 2))[:-2]
            await self.reader.readline()
        elif "content-length" in self.headers:
            yield await self.reader.readexactly(int(self.headers["content-length"]))
        else:
            while piece := await self.reader.read(65_536):
                yield piece

    async def read(self) -> bytes:
        return b"".join([piece async for piece in self.pieces()])


@asynccontextmanager
async def request(url: str, method: str, path: str, body: Any = None) -> AsyncIterator[Reply]:
    """One request on a connection of its own."""
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port, limit=1 << 24)
    data = b"" if body is None else json.dumps(body).encode()
    head = f"{method} {path} HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Length: {len(data)}\r\n"
    writer.write(f"{head}Content-Type: application/json\r\nConnection: close\r\n\r\n".encode() + data)
    try:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").strip().split("\r\n")
        pairs = (line.split(":", 1) for line in lines)
        yield Reply(int(first.split()[1]), {name.lower(): value.strip() for name, value in pairs}, reader)
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


@dataclass(frozen=True)
class Whole:
    """A response that was read."""

    status: int
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


async def get(url: str, path: str, method: str = "GET", body: Any = None) -> Whole:
    async with request(url, method, path, body) as reply:
        return Whole(reply.status, await reply.read())


@dataclass(frozen=True)
class Timed:
    """One answer as a reader saw it: seconds to the first and the last token and to the end, and bytes received."""

    first: float
    last: float
    end: float
    size: int
    final: Any = field(default=None, repr=False)


class _Ear:
    """Listens for the first and the last token in what comes."""

    def __init__(self, tokens: int) -> None:
        self._began = time.perf_counter()
        self._signs = [token(0).strip().encode(), token(tokens - 1).strip().encode()]
        self._times: list[float] = []
        self._before, self.size = b"", 0

    @property
    def now(self) -> float:
        return time.perf_counter() - self._began

    def hear(self, piece: bytes) -> None:
        self.size += len(piece)
        said = self._before + piece
        while len(self._times) < 2 and self._signs[len(self._times)] in said:
            self._times.append(self.now)
        self._before = piece[-20:]

    def done(self, final: Any = None) -> Timed:
        if len(self._times) < 2:
            raise AssertionError(f"the answer is not whole: {str(final)[:300]}")
        return Timed(self._times[0], self._times[1], self.now, self.size, final)


async def direct(url: str, model: str, tokens: int) -> Timed:
    """Ask the upstream itself: the limit."""
    ear = _Ear(tokens)
    body = {"model": model, "stream": True, "messages": [{"role": "user", "content": "Go."}]}
    async with request(url, "POST", "/v1/chat/completions", body) as reply:
        async for piece in reply.pieces():
            ear.hear(piece)
    return ear.done()


@dataclass(frozen=True)
class Form:
    """A page's form as its config describes it: the events that one press of the button starts, in order."""

    config: dict[str, Any]
    events: Sequence[dict[str, Any]]
    opening: Sequence[dict[str, Any]] = ()

    @classmethod
    async def of(cls, url: str, box: str, trigger: str = "submit", chain: Sequence[int] = (0,)) -> Form:
        """The form whose box or button has this element id (or type); `chain` picks among the events that follow."""
        config = (await get(url, "/config")).json
        owner = next(it["id"] for it in config["components"] if box in (it["props"].get("elem_id"), it["type"]))
        found = [next(it for it in config["dependencies"] if [owner, trigger] in map(list, it["targets"]))]
        while followers := [it for it in config["dependencies"] if it.get("trigger_after") == found[-1]["id"]]:
            found.append(followers[0])
        loaded = [
            it for it in config["dependencies"] if it["backend_fn"] and any(t[1] == "load" for t in it["targets"])
        ]
        return cls(config, [found[place] for place in chain], loaded)

    def data(self, event: dict[str, Any], **wanted: Any) -> list[Any]:
        """The inputs of one event: what was asked for by label or type, else what the page starts with."""
        parts = {it["id"]: it for it in self.config["components"]}
        return [self._value(parts[number], wanted) for number in event["inputs"]]

    @staticmethod
    def _value(part: dict[str, Any], wanted: dict[str, Any]) -> Any:
        for name in (part["props"].get("label"), part["type"]):
            if name in wanted:
                return wanted[name]
        return None if part["type"] == "state" else part["props"].get("value")


class Session:
    """One visitor's page, as far as the queue sees it."""

    def __init__(self, url: str, form: Form) -> None:
        self._url, self._form, self._hash = url, form, secrets.token_hex(6)

    @classmethod
    async def open(cls, url: str, form: Form) -> Session:
        """What a browser does as it opens the page: the server has its session before anything is asked."""
        session = cls(url, form)
        for event in form.opening:
            await session._run(event, {}, _Ear(1))
        return session

    async def ask(self, tokens: int, **wanted: Any) -> Timed:
        """Start the form's events one after the other; the last one is listened to from the beginning of the first."""
        ear = _Ear(tokens)
        for event in self._form.events:
            final = await self._run(event, wanted, ear)
        return ear.done(final)

    async def result(self, **wanted: Any) -> Any:
        """The last event's data, of something that has no tokens."""
        for event in self._form.events:
            final = await self._run(event, wanted, _Ear(1))
        return final

    async def _run(self, event: dict[str, Any], wanted: dict[str, Any], ear: _Ear) -> Any:
        body = {
            "data": self._form.data(event, **wanted),
            "fn_index": event["id"],
            "session_hash": self._hash,
            "trigger_id": None,
            "event_data": None,
        }
        joined = await get(self._url, "/gradio_api/queue/join", "POST", body)
        if joined.status != 200:
            raise RuntimeError(f"not let in: {joined.body[:300]!r}")
        final, rest = None, b""
        async with request(self._url, "GET", f"/gradio_api/queue/data?session_hash={self._hash}") as reply:
            async for piece in reply.pieces():
                ear.hear(piece)
                *events, rest = (rest + piece).split(b"\n\n")
                final = next((it for it in events if b'"process_completed"' in it), final)
        if final is None:
            raise RuntimeError("the queue ended without an answer")
        message = json.loads(final.removeprefix(b"data: "))
        if not message["success"]:
            raise RuntimeError(f"refused: {str(message['output'])[:300]}")
        return message["output"]
