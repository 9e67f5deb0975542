"""Colour words → RGB, and an object's main colour exchanged, its shading kept. Knows colour words only."""

import colorsys

import numpy as np
from PIL import Image

from .paint import Array, Colour
from .tables import words


def rgb(word: str) -> Colour:
    hue, chroma, lightness = words()["colours"][word]
    return colorsys.hls_to_rgb(hue / 360, lightness, chroma)


def recoloured(image: Image.Image, word: str, *, whole: bool = False) -> Image.Image:
    """The object in another colour. Its main hue changes; white, black and other parts (eyes, tyres) stay.

    An object without a main hue, such as a grey elephant, is dyed as a whole except for its darkest parts; so is
    one whose main hue is a small part only, such as a mallard's head, if the caller says `whole`.
    """
    pixels = np.asarray(image.convert("RGBA"), np.float32) / 255
    red, green, blue, alpha = np.moveaxis(pixels, -1, 0)
    bright = np.maximum(np.maximum(red, green), blue)
    chroma = bright - np.minimum(np.minimum(red, green), blue)
    luminance = 0.3 * red + 0.59 * green + 0.11 * blue
    part = all_but_darkest(luminance) if whole else main_part(red, green, blue, chroma, alpha)
    weight = part * alpha
    middle = float((luminance * weight).sum() / max(float(weight.sum()), 1e-6))
    dyed = shaded(luminance / max(middle, 0.05), rgb(word))
    pixels[..., :3] += (dyed - pixels[..., :3]) * part[..., None]
    return Image.fromarray((np.clip(pixels, 0, 1) * 255 + 0.5).astype(np.uint8), "RGBA")


def all_but_darkest(luminance: Array) -> Array:
    result: Array = np.clip((luminance - 0.16) / 0.12, 0, 1)
    return result


def main_part(red: Array, green: Array, blue: Array, chroma: Array, alpha: Array) -> Array:
    """How much each pixel belongs to the main colour, 0..1."""
    angle = np.arctan2(1.732 * (green - blue), 2 * red - green - blue)
    strong = chroma * alpha * (chroma > 0.18)
    if strong.sum() < 0.09 * alpha.sum():
        return all_but_darkest(0.3 * red + 0.59 * green + 0.11 * blue)
    bins, edges = np.histogram(angle, bins=36, range=(-np.pi, np.pi), weights=strong)
    around = bins + np.roll(bins, 1) + np.roll(bins, -1)
    main = edges[int(np.argmax(around))] + np.pi / 36
    off = np.abs(np.angle(np.exp(1j * (angle - main)))).astype(np.float32)
    near: Array = np.clip((0.95 - off) / 0.3, 0, 1) * np.clip((chroma - 0.07) / 0.12, 0, 1)
    return near


def shaded(ratio: Array, colour: Colour) -> Array:
    """The colour under a light of the given strength (1 = as it is): darker below, towards white above."""
    base = np.asarray(colour, np.float32)
    level = ratio[..., None]
    darker = base * np.clip(level, 0, 1) ** 1.15
    lighter = base + (1 - base) * np.clip((level - 1) * 0.75, 0, 0.8)
    return np.where(level < 1, darker, lighter)
