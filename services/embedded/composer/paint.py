"""Brushes: gradients, noise, ridges, glows on a float canvas. Knows colours and shapes, no places and no words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Array = NDArray[np.floating[Any]]  # float32 where it counts: whole canvases
Colour = tuple[float, float, float]  # red, green, blue in 0..1


@dataclass
class Canvas:
    """A picture being painted: float32, height × width × 3, 0..1."""

    pixels: Array

    @classmethod
    def blank(cls, width: int, height: int) -> "Canvas":
        return cls(np.zeros((height, width, 3), np.float32))

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])

    @property
    def unit(self) -> float:
        """The length that sizes are given in: the shorter side in pixels."""
        return float(min(self.width, self.height))

    def lay(self, colour: Colour | Array, cover: Array | float, top: int = 0) -> None:
        """Paint over the rows from `top` on, as far as `cover` (0..1) hides what is there."""
        rows = self.pixels[top : top + cover.shape[0]] if isinstance(cover, np.ndarray) else self.pixels[top:]
        weight = cover[: rows.shape[0], :, None] if isinstance(cover, np.ndarray) else cover
        rows += (np.asarray(colour, np.float32) - rows) * weight

    def multiply(self, factor: Array, top: int = 0) -> None:
        self.pixels[top : top + factor.shape[0]] *= factor[..., None] if factor.ndim == 2 else factor

    def add(self, colour: Colour, strength: Array, top: int = 0) -> None:
        """Light: never beyond white."""
        rows = self.pixels[top : top + strength.shape[0]]
        rows += (1 - rows) * np.clip(strength[: rows.shape[0], :, None] * np.asarray(colour, np.float32), 0, 1)

    def stamp(self, image: Image.Image, x: float, y: float, opacity: float = 1.0) -> None:
        """Lay an RGBA picture with its left upper corner at x, y; what is outside is cut off."""
        left, top = round(x), round(y)
        x0, y0 = max(left, 0), max(top, 0)
        x1, y1 = min(left + image.width, self.width), min(top + image.height, self.height)
        if x0 >= x1 or y0 >= y1:
            return
        part = np.asarray(image.crop((x0 - left, y0 - top, x1 - left, y1 - top)), np.float32) / 255
        rows = self.pixels[y0:y1, x0:x1]
        rows += (part[..., :3] - rows) * (part[..., 3:] * opacity)

    def shade(
        self, cover: Image.Image, x: float, y: float, strength: float, colour: Colour = (0.05, 0.05, 0.15)
    ) -> None:
        """Darken through a greyscale picture with its left upper corner at x, y."""
        ink = Image.new("RGBA", cover.size, tuple(round(255 * value) for value in colour))
        ink.putalpha(cover)
        self.stamp(ink, x, y, strength)

    def image(self) -> Image.Image:
        return Image.fromarray((np.clip(self.pixels, 0, 1) * 255 + 0.5).astype(np.uint8), "RGB")


def resized(values: Array, width: int, height: int, smooth: bool = True) -> Array:
    way = Image.Resampling.BICUBIC if smooth else Image.Resampling.BILINEAR
    return np.asarray(Image.fromarray(values.astype(np.float32), "F").resize((width, height), way), np.float32)


def noise(
    width: int, height: int, rng: np.random.Generator, cell: float, octaves: int = 3, stretch: float = 1.0
) -> Array:
    """Smooth random values around 0.5; `cell` is the size of the largest spots in px, `stretch` makes them wider."""
    total, weight, amplitude = np.zeros((height, width), np.float32), 0.0, 1.0
    for _ in range(octaves):
        columns, rows = max(2, round(width / (cell * stretch)) + 1), max(2, round(height / cell) + 1)
        total += amplitude * resized(rng.random((rows, columns), np.float32), width, height)
        weight, amplitude, cell = weight + amplitude, amplitude / 2, max(cell / 2, 2.0)
    return total / weight


def curve(width: int, rng: np.random.Generator, cell: float, octaves: int = 5, roughness: float = 0.5) -> Array:
    """A random line, about -1..1, one value a column: a ridge, a shore, a dune."""
    total, amplitude, columns = np.zeros(width, np.float64), 1.0, np.arange(width)
    for _ in range(octaves):
        knots = max(3, round(width / cell) + 2)
        steps = np.linspace(-rng.random(), knots - 2 + rng.random(), width)
        values = rng.random(knots + 3) * 2 - 1
        base = np.clip(np.floor(steps).astype(int) + 1, 0, knots + 1)
        part = steps - np.floor(steps)
        part = part * part * (3 - 2 * part)
        total += amplitude * (values[base] * (1 - part) + values[base + 1] * part)
        amplitude, cell = amplitude * roughness, max(cell / 2, 2.0)
    return (total + 0 * columns).astype(np.float32)


def below(line: Array | float, width: int, height: int, top: int = 0) -> Array:
    """1 under a line (y per column), 0 above it, soft over one pixel; the rows from `top` to `height`."""
    rows = np.arange(top, height, dtype=np.float32)[:, None]
    result: Array = np.clip(rows - np.broadcast_to(np.asarray(line, np.float32), (width,)) + 0.5, 0, 1)
    return result


def gradient(width: int, height: int, stops: Sequence[tuple[float, Colour]]) -> Array:
    """Colours from top to bottom; the stops' positions are 0..1."""
    at = np.linspace(0, 1, height)
    channels = [
        np.interp(at, [stop[0] for stop in stops], [stop[1][channel] for stop in stops]) for channel in range(3)
    ]
    column = np.stack(channels, axis=-1).astype(np.float32)
    return np.broadcast_to(column[:, None, :], (height, width, 3)).copy()


def disc(width: int, height: int, x: float, y: float, radius: float) -> Array:
    result: Array = np.clip(radius - distance(width, height, x, y) + 0.5, 0, 1)
    return result


def glow(width: int, height: int, x: float, y: float, radius: float) -> Array:
    """1 in the middle, fading like light does."""
    result: Array = np.exp(-((distance(width, height, x, y) / radius) ** 2))
    return result


def distance(width: int, height: int, x: float, y: float) -> Array:
    across = (np.arange(width, dtype=np.float32) - x)[None, :]
    down = (np.arange(height, dtype=np.float32) - y)[:, None]
    result: Array = np.sqrt(across * across + down * down)
    return result


def plane(width: int, rows: int, rng: np.random.Generator, spot: float = 0.06, fall: float = 0.12) -> Array:
    """Noise on level ground seen in perspective: flat and fine at the horizon (the first row), coarse in front."""
    quarter = noise(128, 128, rng, 256 * spot, 4)
    half = np.concatenate([quarter, quarter[:, ::-1]], axis=1)
    texture = np.concatenate([half, half[::-1]])  # mirrored, so that it has no seams
    depth = 1 / (np.linspace(0, 1, rows, dtype=np.float32)[:, None] + fall)
    across = (np.arange(width, dtype=np.float32) / width - 0.5)[None, :] * depth * 180
    away = np.broadcast_to(depth * 150, across.shape)
    return texture[away.astype(np.int32) % 256, across.astype(np.int32) % 256]


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    first, second = np.asarray(one), np.asarray(other)
    red, green, blue = first + (second - first) * share
    return float(red), float(green), float(blue)


def times(one: Colour, other: Colour) -> Colour:
    return one[0] * other[0], one[1] * other[1], one[2] * other[2]
