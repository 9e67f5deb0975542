"""Prices of a catalogue row, and what a run costs by them. Knows the catalogue's pricing shapes; knows no model."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from services.run import Cost, Usage

MOST_UNITS = 200
_SECONDS = {"second": 1.0, "minute": 60.0, "hour": 3600.0}


@dataclass(frozen=True)
class Price:
    """US dollars for one `unit` (token, image, second, character ...), `measure` is input, output or "".

    `least`: the cheapest of several variants, so "from" that much.
    """

    unit: str
    usd: float
    measure: str = ""
    least: bool = False


def prices(pricing: Any) -> tuple[Price, ...]:
    """What a row's `pricing` says: fixed units, the cheapest of variants; () for variable and for what can't be read.

    A price is always for `per` units (contract, section 6).
    """
    if not isinstance(pricing, dict) or pricing.get("currency", "USD") != "USD":
        return ()
    if pricing.get("kind") == "fixed":
        return tuple(_each(pricing.get("units"), "name"))
    if pricing.get("kind") == "variants":
        return tuple(_cheapest(_each(pricing.get("variants"), "unit")))
    return ()


def _each(rows: Any, name: str) -> Iterator[Price]:
    for row in rows[:MOST_UNITS] if isinstance(rows, list) else ():
        if not isinstance(row, dict):
            continue
        price, per, unit, measure = row.get("price"), row.get("per", 1), row.get(name), row.get("measure", "")
        if isinstance(unit, str) and _amount(price) and _amount(per) and per > 0:
            measure = measure if isinstance(measure, str) else ""
            yield Price(unit[:40].lower().removesuffix("s"), price / per, measure[:40].lower())


def _amount(number: Any) -> bool:
    return isinstance(number, (int, float)) and not isinstance(number, bool) and 0 <= number < math.inf


def _cheapest(several: Iterator[Price]) -> Iterator[Price]:
    least: dict[tuple[str, str], float] = {}
    for price in several:
        key = (price.unit, price.measure)
        least[key] = min(price.usd, least.get(key, math.inf))
    yield from (Price(unit, usd, measure, least=True) for (unit, measure), usd in least.items())


def estimated(
    charged: tuple[Price, ...], usage: Usage = Usage(), *, images: int = 0, seconds: float = 0, characters: int = 0
) -> Cost:
    """What a run costs by these prices; unknown where one of them can't be applied, or is only a "from"."""
    if charged and not any(price.usd for price in charged):
        return Cost(0.0, "free")
    amounts = {"image": images, "character": characters, "request": 1}
    total, applied = 0.0, False
    for price in charged:
        amount: float | None
        if price.unit == "token":
            amount = _tokens(price.measure, usage)
        elif price.unit in _SECONDS:
            amount = seconds / _SECONDS[price.unit]
        else:
            amount = amounts.get(price.unit, 0)
        if amount is None or (amount and price.least):
            return Cost()
        total += amount * price.usd
        applied = applied or amount > 0
    return Cost(total, "estimated") if applied else Cost()


def _tokens(measure: str, usage: Usage) -> float | None:
    """Tokens of one measure; 0 for measures that a plain call does not have (cached, batch), None when not counted."""
    counted = {"input": usage.prompt_tokens, "output": usage.completion_tokens, "": usage.total_tokens}
    return counted.get(measure, 0)


# What two models of a task are compared by: a blend of tokens that an average chat has (three in, one out), one
# picture of a million pixels, a minute heard, a million characters spoken.
BLEND = (("input", 0.75), ("output", 0.25))


def comparable(charged: tuple[Price, ...]) -> float | None:
    """US dollars of what people compare: a million tokens, a picture, a minute or a million characters.

    None where the unit is another, or the price unknown; of variants the cheapest counts.
    """
    if charged and not any(price.usd for price in charged):
        return 0.0
    by = {(price.unit, price.measure): price.usd for price in charged}
    tokens = [by.get(("token", measure), by.get(("token", ""))) for measure, _ in BLEND]
    if all(usd is not None for usd in tokens):
        return sum(share * (usd or 0) for (_, share), usd in zip(BLEND, tokens, strict=True)) * 1e6
    for price in charged:
        many = {"image": 1.0, "megapixel": 1.0, "character": 1e6}.get(price.unit)
        if price.unit in _SECONDS:
            many = 60 / _SECONDS[price.unit]
        if many is not None:
            return price.usd * many
    return None
