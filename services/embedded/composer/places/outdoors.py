"""Landscapes under a sky. Knows how they look by light and season; nothing of the things in them."""

import numpy as np

from services.embedded.composer.light import GRASS
from services.embedded.composer.paint import Canvas, Colour, mixed, plane, times
from services.embedded.composer.setting import Ground, Setting
from services.embedded.composer.sky import paint_sky

from .land import (
    bank,
    blades,
    cone,
    dune,
    floor,
    foliage,
    grass,
    hills,
    leaves,
    path,
    peaks,
    ridge,
    shafts,
    surf,
    treeline,
    water,
)


def meadow(canvas: Canvas, setting: Setting) -> Ground:
    horizon = 0.56 * canvas.height
    paint_sky(canvas, setting, horizon)
    hills(canvas, setting, horizon, layers=3)
    grass(canvas, setting, horizon)
    return Ground(horizon, horizon + 0.06 * canvas.height, 0.93 * canvas.height, far=0.3, front=blades(setting))


def park(canvas: Canvas, setting: Setting) -> Ground:
    ground = meadow(canvas, setting)
    path(canvas, setting, ground.horizon, times((0.87, 0.78, 0.62), setting.light.ambient))
    return ground


def savanna(canvas: Canvas, setting: Setting) -> Ground:
    horizon = 0.55 * canvas.height
    paint_sky(canvas, setting, horizon)
    ridge(canvas, setting, horizon - 0.02 * canvas.height, 0.03, (0.62, 0.56, 0.50), 0.6)
    floor(canvas, setting, horizon, (0.78, 0.62, 0.28), (0.90, 0.78, 0.46))
    return Ground(
        horizon,
        horizon + 0.05 * canvas.height,
        0.93 * canvas.height,
        far=0.3,
        front=blades(setting, (0.70, 0.55, 0.22)),
    )


def forest(canvas: Canvas, setting: Setting) -> Ground:
    horizon = 0.52 * canvas.height
    paint_sky(canvas, setting, horizon)
    near, _ = GRASS[setting.season]
    for layer, (level, share) in enumerate(((0.30, 0.72), (0.38, 0.5), (0.45, 0.26))):
        green = mixed(mixed(near, (0.05, 0.22, 0.14), 0.45), setting.light.haze, share)
        treeline(canvas, setting, level * canvas.height, 0.10 + 0.03 * layer, green)
    grass(canvas, setting, horizon, darker=0.22)
    shafts(canvas, setting)
    return Ground(horizon, horizon + 0.05 * canvas.height, 0.94 * canvas.height, far=0.28, front=blades(setting))


def jungle(canvas: Canvas, setting: Setting) -> Ground:
    horizon = 0.50 * canvas.height
    paint_sky(canvas, setting, horizon)
    for level, share in ((0.14, 0.6), (0.26, 0.42), (0.36, 0.22)):
        green = mixed((0.06, 0.34, 0.18), setting.light.haze, share * 0.8)
        foliage(canvas, setting, level * canvas.height, times(green, setting.light.ambient))
    floor(canvas, setting, horizon, (0.16, 0.40, 0.16), (0.34, 0.56, 0.26))
    shafts(canvas, setting)
    return Ground(horizon, horizon + 0.06 * canvas.height, 0.94 * canvas.height, far=0.2, front=leaves(setting))


def mountains(canvas: Canvas, setting: Setting) -> Ground:
    horizon = 0.60 * canvas.height
    paint_sky(canvas, setting, horizon)
    peaks(canvas, setting, horizon)
    hills(canvas, setting, horizon, layers=1)
    grass(canvas, setting, horizon)
    return Ground(horizon, horizon + 0.06 * canvas.height, 0.94 * canvas.height, far=0.3, front=blades(setting))


def lake(canvas: Canvas, setting: Setting) -> Ground:
    horizon, shore = 0.50 * canvas.height, 0.80 * canvas.height
    paint_sky(canvas, setting, horizon)
    peaks(canvas, setting, horizon)
    near, _ = GRASS[setting.season]
    dark = mixed(mixed(near, (0.05, 0.20, 0.16), 0.55), setting.light.haze, 0.3)
    treeline(canvas, setting, horizon - 0.035 * canvas.height, 0.06, dark)
    water(canvas, setting, horizon, shore, mirror=True)
    bank(canvas, setting, shore, near, 0.035)
    return Ground(
        horizon,
        shore + 0.05 * canvas.height,
        0.95 * canvas.height,
        water=(horizon, shore),
        far=0.2,
        front=blades(setting),
    )


def beach(canvas: Canvas, setting: Setting) -> Ground:
    horizon, shore = 0.44 * canvas.height, 0.60 * canvas.height
    paint_sky(canvas, setting, horizon)
    water(canvas, setting, horizon, shore + 0.06 * canvas.height)
    sand: Colour = (0.93, 0.82, 0.60) if setting.season != "winter" else (0.90, 0.91, 0.93)
    line = bank(canvas, setting, shore, sand, 0.03)
    surf(canvas, setting, line)
    return Ground(horizon, shore + 0.07 * canvas.height, 0.94 * canvas.height, water=(horizon, shore), far=0.12)


def ocean(canvas: Canvas, setting: Setting) -> Ground:
    horizon = 0.46 * canvas.height
    paint_sky(canvas, setting, horizon)
    water(canvas, setting, horizon, canvas.height)
    return Ground(
        horizon, horizon + 0.10 * canvas.height, 0.90 * canvas.height, water=(horizon, float(canvas.height)), far=0.25
    )


def desert(canvas: Canvas, setting: Setting) -> Ground:
    horizon = 0.52 * canvas.height
    paint_sky(canvas, setting, horizon)
    for layer in range(4):
        level = horizon + (0.02 + 0.085 * layer) * canvas.height
        dune(
            canvas,
            setting,
            level,
            0.035 + 0.012 * layer,
            mixed((0.93, 0.74, 0.45), (0.86, 0.58, 0.30), layer / 3),
            0.45 - 0.15 * layer,
        )
    return Ground(horizon, horizon + 0.22 * canvas.height, 0.94 * canvas.height, far=0.2)


def snowfield(canvas: Canvas, setting: Setting) -> Ground:
    horizon = 0.55 * canvas.height
    paint_sky(canvas, setting, horizon)
    peaks(canvas, setting, horizon, icy=True)
    for layer in range(3):
        dune(
            canvas,
            setting,
            horizon + (0.01 + 0.10 * layer) * canvas.height,
            0.03,
            (0.90 + 0.03 * layer, 0.94 + 0.02 * layer, 1.0),
            0.3 - 0.1 * layer,
        )
    return Ground(horizon, horizon + 0.12 * canvas.height, 0.94 * canvas.height, far=0.25)


def volcano(canvas: Canvas, setting: Setting) -> Ground:
    horizon = 0.58 * canvas.height
    paint_sky(canvas, setting, horizon)
    cone(canvas, setting, horizon)
    floor(canvas, setting, horizon, (0.20, 0.15, 0.16), (0.34, 0.24, 0.25))
    rows = canvas.height - round(horizon)
    cracks = np.clip(1 - np.abs(plane(canvas.width, rows, setting.rng, 0.16) - 0.5) * 26, 0, 1)
    canvas.add((1.0, 0.45, 0.10), cracks * np.linspace(0.5, 1, rows, dtype=np.float32)[:, None], round(horizon))
    return Ground(horizon, horizon + 0.06 * canvas.height, 0.94 * canvas.height, far=0.25)
