"""Answers with a form: values that fill a schema in, calls of tools, what their results were. Knows no sockets."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def filled(schema: Mapping[str, Any]) -> Any:
    """The plainest value that fits a plain schema."""
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "object":
        return {name: filled(inner) for name, inner in schema.get("properties", {}).items()}
    if kind == "array":
        return [filled(schema.get("items", {})) for _ in range(2)]
    return {"integer": 42, "number": 4.2, "boolean": True, "string": "words"}.get(str(kind))


def calls_of(tools: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """A call of each tool, its arguments in two pieces, as events."""
    frame = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "scripted/tools", "usage": None}
    for index, tool in enumerate(tools):
        function = tool["function"]
        text = json.dumps(filled(function.get("parameters", {"type": "object"})))
        first = {
            "id": f"call_{index}",
            "type": "function",
            "function": {"name": function["name"], "arguments": text[:5]},
        }
        for piece in (first, {"function": {"arguments": text[5:]}}):
            delta = {"tool_calls": [{"index": index, **piece}]}
            yield {**frame, "choices": [{"index": 0, "delta": delta}]}
    usage = {"prompt_tokens": 80, "completion_tokens": 20, "total_tokens": 100}
    yield {**frame, "choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}], "usage": usage}


def results_of(messages: Sequence[Mapping[str, Any]]) -> str:
    """The results at the end of the messages, in a sentence; "" when there are none."""
    results = []
    for message in reversed(messages):
        if message["role"] != "tool":
            break
        results.insert(0, f"{message['tool_call_id']} gave {message['content']}")
    return f"The tools say: {', '.join(results)}." if results else ""
