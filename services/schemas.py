"""The form that an answer shall have: schemas and tools as a person writes them, and whether an answer fits.

Everything is checked before it is sent. Knows JSON Schema; knows no calls and no widgets.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn

from services.errors import InvalidInput

MOST_CHARACTERS = 32_000
MOST_PARTS = 1000  # objects and lists; each takes the check of a schema half a millisecond
MOST_PATTERN = 500
MOST_TOOLS = 128  # OpenAI's own limit
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_FIX = "Correct it, or empty the box."
# What stands under these is data, not schemas: a `$ref` in it refers to nothing.
_DATA = ("const", "enum", "default", "examples")
CHOICES = ("auto", "none", "required")

Fields = dict[str, Any]


def read_response_format(text: str) -> Fields | None:
    """The wire's `response_format` for what stands in the box; None when it is empty.

    A schema by itself, or OpenAI's `{name, schema, strict}` around it; `{}` asks for any JSON object. Raises
    InvalidInput that says where something is wrong.
    """
    said = _object(text, "The JSON schema")
    if not said:
        return None if said is None else {"type": "json_object"}
    said = said.get("json_schema", said) if said.get("type") == "json_schema" else said
    wrapped = isinstance(said, dict) and isinstance(said.get("schema"), dict) and "name" in said
    schema = said["schema"] if wrapped else said
    check_schema(schema, "The JSON schema")
    name = said["name"] if wrapped else _named(schema.get("title"))
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        _refuse("The JSON schema's name may have letters, digits, _ and - only, 64 at most")
    strict = said.get("strict", False) if wrapped else _closed(schema)
    described = {"description": said["description"]} if wrapped and "description" in said else {}
    return {
        "type": "json_schema",
        "json_schema": {"name": name, **described, "schema": schema, "strict": strict is True},
    }


def read_tools(text: str) -> list[Fields]:
    """The wire's `tools`: a list in OpenAI's form, or of `{name, description, parameters}`. Raises InvalidInput."""
    said = _json(text, "The tools")
    if said in (None, [], {}):
        return []
    tools = [_tool(tool, number) for number, tool in enumerate(said if isinstance(said, list) else [said], 1)]
    names = [tool["function"]["name"] for tool in tools]
    if double := next((name for name in names if names.count(name) > 1), ""):
        _refuse(f"Two tools have the name “{double}”", "Give each its own.")
    if len(tools) > MOST_TOOLS:
        _refuse(f"There are {len(tools)} tools; {MOST_TOOLS} is the limit", "Leave some out.")
    return tools


def read_tool_choice(text: str, tools: Sequence[Mapping[str, Any]]) -> str | Fields | None:
    """The wire's `tool_choice`: a word of the contract, or the name of one tool. None where nothing need be sent."""
    if not tools or text in ("", "auto"):
        return None
    if text in CHOICES:
        return text
    if all(tool["function"]["name"] != text for tool in tools):
        _refuse(f"There is no tool “{text[:64]}” to call", "Choose one that is in the box of tools.")
    return {"type": "function", "function": {"name": text}}


def check_schema(schema: Any, what: str) -> None:
    """Raises InvalidInput where this is no valid JSON Schema, refers to another place, or has no usable pattern."""
    from jsonschema.exceptions import SchemaError

    from services.conforming import validator_class

    try:
        validator_class(schema).check_schema(schema)
    except SchemaError as wrong:
        _refuse(f"{what} is not valid at {wrong.json_path}: {wrong.message[:200]}")
    except (RecursionError, AttributeError, TypeError):
        _refuse(f"{what} is nested too deeply, or is no schema at all")
    for path, key, value in _walk(schema, "$"):
        if key in ("$ref", "$dynamicRef", "$recursiveRef"):
            _check_reference(schema, path, value, what)
        if key == "pattern":
            _check_pattern(path, value, what)


def _check_reference(schema: Any, path: str, target: str, what: str) -> None:
    from referencing import Registry
    from referencing.exceptions import Unresolvable
    from referencing.jsonschema import DRAFT202012

    if not target.startswith("#"):
        _refuse(f"{what} refers at {path} to another place, and nothing is ever fetched for it", "Put it in here.")
    try:
        root = DRAFT202012.create_resource({**schema, "$id": ""})
        Registry().resolver_with_root(root).lookup(target)
    except (Unresolvable, ValueError, TypeError, LookupError):
        _refuse(f"{what} refers at {path} to “{target[:100]}”, which is not in it")


