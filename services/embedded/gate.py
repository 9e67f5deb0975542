"""Stands before every route: ids, the key, and how large a body may be. Knows nothing about what the routes do."""

from __future__ import annotations

import hmac
import re
from secrets import token_hex

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.embedded.problems import Problem, answer
from services.embedded.settings import EngineSettings

# The catalogue needs no key (wire contract, section 6); a media URL is its own secret, as on a content network.
_OPEN = re.compile(r"^(/v1)?/models(/|$)|^/media/")
_CLIENT_ID = re.compile(r"^[A-Za-z0-9._:-]{1,128}$")


class Gate:
    """ASGI middleware; refuses in the API's own envelope."""

    def __init__(self, app: ASGIApp, settings: EngineSettings) -> None:
        self.app = app
        self.settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = scope.setdefault("state", {})["request_id"] = token_hex(12)
        client_id = headers.get("x-client-request-id", "")

        async def identified(message: Message) -> None:
            if message["type"] == "http.response.start":
                outgoing = MutableHeaders(scope=message)
                outgoing.setdefault("x-request-id", request_id)
                outgoing.setdefault("x-inference-id", request_id)
                outgoing.setdefault("x-aimlapi-credits-used", "0")
                outgoing.setdefault("x-aimlapi-usd-spent", "0")
                if _CLIENT_ID.match(client_id):
                    outgoing["x-client-request-id"] = client_id
            await send(message)

        try:
            self._admit(scope, headers)
        except Problem as problem:
            await answer(problem.status, problem.message, scope)(scope, receive, identified)
            return
        await self.app(scope, self._measured(headers, receive), identified)

    def _admit(self, scope: Scope, headers: Headers) -> None:
        given = headers.get("authorization", "").removeprefix("Bearer ").encode()
        known = hmac.compare_digest(given, self.settings.key.encode())
        if self.settings.key and not known and not _OPEN.match(scope["path"]):
            raise Problem(401, "This engine requires a valid API key: the one it was started with.")
        length = headers.get("content-length", "0")
        if length.isdigit() and int(length) > self._limit(headers):
            raise self._too_large(headers)

    def _measured(self, headers: Headers, receive: Receive) -> Receive:
        """The same stream, ended with a 413 when more comes than is allowed, whatever its header said."""
        received = 0

        async def measure() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._limit(headers):
                raise self._too_large(headers)
            return message

        return measure

    def _limit(self, headers: Headers) -> int:
        if headers.get("content-type", "").startswith("multipart/"):
            return self.settings.audio_limit + 100_000  # the form around the file
        return self.settings.json_limit

    def _too_large(self, headers: Headers) -> Problem:
        multipart = headers.get("content-type", "").startswith("multipart/")
        limit = self.settings.audio_limit if multipart else self.settings.json_limit
        kind = "recording" if multipart else "JSON body"
        return Problem(413, f"The {kind} is larger than the {limit // 1_000_000} MB that this engine accepts.")
