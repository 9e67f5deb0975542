"""The one door to `requests`: guarded media, and JSON beside the inference calls. Knows nothing about what comes."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar
from urllib.parse import SplitResult, urljoin, urlsplit

from pydantic import SecretStr

from services.addresses import not_allowed, parsed, same_origin
from services.errors import InvalidInput, MalformedReply, Refused, ServiceError, Unavailable, Unreachable
from services.limits import Limits
from services.record import Exchange, Record
from services.refusals import refusal
from services.transport import unreachable

ATTEMPTS = 3  # media hosts were seen to drop TLS now and then (contract, section 3.3)
PAUSE = 0.3
REDIRECTS = frozenset({301, 302, 303, 307, 308})
THREADS = 64  # they wait for the network, each for one file

T = TypeVar("T")


@dataclass(frozen=True)
class FetchedJson:
    """A 2xx answer's JSON, or `data` None for 304: what the `etag` belongs to has not changed."""

    status: int
    data: Any
    etag: str
    headers: Mapping[str, str]


class _ForGood(Unreachable):
    """Trying again would not help."""


class Fetcher:
    """Stateless but for its limits and its threads.

    The threads are its own: a name server or a host that takes its time must not use up those that decode and save.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="fetch")

    async def media(
        self, url: str, *, trusted_origin: str = "", cap: int, seconds: float = 60, record: Record | None = None
    ) -> bytes:
        """The bytes behind a URL that a reply or a person named, without any key.

        https and public addresses only, save at `trusted_origin` (the endpoint that was asked itself); every redirect
        is checked again. `cap` counts decoded bytes, `seconds` is for everything. Raises InvalidInput for an address
        that is not allowed, Unreachable, Unavailable or Refused by status, MalformedReply for what is too large.
        Every request is written down in `record`.
        """
        end = time.monotonic() + seconds
        for attempt in range(ATTEMPTS):
            try:
                return await self._followed(url, trusted_origin, cap, end, record)
            except (Unreachable, Unavailable) as failed:
                if isinstance(failed, _ForGood) or attempt == ATTEMPTS - 1 or time.monotonic() + PAUSE > end:
                    raise
                await asyncio.sleep(PAUSE)
        raise AssertionError("the last attempt returns or raises")

    async def linked(self, url: str, *, trusted_origin: str, cap: int, record: Record | None = None) -> bytes:
        """What a reply links to: as `media`, but an address that is not allowed is the reply's fault.

        Raises MalformedReply for such an address, else what `media` raises.
        """
        try:
            return await self.media(url, trusted_origin=trusted_origin, cap=cap, record=record)
        except InvalidInput as refused:
            raise MalformedReply(
                f"The API put the result where we don't fetch from. {refused.message}",
                remedy="Try again, or choose another model.",
            ) from refused

    async def json(
        self,
        url: str,
        *,
        key: SecretStr | None = None,
        etag: str = "",
        cap: int,
        timeout: float = 10,  # noqa: ASYNC109
    ) -> FetchedJson:
        """JSON from the configured base, with the key if one is given; redirects are not followed.

        Raises the ServiceErrors of the transport.
        """
        headers = {"Accept": "application/json"}
        if key and key.get_secret_value():
            headers["Authorization"] = f"Bearer {key.get_secret_value()}"
        if etag:
            headers["If-None-Match"] = etag
        parts = urlsplit(url)
        answer = await self._get(url, parts, guarded=False, headers=headers, cap=cap, seconds=timeout)
        tag = answer.headers.get("etag", "")
        if answer.status == 304:
            return FetchedJson(304, None, tag or etag, answer.headers)
        if not 200 <= answer.status < 300:
            raise refusal(answer.status, answer.headers, answer.body, model="", path=parts.path)
        try:
            data = None if answer.too_large else json.loads(answer.body)
        except (ValueError, RecursionError):
            data = None
        if data is None:
            raise MalformedReply(
                f"{_host(parts)} sent something at {parts.path} that is not the JSON we asked for.",
                remedy="Check the base URL, or try again later.",
            )
        return FetchedJson(answer.status, data, tag, answer.headers)

    async def check_public(self, url: str) -> str:
        """A URL that someone else is to fetch: http or https, a name, and every address of it public.

        Gives the URL without surrounding spaces. Raises InvalidInput, or Unreachable for a name without an address.
        """
        parts = parsed(url, ("https", "http"))
        host = parts.hostname or ""
        try:
            async with asyncio.timeout(self.limits.connect):
                found = await self._aside(partial(socket.getaddrinfo, host, None, 0, socket.SOCK_STREAM))
        except TimeoutError as late:
            raise _too_late(url) from late
        except OSError as missing:
            raise Unreachable(f"There is no host named {host}.", remedy="Check the address.") from missing
        from services.pinned import is_public

        if not is_public([str(address[4][0]) for address in found]):
            raise _not_public(host)
        return parts.geturl()

    async def _followed(self, url: str, trusted_origin: str, cap: int, end: float, record: Record | None) -> bytes:
        for _ in range(self.limits.redirects + 1):
            parts = parsed(url, ("https", "http") if trusted_origin else ("https",))
            if not same_origin(parts, trusted_origin):
                trusted_origin = ""  # for good: a stranger does not lead us back to a server inside
            guarded = not trusted_origin
            if guarded and (parts.scheme != "https" or parts.port not in (None, 443)):
                raise not_allowed("uses something other than https at its usual port")
            headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
            left = end - time.monotonic()
            with _written(record, parts.geturl(), headers) as exchange:
                answer = await self._get(parts.geturl(), parts, guarded=guarded, headers=headers, cap=cap, seconds=left)
                if exchange:
                    exchange.answered(answer.status, answer.headers)
                    exchange.fetched(answer.body)
            if answer.status in REDIRECTS and answer.headers.get("location"):
                url = urljoin(parts.geturl(), answer.headers["location"])
                continue
            return _whole(answer, parts, cap)
        raise not_allowed("leads from one place to the next too often")

    async def _get(
        self, url: str, parts: SplitResult, *, guarded: bool, headers: Mapping[str, str], cap: int, seconds: float
    ) -> Any:
        """One hop in a thread; library errors become ours here. Who stops waiting ends the connection."""
        from services import pinned

        leash = pinned.Leash(seconds)
        try:
            async with asyncio.timeout(seconds):  # a resolver that hangs is on no leash
                how: dict[str, Any] = {
                    "cap": cap,
                    "leash": leash,
                    "connect": self.limits.connect,
                    "stall": self.limits.stall,
                }
                return await self._aside(partial(pinned.get, url, guarded=guarded, headers=headers, **how))
        except asyncio.CancelledError:
            leash.cut()
            raise
        except TimeoutError as late:
            leash.cut()
            raise _too_late(url) from late
        except pinned.Late as late:
            raise _too_late(url) from late
        except pinned.NotPublic as refused:
            raise _not_public(parts.hostname or "") from refused
        except pinned.Untrusted as unknown:
            raise _ForGood(
                f"The certificate of {_host(parts)} is not trusted.",
                remedy="Check the address; we don't go on without a certificate.",
            ) from unknown
        except (OSError, ValueError, pinned.HTTPError) as lost:
            raise unreachable(_host(parts), lost) from lost

    async def _aside(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


@contextmanager
def _written(record: Record | None, url: str, headers: Mapping[str, str]) -> Iterator[Exchange | None]:
    exchange = record.sending("GET", url, headers) if record else None
    try:
        yield exchange
    finally:
        if exchange:
            exchange.end()


def _whole(answer: Any, parts: SplitResult, cap: int) -> bytes:
    host = parts.hostname or ""
    if answer.too_large:
        raise MalformedReply(f"The file at {host} is larger than {cap / 1e6:.0f} MB.", remedy="Choose a smaller one.")
    if answer.status >= 500:
        raise Unavailable(f"{host} has trouble right now ({answer.status}).", remedy="Try again in a moment.")
    if not 200 <= answer.status < 300:
        raise Refused(
            f"{host} did not hand over the file ({answer.status}).",
            remedy="Check the address, or try again: such links expire.",
            status=answer.status,
        )
    return bytes(answer.body)


def _host(parts: SplitResult) -> str:
    """Host and port, without the name and password that a configured base may carry."""
    return parts.netloc.rpartition("@")[2]


def _not_public(host: str) -> InvalidInput:
    return InvalidInput(f"This address is not allowed: {host} is not public.", remedy="Use a public https address.")


def _too_late(url: str) -> ServiceError:
    return _ForGood(f"{_host(urlsplit(url))} did not answer in time.", remedy="Try again in a moment.")
