"""Reads a catalogue's rows into models by task. Trusts nothing in a row: wrong types, markup and masses occur."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from services.pricing import Price, prices

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
_NONE: Mapping[str, Any] = MappingProxyType({})
_NO_ID = re.compile(r"[<>\"'&`\\\x00-\x1f\x7f]")
_MARKUP = re.compile(r"<[^<>]{0,400}>?")
# Servers that list names only (Ollama, vLLM, LocalAI) list these beside what can chat.
_NOT_FOR_CHAT = re.compile(r"embed|rerank|whisper|tts|diffusion|flux", re.IGNORECASE)


@dataclass(frozen=True)
class Model:
    """One row of the catalogue for one task. `plain` marks a row without a type, as other servers send.

    Lengths in tokens, None when unknown; `defaults` are the model's own values for the parameters of a call.
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
    prices: tuple[Price, ...] = ()
    voices: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    plain: bool = False


@cache
def bundled() -> Listing:
    """The models that are offered while no catalogue can be reached, in the order in which they come first."""
    return parsed(json.loads(Path(__file__).with_name("data").joinpath("models.json").read_text("utf-8")))


def parsed(listing: Any) -> Listing:
    """The models of a catalogue's answer, each (id, task) once, in the catalogue's order.

    Raises ValueError for an answer that holds no list.
    """
    rows = [row for row in _rows(listing) if isinstance(row, dict) and _is_id(row.get("id"))]
    typed = any(row.get("type") for row in rows)
    found: dict[Task, dict[str, Model]] = {task: {} for task in TASKS}
    for row in rows:
        for task in _tasks(_text(row.get("type"), 100)) if typed else ("chat", "image"):
            if row["id"] not in found[task]:
                found[task][row["id"]] = _model(row, task, plain=not typed)
    if typed:  # models that make pictures are also listed as chat models that claim to answer with text
        found["chat"] = {name: model for name, model in found["chat"].items() if name not in found["image"]}
    else:
        found["chat"] = dict(sorted(found["chat"].items(), key=lambda item: bool(_NOT_FOR_CHAT.search(item[0]))))
    return {task: tuple(models.values()) for task, models in found.items()}


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


def _is_id(name: Any) -> bool:
    return isinstance(name, str) and 0 < len(name) <= 200 and not _NO_ID.search(name) and bool(name.strip())


@lru_cache(64)
def _tasks(kind: str) -> tuple[Task, ...]:
    return tuple(task for task, pattern in _TYPES if re.search(pattern, kind.lower()))


def _model(row: Mapping[str, Any], task: Task, plain: bool) -> Model:
    info = _mapping(row.get("info"))
    return Model(
        id=row["id"],
        task=task,
        name=_text(info.get("name"), 80) or row["id"],
        developer=_text(info.get("developer") or row.get("owned_by"), 80),
        description=_text(info.get("description"), 600),
        aliases=tuple(name for name in _entries(row.get("aliases")) if _is_id(name)),
        context_length=_count(info.get("contextLength") or row.get("context_length") or row.get("max_model_len")),
        output_max=_count(info.get("outputMax")),
        inputs=_entries(_mapping(row.get("modalities")).get("input")),
        prices=prices(row.get("pricing")),
        voices=_entries(info.get("voices")),
        formats=_entries(info.get("formats")),
        languages=_entries(info.get("languages")),
        sizes=_entries(info.get("sizes")),
        defaults=_defaults(info.get("defaults")),
        plain=plain,
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


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


def _entries(value: Any) -> tuple[str, ...]:
    if not value or not isinstance(value, list):
        return ()
    return tuple(entry for entry in (_text(entry, 100) for entry in value[:MOST_ENTRIES]) if entry)


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**9 else None


def _defaults(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        return _NONE
    plain = {
        name[:40]: entry[:2000] if isinstance(entry, str) else entry
        for name, entry in list(value.items())[:20]
        if isinstance(entry, (str, int, float, bool))
    }
    return MappingProxyType(plain)
