"""Who stands where and how large: a scene's things arranged on a ground. Knows perspective; paints nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from .figure import Figure, figure
from .scene import Scene, Thing
from .setting import Ground
from .sprites import LARGEST, outline
from .tables import kinds, words

FLYING = ("sky",)
CARRIED = ("on", "riding", "in")  # these relations make one figure of two things


@dataclass(frozen=True)
class Actor:
    """A figure with its place on the canvas: feet at x, y."""

    figure: Figure
    name: str
    x: float
    y: float
    depth: float  # 0 far .. 1 near
    stance: str
    afloat: bool = False  # in the water
    flying: bool = False


@dataclass(frozen=True)
class Role:
    """One copy of a thing before it has a place."""

    thing: Thing
    index: int  # in the scene
    copy: int
    riders: tuple[tuple[Thing, str], ...] = ()

    @property
    def stance(self) -> str:
        return kinds()[self.thing.name].stance


def arrange(scene: Scene, ground: Ground, width: int, height: int, rng: np.random.Generator) -> list[Actor]:
    """The scene's things with their places, the farthest first."""
    roles = cast(scene)
    if not roles:
        return []
    scales = Scales(roles, width, height)
    grounded = [role for role in roles if not is_flying(role, scene, ground)]
    placed = stand(grounded, scene, ground, scales, width, rng)
    placed += fly([role for role in roles if role not in grounded], scene, ground, scales, placed, (width, height), rng)
    return sorted(placed, key=lambda actor: (not actor.flying or actor.depth >= 1, actor.y))


def cast(scene: Scene) -> list[Role]:
    """Every copy of every thing that has a place of its own; riders go with what they are on."""
    riders: dict[int, list[tuple[Thing, str]]] = {}
    for thing in scene.things:
        if thing.relation in CARRIED and thing.other is not None and carries(scene.things[thing.other], thing):
            riders.setdefault(thing.other, []).extend([(replace(thing, count=1), thing.relation)] * min(thing.count, 3))
    roles = []
    for index, thing in enumerate(scene.things):
        if thing.relation in CARRIED and thing.other is not None and carries(scene.things[thing.other], thing):
            continue
        if thing.name == scene.place and kinds()[thing.name].stance == "building":  # the background shows it already
            continue
        for copy in range(thing.count):
            single = replace(
                thing, count=1, colours=thing.colours[copy % len(thing.colours) :] if thing.colours else ()
            )
            roles.append(Role(single, index, copy, tuple(riders.get(index, ())) if copy == 0 else ()))
    return roles


def carries(host: Thing, rider: Thing) -> bool:
    """Nothing rides on what rides itself, and no building on a flower."""
    return (host.relation not in CARRIED and kinds()[host.name].stance != "sky") or kinds()[host.name].slot == ""


def is_flying(role: Role, scene: Scene, ground: Ground) -> bool:
    return (
        role.stance in FLYING
        or (bool(role.riders) and role.thing.name in words()["flying_mounts"]["words"])
        or role.thing.relation == "over"
        or (ground.floating and role.stance not in ("floor", "building", "plant"))
    )


class Scales:
    """Pixels for metres: real sizes compressed, so that a mouse beside an elephant can still be seen."""

    def __init__(self, roles: Sequence[Role], width: int, height: int) -> None:
        main = [role for role in roles if role.stance not in ("building", "plant", "sky")] or list(roles)
        self.largest = max(kinds()[role.thing.name].metres for role in main)
        crowd = max(1.0, (len(main) / 1.8) ** 0.42)
        self.pixels = min(0.62 * width, 0.54 * height, LARGEST) / crowd
        self.smallest = 0.09 * min(width, height)

    def factor(self, role: Role, perspective: float = 1.0) -> float:
        """What the 256 px art is multiplied with."""
        kind = kinds()[role.thing.name]
        share = min((kind.metres / self.largest) ** (0.30 if kind.metres > self.largest else 0.42), 1.7)
        left, top, right, bottom = outline(role.thing.name)
        pixels = max(self.pixels * share * role.thing.size**0.7 * perspective, self.smallest * role.thing.size**0.7)
        pixels *= 0.86 if role.riders else 1.0  # room for who is on it
        result: float = min(pixels / max(bottom - top, 0.8 * (right - left)), LARGEST / 256)
        return result


