"""A reply on its way in: read under the limits of its call. Knows bytes and their type; knows nothing about calls."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, NamedTuple

from services.causes import too_late
from services.errors import MalformedReply
from services.refusals import message_of, request_id_of
from services.run import Attempt
from services.settings import Dialect

if TYPE_CHECKING:
    import httpx2

    from services.record import Exchange


class Until(NamedTuple):
    """The limits of a reading: until when on the loop's clock, seconds to the first packet and between two."""

    end: float
    first_byte: float
    stall: float


class Reply:
    """A 2xx answer whose body is still to be read, under the limits of its call; `attempts` led to it."""

    def __init__(
        self, response: httpx2.Response, dialect: Dialect, limits: Until, attempts: tuple[Attempt, ...] = ()
    ) -> None:
        self._response, self._until = response, limits
        self._exchange: Exchange | None = response.request.extensions.get("exchange")
        self.dialect = dialect
        self.attempts = attempts
        self.headers: Mapping[str, str] = response.headers
        self.content_type = response.headers.get("content-type", "").split(";")[0].strip().lower()
        self.request_id = request_id_of(response.headers)

    @property
    def is_json(self) -> bool:
        return self.content_type.endswith(("/json", "+json"))

    async def packets(self) -> AsyncGenerator[bytes]:
        """Unpacked bytes as they come. Raises Unreachable when a limit passes: first byte, stall or total."""
        from services.pool import unpacked

        now, exchange = asyncio.get_running_loop().time, self._exchange
        patience = self._until.first_byte
        try:
            async with aclosing(unpacked(self._response)) as packets:
                while True:
                    try:
                        # Around each packet, never around a yield: what our reader does is not on the upstream's clock.
                        async with asyncio.timeout_at(min(self._until.end, now() + patience)):
                            packet = await anext(packets)
                    except TimeoutError as late:
                        raise too_late() from late
                    except StopAsyncIteration:
                        return
                    patience = self._until.stall
                    if exchange:
                        exchange.take(packet)
                    yield packet
        finally:
            if exchange:
                exchange.end()

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
            if self._exchange:
                self._exchange.took(said)
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
