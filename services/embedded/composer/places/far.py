"""Places where nobody walks as on earth: space, the moon, deep water, the sky, a cave. Paints backgrounds only."""

import numpy as np

from services.embedded.composer.paint import (
    Canvas,
    Colour,
    below,
    curve,
    disc,
    distance,
    glow,
    gradient,
    mixed,
    noise,
    plane,
    times,
)
from services.embedded.composer.setting import Ground, Setting
from services.embedded.composer.sky import paint_sky, paint_stars


def space(canvas: Canvas, setting: Setting) -> Ground:
    """Stars, two or three clouds of glowing gas, a planet."""
    deep_space(canvas, setting)
    globe(canvas, setting)
    return Ground(float(canvas.height), 0.35 * canvas.height, 0.85 * canvas.height, floating=True)


def deep_space(canvas: Canvas, setting: Setting) -> None:
    rng = setting.rng
    canvas.pixels[:] = gradient(canvas.width, canvas.height, [(0.0, (0.02, 0.02, 0.09)), (1.0, (0.06, 0.02, 0.13))])
    palette: tuple[Colour, ...] = ((0.55, 0.20, 0.85), (0.15, 0.45, 0.95), (0.95, 0.30, 0.55), (0.10, 0.75, 0.75))
    for colour in rng.permutation(np.asarray(palette))[:3]:
        cloud = noise(canvas.width, canvas.height, rng, 0.5 * canvas.unit, 6)
        middle = glow(
            canvas.width, canvas.height, rng.random() * canvas.width, rng.random() * canvas.height, 0.55 * canvas.unit
        )
        red, green, blue = (float(value) for value in colour)
        canvas.add((red, green, blue), np.clip((cloud - 0.42) * 3.2, 0, 1) * middle * 0.85)
    paint_stars(canvas, rng, canvas.height, 1.6, milky=False)


def globe(canvas: Canvas, setting: Setting) -> None:
    """A banded planet, lit from one side, partly out of the picture."""
    rng, unit = setting.rng, canvas.unit
    left = rng.random() < 0.5
    x, y, radius = (
        (0.08 if left else 0.92) * canvas.width,
        (0.16 + 0.10 * rng.random()) * canvas.height,
        (0.17 + 0.06 * rng.random()) * unit,
    )
    tones = [
        ((0.90, 0.62, 0.40), (0.62, 0.34, 0.28)),
        ((0.45, 0.72, 0.86), (0.20, 0.36, 0.66)),
        ((0.70, 0.60, 0.88), (0.38, 0.28, 0.62)),
    ]
    bright, dim = tones[int(rng.integers(3))]
    bands = noise(8, canvas.height, rng, 0.06 * unit, 3)[:, :1] + 0.25 * (
        noise(canvas.width, canvas.height, rng, 0.12 * unit, 3, 3.0) - 0.5
    )
    body = disc(canvas.width, canvas.height, x, y, radius)
    tone = (
        np.asarray(dim, np.float32)
        + (np.asarray(bright, np.float32) - np.asarray(dim, np.float32)) * np.clip((bands - 0.3) * 2.4, 0, 1)[..., None]
    )
    light_x, light_y = x + (0.45 if left else -0.45) * radius, y - 0.45 * radius
    shade = np.clip(1.25 - distance(canvas.width, canvas.height, light_x, light_y) / (1.25 * radius), 0.04, 1.1)
    canvas.add(bright, 0.30 * glow(canvas.width, canvas.height, x, y, radius * 1.25))
    canvas.lay(np.clip(tone * shade[..., None], 0, 1), body)


