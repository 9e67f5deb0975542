"""The one way out to an inference API: one pool, one deadline, one place where library errors become ours.

Knows paths, bytes and statuses; knows nothing about chat, pictures or sound.
"""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from services.endpoint import Endpoint
from services.errors import MalformedReply, NotFound, ServiceError, Unreachable
from services.limits import Limits
from services.refusals import message_of, refusal, request_id_of
from services.settings import Dialect

if TYPE_CHECKING:
    import httpx2
    from openai import AsyncOpenAI

# The SDK's own switch for an answer that is handed over unread: `with_streaming_response` sets the same header.
UNREAD = {"X-Stainless-Raw-Response": "stream"}


@dataclass(frozen=True)
class Paths:
    """One route in both published forms, each below its base URL."""

    v1: str
    seed: str

    def at(self, dialect: Dialect) -> str:
        return self.seed if dialect == "seed" else self.v1


@dataclass(frozen=True)
class Upload:
    """One file part of a multipart body."""

    part: str
    name: str
    data: bytes
    media_type: str


@dataclass(frozen=True)
class Patience:
    """Seconds we wait: for the first byte, and for everything."""

    first_byte: float
    total: float


class Reply:
    """A 2xx answer whose body is still to be read, under the deadline of its call."""

    def __init__(self, response: httpx2.Response, dialect: Dialect, clock: asyncio.Timeout, end: float, stall: float):
        self._response, self._clock, self._end, self._stall = response, clock, end, stall
        self.dialect = dialect
        self.headers: Mapping[str, str] = response.headers
        self.content_type = response.headers.get("content-type", "").split(";")[0].strip().lower()
        self.request_id = request_id_of(response.headers)

    @property
    def is_json(self) -> bool:
        return self.content_type.endswith(("/json", "+json"))

    async def packets(self) -> AsyncGenerator[bytes]:
        """Decoded bytes as they come; each one restarts the stall limit, to a hundredth of it."""
        now = asyncio.get_running_loop().time
        restarted = now()
        self._clock.reschedule(min(self._end, restarted + self._stall))
        async for packet in self._response.aiter_bytes():
            if now() - restarted > self._stall / 100:
                restarted = now()
                self._clock.reschedule(min(self._end, restarted + self._stall))
            yield packet

    async def read(self, cap: int) -> bytes:
        """The whole body. Raises MalformedReply when it is larger than `cap` bytes."""
        body = bytearray()
        async for packet in self.packets():
            body += packet
            if len(body) > cap:
                raise MalformedReply(
                    f"The API sent more than {cap // 1_000_000} MB.", remedy="Ask for less.", request_id=self.request_id
                )
        return bytes(body)

    async def json(self, cap: int) -> dict[str, Any]:
        """The body as a JSON object. Raises MalformedReply for anything else, with the upstream's words if any."""
        body = await self.read(cap)
        try:
            said = json.loads(body, parse_constant=_no_constants)
        except (ValueError, RecursionError):
            said = None
        if isinstance(said, dict):
            return said
        raise self.unexpected(body)

    def unexpected(self, body: bytes = b"") -> MalformedReply:
        """The error for a body that is not what the contract promises."""
        said = message_of(body[:4000])
        quoted = f" It says: “{said}”" if said and said.isprintable() else ""
        kind = self.content_type or "nothing that names itself"
        return MalformedReply(
            f"The API sent an unexpected reply ({kind}, {len(body)} bytes).{quoted}",
            remedy="Try again, or choose another model.",
            request_id=self.request_id,
        )