def stand(
    roles: Sequence[Role], scene: Scene, ground: Ground, scales: Scales, width: int, rng: np.random.Generator
) -> list[Actor]:
    """Rows from back to front: buildings and trees, then everybody, small things nearest."""
    rows: dict[float, list[Role]] = {}
    for role in roles:
        rows.setdefault(row_of(role, roles), []).append(role)
    rows = {depth: split for first, members in rows.items() for depth, split in broken(first, members, scales, width)}
    actors: list[Actor] = []
    for depth in sorted(rows):
        actors += line_up(rows[depth], depth, ground, scales, width, rng)
    return related(actors, roles, scene, ground, width)


def row_of(role: Role, roles: Sequence[Role]) -> float:
    if role.stance in ("building", "plant") and kinds()[role.thing.name].metres > 2:
        return 0.12 if any(other.stance not in ("building", "plant") for other in roles) else 0.35
    alone = len({other.index for other in roles}) == 1
    return 0.72 if alone or role.stance not in ("item", "floor", "plant") else 0.95


def broken(depth: float, roles: list[Role], scales: Scales, width: int) -> list[tuple[float, list[Role]]]:
    """A row that is too wide becomes two or three, staggered in depth."""
    wide = sum(256 * scales.factor(role) * 0.95 for role in roles)
    lines = min(4, max(1, -(-round(wide) // round(2.2 * width))))
    return [(depth - 0.19 * line, roles[line::lines]) for line in range(lines)]


def line_up(
    roles: Sequence[Role], depth: float, ground: Ground, scales: Scales, width: int, rng: np.random.Generator
) -> list[Actor]:
    """Side by side with a little disorder, each as wide a place as it needs."""
    perspective = 0.62 + 0.38 * max(depth, 0) / 0.75
    factors = [scales.factor(role, perspective) for role in roles]
    if ground.water and all(role.stance in ("water", "sea") for role in roles):  # a flock side by side, not in a heap
        factors = [factor * min(1.0, 0.94 * width / (256 * sum(factors))) for factor in factors]
    built = [
        figure(role.thing, factor, riders=role.riders, flip=bool(rng.random() < 0.3))
        for role, factor in zip(roles, factors, strict=True)
    ]
    wide = [item.image.width for item in built]
    free = width * 0.94 - sum(wide)
    gap = max(free, 0) / (len(roles) + 1)
    squeeze = min(1.0, width * 0.94 / max(sum(wide), 1))
    stagger = 0.6 * np.sin(depth * 40) if len(roles) > 1 else 0.0  # rows do not hide each other
    x, actors = 0.03 * width + gap * (1 + stagger), []
    for place, (role, item) in enumerate(zip(roles, built, strict=True)):
        back = 0.2 if squeeze < 0.9 and place % 2 else 0.0
        wobble = (rng.random() - 0.5) * gap * (0.4 if len(roles) == 1 else 0.9)
        y = ground.top + np.clip(depth - back + (rng.random() - 0.5) * 0.12, 0, 1) * (ground.bottom - ground.top)
        afloat = role.stance in ("water", "sea") and ground.water is not None
        if afloat and ground.water is not None:
            first, last = ground.water
            y = first + (0.46 + 0.3 * depth) * (last - first) if last < y + 1 else min(y, last)
        actors.append(
            Actor(item, role.thing.name, x + wobble + item.foot_x * squeeze, float(y), depth, role.stance, afloat)
        )
        x += item.image.width * squeeze + gap
    return actors


def related(actors: list[Actor], roles: Sequence[Role], scene: Scene, ground: Ground, width: int) -> list[Actor]:
    """Moved towards the thing that the prompt relates them to."""
    first: dict[str, Actor] = {}
    for actor in actors:
        first.setdefault(actor.name, actor)
    moved: list[Actor] = []
    around: dict[str, list[int]] = {}  # on which sides of each thing (1 right, -1 left) somebody already is
    for actor in actors:
        thing = next((role.thing for role in roles if role.thing.name == actor.name), None)
        other = first.get(scene.things[thing.other].name) if thing and thing.other is not None else None
        if other is None or thing is None or other is actor:
            moved.append(actor)
            continue
        taken = around.setdefault(other.name, [])
        side = -taken[-1] if taken else 1 if actor.x >= other.x else -1
        moved.append(beside(actor, other, thing.relation, side * (1 + 0.8 * (len(taken) // 2)), ground, width))
        taken.append(side)
    return moved


def beside(actor: Actor, other: Actor, relation: str, side: float, ground: Ground, width: int) -> Actor:
    """Near the other, to its right (positive) or left, the farther out the more are there already."""
    near, far = (
        min(ground.bottom, other.y + 0.10 * (ground.bottom - ground.top)),
        max(ground.top, other.y - 0.22 * (ground.bottom - ground.top)),
    )
    apart = (actor.figure.width + other.figure.width) / 2
    if relation == "under":
        return replace(actor, x=inside(other.x + side * 0.42 * apart, actor, width), y=near)
    if relation == "behind":
        return replace(actor, x=inside(other.x + side * 0.55 * apart, actor, width), y=far)
    if relation in ("before", "on", "in", "riding"):
        return replace(actor, x=inside(other.x + side * 0.30 * apart, actor, width), y=near)
    return replace(actor, x=inside(other.x + side * 0.95 * apart, actor, width))


def inside(x: float, actor: Actor, width: int) -> float:
    return min(max(x, 0.5 * actor.figure.width), width - 0.5 * actor.figure.width)


def fly(
    roles: Sequence[Role],
    scene: Scene,
    ground: Ground,
    scales: Scales,
    placed: Sequence[Actor],
    size: tuple[int, int],
    rng: np.random.Generator,
) -> list[Actor]:
    """Spread over the sky, or over everything where there is no ground; "over" stays over its thing."""
    width, height = size
    actors: list[Actor] = []
    low = 0.80 * height if ground.floating else max(ground.horizon * 0.80, 0.3 * height)
    for role in roles:
        alone = len(roles) == 1 and not placed
        factor = scales.factor(role, 1.0 if alone or ground.floating else 0.8)
        item = figure(role.thing, factor, riders=role.riders, flip=bool(rng.random() < 0.4))
        below = next(
            (
                actor
                for actor in placed
                if role.thing.relation == "over"
                and role.thing.other is not None
                and actor.name == scene.things[role.thing.other].name
            ),
            None,
        )
        if below is not None:
            top = below.y - below.figure.image.height
            x, y = below.x + (rng.random() - 0.5) * 0.2 * below.figure.width, max(item.foot_y + 4, top - 0.02 * height)
        elif alone:
            x, y = (0.42 + 0.16 * rng.random()) * width, 0.5 * height + item.image.height * 0.45
        else:
            x, y = free_spot(item, [*placed, *actors], (width, height), low, rng)
        actors.append(
            Actor(
                item,
                role.thing.name,
                x,
                y,
                1.0 if ground.floating or role.stance not in FLYING else 0.5,
                role.stance,
                flying=True,
            )
        )
    return actors


def free_spot(
    item: Figure, others: Sequence[Actor], size: tuple[int, int], low: float, rng: np.random.Generator
) -> tuple[float, float]:
    """Of some random places the one farthest from everybody else."""
    width, _ = size
    half, tall = item.image.width / 2, item.image.height
    best, best_room = (width / 2, low), -1e9
    for _ in range(24):
        x = half + rng.random() * max(width - 2 * half, 1)
        y = tall + 4 + rng.random() * max(low - tall - 4, 1)
        room = min(
            (
                np.hypot(x - other.x, 1.2 * (y - tall / 2 - other.y + other.figure.image.height / 2))
                - (half + other.figure.image.width / 2)
                for other in others
            ),
            default=0.0,
        )
        if room > best_room:
            best, best_room = (x, y), float(room)
    return best
