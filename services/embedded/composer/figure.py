"""One thing with all that it wears, holds and carries, put into one picture. Knows anchors, no places."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from PIL import Image

from .scene import Thing
from .sprites import LARGEST, art, outline, scaled
from .tables import Anchor, anchors, kinds, words

BEHIND = ("back",)  # worn there, it is seen behind its wearer


@dataclass(frozen=True)
class Part:
    image: Image.Image
    x: float  # of its left upper corner, in px of the wearer's picture
    y: float
    behind: bool = False


@dataclass(frozen=True)
class Figure:
    """An RGBA picture and where the bearer's feet are in it."""

    image: Image.Image
    foot_x: float
    foot_y: float
    width: float  # of the bearer itself, without what it holds


def anchor(name: str, slot: str) -> Anchor:
    """The measured anchor, or a guess from the outline: the top is the head, the upper third the neck."""
    measured = anchors().get(name, {}).get(slot)
    if measured:
        return measured
    left, top, right, bottom = (edge / 256 for edge in outline(name))
    across, height, middle = right - left, bottom - top, (left + right) / 2
    guesses = {
        "head": Anchor(middle, top + 0.03 * height, 0.5 * across),
        "eyes": Anchor(middle, top + 0.30 * height, 0.5 * across),
        "neck": Anchor(middle, top + 0.52 * height, 0.5 * across),
        "chest": Anchor(middle, top + 0.62 * height, 0.3 * across),
        "ears": Anchor(middle, top + 0.25 * height, 0.8 * across),
        "body": Anchor(left + 0.35 * across, top + 0.4 * height, 0.5 * across),
        "back": Anchor(middle, top + 0.55 * height, 0.9 * across),
        "hand": Anchor(left + 0.12 * across, top + 0.62 * height, 0.42 * across),
        "seat": Anchor(middle, top + 0.10 * height, 0.7 * across),
    }
    return guesses[slot]


def figure(thing: Thing, factor: float, *, riders: Sequence[tuple[Thing, str]] = (), flip: bool = False) -> Figure:
    """The thing at `factor` times the art's 256 px, with clothes, things in hand and whoever is on or in it."""
    factor = min(factor, LARGEST / 256)
    thing = posed(thing)
    base = scaled(upright(thing) if riders else picture(thing), factor)
    parts = [worn(thing.name, item, factor) for item in thing.worn]
    parts += [held(thing.name, item, factor, index) for index, item in enumerate(thing.held)]
    for index, (rider, relation) in enumerate(riders):
        parts.append(
            carried(thing.name, rider, relation, factor, (index + 0.5) / len(riders), 1.0 - 0.18 * (len(riders) - 1))
        )
    return joined(thing.name, base, parts, factor, flip)


def posed(thing: Thing) -> Thing:
    """Whoever wears something shows the front, where there is such a picture."""
    return replace(thing, name=words()["fronts"].get(thing.name, thing.name)) if thing.worn or thing.held else thing


def upright(thing: Thing) -> Image.Image:
    """A slanted board or broom, laid level for its rider."""
    turn = anchors().get(thing.name, {}).get("turn")
    if turn is None:
        return picture(thing)
    return (
        picture(thing)
        .rotate(turn.angle, Image.Resampling.BICUBIC, expand=True)
        .resize((256, 256), Image.Resampling.LANCZOS)
    )


def worn_form(item: Thing, wearer: str) -> Thing:
    """A scarf around a neck, a cape behind shoulders: another picture than the thing on its own."""
    name = words()["worn_as"].get(item.name, item.name)
    if name == "cape" and "body" not in anchors().get(wearer, {}):
        name = "cape_front"
    return replace(item, name=name)


def picture(thing: Thing, index: int = 0) -> Image.Image:
    return art(thing.name, thing.colours[index % len(thing.colours)] if thing.colours else "")


def worn(wearer: str, item: Thing, factor: float) -> Part:
    """On its slot; the item's own `fit` anchor says which of its points goes there and how wide it sits."""
    item = worn_form(item, wearer)
    slot = kinds()[item.name].slot or "head"
    slot = "head" if slot == "hand" else slot
    place = anchor(wearer, slot)
    fit = fit_of(item.name, slot)
    return fixed(
        picture(item), fit, place, place.width / fit.width * factor * min(item.size, 1.4), factor, slot in BEHIND
    )


