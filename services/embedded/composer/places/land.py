"""What landscapes are made of: hills, peaks, woods, water, sand, grass. Knows light and season, no whole place."""

from collections.abc import Callable

import numpy as np

from services.embedded.composer.light import GRASS
from services.embedded.composer.paint import Array, Canvas, Colour, below, curve, gradient, mixed, noise, plane, times
from services.embedded.composer.setting import Setting


def hills(canvas: Canvas, setting: Setting, horizon: float, layers: int) -> None:
    near, _ = GRASS[setting.season]
    for layer in range(layers):
        share = 0.72 - 0.5 * (layer + 1) / layers
        ridge(
            canvas,
            setting,
            horizon - (0.10 - 0.085 * (layer + 1) / layers) * canvas.height,
            0.05,
            mixed(near, (0.2, 0.4, 0.35), 0.35),
            share,
        )


def ridge(
    canvas: Canvas, setting: Setting, level: float, swing: float, colour: Colour, haze: float, cell: float = 0.5
) -> Array:
    """One wavy strip of land from its ridge down to the bottom, paler the farther (the more haze)."""
    line = level + swing * canvas.height * curve(canvas.width, setting.rng, cell * canvas.unit, 4, 0.4)
    base = mixed(times(colour, setting.light.ambient), setting.light.haze, haze)
    cover_from(canvas, base, line)
    return line


def cover_from(canvas: Canvas, colour: Colour | Array, line: Array) -> None:
    top = max(0, int(line.min()) - 1)
    canvas.lay(colour, below(line, canvas.width, canvas.height, top), top)


def peaks(canvas: Canvas, setting: Setting, horizon: float, icy: bool = False) -> None:
    """Two ranges with lit and shaded flanks and snow on top."""
    for level, swing, haze in ((0.22, 0.15, 0.55), (0.10, 0.10, 0.25)):
        line = (
            horizon
            - level * canvas.height
            - swing * canvas.height * curve(canvas.width, setting.rng, 0.42 * canvas.unit, 6, 0.55)
        )
        line = np.minimum(line, horizon - 0.02 * canvas.height)
        top = max(0, int(line.min()) - 1)
        rows = canvas.height - top
        depth = np.arange(top, canvas.height, dtype=np.float32)[:, None] - line[None, :]
        rough = noise(canvas.width, rows, setting.rng, 0.10 * canvas.unit, 5) - 0.5
        spurs = np.clip(
            np.arange(canvas.width)[None, :] + (rough * 1.9 + 0.25) * np.clip(depth, 0, None), 0, canvas.width - 1
        )
        slope = np.gradient(line)[spurs.astype(np.int32)] * 1.3 + rough * 1.8
        flank = np.clip(0.5 + slope * 0.9, 0, 1)
        rock: Colour = (0.62, 0.72, 0.86) if icy else (0.46, 0.44, 0.50)
        tone = np.asarray(times(rock, setting.light.ambient), np.float32) * (0.72 + 0.42 * flank)[..., None]
        white = np.clip(
            (
                0.055 * canvas.height * (1.5 if icy or setting.season == "winter" else 1)
                - depth
                + rough * 0.16 * canvas.height
            )
            / (0.012 * canvas.height),
            0,
            1,
        )
        snow = (
            np.asarray(times((0.97, 0.98, 1.0), setting.light.ambient), np.float32) * (0.82 + 0.18 * flank)[..., None]
        )
        tone += (snow - tone) * white[..., None]
        fade = np.clip(haze + np.clip(depth / (0.35 * canvas.height), 0, 0.4), 0, 0.9)[..., None]
        tone += (np.asarray(setting.light.haze, np.float32) - tone) * fade
        canvas.lay(np.clip(tone, 0, 1), below(line, canvas.width, canvas.height, top), top)


