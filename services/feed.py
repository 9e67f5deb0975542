"""A public document of an API's root, read in the background and kept. Knows when to ask again, not what it says."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from services import logs
from services.endpoint import Endpoint
from services.errors import NotFound, ServiceError, Unauthorized

if TYPE_CHECKING:
    from services.fetch import FetchedJson, Fetcher

FETCH = 10.0  # what the request itself may take; it goes on while the page shows what is known
PAUSE_AFTER_FAILURE = 30.0

T = TypeVar("T")


@dataclass
class _Known(Generic[T]):
    """What is known about one root."""

    paths: tuple[str, ...]
    said: T | None = None
    etag: str = ""
    ask_again: float = 0
    asking: asyncio.Task[None] | None = None


class Feed(Generic[T]):
    """Kept by root and never by key: what these documents say is the same for all.

    `read` makes something of the JSON, in a thread, and raises a ServiceError for what can't be read. `ttl` and
    `missing` are seconds: until it is asked again, and until a root that has no such document is.
    """

    def __init__(
        self,
        fetcher: Fetcher,
        *paths: str,
        read: Callable[[Any, Endpoint], T],
        ttl: float,
        missing: float = PAUSE_AFTER_FAILURE,
        with_key: bool = False,
    ) -> None:
        self._fetcher, self._paths, self._read = fetcher, paths, read
        self._ttl, self._missing, self._with_key = ttl, missing, with_key
        self._known: defaultdict[str, _Known[T]] = defaultdict(lambda: _Known(self._paths))

    async def of(self, endpoint: Endpoint, patience: float = 0) -> T | None:
        """The last that could be read, None before there is any. Never raises.

        Where it is time to ask again, that is waited for no longer than `patience` seconds.
        """
        known = self._known[endpoint.root]
        if time.monotonic() >= known.ask_again:
            if known.asking is None or known.asking.done():
                known.asking = asyncio.create_task(self._refresh(endpoint, known))
            if patience:
                await asyncio.wait({known.asking}, timeout=patience)
        return known.said

    async def _refresh(self, endpoint: Endpoint, known: _Known[T]) -> None:
        pause = PAUSE_AFTER_FAILURE
        try:
            fetched = await self._fetch(endpoint, known)
            if fetched.data is not None:
                known.said = await asyncio.to_thread(self._read, fetched.data, endpoint)
                known.etag = fetched.etag
            pause = self._ttl
        except ServiceError as failure:
            logs.log.warning(
                "catalogue",
                endpoint=endpoint.name,
                path=known.paths[-1].partition("?")[0],
                outcome=type(failure).__name__,
                status=failure.status,
            )
            if isinstance(failure, Unauthorized) and self._with_key:
                return  # a matter of this key, not of the next one's
            pause = self._missing if isinstance(failure, NotFound) else pause
        known.ask_again = time.monotonic() + pause

    async def _fetch(self, endpoint: Endpoint, known: _Known[T]) -> FetchedJson:
        key = endpoint.key if self._with_key and not endpoint.is_aimlapi else None
        for path in known.paths:
            try:
                fetched = await self._fetcher.json(
                    f"{endpoint.root}{path}",
                    key=key,
                    etag=known.etag,
                    cap=self._fetcher.limits.catalog_bytes,
                    timeout=FETCH,
                )
            except NotFound:
                if path == known.paths[-1]:
                    raise
            else:
                known.paths = (path,)
                return fetched
        raise AssertionError("the last path returns or raises")
