"""What the browser gets besides Gradio's own answers: security headers, the page's script, the key check.

Knows HTTP; knows nothing about tabs.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Sequence
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from components.theme import ASSETS
from components.visitor import KEY_HEADER
from services.endpoint import cleaned_key
from services.errors import ServiceError
from services.playground import Services

log = logging.getLogger("playground")

# 'unsafe-eval': Gradio builds a function from every event's `js=` and is dead without it. blob: is the audio player's.
POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' data: blob:; connect-src 'self' blob:; font-src 'self' data:; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'none'; "
    "frame-ancestors 'self' https://huggingface.co https://*.hf.space"
)
_SCRIPT = re.compile(rb"<script(?=[\s>])")


class Guard:
    """Puts the policy on every answer, a fresh nonce into every page, and plain words into what nobody caught.

    Plain ASGI, so that streams are not held back.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        guarded = _Guarded(send)
        try:
            await self.app(scope, receive, guarded)
        except Exception:
            log.exception("unhandled in %s", scope["path"])
            if guarded.started:
                raise
            await PlainTextResponse("Something went wrong on our side. Try again.", 500)(scope, receive, guarded)


class _Guarded:
    """One answer on its way out; an HTML page is held until it is whole, everything else passes as it comes."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._nonce = secrets.token_urlsafe(16)
        self._page: Message | None = None
        self._body = b""
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            headers = MutableHeaders(scope=message)
            headers["Content-Security-Policy"] = POLICY.format(nonce=self._nonce)
            headers["X-Content-Type-Options"] = "nosniff"
            headers["Referrer-Policy"] = "no-referrer"
            if headers.get("content-type", "").startswith("text/html"):
                self._page = message
                return
        if self._page is None:
            await self._send(message)
            return
        self._body += message.get("body", b"")
        if not message.get("more_body"):
            body = _SCRIPT.sub(b'<script nonce="' + self._nonce.encode() + b'"', self._body)
            MutableHeaders(scope=self._page)["content-length"] = str(len(body))
            await self._send(self._page)
            await self._send({"type": "http.response.body", "body": body})


def middleware() -> Sequence[Middleware]:
    return [Middleware(Guard)]


def routes(services: Services) -> Sequence[Any]:
    """Our own routes; they come before Gradio's and so can close one of them."""

    async def script(_: Request) -> Response:
        return FileResponse(ASSETS / "page.js", media_type="text/javascript", headers={"Cache-Control": "no-cache"})

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

    async def closed(_: Request) -> Response:
        return PlainTextResponse("Not found", 404)

    return [
        Route("/page.js", script),
        Route("/account", account, methods=["POST"]),
        Route("/engine", engine),
        # Gradio's deep links write the values of components to the server's disk, even unasked.
        Route("/gradio_api/deep_link", closed, methods=["GET", "POST"]),
    ]
