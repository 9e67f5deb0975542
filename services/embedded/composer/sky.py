"""Sky: its colours, sun, moon, stars, clouds, rainbow, aurora, fireworks. Knows light; nothing of the ground."""

import numpy as np

from .light import Light
from .paint import Array, Canvas, Colour, disc, distance, glow, gradient, mixed, noise, resized
from .setting import Setting


def paint_sky(canvas: Canvas, setting: Setting, horizon: float) -> None:
    """The upper part of the canvas, down to the horizon (px)."""
    light, rng = setting.light, setting.rng
    rows = min(canvas.height, max(2, round(horizon) + 2))
    stops = [(0.0, light.zenith), (0.55, light.middle), (1.0, light.horizon)]
    canvas.pixels[:rows] = gradient(canvas.width, rows, stops)
    canvas.pixels[rows:] = light.horizon
    side = 0.2 + 0.18 * rng.random() if rng.random() < 0.5 else 0.62 + 0.2 * rng.random()
    x, y = side * canvas.width, horizon * (1 - light.sun_height)
    overcast = bool(setting.weather & {"rain", "storm", "snow", "clouds", "fog"})
    if light.dark:
        paint_stars(canvas, rng, rows, 0.25 if overcast else 1.0)
        if "aurora" in setting.sky:
            paint_aurora(canvas, rng, rows)
        if not overcast:
            paint_moon(canvas, rng, x, max(y, 0.14 * canvas.unit), rows)
    elif not overcast or "rainbow" in setting.weather:
        paint_sun(canvas, light, x, y, rows)
    if not setting.minimal:
        paint_clouds(canvas, setting, rows, 0.75 if overcast else 0.32 + 0.2 * rng.random())
    for name, brush in (("meteors", paint_meteors), ("fireworks", paint_fireworks)):
        if name in setting.sky:
            brush(canvas, rng, rows)
    if "rainbow" in setting.weather:
        paint_rainbow(canvas, rng, rows)


def paint_sun(canvas: Canvas, light: Light, x: float, y: float, rows: int) -> None:
    unit = canvas.unit
    canvas.add(light.sun, 0.55 * glow(canvas.width, rows, x, y, 0.42 * unit))
    canvas.add(light.sun, 0.6 * glow(canvas.width, rows, x, y, 0.13 * unit))
    canvas.lay(mixed(light.sun, (1, 1, 1), 0.55), disc(canvas.width, rows, x, y, 0.055 * unit))


def paint_moon(canvas: Canvas, rng: np.random.Generator, x: float, y: float, rows: int) -> None:
    unit, radius = canvas.unit, 0.068 * canvas.unit
    canvas.add((0.75, 0.82, 1.0), 0.5 * glow(canvas.width, rows, x, y, 0.26 * unit))
    face = disc(canvas.width, rows, x, y, radius)
    canvas.lay((0.97, 0.96, 0.90), face)
    seas = np.clip(noise(canvas.width, rows, rng, radius * 0.9, 3) * 3 - 1.5, 0, 1)
    canvas.lay((0.78, 0.78, 0.80), face * seas * 0.6)


def paint_stars(canvas: Canvas, rng: np.random.Generator, rows: int, density: float, milky: bool = True) -> None:
    count = round(canvas.width * rows / 2600 * density)
    xs, ys = rng.integers(1, canvas.width - 1, count), (rng.random(count) ** 1.25 * (rows - 3)).astype(int) + 1
    bright = rng.random(count).astype(np.float32) ** 3
    tint = np.array([[0.8, 0.88, 1.0], [1.0, 1.0, 1.0], [1.0, 0.92, 0.78]], np.float32)[rng.integers(0, 3, count)]
    for dx, dy, share in ((0, 0, 1.0), (1, 0, 0.4), (0, 1, 0.4), (-1, 0, 0.4), (0, -1, 0.4)):
        spot = canvas.pixels[ys + dy, xs + dx]
        canvas.pixels[ys + dy, xs + dx] = np.maximum(spot, tint * (share * (0.25 + 0.75 * bright))[:, None])
    for x, y in zip(xs[bright > 0.93], ys[bright > 0.93], strict=True):
        sparkle(canvas, int(x), int(y), 0.011 * canvas.unit)
    if milky:
        band = np.clip(noise(canvas.width, rows, rng, 0.35 * canvas.unit, 4) - 0.52, 0, 1)
        canvas.add((0.45, 0.5, 0.85), band * 0.9 * density)


def sparkle(canvas: Canvas, x: int, y: int, size: float, colour: Colour = (1.0, 1.0, 1.0)) -> None:
    """A small star with four rays."""
    reach = max(2, round(size))
    top, left = max(0, y - reach), max(0, x - reach)
    area = canvas.pixels[top : y + reach + 1, left : x + reach + 1]
    down = np.abs(np.arange(area.shape[0]) + top - y)[:, None] / reach
    across = np.abs(np.arange(area.shape[1]) + left - x)[None, :] / reach
    rays = np.clip(1 - np.sqrt(down + 0.001) - np.sqrt(across + 0.001), 0, 1) * 1.6
    area += (1 - area) * np.clip(rays[..., None], 0, 1) * np.asarray(colour, np.float32)


