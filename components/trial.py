"""`POST page/trial`: one cell of a comparison, for this page's own script only: an order as JSON in, news of it out.

Knows HTTP, and how results are told; knows nothing about columns, and not what a model does.

News are one JSON object a line; the last one is `done` or `failed`:
`note`: what a wait is for; `add`, `think`: more of the answer, of its reasoning; `done`: what came of it;
`failed`: the card of an error (with `done` when a part of the answer came before it).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from gradio.blocks import Block
from gradio.processing_utils import async_move_files_to_cache
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from components import alerts, conversation, facts, lane
from components.cells import AnyCell, ChatCell, Medium, Texts
from components.desk import plain_turns
from components.exchange import News, parameters
from components.image import caption as image_caption
from components.job import telling
from components.markup import as_html
from components.speech import caption as speech_caption
from components.transcript import caption as transcript_caption
from components.visitor import key_of, visitor_of
from services import words
from services.catalog import Model
from services.chat import Completion
from services.errors import ServiceError
from services.families import speech_family
from services.gate import Call
from services.image import Generation
from services.playground import Services
from services.run import Run
from services.speech import Speech
from services.transcription import Transcript
from services.visitor import Visitor

T = TypeVar("T")


def routes(services: Services, keeper: Block) -> Sequence[Route]:
    """`page/trial`, `page/words`, `page/voices`; `keeper` is the component in whose cache pictures and clips lie."""

    async def trial(request: Request) -> Response:
        body = await lane.posted(request)
        return body if isinstance(body, Response) else lane.Lines(told(services, keeper, body, request))

    async def compared(request: Request) -> Response:
        body = await lane.posted(request)
        if isinstance(body, Response):
            return body
        try:
            return JSONResponse(await asyncio.to_thread(_compared, Texts.model_validate_json(body)))
        except (ValidationError, ServiceError) as wrong:
            return JSONResponse({"failed": alerts.failure(alerts.logged(lane.plain(wrong)))})

    async def voices(request: Request) -> Response:
        try:
            offered = await services.routes.models("speech", key_of(request))
        except ServiceError as wrong:
            return JSONResponse({"voices": [], "failed": alerts.failure(alerts.logged(wrong))})
        name = request.query_params.get("model", "")
        model = next((it for it in offered if name in (it.id, *it.aliases)), Model(name, "speech"))
        return JSONResponse({"voices": [*(model.voices or speech_family(model).voices)]})

    return [
        Route("/page/trial", trial, methods=["POST"]),
        Route("/page/words", compared, methods=["POST"]),
        Route("/page/voices", voices),
    ]


async def told(services: Services, keeper: Block, text: bytes, request: Request) -> AsyncGenerator[News]:
    """The news of an order in JSON; what can't be an order is news too, and so is every failure."""
    try:
        cell, visitor = AnyCell.validate_json(text), visitor_of(request)
        told_of = (
            _answered(services, cell, visitor) if isinstance(cell, ChatCell) else _made(services, keeper, cell, visitor)
        )
        async with aclosing(told_of) as all_news:
            async for news in all_news:
                yield news
    except Exception as error:  # noqa: BLE001 - the one place of a comparison that catches
        plain = lane.plain(error) if isinstance(error, ValidationError) else error
        yield {"failed": alerts.failure(alerts.logged(plain))}


async def _answered(services: Services, cell: ChatCell, visitor: Visitor) -> AsyncGenerator[News]:
    """An answer as it grows; at its end, or where it broke off, as HTML with its facts."""
    last = Completion(Run(cell.model, ""))

    async def answer(call: Call) -> AsyncGenerator[Completion]:
        wish = parameters(cell.settings, call.route.model, cell.form)
        async with aclosing(services.chat.stream(call.route, cell.sent, wish)) as snapshots:
            async for snapshot in snapshots:
                yield call.saw(snapshot)

    try:
        async with aclosing(_let_in(services, cell, visitor, answer)) as items:
            async for item in items:
                if isinstance(item, str):
                    yield {"note": item}
                elif news := _growth(last, item):
                    yield news
                last = last if isinstance(item, str) else item
    except ServiceError as error:
        if not (last.text or last.reasoning):
            raise
        yield {"failed": alerts.failure(alerts.logged(error)), "done": {**_completed(last), "said": ""}}
        return
    yield {"done": _completed(last)}


