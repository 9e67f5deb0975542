"""Reads a catalogue's rows into models by task. Trusts nothing in a row: wrong types, markup and masses occur."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from services.pricing import Price, prices
from services.replies import Maybe, Several, Shape

Task = Literal["chat", "image", "transcription", "speech"]
TASKS: tuple[Task, ...] = ("chat", "image", "transcription", "speech")
Listing = Mapping[Task, tuple["Model", ...]]

MOST_ROWS = 10_000
MOST_ENTRIES = 200
# By substring, since spellings changed over the years (contract, section 6); a type that is none of these is no task.
_TYPES: tuple[tuple[Task, str], ...] = (
    ("chat", r"chat-completion|^chat$"),
    ("image", r"image-generation|^image$"),
    ("transcription", r"speech-to-text|\bstt\b"),
    ("speech", r"text-to-speech|\btts\b"),
)
# More than spaces, and nothing that markup, a shell or a header takes for its own.
_ID = r"^ *[^ <>\"'&`\\\x00-\x1f\x7f][^<>\"'&`\\\x00-\x1f\x7f]*$"
_MARKUP = re.compile(r"<[^<>]{0,400}>?")
# Servers that list names only (Ollama, vLLM, LocalAI) list these beside what can chat.
_NOT_FOR_CHAT = re.compile(r"embed|rerank|whisper|tts|diffusion|flux", re.IGNORECASE)


@dataclass(frozen=True)
class Model:
    """One row of the catalogue for one task. `plain` marks a row without a type, as other servers send.

    Lengths in tokens, None when unknown; `released` is a date such as 2025-08-07, `schema_url` where the API publishes
    what a call may hold; `defaults` are the model's own values for the parameters of a call.
    """

    id: str
    task: Task
    name: str = ""
    developer: str = ""
    description: str = ""
    aliases: tuple[str, ...] = ()
    context_length: int | None = None
    output_max: int | None = None
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    released: str = ""
    schema_url: str = ""
    prices: tuple[Price, ...] = ()
    voices: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    plain: bool = False


def _line(most: int) -> BeforeValidator:
    """One line of plain text, at most `most` characters; "" for what is no text."""
    return BeforeValidator(lambda said: _text(said, most))


def _texts(said: Any) -> tuple[str, ...]:
    entries = said[:MOST_ENTRIES] if isinstance(said, list) else []
    return tuple(text for text in (_text(entry, 100) for entry in entries) if text)


def _plain(said: Any) -> Any:
    """A few short defaults, of types that a widget can take."""
    entries = list(said.items())[:20] if isinstance(said, dict) else []
    return {
        name[:40]: value[:2000] if isinstance(value, str) else value
        for name, value in entries
        if isinstance(value, (str, int)) or (isinstance(value, float) and math.isfinite(value))
    }


Line80 = Annotated[str, _line(80)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]
Count = Maybe[Annotated[int, Field(gt=0, lt=10**9)]]
ID = Annotated[str, Field(max_length=200, pattern=_ID)]


class Info(Shape):
    """What a row tells about its model; the last five are the embedded engine's own."""

    name: Line80 = ""
    developer: Line80 = ""
    description: Annotated[str, _line(600)] = ""
    context: Count = Field(None, alias="contextLength")
    output: Count = Field(None, alias="outputMax")
    output_before: Count = Field(None, alias="maxTokens")  # its name in 2025
    released: Annotated[str, _line(10)] = Field("", alias="releasedAt")
    schema_url: Annotated[str, _line(500)] = Field("", alias="docsJson")
    voices: Texts = ()
    formats: Texts = ()
    languages: Texts = ()
    sizes: Texts = ()
    defaults: Annotated[dict[str, Any], BeforeValidator(_plain)] = Field(default_factory=dict)


class Modalities(Shape):
    input: Texts = ()
    output: Texts = ()


class Row(Shape):
    """One row of a catalogue. Only its id must be right; `pricing` is read by `services.pricing`."""

    id: ID
    type: Annotated[str, _line(100)] = ""
    info: Maybe[Info] = None
    aliases: Several[ID] = ()
    modalities: Maybe[Modalities] = None
    capabilities: Texts = ()
    features: Texts = ()  # what capabilities were called in 2025
    pricing: Any = None
    owned_by: Line80 = ""
    context_length: Count = None
    max_model_len: Count = None


