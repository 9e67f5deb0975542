"""What the browser gets besides Gradio's own answers: the page's scripts, the key check, news of the engine.

Knows HTTP; knows nothing about tabs.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from components.theme import ASSETS
from components.visitor import KEY_HEADER
from services.endpoint import cleaned_key
from services.errors import ServiceError
from services.playground import Services

SCRIPTS = (
    *("page.js", "keep.js", "models.js", "settings.js", "jobs.js", "shelf.js", "claims.js", "pictures.js", "chat.js"),
    *("transfer.js", "conversations.js", "tools.js", "runs.js", "inspector.js", "compare.js", "versus.js"),
    *("parameters.js", "worth.js", "qr.js", "link.js", "paper.js"),
)


def scripts() -> bytes:
    """All scripts as one, in their order: a browser asks once, not once for each."""
    return b"\n;\n".join((ASSETS / name).read_bytes() for name in SCRIPTS)


def scripts_address() -> str:
    """Where the page finds them; other scripts have another address, so that no old ones are used."""
    return f"scripts.js?{hashlib.sha256(scripts()).hexdigest()[:12]}"


def routes(services: Services) -> Sequence[Any]:
    """Our own routes; they come before Gradio's and so can close one of them."""

    whole = scripts()
    packed = gzip.compress(whole)

    async def script(request: Request) -> Response:
        headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(packed, media_type="text/javascript", headers={**headers, "Content-Encoding": "gzip"})
        return Response(whole, media_type="text/javascript", headers=headers)

    async def account(request: Request) -> Response:
        try:
            key = cleaned_key(request.headers.get(KEY_HEADER, ""))
            if not key.get_secret_value():  # else the owner's balance would be told to whoever asks
                return JSONResponse({"ok": False, "said": "Paste a key first."})
            found = await services.account.check(await services.routes.endpoint(key))
        except ServiceError as error:
            return JSONResponse({"ok": False, "said": error.sentence})
        return JSONResponse({"ok": True, "balance": found.balance_usd, "said": found.message})

    async def engine(_: Request) -> Response:
        try:
            return JSONResponse(await services.engine_news())
        except ServiceError as error:
            return JSONResponse({"fetching": "", "queue": "", "said": error.sentence})

    return [
        Route("/scripts.js", script),
        Route("/account", account, methods=["POST"]),
        Route("/engine", engine),
    ]
