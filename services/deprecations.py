"""Which models took the place of which, by an endpoint's own feed. Knows names; knows nothing about what is offered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from services.endpoint import Endpoint
from services.feed import Feed
from services.replies import Maybe, Several, Shape
from services.rows import ID, MOST_ENTRIES, MOST_ROWS

if TYPE_CHECKING:
    from services.fetch import Fetcher

PATHS = ("/v1/models/deprecations", "/models/deprecations")
HOUR = 3600.0
Replaced = Mapping[str, str]  # an old name: the name that took its place


class Entry(Shape):
    """One model that retires or did; its old names lead to `replaced_by` where there is a successor."""

    id: ID
    aliases: Several[ID] = ()
    replaced_by: Maybe[ID] = None


class Entries(Shape):
    rows: Several[Entry]


class Deprecations:
    """Kept by root: the feed changes rarely, and is the only place that tells a retired name from a wrong one."""

    def __init__(self, fetcher: Fetcher, ttl: float = 600) -> None:
        self._feed = Feed(fetcher, *PATHS, read=_read, ttl=ttl, missing=HOUR)

    async def replaced(self, endpoint: Endpoint, patience: float = 0) -> Replaced:
        """Old names and what took their place; empty where nothing is known. Never raises.

        Waits `patience` seconds at most.
        """
        if endpoint.embedded:
            return {}
        return await self._feed.of(endpoint, patience) or {}


def successors(replaced: Replaced, name: str) -> Iterator[str]:
    """The names that took an old one's place, one after the other; a chain that leads back to itself ends there."""
    seen = {name}
    while (name := replaced.get(name, "")) and name not in seen:
        seen.add(name)
        yield name


def _read(data: Any, _: Endpoint) -> Replaced:
    rows = data.get("data") if isinstance(data, dict) else data
    found: dict[str, str] = {}
    for row in Entries.model_validate({"rows": rows[:MOST_ROWS] if isinstance(rows, list) else []}).rows:
        for name in (row.id, *row.aliases[:MOST_ENTRIES]):
            if row.replaced_by and name != row.replaced_by:
                found.setdefault(name, row.replaced_by)
    return found
