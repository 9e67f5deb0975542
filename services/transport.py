"""The one way out to an inference API: one pool, one retry loop, one place where library errors become ours.

Knows paths, bytes and statuses; knows nothing about chat, pictures or sound.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from services.breaker import Breakers
from services.causes import too_late, translated, unreachable
from services.endpoint import Endpoint
from services.errors import NotFound
from services.limits import Limits
from services.reading import Reply, Until
from services.record import Part, Record
from services.retries import Budgets, Course, Manners
from services.settings import Dialect

if TYPE_CHECKING:
    import httpx2
    from openai import AsyncOpenAI, RequestOptions

__all__ = ["Paths", "Patience", "Reply", "Transport", "Upload", "unreachable"]

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
    """Seconds we wait: for the first byte, and for everything, resends included.

    `repeatable` work (a chat that nobody has seen a word of) may be sent again when the upstream broke down over it.
    """

    first_byte: float
    total: float
    repeatable: bool = False


@dataclass(frozen=True)
class _Order:
    """What is to be sent where."""

    endpoint: Endpoint
    paths: Paths
    body: Mapping[str, Any] | None
    upload: Upload | None
    dialects: tuple[Dialect, ...]
    record: Record | None

    @property
    def model(self) -> str:
        return str((self.body or {}).get("model", ""))

    async def noted(self, request: httpx2.Request) -> None:
        """Tell the connection pool where this request is to be written down."""
        if self.record is not None:
            request.extensions |= {"record": self.record, "parts": self.parts}

    @property
    def parts(self) -> tuple[Part, ...]:
        """A multipart body as it is written down."""
        if self.upload is None:
            return ()
        fields = [Part(name, len(str(value).encode()), str(value)) for name, value in (self.body or {}).items()]
        file = self.upload
        return (*fields, Part(file.part, len(file.data), None, file.name, file.media_type))


class Call:
    """One call on its way: read `waits()` to the end, then there is a `reply`."""

    def __init__(self, transport: Transport, order: _Order, patience: Patience) -> None:
        now, connect = time.monotonic(), transport.limits.connect
        self._transport, self._order, self._patience = transport, order, patience
        self._end = asyncio.get_running_loop().time() + patience.total
        self._course = Course(
            transport.manners,
            transport.budgets.of(order.endpoint.root),
            end=now + patience.total,
            connected=now + connect,
            repeatable=patience.repeatable,
            resends=transport.limits.resends,
        )
        self._response: httpx2.Response | None = None
        self._dialect = order.dialects[0]

    def waits(self) -> AsyncGenerator[str]:
        """Send, and again where that is right; each item says in words what the wait is for."""
        return self._course.run(self._sent)

    @property
    def reply(self) -> Reply:
        assert self._response, "the waits are read before the reply"
        until = Until(self._end, self._patience.first_byte, self._transport.limits.stall)
        return Reply(self._response, self._dialect, until, self._course.attempts)

    async def close(self) -> None:
        if self._response:
            await self._response.aclose()

    async def _sent(self) -> None:
        order, (first, *others) = self._order, self._order.dialects
        try:
            self._response = await self._once(first)
        except NotFound as missing:
            if missing.names_model or not others:
                raise
            self._dialect = others[0]
            self._response = await self._once(self._dialect)
            self._transport.learned(order.endpoint)

    async def _once(self, dialect: Dialect) -> httpx2.Response:
        order = self._order
        path = order.paths.at(dialect)
        with (
            self._transport.guarding(order.endpoint, order.model),
            translated(order.endpoint, model=order.model, path=path),
        ):
            try:
                async with asyncio.timeout_at(self._end):
                    return await self._transport.send(order, dialect, path, self._patience.first_byte)
            except TimeoutError as late:
                raise too_late() from late


class Transport:
    """Shared by all services and all visitors; a key is an argument of each call, in its endpoint."""

    def __init__(self, limits: Limits | None = None, manners: Manners | None = None) -> None:
        self.limits = limits or Limits()
        self.manners = manners or Manners()
        self.budgets = Budgets(self.manners)
        self._breakers = Breakers(self.manners.failures, self.manners.cooldown)
        self._client: AsyncOpenAI | None = None
        self._seed_roots: set[str] = set()

    def dialects(self, endpoint: Endpoint) -> tuple[Dialect, ...]:
        """The forms to try, in order. What `auto` learned about a root is remembered."""
        if endpoint.dialect != "auto":
            return (endpoint.dialect,)
        return ("seed",) if endpoint.root in self._seed_roots else ("v1", "seed")

    def learned(self, endpoint: Endpoint) -> None:
        """This root speaks the seed form only."""
        self._seed_roots.add(endpoint.root)

    @asynccontextmanager
    async def call(
        self,
        endpoint: Endpoint,
        paths: Paths,
        *,
        body: Mapping[str, Any] | None,
        patience: Patience,
        upload: Upload | None = None,
        dialect: Dialect | None = None,
        record: Record | None = None,
    ) -> AsyncIterator[Call]:
        """A call that its reader sends by reading its `waits()`; leaving the block closes the connection.

        A 404 that doesn't name the model is tried once in the seed form under the dialect `auto`. What is sent and
        received is written down in `record`. Raises the ServiceError that fits; a reply is always 2xx.
        """
        if self._client is None:
            await asyncio.to_thread(self._shared)  # seconds of imports at the first call: off the loop, off the clock
        dialects = (dialect,) if dialect else self.dialects(endpoint)
        call = Call(self, _Order(endpoint, paths, body, upload, dialects, record), patience)
        try:
            with translated(endpoint):
                yield call
        finally:
            await call.close()

    @asynccontextmanager
    async def post(
        self,
        endpoint: Endpoint,
        paths: Paths,
        *,
        body: Mapping[str, Any],
        patience: Patience,
        upload: Upload | None = None,
        tell: Callable[[str], None] | None = None,
        record: Record | None = None,
    ) -> AsyncIterator[Reply]:
        """Send and hand over the unread reply, as `call` does; `tell` is told what a wait of over a second is for."""
        async with self.call(endpoint, paths, body=body, patience=patience, upload=upload, record=record) as call:
            await _told(call, tell)
            yield call.reply

    @asynccontextmanager
    async def get(
        self,
        endpoint: Endpoint,
        dialect: Dialect,
        path: str,
        patience: Patience,
        tell: Callable[[str], None] | None = None,
        record: Record | None = None,
    ) -> AsyncIterator[Reply]:
        """Fetch from the endpoint, as `post` does, in a dialect that is known already."""
        how: dict[str, Any] = {"body": None, "patience": patience, "dialect": dialect, "record": record}
        async with self.call(endpoint, Paths(path, path), **how) as call:
            await _told(call, tell)
            yield call.reply

    async def close(self) -> None:
        if self._client:
            await self._client.close()

    @contextmanager
    def guarding(self, endpoint: Endpoint, model: str) -> Iterator[None]:
        """Fails at once while the endpoint is known to be down. The embedded engine is started anew, not left alone."""
        if endpoint.embedded:
            yield
            return
        with self._breakers.guarding(endpoint.root, model, endpoint.host):
            yield

    async def send(self, order: _Order, dialect: Dialect, path: str, first_byte: float) -> httpx2.Response:
        """Send once, and come back with the head of a 2xx answer. Raises what the libraries raise."""
        import httpx2
        from openai import Omit

        key = order.endpoint.key.get_secret_value()
        client = self._shared().with_options(api_key=key or "none", base_url=order.endpoint.base(dialect))
        vars(client)["_prepare_request"] = order.noted  # the SDK's own hook for a request that is made and not yet sent
        headers: dict[str, str | Omit] = {**UNREAD, "Authorization": f"Bearer {key}" if key else Omit()}
        timeout = httpx2.Timeout(connect=self.limits.connect, read=first_byte, write=self.limits.stall, pool=None)
        options: RequestOptions = {"headers": headers, "timeout": timeout}
        if order.body is None:
            return await client.get(path, cast_to=httpx2.Response, options=options)
        if order.upload is None:
            return await client.post(path, cast_to=httpx2.Response, body=order.body, options=options)
        upload = order.upload
        files = [(upload.part, (upload.name, upload.data, upload.media_type))]
        options["headers"] = {**headers, "Content-Type": "multipart/form-data"}
        return await client.post(path, cast_to=httpx2.Response, body=order.body, files=files, options=options)

    def _shared(self) -> AsyncOpenAI:
        if self._client is None:
            from openai import AsyncOpenAI

            from services.pool import Pool

            pool = Pool(self.limits.connect)
            self._client = AsyncOpenAI(
                api_key="none", base_url="http://unset.invalid", max_retries=0, timeout=pool.timeout, http_client=pool
            )
        return self._client


async def _told(call: Call, tell: Callable[[str], None] | None) -> None:
    async with aclosing(call.waits()) as waits:
        async for words in waits:
            if tell:
                tell(words)
