"""The last look: grading, the five styles, in numpy and Pillow. Knows pixels only."""

from collections.abc import Callable, Mapping

import numpy as np
from PIL import Image, ImageFilter

from .paint import Array, noise, resized

FULL = 900  # px: styles with wide filters work at half size from here on


def styled(image: Image.Image, style: str, rng: np.random.Generator) -> Image.Image:
    return STYLES[style](image, rng) if style in STYLES else image


def graded(pixels: Array, finishes: frozenset[str]) -> Array:
    """Light and colours as the prompt's mood words ask."""
    height, width = pixels.shape[:2]
    if "vivid" in finishes:
        pixels = contrast(pixels, 0.45) * vignette(width, height, 0.42)
    if "soft" in finishes:
        pixels = pixels * 0.86 + 0.13
    if "dark" in finishes:
        pixels = contrast(pixels * np.asarray((0.72, 0.78, 0.90), np.float32), 0.3) * vignette(width, height, 0.75)
    grey = (pixels @ np.asarray((0.3, 0.59, 0.11), np.float32))[..., None]
    if "mono" in finishes:
        pixels = np.repeat(contrast(grey, 0.4), 3, axis=-1)
    if "sepia" in finishes:
        pixels = (
            (grey * 0.75 + pixels * 0.25) * np.asarray((1.06, 0.93, 0.74), np.float32) * vignette(width, height, 0.4)
        )
    return np.clip(pixels, 0, 1)


def contrast(pixels: Array, amount: float) -> Array:
    clipped = np.clip(pixels, 0, 1)
    curve: Array = clipped * clipped * (3 - 2 * clipped)
    return clipped + (curve - clipped) * amount


def vignette(width: int, height: int, amount: float) -> Array:
    across = np.linspace(-1, 1, width, dtype=np.float32)[None, :] ** 2
    down = np.linspace(-1, 1, height, dtype=np.float32)[:, None] ** 2
    result: Array = (1 - amount * np.clip((across + down - 0.35) / 1.65, 0, 1))[..., None]
    return result


def as_array(image: Image.Image) -> Array:
    return np.asarray(image.convert("RGB"), np.float32) / 255


def as_image(pixels: Array) -> Image.Image:
    return Image.fromarray((np.clip(pixels, 0, 1) * 255 + 0.5).astype(np.uint8), "RGB")


def smoothed(image: Image.Image, radius: int, sectors: int = 4) -> Image.Image:
    """Kuwahara: each pixel takes the mean of the calmest square around it: edges stay, texture goes."""
    pixels = as_array(image)
    grey = pixels @ np.asarray((0.3, 0.59, 0.11), np.float32)
    mean = box(pixels, radius)
    grey_mean = box(grey[..., None], radius)[..., 0]
    spread = box((grey * grey)[..., None], radius)[..., 0] - grey_mean**2
    shifts = [(radius, radius), (radius, -radius), (-radius, radius), (-radius, -radius)][:sectors]
    best, result = np.full(grey.shape, np.inf, np.float32), pixels.copy()
    for down, across in shifts:
        here = np.roll(spread, (down, across), (0, 1))
        better = here < best
        best = np.where(better, here, best)
        result = np.where(better[..., None], np.roll(mean, (down, across), (0, 1)), result)
    return as_image(result)


def box(values: Array, radius: int) -> Array:
    """Mean over squares by running sums."""
    size = 2 * radius + 1
    padded = np.pad(values, ((radius + 1, radius), (radius + 1, radius), (0, 0)), mode="edge").astype(np.float64)
    sums = padded.cumsum(0).cumsum(1)
    total = sums[size:, size:] - sums[:-size, size:] - sums[size:, :-size] + sums[:-size, :-size]
    result: Array = (total / size**2).astype(np.float32)
    return result


