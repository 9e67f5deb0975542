"""Reads a published OpenAPI document of one operation into parameters. Trusts nothing in it: it may loop, swell or lie.

Knows schemas; knows nothing about models or where the document is from.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from services.families.further import Kind, Parameter, labelled

MOST_NODES = 3000  # schemas looked at; a real document has some hundred
MOST_HOPS = 20  # references in a row
MOST_DEPTH = 3  # objects within objects that a form can show
MOST_PARAMETERS = 60
MOST_CHOICES = 200
_NAME = re.compile(r"(?!__)[A-Za-z_][\w-]{0,63}", re.ASCII)
_LINK = re.compile(r"\[([^\[\]]{0,200})\]\([^()\s]{0,500}\)")
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
_KINDS: Mapping[str, Kind] = {"number": "number", "integer": "integer", "string": "text", "boolean": "flag"}
_TYPES: Mapping[str, tuple[type, ...]] = {
    "number": (int, float),
    "integer": (int,),
    "text": (str,),
    "flag": (bool,),
}


def published(document: Any, names: Collection[str], path: str) -> tuple[tuple[Parameter, ...], tuple[str, ...]]:
    """The parameters that a form can show, and the names of those that only JSON can say, both in the document's order.

    `names` are the model's id and aliases, for a document of several models; `path` is part of the route that is
    meant. Raises ValueError for a document without such an operation, or one that is not to be read.
    """
    reader = _Reader(document)
    schema = reader.body(path)
    properties = reader.properties(schema, names)
    if not properties:
        raise ValueError("no fields")
    shown: list[Parameter] = []
    other: list[str] = []
    for name, inner in list(properties.items())[: 4 * MOST_PARAMETERS]:
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            continue
        found = list(reader.parameters(name, inner, 1))
        shown += found
        other += [] if found else [name]
    return tuple(shown[:MOST_PARAMETERS]), tuple(other[:MOST_PARAMETERS])


class _Reader:
    """One reading of one document; gives up when it has seen too much of it."""

    def __init__(self, document: Any) -> None:
        if not isinstance(document, dict):
            raise ValueError("no document")
        self._document, self._seen = document, 0

    def body(self, path: str) -> Any:
        """The schema of what is posted."""
        paths = self._document.get("paths")
        routes = list(paths.items())[:200] if isinstance(paths, dict) else []
        for where, operations in sorted(routes, key=lambda route: path not in str(route[0])):
            post = operations.get("post") if isinstance(operations, dict) else None
            content = self.whole(_get(post, "requestBody")).get("content")
            for media in ("application/json", "multipart/form-data"):
                if path in str(where) and isinstance(schema := _get(_get(content, media), "schema"), dict):
                    return schema
        raise ValueError("no such operation")

    def whole(self, schema: Any) -> dict[str, Any]:
        """The schema that a reference means; {} for what is none. Raises ValueError beyond all measure."""
        for _ in range(MOST_HOPS):
            self._seen += 1
            if self._seen > MOST_NODES:
                raise ValueError("too much")
            if not isinstance(schema, dict):
                return {}
            if not isinstance(reference := schema.get("$ref"), str):
                return schema
            schema = self._target(reference)
        raise ValueError("a reference that leads nowhere")

    def _target(self, reference: str) -> Any:
        if not reference.startswith("#/"):  # nothing else is fetched
            return {}
        target: Any = self._document
        for step in reference[2:].split("/")[:20]:
            target = _get(target, step.replace("~1", "/").replace("~0", "~"))
        return target

    def properties(self, schema: Any, names: Collection[str], depth: int = 0) -> dict[str, Any]:
        """The fields of an object, of all that it is made of, or of the variant that is for this model."""
        if depth > MOST_DEPTH:
            return {}
        schema = self.whole(schema)
        found: dict[str, Any] = {}
        for part in _list(schema, "allOf"):
            found |= self.properties(part, names, depth + 1)
        variants = [self.properties(it, names, depth + 1) for it in (*_list(schema, "anyOf"), *_list(schema, "oneOf"))]
        meant = [it for it in variants if it and self._is_for(it, names)]
        found |= next(iter(meant), next((it for it in variants if it and "model" not in it), {}))
        own = schema.get("properties")
        return found | own if isinstance(own, dict) else found

    def _is_for(self, properties: Mapping[str, Any], names: Collection[str]) -> bool:
        return any(name in _list(self.whole(properties.get("model")), "enum") for name in names)

    def parameters(self, name: str, schema: Any, depth: int) -> Iterator[Parameter]:
        """A field as a parameter, an object as those of its fields; nothing for what a form can't show."""
        schema = self.whole(schema)
        inner = schema.get("properties")
        if isinstance(inner, dict):
            for deeper, value in list(inner.items())[:MOST_PARAMETERS] if depth < MOST_DEPTH else ():
                if isinstance(deeper, str) and _NAME.fullmatch(deeper):
                    yield from self.parameters(f"{name}.{deeper}", value, depth + 1)
            return
        variants = [self.whole(it) for key in ("anyOf", "oneOf", "allOf") for it in _list(schema, key)]
        plain = [found for it in (schema, *variants) if (found := _plain(name, it)) is not None]
        if plain:
            best = next((it for it in plain if it.choices), plain[0])
            told = {"help": best.help or _help(schema), "default": _default(schema, best) or best.default}
            yield replace(best, **told)


