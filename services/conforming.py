"""Whether an answer fits the form that was asked for. Knows JSON Schema; fetches nothing, and gives up in time."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

SECONDS = 0.3
STEPS = 50_000
UNSORTED = 2000  # items whose difference from each other is still told; it takes their number squared
_MOST_WORDS = 200


@dataclass(frozen=True)
class Verdict:
    """`matches` is None when it could not be told; `said` is where and why."""

    matches: bool | None
    said: str = ""


class _Endless(Exception):
    """Checking would take too long."""


def verdict(answer: str, response_format: Mapping[str, Any]) -> Verdict:
    """Check an answer; blocks for `SECONDS` at most."""
    try:
        value = json.loads(answer, parse_constant=_no_number)
    except json.JSONDecodeError as wrong:
        fenced = " (it stands in a block of code, or other words stand around it)" if "{" in answer else ""
        return Verdict(False, f"it is not JSON: {wrong.msg} at line {wrong.lineno}, column {wrong.colno}{fenced}")
    except (ValueError, RecursionError):
        return Verdict(False, "it is not JSON that can be read")
    if response_format.get("type") == "json_object":
        return Verdict(True) if isinstance(value, dict) else Verdict(False, "it is JSON, but no object")
    return _fits(value, response_format["json_schema"]["schema"])


def _fits(value: Any, schema: Mapping[str, Any]) -> Verdict:
    from jsonschema.exceptions import best_match
    from referencing.exceptions import Unresolvable

    if '"patternProperties"' in json.dumps(schema):  # the library searches names with Python's re (see `_pattern`)
        return Verdict(None, "it names properties by a pattern, which is not checked here")
    errors = []
    try:
        for error in islice(_bounded(schema).iter_errors(value), 20):
            errors.append(error)  # noqa: PERF402 - what came before it gave up counts
    except (_Endless, RecursionError, Unresolvable, TimeoutError):
        if not errors:
            return Verdict(None, "it would take too long to tell")
    if not errors:
        return Verdict(True)
    worst = best_match(errors)
    words = worst.message if len(worst.message) <= _MOST_WORDS else worst.message[: _MOST_WORDS - 1] + "…"
    return Verdict(False, f"at {worst.json_path[:_MOST_WORDS]}: {words}")


def validator_class(schema: Any) -> Any:
    """The validator for the draft that a schema names, else for the newest."""
    from jsonschema.validators import Draft202012Validator, validator_for

    named = schema.get("$schema") if isinstance(schema, dict) else None
    return validator_for(schema, default=Draft202012Validator) if isinstance(named, str) else Draft202012Validator


def _bounded(schema: Mapping[str, Any]) -> Any:
    """A validator that fetches nothing and counts its steps; the answer decides how many those are."""
    from jsonschema.validators import extend
    from jsonschema_specifications import REGISTRY

    kind, budget = validator_class(schema), _Budget()
    rules = {**kind.VALIDATORS, "pattern": _pattern, "uniqueItems": partial(_unique, kind.VALIDATORS["uniqueItems"])}
    counted = {name: partial(budget.step, rule) for name, rule in rules.items()}
    return extend(kind, counted)(schema, registry=REGISTRY)


class _Budget:
    def __init__(self) -> None:
        self.left, self.end = STEPS, time.monotonic() + SECONDS

    def step(self, rule: Callable[..., Any], *checked: Any) -> Any:
        self.left -= 1
        if self.left < 0 or time.monotonic() > self.end:
            raise _Endless
        return rule(*checked)


def _pattern(validator: Any, pattern: str, value: Any, _: Any) -> Any:
    """As the library's own, but it ends: Python's re may search for years, and holds everything up meanwhile."""
    import regex
    from jsonschema.exceptions import ValidationError

    if validator.is_type(value, "string") and not regex.search(pattern, value, timeout=SECONDS / 3, concurrent=True):
        yield ValidationError(f"{value!r} does not match {pattern!r}")


def _unique(rule: Callable[..., Any], validator: Any, wanted: Any, value: Any, schema: Any) -> Any:
    if isinstance(value, list) and len(value) > UNSORTED:
        raise _Endless
    return rule(validator, wanted, value, schema)


def _no_number(sign: str) -> float:
    raise ValueError(sign)
