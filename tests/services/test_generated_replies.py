"""Replies that no contract promises: statuses, headers and bodies made up by Hypothesis end in a result or in ERR.

500 of them in CI; `GENERATED_REPLIES=5000` asks for more.
"""

import asyncio
import copy
import gzip
import html
import json
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import openai  # noqa: F401  (before any clock runs: its import takes a while)
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from upstream import RawUpstream, picture, tone
from upstream.answers import published
from upstream.raw import Line

from services.catalog import Model
from services.chat import ChatService, Completion, Message
from services.endpoint import Endpoint
from services.errors import ServiceError
from services.fetch import Fetcher
from services.image import Generation, ImageService
from services.limits import Limits
from services.retries import Manners
from services.routes import Route
from services.speech import Speech, SpeechService
from services.transcription import Transcript, TranscriptionService
from services.transport import Transport

EXAMPLES = int(os.environ.get("GENERATED_REPLIES", "500"))
KEY = "sk-generated-canary-51b7"
LIMITS = Limits(connect=1, first_byte_chat=1, first_byte_media=1, stall=1, total_chat=3, total_media=3, total_job=3)
ALLOWED = (Completion, Generation, Speech, Transcript)

# What a reply's JSON may hold where something else was promised.
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=True, allow_infinity=True),
    st.text(max_size=20),
    st.sampled_from(
        ["<script>alert(1)</script>", "javascript:alert(1)", "http://169.254.169.254/", KEY, "\ud83d", "\0"]
    ),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.sampled_from(["message", "error", "text", "url", "b64_json", "content"]), st.text(), max_size=2),
    st.just(json.loads("[" * 90 + "]" * 90)),
)


def wholes(task: str) -> list[bytes]:
    """Bodies as they are published, media among them."""
    cases = {
        "chat": [("chat", "whole"), ("chat", "legacy")],
        "image": [("image", "seed"), ("image", "v1"), ("image", "v1 inline"), ("image", "v1 images")],
        "transcription": [
            ("transcription", "seed"),
            ("transcription", "job"),
            ("transcription", "job finished, plain"),
        ],
        "speech": [("speech", "v1 url")],
    }
    bodies = [json.dumps(published(*case)).encode() for case in cases[task]]
    more = {"image": [picture("x")], "speech": [tone(), tone("MP3")], "chat": [stream()], "transcription": []}
    return [*bodies, *more[task]]


def stream() -> bytes:
    """A chat's events, as they are published."""
    frame = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    deltas = [{"role": "assistant", "content": "Once "}, {"content": "upon 🙂 "}, {"content": "a time"}]
    events = [json.dumps(frame | {"choices": [{"index": 0, "delta": delta}]}, ensure_ascii=False) for delta in deltas]
    events.append(json.dumps(frame | {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}))
    return "".join(f"data: {event}\n\n" for event in [*events, "[DONE]"]).encode()


@st.composite
def replaced(draw: st.DrawFn, body: bytes) -> bytes:
    """The same JSON with junk in one place (of each event, where it is a stream)."""
    start = body.find(b"{")
    if start < 0:
        return body
    head, tail = body[:start], b""
    if body.startswith(b"data: "):
        line, _, tail = body[start:].partition(b"\n")
        tail = b"\n" + tail
    else:
        line = body
        head = b""
    try:
        whole = json.loads(line)
    except ValueError:
        return body
    places = list(_places(whole))
    place = draw(st.sampled_from(places))
    return head + json.dumps(_with(whole, place, draw(JUNK))).encode() + tail


def _places(value: object, path: tuple[object, ...] = ()) -> Iterator[tuple[object, ...]]:
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in inner:
        yield from _places(below, (*path, key))


def _with(whole: object, place: tuple[object, ...], junk: object) -> object:
    if not place:
        return junk
    changed = copy.deepcopy(whole)
    inner = changed
    for key in place[:-1]:
        inner = inner[key]  # type: ignore[index]
    inner[place[-1]] = junk  # type: ignore[index]
    return changed


@st.composite
def bodies(draw: st.DrawFn, task: str) -> bytes:
    """A body as published, and what becomes of it on a bad day."""
    body: bytes = draw(st.sampled_from(wholes(task)))
    for _ in range(draw(st.integers(0, 2))):
        fate = draw(st.sampled_from(["replace", "cut", "flip", "double", "bytes", "html", "empty", "crlf"]))
        if fate == "replace":
            body = draw(replaced(body))
        elif fate == "cut":
            body = body[: draw(st.integers(0, len(body)))]
        elif fate == "flip" and body:
            at = draw(st.integers(0, len(body) - 1))
            body = body[:at] + bytes([body[at] ^ draw(st.integers(1, 255))]) + body[at + 1 :]
        elif fate == "double":
            body += body
        elif fate == "bytes":
            body = draw(st.binary(max_size=200))
        elif fate == "html":
            body = f"<html><body><h1>502</h1><script>steal('{KEY}')</script></body></html>".encode()
        elif fate == "empty":
            body = b""
        elif fate == "crlf":
            body = body.replace(b"\n", b"\r\n")
    return body


