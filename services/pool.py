"""The connections that all calls share. Knows what may leave and how bodies are unpacked; knows no calls."""

from __future__ import annotations

import zlib
from collections.abc import AsyncGenerator
from contextlib import aclosing
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx2

from services.errors import MalformedReply
from services.record import Exchange, Record

REFUSAL_BYTES = 64_000
SHORTEST_KEY = 6  # what is shorter may be in a header by chance
PIECE = 256_000  # bytes that one packet may be unpacked to at a time
GZIP_OR_ZLIB = 47
FRAMING = (b"content-", b"transfer-")
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
    """No proxy and no login (netrc) from the environment, no redirects, no cookies from one visitor to the next.

    A redirect would send the prompt and perhaps the key to where nobody chose; a proxy is a conscious choice that a
    variable of the machine is not, and a base URL that leads through one can be set instead. Replies are asked for
    unpacked: a packed stream waits in the packer's buffer, and a small packed body can grow to any size.
    """

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
        request.headers["accept-encoding"] = "identity"
        exchange = recorded(request)
        try:
            response = await super().send(request, **how)
        except BaseException:
            if exchange:
                exchange.end()
            raise
        _without_key(response, request.headers.get("authorization", "").removeprefix("Bearer ").strip())
        if exchange:
            exchange.answered(response.status_code, response.headers)
        return response if response.is_success else await _cut(response, exchange)


def recorded(request: httpx2.Request) -> Exchange | None:
    """Where this request is written down as it leaves; None where nobody keeps a record."""
    record: Record | None = request.extensions.pop("record", None)
    if record is None:
        return None
    parts = request.extensions.pop("parts", ())
    body = None if parts or request.method == "GET" else request.content
    exchange = record.sending(request.method, str(request.url), request.headers, body, parts)
    request.extensions |= {"exchange": exchange, "trace": exchange.traced}
    return exchange


def _without_key(response: httpx2.Response, key: str) -> None:
    """Drop the headers in which an upstream echoes the key, such as an id that is shown to a person."""
    if len(key) < SHORTEST_KEY:
        return
    for name in [name for name, said in response.headers.items() if key in said]:
        del response.headers[name]


async def unpacked(response: httpx2.Response) -> AsyncGenerator[bytes]:
    """The body as it comes; what was packed all the same, in pieces of 256 kB at most, however much it grows.

    Raises MalformedReply for a packing that nobody asked for, is damaged or was cut.
    """
    packing = response.headers.get("content-encoding", "").strip().lower()
    async with aclosing(response.aiter_raw()) as packets:
        if packing in ("", "identity"):
            async for packet in packets:
                yield packet
            return
        if packing not in ("gzip", "x-gzip", "deflate"):
            raise _packed("in a way that was not asked for")
        inflater = zlib.decompressobj(GZIP_OR_ZLIB)
        async for packet in packets:
            rest = packet
            while not inflater.eof:
                try:
                    piece = inflater.decompress(rest, PIECE)
                except zlib.error as broken:
                    raise _packed("and can't be unpacked") from broken
                if not piece:
                    break
                yield piece
                rest = inflater.unconsumed_tail
            if inflater.eof:  # what follows the end is not kept, let alone read
                return
        raise _packed("and was cut off")


def _packed(how: str) -> MalformedReply:
    return MalformedReply(
        f"The API sent a reply that is packed {how}.", remedy="Try again, or check the base URL.", detail=how
    )


async def _cut(response: httpx2.Response, exchange: Exchange | None) -> httpx2.Response:
    body = bytearray()
    try:
        async with aclosing(unpacked(response)) as pieces:
            async for piece in pieces:
                body += piece
                if exchange:
                    exchange.take(piece)
                if len(body) >= REFUSAL_BYTES:
                    break
    except MalformedReply:
        body.clear()  # the status says enough
    finally:
        if exchange:
            exchange.end()
        await response.aclose()
    # As raw bytes, which need not be text; and without the charset, by which the openai client would decode the body.
    plain = [(name, said) for name, said in response.headers.raw if not name.lower().startswith(FRAMING)]
    kind = response.headers.get("content-type", "").partition(";")[0]
    return httpx2.Response(
        response.status_code,
        headers=[*plain, (b"content-type", kind.encode("latin-1", "replace"))],
        content=bytes(body[:REFUSAL_BYTES]),
        request=response.request,
    )
