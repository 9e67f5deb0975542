"""Reads server-sent events from bytes as they come. Knows nothing about what the events say."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

from services.errors import MalformedReply

_LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True)
class Event:
    """One event's data, or a comment line: a note to whoever waits, never content."""

    data: str = ""
    comment: str = ""


class EventReader:
    """Feed it packets in any cut; it gives whole events. A line or event over `line_bytes` is a MalformedReply."""

    def __init__(self, line_bytes: int) -> None:
        self._line_bytes = line_bytes
        self._decode = codecs.getincrementaldecoder("utf-8-sig")().decode
        self._rest = ""
        self._data: list[str] = []
        self._size = 0

    def feed(self, packet: bytes) -> Iterator[Event]:
        """The events that this packet completes. Raises MalformedReply at what is no UTF-8, after what was before."""
        broken: UnicodeDecodeError | None = None
        try:
            text = self._decode(packet)
        except UnicodeDecodeError as odd:
            text, broken = odd.object[: odd.start].decode(), odd
        text = self._rest + text
        half = "\r" if text.endswith("\r") else ""  # perhaps the first half of a line end
        *lines, rest = _LINE_END.split(text.removesuffix(half))
        self._rest = rest + half
        for line in lines:
            yield from self._line(line)
        self._fits(rest)
        if broken:
            raise _garbled("it is not UTF-8 text") from broken

    def close(self) -> Iterator[Event]:
        """What was still waiting for its blank line at the end. Raises MalformedReply for half a character."""
        try:
            rest = self._rest + self._decode(b"", True)
        except UnicodeDecodeError as half:
            raise _garbled("it ends inside a character") from half
        yield from self._line(rest.removesuffix("\r"))
        yield from self._line("")

    def _fits(self, line: str) -> None:
        if len(line) > self._line_bytes:
            raise _garbled("one line is longer than we read")

    def _line(self, line: str) -> Iterator[Event]:
        self._fits(line)
        if line.startswith("data:"):
            self._data.append(line[5:].removeprefix(" "))
            self._size += len(line)
            if self._size > self._line_bytes:
                raise _garbled("one event is longer than we read")
        elif line.startswith(":"):
            yield Event(comment=line[1:].strip())
        elif not line and self._data:
            data, self._data, self._size = "\n".join(self._data), [], 0
            yield Event(data=data)


def _garbled(why: str) -> MalformedReply:
    return MalformedReply(
        "The API sent a stream that can't be read.", remedy="Try again, or choose another model.", detail=why
    )
