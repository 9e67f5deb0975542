"""HTTP by plain sockets: a client so light that a hundred of them don't slow each other down. Knows no Gradio."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from benchmarks.page.upstream import token

TOKEN = re.compile(rb"\bw(\d+)\b")


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
async def request(
    url: str, method: str, path: str, body: Any = None, kind: str = "application/json"
) -> AsyncIterator[Reply]:
    """One request on a connection of its own; the body is sent as JSON unless it is bytes already."""
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port, limit=1 << 24)
    data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    head = f"{method} {path} HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Length: {len(data)}\r\n"
    writer.write(f"{head}Content-Type: {kind}\r\nConnection: close\r\n\r\n".encode() + data)
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


async def get(url: str, path: str, method: str = "GET", body: Any = None, kind: str = "application/json") -> Whole:
    async with request(url, method, path, body, kind) as reply:
        return Whole(reply.status, await reply.read())


@dataclass(frozen=True)
class Timed:
    """One answer as a reader saw it: seconds to the first and the last token and to the end, and bytes received."""

    first: float
    last: float
    end: float
    size: int


class Ear:
    """Notes when the first and the last token come, and whether every one between them came."""

    def __init__(self, tokens: int) -> None:
        self._began = time.perf_counter()
        self._wanted = tokens
        self._signs = [re.compile(rb"\b%s\b" % token(i).strip().encode()) for i in (0, tokens - 1)]
        self._times: list[float] = []
        self._heard: list[bytes] = []

    @property
    def now(self) -> float:
        return time.perf_counter() - self._began

    def hear(self, piece: bytes) -> None:
        said = (self._heard[-1][-20:] if self._heard else b"") + piece
        while len(self._times) < 2 and self._signs[len(self._times)].search(said):
            self._times.append(self.now)
        self._heard.append(piece)

    def done(self) -> Timed:
        """Raises AssertionError when a token is missing."""
        end, said = self.now, b"".join(self._heard)
        missing = set(range(self._wanted)) - {int(number) for number in TOKEN.findall(said)}
        if missing:
            raise AssertionError(
                f"the answer is not whole, {len(missing)} tokens are missing; its end: {said[-300:]!r}"
            )
        return Timed(self._times[0], self._times[1], end, len(said))


async def direct(url: str, model: str, tokens: int) -> Timed:
    """Ask the upstream itself: the limit."""
    ear = Ear(tokens)
    body = {"model": model, "stream": True, "messages": [{"role": "user", "content": "Go."}]}
    async with request(url, "POST", "/v1/chat/completions", body) as reply:
        async for piece in reply.pieces():
            ear.hear(piece)
    return ear.done()