def treeline(canvas: Canvas, setting: Setting, level: float, height: float, colour: Colour) -> None:
    """A far wood: a jagged edge of many narrow tops."""
    columns = np.arange(canvas.width)
    spacing = max(6.0, 0.034 * canvas.unit)
    offset = setting.rng.random(canvas.width // int(spacing) + 3).astype(np.float32)
    tops = np.abs(((columns / spacing) % 1) - 0.5) * 2
    tall = offset[(columns / spacing).astype(int)]
    base = level + 0.02 * canvas.height * curve(canvas.width, setting.rng, 0.4 * canvas.unit, 3)
    line = base - height * canvas.height * (0.35 + 0.65 * tall) * (1 - tops**1.3) + 0.05 * canvas.height
    cover_from(canvas, times(colour, setting.light.ambient), line.astype(np.float32))


def foliage(canvas: Canvas, setting: Setting, level: float, colour: Colour) -> None:
    spots = noise(canvas.width, canvas.height, setting.rng, 0.10 * canvas.unit, 4)
    down = np.arange(canvas.height, dtype=np.float32)[:, None]
    cover = np.clip(((down - level) / (0.14 * canvas.height) + (spots - 0.5) * 3.4) * 5, 0, 1)
    tone = np.asarray(colour, np.float32) * (0.62 + 0.76 * spots)[..., None]
    canvas.lay(np.clip(tone, 0, 1), cover)


def floor(canvas: Canvas, setting: Setting, horizon: float, near: Colour, far: Colour, grain: float = 0.22) -> None:
    """Level ground from the horizon to the viewer."""
    top = round(horizon)
    rows = canvas.height - top
    ambient = setting.light.ambient
    stops = [
        (0.0, mixed(times(far, ambient), setting.light.haze, 0.35)),
        (0.25, times(far, ambient)),
        (1.0, times(near, ambient)),
    ]
    ground = gradient(canvas.width, rows, stops)
    if not setting.minimal:
        ground *= (1 + grain * 2 * (plane(canvas.width, rows, setting.rng) - 0.5))[..., None]
    canvas.pixels[top:] = np.clip(ground, 0, 1)


def grass(canvas: Canvas, setting: Setting, horizon: float, darker: float = 0.0) -> None:
    near, far = GRASS[setting.season]
    shade: Colour = (0.06, 0.16, 0.10)
    floor(canvas, setting, horizon, mixed(near, shade, darker), mixed(far, shade, darker))


def path(canvas: Canvas, setting: Setting, horizon: float, colour: Colour) -> None:
    top = round(horizon)
    rows = canvas.height - top
    down = np.linspace(0, 1, rows, dtype=np.float32)[:, None]
    bend = 0.5 + 0.2 * (setting.rng.random() - 0.5) + 0.12 * np.sin(down * 3.4 + setting.rng.random() * 6) * (1 - down)
    half = 0.015 + 0.20 * down**1.25
    across = np.arange(canvas.width, dtype=np.float32)[None, :] / canvas.width
    cover = np.clip((half - np.abs(across - bend)) * canvas.width / (2 + 10 * down), 0, 1)
    tone = np.asarray(colour, np.float32) * (0.9 + 0.2 * plane(canvas.width, rows, setting.rng))[..., None]
    canvas.lay(np.clip(tone, 0, 1), cover.astype(np.float32), top)


def water(canvas: Canvas, setting: Setting, top: float, bottom: float, mirror: bool = False) -> None:
    """Open water; it takes the sky's colours, and what stands behind it when it is calm."""
    first, last = round(top), min(canvas.height, round(bottom))
    rows = last - first
    if rows < 2:
        return
    light, rng = setting.light, setting.rng
    deep = times((0.05, 0.30, 0.50), light.ambient)
    if mirror:
        source = canvas.pixels[max(0, first - rows) : first][::-1]
        reflected = np.resize(source, (rows, *source.shape[1:])) if source.shape[0] < rows else source[:rows]
        surface = reflected * 0.80 + np.asarray(mixed(deep, light.middle, 0.4), np.float32) * 0.20
        ripple = plane(canvas.width, rows, rng, 0.05, 0.10)
        shift = ((ripple - 0.5) * 0.10 * canvas.unit * np.linspace(0.15, 1, rows, dtype=np.float32)[:, None]).astype(
            np.int32
        )
        columns = np.clip(np.arange(canvas.width)[None, :] + shift, 0, canvas.width - 1)
        surface = np.take_along_axis(surface, columns[..., None], axis=1)
    else:
        surface = gradient(
            canvas.width,
            rows,
            [
                (0.0, mixed(light.horizon, deep, 0.45)),
                (0.3, mixed(light.middle, deep, 0.55)),
                (1.0, mixed(light.zenith, deep, 0.75)),
            ],
        )
        ripple = plane(canvas.width, rows, rng, 0.045, 0.08)
    rough = 1.6 if setting.weather & {"storm", "wind"} else 1.0
    crests = np.clip((ripple - 0.58) * 6 * rough, 0, 1)
    surface *= (0.93 + 0.14 * ripple)[..., None]
    surface += (np.asarray(mixed(light.horizon, (1, 1, 1), 0.4 if not light.dark else 0.0), np.float32) - surface) * (
        crests * (0.22 if mirror else 0.42)
    )[..., None]
    canvas.pixels[first:last] = np.clip(surface, 0, 1)


def bank(canvas: Canvas, setting: Setting, shore: float, colour: Colour, swing: float) -> Array:
    """Land in front of the water; the line of its edge comes back."""
    line = shore + swing * canvas.height * curve(canvas.width, setting.rng, 0.6 * canvas.unit, 3, 0.4)
    top = max(0, int(line.min()) - 1)
    rows = canvas.height - top
    base = times(colour, setting.light.ambient)
    tone = gradient(
        canvas.width,
        rows,
        [(0.0, mixed(base, (0.4, 0.4, 0.4), 0.12)), (0.3, base), (1.0, mixed(base, (0.1, 0.1, 0.1), 0.1))],
    )
    tone *= (0.92 + 0.16 * plane(canvas.width, rows, setting.rng, 0.04))[..., None]
    canvas.lay(np.clip(tone, 0, 1), below(line, canvas.width, canvas.height, top), top)
    return line


def surf(canvas: Canvas, setting: Setting, line: Array) -> None:
    """Foam along the shore and wet sand under it."""
    top = max(0, int(line.min() - 0.05 * canvas.height))
    down = (
        np.arange(top, min(canvas.height, int(line.max() + 0.06 * canvas.height)), dtype=np.float32)[:, None]
        - line[None, :]
    )
    wet = np.exp(-((np.clip(down, 0, None) / (0.022 * canvas.height)) ** 2)) * (down > 0)
    canvas.lay(times((0.62, 0.52, 0.40), setting.light.ambient), wet * 0.5, top)
    lace = noise(canvas.width, down.shape[0], setting.rng, 0.02 * canvas.unit, 3, 2.0)
    foam = np.exp(-(((down + 0.004 * canvas.height) / (0.010 * canvas.height)) ** 2)) + 0.7 * np.exp(
        -(((down + 0.035 * canvas.height) / (0.006 * canvas.height)) ** 2)
    ) * (lace > 0.48)
    canvas.lay(times((1.0, 1.0, 1.0), setting.light.ambient), np.clip(foam * (0.4 + lace), 0, 0.95), top)


def dune(canvas: Canvas, setting: Setting, level: float, swing: float, colour: Colour, haze: float) -> None:
    line = level + swing * canvas.height * curve(canvas.width, setting.rng, 0.7 * canvas.unit, 3, 0.35)
    top = max(0, int(line.min()) - 1)
    depth = np.arange(top, canvas.height, dtype=np.float32)[:, None] - line[None, :]
    lee = np.clip(np.gradient(line) * 4 + 0.5, 0, 1)[None, :]
    tone = (
        np.asarray(times(colour, setting.light.ambient), np.float32)
        * (0.80 + 0.24 * (1 - lee) * np.exp(-depth / (0.16 * canvas.height)))[..., None]
    )
    ripples = plane(canvas.width, canvas.height - top, setting.rng, 0.03)
    tone *= (0.95 + 0.1 * ripples)[..., None]
    tone += (np.asarray(setting.light.haze, np.float32) - tone) * haze
    canvas.lay(np.clip(tone, 0, 1), below(line, canvas.width, canvas.height, top), top)


def cone(canvas: Canvas, setting: Setting, horizon: float) -> None:
    """A smoking mountain with glowing streams."""
    width, unit = canvas.width, canvas.unit
    middle = (0.3 + 0.4 * setting.rng.random()) * width
    away = np.abs(np.arange(width) - middle) / unit
    crater = 0.10
    slope = 0.42 * np.exp(-np.clip(away - crater, 0, None) * 3.2) * canvas.height * 0.9
    line = (horizon - slope + 0.012 * unit * curve(width, setting.rng, 0.1 * unit, 4)).astype(np.float32)
    rows = round(horizon)
    smoke = noise(width, rows, setting.rng, 0.14 * unit, 5)
    rise = np.clip(
        1
        - np.abs(np.arange(width)[None, :] - middle - 0.3 * (line.min() - np.arange(rows)[:, None]))
        / (0.09 * unit + 0.42 * np.clip(line.min() - np.arange(rows)[:, None], 0, None)),
        0,
        1,
    )
    canvas.lay(
        (0.30, 0.24, 0.27),
        np.clip(rise * (smoke - 0.22) * 3.4, 0, 0.9).astype(np.float32) * (np.arange(rows)[:, None] < line.min() + 12),
    )
    canvas.add(
        (1.0, 0.4, 0.1),
        np.exp(
            -(
                (np.hypot(np.arange(width)[None, :] - middle, np.arange(rows)[:, None] - line.min()) / (0.24 * unit))
                ** 2
            )
        ).astype(np.float32),
    )
    cover_from(canvas, mixed(times((0.30, 0.22, 0.25), setting.light.ambient), setting.light.haze, 0.15), line)
    top = int(line.min())
    down = np.arange(top, rows, dtype=np.float32)[:, None]
    for lean in (-0.25, 0.06, 0.34):
        bed = (
            middle
            + lean * crater * 2 * unit
            + lean * 0.55 * (down - top)
            + 0.012 * unit * np.sin(down / (0.03 * unit) + lean * 9)
        )
        stream = np.clip(1 - np.abs(np.arange(width)[None, :] - bed) / (0.010 * unit + 0.010 * (down - top)), 0, 1)
        canvas.lay((1.0, 0.62, 0.18), np.clip(stream * 2, 0, 1).astype(np.float32) * (down > line[None, :]), top)


def shafts(canvas: Canvas, setting: Setting) -> None:
    """Slanting light between trees."""
    if setting.light.dark or setting.minimal:
        return
    across = (
        np.arange(canvas.width, dtype=np.float32)[None, :] + 0.5 * np.arange(canvas.height, dtype=np.float32)[:, None]
    ) / canvas.unit
    start = setting.rng.random() * 6
    beams = np.clip(np.sin(across * 7 + start) + 0.6 * np.sin(across * 17 + start * 2) - 0.5, 0, 1)
    fade = np.linspace(0.32, 0.0, canvas.height, dtype=np.float32)[:, None]
    canvas.add(setting.light.sun, beams * fade)


def blades(setting: Setting, colour: Colour | None = None) -> Callable[[Canvas], None] | None:
    """Grass in front of everything, along the lower edge."""
    near = times(colour or GRASS[setting.season][0], setting.light.ambient)

    def paint(canvas: Canvas) -> None:
        rng, columns = setting.rng, np.arange(canvas.width)
        for share in (0.25, 0.0):
            spacing = max(4.0, 0.012 * canvas.unit)
            tall = rng.random(int(canvas.width / spacing) + 3)
            lean = ((columns / spacing) % 1) ** 1.5
            line = canvas.height - canvas.height * (0.012 + 0.035 * tall[(columns / spacing).astype(int)]) * (
                1 - np.abs(lean * 2 - 1)
            )
            line -= (0.004 + 0.016 * share) * canvas.height
            cover_from(
                canvas, mixed(mixed(near, (0.0, 0.1, 0.05), 0.35), (1, 1, 1), share * 0.3), line.astype(np.float32)
            )

    return None if setting.minimal or setting.season == "winter" else paint


def leaves(setting: Setting) -> Callable[[Canvas], None] | None:
    """Large leaves hanging into the upper corners."""

    def paint(canvas: Canvas) -> None:
        spots = noise(canvas.width, canvas.height, setting.rng, 0.09 * canvas.unit, 3)
        across = np.abs(np.arange(canvas.width, dtype=np.float32) / canvas.width - 0.5)[None, :] * 2
        down = np.arange(canvas.height, dtype=np.float32)[:, None] / canvas.height
        edge = np.clip(across**3 * 0.9 - down * 1.5 + (spots - 0.5) * 0.8 - 0.12, 0, 1)
        canvas.lay(times((0.03, 0.20, 0.10), setting.light.ambient), np.clip(edge * 18, 0, 1))

    return None if setting.minimal else paint
