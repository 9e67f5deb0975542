"""What a painter is told and what it tells: where things can stand, float and fly. Paints nothing."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .light import Light
from .paint import Canvas, Colour


@dataclass(frozen=True)
class Setting:
    """Everything that a background depends on besides its place."""

    light: Light
    rng: np.random.Generator
    season: str = ""
    weather: frozenset[str] = frozenset()
    sky: frozenset[str] = frozenset()
    backdrop: Colour | None = None
    minimal: bool = False


@dataclass(frozen=True)
class Ground:
    """The usable parts of a background, in px from the top."""

    horizon: float
    top: float  # where the farthest thing may stand
    bottom: float  # where the nearest thing may stand
    water: tuple[float, float] | None = None  # rows of open water
    floating: bool = False  # no ground to stand on: space, deep water, sky
    indoors: bool = False
    table: float | None = None  # where small things stand, if not on the ground
    front: Callable[[Canvas], None] | None = None  # what lies before the things
    far: float = 0.0  # haze on the farthest thing, 0..1
