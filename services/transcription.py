"""Speech to text: a recording or its address in, a transcript out. Knows jobs and polls; knows no widgets."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from services.audio import Unreadable, probe
from services.billing import run_of
from services.errors import InvalidInput, MalformedReply, Refused, ServiceError, Unavailable, Unreachable
from services.extra import NOTHING, as_form, merged
from services.families.match import Fields
from services.families.transcription import transcription_body, transcription_family
from services.fetch import Fetcher
from services.media import FLAC, WAV, sniff
from services.refusals import shortened
from services.replies import Job, malformed, read
from services.routes import Route
from services.run import Run, Stopwatch
from services.settings import Dialect
from services.transcripts import Heard, Segment, Word, has_transcript, heard
from services.transport import Paths, Patience, Reply, Transport, Upload

__all__ = ["Segment", "Transcript", "TranscriptionService", "Word"]

STT = Paths(v1="/stt/create", seed="/stt")
PARTS = ("audio", "file")  # sources disagree on the name of the file part (contract, section 4.2)
PACE = (1, 2, 3, 5)  # seconds between polls, the last one for ever
PENDING = frozenset({"queued", "generating", "waiting", "active", "processing", "pending"})
FAILED = frozenset({"error", "failed", "cancelled", "canceled", "timeout"})
FINISHED = frozenset({"completed", "done", "succeeded"})
STATES = {"queued": "Waiting for a free place", "waiting": "Waiting for a free place", "pending": "Waiting to begin"}
NO_JOB = "The reply holds neither a transcript nor a job."
ABOUT_PART = re.compile(r"\b(audio|file|url)\b", re.IGNORECASE)

Progress = Callable[[str], None]
Accepted = Callable[[str], None]


@dataclass(frozen=True)
class Transcript:
    """What was said; an empty `text` means that no speech was found. Times and `duration` in seconds."""

    text: str
    segments: tuple[Segment, ...]
    words: tuple[Word, ...]
    language: str
    duration: float
    job_id: str
    ignored: tuple[str, ...]
    notice: str
    run: Run


@dataclass(frozen=True)
class _Answer:
    """A reply's JSON, the headers of all replies so far, and which form answered."""

    said: dict[str, Any]
    headers: Mapping[str, str]
    request_id: str
    dialect: Dialect


@dataclass(frozen=True)
class _Recording:
    """A checked recording, ready to go; `seconds` is 0 where only the upstream can tell."""

    data: bytes
    name: str
    media_type: str
    seconds: float