def _check_pattern(path: str, pattern: str, what: str) -> None:
    import regex

    if len(pattern) > MOST_PATTERN:
        _refuse(f"{what} has at {path} a pattern of more than {MOST_PATTERN} characters", "Shorten it.")
    try:
        regex.compile(pattern)
    except (regex.error, RecursionError, OverflowError, ValueError) as wrong:
        _refuse(f"{what} has at {path} a pattern that can't be read: {str(wrong)[:100]}")


def _walk(schema: Any, path: str) -> Iterator[tuple[str, str, str]]:
    """(path, keyword, text) for every keyword of every schema within that has a text."""
    if isinstance(schema, list):
        for place, inner in enumerate(schema):
            yield from _walk(inner, f"{path}[{place}]")
    for key, value in schema.items() if isinstance(schema, dict) else ():
        if isinstance(value, str):
            yield f"{path}.{key}", key, value
        elif key not in _DATA:
            yield from _walk(value, f"{path}.{key}")


def _tool(said: Any, number: int) -> Fields:
    what = f"Tool {number}"
    if not isinstance(said, dict):
        _refuse(f"{what} must be a JSON object with a name")
    function = said.get("function") if said.get("type") == "function" else said
    if not isinstance(function, dict):
        _refuse(f"{what} has no function")
    name = function.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        _refuse(f"{what} needs a name of letters, digits, _ and -, 64 at most")
    if not isinstance(function.get("description", ""), str):
        _refuse(f"The description of the tool “{name}” must be a text")
    parameters = function.get("parameters", {"type": "object", "properties": {}})
    if not isinstance(parameters, dict):
        _refuse(f"The parameters of the tool “{name}” must be a JSON schema, an object")
    check_schema(parameters, f"The schema of the tool “{name}”")
    known = {key: function[key] for key in ("name", "description", "strict") if key in function}
    return {"type": "function", "function": {**known, "parameters": parameters}}


def _named(title: Any) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "_", title).strip("_")[:64] or "answer" if isinstance(title, str) else "answer"


def _closed(schema: Any) -> bool:
    """Whether a schema is of the kind that OpenAI's strict mode takes: each object closed, all of it required."""
    if isinstance(schema, list):
        return all(_closed(inner) for inner in schema)
    if not isinstance(schema, dict):
        return True
    properties = schema.get("properties")
    if isinstance(properties, dict):
        wanted = schema.get("required")
        if schema.get("additionalProperties") is not False or set(properties) != set(wanted or ()):
            return False
    elif schema.get("type") == "object":
        return False
    return all(_closed(value) for key, value in schema.items() if key not in _DATA)


def _object(text: str, what: str) -> Fields | None:
    said = _json(text, what)
    if said is None or isinstance(said, dict):
        return said
    return _refuse(f"{what} must be a JSON object")


def _json(text: str, what: str) -> Any:
    """What a box holds; None when it is empty. Raises InvalidInput with line and column."""
    if not text.strip():
        return None
    if len(text) > MOST_CHARACTERS:
        _refuse(f"{what}: {len(text):,} characters; {MOST_CHARACTERS:,} is the limit", "Shorten it.")
    parts = len(re.findall(r"[\[{]", text))
    if parts > MOST_PARTS:
        _refuse(f"{what}: {parts:,} objects and lists; {MOST_PARTS:,} is the limit", "Make it smaller.")
    try:
        return json.loads(text, parse_constant=_no_number)
    except json.JSONDecodeError as wrong:
        where = f"line {wrong.lineno}, column {wrong.colno}"
        return _refuse(f"{what}: this is not JSON at {where}: {wrong.msg[:1].lower()}{wrong.msg[1:]}")
    except (RecursionError, ValueError) as wrong:
        return _refuse(f"{what}: this can't be read: {str(wrong)[:100]}")


def _no_number(sign: str) -> NoReturn:
    raise ValueError(f"{sign} is no number of JSON")


def _refuse(cause: str, remedy: str = _FIX) -> NoReturn:
    raise InvalidInput(f"{cause}.", remedy=remedy)
