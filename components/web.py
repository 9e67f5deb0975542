"""What the browser gets besides Gradio's own answers: the page's scripts, the key check, news of the engine.

Knows HTTP; knows nothing about tabs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
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


def routes(services: Services) -> Sequence[Any]:
    """Our own routes; they come before Gradio's and so can close one of them."""

    async def script(request: Request) -> Response:
        path = ASSETS / request.url.path.rsplit("/", 1)[-1]
        return FileResponse(path, media_type="text/javascript", headers={"Cache-Control": "no-cache"})

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
        *(Route(f"/{name}", script) for name in SCRIPTS),
        Route("/account", account, methods=["POST"]),
        Route("/engine", engine),
    ]
