"""The art: loaded, cut to its outline, scaled, lit, with its shadow. Knows single pictures, not where they stand."""

from functools import lru_cache

import numpy as np
from PIL import Image, ImageFilter

from .colours import recoloured
from .light import Light
from .paint import Colour
from .tables import FOLDER, words

LARGEST = 400  # px; the art is 256 px, and more than 1.56 times that looks soft


@lru_cache(maxsize=128)
def art(name: str, colour: str = "") -> Image.Image:
    """The untouched 256 px picture of an object, in another colour if one is given."""
    with Image.open(FOLDER / "art" / f"{name}.webp") as file:
        image = file.convert("RGBA")
    if image.size != (256, 256):
        image = image.resize((256, 256), Image.Resampling.LANCZOS)
    return recoloured(image, colour, whole=name in words()["one_coat"]["words"]) if colour else image


@lru_cache(maxsize=512)
def outline(name: str) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of what is visible on the 256 px picture."""
    box = art(name).getchannel("A").point(lambda value: 255 * (value > 40)).getbbox()
    return box or (0, 0, 256, 256)


def scaled(image: Image.Image, factor: float) -> Image.Image:
    """Resized with a good filter; a little sharper where it grew."""
    size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    grown = image.convert("RGBa").resize(size, Image.Resampling.LANCZOS).convert("RGBA")
    return grown.filter(ImageFilter.UnsharpMask(1.6, 60, 2)) if factor > 1.05 else grown


def lit(image: Image.Image, light: Light, haze: float = 0.0, from_left: bool = True) -> Image.Image:
    """In the light of the scene: its colour, brighter on the sun's side, paler far away."""
    pixels = np.asarray(image, np.float32) / 255
    side = np.linspace(0.06, -0.08, image.width, dtype=np.float32)[None, :, None] * (1 if from_left else -1)
    colours = pixels[..., :3] * np.asarray(light.ambient, np.float32) * (1 + side * (0.4 + light.shadow))
    colours += (np.asarray(light.haze, np.float32) - colours) * haze
    lit_pixels = np.concatenate([np.clip(colours, 0, 1), pixels[..., 3:]], axis=-1)
    return Image.fromarray((lit_pixels * 255 + 0.5).astype(np.uint8), "RGBA")


def veiled(image: Image.Image, colour: Colour, amount: float) -> Image.Image:
    """Mixed with one colour: under water, behind fog."""
    flat = Image.new("RGBA", image.size, tuple(round(255 * value) for value in colour))
    flat.putalpha(image.getchannel("A"))
    return Image.blend(image, flat, amount)


def cast_shadow(image: Image.Image, length: float, lean: float) -> tuple[Image.Image, int]:
    """The outline laid on the ground: a blurred mask and how far its left edge lies from the picture's left edge.

    `length` is the shadow's depth as a share of the height, `lean` how far its end moves sideways, likewise.
    """
    height = max(2, round(image.height * length))
    shift = lean * image.height
    margin = round(abs(shift)) + 12
    flat = image.getchannel("A").resize((image.width, height), Image.Resampling.BILINEAR)
    wide = Image.new("L", (image.width + 2 * margin, height + 16))
    wide.paste(flat, (margin, 8))
    slope = -shift / height
    leaned = wide.transform(
        wide.size, Image.Transform.AFFINE, (1, -slope, slope * (height + 8), 0, 1, 0), Image.Resampling.BILINEAR
    )
    return leaned.filter(ImageFilter.GaussianBlur(max(2.0, image.height * 0.018))), margin


def contact_shadow(width: float) -> Image.Image:
    """The soft dark spot right under something that stands."""
    wide, high = max(8, round(width * 1.15)), max(6, round(width * 0.26))
    across = np.linspace(-1, 1, wide, dtype=np.float32)[None, :]
    down = np.linspace(-1, 1, high, dtype=np.float32)[:, None]
    spot = np.clip(1 - np.sqrt(across**2 + down**2), 0, 1) ** 1.3
    return Image.fromarray((spot * 255).astype(np.uint8), "L")
