"""Speech to text, as jobs and at once. Knows the Deepgram form of a transcript; leaves listening to the model."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse

from services.embedded import audio, catalog
from services.embedded.problems import Problem
from services.embedded.replies import while_connected
from services.embedded.schemas import TranscriptionForm
from services.embedded.transcription_model import Segment, TranscriptionModel
from services.embedded.worker import Emit, Waiting, Worker

KEPT_SECONDS = 3600.0
"""How long a finished job can be asked for, as the API documents."""

ABANDONED_SECONDS = 300.0
"""A job that nobody asked about for so long is given up: whoever started it has gone."""

_FETCHES_NOTHING = "url: this engine fetches nothing. Upload the recording as a multipart part named 'audio'."
_ENGLISH_ONLY = "Only English is understood here; the recording was taken for English."
_ONE_SPEAKER = "This model can't tell speakers apart."


@dataclass
class Job:
    """One transcription under way or done."""

    id: str = field(default_factory=lambda: token_hex(12))
    status: str = "queued"
    result: dict[str, Any] | None = None
    error: dict[str, str] | None = None
    heard: float = 0.0
    asked: float = field(default_factory=time.monotonic)
    task: asyncio.Task[None] | None = None


class Transcription:
    """The routes `POST /v1/stt/create`, `GET /v1/stt/{id}`, `POST /v1/stt` and `/stt`."""

    def __init__(self, worker: Worker[TranscriptionModel]) -> None:
        self._worker = worker
        self._jobs: dict[str, Job] = {}

    async def create(self, request: Request) -> JSONResponse:
        form, recording = await _upload(request)
        self._sweep()
        if sum(job.status in ("queued", "generating") for job in self._jobs.values()) >= self._worker.limit:
            raise Problem(503, "Too many recordings wait already; try again later.", retry_after=30)
        job = Job()
        job.task = asyncio.create_task(self._work(job, form, recording))
        self._jobs[job.id] = job
        return JSONResponse({"generation_id": job.id, "status": "queued"}, 201)

    async def poll(self, request: Request) -> JSONResponse:
        self._sweep()
        job = self._jobs.get(request.path_params["id"])
        if job is None:
            raise Problem(404, "There is no such job; a result is kept for one hour.")
        job.asked = time.monotonic()
        state = {"generation_id": job.id, "status": job.status, "result": job.result, "error": job.error}
        return JSONResponse(state, headers=_told(job.result))

    async def at_once(self, request: Request) -> JSONResponse:
        form, recording = await _upload(request)
        result = await while_connected(request, self._transcribe(form, recording, Job()))
        return JSONResponse(result, 201, headers=_told(result))

    async def _work(self, job: Job, form: TranscriptionForm, recording: bytes) -> None:
        try:
            job.result = await self._transcribe(form, recording, job)
            job.status = "completed"
        except Problem as problem:
            job.status, job.error = "error", {"name": "TranscriptionError", "message": problem.message}
        except asyncio.CancelledError:
            job.status, job.error = "error", {"name": "Abandoned", "message": "Nobody asked for this job any more."}
            raise
        finally:
            job.asked = time.monotonic()

    async def _transcribe(self, form: TranscriptionForm, recording: bytes, job: Job) -> dict[str, Any]:
        segments: list[Segment] = []
        items = self._worker.stream(lambda model, emit: _listen(model, recording, emit))
        async with aclosing(items):
            async for item in items:
                if isinstance(item, Segment):
                    segments.append(item)
                elif not isinstance(item, Waiting):
                    job.heard = item
                    job.status = "generating"
        foreign = form.language and not form.language.lower().startswith("en")
        notices = (_ENGLISH_ONLY if foreign else "", _ONE_SPEAKER if form.diarize else "")
        return transcript(segments, job.heard, job.id, *notices)

    def _sweep(self) -> None:
        """Forget what is too old, and stop what nobody waits for."""
        now = time.monotonic()
        for job in list(self._jobs.values()):
            if job.status not in ("queued", "generating"):
                if now - job.asked > KEPT_SECONDS:
                    del self._jobs[job.id]
            elif now - job.asked > ABANDONED_SECONDS and job.task:
                job.task.cancel()


def _listen(model: TranscriptionModel, recording: bytes, emit: Emit) -> None:
    emit(0.0)
    for item in model.listen(audio.pieces(audio.decode(recording))):
        if emit(item):
            return


async def _upload(request: Request) -> tuple[TranscriptionForm, bytes]:
    """The form's fields and the recording's bytes; raises `Problem` for anything that is no such form."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise Problem(400, _FETCHES_NOTHING)
    async with request.form(max_files=1, max_fields=50) as parts:
        fields = {name: value for name, value in parts.items() if isinstance(value, str)}
        form = TranscriptionForm.model_validate(fields)
        catalog.expect(form.model, catalog.TRANSCRIPTION)
        file = parts.get("audio") or parts.get("file")
        if not isinstance(file, UploadFile):
            raise Problem(
                400, _FETCHES_NOTHING if "url" in fields else "audio: the part with the recording is missing."
            )
        return form, await file.read()


def transcript(segments: list[Segment], duration: float, request_id: str, *notices: str) -> dict[str, Any]:
    """The answer as Deepgram's models give it (wire contract, section 4.3); times in seconds, speakers unknown."""
    words = [_words(segment) for segment in segments]
    text = " ".join(segment.text for segment in segments)
    every = [word["confidence"] for group in words for word in group]
    sentences = [{"text": segment.text, "start": segment.start, "end": segment.end} for segment in segments]
    paragraph = {"sentences": sentences, "num_words": len(every)} | _span(segments)
    alternative = {
        "transcript": text,
        "confidence": round(sum(every) / len(every), 4) if every else 0.0,
        "words": [word for group in words for word in group],
        "paragraphs": {"transcript": text, "paragraphs": [paragraph] if segments else []},
    }
    metadata = {
        "request_id": request_id,
        "duration": round(duration, 3),
        "channels": 1,
        "models": [catalog.TRANSCRIPTION],
    }
    told = " ".join(filter(None, notices))
    return {
        "metadata": {**metadata, "notice": told} if told else metadata,
        "results": {
            "channels": [{"alternatives": [alternative], "detected_language": "en"}],
            "utterances": [
                {
                    "start": segment.start,
                    "end": segment.end,
                    "transcript": segment.text,
                    "channel": 0,
                    "words": group,
                }
                for segment, group in zip(segments, words, strict=True)
            ],
        },
    }


def _told(result: dict[str, Any] | None) -> dict[str, str]:
    """The notice as a header too, where every kind of answer has it."""
    notice = result["metadata"].get("notice") if result else None
    return {"x-aimlapi-notice": notice} if notice else {}


def _span(segments: list[Segment]) -> dict[str, float]:
    return {"start": segments[0].start, "end": segments[-1].end} if segments else {}


def _words(segment: Segment) -> list[dict[str, Any]]:
    return [
        {
            "word": word.text.strip(".,!?;:\"'()").lower(),
            "punctuated_word": word.text,
            "start": word.start,
            "end": word.end,
            "confidence": word.confidence,
        }
        for word in segment.words
    ]