def _plain(name: str, schema: Mapping[str, Any]) -> Parameter | None:
    """A schema of one value; None for lists, objects, files, and for what has only one value anyway."""
    if schema.get("format") in ("binary", "byte"):
        return None
    if choices := _choices(schema):
        found = Parameter(name, "choice", labelled(name), _help(schema), choices=choices)
        return replace(found, default=_default(schema, found)) if len(choices) > 1 else None
    types = _list(schema, "type") or [schema.get("type")]
    kind = next((_KINDS[it] for it in types if isinstance(it, str) and it in _KINDS), None)
    if kind is None or "enum" in schema or "const" in schema:
        return None
    low, high = (_bound(schema, end) for end in ("inimum", "aximum"))
    if low is not None and high is not None and low > high:
        low = high = None
    step = _finite(schema.get("multipleOf")) or (1 if kind == "integer" else None)
    found = Parameter(name, kind, labelled(name), _help(schema), low, high, step if step and step > 0 else None)
    return replace(found, default=_default(schema, found))


def _choices(schema: Mapping[str, Any]) -> tuple[Any, ...]:
    values = [it for it in _list(schema, "enum")[:MOST_CHOICES] if _scalar(it)]
    if set(map(type, values)) <= {bool}:
        return ()
    return tuple(dict.fromkeys(values))


def _bound(schema: Mapping[str, Any], end: str) -> float | None:
    """`minimum`, or `exclusiveMinimum` where that is a number, as newer documents have it."""
    plain, exclusive = _finite(schema.get(f"m{end}")), schema.get(f"exclusiveM{end}")
    return plain if plain is not None else _finite(exclusive)


def _default(schema: Mapping[str, Any], parameter: Parameter) -> Any:
    value = schema.get("default")
    if parameter.kind == "choice":
        return value if _scalar(value) and value in parameter.choices else None
    fits = isinstance(value, _TYPES[parameter.kind]) and isinstance(value, bool) == (parameter.kind == "flag")
    return value if fits and _scalar(value) else None


def _scalar(value: Any) -> bool:
    if isinstance(value, str):
        return 0 < len(value) <= 100 and value.isprintable()
    return isinstance(value, bool) or _finite(value) is not None


def _finite(value: Any) -> float | None:
    """A number that a browser keeps as it is."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return value if abs(value) <= 2**53 else None


def _help(schema: Mapping[str, Any]) -> str:
    """The description in one line of plain text."""
    said = schema.get("description")
    if not isinstance(said, str):
        return ""
    line = _TAG.sub("", _LINK.sub(r"\1", " ".join(said[:2000].split()))).replace("`", "").replace("**", "")
    line = "".join(character for character in line if character.isprintable())
    return line if len(line) <= 240 else line[:239].rsplit(" ", 1)[0] + "…"


def _get(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _list(schema: Mapping[str, Any], name: str) -> list[Any]:
    value = schema.get(name)
    return value[:MOST_CHOICES] if isinstance(value, list) else []