TYPES = st.sampled_from(
    ["text/event-stream", "application/json", "application/problem+json", "text/html", "image/png", "audio/wav",
     "audio/mpeg", "text/plain", "", "application/json; charset=utf-16", "APPLICATION/JSON", "nonsense", "*/*;;;"]
)  # fmt: skip
HEADERS = st.lists(
    st.sampled_from(
        [b"retry-after: soon", b"retry-after: -5", b"retry-after: NaN", b"retry-after: 1e309", b"retry-after: 0",
         b"retry-after: Thu, 01 Jan 1970 00:00:00 GMT", b"location: http://127.0.0.1:9/", b"location: //[",
         b"x-request-id: <b>r1</b>", b"x-request-id: \xff\xfe", b"x-request-id: " + b"r" * 3000,
         b"x-inference-id: " + KEY.encode(), b"set-cookie: a=b", b"content-encoding: br", b"content-encoding: gzip",
         b"content-encoding: identity, gzip", b"x-aimlapi-usd-spent: -1", b"x-aimlapi-usd-spent: inf",
         b"x-aimlapi-usd-spent: much", b"content-disposition: attachment; filename=../../x", b"etag: \"x", b": y"]
    ),
    max_size=3,
)  # fmt: skip
STATUSES = st.one_of(
    st.just(200),
    st.sampled_from([200, 201, 202, 204, 206, 301, 302, 304, 307, 308, 400, 401, 402, 403, 404, 408, 409, 413, 415]),
    st.sampled_from([418, 422, 425, 429, 451, 500, 501, 502, 503, 504, 520, 599, 600, 999, 99]),
)
FRAMES = st.sampled_from(["length", "length", "chunked", "close", "short", "long", "bad chunk", "gzip", "two", "none"])


@st.composite
def replies(draw: st.DrawFn, task: str) -> bytes:
    """The bytes of one reply."""
    status, body, frame = draw(STATUSES), draw(bodies(task)), draw(FRAMES)
    lines = [b"HTTP/1.1 %d Whatever" % status, b"content-type: " + draw(TYPES).encode(), *draw(HEADERS)]
    if frame == "gzip":
        body = gzip.compress(body)
        lines.append(b"content-encoding: gzip")
    if frame in ("length", "gzip", "two"):
        lines.append(b"content-length: %d" % len(body))
    if frame == "two":
        lines.append(b"content-length: %d" % (len(body) + 1))
    if frame in ("short", "long"):
        lines.append(b"content-length: %d" % max(0, len(body) + (7 if frame == "short" else -7)))
    if frame in ("chunked", "bad chunk"):
        lines.append(b"transfer-encoding: chunked")
        size = b"zz" if frame == "bad chunk" else b"%x" % len(body)
        body = size + b"\r\n" + body + b"\r\n0\r\n\r\n" if body else b"0\r\n\r\n"
    if frame == "none":
        return body
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


class Bench:
    """The four services before an upstream that says whatever `reply` is."""

    def __init__(self, folder: Path) -> None:
        self.reply = b""
        self.upstream = RawUpstream(self._say)
        self._runner = asyncio.Runner()
        manners = Manners(first=0.001, longest=0.01, unsent=0.001, reserve=1e9, failures=10**9)
        transport, fetcher = Transport(LIMITS, manners), Fetcher(LIMITS)
        self._chat = ChatService(transport)
        self._image = ImageService(transport, fetcher, folder)
        self._speech = SpeechService(transport, fetcher, folder)
        self._transcription = TranscriptionService(transport, fetcher)
        self._clip = folder / "clip.wav"
        self._clip.write_bytes(tone())
        self._close = transport.close

    def __enter__(self) -> "Bench":
        self.upstream.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.run(self._close())
        self._runner.close()
        self.upstream.__exit__()

    def _say(self, line: Line) -> None:
        line.send(self.reply)

    def ask(self, task: str, form: str) -> object:
        """One action; what it gave, or the ServiceError that it ended in."""
        ids = {"chat": "a/b", "image": "flux/schnell", "transcription": "#g1_nova-2-general", "speech": "openai/tts-1"}
        base = f"{self.upstream.base}/v1" if form == "v1" else self.upstream.base
        endpoint = Endpoint.at(base, SecretStr(KEY), form)  # type: ignore[arg-type]
        route = Route(endpoint, Model(ids[task], task))  # type: ignore[arg-type]
        asking = {
            "chat": lambda: self._chat.complete(route, [Message("user", "hi")]),
            "image": lambda: self._image.generate(route, "a boat"),
            "transcription": lambda: self._transcription.transcribe(route, audio=self._clip),
            "speech": lambda: self._speech.synthesize(route, "hello"),
        }[task]

        async def within() -> object:
            async with asyncio.timeout(20):
                return await asking()

        try:
            return self._runner.run(within())
        except ServiceError as error:
            return error


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with tempfile.TemporaryDirectory() as folder, Bench(Path(folder)) as bench:
        yield bench


@pytest.mark.timeout(900)
@pytest.mark.parametrize("task", ["chat", "image", "transcription", "speech"])
def test_whatever_an_upstream_says_ends_in_a_result_or_in_err(bench, task):
    @settings(
        max_examples=max(1, EXAMPLES // 4),
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )
    @given(reply=replies(task), form=st.sampled_from(["v1", "seed"]))
    def ends_well(reply: bytes, form: str) -> None:
        bench.reply = reply
        found = bench.ask(task, form)
        if isinstance(found, ServiceError):
            err(found)
        else:
            assert isinstance(found, ALLOWED), found
            assert KEY not in repr(found.run)

    ends_well()


def err(error: ServiceError) -> None:
    """E1 to E4: a plain cause, a remedy, an id that can be shown, nothing that must not be seen."""
    assert error.message.strip()
    assert error.remedy.strip()
    assert len(error.message) <= 700, error.message
    assert len(error.request_id) <= 200
    shown = error.sentence
    assert KEY not in shown
    assert "Traceback" not in shown
    assert "/site-packages/" not in shown
    assert not re.search(r"“\s*<", html.unescape(shown)), shown  # a page is not quoted
