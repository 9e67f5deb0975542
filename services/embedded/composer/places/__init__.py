"""The painters of the backgrounds, by the name that words.toml gives them."""

from collections.abc import Callable, Mapping

from services.embedded.composer.paint import Canvas
from services.embedded.composer.setting import Ground, Setting

from . import built, far, outdoors

PAINTERS: Mapping[str, Callable[[Canvas, Setting], Ground]] = {
    "meadow": outdoors.meadow,
    "park": outdoors.park,
    "savanna": outdoors.savanna,
    "forest": outdoors.forest,
    "jungle": outdoors.jungle,
    "mountains": outdoors.mountains,
    "lake": outdoors.lake,
    "beach": outdoors.beach,
    "ocean": outdoors.ocean,
    "desert": outdoors.desert,
    "snowfield": outdoors.snowfield,
    "volcano": outdoors.volcano,
    "city": built.city,
    "castle": built.castle,
    "room": built.room,
    "kitchen": built.kitchen,
    "studio": built.studio,
    "space": far.space,
    "moon": far.moon,
    "underwater": far.underwater,
    "sky": far.sky,
    "cave": far.cave,
}

__all__ = ["PAINTERS", "Ground", "Setting"]
