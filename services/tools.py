"""Calls of tools: as a model makes them, streamed or whole, and as they go back to it. Knows no widgets, no schemas."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MOST_CALLS = 64  # in one answer; OpenAI allows 128 tools in all


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call. `arguments` is the model's own text, JSON or not; `result` is None until somebody gives one."""

    id: str
    name: str
    arguments: str
    result: str | None = None

    def wire(self) -> dict[str, Any]:
        """The contract's form, as an assistant's turn carries it."""
        return {"id": self.id, "type": "function", "function": {"name": self.name, "arguments": self.arguments}}


@dataclass
class _Open:
    index: int | None
    id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list)


class Calls:
    """Puts the calls of one answer together. What is no call is passed over: odd accounts cost nobody the answer."""

    def __init__(self) -> None:
        self._open: list[_Open] = []
        self.size = 0
        """Characters so far; past any limit when there are too many calls."""

    def __bool__(self) -> bool:
        return bool(self._open)

    def take(self, said: Any, *, whole: bool = False) -> bool:
        """A delta's `tool_calls`, or a whole message's; whether they brought something."""
        pieces = [piece for piece in said if isinstance(piece, dict)] if isinstance(said, list) else []
        return sum(self._piece(piece, whole) for piece in pieces) > 0

    def _piece(self, piece: Mapping[str, Any], whole: bool) -> bool:
        function = piece.get("function")
        function = function if isinstance(function, dict) else {}
        name, arguments = _text(function.get("name")), _arguments(function.get("arguments"))
        call_id, index = _text(piece.get("id")), piece.get("index")
        found = self._found(call_id, index if isinstance(index, int) else None, new=whole)
        if found is None:
            self.size = sys.maxsize
            return False
        found.id, found.name = found.id or call_id, found.name or name
        found.arguments.append(arguments)
        self.size += len(name) + len(arguments)
        return True

    def _found(self, call_id: str, index: int | None, *, new: bool) -> _Open | None:
        """The call that a piece belongs to. Some servers leave the index out, others say 0 for each of several calls:
        an id that is another begins another call, and without either a piece goes to the last one."""
        if not new:
            for it in reversed(self._open):
                same = it.index == index or index is None
                if same and (not call_id or it.id == call_id or not it.id):
                    return it
        if len(self._open) >= MOST_CALLS:
            return None
        self._open.append(_Open(index))
        return self._open[-1]

    @property
    def all(self) -> tuple[ToolCall, ...]:
        """The calls so far, each with an id of its own: without one no result could be told from another."""
        made: dict[str, ToolCall] = {}
        for number, it in enumerate(self._open):
            call_id = it.id if it.id and it.id not in made else f"call_{number}"
            made[call_id] = ToolCall(call_id, it.name, "".join(it.arguments))
        return tuple(made.values())


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _arguments(value: Any) -> str:
    """Text as the contract has it, or the object itself, as some servers send it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) if value is not None else ""
