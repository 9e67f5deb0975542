"""Where an open page's conversation lies on this server, and what the page may order. Knows no widgets, no HTTP.

The page is the conversation's home: it names its desk by a random word that it minted, and when this server does not
know the desk any more (a restart, another replica, too many other pages) it lays its turns down again.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

from gradio.utils import get_upload_folder
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter

from components.conversation import Turn, Turns
from components.job import Job
from services.extra import MOST_CHARACTERS as MOST_EXTRA
from services.schemas import MOST_CHARACTERS
from services.tools import MOST_CALLS

AROUND = 1000  # characters that stand for the rest of a turn
Act = Literal["ask", "retry", "continue", "edit", "undo", "clear", "open", "result", "stop"]


def _uploaded(turns: Turns) -> Turns:
    """The turns with the pictures that are still here."""
    return tuple(replace(turn, images=tuple(path for path in turn.images if _here(path))) for turn in turns)


def _here(path: str) -> bool:
    return Path(uploaded_file(path)).is_file()


def uploaded_file(path: str) -> str:
    """Only what was uploaded here is ever read. Raises ValueError for any other path."""
    if not Path(path).resolve().is_relative_to(Path(get_upload_folder()).resolve()):
        raise ValueError("not a file that was uploaded here")
    return path


class Asked(BaseModel):
    """What a question is asked with, as the controls stand."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str | None = Field(None, max_length=200)
    system: str | None = Field(None, max_length=32_000)
    temperature: float = Field(1.0, ge=0, le=2)
    top_p: float = Field(1.0, ge=0, le=1)
    max_tokens: int = Field(1024, ge=1, le=1_000_000)
    extra: str = Field("", max_length=MOST_EXTRA)
    answer_schema: str = Field("", max_length=MOST_CHARACTERS)
    tools: str = Field("", max_length=MOST_CHARACTERS)
    tool_choice: str = Field("auto", max_length=64)

    @property
    def structured(self) -> bool:
        """Whether a box of JSON holds anything."""
        return bool((self.extra + self.answer_schema + self.tools).strip())


class Order(BaseModel):
    """One thing that the page wants done.

    `after` is how many turns the page knows of; `turns` are those turns, sent when the server has said that it lacks
    them. `place` is the shown message that an edit is about. `lost` says of turns to open that an answer was growing.
    `results` are those of the last answer's calls, in their order.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    desk: str = Field(pattern=r"^[\w-]{22,64}$")
    act: Act
    after: int = Field(0, ge=0)
    turns: Annotated[Turns, Field(max_length=1000), AfterValidator(_uploaded)] | None = None
    text: str = ""
    images: tuple[Annotated[str, AfterValidator(uploaded_file)], ...] = Field((), max_length=20)
    place: int = -1
    lost: bool = False
    results: tuple[str, ...] = Field((), max_length=MOST_CALLS)
    settings: Asked = Asked()


class Desk:
    """The turns of one page's conversation, and the answer under way."""

    def __init__(self) -> None:
        self.turns: Turns = ()
        self.job: Job | None = None
        self.weight = 0

    @property
    def busy(self) -> bool:
        return self.job is not None and self.job.running

    def lacks(self, order: Order) -> bool:
        """Whether the page must lay its turns down first, with pictures whose files are gone by now (a day went by, or
        another server has taken over); takes the turns when they came along."""
        if order.turns is not None and not self.busy:
            self.turns = order.turns
        pictures = [*order.images, *(path for turn in self.turns for path in turn.images)]
        return len(self.turns) != order.after or not all(map(_here, pictures))


class Desks:
    """The desks of this process; beyond `most`, or so many characters on all, those that were idle longest are cleared
    away: a page whose desk is gone lays its turns down again."""

    def __init__(self, most: int = 1000, most_characters: int = 64_000_000) -> None:
        self._desks: OrderedDict[str, Desk] = OrderedDict()
        self._most, self._most_characters, self._weight = most, most_characters, 0

    def of(self, name: str) -> Desk:
        desk = self._desks.setdefault(name, Desk())
        self._desks.move_to_end(name)
        self._make_room(desk)
        return desk

    def weigh(self, name: str) -> None:
        """Take note of what lies on a desk, after an order was carried out there."""
        if (desk := self._desks.get(name)) is not None:
            weight = sum(map(_characters, desk.turns))
            self._weight, desk.weight = self._weight + weight - desk.weight, weight
            self._make_room(desk)

    def _make_room(self, latest: Desk) -> None:
        while len(self._desks) > self._most or self._weight > self._most_characters:
            idle = next((name for name, it in self._desks.items() if not it.busy and it is not latest), None)
            if idle is None:
                return
            self._weight -= self._desks.pop(idle).weight


def _characters(turn: Turn) -> int:
    called = sum(len(call.arguments) + len(call.result or "") for call in turn.calls)
    return len(turn.content) + len(turn.reasoning) + called + AROUND


_TURNS: TypeAdapter[Turns] = TypeAdapter(Turns)


def plain_turns(turns: Turns) -> list[dict[str, object]]:
    """Turns as the page keeps them, in JSON's own types; `Order.turns` takes them back."""
    found: list[dict[str, object]] = _TURNS.dump_python(turns, mode="json", exclude_defaults=True)
    return found
