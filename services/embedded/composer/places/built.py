"""Places made by people: street, hall, room, kitchen, studio. Knows walls and floors; nothing of the things in them."""

import numpy as np

from services.embedded.composer.paint import (
    Canvas,
    Colour,
    below,
    curve,
    distance,
    glow,
    gradient,
    mixed,
    noise,
    times,
)
from services.embedded.composer.setting import Ground, Setting
from services.embedded.composer.sky import paint_sky

from .land import floor

WALLS: tuple[Colour, ...] = (
    (0.93, 0.82, 0.70),
    (0.70, 0.82, 0.80),
    (0.86, 0.76, 0.84),
    (0.80, 0.85, 0.72),
    (0.74, 0.80, 0.90),
)


def city(canvas: Canvas, setting: Setting) -> Ground:
    horizon = 0.60 * canvas.height
    paint_sky(canvas, setting, horizon)
    for layer, (tall, haze) in enumerate(((0.40, 0.66), (0.30, 0.42), (0.20, 0.2))):
        skyline(canvas, setting, horizon, tall, haze, lit=layer > 0)
    pavement = 0.70 * canvas.height
    floor(canvas, setting, horizon, (0.62, 0.60, 0.60), (0.74, 0.73, 0.74), grain=0.06)
    road(canvas, setting, pavement)
    return Ground(horizon, horizon + 0.075 * canvas.height, 0.92 * canvas.height, far=0.15)


def skyline(canvas: Canvas, setting: Setting, horizon: float, tall: float, haze: float, lit: bool) -> None:
    """A row of blocks with windows; many of them are lit at night."""
    rng, x = setting.rng, -0.02 * canvas.width
    while x < canvas.width:
        width = (0.06 + 0.08 * rng.random()) * canvas.unit
        top = horizon - (0.45 + 0.75 * rng.random()) * tall * canvas.height
        base = mixed((0.36, 0.40, 0.50), (0.66, 0.52, 0.48), rng.random() * 0.7)
        colour = mixed(times(base, setting.light.ambient), setting.light.haze, haze)
        left, right, upper, lower = (
            max(0, round(x)),
            min(canvas.width, round(x + width)),
            max(0, round(top)),
            round(horizon) + 2,
        )
        if right > left and lower > upper:
            side = np.linspace(1.08, 0.90, right - left, dtype=np.float32)[None, :, None]
            canvas.pixels[upper:lower, left:right] = np.clip(np.asarray(colour, np.float32) * side, 0, 1)
            if lit:
                windows(canvas, setting, (left, upper, right, lower), colour)
        x += width * (1.0 + 0.12 * rng.random())


