"""Reads server-sent events from bytes as they come. Knows nothing about what the events say."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass

from services.errors import MalformedReply


@dataclass(frozen=True)
class Event:
    """One event's data, or a comment line: a note to whoever waits, never content."""

    data: str = ""
    comment: str = ""


class EventReader:
    """Feed it packets in any cut; it gives whole events. A line longer than `line_bytes` is a MalformedReply."""

    def __init__(self, line_bytes: int) -> None:
        self._line_bytes = line_bytes
        self._decode = codecs.getincrementaldecoder("utf-8")().decode
        self._rest = ""
        self._data: list[str] = []

    def feed(self, packet: bytes) -> Iterator[Event]:
        """The events that this packet completes. Raises MalformedReply for text that is not UTF-8."""
        try:
            self._rest += self._decode(packet)
        except UnicodeDecodeError as broken:
            raise _garbled("it is not UTF-8 text") from broken
        lines = self._rest.replace("\r\n", "\n").split("\n")
        self._rest = lines.pop()
        if len(self._rest) > self._line_bytes or any(len(line) > self._line_bytes for line in lines):
            raise _garbled("one line is longer than we read")
        for line in lines:
            yield from self._line(line.removesuffix("\r"))

    def close(self) -> Iterator[Event]:
        """What was still waiting for its blank line when the connection ended."""
        yield from self._line(self._rest)
        yield from self._line("")

    def _line(self, line: str) -> Iterator[Event]:
        if line.startswith("data:"):
            self._data.append(line[5:].removeprefix(" "))
        elif line.startswith(":"):
            yield Event(comment=line[1:].strip())
        elif not line and self._data:
            data, self._data = "\n".join(self._data), []
            yield Event(data=data)


def _garbled(why: str) -> MalformedReply:
    return MalformedReply(
        "The API sent a stream that can't be read.", remedy="Try again, or choose another model.", detail=why
    )
