"""What machines ask about the playground: is it alive, is it ready, how does it do. Knows HTTP; asks no upstream.

`/metrics` is for whoever has the token; without one it is for this machine alone, and for nobody on a public host.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from services import logs
from services.errors import ServiceError
from services.metrics import CONTENT_TYPE
from services.playground import Services
from services.settings import Settings

HERE = ("127.0.0.1", "::1")
NAMES_OF_HERE = (*HERE, "localhost")
FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
FRESH = {"Cache-Control": "no-store"}


def routes(services: Services, settings: Settings) -> Sequence[Route]:
    """`/health/live`, `/health/ready`, `/metrics`."""

    async def live(_: Request) -> Response:
        return JSONResponse({"status": "alive"}, headers=FRESH)

    async def ready(_: Request) -> Response:
        if settings.names_an_api or services.engine.running:
            return JSONResponse({"status": "ready"}, headers=FRESH)
        await asyncio.to_thread(services.engine.start)  # else nobody would: who is not ready is not asked anything
        return JSONResponse({"status": "the embedded engine starts"}, 503, headers=FRESH)

    async def metrics(request: Request) -> Response:
        if not may_read(request, settings.metrics_token.get_secret_value()):
            return PlainTextResponse("Not found", 404)
        try:
            services.observer.metrics.budget(await services.gate.left_today())
        except ServiceError as unread:  # the other figures can be told all the same
            logs.log.warning("the budget can't be read", reason=unread.detail)
        figures = await asyncio.to_thread(services.observer.metrics.exposed)
        return Response(figures, media_type=CONTENT_TYPE, headers=FRESH)

    return [Route("/health/live", live), Route("/health/ready", ready), Route("/metrics", metrics)]


def may_read(request: Request, token: str) -> bool:
    """Whether these figures are for whoever asks."""
    if token:
        said = request.headers.get("authorization", "")
        return secrets.compare_digest(said.encode(), f"Bearer {token}".encode())
    here = request.client is not None and request.client.host in HERE
    # Behind a proxy everybody comes from this machine; a page elsewhere may have its own name point at it.
    return here and request.url.hostname in NAMES_OF_HERE and not any(name in request.headers for name in FORWARDED)