def windows(canvas: Canvas, setting: Setting, box: tuple[int, int, int, int], wall: Colour) -> None:
    left, upper, right, lower = box
    step = max(6, round(0.020 * canvas.unit))
    size = max(3, round(step * 0.5))
    glass = mixed(wall, setting.light.zenith, 0.45)
    for y in range(upper + step // 2, lower - step, step):
        for x in range(left + step // 2, right - size - 1, step):
            on = setting.rng.random() < (
                0.55 if setting.light.dark else 0.10 if setting.light.sun_height < 0.3 else 0.0
            )
            canvas.pixels[y : y + size, x : x + size] = (1.0, 0.86, 0.52) if on else glass


def road(canvas: Canvas, setting: Setting, top: float) -> None:
    """An asphalt road across the picture with a dashed line and kerbs."""
    ambient, first = setting.light.ambient, round(top)
    last = min(canvas.height, round(0.97 * canvas.height))
    rows = last - first
    tone = gradient(
        canvas.width, rows, [(0.0, times((0.36, 0.37, 0.41), ambient)), (1.0, times((0.25, 0.26, 0.30), ambient))]
    )
    tone *= (0.95 + 0.1 * noise(canvas.width, rows, setting.rng, 0.02 * canvas.unit, 2))[..., None]
    canvas.pixels[first:last] = np.clip(tone, 0, 1)
    kerb = max(2, round(0.008 * canvas.height))
    for y in (first, last - kerb):
        canvas.pixels[y : y + kerb] = times((0.83, 0.82, 0.80), ambient)
    dash, middle = round(0.12 * canvas.unit), first + round(rows * 0.5)
    for x in range(-round(setting.rng.random() * dash), canvas.width, dash):
        canvas.pixels[middle : middle + kerb, max(0, x) : max(0, x + round(dash * 0.55))] = times(
            (0.96, 0.90, 0.70), ambient
        )


def castle(canvas: Canvas, setting: Setting) -> Ground:
    """A hall of stone with high windows, a red carpet and torches."""
    wall = 0.66 * canvas.height
    stone = times((0.56, 0.53, 0.52), setting.light.ambient)
    canvas.pixels[:] = gradient(
        canvas.width, canvas.height, [(0.0, mixed(stone, (0, 0, 0.05), 0.55)), (0.66, stone), (1.0, stone)]
    )
    bricks(canvas, setting, wall)
    openings = 2 if canvas.width < canvas.height else 4
    for index in range(openings):
        arch(
            canvas,
            setting,
            (index + 0.5) / openings * canvas.width,
            0.10 * canvas.height,
            0.075 * canvas.unit,
            0.40 * canvas.height,
        )
    floor(canvas, setting, wall, (0.42, 0.36, 0.36), (0.52, 0.46, 0.45), grain=0.10)
    rows = canvas.height - round(wall)
    down = np.linspace(0, 1, rows, dtype=np.float32)[:, None]
    across = np.abs(np.arange(canvas.width, dtype=np.float32)[None, :] / canvas.width - 0.5)
    for extra, colour in ((0.02, (0.85, 0.66, 0.25)), (0.0, (0.66, 0.10, 0.16))):
        canvas.lay(
            times(colour, setting.light.ambient),
            np.clip((0.09 + extra + 0.22 * down - across) * canvas.width / 2, 0, 1),
            round(wall),
        )
    for index in range(openings + 1):
        x = index / openings * canvas.width
        canvas.add(
            (1.0, 0.62, 0.25), 0.75 * glow(canvas.width, canvas.height, x, 0.30 * canvas.height, 0.20 * canvas.unit)
        )
    return Ground(wall, wall + 0.05 * canvas.height, 0.93 * canvas.height, indoors=True)


def bricks(canvas: Canvas, setting: Setting, bottom: float) -> None:
    high = max(8, round(0.042 * canvas.unit))
    for row, y in enumerate(range(0, round(bottom), high)):
        last = min(y + high, round(bottom))
        canvas.pixels[y : y + max(1, high // 12)] *= 0.80
        start = -round(high * (1.1 if row % 2 else 0.0))
        for x in range(start, canvas.width, round(high * 2.2)):
            left, right = max(0, x), max(0, x + round(high * 2.2))
            canvas.pixels[y:last, left:right] *= 0.93 + 0.13 * setting.rng.random()
            canvas.pixels[y:last, left : left + max(1, high // 14)] *= 0.82


def arch(canvas: Canvas, setting: Setting, x: float, top: float, half: float, height: float) -> None:
    """A tall window with a round top through which the sky is seen."""
    down = np.arange(canvas.height, dtype=np.float32)[:, None]
    across = np.abs(np.arange(canvas.width, dtype=np.float32)[None, :] - x)
    for grow, colour in ((half * 0.22, times((0.70, 0.67, 0.63), setting.light.ambient)), (0.0, None)):
        wide = half + grow
        body = np.clip(wide - across + 0.5, 0, 1) * (down >= top + half) * (down < top + height + grow)
        round_top = np.clip(wide - np.hypot(across, down - top - half) + 0.5, 0, 1) * (down < top + half)
        shape = np.maximum(body, round_top).astype(np.float32)
        sky = gradient(
            canvas.width,
            canvas.height,
            [(0.0, setting.light.zenith), (0.35, setting.light.middle), (0.6, setting.light.horizon)],
        )
        canvas.lay(colour if colour is not None else sky, shape)
    bars = ((across < half * 0.06) | (np.abs(((down - top) / half) % 1.4 - 0.7) < 0.05)) * shape
    canvas.lay((0.22, 0.20, 0.22), bars.astype(np.float32))


def room(canvas: Canvas, setting: Setting) -> Ground:
    """A wall with a window, a skirting board and a wooden floor with a rug."""
    wall = 0.68 * canvas.height
    paper = setting.backdrop or WALLS[int(setting.rng.integers(len(WALLS)))]
    papered(canvas, setting, paper, wall)
    side = 0.24 if setting.rng.random() < 0.5 else 0.76
    view(canvas, setting, side * canvas.width, 0.34 * canvas.height)
    boards(canvas, setting, wall)
    rug(canvas, setting, wall, mixed(paper, (0.62, 0.22, 0.28), 0.55))
    return Ground(wall, wall + 0.05 * canvas.height, 0.92 * canvas.height, indoors=True)


def papered(canvas: Canvas, setting: Setting, paper: Colour, bottom: float) -> None:
    inside = mixed(setting.light.ambient, (0.95, 0.85, 0.70), 0.45) if setting.light.dark else setting.light.ambient
    base = times(paper, inside)
    rows = round(bottom)
    canvas.pixels[:rows] = gradient(
        canvas.width, rows, [(0.0, mixed(base, (0, 0, 0), 0.14)), (0.6, base), (1.0, mixed(base, (0, 0, 0), 0.06))]
    )
    if not setting.minimal:
        stripes = np.sin(np.arange(canvas.width, dtype=np.float32) / canvas.unit * 2 * np.pi * 16) > 0
        canvas.pixels[:rows] *= np.where(stripes, 1.0, 0.972)[None, :, None]
    board = round(0.022 * canvas.height)
    canvas.pixels[rows - board : rows] = mixed(times((0.96, 0.94, 0.90), inside), base, 0.15)
    canvas.pixels[rows - board : rows - board + 2] *= 0.85


def view(canvas: Canvas, setting: Setting, x: float, y: float) -> None:
    """A window with the time of day in it, and its light on the wall."""
    half, high = round(0.135 * canvas.unit), round(0.17 * canvas.unit)
    left, right, top, bottom = round(x) - half, round(x) + half, round(y) - high, round(y) + high
    frame = max(3, round(0.014 * canvas.unit))
    if not setting.light.dark:
        canvas.add(setting.light.sun, 0.22 * glow(canvas.width, canvas.height, x, y, 0.5 * canvas.unit))
    outer = (slice(max(0, top - frame), bottom + frame), slice(max(0, left - frame), max(0, right + frame)))
    canvas.pixels[outer] = times((0.98, 0.97, 0.95), mixed(setting.light.ambient, (1, 1, 1), 0.4))
    left = max(0, left)
    small = Canvas(canvas.pixels[top:bottom, left : max(left, right)].copy())
    if min(small.pixels.shape[:2]) < 8:
        return
    paint_sky(small, setting, small.height * 0.86)
    hill = small.height * (0.80 + 0.05 * curve(small.width, setting.rng, small.width * 0.7, 3))
    small.lay(
        mixed(times((0.42, 0.62, 0.34), setting.light.ambient), setting.light.haze, 0.25),
        below(hill, small.width, small.height),
    )
    canvas.pixels[top:bottom, left : max(left, right)] = small.pixels
    thin = max(2, frame // 2)
    canvas.pixels[top:bottom, round(x) - thin // 2 : round(x) - thin // 2 + thin] = (0.95, 0.94, 0.92)
    canvas.pixels[round(y) : round(y) + thin, left : max(left, right)] = (0.95, 0.94, 0.92)
    canvas.pixels[bottom + frame : bottom + frame * 2, max(0, left - 2 * frame) : right + 2 * frame] = (
        0.90,
        0.88,
        0.85,
    )


def boards(canvas: Canvas, setting: Setting, top: float) -> None:
    """Planks running towards the viewer."""
    first = round(top)
    rows = canvas.height - first
    inside = mixed(setting.light.ambient, (0.95, 0.85, 0.70), 0.45) if setting.light.dark else setting.light.ambient
    down = np.linspace(0, 1, rows, dtype=np.float32)[:, None]
    across = (np.arange(canvas.width, dtype=np.float32)[None, :] / canvas.width - 0.5) / (0.35 + down) * 14
    plank = np.floor(across).astype(np.int32)
    tones = 0.88 + 0.2 * setting.rng.random(256).astype(np.float32)
    grain = noise(canvas.width, rows, setting.rng, 0.05 * canvas.unit, 3, 0.3)
    tone = (
        np.asarray(times((0.70, 0.48, 0.31), inside), np.float32)
        * (tones[plank % 256] * (0.92 + 0.16 * grain) * (0.86 + 0.2 * down))[..., None]
    )
    gap = np.clip((0.03 - np.abs(across - plank)) * 40, 0, 1)[..., None]
    canvas.pixels[first:] = np.clip(tone * (1 - 0.35 * gap), 0, 1)
    canvas.multiply(
        np.broadcast_to(
            np.linspace(0.78, 1, max(2, rows // 5), dtype=np.float32)[:, None], (max(2, rows // 5), canvas.width)
        ),
        first,
    )


def rug(canvas: Canvas, setting: Setting, top: float, colour: Colour) -> None:
    middle = top + 0.60 * (canvas.height - top)
    wide, high = 0.44 * canvas.width, 0.30 * (canvas.height - top)
    away = np.hypot(
        (np.arange(canvas.width, dtype=np.float32)[None, :] - canvas.width / 2) / wide,
        (np.arange(round(top), canvas.height, dtype=np.float32)[:, None] - middle) / high,
    )
    edge = 0.012 * canvas.unit / high
    ambient = setting.light.ambient
    for size, tone in (
        (1.0, colour),
        (0.92, mixed(colour, (1, 1, 1), 0.6)),
        (0.86, mixed(colour, (1, 1, 1), 0.12)),
        (0.55, mixed(colour, (1, 1, 1), 0.45)),
        (0.50, colour),
    ):
        canvas.lay(times(tone, ambient), np.clip((size - away) / edge * 4, 0, 1).astype(np.float32), round(top))


def kitchen(canvas: Canvas, setting: Setting) -> Ground:
    """A tiled wall and a wooden table top near the viewer, where small things stand."""
    edge = 0.60 * canvas.height
    tile = setting.backdrop or WALLS[int(setting.rng.integers(len(WALLS)))]
    papered(canvas, setting, mixed(tile, (1, 1, 1), 0.25), edge + 4)
    tiles(canvas, setting, edge)
    view(canvas, setting, (0.22 if setting.rng.random() < 0.5 else 0.78) * canvas.width, 0.26 * canvas.height)
    boards(canvas, setting, edge)
    lip = max(3, round(0.012 * canvas.height))
    canvas.pixels[round(edge) : round(edge) + lip] *= 1.18
    np.clip(canvas.pixels, 0, 1, out=canvas.pixels)
    return Ground(edge, edge + 0.10 * canvas.height, 0.92 * canvas.height, indoors=True, table=edge)


def tiles(canvas: Canvas, setting: Setting, bottom: float) -> None:
    size = max(12, round(0.075 * canvas.unit))
    for y in range(round(bottom) % size, round(bottom), size):
        canvas.pixels[y : y + 2] *= 0.93
        for x in range(0, canvas.width, size):
            canvas.pixels[y : y + size, x : x + size] *= 0.985 + 0.03 * setting.rng.random()
    for x in range(0, canvas.width, size):
        canvas.pixels[: round(bottom), x : x + 2] *= 0.93
    np.clip(canvas.pixels, 0, 1, out=canvas.pixels)


def studio(canvas: Canvas, setting: Setting) -> Ground:
    """A seamless backdrop with a pool of light, as for a portrait."""
    tones: tuple[Colour, ...] = (
        (0.26, 0.36, 0.58),
        (0.46, 0.28, 0.52),
        (0.18, 0.44, 0.46),
        (0.58, 0.34, 0.26),
        (0.24, 0.42, 0.34),
    )
    base = setting.backdrop or tones[int(setting.rng.integers(len(tones)))]
    base = times(base, setting.light.ambient)
    x, y, unit = 0.5 * canvas.width, 0.44 * canvas.height, canvas.unit
    canvas.pixels[:] = np.asarray(mixed(base, (0, 0, 0.03), 0.45 if setting.backdrop is None else 0.10), np.float32)
    light = np.exp(-((distance(canvas.width, canvas.height, x, y) / (0.62 * unit)) ** 2))
    canvas.lay(mixed(base, (1, 1, 1), 0.42 if setting.backdrop is None else 0.2), light)
    horizon = 0.70 * canvas.height
    rows = canvas.height - round(horizon)
    sheen = (
        np.clip(np.linspace(0.0, 1.6, rows, dtype=np.float32), 0, 1)[:, None]
        * np.exp(-(((np.arange(canvas.width, dtype=np.float32) - x) / (0.5 * canvas.width)) ** 2))[None, :]
    )
    canvas.lay(mixed(base, (1, 1, 1), 0.30), 0.5 * sheen, round(horizon))
    canvas.pixels *= (0.985 + 0.03 * noise(canvas.width, canvas.height, setting.rng, 0.3 * unit, 2))[..., None]
    np.clip(canvas.pixels, 0, 1, out=canvas.pixels)
    return Ground(horizon, 0.80 * canvas.height, 0.92 * canvas.height, indoors=True)
