"""A prompt → a picture, step by step: read, light, background, things, weather, finish. Knows the order, no details."""

import hashlib
from dataclasses import replace

import numpy as np
from PIL import Image

from .abstract import paint_abstract
from .colours import rgb
from .dressing import dressed
from .finish import graded, styled
from .light import light_of
from .paint import Canvas
from .perform import perform
from .places import PAINTERS
from .reading import read
from .scene import Scene
from .setting import Setting
from .stage import arrange
from .tables import kinds
from .weather import paint_weather

SMALLEST, LARGEST = 64, 2048


def compose(prompt: str, *, width: int, height: int, seed: int, negative_prompt: str = "") -> Image.Image:
    """Illustrate a prompt. The same arguments give the same picture, another seed another arrangement.

    `width` and `height` in px, 64 to 2048; any text is a prompt, none included. Returns an RGB picture of that size.
    Raises `ValueError` for a size out of these bounds.
    """
    if not (SMALLEST <= width <= LARGEST and SMALLEST <= height <= LARGEST):
        raise ValueError(f"a picture is {SMALLEST} to {LARGEST} px a side, not {width} × {height}")
    rng = np.random.default_rng(entropy(prompt, seed))
    scene = read(prompt, negative_prompt, choice=int(rng.integers(1 << 16)))
    canvas = Canvas.blank(width, height)
    if scene.is_empty:  # not one known word
        paint_abstract(canvas, rng, tuple(rgb(word) for word in scene.colours))
    else:
        paint_scene(canvas, scene, rng)
    canvas.pixels[:] = graded(canvas.pixels, scene.finishes)
    return styled(canvas.image(), scene.style, rng)


def entropy(prompt: str, seed: int) -> int:
    """The prompt counts too: two prompts with one seed do not share their random choices."""
    return int.from_bytes(hashlib.sha256(f"{seed}\n{prompt}".encode("utf-8", "surrogatepass")).digest()[:8], "big")


def paint_scene(canvas: Canvas, scene: Scene, rng: np.random.Generator) -> None:
    scene = replace(scene, place=place_of(scene))
    light = light_of(scene, rgb(scene.sky_colour) if scene.sky_colour else None)
    setting = Setting(
        light=light,
        rng=rng,
        season=scene.season,
        weather=scene.weather,
        sky=scene.sky,
        backdrop=rgb(scene.backdrop_colour) if scene.backdrop_colour else None,
        minimal="minimal" in scene.finishes,
    )
    ground = PAINTERS[scene.place](canvas, setting)
    actors = arrange(scene, ground, canvas.width, canvas.height, rng)
    perform(canvas, [*dressed(scene, ground, actors, canvas, rng), *actors], ground, light, scene.place)
    if ground.front is not None:
        ground.front(canvas)
    weather = scene.weather if not ground.indoors or scene.place == "cave" else frozenset[str]()
    paint_weather(canvas, weather, scene.season, light, ground.horizon, rng)


def place_of(scene: Scene) -> str:
    """The named place, else where the largest of the things is at home."""
    if scene.place:
        return scene.place
    if scene.backdrop_colour:
        return "studio"
    if not scene.things:
        return "sky" if scene.sky else "snowfield" if scene.season == "winter" else "meadow"
    if (
        "vivid" in scene.finishes
        and scene.things[0].worn
        and not (scene.time or scene.sky or scene.weather or scene.season)
    ):
        return "studio"
    outdoors = bool(scene.sky or scene.weather or scene.season)
    carriers = {thing.other for thing in scene.things if thing.relation in ("on", "in")} - {None}
    homes = [kinds()[thing.name] for index, thing in enumerate(scene.things) if not carriers or index in carriers]
    homes = [kind for kind in homes if not (outdoors and kind.home in ("room", "kitchen"))]
    if not homes:
        return "meadow"
    return max(homes, key=lambda kind: (kind.stance not in ("item", "wear", "sky"), kind.metres)).home
