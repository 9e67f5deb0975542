"""The scripted upstream itself: an ASGI app on loopback that records every call and plays what was planned.

Knows both published forms of the contract; what it says by default is in `answers`.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterator
from typing import Any, Literal

import uvicorn
from starlette.datastructures import UploadFile
from starlette.requests import Request

from .answers import Scene
from .calls import Answer, Call, Part, task_of
from .contract import differences

Form = Literal["v1", "seed"]
BOTH: tuple[Form, ...] = ("v1", "seed")
CHECKED = {
    "chat": "chat",
    "image": "image",
    "job": "transcription",
    "transcription": "transcription",
    "speech": "speech",
}


class _Server(uvicorn.Server):
    """Uvicorn without its tenths of a second between being told to stop and stopping."""

    async def main_loop(self) -> None:
        self.loop, self.over = asyncio.get_running_loop(), asyncio.Event()
        await self.on_tick(0)
        await self.over.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.over.set)


class Upstream:
    """An API to test against, in a `with` block or by `start()` and `stop()`.

    `forms` are the published forms it speaks; a path of the other one is a 404. `keys` are the keys it accepts (None:
    any, or none at all). `strict` answers 400 to a request that is not as published. `script` may answer a call before
    the default does. The rest is passed on to `Scene`: text, rate, first_token, polls, inline.
    """

    def __init__(
        self,
        forms: Collection[Form] = BOTH,
        *,
        keys: Collection[str] | None = None,
        strict: bool = True,
        script: Callable[[Call], Answer | None] | None = None,
        port: int = 0,
        **scene: Any,
    ) -> None:
        self.forms, self.keys, self.strict, self.script, self.scene = set(forms), keys, strict, script, Scene(**scene)
        self.calls: list[Call] = []
        self.arrived = threading.Event()  # set by the first call
        self._plans: dict[str, deque[Answer]] = defaultdict(deque)
        self._always: dict[str, Answer] = {}
        self._socket = socket.create_server(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else each body waits 40 ms on a kept line
        self._server = _Server(
            uvicorn.Config(self, log_level="critical", lifespan="off", timeout_graceful_shutdown=1, ws="none")
        )
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)

    @property
    def root(self) -> str:
        """Its address without `/v1`."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    @property
    def base(self) -> str:
        """What `AIML_API_BASE` would be."""
        return f"{self.root}/v1" if "v1" in self.forms else self.root

    def plan(self, what: str, *answers: Answer) -> None:
        """The next answers to a path or a task: chat, image, job, poll, transcription, speech, models, media ..."""
        self._plans[what].extend(answers)

    def always(self, what: str, answer: Answer) -> None:
        """What a path or task is answered with whenever nothing else is planned."""
        self._always[what] = answer

    def calls_to(self, what: str) -> list[Call]:
        """The calls to a path or a task, in order."""
        return [call for call in self.calls if what in (call.path, call.task)]

    def start(self) -> Upstream:
        self._thread.start()
        while not hasattr(self._server, "over"):
            time.sleep(0.005)
        return self

    def stop(self) -> None:
        """End now; connections are dropped."""
        if self._thread.is_alive():
            self._server.stop()
            self._thread.join(timeout=5)
        self._socket.close()

    def __enter__(self) -> Upstream:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        call = await _read(Request(scope, receive))
        self.calls.append(call)
        self.arrived.set()
        gone = asyncio.Event()
        watch = asyncio.create_task(_watch(call, receive, gone))
        try:
            await _play(self._answer(call), call, send, gone)
        finally:
            watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watch

    def _answer(self, call: Call) -> Answer:
        for what in (call.path, call.task):
            if self._plans[what]:
                return self._plans[what].popleft()
        planned = (self.script and self.script(call)) or self._always.get(call.path) or self._always.get(call.task)
        if planned:
            return planned
        task, form = task_of(call.path)
        if form not in (*self.forms, "any"):
            return Answer.refusing(404, f"Cannot {call.method} {call.path}")
        if (
            self.keys is not None
            and task not in ("models", "metrics", "deprecations", "media")
            and call.key not in self.keys
        ):
            return Answer.refusing(401, "This request requires a valid API key")
        if self.strict and (faults := list(_faults(call))):
            return Answer.refusing(400, f"Body validation error: {'; '.join(faults)}")
        return self.scene.answer(call)


def _faults(call: Call) -> Iterator[str]:
    asked = call.fields
    if name := CHECKED.get(call.task):
        yield from differences(dict(asked), name, "request")
    if asked.get("seed") == 0 or asked.get("top_p") == 0:
        yield "seed and top_p must be greater than 0"
    if call.task in ("job", "transcription") and ("url" in asked) == bool(call.files):
        yield "exactly one of url and file must be given"
    if call.task == "chat" and not any(m.get("role") != "system" for m in asked.get("messages", [])):
        yield "messages must hold more than a system turn"


async def _read(request: Request) -> Call:
    raw = await request.body()
    form: dict[str, str] = {}
    files: dict[str, Part] = {}
    if request.headers.get("content-type", "").startswith(("multipart/", "application/x-www-form")):
        for name, value in (await request.form()).multi_items():
            if isinstance(value, UploadFile):
                files[name] = Part(value.filename or "", value.content_type or "", await value.read())
            else:
                form[name] = value
    headers, peer = dict(request.headers), request.client.port if request.client else 0
    return Call(request.method, request.url.path, dict(request.query_params), headers, raw, form, files, peer)


async def _watch(call: Call, receive: Any, gone: asyncio.Event) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    if not call.finished:
        call.closed_at = time.monotonic()
        call.closed.set()
        gone.set()


async def _play(answer: Answer, call: Call, send: Any, gone: asyncio.Event) -> None:
    await _wait(answer.delay, gone)
    headers = {"content-type": answer.media_type, "x-request-id": "r1", "x-inference-id": "i1", **answer.headers}
    if answer.chunks is None and not answer.cut and answer.status not in (204, 304):
        headers.setdefault("content-length", str(sum(len(packet) for packet in answer.packets)))
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": raw})
    await _wait(answer.first, gone)
    for packet in answer.packets if answer.status not in (204, 304) else ():
        if gone.is_set():
            return
        if packet:
            await send({"type": "http.response.body", "body": packet, "more_body": True})
            call.sent += 1
        await _wait(answer.pause, gone)
    if answer.cut:
        await _wait(0.05, gone)  # what was written has left
        raise ConnectionAbortedError("cut as planned")
    call.finished = True
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _wait(seconds: float, gone: asyncio.Event) -> None:
    """Sleep, but not beyond the moment the client goes away."""
    if not seconds:
        await asyncio.sleep(0)
        return
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(gone.wait(), seconds)
