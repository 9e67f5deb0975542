"""The models an endpoint offers, by task, cached by its root. Knows when to ask again; knows nothing about rows."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services import logs
from services.endpoint import Endpoint
from services.errors import MalformedReply, NotFound, ServiceError, Unauthorized
from services.pricing import Price, estimated
from services.rows import TASKS, Listing, Model, Task, bundled, parsed, preferred
from services.run import Cost, Usage

if TYPE_CHECKING:
    from services.fetch import FetchedJson, Fetcher

__all__ = ["Catalog", "Model", "Price", "Task", "estimate"]

PATIENCE = 2.0  # what a page start waits for a catalogue that does not answer
FETCH = 10.0  # what the request itself may take; it goes on while the page shows what is known
PAUSE_AFTER_FAILURE = 30.0
PATHS = ("/v1/models", "/models")


@dataclass
class _Known:
    """What is known about one root."""

    listing: Listing | None = None
    etag: str = ""
    paths: tuple[str, ...] = PATHS
    ask_again: float = 0
    asking: asyncio.Task[None] | None = None


class Catalog:
    """Cached by root and never by key: the API's list is the same for all, and needs no key."""

    def __init__(self, fetcher: Fetcher, ttl: float = 60) -> None:
        self._fetcher, self._ttl = fetcher, ttl
        self._known: defaultdict[str, _Known] = defaultdict(_Known)

    async def models(self, endpoint: Endpoint, task: Task) -> tuple[Model, ...]:
        """What can be chosen, the default first. Never raises, never waits longer than two seconds.

        While the catalogue can't be read it is the last list that could, or else the bundled one (for the embedded
        engine, whose models no one else has, none).
        """
        known = self._known[endpoint.root]
        if time.monotonic() >= known.ask_again:
            if known.asking is None or known.asking.done():
                known.asking = asyncio.create_task(self._refresh(endpoint, known))
            await asyncio.wait({known.asking}, timeout=PATIENCE)
        if known.listing is not None:
            return known.listing[task]
        return () if endpoint.embedded else bundled()[task]

    async def _refresh(self, endpoint: Endpoint, known: _Known) -> None:
        try:
            fetched = await self._fetch(endpoint, known)
            if fetched.data is not None:
                known.listing = await asyncio.to_thread(_read, fetched.data, endpoint)
                known.etag = fetched.etag
            known.ask_again = time.monotonic() + self._ttl
        except Unauthorized as refused:  # a matter of this key, not of the next one's
            _tell(endpoint, refused)
        except ServiceError as failure:
            _tell(endpoint, failure)
            known.ask_again = time.monotonic() + PAUSE_AFTER_FAILURE

    async def _fetch(self, endpoint: Endpoint, known: _Known) -> FetchedJson:
        key = None if endpoint.is_aimlapi else endpoint.key
        for path in known.paths:
            try:
                fetched = await self._fetcher.json(
                    f"{endpoint.root}{path}?include=all",
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


def _tell(endpoint: Endpoint, error: ServiceError) -> None:
    logs.log.warning("catalogue", endpoint=endpoint.name, outcome=type(error).__name__, status=error.status)


def _read(data: object, endpoint: Endpoint) -> Listing:
    """An empty list is believed of a server of one's own, where nothing may be installed yet, but not of the API."""
    try:
        listing = preferred(parsed(data))
    except ValueError as odd:
        raise _no_models() from odd
    if endpoint.is_aimlapi and not any(listing[task] for task in TASKS):
        raise _no_models()
    return listing


def _no_models() -> MalformedReply:
    return MalformedReply("The catalogue lists no models.", remedy="Check the base URL.")


def estimate(model: Model, usage: Usage = Usage(), *, images: int = 0, seconds: float = 0, characters: int = 0) -> Cost:
    """What a run costs by the catalogue's prices: estimated, free when all prices are 0, unknown otherwise."""
    return estimated(model.prices, usage, images=images, seconds=seconds, characters=characters)