def halved(image: Image.Image) -> Image.Image:
    return (
        image.resize((max(1, image.width // 2), max(1, image.height // 2)), Image.Resampling.BOX)
        if max(image.size) > FULL
        else image
    )


def watercolour(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Flat washes with bleeding edges, pigment at the rims, paper showing through and around."""
    small = halved(image)
    unit = min(small.size)
    wash = warped(as_array(smoothed(small, max(2, round(0.004 * unit)))), rng, 0.006 * unit)
    flat = as_array(as_image(wash).filter(ImageFilter.GaussianBlur(0.0015 * unit)))
    rim = np.clip(
        np.abs(as_array(as_image(flat).filter(ImageFilter.GaussianBlur(0.010 * unit))) - flat).mean(-1) * 2.4, 0, 0.26
    )
    pigment = noise(small.width, small.height, rng, 0.22 * unit, 5)
    grain = noise(small.width, small.height, rng, 3, 1)
    result = 1 - (1 - flat) * (0.66 + 0.42 * pigment)[..., None]
    result = result * (1 - rim)[..., None] * (0.965 + 0.06 * grain)[..., None]
    paper = edge_mask(small.width, small.height, rng)
    white = np.asarray((0.985, 0.975, 0.95), np.float32) * (0.97 + 0.04 * grain)[..., None]
    return as_image(white + (result - white) * paper[..., None]).resize(image.size, Image.Resampling.BICUBIC)


def warped(pixels: Array, rng: np.random.Generator, amount: float) -> Array:
    height, width = pixels.shape[:2]
    shift_x = (noise(width, height, rng, 0.035 * min(width, height), 3) - 0.5) * 2 * amount
    shift_y = (noise(width, height, rng, 0.035 * min(width, height), 3) - 0.5) * 2 * amount
    columns = np.clip(np.arange(width)[None, :] + shift_x, 0, width - 1).astype(np.int32)
    rows = np.clip(np.arange(height)[:, None] + shift_y, 0, height - 1).astype(np.int32)
    moved: Array = pixels[rows, columns]
    return moved


def edge_mask(width: int, height: int, rng: np.random.Generator) -> Array:
    """1 inside, 0 along an uneven border."""
    unit = min(width, height)
    across = np.minimum(np.arange(width), np.arange(width)[::-1])[None, :]
    down = np.minimum(np.arange(height), np.arange(height)[::-1])[:, None]
    border = np.minimum(across, down) / unit + (noise(width, height, rng, 0.09 * unit, 4) - 0.5) * 0.07
    return np.clip((border - 0.035) / 0.012, 0, 1).astype(np.float32)


def oil(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Patches of paint with strokes that follow the forms, lit as if they had thickness."""
    small = halved(image)
    unit = min(small.size)
    patches = as_array(smoothed(small, max(2, round(0.008 * unit))))
    grey = patches @ np.asarray((0.3, 0.59, 0.11), np.float32)
    soft = np.asarray(
        as_image(np.repeat(grey[..., None], 3, -1)).convert("L").filter(ImageFilter.GaussianBlur(0.02 * unit)),
        np.float32,
    )
    down, across = np.gradient(soft)
    turn = np.where(
        np.hypot(down, across) > 0.25,
        np.arctan2(down, across) + np.pi / 2,
        (noise(small.width, small.height, rng, 0.3 * unit, 2) - 0.5) * 5,
    )
    bristle = strokes(noise(small.width, small.height, rng, 2, 1), turn.astype(np.float32), max(3, round(0.010 * unit)))
    relief = np.clip((bristle - 0.5) * 3.0, -0.5, 0.5)
    light = np.gradient(relief, axis=0) * 1.1
    rich = contrast(patches, 0.25)
    middle = rich.mean(-1, keepdims=True)
    rich = middle + (rich - middle) * 1.14
    return as_image(rich * (1 + 0.22 * relief)[..., None] + light[..., None] * 0.22).resize(
        image.size, Image.Resampling.BICUBIC
    )


def strokes(grain: Array, turn: Array, length: int) -> Array:
    """Noise smeared along a direction at every pixel."""
    height, width = grain.shape
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    total = np.zeros_like(grain)
    step_x, step_y = np.cos(turn), np.sin(turn)
    for step in range(-length, length + 1, 2):
        row = np.clip(rows + step_y * step, 0, height - 1).astype(np.int32)
        column = np.clip(columns + step_x * step, 0, width - 1).astype(np.int32)
        total += grain[row, column]
    return total / len(range(-length, length + 1, 2))


def pencil(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Graphite on paper: outlines by dodging, shading by hatching in two directions."""
    grey = np.asarray(image.convert("L").filter(ImageFilter.GaussianBlur(0.8)), np.float32) / 255
    unit = min(image.size)
    blurred = np.asarray(image.convert("L").filter(ImageFilter.GaussianBlur(max(2, 0.007 * unit))), np.float32) / 255
    lines = np.clip(grey / np.clip(blurred, 0.04, 1), 0, 1) ** 2.6
    edges = (
        np.asarray(image.filter(ImageFilter.GaussianBlur(1.2)).filter(ImageFilter.FIND_EDGES).convert("L"), np.float32)
        / 255
    )
    lines *= 1 - np.clip(edges * 2.4 - 0.12, 0, 0.75)
    height, width = grey.shape
    across, down = np.arange(width)[None, :], np.arange(height)[:, None]
    wobble = (noise(width, height, rng, 0.12 * unit, 3) - 0.5) * 0.05 * unit
    period = max(3.0, 0.0055 * unit)
    first = 0.5 + 0.5 * np.sin((across + down + wobble) * 2 * np.pi / period / 1.41)
    second = 0.5 + 0.5 * np.sin((across - down * 0.8 + wobble) * 2 * np.pi / period / 1.2)
    shade = np.clip((0.80 - grey) * 1.15, 0, 1)
    tone = (
        1 - 0.62 * np.clip(shade * 1.5 - first * 0.55, 0, 1) - 0.45 * np.clip(shade * 1.5 - 0.62 - second * 0.5, 0, 1)
    )
    tooth = 0.93 + 0.14 * noise(width, height, rng, 2.2, 1)
    ink = np.clip(lines * tone * tooth, 0.06, 1)[..., None]
    paper, graphite = np.asarray((0.97, 0.96, 0.93), np.float32), np.asarray((0.17, 0.17, 0.20), np.float32)
    return as_image(graphite + (paper - graphite) * ink)


def pixel(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """About 128 blocks on the shorter side, 40 colours."""
    cell = max(3, round(min(image.size) / 120))
    size = (-(-image.width // cell), -(-image.height // cell))
    small = image.resize(size, Image.Resampling.BOX).filter(ImageFilter.UnsharpMask(1, 90, 0))
    few = small.quantize(40, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).convert("RGB")
    return few.resize((size[0] * cell, size[1] * cell), Image.Resampling.NEAREST).crop((0, 0, *image.size))


def poster(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Few flat inks, dark outlines, a halftone in the shadows."""
    small = halved(image)
    unit = min(small.size)
    flat = smoothed(small, max(2, round(0.005 * unit)))
    pixels = as_array(flat)
    middle = pixels.mean(-1, keepdims=True)
    strong = as_image(np.clip(middle + (contrast(pixels, 0.5) - middle) * 1.35, 0, 1))
    inks = (
        strong.quantize(20, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        .convert("RGB")
        .filter(ImageFilter.ModeFilter(5))
    )
    big = as_array(inks.resize(image.size, Image.Resampling.BICUBIC))
    edges = (
        np.asarray(flat.convert("L").filter(ImageFilter.GaussianBlur(1.0)).filter(ImageFilter.FIND_EDGES), np.float32)
        / 255
    )
    edges[:2], edges[-2:], edges[:, :2], edges[:, -2:] = 0, 0, 0, 0
    line = np.clip(resized(edges, image.width, image.height) * 6 - 0.7, 0, 1)
    step = max(5.0, 0.008 * min(image.size))
    across, down = np.arange(image.width)[None, :], np.arange(image.height)[:, None]
    dots = np.sin((across + down) * np.pi / step) * np.sin((across - down) * np.pi / step)
    shadow = np.clip(0.42 - big.mean(-1), 0, 1)
    big = big * (1 - 0.25 * ((dots * 0.5 + 0.5) < shadow * 2))[..., None]
    return as_image(big + (np.asarray((0.09, 0.08, 0.16), np.float32) - big) * line[..., None])


STYLES: Mapping[str, Callable[[Image.Image, np.random.Generator], Image.Image]] = {
    "watercolour": watercolour,
    "oil": oil,
    "pencil": pencil,
    "pixel": pixel,
    "poster": poster,
}