def moon(canvas: Canvas, setting: Setting) -> Ground:
    """Grey dust and craters under a black sky with the earth in it."""
    horizon = 0.60 * canvas.height
    deep_space(canvas, setting)
    canvas.pixels[:] *= 0.75
    top = round(horizon - 0.05 * canvas.height)
    for level, swing, tone in ((-0.03, 0.03, 0.42), (0.01, 0.012, 0.66)):
        line = (
            horizon
            + level * canvas.height
            + swing * canvas.height * curve(canvas.width, setting.rng, 0.3 * canvas.unit, 5)
        )
        first = max(0, int(line.min()) - 1)
        rows = canvas.height - first
        dust = gradient(
            canvas.width, rows, [(0.0, (tone, tone, tone * 1.04)), (1.0, (tone * 0.72, tone * 0.72, tone * 0.78))]
        )
        dust *= (0.80 + 0.4 * plane(canvas.width, rows, setting.rng, 0.05))[..., None]
        canvas.lay(np.clip(dust, 0, 1), below(line, canvas.width, canvas.height, first), first)
    for _ in range(14):
        down = setting.rng.random() ** 0.7
        crater(
            canvas,
            setting.rng.random() * canvas.width,
            horizon + (0.05 + 0.95 * down) * (canvas.height - horizon),
            (0.015 + 0.07 * down * setting.rng.random()) * canvas.unit,
        )
    return Ground(horizon, top + 0.12 * canvas.height, 0.93 * canvas.height, far=0.1)


def crater(canvas: Canvas, x: float, y: float, radius: float) -> None:
    """A flat ring: dark inside towards the light, bright on the far rim."""
    first, last = max(0, round(y - radius)), min(canvas.height, round(y + radius) + 1)
    left, right = max(0, round(x - 2.4 * radius)), min(canvas.width, round(x + 2.4 * radius) + 1)
    if last <= first or right <= left:
        return
    down = (np.arange(first, last, dtype=np.float32)[:, None] - y) / (0.36 * radius)
    across = (np.arange(left, right, dtype=np.float32)[None, :] - x) / radius
    away = np.hypot(down, across)
    rim = np.exp(-(((away - 1) / 0.16) ** 2)) * 0.22 * (down * 0.7 + 0.4)
    bowl = np.clip(1 - away, 0, 1) * -0.22 * (0.6 - 0.5 * down)
    area = canvas.pixels[first:last, left:right]
    area[:] = np.clip(area + (rim + bowl)[..., None], 0, 1)


def underwater(canvas: Canvas, setting: Setting) -> Ground:
    """Blue depth with light from above, rocks and sand."""
    rng, light = setting.rng, setting.light
    ambient = light.ambient
    canvas.pixels[:] = gradient(
        canvas.width,
        canvas.height,
        [
            (0.0, times((0.35, 0.80, 0.90), ambient)),
            (0.35, times((0.10, 0.52, 0.76), ambient)),
            (1.0, times((0.02, 0.20, 0.42), ambient)),
        ],
    )
    across = np.arange(canvas.width, dtype=np.float32)[None, :] / canvas.unit
    down = np.arange(canvas.height, dtype=np.float32)[:, None] / canvas.unit
    fan = (across - 0.5) / (0.6 + down)
    start = rng.random() * 6
    beams = np.clip(np.sin(fan * 17 + start) + 0.7 * np.sin(fan * 41 + 2 * start) - 0.35, 0, 1)
    canvas.add((0.75, 1.0, 0.95), beams * np.clip(0.42 - 0.5 * down, 0, 1))
    for level, swing, tone in ((0.70, 0.07, 0.55), (0.78, 0.05, 0.3)):
        line = level * canvas.height + swing * canvas.height * curve(canvas.width, rng, 0.4 * canvas.unit, 5)
        top = max(0, int(line.min()) - 1)
        canvas.lay(
            mixed(times((0.10, 0.26, 0.34), ambient), times((0.12, 0.50, 0.68), ambient), tone),
            below(line, canvas.width, canvas.height, top),
            top,
        )
    bed = 0.85 * canvas.height + 0.02 * canvas.height * curve(canvas.width, rng, 0.5 * canvas.unit, 3)
    top = max(0, int(bed.min()) - 1)
    rows = canvas.height - top
    texture = plane(canvas.width, rows, rng, 0.04)
    net = np.clip(1 - np.abs(plane(canvas.width, rows, rng, 0.12) - 0.5) * 14, 0, 1)
    sand = np.asarray(times((0.62, 0.70, 0.58), ambient), np.float32) * (0.72 + 0.3 * texture + 0.28 * net)[..., None]
    canvas.lay(np.clip(sand, 0, 1), below(bed, canvas.width, canvas.height, top), top)
    return Ground(0.0, 0.87 * canvas.height, 0.95 * canvas.height, floating=True, far=0.4)