class Rows(Shape):
    """A catalogue without those of its rows that can be no model."""

    rows: Several[Row]


@cache
def bundled() -> Listing:
    """The models that are offered while no catalogue can be reached, in the order in which they come first."""
    return parsed(json.loads(Path(__file__).with_name("data").joinpath("models.json").read_text("utf-8")))


def parsed(listing: Any) -> Listing:
    """The models of a catalogue's answer, each (id, task) once, in the catalogue's order.

    Raises ValueError for an answer that holds no list.
    """
    rows = Rows.model_validate({"rows": _rows(listing)}).rows
    typed = any(row.type for row in rows)
    found: dict[Task, dict[str, Model]] = {task: {} for task in TASKS}
    for row in rows:
        for task in _tasks(row.type) if typed else ("chat", "image"):
            if row.id not in found[task]:
                found[task][row.id] = _model(row, task, plain=not typed)
    if typed:  # models that make pictures are also listed as chat models that claim to answer with text
        found["chat"] = {name: model for name, model in found["chat"].items() if name not in found["image"]}
    else:
        found["chat"] = dict(sorted(found["chat"].items(), key=lambda item: bool(_NOT_FOR_CHAT.search(item[0]))))
    return {task: tuple(_without_twins(models.values())) for task, models in found.items()}


def spelling(name: str) -> str:
    """What two spellings of one name have in common: `claude-opus-4.8` and `claude-opus-4-8` are one model."""
    return name.replace(".", "-")


def _without_twins(models: Iterable[Model]) -> Iterable[Model]:
    """Each model once: a row that differs in spelling only becomes another name of the first, if it costs the same."""
    found: dict[tuple[str, tuple[Price, ...]], Model] = {}
    for model in models:
        first = found.setdefault((spelling(model.id), model.prices), model)
        if first is not model:
            found[spelling(model.id), model.prices] = replace(first, aliases=(*first.aliases, model.id, *model.aliases))
    return found.values()


def preferred(listing: Listing) -> Listing:
    """The same models, those of the bundled list first and in its order."""
    ranks = {task: {model.id: i for i, model in enumerate(models)} for task, models in bundled().items()}

    def rank(model: Model) -> int:
        known = ranks[model.task]
        return min((known[name] for name in (model.id, *model.aliases) if name in known), default=len(known))

    return {task: tuple(sorted(models, key=rank)) for task, models in listing.items()}


def _rows(listing: Any) -> list[Any]:
    if isinstance(listing, dict):
        listing = next((listing[key] for key in ("data", "models") if isinstance(listing.get(key), list)), None)
    if not isinstance(listing, list):
        raise ValueError("no list of models")
    return listing[:MOST_ROWS]


@lru_cache(64)
def _tasks(kind: str) -> tuple[Task, ...]:
    return tuple(task for task, pattern in _TYPES if re.search(pattern, kind.lower()))


def _model(row: Row, task: Task, plain: bool) -> Model:
    info = row.info or Info()
    return Model(
        id=row.id,
        task=task,
        name=info.name or row.id,
        developer=info.developer or row.owned_by,
        description=info.description,
        aliases=row.aliases[:MOST_ENTRIES],
        context_length=info.context or row.context_length or row.max_model_len,
        output_max=info.output or info.output_before,
        inputs=row.modalities.input if row.modalities else (),
        outputs=row.modalities.output if row.modalities else (),
        capabilities=row.capabilities or row.features,
        released=info.released,
        schema_url=info.schema_url,
        prices=prices(row.pricing),
        voices=info.voices,
        formats=info.formats,
        languages=info.languages,
        sizes=info.sizes,
        defaults=MappingProxyType(info.defaults),
        plain=plain,
    )


def _text(value: Any, most: int) -> str:
    """One line of plain text, at most `most` characters."""
    if not isinstance(value, str):
        return ""
    text = value[: most * 2]
    if "<" in text:
        text = _MARKUP.sub("", text)
    if not text.isprintable():
        text = "".join(c for c in " ".join(text.split()) if c.isprintable())
    return text[:most].strip()
