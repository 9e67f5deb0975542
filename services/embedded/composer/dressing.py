"""What a place is furnished with besides the things asked for: trees in a wood, shells on a beach. Paints nothing."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from .figure import figure
from .paint import Canvas
from .scene import Scene, Thing
from .setting import Ground
from .sprites import LARGEST, outline
from .stage import Actor
from .tables import FOLDER, kinds

LEAVES = {  # (tree, season) → colours of its leaves
    ("tree", "autumn"): ("orange", "gold", "crimson", "orange"),
    ("tree", "spring"): ("", "pink", "light green"),
    ("tree", "winter"): ("white",),
    ("evergreen", "winter"): ("", "white"),
}


@cache
def places() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads((FOLDER / "data" / "places.toml").read_text(encoding="utf-8"))


def dressed(
    scene: Scene, ground: Ground, actors: Sequence[Actor], canvas: Canvas, rng: np.random.Generator
) -> list[Actor]:
    """The place's own furniture, far away between and beside the actors, near only where nobody stands."""
    if "minimal" in scene.finishes:
        return []
    table = places().get(scene.place, {})
    taken = {thing.name for thing in scene.things} | scene.without
    found: list[Actor] = []
    for layer, (low, high) in (("far", (0.0, 0.10)), ("near", (0.5, 1.0))):
        count, *names = table.get(layer) or [0]
        names = [name for name in names if name not in taken]
        for _ in range(round(count * max(1.0, canvas.width / canvas.height)) if names else 0):
            name = names[int(rng.integers(len(names)))]
            leaves = LEAVES.get((name, scene.season), ("",))
            actor = furniture(
                Thing(name, colours=(leaves[int(rng.integers(len(leaves)))],)),
                low + (high - low) * rng.random(),
                ground,
                canvas,
                rng,
            )
            if not any(crowds(actor, other) for other in [*actors, *found][: 40 if layer == "near" else 0]):
                found.append(actor)
    return sorted(found, key=lambda actor: actor.y)


def furniture(thing: Thing, depth: float, ground: Ground, canvas: Canvas, rng: np.random.Generator) -> Actor:
    kind = kinds()[thing.name]
    _, top, _, bottom = outline(thing.name)
    share = 0.14 * kind.metres**0.45 * (0.65 + 0.5 * depth) * (0.85 + 0.3 * rng.random())
    pixels = min(share * canvas.unit, LARGEST)
    item = figure(thing, pixels / (bottom - top), flip=bool(rng.random() < 0.5))
    y = ground.top + (depth - 0.25 * (kind.metres > 2)) * (ground.bottom - ground.top)
    y = max(y, ground.top - 0.04 * canvas.height) if ground.horizon else y
    return Actor(item, thing.name, rng.random() * canvas.width, float(y), depth, kind.stance)


def crowds(one: Actor, other: Actor) -> bool:
    """They would overlap so much that one of them is spoilt."""
    apart = abs(one.x - other.x)
    return apart < 0.52 * (one.figure.width + other.figure.width) and one.y > other.y - 0.5 * other.figure.image.height