def _no_constants(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


class Transport:
    """Shared by all services and all visitors; a key is an argument of each call, in its endpoint."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._client: AsyncOpenAI | None = None
        self._seed_roots: set[str] = set()

    def dialects(self, endpoint: Endpoint) -> tuple[Dialect, ...]:
        """The forms to try, in order. What `auto` learned about a root is remembered."""
        if endpoint.dialect != "auto":
            return (endpoint.dialect,)
        return ("seed",) if endpoint.root in self._seed_roots else ("v1", "seed")

    @asynccontextmanager
    async def post(
        self,
        endpoint: Endpoint,
        paths: Paths,
        *,
        body: Mapping[str, Any],
        patience: Patience,
        upload: Upload | None = None,
    ) -> AsyncIterator[Reply]:
        """Send once and hand over the unread reply; leaving the block closes the connection.

        A 404 that doesn't name the model is tried once in the seed form under the dialect `auto`.
        Raises the ServiceError that fits; a reply is always 2xx.
        """
        first, *others = self.dialects(endpoint)
        async with self._deadline(patience) as (clock, end):
            try:
                response = await self._send(endpoint, first, paths, body, upload)
                dialect = first
            except NotFound as missing:
                if missing.names_model or not others:
                    raise
                dialect = others[0]
                response = await self._send(endpoint, dialect, paths, body, upload)
                self._seed_roots.add(endpoint.root)
            async with aclosing(response):
                with translated(endpoint):
                    yield Reply(response, dialect, clock, end, self.limits.stall)

    @asynccontextmanager
    async def get(self, endpoint: Endpoint, dialect: Dialect, path: str, patience: Patience) -> AsyncIterator[Reply]:
        """Fetch once from the endpoint, as `post` does, in a dialect that is known already."""
        async with self._deadline(patience) as (clock, end):
            response = await self._send(endpoint, dialect, Paths(path, path), None, None)
            async with aclosing(response):
                with translated(endpoint):
                    yield Reply(response, dialect, clock, end, self.limits.stall)

    async def close(self) -> None:
        if self._client:
            await self._client.close()

    @asynccontextmanager
    async def _deadline(self, patience: Patience) -> AsyncIterator[tuple[asyncio.Timeout, float]]:
        if self._client is None:
            await asyncio.to_thread(self._shared)  # seconds of imports at the first call: off the loop, off the clock
        start = asyncio.get_running_loop().time()
        end = start + patience.total
        try:
            async with asyncio.timeout_at(min(end, start + self.limits.connect + patience.first_byte)) as clock:
                yield clock, end
        except TimeoutError as late:
            raise Unreachable("The API did not answer in time.", remedy="Try again, or choose another model.") from late

    async def _send(
        self, endpoint: Endpoint, dialect: Dialect, paths: Paths, body: Mapping[str, Any] | None, upload: Upload | None
    ) -> httpx2.Response:
        import httpx2

        path, model = paths.at(dialect), str((body or {}).get("model", ""))
        key = endpoint.key.get_secret_value()
        client = self._shared().with_options(api_key=key or "none", base_url=endpoint.base(dialect))
        headers: dict[str, Any] = {**UNREAD, "Authorization": f"Bearer {key}" if key else _omit()}
        with translated(endpoint, model=model, path=path):
            if body is None:
                return await client.get(path, cast_to=httpx2.Response, options={"headers": headers})
            if upload is None:
                return await client.post(path, cast_to=httpx2.Response, body=body, options={"headers": headers})
            files = [(upload.part, (upload.name, upload.data, upload.media_type))]
            form = {**headers, "Content-Type": "multipart/form-data"}
            return await client.post(path, cast_to=httpx2.Response, body=body, files=files, options={"headers": form})

    def _shared(self) -> AsyncOpenAI:
        if self._client is None:
            from openai import AsyncOpenAI

            from services.pool import Pool

            pool = Pool(self.limits.connect)
            self._client = AsyncOpenAI(
                api_key="none", base_url="http://unset.invalid", max_retries=0, timeout=pool.timeout, http_client=pool
            )
        return self._client


def _omit() -> Any:
    from openai import Omit

    return Omit()


@contextmanager
def translated(endpoint: Endpoint, *, model: str = "", path: str = "") -> Iterator[None]:
    """Library errors become ours here and nowhere else."""
    import httpx2
    import openai

    key = endpoint.key.get_secret_value()
    try:
        yield
    except ServiceError as failure:
        failure.hide(key)
        raise
    except openai.APIStatusError as said:  # whose text is the body: no cause of ours, lest a log shows it
        reply = said.response
        who = "The embedded engine" if endpoint.embedded else "The API"
        asked: dict[str, Any] = {"model": model, "path": path, "who": who, "keyed": bool(key)}
        found = refusal(reply.status_code, reply.headers, reply.content, **asked)
        raise found.hide(key) from None
    except (openai.APIConnectionError, httpx2.HTTPError, httpx2.StreamError) as lost:
        if endpoint.embedded:
            raise Unreachable("The embedded engine stopped.", remedy="Try again: it starts anew.") from lost
        raise unreachable(endpoint.host, lost) from lost


def unreachable(host: str, lost: BaseException) -> Unreachable:
    """Four sentences for four ways not to get through: no such host, no trust, nobody there, no answer."""
    causes = list(_causes(lost))
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return Unreachable(f"There is no host named {host}.", remedy="Check the base URL and the network.")
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return Unreachable(
            f"The certificate of {host} is not trusted.",
            remedy="Check the base URL; we don't go on without a certificate.",
        )
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return Unreachable(f"Nobody listens at {host}.", remedy="Check that the server runs and the base URL is right.")
    if any("timeout" in type(cause).__name__.lower() for cause in causes):
        return Unreachable(f"{host} did not answer in time.", remedy="Try again in a moment.")
    return Unreachable(f"The connection to {host} was lost.", remedy="Try again in a moment.", detail=repr(lost))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
