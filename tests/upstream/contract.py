"""Says whether a JSON value has a published shape (tests/contract/*.json). Knows nothing about who sent it.

A shape is written as an example with types in place of values: `"string|null"`, `"=stop|=length"` (exactly these
words), `"@usage"` (another shape of the same file), `[shape]` (a list of such), `{"any of": [...]}`; in an object a key
that ends in `?` may be missing and `"*"` allows keys that are not named.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.with_name("contract")
TYPES: dict[str, Callable[[Any], bool]] = {
    "any": lambda value: True,
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "null": lambda value: value is None,
}


@cache
def published(name: str) -> Mapping[str, Any]:
    """One file of the contract: `paths`, `shapes` and `examples`. Names: chat, image, transcription, speech, ..."""
    contract: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    return contract


def example(name: str, case: str) -> Mapping[str, Any]:
    """One published exchange, e.g. `example("chat", "whole")["response"]`."""
    found: dict[str, Any] = published(name)["examples"][case]
    return found


def differences(actual: Any, name: str, shape: str) -> list[str]:
    """What in `actual` is not as published, each with its path; an empty list means that all is."""
    return _differences(actual, published(name)["shapes"][shape], published(name)["shapes"], "$")


def assert_published(actual: Any, name: str, shape: str) -> None:
    """Fail with every difference from the published shape, e.g. `assert_published(body, "chat", "completion")`."""
    found = differences(actual, name, shape)
    assert not found, f"not the published {name} {shape}:\n  " + "\n  ".join(found)


def _differences(actual: Any, shape: Any, shapes: Mapping[str, Any], path: str) -> list[str]:
    if isinstance(shape, str) and shape.startswith("@"):
        return _differences(actual, shapes[shape[1:]], shapes, path)
    if isinstance(shape, str):
        return (
            [] if any(_is(actual, kind) for kind in shape.split("|")) else [f"{path}: {_short(actual)} is not {shape}"]
        )
    if isinstance(shape, list):
        if not isinstance(actual, list):
            return [f"{path}: {_short(actual)} is not a list"]
        return [
            found for i, item in enumerate(actual) for found in _differences(item, shape[0], shapes, f"{path}[{i}]")
        ]
    if "any of" in shape:
        tries = [_differences(actual, one, shapes, path) for one in shape["any of"]]
        return min(tries, key=len)
    return _object_differences(actual, shape, shapes, path)


def _object_differences(actual: Any, shape: Mapping[str, Any], shapes: Mapping[str, Any], path: str) -> list[str]:
    if not isinstance(actual, dict):
        return [f"{path}: {_short(actual)} is not an object"]
    keys = {key.removesuffix("?"): inner for key, inner in shape.items() if key != "*"}
    found = [f"{path}.{key}: missing" for key in shape if not key.endswith("?") and key != "*" and key not in actual]
    if "*" not in shape:
        found += [f"{path}.{key}: not published" for key in actual if key not in keys]
    for key in (key for key in actual if key in keys):
        found += _differences(actual[key], keys[key], shapes, f"{path}.{key}")
    return found


def _is(actual: Any, kind: str) -> bool:
    return bool(actual == kind[1:]) if kind.startswith("=") else TYPES[kind](actual)


def _short(actual: Any) -> str:
    return repr(actual) if len(repr(actual)) < 60 else repr(actual)[:57] + "..."
