"""What a media call cost and who is to be thanked: the run facts of a reply. Knows nothing about what was made."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from services.catalog import estimate
from services.refusals import shortened
from services.routes import Route
from services.run import Attempt, Cost, Run, Stopwatch

NOTICE = "x-aimlapi-notice"
SPENT = "x-aimlapi-usd-spent"


def run_of(
    route: Route,
    watch: Stopwatch,
    headers: Mapping[str, str],
    said: Mapping[str, Any],
    *,
    request_id: str,
    first_token: float | None = None,
    images: int = 0,
    seconds: float = 0,
    characters: int = 0,
    attempts: tuple[Attempt, ...] = (),
) -> Run:
    """The run of one finished call; the counts are for an estimate where the reply names no price.

    Cost is billed by `meta.usage.usd_spent` or the header, else estimated by the catalogue's prices, else unknown.
    """
    billed = _billed(headers, said)
    cost = billed or estimate(route.model, images=images, seconds=seconds, characters=characters)
    return Run(
        id=route.record.id,
        record=route.record,
        model=route.model.id,
        answered_by=route.endpoint.name,
        embedded=route.endpoint.embedded,
        first_token=first_token,
        duration=watch.seconds,
        cost=Cost(0.0, "free") if route.endpoint.embedded else cost,
        request_id=request_id,
        notice=notice_of(headers, said),
        attempts=attempts,
    )


def _billed(headers: Mapping[str, str], said: Mapping[str, Any]) -> Cost | None:
    figures = (_within(said, "meta", "usage", "usd_spent"), headers.get(SPENT), _within(said, "usage", "cost"))
    amounts = (_amount(figure) for figure in figures)
    return next((Cost(usd, "billed") for usd in amounts if usd is not None), None)


def notice_of(headers: Mapping[str, str], said: Mapping[str, Any]) -> str:
    """What the engine wants to be told to the person."""
    return shortened(str(headers.get(NOTICE) or _within(said, "meta", "notice") or ""))


def _within(said: Any, *path: str) -> Any:
    for name in path:
        said = said.get(name) if isinstance(said, dict) else None
    return said


def _amount(value: Any) -> float | None:
    try:
        amount = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return amount if math.isfinite(amount) and amount >= 0 else None