class TranscriptionService:
    """Jobs that are polled in today's form, an answer at once in the seed's."""

    def __init__(self, transport: Transport, fetcher: Fetcher) -> None:
        self._transport, self._fetcher = transport, fetcher
        self._limits = transport.limits

    async def transcribe(
        self,
        route: Route,
        *,
        audio: Path | None = None,
        url: str = "",
        language: str = "",
        diarize: bool = False,
        extra: Mapping[str, Any] = NOTHING,
        progress: Progress | None = None,
        accepted: Accepted | None = None,
    ) -> Transcript:
        """Exactly one of `audio` and `url`; no language means that the model finds it out. Cancel to stop polling.

        `extra` are further fields of the body, sent as JSON text where they are nested and a file goes along.
        `progress` is told in words what the wait is for, `accepted` the id of the job as soon as there is one: with it
        `resume` gets the transcript after whoever asked went away. Raises InvalidInput before anything is sent, the
        transport's ServiceErrors, and for a job that fails or never ends an error that names it.
        """
        tell, watch = progress or _nobody, Stopwatch()
        if bool(audio) == bool(url.strip()):
            raise InvalidInput("Exactly one recording is needed.", remedy="Choose a file or give an address, not both.")
        recording: _Recording | None = None
        if audio is not None:
            recording = await asyncio.to_thread(self._read, audio)
        elif route.endpoint.embedded:  # the engine fetches nothing
            tell("Fetching the recording")
            data = await self._fetcher.media(url, cap=self._limits.audio_bytes, record=route.record)
            recording = await asyncio.to_thread(self._checked, data)
        else:
            url = await self._fetcher.check_public(url)
        handed_on = "" if recording else url
        body, ignored = transcription_body(route.model, url=handed_on, language=language.strip(), diarize=diarize)
        body = merged(body, extra)
        tell("Sending the recording" if recording else "Sending the address")
        answer = await self._submit(route, body, recording, tell)
        job = ""
        if not has_transcript(answer.said):
            job = _job(answer)
            (accepted or _nobody)(job)
            answer = await self._poll(route, answer, job, tell)
        seconds = recording.seconds if recording else 0.0
        return _transcript(route, answer, watch, seconds, job=job, ignored=ignored, language=language.strip())

    async def resume(
        self, route: Route, job_id: str, *, language: str = "", progress: Progress | None = None
    ) -> Transcript:
        """The transcript of a job that was accepted earlier, by its id; nothing is sent again. Cancel to stop polling.

        The API keeps a result for an hour (contract, section 4.1). Raises what `transcribe` raises; NotFound when
        nobody knows the job any more.
        """
        job, watch = job_id.strip(), Stopwatch()
        if not _is_job(job):
            raise InvalidInput("This is no id of a transcription.", remedy="Transcribe the recording again.")
        dialect = self._transport.dialects(route.endpoint)[0]
        answer = await self._poll(route, _Answer({}, {}, "", dialect), job, progress or _nobody)
        return _transcript(route, answer, watch, 0.0, job=job, ignored=(), language=language.strip())

    def _read(self, path: Path) -> _Recording:
        try:
            size = path.stat().st_size
            if size > self._limits.audio_bytes:
                raise _too_large(size, self._limits.audio_bytes)
            return self._checked(path.read_bytes())
        except OSError as missing:
            raise InvalidInput("The recording can't be opened.", remedy="Choose it again.") from missing

    def _checked(self, data: bytes) -> _Recording:
        """What is clearly no audio goes no further; what only the upstream can read does."""
        if not data:
            raise InvalidInput("There is no audio in this file.", remedy="Record again, or choose another file.")
        if len(data) > self._limits.audio_bytes:
            raise _too_large(len(data), self._limits.audio_bytes)
        kind = sniff(data)
        seconds = 0.0
        try:
            seconds = probe(data, longest=self._limits.audio_seconds).seconds
        except Unreadable:
            if kind is None or kind.what != "audio" or kind in (WAV, FLAC):
                raise
        extension, media_type = (kind.extension, kind.media_type) if kind else (".bin", "application/octet-stream")
        return _Recording(data, f"recording{extension}", media_type, seconds)

    async def _submit(self, route: Route, body: Fields, recording: _Recording | None, tell: Progress) -> _Answer:
        if recording is None:
            return await self._post(route, body, None, tell)
        form = as_form(body)
        part = transcription_family(route.model).part
        upload = Upload(part, recording.name, recording.data, recording.media_type)
        try:
            return await self._post(route, form, upload, tell)
        except Refused as refused:
            if refused.status not in (400, 422) or not ABOUT_PART.search(refused.detail):
                raise
            other = next(name for name in PARTS if name != part)
            return await self._post(route, form, replace(upload, part=other), tell)

    async def _post(self, route: Route, body: Fields, upload: Upload | None, tell: Progress) -> _Answer:
        # The seed form answers only when it is finished, so that the first byte may take as long as the job.
        patience = Patience(self._limits.total_media, self._limits.total_job)
        how: dict[str, Any] = {"upload": upload, "patience": patience, "tell": tell, "record": route.record}
        async with self._transport.post(route.endpoint, STT, body=body, **how) as reply:
            return await self._answer(reply, {})

    async def _poll(self, route: Route, first: _Answer, job: str, tell: Progress) -> _Answer:
        """Ask until the job is done; one poll that fails on the way is ridden out, two in a row are not."""
        start = time.monotonic()
        end = start + self._limits.total_job
        failed_before = False
        for pause in _pauses():
            if time.monotonic() + pause > end:
                raise _named(_never_ends(self._limits.total_job, first), job)
            await asyncio.sleep(pause)
            try:
                answer = await self._ask(route, first, job, end - time.monotonic(), tell)
                failed_before = False
                if _is_finished(answer):
                    return answer
            except (Unavailable, Unreachable) as trouble:
                if failed_before or (isinstance(trouble, Unavailable) and trouble.status == 0):
                    raise _named(trouble, job) from trouble
                failed_before = True
                continue
            except ServiceError as failed:
                raise _named(failed, job) from failed
            state = str(answer.said.get("status") or "").lower()
            tell(f"{STATES.get(state, 'Transcribing')}, {time.monotonic() - start:.0f} s")
        raise AssertionError("there is always another pause")

    async def _ask(self, route: Route, first: _Answer, job: str, seconds: float, tell: Progress) -> _Answer:
        patience = Patience(min(self._limits.first_byte_chat, seconds), max(seconds, 0.1))
        path = f"/stt/{quote(job, safe='')}"
        async with self._transport.get(route.endpoint, first.dialect, path, patience, tell, route.record) as reply:
            return await self._answer(reply, first.headers)

    async def _answer(self, reply: Reply, before: Mapping[str, str]) -> _Answer:
        said = await reply.json(4 * self._limits.json_bytes)  # words with times take room
        return _Answer(said, {**before, **reply.headers}, reply.request_id, reply.dialect)


