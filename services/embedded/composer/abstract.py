"""A picture from the seed alone, for prompts without a known word. Knows colours and flow; nothing else."""

import colorsys

import numpy as np

from .paint import Array, Canvas, Colour, below, curve, disc, glow, noise


def paint_abstract(canvas: Canvas, rng: np.random.Generator, colours: tuple[Colour, ...] = ()) -> None:
    """One of three kinds, in a palette around the asked colours or a hue of the seed's choice."""
    palette = colours_around(colours, rng)
    (layered_waves, flow_field, silk)[int(rng.integers(3))](canvas, rng, palette)


def colours_around(colours: tuple[Colour, ...], rng: np.random.Generator) -> list[Colour]:
    """Five colours from dark to light that go together."""
    hue = colorsys.rgb_to_hls(*colours[0])[0] if colours else rng.random()
    turn = float(rng.choice([0.08, -0.08, 0.14, 0.45]))
    tones = [(0.0, 0.16, 0.55), (0.3, 0.34, 0.60), (0.6, 0.52, 0.70), (0.85, 0.70, 0.85), (1.0, 0.86, 0.90)]
    return [colorsys.hls_to_rgb((hue + turn * share) % 1, light, strong) for share, light, strong in tones]


def layered_waves(canvas: Canvas, rng: np.random.Generator, palette: list[Colour]) -> None:
    """Paper-cut waves with shadows under each edge, and a disc above them."""
    canvas.pixels[:] = sweep(canvas, palette[4], palette[3], 0.0)
    x, y, radius = (0.25 + 0.5 * rng.random()) * canvas.width, 0.26 * canvas.height, 0.13 * canvas.unit
    canvas.add((1, 1, 1), 0.5 * glow(canvas.width, canvas.height, x, y, 3 * radius))
    canvas.lay((1.0, 0.98, 0.93), disc(canvas.width, canvas.height, x, y, radius))
    for layer in range(7):
        share = layer / 6
        line = (0.34 + 0.60 * share) * canvas.height + 0.07 * canvas.height * curve(
            canvas.width, rng, 0.55 * canvas.unit, 2, 0.3
        )
        canvas.multiply(
            1
            - 0.30
            * np.clip(1 - (line[None, :] - np.arange(canvas.height)[:, None]) / (0.035 * canvas.unit), 0, 1).astype(
                np.float32
            )
        )
        canvas.lay(blend(palette, 0.85 * (1 - share)), below(line, canvas.width, canvas.height))


def flow_field(canvas: Canvas, rng: np.random.Generator, palette: list[Colour]) -> None:
    """Thousands of strands along a smooth field of directions."""
    canvas.pixels[:] = sweep(canvas, palette[0], blend(palette, 0.2), 0.3)
    field = noise(canvas.width, canvas.height, rng, 0.55 * canvas.unit, 2) * 4 * np.pi
    count, steps = 2200, 90
    x, y = rng.random(count) * canvas.width, rng.random(count) * canvas.height
    tones = np.asarray([blend(palette, 0.2 + 0.8 * float(share)) for share in rng.random(count)], np.float32)
    for step in range(steps):
        column, row = x.astype(int), y.astype(int)
        seen = (column >= 0) & (column < canvas.width - 1) & (row >= 0) & (row < canvas.height - 1)
        x, y, tones = x[seen], y[seen], tones[seen]
        column, row = column[seen], row[seen]
        strength = 0.55 * np.sin(np.pi * (step + 1) / (steps + 1))
        for dx, dy in ((0, 0), (1, 0), (0, 1)):
            spot = canvas.pixels[row + dy, column + dx]
            canvas.pixels[row + dy, column + dx] = spot + (tones - spot) * strength
        angle = field[row, column]
        x, y = x + np.cos(angle) * 0.0028 * canvas.unit, y + np.sin(angle) * 0.0028 * canvas.unit


def silk(canvas: Canvas, rng: np.random.Generator, palette: list[Colour]) -> None:
    """Folded cloth of light: noise warped by noise."""
    first = noise(canvas.width, canvas.height, rng, 0.6 * canvas.unit, 2)
    second = noise(canvas.width, canvas.height, rng, 0.45 * canvas.unit, 2)
    across = np.arange(canvas.width, dtype=np.float32)[None, :] / canvas.unit
    down = np.arange(canvas.height, dtype=np.float32)[:, None] / canvas.unit
    folds = 0.5 + 0.5 * np.sin(9 * (across * 0.6 + down) + 11 * first + 3.0 * np.sin(6 * second))
    stops = np.linspace(0, 1, 5)
    colours = [np.interp(folds, stops, [tone[channel] for tone in palette]) for channel in range(3)]
    canvas.pixels[:] = np.stack(colours, axis=-1)
    sheen = np.gradient(folds, axis=0) * canvas.unit * 0.06
    canvas.pixels += np.clip(sheen, -0.12, 0.22)[..., None]


def sweep(canvas: Canvas, one: Colour, other: Colour, lean: float) -> Array:
    share = (
        np.arange(canvas.height)[:, None] / canvas.height + lean * np.arange(canvas.width)[None, :] / canvas.width
    ) / (1 + lean)
    first, second = np.asarray(one, np.float32), np.asarray(other, np.float32)
    return (first + (second - first) * share[..., None]).astype(np.float32)


def blend(palette: list[Colour], share: float) -> Colour:
    stops = np.linspace(0, 1, len(palette))
    red, green, blue = (float(np.interp(share, stops, [tone[channel] for tone in palette])) for channel in range(3))
    return red, green, blue
