"""The data tables beside this file, read once when first asked for. Knows their columns, not what they are used for."""

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Kind:
    """One row of `objects.csv`: an object that can be drawn."""

    name: str
    emoji: str  # those that stand for it, apart by spaces; the first one is its picture upstream
    metres: float  # real height, which decides its size beside others
    stance: str  # ground, plant, building, item, floor, water, sea, under, sky, wear
    slot: str  # where it is worn or held: head, eyes, neck, chest, back, ears, hand; empty if neither
    home: str  # the place it is shown at when the prompt names none
    words: tuple[str, ...]


@dataclass(frozen=True)
class Anchor:
    """Where on a 256 px picture something can be attached, in fractions of its width and height; `width` likewise."""

    x: float
    y: float
    width: float
    angle: float = 0.0


def _rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / "data" / name).open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))


def _split(words: str) -> tuple[str, ...]:
    return tuple(word for word in words.split(";") if word)


@cache
def kinds() -> Mapping[str, Kind]:
    return {
        row["name"]: Kind(
            name=row["name"],
            emoji=row["emoji"],
            metres=float(row["metres"]),
            stance=row["stance"],
            slot=row["slot"],
            home=row["home"],
            words=(row["name"].replace("_", " "), *_split(row["words"])),
        )
        for row in _rows("objects.csv")
    }


@cache
def tags() -> Mapping[str, tuple[str, ...]]:
    """Keyword → names of the objects that carry it; weaker than a name."""
    found: dict[str, list[str]] = {}
    for row in _rows("tags.csv"):
        for tag in _split(row["tags"]):
            found.setdefault(tag, []).append(row["name"])
    return {tag: tuple(names) for tag, names in found.items()}


@cache
def anchors() -> Mapping[str, Mapping[str, Anchor]]:
    """Object → slot → anchor, as measured on the pictures."""
    found: dict[str, dict[str, Anchor]] = {}
    for row in _rows("anchors.csv"):
        found.setdefault(row["name"], {})[row["slot"]] = Anchor(
            float(row["x"]), float(row["y"]), float(row["width"]), float(row["angle"] or 0)
        )
    return found


@cache
def words() -> Mapping[str, Any]:
    return tomllib.loads((FOLDER / "data" / "words.toml").read_text(encoding="utf-8"))
