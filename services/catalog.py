"""The models an endpoint offers, by task. Knows what is offered while no catalogue can be read; not how rows look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.endpoint import Endpoint
from services.errors import MalformedReply
from services.feed import Feed
from services.pricing import Price, estimated
from services.rows import TASKS, Listing, Model, Task, bundled, parsed, preferred
from services.run import Cost, Usage

if TYPE_CHECKING:
    from services.fetch import Fetcher

__all__ = ["Catalog", "Model", "Price", "Task", "estimate"]

PATIENCE = 2.0  # what a page start waits for a catalogue that does not answer
PATHS = ("/v1/models?include=all", "/models?include=all")


class Catalog:
    """Cached by root and never by key: the API's list is the same for all, and needs no key."""

    def __init__(self, fetcher: Fetcher, ttl: float = 60) -> None:
        self._feed = Feed(fetcher, *PATHS, read=_read, ttl=ttl, with_key=True)

    async def models(self, endpoint: Endpoint, task: Task) -> tuple[Model, ...]:
        """What can be chosen, the default first. Never raises, never waits longer than two seconds.

        While the catalogue can't be read it is the last list that could, or else the bundled one (for the embedded
        engine, whose models no one else has, none).
        """
        listing = await self._feed.of(endpoint, PATIENCE)
        if listing is not None:
            return listing[task]
        return () if endpoint.embedded else bundled()[task]


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
