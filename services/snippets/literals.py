"""JSON values as Python and JavaScript write them. Knows both languages' odd corners; knows nothing of calls."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

WIDTH = 88
SAFE = 2**53 - 1  # beyond, JavaScript's numbers are no longer whole
# What can't be written in UTF-8 (half a pair), would end a line, or makes code look different from what it does.
ODD = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff]")
NAME = re.compile(r"[A-Za-z_$][\w$]*", re.ASCII)


def quoted(text: str) -> str:
    """A string that means the same in Python, JavaScript and JSON."""
    return ODD.sub(lambda odd: f"\\u{ord(odd[0]):04x}", json.dumps(text, ensure_ascii=False))


def python(value: Any, indent: int = 0) -> str:
    return _written(value, indent, {True: "True", False: "False", None: "None"}, quoted)


def javascript(value: Any, indent: int = 0, step: int = 2) -> str:
    return _written(value, indent, {True: "true", False: "false", None: "null"}, _key, step)


def is_whole_in_javascript(value: Any) -> bool:
    """Whether every number within keeps its value there."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return all(is_whole_in_javascript(item) for item in value)
    return not isinstance(value, int) or abs(value) <= SAFE


def _key(name: str) -> str:
    if name == "__proto__":  # as a plain key it would set what the object inherits from
        return '["__proto__"]'
    return name if NAME.fullmatch(name) else quoted(name)


def _written(value: Any, indent: int, words: dict[Any, str], key: Callable[[str], str], step: int = 4) -> str:
    """On one line where it fits, else one item a line; `indent` is that of the line it begins on."""
    if value is None or isinstance(value, bool):
        return words[value]
    if isinstance(value, str):
        return quoted(value)
    if not isinstance(value, (dict, list)):
        return json.dumps(value)
    pairs = value.items() if isinstance(value, dict) else ((None, item) for item in value)
    inner = indent + step
    items = [
        (f"{key(name)}: " if name is not None else "") + _written(item, inner, words, key, step) for name, item in pairs
    ]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    pad = " " if isinstance(value, dict) and items and step == 2 else ""  # as each language's formatter has it
    line = f"{opening}{pad}{', '.join(items)}{pad}{closing}"
    if len(line) + indent <= WIDTH and "\n" not in line:
        return line
    space = " " * inner
    return "\n".join([opening, *(f"{space}{item}," for item in items), f"{' ' * indent}{closing}"])
