"""Draw the few objects that upstream has not: costumes, a balloon, bodies under heads. Development only.

    python scripts/draw_art.py        # after vendor_art.py, whose heads and busts it completes to whole figures

Soft solids from flat outlines: a blurred outline is taken as a height field and lit from the upper left.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

ART = Path(__file__).resolve().parent.parent / "services" / "embedded" / "composer" / "art"
BIG = 1024  # drawn at four times the size
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
    down, across = np.gradient(height * 260 * tilt * (puff / 0.05) ** 0.5)
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
    return polygon([(x + float(r * np.cos(t)), y + float(r * np.sin(t))) for r, t in zip(reach, turns, strict=True)], 0.005)


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
    picture.resize((256, 256), Image.Resampling.LANCZOS).save(ART / f"{name}.webp", quality=86, method=6)


def pointed_hat(cloth: Colour, band: Colour, trim: Colour | None, bent: float) -> Image.Image:
    cone = polygon([(0.27, 0.80), (0.40, 0.34), (0.50 + bent, 0.05), (0.56 + bent * 0.5, 0.12), (0.62, 0.36), (0.73, 0.80)], 0.02)
    brim = ellipse(0.5, 0.80, 0.46, 0.115)
    ribbon = polygon([(0.26, 0.80), (0.30, 0.66), (0.5, 0.70), (0.70, 0.66), (0.74, 0.80), (0.5, 0.85)], 0.01)
    layers = [blob(brim, cloth, 0.03), blob(cone, cloth, 0.06), within(blob(ribbon, band, 0.02), cone)]
    if trim:
        spots = ((0.44, 0.55, 0.055), (0.57, 0.44, 0.042), (0.52, 0.28, 0.034), (0.60, 0.60, 0.034))
        layers += [within(blob(star(x, y, r), trim, 0.008), cone) for x, y, r in spots]
    else:
        layers += [blob(polygon([(0.43, 0.70), (0.57, 0.70), (0.57, 0.81), (0.43, 0.81)], 0.006), (250, 200, 60), 0.012)]
    return stack(*layers)


def pirate_hat() -> Image.Image:
    crown = polygon([(0.05, 0.72), (0.14, 0.42), (0.34, 0.26), (0.5, 0.20), (0.66, 0.26), (0.86, 0.42), (0.95, 0.72), (0.72, 0.62), (0.5, 0.60), (0.28, 0.62)], 0.03)
    base = polygon([(0.20, 0.62), (0.5, 0.54), (0.80, 0.62), (0.80, 0.76), (0.5, 0.83), (0.20, 0.76)], 0.03)
    rim = polygon([(0.05, 0.73), (0.10, 0.67), (0.28, 0.58), (0.5, 0.55), (0.72, 0.58), (0.90, 0.67), (0.95, 0.73), (0.72, 0.65), (0.5, 0.62), (0.28, 0.65)], 0.012)
    bones = [polygon([(0.38, 0.38 + s * 0.14), (0.40, 0.36 + s * 0.14), (0.62, 0.50 - s * 0.14), (0.60, 0.52 - s * 0.14)], 0.004) for s in (0, 1)]
    skull = [ellipse(0.5, 0.40, 0.072, 0.068), polygon([(0.46, 0.42), (0.54, 0.42), (0.535, 0.50), (0.465, 0.50)], 0.008)]
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
    stripes = [polygon([(0.0, y), (1.0, y - 0.28), (1.0, y - 0.18), (0.0, y + 0.10)], 0.004) for y in (0.50, 0.74, 0.98, 1.2)]
    dots = [ellipse(0.5 + dx, 0.13 + dy, 0.06, 0.06) for dx, dy in ((-0.05, 0.0), (0.05, 0.0), (0.0, -0.05), (0.0, 0.04))]
    return stack(blob(cone, (64, 160, 250), 0.06), *[within(blob(stripe, (255, 214, 70), 0.03), cone) for stripe in stripes], *[blob(dot, (250, 80, 130), 0.02) for dot in dots])


def santa_hat() -> Image.Image:
    cloth = polygon([(0.20, 0.74), (0.26, 0.42), (0.44, 0.20), (0.66, 0.18), (0.86, 0.34), (0.93, 0.56), (0.84, 0.58), (0.72, 0.44), (0.78, 0.74)], 0.03)
    fur = polygon([(0.12, 0.72), (0.20, 0.66), (0.5, 0.69), (0.80, 0.66), (0.88, 0.72), (0.87, 0.84), (0.5, 0.89), (0.13, 0.84)], 0.03)
    return stack(blob(cloth, (228, 40, 56), 0.06), blob(fur, (250, 248, 255), 0.04), blob(ellipse(0.89, 0.60, 0.085, 0.085), (250, 248, 255), 0.04))


def chef_hat() -> Image.Image:
    puffs = [ellipse(0.30, 0.36, 0.19, 0.17), ellipse(0.70, 0.36, 0.19, 0.17), ellipse(0.5, 0.28, 0.22, 0.20)]
    band = polygon([(0.27, 0.42), (0.73, 0.42), (0.71, 0.84), (0.5, 0.88), (0.29, 0.84)], 0.02)
    return stack(blob(band, (240, 238, 250), 0.05), *[blob(puff, (252, 250, 255), 0.06) for puff in puffs], blob(polygon([(0.28, 0.70), (0.72, 0.70), (0.71, 0.84), (0.5, 0.88), (0.29, 0.84)], 0.01), (226, 224, 242), 0.03))


def detective_hat() -> Image.Image:
    crown = polygon([(0.22, 0.66), (0.25, 0.44), (0.36, 0.30), (0.5, 0.25), (0.64, 0.30), (0.75, 0.44), (0.78, 0.66), (0.5, 0.74)], 0.03)
    brims = [polygon([(0.04, 0.76), (0.22, 0.60), (0.46, 0.68), (0.30, 0.82)], 0.03), polygon([(0.96, 0.76), (0.78, 0.60), (0.54, 0.68), (0.70, 0.82)], 0.03)]
    check = [polygon([(x, 0.0), (x + 0.035, 0.0), (x + 0.035, 1.0), (x, 1.0)], 0.002) for x in (0.30, 0.42, 0.54, 0.66)]
    check += [polygon([(0.0, y), (1.0, y), (1.0, y + 0.03), (0.0, y + 0.03)], 0.002) for y in (0.36, 0.47, 0.58)]
    return stack(*[blob(brim, (150, 108, 70), 0.03) for brim in brims], blob(crown, (168, 124, 82), 0.06), *[within(blob(line, (112, 76, 52), 0.02), crown) for line in check], blob(ellipse(0.5, 0.25, 0.035, 0.03), (112, 76, 52), 0.015))


def cape(side: bool) -> Image.Image:
    """For those who are seen from the side: draped over the back; from the front: spread behind the shoulders."""
    if side:
        cloth = polygon([(0.06, 0.28), (0.16, 0.16), (0.5, 0.20), (0.94, 0.28), (0.98, 0.72), (0.86, 0.80), (0.76, 0.74), (0.62, 0.84), (0.48, 0.76), (0.34, 0.82), (0.22, 0.70), (0.12, 0.60)], 0.02)
        folds = [polygon([(x, 0.20), (x + 0.05, 0.20), (x + 0.09, 0.90), (x + 0.01, 0.90)], 0.01) for x in (0.24, 0.44, 0.64, 0.82)]
        collar = polygon([(0.02, 0.30), (0.10, 0.12), (0.22, 0.14), (0.20, 0.24), (0.12, 0.38)], 0.02)
    else:
        cloth = polygon([(0.30, 0.10), (0.70, 0.10), (0.84, 0.40), (0.97, 0.92), (0.82, 0.88), (0.66, 0.96), (0.5, 0.90), (0.34, 0.96), (0.18, 0.88), (0.03, 0.92), (0.16, 0.40)], 0.02)
        folds = [polygon([(0.5 + dx * 0.3, 0.10), (0.53 + dx * 0.3, 0.10), (0.55 + dx, 0.99), (0.47 + dx, 0.99)], 0.01) for dx in (-0.34, -0.12, 0.12, 0.34)]
        collar = polygon([(0.26, 0.14), (0.34, 0.04), (0.66, 0.04), (0.74, 0.14), (0.5, 0.20)], 0.02)
    return stack(blob(cloth, (208, 34, 60), 0.06), *[within(blob(fold, (176, 24, 58), 0.02), cloth) for fold in folds], blob(collar, (255, 196, 60), 0.03))


def mask() -> Image.Image:
    shape = polygon([(0.04, 0.44), (0.20, 0.32), (0.42, 0.36), (0.5, 0.42), (0.58, 0.36), (0.80, 0.32), (0.96, 0.44), (0.86, 0.62), (0.66, 0.66), (0.5, 0.56), (0.34, 0.66), (0.14, 0.62)], 0.02)
    solid = np.asarray(shape, np.int16)
    for x in (0.28, 0.72):
        solid = solid - np.asarray(ellipse(x, 0.49, 0.11, 0.075), np.int16)
    return blob(Image.fromarray(np.clip(solid, 0, 255).astype(np.uint8), "L"), (44, 50, 92), 0.03)


def bow_tie() -> Image.Image:
    wings = [polygon([(0.5, 0.46), (0.12, 0.28), (0.06, 0.5), (0.12, 0.72), (0.5, 0.54)], 0.03), polygon([(0.5, 0.46), (0.88, 0.28), (0.94, 0.5), (0.88, 0.72), (0.5, 0.54)], 0.03)]
    return stack(*[blob(wing, (226, 44, 74), 0.05) for wing in wings], blob(ellipse(0.5, 0.5, 0.085, 0.105), (190, 28, 62), 0.03))


def hot_air_balloon() -> Image.Image:
    hull = polygon([(0.5 + 0.38 * float(np.sin(t)) * (1.0 if np.cos(t) > -0.2 else 1.0 - 0.55 * (-0.2 - float(np.cos(t)))), 0.36 - 0.34 * float(np.cos(t)) * (1.0 if np.cos(t) > 0 else 1.12)) for t in np.linspace(0, 2 * np.pi, 80)], 0.01)
    colours: list[Colour] = [(232, 62, 76), (255, 190, 60), (60, 150, 235), (255, 190, 60), (232, 62, 76)]
    layers = [blob(hull, (232, 62, 76), 0.09)]
    for index, half in enumerate((0.38, 0.29, 0.18, 0.07)):
        stripe = ellipse(0.5, 0.36, half, 0.42)
        layers.append(within(blob(stripe, colours[(index + 1) % 5], 0.09), hull))
    ropes = [polygon([(x, 0.66), (x + 0.012, 0.66), (to + 0.012, 0.84), (to, 0.84)], 0.002) for x, to in ((0.40, 0.43), (0.59, 0.56))]
    basket = polygon([(0.41, 0.83), (0.59, 0.83), (0.57, 0.97), (0.43, 0.97)], 0.012)
    return stack(*[blob(rope, (120, 86, 60), 0.01) for rope in ropes], *layers, blob(basket, (176, 120, 70), 0.03), blob(polygon([(0.40, 0.82), (0.60, 0.82), (0.60, 0.86), (0.40, 0.86)], 0.008), (140, 92, 54), 0.015))


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
    "mask": mask,
    "bow_tie": bow_tie,
    "hot_air_balloon": hot_air_balloon,
}


if __name__ == "__main__":
    for name, draw in DRAWINGS.items():
        save(name, draw())
