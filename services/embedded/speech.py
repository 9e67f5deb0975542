"""Text to speech: bytes as they are made, or a URL. Knows the wire form and formats; leaves the voice to the model."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from secrets import token_urlsafe
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from services.embedded import audio, catalog, language
from services.embedded.problems import Problem
from services.embedded.replies import meta, while_connected
from services.embedded.schemas import SpeechBody
from services.embedded.speech_model import RATE, SpeechModel
from services.embedded.spoken import spoken
from services.embedded.worker import Emit, Waiting, Worker

KEPT_SECONDS = 600.0
KEPT_FILES = 32

_ENGLISH_ONLY = "This voice only speaks English; use English text, or a key of your own for a voice of that language."


class Speech:
    """The routes `POST /v1/tts`, `/tts` and `GET /media/{name}`."""

    def __init__(self, worker: Worker[SpeechModel]) -> None:
        self._worker = worker
        self._media: dict[str, tuple[float, bytes]] = {}

    async def __call__(self, request: Request) -> Response:
        body = SpeechBody.model_validate_json(await request.body())
        catalog.expect(body.model, catalog.SPEECH)
        if not spoken(body.text):
            raise Problem(400, "text: there is nothing to say in it.")
        foreign = await asyncio.to_thread(language.is_foreign, body.text)
        notice = _ENGLISH_ONLY if foreign else ""
        sounds = self._worker.stream(lambda model, emit: _say(model, body, emit))
        if body.delivery == "url":
            data = await while_connected(request, _whole(sounds, body.chosen_format))
            return JSONResponse({"audio": {"url": self._keep(request, data, body.chosen_format)}, "meta": meta(notice)})
        headers = {"x-aimlapi-notice": notice} if notice else {}
        media_type = audio.MEDIA_TYPES[body.chosen_format]
        # Of the four formats only a WAV can be begun before its end is known and still be read by every library.
        if not body.stream or body.chosen_format != "wav":
            data = await while_connected(request, _whole(sounds, body.chosen_format))
            return Response(data, media_type=media_type, headers=headers)
        first = await while_connected(request, _first(sounds))
        return StreamingResponse(_growing(first, sounds), media_type=media_type, headers=headers)

    async def media(self, request: Request) -> Response:
        name = request.path_params["name"]
        kept = self._media.get(name)
        if kept is None or time.monotonic() - kept[0] > KEPT_SECONDS:
            raise Problem(404, "There is no such recording any more; it was kept for ten minutes.")
        return Response(kept[1], media_type=audio.MEDIA_TYPES[name.rpartition(".")[2]])

    def _keep(self, request: Request, data: bytes, audio_format: str) -> str:
        while len(self._media) >= KEPT_FILES:
            self._media.pop(next(iter(self._media)))
        name = f"{token_urlsafe(16)}.{audio_format}"
        self._media[name] = (time.monotonic(), data)
        return str(request.url.replace(path=f"/media/{name}", query=""))


def _say(model: SpeechModel, body: SpeechBody, emit: Emit) -> None:
    for sound in model.say(body.text, body.speed):
        if emit(sound):
            return


async def _whole(sounds: AsyncGenerator[Any, None], audio_format: str) -> bytes:
    import numpy as np

    async with aclosing(sounds):
        heard = [sound async for sound in sounds if not isinstance(sound, Waiting)]
    if not heard:
        raise Problem(400, "text: there is nothing in it that this voice can say.")
    return await asyncio.to_thread(audio.encode, np.concatenate(heard), audio_format, RATE)


async def _first(sounds: AsyncGenerator[Any, None]) -> Any:
    """The first sound, which decides the status of the answer."""
    async for sound in sounds:
        if not isinstance(sound, Waiting):
            return sound
    raise Problem(400, "text: there is nothing in it that this voice can say.")


async def _growing(first: Any, sounds: AsyncGenerator[Any, None]) -> AsyncIterator[bytes]:
    async with aclosing(sounds):
        yield audio.wav_header(RATE) + audio.pcm(first)
        async for sound in sounds:
            yield audio.pcm(sound)
