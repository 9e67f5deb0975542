"""How fast an endpoint's models usually are, by its own figures. Knows their shape; knows nothing about a run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from services.endpoint import Endpoint
from services.feed import Feed
from services.replies import Maybe, Several, Shape
from services.rows import ID, MOST_ROWS, Model, Task

if TYPE_CHECKING:
    from services.fetch import Fetcher

PATH = "/models/metrics"  # at the root, without /v1 (contract, section 6)
HOUR = 3600.0
# A model may be measured at several endpoints; the one of the task counts.
_ENDPOINTS: Mapping[Task, str] = {
    "chat": r"chat/completions",
    "image": r"images",
    "transcription": r"stt",
    "speech": r"tts",
}


@dataclass(frozen=True)
class Speed:
    """What half of a model's recent calls were faster than: seconds, and tokens per second; None where not measured."""

    ttft: float | None = None
    tps: float | None = None
    duration: float | None = None


Figure = Maybe[Annotated[float, Field(gt=0, lt=1e8)]]
Known = Mapping[tuple[str, str], Speed]


class Percentiles(Shape):
    """The typical call is p50: for `tps` a high percentile is the best case."""

    p50: Figure = None


class Figures(Shape):
    ttft_ms: Maybe[Percentiles] = None
    tps: Maybe[Percentiles] = None
    duration_ms: Maybe[Percentiles] = None


class Measured(Shape):
    """One model at one endpoint."""

    alias: ID
    endpoint: Annotated[str, Field(max_length=200)] = ""
    metrics: Figures


class Measurements(Shape):
    rows: Several[Measured]


class Speeds:
    """Kept by root for a minute; a model that had no success lately is not in the figures and has no usual speed."""

    def __init__(self, fetcher: Fetcher, ttl: float = 60) -> None:
        self._feed = Feed(fetcher, PATH, read=_read, ttl=ttl, missing=HOUR)

    async def known(self, endpoint: Endpoint, patience: float = 0) -> Known:
        """All that is measured; empty where nothing is, or not yet. Never raises; waits `patience` seconds at most."""
        if endpoint.embedded:
            return {}
        return await self._feed.of(endpoint, patience) or {}

    async def usual(self, endpoint: Endpoint, model: Model) -> Speed | None:
        """A model's usual speed at an endpoint by what is known now. Never raises, never waits."""
        return speed_of(await self.known(endpoint), model)


def speed_of(known: Known, model: Model) -> Speed | None:
    """A model's usual speed, by its id or an alias; None when it is not measured."""
    places = (model.task, "")
    names = (model.id, *model.aliases)
    return next((known[name, place] for name in names for place in places if (name, place) in known), None)


def _read(data: Any, _: Endpoint) -> Known:
    if isinstance(data, dict):
        data = next((data[key] for key in ("models", "data") if isinstance(data.get(key), list)), None)
    said = [_row(row) for row in data[:MOST_ROWS] if isinstance(row, dict)] if isinstance(data, list) else []
    rows = Measurements.model_validate({"rows": said}).rows
    found: dict[tuple[str, str], Speed] = {}
    for row in rows:
        found.setdefault((row.alias, _place(row.endpoint)), _speed(row.metrics))
    return found


def _row(row: dict[str, Any]) -> dict[str, Any]:
    """A row under one set of names: some proxies call the model `id` and leave out the level `metrics`."""
    return {
        "alias": row.get("alias") or row.get("id"),
        "endpoint": row.get("endpoint") or "",
        "metrics": row.get("metrics", row),
    }


def _place(endpoint: str) -> str:
    """The task of an endpoint's path; "" where none is named, "other" for what is no task of ours."""
    known = (task for task, pattern in _ENDPOINTS.items() if re.search(pattern, endpoint))
    return next(known, "other" if endpoint else "")


def _speed(figures: Figures) -> Speed:
    first, rate, whole = ((it.p50 if it else None) for it in (figures.ttft_ms, figures.tps, figures.duration_ms))
    return Speed(first / 1000 if first else None, rate, whole / 1000 if whole else None)