def paint_clouds(canvas: Canvas, setting: Setting, rows: int, amount: float) -> None:
    """Flat noise clouds, denser towards the horizon, lit from above."""
    light, small = setting.light, 2
    width, height = max(8, canvas.width // small), max(8, rows // small)
    field = noise(width, height, setting.rng, 0.2 * canvas.unit / small, 5, stretch=2.4)
    perspective = np.linspace(0.0, 0.12, height, dtype=np.float32)[:, None]
    cover = np.clip((field + perspective - (0.72 - 0.3 * amount)) * 4.5, 0, 1)
    cover *= np.clip(np.linspace(1.5, 0.3, height, dtype=np.float32), 0, 1)[:, None]
    lower = max(1, round(0.012 * canvas.unit))
    depth = np.concatenate([np.repeat(cover[:1], lower, axis=0), cover[:-lower]]) if lower < height else cover
    lit = mixed(light.horizon, (1, 1, 1) if not light.dark else (0.3, 0.36, 0.55), 0.6)
    shade = mixed(light.middle, light.haze, 0.6)
    tone = resized(np.clip(0.35 + (cover - depth) * 1.3 + 0.4 * (1 - depth), 0, 1), canvas.width, rows)[..., None]
    colours: Array = (
        np.asarray(shade, np.float32) + (np.asarray(lit, np.float32) - np.asarray(shade, np.float32)) * tone
    )
    canvas.lay(np.clip(colours, 0, 1), resized(cover, canvas.width, rows) * (0.55 if light.dark else 0.85))


def paint_rainbow(canvas: Canvas, rng: np.random.Generator, rows: int) -> None:
    x, radius = canvas.width * (0.4 + 0.2 * rng.random()), 0.62 * max(canvas.width * 0.75, rows)
    away = distance(canvas.width, rows, x, rows * 1.08)
    width = 0.07 * canvas.unit
    place = (radius - away) / width  # 0 outside (red) .. 1 inside (violet)
    bands = np.array(
        [[1, 0.2, 0.2], [1, 0.6, 0.2], [1, 0.95, 0.3], [0.3, 0.85, 0.4], [0.3, 0.6, 1], [0.6, 0.35, 0.9]], np.float32
    )
    colours = np.stack([np.interp(place, np.linspace(0, 1, 6), bands[:, channel]) for channel in range(3)], axis=-1)
    cover = np.clip(np.minimum(place, 1 - place) * 8, 0, 1) * 0.5
    canvas.lay(colours.astype(np.float32), cover.astype(np.float32))


def paint_aurora(canvas: Canvas, rng: np.random.Generator, rows: int) -> None:
    for colour, level in (((0.25, 1.0, 0.6), 0.5), ((0.5, 0.4, 1.0), 0.34), ((0.2, 0.9, 0.8), 0.42)):
        line = (level + 0.16 * (noise(canvas.width, 1 + 1, rng, 0.4 * canvas.unit, 3)[0] - 0.5) * 4) * rows
        down = np.arange(rows, dtype=np.float32)[:, None]
        above = np.clip((line[None, :] - down) / (0.42 * rows), 0, 1)
        curtain = np.where(down < line, (1 - above) ** 2, np.exp(-(((down - line) / (0.03 * rows)) ** 2)))
        rays = 0.45 + 0.9 * noise(canvas.width, 2, rng, 0.03 * canvas.unit, 3)[0]
        canvas.add(colour, (curtain * rays * 0.5).astype(np.float32))


def paint_meteors(canvas: Canvas, rng: np.random.Generator, rows: int) -> None:
    for _ in range(4):
        x, y, length = (
            rng.random() * canvas.width,
            rng.random() * rows * 0.6,
            (0.12 + 0.12 * rng.random()) * canvas.unit,
        )
        for step in np.linspace(0, 1, round(length)):
            column, row = int(x + step * length), int(y + step * length * 0.45)
            if 0 <= column < canvas.width and 0 <= row < rows - 2:
                canvas.pixels[row : row + 2, column] += (1 - canvas.pixels[row : row + 2, column]) * step**2
        if 0 <= x + length < canvas.width and 0 <= y + 0.45 * length < rows:
            sparkle(canvas, int(x + length), int(y + 0.45 * length), 0.03 * canvas.unit)


def paint_fireworks(canvas: Canvas, rng: np.random.Generator, rows: int) -> None:
    palette: list[Colour] = [(1.0, 0.35, 0.4), (1.0, 0.85, 0.4), (0.4, 0.8, 1.0), (0.5, 1.0, 0.55), (0.9, 0.5, 1.0)]
    for index in range(5):
        x, y = (0.12 + 0.19 * index + 0.06 * rng.random()) * canvas.width, (0.15 + 0.4 * rng.random()) * rows
        radius, colour = (0.10 + 0.09 * rng.random()) * canvas.unit, palette[index]
        canvas.add(colour, 0.35 * glow(canvas.width, rows, x, y, radius))
        for angle in np.linspace(0, 2 * np.pi, 26, endpoint=False):
            for step in np.linspace(0.15, 1, round(radius / 2)):
                column = int(x + np.cos(angle) * radius * step)
                row = int(y + (np.sin(angle) * step + 0.14 * step**3) * radius)
                if 1 <= column < canvas.width - 1 and 1 <= row < rows - 1:
                    spot = canvas.pixels[row : row + 2, column : column + 2]
                    spot += (np.asarray(colour, np.float32) - spot) * (0.35 + 0.65 * step**2)