def fit_of(name: str, slot: str) -> Anchor:
    measured = anchors().get(name, {}).get("fit")
    if measured:
        return measured
    left, top, right, bottom = (edge / 256 for edge in outline(name))
    middle = Anchor((left + right) / 2, (top + bottom) / 2, right - left)
    return Anchor(middle.x, bottom - 0.06, middle.width) if slot in ("head", "seat") else middle


def held(holder: str, item: Thing, factor: float, index: int) -> Part:
    place = anchor(holder, "hand" if index == 0 else "hand2" if "hand2" in anchors().get(holder, {}) else "hand")
    grip = anchors().get(item.name, {}).get("grip") or fit_of(item.name, "hand")
    weight = grip.width if "grip" in anchors().get(item.name, {}) else 1.0
    grip = Anchor(grip.x, grip.y, 1.0)
    metres, of = kinds()[item.name].metres, kinds()[holder].metres
    share = min(max((metres / of) ** 0.5 * 0.62, 0.30), 0.75) * item.size * weight
    return fixed(picture(item), grip, place, share * factor, factor, False)


def carried(host: str, rider: Thing, relation: str, factor: float, along: float, room: float) -> Part:
    """Somebody on the back or in the boat: the whole figure of the rider, its feet on the seat."""
    seat = anchor(host, "seat")
    rider_metres, host_metres = kinds()[rider.name].metres, kinds()[host].metres
    share = min(max((rider_metres / host_metres) ** 0.45 * 0.85, 0.34), 0.86) * rider.size**0.5 * room
    built = figure(rider, factor * share)
    x = (seat.x + (along - 0.5) * seat.width) * 256 * factor
    sinks = {"in": 0.34, "riding": 0.16, "on": 0.03}.get(relation, 0.03)
    y = seat.y * 256 * factor + sinks * built.image.height
    return Part(built.image, x - built.foot_x, y - built.foot_y, behind=relation == "in")


def fixed(item: Image.Image, fit: Anchor, place: Anchor, scale: float, factor: float, behind: bool) -> Part:
    """The item's `fit` point put onto the place, scaled and turned."""
    small = scaled(item, min(scale, LARGEST / 256))  # both were drawn on 256 px
    size = small.width / 256
    dx, dy = fit.x * 256 * size, fit.y * 256 * size
    if place.angle:
        turned = small.rotate(place.angle, Image.Resampling.BICUBIC, center=(dx, dy), expand=False)
        small = turned
    return Part(small, place.x * 256 * factor - dx, place.y * 256 * factor - dy, behind)


def joined(name: str, base: Image.Image, parts: Sequence[Part], factor: float, flip: bool) -> Figure:
    boxes = [(0.0, 0.0, float(base.width), float(base.height))]
    boxes += [(part.x, part.y, part.x + part.image.width, part.y + part.image.height) for part in parts]
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right, bottom = max(box[2] for box in boxes), max(box[3] for box in boxes)
    whole = Image.new("RGBA", (round(right - left) + 2, round(bottom - top) + 2))
    layers = [part for part in parts if part.behind] + [Part(base, 0, 0)] + [part for part in parts if not part.behind]
    for part in layers:
        whole.alpha_composite(part.image, (round(part.x - left), round(part.y - top)))
    edges = outline(name)
    foot_x, foot_y = (edges[0] + edges[2]) / 2 * factor - left, edges[3] * factor - top
    if flip:
        whole, foot_x = whole.transpose(Image.Transpose.FLIP_LEFT_RIGHT), whole.width - foot_x
    return cut(whole, foot_x, foot_y, (edges[2] - edges[0]) * factor)


def cut(image: Image.Image, foot_x: float, foot_y: float, width: float) -> Figure:
    box = image.getchannel("A").getbbox() or (0, 0, image.width, image.height)
    return Figure(image.crop(box), foot_x - box[0], foot_y - box[1], width)