def sky(canvas: Canvas, setting: Setting) -> Ground:
    """High in the air over a sea of clouds."""
    paint_sky(canvas, setting, 0.82 * canvas.height)
    light = setting.light
    canvas.pixels[round(0.82 * canvas.height) :] = light.horizon
    for layer, level in enumerate((0.74, 0.82, 0.90)):
        swell = noise(canvas.width, canvas.height, setting.rng, 0.16 * canvas.unit, 5, 1.6)
        line = level + 0.025 * curve(canvas.width, setting.rng, 0.22 * canvas.unit, 4)[None, :] + (swell - 0.5) * 0.10
        depth = (np.arange(canvas.height, dtype=np.float32)[:, None] / canvas.height - line) / 0.14
        lit = mixed(light.horizon, (1, 1, 1) if not light.dark else (0.4, 0.46, 0.7), 0.75 - 0.1 * layer)
        shade = mixed(lit, mixed(light.middle, light.haze, 0.4), 0.75)
        tone = (
            np.asarray(lit, np.float32)
            + (np.asarray(shade, np.float32) - np.asarray(lit, np.float32)) * np.clip(depth, 0, 1)[..., None]
        )
        canvas.lay(np.clip(tone, 0, 1), np.clip(depth * 9, 0, 1))
    return Ground(0.80 * canvas.height, 0.45 * canvas.height, 0.86 * canvas.height, floating=True)


def cave(canvas: Canvas, setting: Setting) -> Ground:
    """Rock on all sides, a bright opening far behind."""
    rng, ambient = setting.rng, mixed(setting.light.ambient, (1, 1, 1), 0.3)
    rough = noise(canvas.width, canvas.height, rng, 0.16 * canvas.unit, 6)
    tone = np.asarray(times((0.34, 0.28, 0.33), ambient), np.float32) * (0.35 + 1.1 * rough)[..., None]
    canvas.pixels[:] = np.clip(tone, 0, 1)
    x, y, horizon = (0.38 + 0.24 * rng.random()) * canvas.width, 0.46 * canvas.height, 0.64 * canvas.height
    edge = distance(canvas.width, canvas.height, x, y) / canvas.unit + (rough - 0.5) * 0.22
    opening = np.clip((0.20 - edge) * 60, 0, 1)
    canvas.lay(setting.light.horizon, opening)
    canvas.add(setting.light.horizon, 0.75 * np.exp(-((edge / 0.34) ** 2)) * (1 - opening))
    rows = canvas.height - round(horizon)
    ground = (
        np.asarray(times((0.40, 0.34, 0.38), ambient), np.float32)
        * (0.5 + 0.7 * plane(canvas.width, rows, rng, 0.06))[..., None]
    )
    ground += (np.asarray(setting.light.horizon, np.float32) - ground) * (
        0.45 * glow(canvas.width, rows, x, 0.0, 0.36 * canvas.unit)
    )[..., None]
    canvas.pixels[round(horizon) :] = np.clip(ground, 0, 1)
    for side in (0.10, 0.24, 0.80, 0.93):
        icicle(
            canvas,
            (side + 0.06 * (rng.random() - 0.5)) * canvas.width,
            (0.025 + 0.03 * rng.random()) * canvas.unit,
            (0.16 + 0.2 * rng.random()) * canvas.height,
        )
    for colour in ((0.35, 0.85, 1.0), (0.85, 0.45, 1.0)):
        canvas.add(
            colour,
            0.35
            * glow(
                canvas.width,
                canvas.height,
                rng.random() * canvas.width,
                (0.6 + 0.3 * rng.random()) * canvas.height,
                0.16 * canvas.unit,
            ),
        )
    return Ground(horizon, horizon + 0.06 * canvas.height, 0.93 * canvas.height, indoors=True)


def icicle(canvas: Canvas, x: float, half: float, length: float) -> None:
    rows = round(length)
    down = np.linspace(0, 1, rows, dtype=np.float32)[:, None]
    off = (np.arange(canvas.width, dtype=np.float32)[None, :] - x) / (half * (1 - down) + 1)
    tone = np.asarray((0.26, 0.21, 0.26), np.float32) * (1.15 - 0.5 * np.clip(off + 0.3, 0, 1))[..., None]
    canvas.lay(tone, np.clip((1 - np.abs(off)) * 8, 0, 1))
