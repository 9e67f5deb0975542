"""What a prompt asks for, as plain values. Knows nothing of words, files or pixels."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Thing:
    """An object of the vocabulary, as often as asked for, with what it wears, holds and stands in relation to."""

    name: str
    count: int = 1
    size: float = 1.0
    colours: tuple[str, ...] = ()
    worn: tuple["Thing", ...] = ()
    held: tuple["Thing", ...] = ()
    relation: str = ""  # one of words.toml's relations, towards ...
    other: int | None = None  # ... the thing with this place in `Scene.things`


@dataclass(frozen=True)
class Scene:
    """A prompt, understood. An empty field means that the prompt does not say."""

    things: tuple[Thing, ...] = ()
    place: str = ""
    time: str = ""
    weather: frozenset[str] = field(default_factory=frozenset)
    sky: frozenset[str] = field(default_factory=frozenset)
    season: str = ""
    style: str = ""
    finishes: frozenset[str] = field(default_factory=frozenset)
    sky_colour: str = ""
    backdrop_colour: str = ""
    colours: tuple[str, ...] = ()  # colour words that belong to no thing
    without: frozenset[str] = field(default_factory=frozenset)  # things that must not be seen

    @property
    def is_empty(self) -> bool:
        """Nothing that could be painted was named: neither a thing nor anything about where or when."""
        return not (self.things or self.place or self.time or self.weather or self.sky or self.season)
