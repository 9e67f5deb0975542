"""What the page asks about a run that ended: what it sent and received, and the code for it. Knows HTTP; sends nothing.

A run is told to the session that made it and to nobody else.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from components.visitor import SESSION_HEADER
from services import inspector
from services.playground import Services
from services.runs import Ended

FRESH = {"Cache-Control": "no-store"}
INLINE = 64_000  # characters of code that come along with a run


def routes(services: Services) -> Sequence[Route]:
    """`page/runs/{id}`, 204 for a run that is not (or no more) known to this session, and `page/runs/{id}/code`."""

    def asked(request: Request) -> Ended | None:
        session = request.headers.get(SESSION_HEADER, "")
        return services.gate.runs.get(session, request.path_params["id"]) if session else None

    async def run(request: Request) -> Response:
        if (found := asked(request)) is None:
            return Response(status_code=204, headers=FRESH)  # a browser would write every 404 on its console
        usual = await services.speeds.usual(found.endpoint, found.model)
        return _json(
            {**inspector.told(found), "age": found.record.age, "usual": asdict(usual) if usual else None, "code": None}
        )

    def _json(data: dict[str, Any]) -> Response:
        # Whatever a key's way into it may have been: what is told is cleaned as a log is.
        text = services.observer.redactor.clean(json.dumps(data, ensure_ascii=False))
        return Response(text.encode("utf-8", "replace"), media_type="application/json", headers=FRESH)

    return [Route("/page/runs/{id}", run)]
