"""The connections that all calls share. Knows what may leave and how much of a refusal is read; knows no calls."""

from __future__ import annotations

from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx2

REFUSAL_BYTES = 64_000
# The openai client adds headers of its own accord, some of them from variables such as OPENAI_ORG_ID and
# OPENAI_CUSTOM_HEADERS: whoever runs the playground did not mean those for this API.
HEADERS = (
    "accept",
    "accept-encoding",
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "host",
    "transfer-encoding",
    "user-agent",
)


class Pool(httpx2.AsyncClient):
    """No proxy and no login from the environment, no redirects, no cookies from one visitor to the next."""

    def __init__(self, connect: float) -> None:
        super().__init__(
            timeout=httpx2.Timeout(None, connect=connect),
            trust_env=False,
            follow_redirects=False,
            limits=httpx2.Limits(max_connections=None),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        )

    async def send(self, request: httpx2.Request, **how: Any) -> httpx2.Response:
        """Send; what is outside 2xx comes back whole and cut short, since the openai client would read all of it."""
        for name in [name for name in request.headers if name not in HEADERS]:
            del request.headers[name]
        response = await super().send(request, **how)
        return response if response.is_success else await _cut(response)


async def _cut(response: httpx2.Response) -> httpx2.Response:
    body = bytearray()
    try:
        async for packet in response.aiter_bytes():
            body += packet
            if len(body) >= REFUSAL_BYTES:
                break
    finally:
        await response.aclose()
    plain = {name: value for name, value in response.headers.items() if not name.startswith(("content-", "transfer-"))}
    return httpx2.Response(
        response.status_code,
        headers=plain | {"content-type": response.headers.get("content-type", "")},
        content=bytes(body[:REFUSAL_BYTES]),
        request=response.request,
    )
