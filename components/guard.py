"""Stands before every route: what may be asked at all, and what every answer carries. Knows HTTP; knows no tabs.

Plain ASGI, so that streams are not held back.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from gradio.route_utils import CustomCORSMiddleware
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from components.visitor import KEY_HEADER
from services import logs
from services.redaction import Redactor

# 'unsafe-eval': Gradio builds a function from every event's `js=` and is dead without it. blob: is the audio player's.
POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' data: blob:; connect-src 'self' blob:; font-src 'self' data:; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'none'; "
    "frame-ancestors 'self' https://huggingface.co https://*.hf.space"
)
_SCRIPT = re.compile(rb"<script(?=[\s>])")

# What of Gradio's own routes the page, its clients and MCP need. The rest (editing the app in the browser, recording
# the screen, deep links that write components to the disk, a proxy, a reload for developers ...) is closed.
GRADIO = "/gradio_api/"
OPEN = {
    *("app_id", "call", "cancel", "file", "heartbeat", "info", "mcp", "queue", "reset", "run", "startup-events"),
    *("theme.css", "upload", "upload_progress"),
}
CLOSED = re.compile(r"/(login|logout|monitoring|docs|redoc|openapi\.json|runs(?!\.js$)|deep_link|proxy=|file[=/])")
# Gradio would fetch any public address for whoever names it here, and hand it out as ours.
ADDRESS = re.compile(r"\s*[a-z][a-z0-9+.-]+:", re.IGNORECASE)
READING = ("GET", "HEAD", "OPTIONS")


class Guard:
    """Refuses what nobody needs; puts the policy on every answer, a fresh nonce into every page, and plain words into
    what nobody caught."""

    def __init__(self, app: ASGIApp, redactor: Redactor) -> None:
        self.app, self._redactor = app, redactor

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        guarded, headers = _Guarded(send), Headers(scope=scope)
        if is_closed(scope["path"]):
            await PlainTextResponse("Not found", 404)(scope, receive, guarded)
        elif scope["method"] not in READING and is_of_another_site(headers):
            await PlainTextResponse("The page of another site may not do this.", 403)(scope, receive, guarded)
        else:
            with self._redactor.knowing(SecretStr(headers.get(KEY_HEADER, "")[:600])):
                await self._answer(scope, receive, guarded)

    async def _answer(self, scope: Scope, receive: Receive, guarded: _Guarded) -> None:
        try:
            await self.app(scope, receive, guarded)
        except Exception as error:
            if logs.tell_once(error):
                logs.log.error("unexpected", route=scope["path"].partition("=")[0][:60], exc_info=error)
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
            del headers[KEY_HEADER]  # where a range of a file is asked for, Gradio answers with the request's headers
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


def is_closed(path: str) -> bool:
    """Whether nobody needs this path here."""
    if not path.startswith(GRADIO):
        return bool(CLOSED.match(path))
    name, _, rest = path.removeprefix(GRADIO).partition("=")
    return name.split("/")[0] not in OPEN or (name == "file" and bool(ADDRESS.match(rest)))


def is_of_another_site(headers: Headers) -> bool:
    """Whether a browser sends this on behalf of another site's page; programs say nothing of the kind.

    By the browser's own word, and where it gives none (plain HTTP on a network) by the origin it names.
    """
    site = headers.get("sec-fetch-site")
    if site:
        return site not in ("same-origin", "none")
    origin = urlsplit(headers.get("origin", "")).netloc
    return "origin" in headers and origin not in (headers.get("host"), headers.get("x-forwarded-host"))


def middleware(redactor: Redactor) -> Sequence[Middleware]:
    return [Middleware(Guard, redactor=redactor)]


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """Takes out the middleware by which Gradio lets the pages of all sites read our answers, cookies and all."""
    app.user_middleware = [it for it in app.user_middleware if _kind(it) is not CustomCORSMiddleware]
    app.middleware_stack = app.build_middleware_stack()
    yield


def _kind(entry: Middleware) -> Any:
    return entry.cls