async def _made(services: Services, keeper: Block, cell: Medium, visitor: Visitor) -> AsyncGenerator[News]:
    """A picture, a clip or a transcript, with notes while it is made."""

    def make(call: Call) -> AsyncGenerator[str | Any]:
        return telling(partial(cell.made, services, call))

    async with aclosing(_let_in(services, cell, visitor, make)) as items:
        async for item in items:
            if isinstance(item, str):
                yield {"note": item}
            elif isinstance(item, Transcript):
                yield {"done": _heard(item)}
            else:
                yield {"done": await _shown(item, keeper)}


async def _let_in(
    services: Services, cell: ChatCell | Medium, visitor: Visitor, work: Callable[[Call], AsyncGenerator[T]]
) -> AsyncGenerator[str | T]:
    """Pass the gate, then hand on what the work gives; what a wait is for comes as words."""
    gate, call = services.gate, None
    async with AsyncExitStack() as stack:
        entering = partial(gate.admit, visitor, cell.task, cell.model, cell.size, action=cell.comparison)
        async for said in telling(lambda tell: stack.enter_async_context(entering(tell=tell))):
            if isinstance(said, str):
                yield said
            else:
                call = said
        if call is None:
            return
        async with aclosing(work(call)) as items:
            async for item in items:
                if isinstance(item, (Generation, Speech, Transcript)):
                    call.saw(item)
                yield item


def _growth(before: Completion, now: Completion) -> News:
    """What is new since the last snapshot; empty when nothing is."""
    waits = now.progress if now.progress != before.progress and not now.text else ""
    note = f"Waiting its turn: {waits}" if waits.startswith("queue") else waits  # the engine's own word for it
    news = {"add": now.text[len(before.text) :], "think": now.reasoning[len(before.reasoning) :], "note": note}
    return {name: words for name, words in news.items() if words}


def _completed(completion: Completion) -> News:
    turn = conversation.answer(completion)
    [kept] = plain_turns((turn,))
    return {
        "text": completion.text,
        "html": as_html(completion.text),
        "reasoning": completion.reasoning,
        "facts": facts.line(completion.run),
        "said": _sentences(turn.said_of_it, _ignored(completion.ignored), completion.run.notice),
        "turn": kept,
    }


async def _shown(made: Generation | Speech, keeper: Block) -> News:
    """A picture or a clip by its address on this server."""
    if isinstance(made, Speech):
        return {
            "url": await _kept(made.path, keeper),
            "facts": facts.line(made.run, speech_caption(made), first="first sound"),
            "said": _sentences(_ignored(made.ignored), made.notice),
        }
    image, many = made.images[0], len(made.images)
    more = f"The first of {many} pictures" if many > 1 else ""
    return {
        "url": await _kept(image.path, keeper),
        "width": image.width,
        "height": image.height,
        "seed": image.seed,
        "facts": facts.line(made.run, image_caption(image.seed, image.width, image.height)),
        "said": _sentences(more, _ignored(made.ignored), *made.failed, made.notice),
    }


def _heard(transcript: Transcript) -> News:
    quiet = "" if transcript.text else "No speech was found in this clip"
    return {
        "text": transcript.text,
        "facts": facts.line(transcript.run, *transcript_caption(transcript)),
        "said": _sentences(quiet, _ignored(transcript.ignored), transcript.notice),
    }


async def _kept(path: Path, keeper: Block) -> str:
    """The address, below this page's, of a file that was put where Gradio serves and sweeps such files."""
    file = {"path": str(path), "meta": {"_type": "gradio.FileData"}}
    moved = await async_move_files_to_cache(file, keeper, postprocess=True)
    return str(moved["url"]).lstrip("/")


def _ignored(names: Sequence[str]) -> str:
    return ". ".join(f"{name} is ignored by this model" for name in names)


def _sentences(*said: str) -> str:
    return ". ".join(words.rstrip(".") for words in said if words)


def _compared(asked: Texts) -> News:
    """Each text against the reference, or else how alike all are."""
    if asked.reference is None:
        return {"likeness": asdict(words.likeness(asked.texts))}
    found = [words.difference(asked.reference, text) for text in asked.texts]
    return {"differences": [{**asdict(it), "rate": it.rate} for it in found]}
