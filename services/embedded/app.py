"""The engine as an ASGI app: which route is whose, which model loads how. Knows every part; does none of the work."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from services.embedded import catalog, cpu, language, weights
from services.embedded.chat import Chat
from services.embedded.chat_model import ChatModel
from services.embedded.gate import Gate
from services.embedded.image import Composer, Images
from services.embedded.problems import HANDLERS
from services.embedded.settings import EngineSettings
from services.embedded.speech import Speech
from services.embedded.speech_model import SpeechModel
from services.embedded.transcription import Transcription
from services.embedded.transcription_model import TranscriptionModel
from services.embedded.worker import Unavailable, Worker

# Which model is likely to be wanted after which: an answer is read aloud, what was said is written down.
_NEXT = {catalog.CHAT: catalog.SPEECH, catalog.SPEECH: catalog.TRANSCRIPTION, catalog.TRANSCRIPTION: catalog.CHAT}

QUIET_SECONDS = 3.0
"""Nothing was asked for so long: the engine is idle, and may get something ready."""


def build_app(settings: EngineSettings) -> Starlette:
    """The whole engine; nothing is loaded or fetched before the app is served."""
    workers: dict[str, Worker[Any]] = {
        catalog.CHAT: Worker("Chat", lambda worker: _chat_model(settings, worker), limit=settings.queue),
        catalog.IMAGE: Worker("Images", lambda _: Composer(), limit=settings.queue),
        catalog.TRANSCRIPTION: Worker("Transcription", lambda _: TranscriptionModel(), limit=settings.queue),
        catalog.SPEECH: Worker("Speech", lambda _: SpeechModel(), limit=settings.queue),
    }

    async def status(request: Request) -> JSONResponse:
        return JSONResponse({"models": {name: worker.status() for name, worker in workers.items()}})

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        keeper = asyncio.create_task(_keep(workers, settings))
        yield
        keeper.cancel()
        with suppress(asyncio.CancelledError):
            await keeper

    app = Starlette(
        routes=_routes(workers, status),
        middleware=[Middleware(Gate, settings=settings)],
        exception_handlers=HANDLERS,
        lifespan=lifespan,
    )
    app.state.rows = catalog.rows(settings.weights)
    return app


def _routes(workers: dict[str, Worker[Any]], status: Any) -> list[Route]:
    """Both published forms of the API: `/v1/…`, and the 2024 paths without it."""
    chat, images = Chat(workers[catalog.CHAT]), Images(workers[catalog.IMAGE])
    hearing, speech = Transcription(workers[catalog.TRANSCRIPTION]), Speech(workers[catalog.SPEECH])
    both = [
        ("/chat/completions", chat.__call__, "POST"),
        ("/stt/create", hearing.create, "POST"),
        ("/stt/{id}", hearing.poll, "GET"),
        ("/stt", hearing.at_once, "POST"),
        ("/tts", speech.__call__, "POST"),
        ("/models/metrics", catalog.metrics, "GET"),
        ("/models", catalog.models, "GET"),
        ("/engine/status", status, "GET"),
    ]
    return [
        *(
            Route(prefix + path, endpoint, methods=[method])
            for path, endpoint, method in both
            for prefix in ("/v1", "")
        ),
        Route("/v1/images/generations", images.v1, methods=["POST"]),
        Route("/images/generations", images.seed_form, methods=["POST"]),
        Route("/model/{id:path}", catalog.model),
        Route("/v2/billing", catalog.balance),
        Route("/media/{name}", speech.media),
    ]


def _chat_model(settings: EngineSettings, worker: Worker[ChatModel]) -> ChatModel:
    """Bring the weights if they are missing, telling how far they are, then load them."""
    if reason := cpu.lacks_instructions():
        raise Unavailable(reason)

    def report(received: int, total: int) -> None:
        worker.progress = (received, total)

    if not weights.place(settings.weights, settings.cache).is_file():
        worker.state = "fetching"
    try:
        path = weights.bring(settings.weights, settings.cache, report)
    except weights.WeightsUnavailable as problem:
        raise Unavailable(str(problem)) from problem
    worker.state = "loading"
    if weights.digest(path) != settings.weights.sha256:
        path.unlink()
        raise Unavailable("The chat model's file was damaged and is removed; ask again to fetch it anew.")
    return ChatModel(path, threads=settings.threads)


async def _keep(workers: dict[str, Worker[Any]], settings: EngineSettings) -> None:
    """While nothing is asked: get the likely next model ready, and give back the memory of those long unused."""
    if settings.warm and not weights.place(settings.weights, settings.cache).is_file():
        await workers[catalog.CHAT].warm()
    while True:
        await asyncio.sleep(QUIET_SECONDS / 3)
        now = time.monotonic()
        if any(worker.busy or now - worker.touched < QUIET_SECONDS for worker in workers.values()):
            continue
        if settings.idle_seconds:
            for worker in workers.values():
                if worker.state == "warm" and now - worker.touched > settings.idle_seconds:
                    worker.forget()
        likely = _likely_next(workers)
        if settings.warm and likely.state == "cold" and not likely.forgotten:
            await likely.warm()
            await asyncio.to_thread(language.prepare)


def _likely_next(workers: dict[str, Worker[Any]]) -> Worker[Any]:
    """Chat to begin with; then what usually follows what was last asked for."""
    latest = max(workers, key=lambda name: workers[name].used)
    if not workers[latest].used:
        return workers[catalog.CHAT]
    return workers[_NEXT.get(latest, catalog.CHAT)]