def _pauses() -> Iterator[float]:
    yield from PACE
    while True:
        yield PACE[-1]


def _job(answer: _Answer) -> str:
    """The id of the job that was accepted. Raises Unavailable or MalformedReply when none was."""
    job = read(Job, answer.said, NO_JOB, request_id=answer.request_id)
    if _is_job(job.name):
        return job.name
    if job.problem:
        raise _failed(job.problem, answer)
    raise malformed(NO_JOB, answer.said, request_id=answer.request_id)


def _is_job(name: str) -> bool:
    """Whether this can stand in a path as one step of it, even behind a proxy that takes `%2F` for a slash."""
    return 0 < len(name) <= 200 and name.isprintable() and ".." not in name and bool(name.strip(". "))


def _is_finished(answer: _Answer) -> bool:
    """Whether the job is done. Raises Unavailable when it failed, MalformedReply for a state nobody knows."""
    job = read(Job, answer.said, "The state of the transcription can't be read.", request_id=answer.request_id)
    if job.state in PENDING:
        return False
    if job.state in FINISHED or (not job.state and has_transcript(answer.said)):
        return True
    if job.problem or job.state in FAILED:
        raise _failed(job.problem, answer)
    state = shortened(job.state)[:40] or "none"
    unknown = f"The transcription is in a state that nobody documents: {state}."
    raise malformed(unknown, answer.said, request_id=answer.request_id)


def _failed(problem: str, answer: _Answer) -> Unavailable:
    quoted = f" It says: “{problem}”" if problem else ""
    return Unavailable(
        f"The transcription failed.{quoted}",
        remedy="Try again, or choose another model or recording.",
        request_id=answer.request_id,
        detail=problem,
    )


def _never_ends(seconds: float, answer: _Answer) -> Unreachable:
    return Unreachable(
        f"The transcription was not finished after {seconds / 60:.0f} minutes.",
        remedy="Try a shorter recording, or another model.",
        request_id=answer.request_id,
    )


def _named(error: ServiceError, job: str) -> ServiceError:
    error.message = f"{error.message} (job {job})"
    return error


def _too_large(size: int, limit: int) -> InvalidInput:
    return InvalidInput(
        f"The recording has {size / 1e6:.0f} MB; {limit / 1e6:.0f} MB is the limit.", remedy="Compress it, or cut it."
    )


def _transcript(
    route: Route,
    answer: _Answer,
    watch: Stopwatch,
    seconds: float,
    *,
    job: str,
    ignored: tuple[str, ...],
    language: str,
) -> Transcript:
    """`seconds` is how long the recording is known to be, 0 for unknown."""
    try:
        found: Heard = heard(answer.said, request_id=answer.request_id)
    except MalformedReply as empty:
        raise (_named(empty, job) if job else empty) from empty
    duration = found.duration or seconds
    segments = found.segments
    if len(segments) == 1 and segments[0].end == 0:
        segments = (Segment(0.0, duration, segments[0].text, segments[0].speaker),)
    run = run_of(route, watch, answer.headers, answer.said, seconds=duration, request_id=answer.request_id)
    run = replace(run, notice=run.notice or found.notice)
    return Transcript(
        text=found.text,
        segments=segments,
        words=found.words,
        language=found.language or language,
        duration=duration,
        job_id=job,
        ignored=ignored,
        notice=run.notice,
        run=run,
    )


def _nobody(words: str) -> None:
    """What nobody wants to be told."""
