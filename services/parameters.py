"""The parameters that a model takes besides those with a control of their own, as data. Knows no widgets.

Its own published schema where that can be read, else what its family is known to take.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass

from services import logs
from services.addresses import parsed, same_origin
from services.catalog import Model, Task
from services.endpoint import Endpoint
from services.errors import InvalidInput, ServiceError
from services.extra import PROTECTED, as_form, checked_extra, merged
from services.families import Parameter, further, image_family, speech_family, transcription_family
from services.fetch import Fetcher
from services.published import published
from services.routes import Route

__all__ = ["Offer", "Parameter", "Parameters", "as_form", "checked_extra", "merged"]

PATHS: dict[Task, str] = {
    "chat": "/chat/completions",
    "image": "/images/generations",
    "transcription": "/stt",
    "speech": "/tts",
}
CAP = 4_000_000  # bytes of a document; those of the past held all the API's schemas
PATIENCE = 3.0  # what whoever opens the form waits; the fetch itself goes on
FETCH = 10.0
KEPT = 300  # documents
FRESH, PAUSE_AFTER_FAILURE = 3600.0, 120.0
AT_ONCE = 4
_CHAT_SLIDERS = ("max_tokens", "max_completion_tokens", "temperature", "top_p", "system", "n")
_CHAT_BOXES = ("response_format", "tools", "tool_choice")


@dataclass(frozen=True)
class Offer:
    """What a form can show, the names of what only JSON can say, and whether the model's own schema says so."""

    parameters: tuple[Parameter, ...]
    other: tuple[str, ...] = ()
    published: bool = False


@dataclass
class _Known:
    """A document that was asked for, and what was read in it."""

    reading: asyncio.Task[Offer | None]
    ask_again: float = 0


class Parameters:
    """Remembers the documents that it has read, by address. They are the same for all and need no key."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._places = asyncio.Semaphore(AT_ONCE)

    async def of(self, route: Route) -> Offer:
        """What the model of a route takes. Never raises, never waits longer than three seconds."""
        model, own = route.model, own_controls(route.model)
        read = await self._read(route.endpoint, model)
        table = further(model)
        if read is None:
            return Offer(tuple(it for it in table if it.name not in own))
        ignored = tuple(it for it in table if it.ignored and all(it.name != other.name for other in read.parameters))
        shown = tuple(it for it in read.parameters if it.name not in own and it.name.partition(".")[0] not in own)
        return Offer((*shown, *ignored), tuple(name for name in read.other if name not in own), True)

    async def _read(self, endpoint: Endpoint, model: Model) -> Offer | None:
        """What the published document says; None while there is none to be had."""
        if endpoint.embedded or not _is_at(model.schema_url, endpoint):
            return None
        known = self._known.get(model.schema_url)
        if known is None or (known.reading.done() and time.monotonic() >= known.ask_again):
            known = _Known(asyncio.create_task(self._fetched(model)))
            self._known[model.schema_url] = known
            if len(self._known) > KEPT:
                self._known.popitem(last=False)
        self._known.move_to_end(model.schema_url)
        await asyncio.wait({known.reading}, timeout=PATIENCE)
        return known.reading.result() if known.reading.done() else None

    async def _fetched(self, model: Model) -> Offer | None:
        read: Offer | None = None
        try:
            async with self._places:
                document = await self._fetcher.json(model.schema_url, cap=CAP, timeout=FETCH)
            names = (model.id, *model.aliases)
            read = Offer(*await asyncio.to_thread(published, document.data, names, PATHS[model.task]), True)
        except ServiceError as failure:
            logs.log.info("schema", model=model.id, outcome=type(failure).__name__, status=failure.status)
        except (ValueError, RecursionError) as odd:
            logs.log.info("schema", model=model.id, outcome="unreadable", kind=type(odd).__name__)
        if (known := self._known.get(model.schema_url)) is not None:
            known.ask_again = time.monotonic() + (FRESH if read else PAUSE_AFTER_FAILURE)
        return read


def own_controls(model: Model) -> frozenset[str]:
    """The fields that the page's other controls send for this model, besides those that are protected anyway."""
    return PROTECTED[model.task] | _CONTROLS[model.task](model)


def _chat(model: Model) -> frozenset[str]:
    return frozenset({*_CHAT_SLIDERS, *_CHAT_BOXES})


def _image(model: Model) -> frozenset[str]:
    family = image_family(model)
    seed = "seed" if family.seed_from is not None else ""
    negative = "negative_prompt" if family.negative else ""
    return frozenset({family.size, family.count, seed, negative, "response_format"})


def _transcription(model: Model) -> frozenset[str]:
    family = transcription_family(model)
    return frozenset({family.language, family.detect, family.diarize})


def _speech(model: Model) -> frozenset[str]:
    family = speech_family(model)
    formats = [(name, value) for sent in family.formats.values() for name, value in sent.items()]
    flat = {name for name, value in formats if not isinstance(value, dict)}
    nested = {f"{name}.{inner}" for name, value in formats if isinstance(value, dict) for inner in value}
    return frozenset({".".join(family.voice), ".".join(family.speed), *flat, *nested} - {""})


_CONTROLS = {"chat": _chat, "image": _image, "transcription": _transcription, "speech": _speech}


def _is_at(url: str, endpoint: Endpoint) -> bool:
    """Whether a document lies with the API itself: nobody else is asked for one."""
    if not url:
        return False
    try:
        return same_origin(parsed(url, ("https", "http")), endpoint.root)
    except InvalidInput:
        return False
