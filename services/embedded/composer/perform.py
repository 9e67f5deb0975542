"""The things painted where they stand: shadow, reflection, light, haze, water line. Knows no words."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageFilter

from .light import Light
from .paint import Canvas, times
from .setting import Ground
from .sprites import cast_shadow, contact_shadow, lit, veiled
from .stage import Actor


def perform(canvas: Canvas, actors: Sequence[Actor], ground: Ground, light: Light, place: str) -> None:
    """From the farthest to the nearest."""
    lean = 0.55 - 0.4 * light.sun_height
    for actor in actors:
        haze = ground.far * max(0.0, 0.75 - actor.depth) if not actor.flying else 0.10 * (not ground.floating)
        image = lit(actor.figure.image, light, haze)
        if place == "underwater":
            image = veiled(image, times((0.10, 0.50, 0.72), light.ambient), 0.14 + 0.25 * (1 - min(actor.depth, 1)))
        x, y = actor.x - actor.figure.foot_x, actor.y - actor.figure.foot_y
        if actor.afloat:
            float_on(canvas, image, actor, x, y, light)
        else:
            if not actor.flying:
                shadows(canvas, actor, x, light, lean, ground.indoors or place == "underwater")
            canvas.stamp(image, x, y)


def shadows(canvas: Canvas, actor: Actor, x: float, light: Light, lean: float, soft: bool) -> None:
    image, width = actor.figure.image, actor.figure.width
    if not soft and light.shadow > 0.1:
        mask, margin = cast_shadow(image, 0.16 + 0.22 * (lean > 0.3), lean)
        canvas.shade(mask, x - margin, actor.y - mask.height + 10, 0.75 * light.shadow)
    spot = contact_shadow(width)
    canvas.shade(spot, actor.x - spot.width / 2, actor.y - spot.height * 0.56, 0.30 + 0.5 * light.shadow)


def float_on(canvas: Canvas, image: Image.Image, actor: Actor, x: float, y: float, light: Light) -> None:
    """In the water up to the water line, mirrored below it."""
    sunk = round(0.10 * image.height)
    above = image.crop((0, 0, image.width, max(1, round(actor.figure.foot_y) - sunk)))
    y += sunk
    water_line = y + above.height
    mirror = above.transpose(Image.Transpose.FLIP_TOP_BOTTOM).resize(
        (above.width, max(1, round(above.height * 0.6))), Image.Resampling.BILINEAR
    )
    mirror = mirror.filter(ImageFilter.GaussianBlur(1.5))
    fade = (
        np.asarray(mirror.getchannel("A"), np.float32)
        * np.linspace(0.55, 0.0, mirror.height, dtype=np.float32)[:, None]
    )
    mirror.putalpha(Image.fromarray(fade.astype(np.uint8), "L"))
    canvas.stamp(ripple(mirror), x, water_line)
    canvas.stamp(above, x, y)
    foam = contact_shadow(actor.figure.width * 1.1)
    foam = foam.resize((foam.width, max(4, round(foam.height * 0.35))))
    canvas.shade(
        foam, actor.x - foam.width / 2, water_line - foam.height / 2, 0.55, times((0.92, 0.97, 1.0), light.ambient)
    )


def ripple(image: Image.Image) -> Image.Image:
    """Rows moved sideways, more the nearer."""
    pixels = np.asarray(image)
    rows = np.arange(pixels.shape[0])
    shift = (np.sin(rows * 0.42) * (1 + 0.03 * rows)).astype(np.int32)
    columns = (np.arange(pixels.shape[1])[None, :] + shift[:, None]) % pixels.shape[1]
    return Image.fromarray(np.take_along_axis(pixels, columns[..., None], axis=1), "RGBA")
