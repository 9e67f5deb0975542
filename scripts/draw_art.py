"""Draw the few objects that upstream has not: costumes, a balloon, bodies under heads. Development only.

    python scripts/draw_art.py        # after vendor_art.py, whose heads and busts it completes to whole figures

Soft solids from flat outlines: a blurred outline is taken as a height field and lit from the upper left.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

ART = Path(__file__).resolve().parent.parent / "services" / "embedded" / "composer" / "art"
BIG = 512  # drawn at twice the size
Point = tuple[float, float]
Colour = tuple[int, int, int]


def sheet() -> Image.Image:
    return Image.new("RGBA", (BIG, BIG))


def blob(mask: Image.Image, colour: Colour, puff: float = 0.05, tilt: float = 1.0) -> Image.Image:
    """The outline as a soft solid of one colour."""
    flat = np.asarray(mask, np.float32) / 255
    height = np.zeros_like(flat)
    for share, weight in ((0.35, 0.30), (1.0, 0.45), (2.2, 0.55)):
        height += weight * np.asarray(mask.filter(ImageFilter.GaussianBlur(puff * share * BIG)), np.float32) / 255
    down, across = np.gradient(height * 0.254 * BIG * tilt * (puff / 0.05) ** 0.5)
    light = (-0.50 * across - 0.72 * down + 0.75) / np.sqrt(1 + across**2 + down**2)
    base = np.asarray(colour, np.float32) / 255
    deep = base * np.asarray((0.62, 0.52, 0.72), np.float32)
    level = np.clip(light, -0.2, 1.2)[..., None]
    tone = deep + (base - deep) * np.clip(level * 1.35, 0, 1)
    tone += (1 - tone) * np.clip(level - 0.80, 0, 0.4) * 0.9
    pixels = np.concatenate([np.clip(tone, 0, 1), flat[..., None]], axis=-1)
    return Image.fromarray((pixels * 255).astype(np.uint8), "RGBA")


def polygon(points: Sequence[Point], soft: float = 0.012) -> Image.Image:
    """A closed outline in 0..1 with rounded corners."""
    mask = Image.new("L", (BIG, BIG))
    ImageDraw.Draw(mask).polygon([(x * BIG, y * BIG) for x, y in points], fill=255)
    return mask.filter(ImageFilter.GaussianBlur(soft * BIG)).point(lambda value: max(0, min(255, (value - 118) * 16)))


def ellipse(x: float, y: float, half: float, tall: float) -> Image.Image:
    mask = Image.new("L", (BIG, BIG))
    ImageDraw.Draw(mask).ellipse([(x - half) * BIG, (y - tall) * BIG, (x + half) * BIG, (y + tall) * BIG], fill=255)
    return mask


def star(x: float, y: float, radius: float, points: int = 5) -> Image.Image:
    turns = np.arange(2 * points) * np.pi / points - np.pi / 2
    reach = np.where(np.arange(2 * points) % 2 == 0, radius, radius * 0.45)
    return polygon(
        [(x + float(r * np.cos(t)), y + float(r * np.sin(t))) for r, t in zip(reach, turns, strict=True)], 0.005
    )


def stack(*layers: Image.Image) -> Image.Image:
    whole = sheet()
    for layer in layers:
        whole.alpha_composite(layer)
    return whole


def within(layer: Image.Image, outline: Image.Image) -> Image.Image:
    """Only what lies on the outline."""
    kept = layer.copy()
    kept.putalpha(Image.fromarray(np.minimum(np.asarray(layer.getchannel("A")), np.asarray(outline)), "L"))
    return kept


def save(name: str, picture: Image.Image) -> None:
    picture.resize((256, 256), Image.Resampling.LANCZOS).save(ART / f"{name}.webp", quality=80, method=6)


def pointed_hat(cloth: Colour, band: Colour, trim: Colour | None, bent: float) -> Image.Image:
    cone = polygon(
        [(0.27, 0.80), (0.40, 0.34), (0.50 + bent, 0.05), (0.56 + bent * 0.5, 0.12), (0.62, 0.36), (0.73, 0.80)], 0.02
    )
    brim = ellipse(0.5, 0.80, 0.46, 0.115)
    ribbon = polygon([(0.26, 0.80), (0.30, 0.66), (0.5, 0.70), (0.70, 0.66), (0.74, 0.80), (0.5, 0.85)], 0.01)
    layers = [blob(brim, cloth, 0.03), blob(cone, cloth, 0.06), within(blob(ribbon, band, 0.02), cone)]
    if trim:
        spots = ((0.44, 0.55, 0.055), (0.57, 0.44, 0.042), (0.52, 0.28, 0.034), (0.60, 0.60, 0.034))
        layers += [within(blob(star(x, y, r), trim, 0.008), cone) for x, y, r in spots]
    else:
        layers += [
            blob(polygon([(0.43, 0.70), (0.57, 0.70), (0.57, 0.81), (0.43, 0.81)], 0.006), (250, 200, 60), 0.012)
        ]
    return stack(*layers)


def pirate_hat() -> Image.Image:
    crown = polygon(
        [
            (0.05, 0.72),
            (0.14, 0.42),
            (0.34, 0.26),
            (0.5, 0.20),
            (0.66, 0.26),
            (0.86, 0.42),
            (0.95, 0.72),
            (0.72, 0.62),
            (0.5, 0.60),
            (0.28, 0.62),
        ],
        0.03,
    )
    base = polygon([(0.20, 0.62), (0.5, 0.54), (0.80, 0.62), (0.80, 0.76), (0.5, 0.83), (0.20, 0.76)], 0.03)
    rim = polygon(
        [
            (0.05, 0.73),
            (0.10, 0.67),
            (0.28, 0.58),
            (0.5, 0.55),
            (0.72, 0.58),
            (0.90, 0.67),
            (0.95, 0.73),
            (0.72, 0.65),
            (0.5, 0.62),
            (0.28, 0.65),
        ],
        0.012,
    )
    bones = [
        polygon(
            [(0.38, 0.38 + s * 0.14), (0.40, 0.36 + s * 0.14), (0.62, 0.50 - s * 0.14), (0.60, 0.52 - s * 0.14)], 0.004
        )
        for s in (0, 1)
    ]
    skull = [
        ellipse(0.5, 0.40, 0.072, 0.068),
        polygon([(0.46, 0.42), (0.54, 0.42), (0.535, 0.50), (0.465, 0.50)], 0.008),
    ]
    eyes = [ellipse(x, 0.405, 0.018, 0.021) for x in (0.475, 0.525)]
    return stack(
        blob(base, (38, 36, 54), 0.03),
        blob(crown, (52, 48, 70), 0.05),
        blob(rim, (250, 200, 70), 0.012),
        *[blob(bone, (240, 238, 246), 0.01) for bone in bones],
        *[blob(part, (250, 248, 255), 0.015) for part in skull],
        *[blob(eye, (40, 36, 54), 0.008) for eye in eyes],
    )


def party_hat() -> Image.Image:
    cone = polygon([(0.22, 0.86), (0.5, 0.14), (0.78, 0.86), (0.5, 0.93)], 0.02)
    stripes = [
        polygon([(0.0, y), (1.0, y - 0.28), (1.0, y - 0.18), (0.0, y + 0.10)], 0.004) for y in (0.50, 0.74, 0.98, 1.2)
    ]
    dots = [
        ellipse(0.5 + dx, 0.13 + dy, 0.06, 0.06) for dx, dy in ((-0.05, 0.0), (0.05, 0.0), (0.0, -0.05), (0.0, 0.04))
    ]
    return stack(
        blob(cone, (64, 160, 250), 0.06),
        *[within(blob(stripe, (255, 214, 70), 0.03), cone) for stripe in stripes],
        *[blob(dot, (250, 80, 130), 0.02) for dot in dots],
    )


def santa_hat() -> Image.Image:
    cloth = polygon(
        [
            (0.20, 0.74),
            (0.26, 0.42),
            (0.44, 0.20),
            (0.66, 0.18),
            (0.86, 0.34),
            (0.93, 0.56),
            (0.84, 0.58),
            (0.72, 0.44),
            (0.78, 0.74),
        ],
        0.03,
    )
    fur = polygon(
        [(0.12, 0.72), (0.20, 0.66), (0.5, 0.69), (0.80, 0.66), (0.88, 0.72), (0.87, 0.84), (0.5, 0.89), (0.13, 0.84)],
        0.03,
    )
    return stack(
        blob(cloth, (228, 40, 56), 0.06),
        blob(fur, (250, 248, 255), 0.04),
        blob(ellipse(0.89, 0.60, 0.085, 0.085), (250, 248, 255), 0.04),
    )


def chef_hat() -> Image.Image:
    puffs = [ellipse(0.30, 0.36, 0.19, 0.17), ellipse(0.70, 0.36, 0.19, 0.17), ellipse(0.5, 0.28, 0.22, 0.20)]
    band = polygon([(0.27, 0.42), (0.73, 0.42), (0.71, 0.84), (0.5, 0.88), (0.29, 0.84)], 0.02)
    return stack(
        blob(band, (240, 238, 250), 0.05),
        *[blob(puff, (252, 250, 255), 0.06) for puff in puffs],
        blob(
            polygon([(0.28, 0.70), (0.72, 0.70), (0.71, 0.84), (0.5, 0.88), (0.29, 0.84)], 0.01), (226, 224, 242), 0.03
        ),
    )


def detective_hat() -> Image.Image:
    crown = polygon(
        [(0.22, 0.66), (0.25, 0.44), (0.36, 0.30), (0.5, 0.25), (0.64, 0.30), (0.75, 0.44), (0.78, 0.66), (0.5, 0.74)],
        0.03,
    )
    brims = [
        polygon([(0.04, 0.76), (0.22, 0.60), (0.46, 0.68), (0.30, 0.82)], 0.03),
        polygon([(0.96, 0.76), (0.78, 0.60), (0.54, 0.68), (0.70, 0.82)], 0.03),
    ]
    check = [polygon([(x, 0.0), (x + 0.035, 0.0), (x + 0.035, 1.0), (x, 1.0)], 0.002) for x in (0.30, 0.42, 0.54, 0.66)]
    check += [polygon([(0.0, y), (1.0, y), (1.0, y + 0.03), (0.0, y + 0.03)], 0.002) for y in (0.36, 0.47, 0.58)]
    return stack(
        *[blob(brim, (150, 108, 70), 0.03) for brim in brims],
        blob(crown, (168, 124, 82), 0.06),
        *[within(blob(line, (112, 76, 52), 0.02), crown) for line in check],
        blob(ellipse(0.5, 0.25, 0.035, 0.03), (112, 76, 52), 0.015),
    )


def cape(side: bool) -> Image.Image:
    """For those who are seen from the side: draped over the back; from the front: spread behind the shoulders."""
    if side:
        cloth = polygon(
            [
                (0.06, 0.28),
                (0.16, 0.16),
                (0.5, 0.20),
                (0.94, 0.28),
                (0.98, 0.72),
                (0.86, 0.80),
                (0.76, 0.74),
                (0.62, 0.84),
                (0.48, 0.76),
                (0.34, 0.82),
                (0.22, 0.70),
                (0.12, 0.60),
            ],
            0.02,
        )
        folds = [
            polygon([(x, 0.20), (x + 0.05, 0.20), (x + 0.09, 0.90), (x + 0.01, 0.90)], 0.01)
            for x in (0.24, 0.44, 0.64, 0.82)
        ]
        collar = polygon([(0.02, 0.30), (0.10, 0.12), (0.22, 0.14), (0.20, 0.24), (0.12, 0.38)], 0.02)
    else:  # wide and short: it ends at the feet of a small figure and shows on both sides
        cloth = polygon(
            [
                (0.30, 0.08),
                (0.70, 0.08),
                (0.86, 0.24),
                (0.98, 0.54),
                (0.83, 0.52),
                (0.5, 0.57),
                (0.17, 0.52),
                (0.02, 0.54),
                (0.14, 0.24),
            ],
            0.02,
        )
        folds = [
            polygon([(0.5 + dx * 0.4, 0.08), (0.53 + dx * 0.4, 0.08), (0.55 + dx, 0.60), (0.47 + dx, 0.60)], 0.01)
            for dx in (-0.36, -0.13, 0.13, 0.36)
        ]
        collar = polygon([(0.24, 0.12), (0.32, 0.04), (0.68, 0.04), (0.76, 0.12), (0.5, 0.16)], 0.02)
    return stack(
        blob(cloth, (208, 34, 60), 0.06),
        *[within(blob(fold, (176, 24, 58), 0.02), cloth) for fold in folds],
        blob(collar, (255, 196, 60), 0.03),
    )


def cowboy_hat() -> Image.Image:
    brown: Colour = (168, 104, 62)
    brim = polygon(
        [
            (0.02, 0.62),
            (0.10, 0.60),
            (0.26, 0.70),
            (0.5, 0.74),
            (0.74, 0.70),
            (0.90, 0.60),
            (0.98, 0.62),
            (0.88, 0.78),
            (0.5, 0.88),
            (0.12, 0.78),
        ],
        0.03,
    )
    crown = polygon(
        [
            (0.25, 0.74),
            (0.28, 0.42),
            (0.37, 0.27),
            (0.46, 0.34),
            (0.54, 0.34),
            (0.63, 0.27),
            (0.72, 0.42),
            (0.75, 0.74),
            (0.5, 0.80),
        ],
        0.03,
    )
    band = polygon([(0.24, 0.64), (0.5, 0.70), (0.76, 0.64), (0.76, 0.73), (0.5, 0.80), (0.24, 0.73)], 0.01)
    return stack(blob(brim, brown, 0.04), blob(crown, brown, 0.06), within(blob(band, (96, 58, 44), 0.02), crown))


def viking_helmet() -> Image.Image:
    dome = polygon(
        [(0.22, 0.78), (0.23, 0.52), (0.33, 0.34), (0.5, 0.27), (0.67, 0.34), (0.77, 0.52), (0.78, 0.78)], 0.03
    )
    rim = polygon([(0.18, 0.72), (0.82, 0.72), (0.82, 0.84), (0.18, 0.84)], 0.02)
    horns = [
        polygon(
            [
                (0.5 + side * 0.24, 0.64),
                (0.5 + side * 0.38, 0.60),
                (0.5 + side * 0.44, 0.42),
                (0.5 + side * 0.40, 0.20),
                (0.5 + side * 0.49, 0.42),
                (0.5 + side * 0.46, 0.68),
                (0.5 + side * 0.28, 0.74),
            ],
            0.012,
        )
        for side in (-1, 1)
    ]
    ridge = polygon([(0.46, 0.28), (0.54, 0.28), (0.54, 0.80), (0.46, 0.80)], 0.01)
    gold: Colour = (236, 180, 70)
    return stack(
        *[blob(horn, (250, 236, 206), 0.03) for horn in horns],
        blob(dome, (150, 152, 170), 0.06),
        blob(ridge, gold, 0.02),
        blob(rim, gold, 0.03),
    )


def space_helmet() -> Image.Image:
    """A glass globe with a white collar; what is inside stays visible."""
    globe = ellipse(0.5, 0.46, 0.45, 0.45)
    down, across = np.mgrid[0:BIG, 0:BIG] / BIG
    away = np.hypot(across - 0.5, down - 0.46) / 0.45
    shine = (
        np.clip(1 - np.hypot((across - 0.33) / 0.13, (down - 0.24) / 0.09), 0, 1) * 0.8
        + np.clip(1 - np.abs(away - 0.97) / 0.03, 0, 1) * 0.55
    )
    veil = np.clip(0.10 + 0.34 * np.clip(away, 0, 1) ** 5 + shine, 0, 0.9) * (np.asarray(globe) / 255)
    glass = np.concatenate(
        [np.broadcast_to(np.asarray((214.0, 236.0, 255.0)), (BIG, BIG, 3)), veil[..., None] * 255], -1
    )
    collar = polygon([(0.20, 0.83), (0.80, 0.83), (0.84, 0.96), (0.16, 0.96)], 0.02)
    return stack(Image.fromarray(glass.astype(np.uint8), "RGBA"), blob(collar, (238, 238, 248), 0.04))


def eye_patch() -> Image.Image:
    strap = polygon([(0.02, 0.36), (0.98, 0.22), (0.98, 0.27), (0.02, 0.42)], 0.004)
    patch = polygon([(0.14, 0.36), (0.46, 0.31), (0.45, 0.52), (0.31, 0.66), (0.17, 0.54)], 0.03)
    return stack(blob(strap, (40, 36, 50), 0.01), blob(patch, (52, 46, 62), 0.03))


def scarf_worn() -> Image.Image:
    """A knitted scarf as it lies around a neck, one end hanging down."""
    band = polygon(
        [
            (0.12, 0.14),
            (0.30, 0.24),
            (0.5, 0.27),
            (0.70, 0.24),
            (0.88, 0.14),
            (0.91, 0.30),
            (0.74, 0.40),
            (0.5, 0.44),
            (0.26, 0.40),
            (0.09, 0.30),
        ],
        0.025,
    )
    end = polygon([(0.56, 0.34), (0.74, 0.32), (0.80, 0.84), (0.58, 0.86)], 0.02)
    fringe = [
        polygon([(x, 0.84), (x + 0.035, 0.84), (x + 0.040, 0.95), (x + 0.008, 0.95)], 0.004)
        for x in (0.585, 0.64, 0.695, 0.75)
    ]
    stripes = [polygon([(0.5, y), (0.9, y - 0.03), (0.9, y + 0.05), (0.5, y + 0.08)], 0.004) for y in (0.54, 0.70)]
    red: Colour = (226, 40, 62)
    return stack(
        *[blob(strand, (250, 236, 220), 0.01) for strand in fringe],
        blob(end, red, 0.04),
        *[within(blob(stripe, (250, 236, 220), 0.02), end) for stripe in stripes],
        blob(band, red, 0.045),
        blob(ellipse(0.645, 0.36, 0.105, 0.085), (236, 56, 76), 0.035),
    )


def mask() -> Image.Image:
    shape = polygon(
        [
            (0.04, 0.44),
            (0.20, 0.32),
            (0.42, 0.36),
            (0.5, 0.42),
            (0.58, 0.36),
            (0.80, 0.32),
            (0.96, 0.44),
            (0.86, 0.62),
            (0.66, 0.66),
            (0.5, 0.56),
            (0.34, 0.66),
            (0.14, 0.62),
        ],
        0.02,
    )
    solid = np.asarray(shape, np.int16)
    for x in (0.28, 0.72):
        solid = solid - np.asarray(ellipse(x, 0.49, 0.11, 0.075), np.int16)
    return blob(Image.fromarray(np.clip(solid, 0, 255).astype(np.uint8), "L"), (44, 50, 92), 0.03)


def bow_tie() -> Image.Image:
    wings = [
        polygon([(0.5, 0.46), (0.12, 0.28), (0.06, 0.5), (0.12, 0.72), (0.5, 0.54)], 0.03),
        polygon([(0.5, 0.46), (0.88, 0.28), (0.94, 0.5), (0.88, 0.72), (0.5, 0.54)], 0.03),
    ]
    return stack(
        *[blob(wing, (226, 44, 74), 0.05) for wing in wings], blob(ellipse(0.5, 0.5, 0.085, 0.105), (190, 28, 62), 0.03)
    )


def hot_air_balloon() -> Image.Image:
    hull = polygon(
        [
            (
                0.5 + 0.38 * float(np.sin(t)) * (1.0 if np.cos(t) > -0.2 else 1.0 - 0.55 * (-0.2 - float(np.cos(t)))),
                0.36 - 0.34 * float(np.cos(t)) * (1.0 if np.cos(t) > 0 else 1.12),
            )
            for t in np.linspace(0, 2 * np.pi, 80)
        ],
        0.01,
    )
    colours: list[Colour] = [(232, 62, 76), (255, 190, 60), (60, 150, 235), (255, 190, 60), (232, 62, 76)]
    layers = [blob(hull, (232, 62, 76), 0.09)]
    for index, half in enumerate((0.38, 0.29, 0.18, 0.07)):
        stripe = ellipse(0.5, 0.36, half, 0.42)
        layers.append(within(blob(stripe, colours[(index + 1) % 5], 0.09), hull))
    ropes = [
        polygon([(x, 0.66), (x + 0.012, 0.66), (to + 0.012, 0.84), (to, 0.84)], 0.002)
        for x, to in ((0.40, 0.43), (0.59, 0.56))
    ]
    basket = polygon([(0.41, 0.83), (0.59, 0.83), (0.57, 0.97), (0.43, 0.97)], 0.012)
    return stack(
        *[blob(rope, (120, 86, 60), 0.01) for rope in ropes],
        *layers,
        blob(basket, (176, 120, 70), 0.03),
        blob(polygon([(0.40, 0.82), (0.60, 0.82), (0.60, 0.86), (0.40, 0.86)], 0.008), (140, 92, 54), 0.015),
    )


DRAWINGS = {
    "wizard_hat": lambda: pointed_hat((74, 78, 190), (255, 196, 66), (255, 214, 90), 0.06),
    "witch_hat": lambda: pointed_hat((64, 50, 92), (150, 70, 200), None, 0.10),
    "pirate_hat": pirate_hat,
    "party_hat": party_hat,
    "santa_hat": santa_hat,
    "chef_hat": chef_hat,
    "detective_hat": detective_hat,
    "cape": lambda: cape(side=True),
    "cape_front": lambda: cape(side=False),
    "scarf_worn": scarf_worn,
    "cowboy_hat": cowboy_hat,
    "viking_helmet": viking_helmet,
    "space_helmet": space_helmet,
    "eye_patch": eye_patch,
    "mask": mask,
    "bow_tie": bow_tie,
    "hot_air_balloon": hot_air_balloon,
}


# Upstream has many animals and people as heads only: these get a body. Colours: body, belly, arms, feet.
BROWN, CREAM, WHITE, SKIN = (150, 92, 66), (250, 222, 190), (246, 244, 252), (255, 190, 50)
ANIMALS: dict[str, tuple[Colour, Colour, Colour, Colour]] = {
    "cat_front": ((255, 190, 60), (255, 222, 140), (255, 190, 60), (255, 200, 90)),
    "dog_front": ((232, 180, 130), CREAM, (232, 180, 130), (200, 140, 100)),
    "monkey_front": ((150, 92, 76), (236, 180, 160), (150, 92, 76), (236, 180, 160)),
    "wolf": ((140, 142, 152), (226, 226, 236), (128, 130, 142), (110, 112, 124)),
    "fox": ((255, 142, 52), (255, 226, 196), (255, 142, 52), (96, 60, 56)),
    "raccoon": ((150, 150, 160), (220, 220, 230), (100, 100, 114), (84, 84, 98)),
    "lion": ((255, 176, 66), (255, 216, 150), (255, 176, 66), (240, 156, 60)),
    "hamster": ((255, 186, 120), (255, 230, 200), (255, 186, 120), (255, 160, 150)),
    "bear": (BROWN, (214, 164, 120), BROWN, (120, 72, 54)),
    "polar_bear": (WHITE, (255, 255, 255), WHITE, (226, 226, 240)),
    "koala": ((156, 158, 168), (228, 228, 238), (156, 158, 168), (126, 128, 140)),
    "panda": (WHITE, (255, 255, 255), (70, 62, 92), (70, 62, 92)),
    "chicken": (WHITE, (255, 255, 255), (236, 234, 246), (255, 170, 50)),
    "frog": ((50, 200, 120), (255, 214, 110), (50, 200, 120), (40, 176, 110)),
    "robot": ((226, 224, 244), (96, 150, 240), (250, 66, 100), (110, 106, 140)),
    "alien": ((112, 200, 80), (160, 226, 120), (112, 200, 80), (92, 176, 70)),
    "clown": ((76, 150, 250), (255, 214, 70), (250, 80, 110), (226, 40, 80)),
    "ogre": ((150, 40, 60), (190, 70, 80), (150, 40, 60), (100, 30, 60)),
    "santa": ((226, 40, 56), WHITE, (226, 40, 56), (66, 56, 74)),
    "angel": (WHITE, (255, 255, 255), WHITE, SKIN),
}
PEOPLE: dict[str, tuple[Colour, Colour, Colour]] = {  # shirt, trousers, shoes
    "baby": ((150, 206, 255), (150, 206, 255), (255, 255, 255)),
    "child": ((255, 130, 80), (80, 120, 200), (240, 240, 250)),
    "boy": ((70, 170, 240), (90, 86, 130), (250, 90, 90)),
    "girl": ((250, 110, 150), (120, 90, 190), (250, 220, 90)),
    "person": ((120, 190, 110), (86, 92, 140), (90, 64, 60)),
    "man": ((70, 130, 210), (84, 84, 110), (90, 64, 60)),
    "bearded_man": ((190, 70, 64), (70, 86, 120), (90, 64, 60)),
    "woman": ((170, 90, 200), (70, 80, 130), (200, 60, 100)),
    "blonde_woman": ((240, 90, 110), (80, 90, 140), (120, 70, 70)),
    "redhead": ((50, 160, 140), (90, 80, 110), (130, 80, 60)),
    "old_man": ((150, 130, 110), (100, 96, 110), (90, 70, 60)),
    "old_woman": ((160, 120, 180), (110, 90, 140), (110, 80, 80)),
    "cowboy": ((200, 90, 70), (70, 100, 160), (130, 80, 50)),
}
# People made of a head above, another coat and a hat: head, shirt, trousers, shoes, hat, its width and height.
DISGUISES: dict[str, tuple[str, Colour, Colour, Colour, str, float, float]] = {
    "witch": ("redhead", (84, 60, 120), (70, 54, 100), (50, 40, 70), "witch_hat", 0.48, -0.03),
    "pirate": ("bearded_man", (236, 232, 240), (60, 54, 76), (70, 50, 44), "pirate_hat", 0.50, -0.005),
    "knight": ("man", (160, 164, 184), (130, 134, 156), (100, 104, 126), "viking_helmet", 0.0, 0.0),
    "viking": ("bearded_man", (150, 110, 80), (100, 80, 70), (80, 60, 50), "viking_helmet", 0.48, -0.02),
}
# Upstream's half figures get legs, or a robe down to the ground. `None`: in the colour at their lower edge.
LEGS: dict[str, Colour | None] = {
    "doctor": (90, 130, 190), "teacher": (84, 76, 110), "farmer": None, "cook": (84, 84, 104), "mechanic": None,
    "scientist": (90, 96, 130), "singer": (200, 70, 60), "artist": (84, 84, 120), "pilot": (54, 56, 90),
    "astronaut": (222, 222, 238), "firefighter": (190, 40, 70), "police_officer": (40, 96, 190),
    "detective": (84, 78, 96),
    "guard": (56, 52, 74), "ninja": (66, 62, 92), "construction_worker": (80, 100, 160), "prince": (240, 238, 250),
    "tuxedo_person": (70, 58, 96), "superhero": (50, 100, 220), "supervillain": (100, 60, 150), "zombie": (80, 76, 96),
    "juggler": (84, 76, 100), "programmer": (84, 92, 140), "family": None, "elf": (110, 80, 60),
}  # fmt: skip
ROBES: dict[str, Colour | None] = {
    "student": None, "judge": None, "princess": None, "bride": (250, 248, 255), "wizard": None,
    "vampire": (84, 70, 108),
}  # fmt: skip


def turned(half: float, tall: float, x: float, y: float, angle: float) -> Image.Image:
    return ellipse(x, y, half, tall).rotate(angle, Image.Resampling.BICUBIC, center=(x * BIG, y * BIG))


def head_of(name: str, width: float, top: float) -> tuple[Image.Image, float]:
    """Upstream's picture, cut and scaled to a share of the sheet, placed under `top`; and where it ends."""
    with Image.open(ART / f"{name}.webp") as file:
        picture = file.convert("RGBA")
    picture = picture.crop(picture.getchannel("A").getbbox())
    scale = width * BIG / picture.width
    picture = picture.resize((round(picture.width * scale), round(picture.height * scale)), Image.Resampling.LANCZOS)
    whole = sheet()
    whole.alpha_composite(picture, ((BIG - picture.width) // 2, round(top * BIG)))
    return whole, top + picture.height / BIG


def chin_shadow(y: float, outline: Image.Image) -> Image.Image:
    dark = Image.new("RGBA", (BIG, BIG), (50, 20, 60, 255))
    soft = (
        ellipse(0.5, y, 0.22, 0.075)
        .filter(ImageFilter.GaussianBlur(0.021 * BIG))
        .point(lambda value: int(value * 0.42))
    )
    dark.putalpha(Image.fromarray(np.minimum(np.asarray(soft), np.asarray(outline)), "L"))
    return dark


def animal(name: str) -> Image.Image:
    """A plush body, front view, arms a little away from it."""
    body, belly, arm, foot = ANIMALS[name]
    head, chin = head_of(name, 0.60, 0.02)
    trunk = Image.fromarray(
        np.maximum(np.asarray(ellipse(0.5, 0.755, 0.205, 0.195)), np.asarray(ellipse(0.5, 0.62, 0.15, 0.14))), "L"
    )
    feet = [blob(ellipse(x, 0.935, 0.098, 0.056), foot, 0.03) for x in (0.395, 0.605)]
    arms = [blob(turned(0.062, 0.145, x, 0.705, angle), arm, 0.03) for x, angle in ((0.292, -32), (0.708, 32))]
    return stack(
        *arms,
        blob(trunk, body, 0.06),
        blob(ellipse(0.5, 0.77, 0.130, 0.145), belly, 0.05, 0.5),
        chin_shadow(chin - 0.02, trunk),
        *feet,
        head,
    )


def disguised(name: str) -> Image.Image:
    head_name, shirt, trousers, shoe, hat, width, top = DISGUISES[name]
    body = person(head_name, (shirt, trousers, shoe))
    if not width:
        return visored(body)
    with Image.open(ART / f"{hat}.webp") as file:
        size = round(width * BIG)
        cover = file.convert("RGBA").resize((size, size), Image.Resampling.LANCZOS)
    lowered = sheet()
    shorter = round(0.74 * BIG)
    lowered.alpha_composite(
        body.resize((shorter, shorter), Image.Resampling.LANCZOS), ((BIG - shorter) // 2, BIG - shorter)
    )
    lowered.paste(cover, ((BIG - size) // 2, round(top * BIG)), cover)
    return lowered


def visored(body: Image.Image) -> Image.Image:
    """A knight: the head in a steel helmet with a plume."""
    steel: Colour = (176, 180, 200)
    helmet = polygon(
        [(0.29, 0.50), (0.27, 0.22), (0.36, 0.08), (0.5, 0.04), (0.64, 0.08), (0.73, 0.22), (0.71, 0.50), (0.5, 0.57)],
        0.03,
    )
    slit = polygon([(0.33, 0.255), (0.67, 0.255), (0.66, 0.315), (0.34, 0.315)], 0.012)
    holes = [ellipse(x, y, 0.011, 0.011) for x in (0.42, 0.47, 0.53, 0.58) for y in (0.39, 0.44)]
    plume = polygon(
        [(0.46, 0.08), (0.42, 0.0), (0.60, 0.0), (0.80, 0.08), (0.84, 0.24), (0.76, 0.20), (0.68, 0.10), (0.54, 0.08)],
        0.02,
    )
    cross = [
        polygon([(0.48, 0.56), (0.52, 0.56), (0.52, 0.70), (0.48, 0.70)], 0.004),
        polygon([(0.43, 0.60), (0.57, 0.60), (0.57, 0.64), (0.43, 0.64)], 0.004),
    ]
    dark: Colour = (40, 38, 56)
    return stack(
        body,
        blob(plume, (220, 40, 60), 0.03),
        blob(helmet, steel, 0.06),
        blob(slit, dark, 0.01),
        *[blob(hole, dark, 0.005) for hole in holes],
        *[blob(bar, (220, 40, 60), 0.01) for bar in cross],
    )


def person(name: str, clothes: tuple[Colour, Colour, Colour] | None = None) -> Image.Image:
    shirt, trousers, shoe = clothes or PEOPLE[name]
    head, chin = head_of(name, 0.44, 0.03)
    skin = (255, 190, 50)
    chest = polygon([(0.37, 0.47), (0.63, 0.47), (0.675, 0.56), (0.655, 0.75), (0.345, 0.75), (0.325, 0.56)], 0.03)
    legs = [
        blob(
            polygon([(x - 0.072, 0.70), (x + 0.072, 0.70), (x + 0.058, 0.94), (x - 0.058, 0.94)], 0.02), trousers, 0.04
        )
        for x in (0.422, 0.578)
    ]
    shoes = [blob(ellipse(x, 0.945, 0.082, 0.045), shoe, 0.02) for x in (0.412, 0.588)]
    arms = [blob(turned(0.054, 0.135, x, 0.605, angle), shirt, 0.03) for x, angle in ((0.318, -20), (0.682, 20))]
    hands = [blob(ellipse(x, 0.735, 0.047, 0.047), skin, 0.025) for x in (0.268, 0.732)]
    return stack(*hands, *arms, *legs, *shoes, blob(chest, shirt, 0.05), chin_shadow(chin, chest), head)


def lower_edge(picture: Image.Image, end: float) -> Colour:
    strip = np.asarray(picture)[
        round((end - 0.06) * BIG) : round((end - 0.02) * BIG), round(0.42 * BIG) : round(0.58 * BIG)
    ].reshape(-1, 4)
    red, green, blue = np.median(strip[strip[:, 3] > 200][:, :3], axis=0)
    return int(red), int(green), int(blue)


def standing(name: str) -> Image.Image:
    """A half figure with legs or a robe under it."""
    bust, end = head_of(name, 0.62, 0.02)
    end = min(end, 0.72)
    if name in ROBES:
        skirt = polygon(
            [
                (0.31, end - 0.06),
                (0.69, end - 0.06),
                (0.77, 0.95),
                (0.64, 0.975),
                (0.5, 0.96),
                (0.36, 0.975),
                (0.23, 0.95),
            ],
            0.03,
        )
        folds = [
            polygon(
                [
                    (x, end - 0.05),
                    (x + 0.02, end - 0.05),
                    (x + (x - 0.5) * 0.5 + 0.05, 0.99),
                    (x + (x - 0.5) * 0.5, 0.99),
                ],
                0.008,
            )
            for x in (0.40, 0.49, 0.58)
        ]
        cloth = ROBES[name] or lower_edge(bust, end)
        darker = tuple(round(value * 0.86) for value in cloth)
        return stack(blob(skirt, cloth, 0.06), *[within(blob(fold, darker, 0.02), skirt) for fold in folds], bust)  # type: ignore[arg-type]
    colour = LEGS[name] or lower_edge(bust, end)
    legs = [
        blob(
            polygon([(x - 0.098, end - 0.08), (x + 0.098, end - 0.08), (x + 0.08, 0.94), (x - 0.08, 0.94)], 0.02),
            colour,
            0.04,
        )
        for x in (0.395, 0.605)
    ]
    hips = blob(
        polygon(
            [(0.30, end - 0.10), (0.70, end - 0.10), (0.69, end + 0.07), (0.5, end + 0.10), (0.31, end + 0.07)], 0.02
        ),
        colour,
        0.04,
    )
    shoe = tuple(round(value * 0.55) for value in colour)
    shoes = [blob(ellipse(x, 0.945, 0.108, 0.048), shoe, 0.02) for x in (0.382, 0.618)]  # type: ignore[arg-type]
    return stack(*legs, hips, *shoes, bust)


def unicorn() -> Image.Image:
    """Upstream's horse in white, mane and tail in violet, with a horn."""
    with Image.open(ART / "horse.webp") as file:
        pixels = np.asarray(file.convert("RGBA"), np.float32) / 255
    light = pixels[..., :3] @ np.asarray((0.3, 0.59, 0.11), np.float32)
    chroma = pixels[..., :3].max(-1) - pixels[..., :3].min(-1)
    coat = np.clip((chroma - 0.10) / 0.08, 0, 1)[..., None]
    white = np.asarray((0.97, 0.95, 1.0), np.float32) * np.clip(0.62 + light * 0.95, 0, 1.03)[..., None]
    down = np.linspace(0, 1, pixels.shape[0], dtype=np.float32)[:, None, None]
    mane = (
        np.asarray((0.98, 0.45, 0.78), np.float32) * (1 - down) + np.asarray((0.45, 0.55, 1.0), np.float32) * down
    ) * np.clip(0.72 + light * 1.6, 0, 1.1)[..., None]
    colours = np.clip(white * coat + mane * (1 - coat), 0, 1)
    body = Image.fromarray((np.concatenate([colours, pixels[..., 3:]], -1) * 255).astype(np.uint8), "RGBA").resize(
        (BIG, BIG), Image.Resampling.LANCZOS
    )
    horn = blob(polygon([(0.205, 0.125), (0.262, 0.098), (0.13, -0.06)], 0.004), (255, 206, 84), 0.02)
    lowered = sheet()
    lowered.alpha_composite(stack(horn, body).resize((470, 470), Image.Resampling.LANCZOS), (25, 42))
    return lowered


# Upstream's boats bring a slab of water: what lies below this share of the picture goes, and the blue of the slab.
BOATS = {"sailboat": 0.80, "canoe": 0.76, "speedboat": 0.75, "ship": 0.945, "ferry": 0.80, "rower": 0.74}


def without_slab(name: str, level: float) -> Image.Image:
    with Image.open(ART / f"{name}.webp") as file:
        pixels = np.asarray(file.convert("RGBA")).copy()
    rows = np.arange(pixels.shape[0])[:, None] / pixels.shape[0]
    red, green, blue = (pixels[..., channel].astype(int) for channel in range(3))
    slab = (
        (rows > level - 0.10) & (blue > 190) & (blue - red > 70) & (green > 90)
        if name in ("sailboat", "canoe", "rower")
        else rows > 2.0
    )
    pixels[..., 3] = np.where(slab | (rows > level + 0.06), 0, pixels[..., 3])
    return Image.fromarray(pixels, "RGBA")


def draw_all() -> None:
    for name, level in BOATS.items():
        save(name, without_slab(name, level))
    for name, draw in DRAWINGS.items():
        save(name, draw())
    for name in DISGUISES:  # while their heads are still heads
        save(name, disguised(name))
    for name in ANIMALS:
        save(name, animal(name))
    for name in PEOPLE:
        save(name, person(name))
    for name in (*LEGS, *ROBES):
        save(name, standing(name))
    save("unicorn", unicorn())


if __name__ == "__main__":
    draw_all()
