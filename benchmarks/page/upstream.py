"""A scripted upstream in a process of its own: what is asked says how fast and how much. Knows no page.

`chat-r50-n100-f50` sends 100 tokens at 50 a second, the first after 50 ms; a rate of 0 is as fast as the socket takes
them. `image-n1024-f20` sends a picture of 1024 x 1024 after 20 ms. It may be the model's name or stand in the last
message, so that one page of each kind serves every measurement. The tokens are `w0 w1 w2 ...`, so that whoever reads
can tell the first, the last and a missing one. `/calls` says what was asked, sent and closed and when (seconds since
1970), `/` is a bare page that reads the stream itself. Plain sockets, since the upstream must never be the slow part.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import functools
import io
import json
import random
import re
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

BLOCK = 100  # tokens in one write at full speed
SCRIPT = re.compile(r"(?:chat|image)(?:-[rnf]\d+(?:\.\d+)?)+")
SCRIPTED, PAINTER = "scripted", "painter"  # the models that read their script in what is said to them
BARE_PAGE = Path(__file__).with_name("bare.html")


@dataclass
class Call:
    """One answer by its script; times in seconds since 1970, None for what has not happened."""

    script: str
    asked: float
    first: float | None = None
    last: float | None = None
    closed: float | None = None
    sent: int = 0


@dataclass(frozen=True)
class Script:
    """What is asked for: tokens a second, tokens (or the side of a picture), milliseconds to the first."""

    kind: str
    rate: float = 0
    number: int = 100
    first: float = 0

    @classmethod
    def of(cls, *said: str) -> Script:
        """The first script that is found. Raises ValueError where there is none: no page may be measured on a guess."""
        for text in said:
            if found := SCRIPT.findall(text):
                kind, *parts = found[-1].split("-")
                asked = {part[0]: float(part[1:]) for part in parts}
                return cls(kind, asked.get("r", 0), int(asked.get("n", 100)), asked.get("f", 0))
        raise ValueError(f"no script in {said}")

    def __str__(self) -> str:
        return f"{self.kind}-r{self.rate:g}-n{self.number}-f{self.first:g}"


def last_said(messages: Sequence[dict[str, Any]]) -> str:
    """The text of the last message, which may be a list of parts."""
    content = messages[-1]["content"] if messages else ""
    return content if isinstance(content, str) else " ".join(part.get("text", "") for part in content)


def token(index: int) -> str:
    return f"w{index} "


@functools.cache
def picture(side: int) -> bytes:
    """A PNG of about 2 MB at 1024 x 1024, the same each time: soft shapes with grain, as models make them."""
    from PIL import Image

    chance = random.Random(4)
    small = Image.frombytes("RGB", (16, 16), chance.randbytes(768)).resize((side, side), Image.Resampling.BICUBIC)
    grain = Image.frombytes("RGB", (side, side), chance.randbytes(side * side * 3))
    file = io.BytesIO()
    Image.blend(small, grain, 0.03).save(file, "PNG")
    return file.getvalue()


class Upstream:
    """Answers HTTP/1.1 on loopback; each connection is one coroutine."""

    def __init__(self) -> None:
        self.calls: list[Call] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                method, target, _ = head.split(" ", 2)
                length = re.search(r"^content-length:\s*(\d+)", head, re.IGNORECASE | re.MULTILINE)
                body = await reader.readexactly(int(length[1])) if length else b""
                try:
                    if not await self._answer(method, target.partition("?")[0], body, reader, writer):
                        break
                except ValueError as unheard:
                    _send(writer, {"error": {"message": str(unheard)}}, status="400 Bad Request")
        writer.close()

    async def _answer(
        self, method: str, path: str, body: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Answer one request; whether the connection can take another."""
        if path.endswith("/chat/completions"):
            return await self._chat(json.loads(body), reader, writer)
        if path.endswith("/images/generations"):
            await self._image(json.loads(body), writer)
        elif path.endswith("/models"):
            _send(writer, {"object": "list", "data": [_row(SCRIPTED, "chat-completions"), _row(PAINTER)]})
        elif path == "/calls":
            said = [asdict(call) for call in self.calls]
            if method == "DELETE":
                self.calls.clear()
            _send(writer, said)
        elif path == "/":
            page = await asyncio.to_thread(BARE_PAGE.read_bytes)
            _send(writer, page, "text/html; charset=utf-8")
        else:
            _send(writer, {"error": {"message": f"Cannot {method} {path}"}}, status="404 Not Found")
        await writer.drain()
        return True

    def _begun(self, *said: str) -> tuple[Script, Call]:
        script = Script.of(*said)
        call = Call(str(script), time.time())
        self.calls.append(call)
        return script, call

    async def _image(self, asked: dict[str, Any], writer: asyncio.StreamWriter) -> None:
        script, call = self._begun(asked["model"], str(asked["prompt"]))
        data = base64.b64encode(await asyncio.to_thread(picture, script.number)).decode()
        await asyncio.sleep(script.first / 1000)
        call.first = time.time()
        _send(writer, {"created": 1, "data": [{"b64_json": data, "url": None}]})
        await writer.drain()
        call.last, call.sent = time.time(), 1

    async def _chat(self, asked: dict[str, Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        script, call = self._begun(asked["model"], last_said(asked["messages"]))
        kind = "Content-Type: text/event-stream\r\nTransfer-Encoding: chunked"
        writer.write(f"HTTP/1.1 200 OK\r\n{kind}\r\nCache-Control: no-cache\r\n\r\n".encode())
        play = asyncio.create_task(self._play(script, call, writer))
        gone = asyncio.create_task(reader.read(1))  # no client of ours sends its next request before this answer ends
        await asyncio.wait({play, gone}, return_when=asyncio.FIRST_COMPLETED)
        if play.done() and not play.cancelled() and play.exception() is None:
            gone.cancel()
            await asyncio.wait({gone})
            return True
        call.closed = time.time()
        play.cancel()
        with suppress(ConnectionError, asyncio.CancelledError):
            await play
        gone.cancelled() or gone.exception()
        return False

    async def _play(self, script: Script, call: Call, writer: asyncio.StreamWriter) -> None:
        async for first, after in _due(script):
            writer.write(b"".join(_event(call.script, {"content": token(i)}) for i in range(first, after)))
            call.first = call.first or time.time()
            await writer.drain()
            call.sent = after
        call.last = time.time()
        usage = {"prompt_tokens": 10, "completion_tokens": script.number, "total_tokens": 10 + script.number}
        writer.write(_event(call.script, {"content": ""}, "stop", usage) + _chunk(b"data: [DONE]\n\n") + b"0\r\n\r\n")
        await writer.drain()


async def _due(script: Script) -> AsyncIterator[tuple[int, int]]:
    """The range of tokens to send, each time some are due; a late one does not make the next one late."""
    await asyncio.sleep(script.first / 1000)
    start, sent = time.monotonic(), 0
    while sent < script.number:
        ready = int((time.monotonic() - start) * script.rate + 1e-6) + 1 if script.rate else sent + BLOCK
        ready = min(ready, script.number)
        if ready > sent:
            yield sent, ready
            sent = ready
        elif script.rate:
            await asyncio.sleep(start + sent / script.rate - time.monotonic())


def _event(model: str, delta: dict[str, str], finish: str | None = None, usage: Any = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    frame = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": model}
    return _chunk(b"data: " + json.dumps({**frame, "choices": [choice], "usage": usage}).encode() + b"\n\n")


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def _row(model: str, kind: str = "image-generation") -> dict[str, Any]:
    return {"id": model, "type": f"openai/{kind}", "info": {"name": model, "developer": "bench"}}


def _send(writer: asyncio.StreamWriter, said: Any, kind: str = "application/json", status: str = "200 OK") -> None:
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    writer.write(f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)


async def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page.upstream", description=__doc__)
    parser.add_argument("--port", type=int, default=9000)
    server = await asyncio.start_server(Upstream().serve, "127.0.0.1", parser.parse_args().port, backlog=512)
    await server.serve_forever()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(main())
