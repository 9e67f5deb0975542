"""Time of day, weather and season → the light of a picture. Knows colours of the sky; paints nothing."""

from dataclasses import dataclass, replace

from .paint import Colour, mixed
from .scene import Scene


@dataclass(frozen=True)
class Light:
    """Colours from the zenith to the horizon, and what they do to things."""

    zenith: Colour
    middle: Colour
    horizon: Colour
    haze: Colour  # what far things fade into
    ambient: Colour  # multiplies the colours of things and of the ground
    sun: Colour
    sun_height: float  # of the sky, 0 at the horizon
    shadow: float  # strength of cast shadows, 0..1
    dark: bool = False


TIMES = {
    "day": Light(
        (0.20, 0.50, 0.90),
        (0.48, 0.75, 0.97),
        (0.86, 0.95, 1.0),
        (0.78, 0.89, 0.98),
        (1.0, 1.0, 1.0),
        (1.0, 0.97, 0.86),
        0.82,
        0.42,
    ),
    "dawn": Light(
        (0.40, 0.55, 0.83),
        (0.86, 0.74, 0.82),
        (1.0, 0.86, 0.72),
        (0.96, 0.85, 0.80),
        (1.0, 0.93, 0.88),
        (1.0, 0.90, 0.70),
        0.20,
        0.34,
    ),
    "sunset": Light(
        (0.19, 0.17, 0.42),
        (0.78, 0.36, 0.46),
        (1.0, 0.68, 0.34),
        (0.93, 0.56, 0.42),
        (1.0, 0.82, 0.72),
        (1.0, 0.84, 0.50),
        0.12,
        0.42,
    ),
    "night": Light(
        (0.02, 0.04, 0.14),
        (0.05, 0.10, 0.28),
        (0.15, 0.24, 0.46),
        (0.13, 0.20, 0.40),
        (0.62, 0.69, 0.95),
        (0.93, 0.94, 1.0),
        0.74,
        0.30,
        True,
    ),
}

GRASS = {  # near, far
    "": ((0.36, 0.62, 0.22), (0.58, 0.76, 0.38)),
    "spring": ((0.42, 0.70, 0.26), (0.66, 0.84, 0.44)),
    "summer": ((0.38, 0.62, 0.20), (0.66, 0.76, 0.36)),
    "autumn": ((0.62, 0.46, 0.18), (0.82, 0.64, 0.30)),
    "winter": ((0.88, 0.92, 0.98), (0.95, 0.97, 1.0)),
}


def light_of(scene: Scene, sky_colour: Colour | None = None) -> Light:
    """Daylight unless the scene says otherwise; clouds take colour and shadow away."""
    light = TIMES[scene.time or ("night" if scene.sky & {"moon", "stars", "aurora", "fireworks", "meteors"} else "day")]
    if scene.weather & {"rain", "storm", "clouds", "fog", "snow"}:
        light = overcast(light, 0.75 if "storm" in scene.weather else 0.5)
    if "dark" in scene.finishes and not light.dark:
        light = overcast(light, 0.6)
    if sky_colour is not None:
        light = tinted(light, sky_colour)
    return light


def overcast(light: Light, amount: float) -> Light:
    """Under clouds: greyer, darker, hardly a shadow."""
    grey = (0.13, 0.16, 0.24) if light.dark else (0.56, 0.61, 0.68)
    dim = 1 - 0.28 * amount
    red, green, blue = light.ambient
    return replace(
        light,
        zenith=mixed(light.zenith, (grey[0] * 0.62, grey[1] * 0.65, grey[2] * 0.7), amount),
        middle=mixed(light.middle, grey, amount),
        horizon=mixed(light.horizon, mixed(grey, (0.9, 0.92, 0.95), 0.35 if not light.dark else 0.05), amount),
        haze=mixed(light.haze, grey, amount),
        ambient=(red * dim, green * dim, blue * dim),
        shadow=light.shadow * (1 - 0.7 * amount),
    )


def tinted(light: Light, colour: Colour) -> Light:
    """A sky of the asked colour, darker above and paler at the horizon."""
    return replace(
        light,
        zenith=mixed(colour, (0.0, 0.0, 0.1), 0.25),
        middle=colour,
        horizon=mixed(colour, (1.0, 1.0, 1.0), 0.55),
        haze=mixed(colour, (1.0, 1.0, 1.0), 0.4),
        ambient=mixed(light.ambient, colour, 0.12),
    )
