"""What falls and drifts before the scene: rain, snow, fog, leaves, wind. Knows the canvas, nothing of the things."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from .light import Light
from .paint import Canvas, glow, mixed, noise


def paint_weather(
    canvas: Canvas, weather: frozenset[str], season: str, light: Light, horizon: float, rng: np.random.Generator
) -> None:
    if "fog" in weather:
        fog(canvas, light, horizon, rng)
    if weather & {"rain", "storm"}:
        rain(canvas, rng, "storm" in weather)
    if "storm" in weather:
        bolt(canvas, horizon, rng)
    if "snow" in weather:
        snow(canvas, rng)
    if "wind" in weather or (season == "autumn" and "leaves" in weather):
        gusts(canvas, rng)


def fog(canvas: Canvas, light: Light, horizon: float, rng: np.random.Generator) -> None:
    banks = noise(canvas.width, canvas.height, rng, 0.3 * canvas.unit, 4, 2.5)
    down = np.arange(canvas.height, dtype=np.float32)[:, None]
    dense = np.exp(-(((down - horizon) / (0.26 * canvas.height)) ** 2))
    canvas.lay(
        mixed(light.haze, (0.9, 0.92, 0.95) if not light.dark else (0.3, 0.34, 0.44), 0.5),
        np.clip(dense * (0.20 + banks * 0.65), 0, 0.62),
    )


def rain(canvas: Canvas, rng: np.random.Generator, heavy: bool) -> None:
    sheet = Image.new("L", (canvas.width, canvas.height))
    draw = ImageDraw.Draw(sheet)
    slant = 0.28 if heavy else 0.14
    for _ in range(round((900 if heavy else 520) * canvas.width * canvas.height / 1024**2)):
        x, y = rng.random() * canvas.width * 1.2, rng.random() * canvas.height
        length = (0.02 + 0.05 * rng.random()) * canvas.unit
        draw.line(
            (x, y, x - slant * length, y + length), fill=int(70 + 120 * rng.random()), width=1 + int(canvas.unit > 700)
        )
    cover = np.asarray(sheet, np.float32) / 255
    canvas.lay((0.86, 0.91, 0.97), cover * 0.62)


def snow(canvas: Canvas, rng: np.random.Generator) -> None:
    """Three distances of flakes, the nearest large and soft."""
    for count, radius, soft in ((900, 0.0022, 0.5), (260, 0.0045, 1.0), (46, 0.011, 3.0)):
        sheet = Image.new("L", (canvas.width, canvas.height))
        draw = ImageDraw.Draw(sheet)
        for _ in range(round(count * canvas.width * canvas.height / 1024**2)):
            x, y, size = (
                rng.random() * canvas.width,
                rng.random() * canvas.height,
                radius * canvas.unit * (0.6 + 0.8 * rng.random()),
            )
            draw.ellipse((x - size, y - size, x + size, y + size), fill=int(170 + 85 * rng.random()))
        canvas.lay((1.0, 1.0, 1.0), np.asarray(sheet.filter(ImageFilter.GaussianBlur(soft)), np.float32) / 255 * 0.9)


def bolt(canvas: Canvas, horizon: float, rng: np.random.Generator) -> None:
    """Lightning from the clouds to the horizon and the glow around it."""
    sheet = Image.new("L", (canvas.width, canvas.height))
    draw = ImageDraw.Draw(sheet)
    x, y = (0.2 + 0.6 * rng.random()) * canvas.width, 0.0
    start = x
    while y < horizon:
        to_x, to_y = x + (rng.random() - 0.5) * 0.10 * canvas.unit, y + (0.03 + 0.05 * rng.random()) * canvas.unit
        draw.line((x, y, to_x, to_y), fill=255, width=max(2, round(0.006 * canvas.unit)))
        if rng.random() < 0.35:
            draw.line(
                (to_x, to_y, to_x + (rng.random() - 0.5) * 0.2 * canvas.unit, to_y + 0.08 * canvas.unit),
                fill=170,
                width=max(1, round(0.003 * canvas.unit)),
            )
        x, y = to_x, to_y
    canvas.add((0.65, 0.75, 1.0), 0.6 * glow(canvas.width, canvas.height, start, 0.3 * horizon, 0.4 * canvas.unit))
    halo = np.asarray(sheet.filter(ImageFilter.GaussianBlur(0.012 * canvas.unit)), np.float32) / 255
    canvas.add((0.8, 0.88, 1.0), np.clip(halo * 2, 0, 1))
    canvas.lay((1.0, 1.0, 1.0), np.asarray(sheet, np.float32) / 255)


def gusts(canvas: Canvas, rng: np.random.Generator) -> None:
    sheet = Image.new("L", (canvas.width, canvas.height))
    draw = ImageDraw.Draw(sheet)
    for _ in range(16):
        x, y, length = (
            (rng.random() - 0.1) * canvas.width,
            rng.random() * canvas.height * 0.85,
            (0.15 + 0.25 * rng.random()) * canvas.unit,
        )
        points = [(x + length * step, y + np.sin(step * 5 + x) * 0.012 * canvas.unit) for step in np.linspace(0, 1, 24)]
        draw.line(points, fill=120, width=max(1, round(0.0025 * canvas.unit)))
    canvas.lay((1.0, 1.0, 1.0), np.asarray(sheet.filter(ImageFilter.GaussianBlur(1)), np.float32) / 255 * 0.8)
