"""An upstream on a bare socket, for faults that HTTP libraries hide. Knows one fault, plays it on every connection."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import struct
import threading
import time
import zlib
from collections.abc import Callable
from typing import Any

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: %s\r\nx-request-id: r1\r\n%s\r\n"
EVENTS = b"text/event-stream"


class Line:
    """One connection, as a fault sees it: `send`, `wait`, `reset`. Sending to a client that left sets `closed`."""

    def __init__(self, connection: socket.socket, stopped: threading.Event) -> None:
        self._connection, self._stopped = connection, stopped
        self.request = b""
        self.closed = threading.Event()

    def read_request(self) -> None:
        """Take the whole request in, so that closing afterwards is a fault of ours and not of the kernel's."""
        while b"\r\n\r\n" not in self.request and (packet := self._connection.recv(65536)):
            self.request += packet
        head, _, body = self.request.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
        while length and len(body) < int(length[1]) and (packet := self._connection.recv(65536)):
            body += packet
            self.request += packet

    def head(self, content_type: bytes = EVENTS, more: bytes = b"") -> None:
        self.send(HEAD % (content_type, more))

    def chunk(self, data: bytes) -> None:
        """One chunk of a chunked body."""
        self.send(b"%x\r\n%s\r\n" % (len(data), data))

    def send(self, data: bytes) -> None:
        try:
            self._connection.sendall(data)
        except OSError:
            self.closed.set()
            raise

    def wait(self, seconds: float) -> None:
        """Sleep until the time is over, the client is gone or the upstream stops."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self.closed.is_set() and not self._stopped.is_set():
            self._connection.settimeout(0.02)
            with contextlib.suppress(TimeoutError):
                if not self._connection.recv(1):
                    self.closed.set()
            self._connection.settimeout(None)

    def reset(self) -> None:
        """RST instead of FIN."""
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._connection.close()


Fault = Callable[[Line], None]


class RawUpstream:
    """Listens on loopback and plays one fault on each connection, in a `with` block; `lines` are the connections."""

    def __init__(self, fault: Fault) -> None:
        self._fault = fault
        self._stopped = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self.lines: list[Line] = []

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    base = root

    def __enter__(self) -> RawUpstream:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for thread in self._threads:
            thread.join(timeout=5)

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        line = Line(connection, self._stopped)
        self.lines.append(line)
        with connection, contextlib.suppress(OSError):
            line.read_request()
            self._fault(line)


def event(text: str, **more: Any) -> bytes:
    """One chat event that carries a piece of text."""
    choice = {"index": 0, "delta": {"content": text}, **more}
    frame = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    return b"data: " + json.dumps(frame).encode() + b"\n\n"


def reset_at_once(line: Line) -> None:
    """The request is read, then the connection is reset before a status line."""
    line.reset()


def reset_after(events: int = 2) -> Fault:
    """A stream that is reset after some events."""

    def fault(line: Line) -> None:
        line.head(more=b"transfer-encoding: chunked\r\n")
        for i in range(events):
            line.chunk(event(f"{i} "))
        line.wait(0.1)
        line.reset()

    return fault


def clean_end_after(events: int = 2) -> Fault:
    """A stream that ends properly, but without finish_reason and [DONE]."""

    def fault(line: Line) -> None:
        line.head(more=b"transfer-encoding: chunked\r\n")
        for i in range(events):
            line.chunk(event(f"{i} "))
        line.send(b"0\r\n\r\n")

    return fault


def cut_chunk(line: Line) -> None:
    """A chunked body that ends inside a chunk."""
    line.head(more=b"transfer-encoding: chunked\r\n")
    line.chunk(event("0 "))
    line.send(b"400\r\n" + event("1 ")[:20])


def silence(line: Line) -> None:
    """The request is read and nothing is said."""
    line.wait(60)


def silence_after(events: int = 2) -> Fault:
    """A stream that says something and then nothing more."""

    def fault(line: Line) -> None:
        line.head(more=b"transfer-encoding: chunked\r\n")
        for i in range(events):
            line.chunk(event(f"{i} "))
        line.wait(60)

    return fault


def drip(seconds: float = 0.1, content_type: bytes = EVENTS) -> Fault:
    """One byte at a time, for ever."""

    def fault(line: Line) -> None:
        line.head(content_type, b"transfer-encoding: chunked\r\n")
        while not line.closed.is_set():
            line.chunk(b":")
            line.wait(seconds)

    return fault


def endless(content_type: bytes = EVENTS, data: bytes = event("and on ")) -> Fault:
    """As fast as it goes, for ever."""

    def fault(line: Line) -> None:
        line.head(content_type, b"transfer-encoding: chunked\r\n")
        while True:
            line.chunk(data * 20)

    return fault


def short_body(body: bytes = b'{"a": 1}', content_type: bytes = b"application/json", missing: int = 10) -> Fault:
    """A Content-Length that promises more than what comes."""

    def fault(line: Line) -> None:
        line.head(content_type, b"content-length: %d\r\n" % (len(body) + missing))
        line.send(body)

    return fault


def bomb(megabytes: int = 50, content_type: bytes = b"application/json", status: bytes = b"200 OK") -> Fault:
    """A small gzip body that grows to many megabytes of spaces."""
    squeeze = zlib.compressobj(9, wbits=31)
    body = b"".join(squeeze.compress(b" " * 1_000_000) for _ in range(megabytes)) + squeeze.flush()

    def fault(line: Line) -> None:
        more = b"content-encoding: gzip\r\ncontent-length: %d\r\n" % len(body)
        line.send((HEAD % (content_type, more)).replace(b"200 OK", status) + body)

    return fault


def saying(reply: bytes) -> Fault:
    """Exactly these bytes, then the end."""

    def fault(line: Line) -> None:
        line.send(reply)

    return fault
