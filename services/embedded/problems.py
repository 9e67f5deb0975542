"""What the engine says when it can't: one exception and the API's own envelope. Knows nothing about models."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Scope

log = logging.getLogger(__name__)

_NAMES = {
    400: ("Bad Request", "BadRequestException"),
    401: ("Unauthorized", "UnauthorizedException"),
    404: ("Not Found", "NotFoundException"),
    405: ("Method Not Allowed", "MethodNotAllowedException"),
    413: ("Payload Too Large", "PayloadTooLargeException"),
    500: ("Internal Server Error", "InternalServerErrorException"),
    503: ("Service Unavailable", "ServiceUnavailableException"),
}


class Problem(Exception):
    """A refusal with its HTTP status; the message is one or two sentences for a person."""

    def __init__(self, status: int, message: str, *, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.retry_after = retry_after


def envelope(status: int, message: str, scope: Scope) -> dict[str, Any]:
    """The body of a problem+json answer, as the API itself words it (wire contract, section 7)."""
    title, name = _NAMES.get(status, _NAMES[400 if status < 500 else 500])
    return {
        "title": title,
        "status": status,
        "message": message,
        "instance": scope.get("path", ""),
        "requestId": scope.get("state", {}).get("request_id", ""),
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "error": {"name": name, "message": message},
    }


def answer(status: int, message: str, scope: Scope, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The problem as a response; the ids are headers too."""
    request_id = scope.get("state", {}).get("request_id", "")
    ids = {"x-request-id": request_id, "x-inference-id": request_id} if request_id else {}
    return JSONResponse(
        envelope(status, message, scope),
        status,
        headers={**ids, **(headers or {})},
        media_type="application/problem+json",
    )


def in_words(invalid: ValidationError) -> str:
    """Every field at fault with what is wrong with it: `Body validation error: messages.0.role: Input should be …`."""
    hints = []
    for error in invalid.errors(include_url=False, include_input=False, include_context=False)[:5]:
        place = ".".join(str(part) for part in error["loc"])
        hints.append(f"{place}: {error['msg']}" if place else error["msg"])
    return "Body validation error: " + "; ".join(hints)


async def on_problem(request: Request, problem: Exception) -> JSONResponse:
    """Any failure on the way to an answer becomes the envelope; an unknown one is logged and told without detail."""
    match problem:
        case Problem():
            after = {"retry-after": str(problem.retry_after)} if problem.retry_after else None
            return answer(problem.status, problem.message, request.scope, after)
        case ValidationError():
            return answer(400, in_words(problem), request.scope)
        case HTTPException(status_code=404):
            return answer(404, f"There is no {request.method} {request.url.path} here.", request.scope)
        case HTTPException():
            return answer(problem.status_code, problem.detail, request.scope, problem.headers)
    log.error("unexpected failure", exc_info=problem, extra={"request_id": request.state.request_id})
    return answer(500, "Something went wrong inside the embedded engine; its log says what.", request.scope)


HANDLERS = dict.fromkeys((Problem, ValidationError, HTTPException, Exception), on_problem)
