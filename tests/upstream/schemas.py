"""Documents as a catalogue row's `info.docsJson` links to them: OpenAPI of one operation. Knows no model."""

from __future__ import annotations

from typing import Any

PICTURES = "/v1/images/generations"


def operation(properties: Any = None, path: str = PICTURES, **schema: Any) -> dict[str, Any]:
    """A document whose one body has these properties, or is this schema."""
    schema = {"type": "object", "properties": properties} if properties is not None else schema
    body = {"content": {"application/json": {"schema": schema}}}
    return {"openapi": "3.0.0", "paths": {path: {"post": {"requestBody": body}}}}
