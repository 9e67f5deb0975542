"""Brings what a caller sends to the kinds that a signature names. Knows signatures; knows nothing about endpoints."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, get_type_hints

from pydantic import ConfigDict, TypeAdapter, ValidationError

from services.errors import InvalidInput

FINITE = ConfigDict(allow_inf_nan=False)


def fitted(call: Callable[..., Any], values: Sequence[Any]) -> list[Any]:
    """The values by position, each of its parameter's kind; null is the parameter's default.

    What Gradio adds by itself (the request) stays as it is. Raises InvalidInput that names the first that does not fit.
    """
    hints = get_type_hints(call)
    parameters = inspect.signature(call).parameters.values()
    return [
        value if parameter.name == "request" else _fit(parameter, hints[parameter.name], value)
        for parameter, value in zip(parameters, values, strict=False)
    ]


def _fit(parameter: inspect.Parameter, kind: Any, value: Any) -> Any:
    if value is None and parameter.default is not parameter.empty:
        return parameter.default
    try:
        return TypeAdapter(kind, config=FINITE).validate_python(value)
    except ValidationError as wrong:
        expected = wrong.errors()[0]["msg"].removeprefix("Input should be ").split(", ")[0]
        raise InvalidInput(f"“{parameter.name}” is not of the right kind.", remedy=f"Send {expected}.") from wrong
