"""What a media call cost and who is to be thanked: the run facts of a reply. Knows nothing about what was made."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from services.catalog import Model
from services.refusals import shortened
from services.routes import Route
from services.run import Cost, Run, Stopwatch

NOTICE = "x-aimlapi-notice"
SPENT = "x-aimlapi-usd-spent"


def run_of(
    route: Route,
    watch: Stopwatch,
    headers: Mapping[str, str],
    said: Mapping[str, Any],
    *,
    made: Mapping[str, float],
    request_id: str,
    first_token: float | None = None,
) -> Run:
    """The run of one finished call. `made` counts what is priced by unit, such as `{"image": 2}`, for an estimate."""
    return Run(
        model=route.model.id,
        answered_by=route.endpoint.name,
        embedded=route.endpoint.embedded,
        first_token=first_token,
        duration=watch.seconds,
        cost=Cost(0.0, "free") if route.endpoint.embedded else cost_of(route.model, headers, said, made),
        request_id=request_id,
        notice=notice_of(headers, said),
    )


def cost_of(model: Model, headers: Mapping[str, str], said: Mapping[str, Any], made: Mapping[str, float]) -> Cost:
    """Billed by `meta.usage.usd_spent` or the header, else estimated by the catalogue's prices, else unknown."""
    spent = _within(said, "meta", "usage", "usd_spent")
    for figure in (headers.get(SPENT) if spent is None else spent, _within(said, "usage", "cost")):
        if (usd := _amount(figure)) is not None:
            return Cost(usd, "billed")
    prices = [price.usd * made[price.unit] for price in model.prices if price.unit in made]
    return Cost(sum(prices), "estimated") if prices else Cost()


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
    except (TypeError, ValueError):
        return None
    return amount if math.isfinite(amount) and amount >= 0 else None
