"""What the page asks about a run that ended: what it sent and received, and the code for it. Knows HTTP; sends nothing.

A run is told to the session that made it and to nobody else.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from components.visitor import SESSION_HEADER
from services import inspector, snippets
from services.playground import Services
from services.runs import Ended

FRESH = {"Cache-Control": "no-store"}
INLINE = 64_000  # bytes of a request up to which its code comes along with the run


def routes(services: Services) -> Sequence[Route]:
    """`page/runs/{id}`, 204 for a run that is not (or no more) known to this session, and `page/runs/{id}/code`."""

    def asked(request: Request) -> Ended | None:
        session = request.headers.get(SESSION_HEADER, "")
        return services.gate.runs.get(session, request.path_params["id"]) if session else None

    async def run(request: Request) -> Response:
        if (found := asked(request)) is None:
            return _nothing()
        usual = await services.speeds.usual(found.endpoint, found.model)
        return _json(await asyncio.to_thread(told, found, asdict(usual) if usual else None))

    async def code(request: Request) -> Response:
        if (found := asked(request)) is None:
            return _nothing()
        return _json(await asyncio.to_thread(written, found))

    def told(found: Ended, usual: dict[str, Any] | None) -> str:
        facts = {**inspector.told(found), "age": found.record.age, "usual": usual}
        small = max(exchange.size for exchange in found.record.exchanges) < INLINE
        # Whatever a key's way into it may have been: what is told is cleaned as a log is.
        return f'{redactor.clean(_text(facts))[:-1]}, "code": {written(found) if small else "null"}}}'

    def written(found: Ended) -> str:
        code = snippets.code(found)
        return redactor.blotted(_text(asdict(code) if code else None))

    redactor = services.observer.redactor
    return [Route("/page/runs/{id}", run), Route("/page/runs/{id}/code", code)]


def _text(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False)


def _json(text: str) -> Response:
    return Response(text.encode("utf-8", "replace"), media_type="application/json", headers=FRESH)


def _nothing() -> Response:
    return Response(status_code=204, headers=FRESH)  # a browser would write every 404 on its console
