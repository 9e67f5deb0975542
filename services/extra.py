"""Further fields of a body, as a person writes them: JSON text, checked before anything is sent. Knows no model."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
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
# Fields that say how many results are made, by any vendor; each multiplies what a call costs.
COUNTS = frozenset({"n", "num_images", "num_outputs", "num_samples", "max_images", "batch_size", "best_of"})
TOKENS = re.compile(r"(max|budget|thinking|predict)\w*tokens?$|tokens_to_generate|num_predict|thinking_budget")
MOST_OF_ANYTHING = 1_000_000
NOTHING: Mapping[str, Any] = MappingProxyType({})
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


def counts(fields: Mapping[str, Any]) -> dict[str, int]:
    """The fields that say how many results are made, at whatever depth."""
    return _numbers(fields, lambda name: name in COUNTS)


def token_limits(fields: Mapping[str, Any]) -> dict[str, int]:
    """The fields that say how many tokens may be written or thought, at whatever depth."""
    return _numbers(fields, lambda name: bool(TOKENS.search(name)))


def _numbers(value: Any, wanted: Callable[[str], bool]) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, inner in value.items() if isinstance(value, Mapping) else enumerate(value):
        if isinstance(inner, (Mapping, list, tuple)):
            deeper = _numbers(inner, wanted)
            found |= {it: max(many, found.get(it, 0)) for it, many in deeper.items()}
        elif isinstance(name, str) and wanted(name) and (many := _number(inner)) > 0:
            found[name] = max(many, found.get(name, 0))
    return found


def _number(value: Any) -> int:
    """A number as an upstream may read it, from text too; 0 for what is none."""
    try:
        number = 0.0 if isinstance(value, bool) or value is None else float(value)
    except (ValueError, OverflowError):
        return 0
    return math.ceil(min(max(number, 0), MOST_OF_ANYTHING)) if number == number else 0


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
