"""Further fields of a body, as a person writes them: JSON text, checked before anything is sent. Knows no model."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any, NoReturn

from services.errors import InvalidInput
from services.rows import Task

NAME = "More parameters"
MOST_CHARACTERS = 32_000
MOST_DEPTH = 16
# What has a place of its own in a call. In chat `audio` is how an answer sounds, elsewhere it is the recording;
# `prompt` is a hint for some transcribers.
_EVERYWHERE = ("model", "models", "messages", "stream", "stream_options", "file", "url")
PROTECTED: Mapping[Task, frozenset[str]] = {
    "chat": frozenset({*_EVERYWHERE, "prompt", "input"}),
    "image": frozenset({*_EVERYWHERE, "prompt", "input"}),
    "speech": frozenset({*_EVERYWHERE, "text", "script", "input"}),
    "transcription": frozenset({*_EVERYWHERE, "audio"}),
}
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[\]{}]|-?(?:NaN|Infinity)|-?\d[\d.eE+-]*', re.DOTALL)


def checked_extra(text: str, task: Task = "chat") -> dict[str, Any]:
    """The fields that `text` holds, {} for an empty one; a field that is null is not sent.

    Raises InvalidInput, with line and column, for what is no JSON object, too large, too deep or not finite, and for
    a field that has a place of its own.
    """
    if not text.strip():
        return {}
    if len(text) > MOST_CHARACTERS:
        _refuse(f"have {len(text):,} characters; {MOST_CHARACTERS:,} is the limit", remedy="Shorten them.")
    _scanned(text)
    try:
        said = json.loads(text)
    except json.JSONDecodeError as wrong:
        _refuse(f"are not JSON: {wrong.msg[:1].lower()}{wrong.msg[1:]}", text, wrong.pos)
    if not isinstance(said, dict):
        _refuse("must be one JSON object", text, len(text) - len(text.lstrip()))
    if (taken := next((name for name in said if name in PROTECTED[task]), None)) is not None:
        _refuse(f"can't set “{taken}”, which has a place of its own", text, _place(text, taken), "Leave it out.")
    try:
        json.dumps(said, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        _refuse("hold half of a character (a lone surrogate)", remedy="Write the whole character.")
    return {name: value for name, value in said.items() if value is not None}


def merged(body: Mapping[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    """The body with the further fields, which come last; objects on both sides become one."""
    both = dict(body)
    for name, value in extra.items():
        ours = both.get(name)
        both[name] = merged(ours, value) if isinstance(ours, dict) and isinstance(value, dict) else value
    return both


def as_form(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields as the parts of a form: true and false in words, what is nested as JSON text."""
    return {name: value if isinstance(value, str) else _part(value) for name, value in fields.items()}


def _part(value: Any) -> Any:
    nested = isinstance(value, (bool, dict, list, tuple))
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) if nested else value


def _scanned(text: str) -> None:
    """Refuse what is too deep for a parser, and numbers that no JSON has."""
    depth = 0
    for found in _TOKEN.finditer(text):
        sign = found[0]
        if sign in "[{":
            depth += 1
            if depth > MOST_DEPTH:
                _refuse(f"are nested more than {MOST_DEPTH} deep", text, found.start(), "Make them flatter.")
        elif sign in "]}":
            depth -= 1
        elif sign[0] != '"' and not _finite(sign):
            _refuse(f"hold {sign[:20]}, which is no number of JSON", text, found.start())


def _finite(token: str) -> bool:
    try:
        return len(token) < 400 and math.isfinite(float(token))
    except ValueError:  # not a number at all: the parser says so
        return True


def _place(text: str, name: str) -> int:
    found = re.search(rf'"{re.escape(name)}"\s*:', text)
    return found.start() if found else 0


def _refuse(what: str, text: str = "", place: int = 0, remedy: str = "Correct them, or empty the box.") -> NoReturn:
    line, column = text.count("\n", 0, place) + 1, place - text.rfind("\n", 0, place)
    where = f" (line {line}, column {column})" if text else ""
    raise InvalidInput(f"{NAME} {what}{where}.", remedy=remedy)
