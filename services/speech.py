"""Text to speech: text in, a sound file out. Knows the contract's speech shapes; knows nothing about widgets."""

from __future__ import annotations

import asyncio
import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.audio import AudioFacts, mended_wav, probe, wav_of_pcm
from services.billing import run_of
from services.errors import InvalidInput, MalformedReply
from services.extra import NOTHING, merged
from services.families.speech import speech_body, speech_family
from services.fetch import Fetcher
from services.media import WAV, Kind, save, sniff, unbase64
from services.replies import SpeechReply, read
from services.routes import Route
from services.run import Attempt, Run, Stopwatch
from services.transport import Paths, Patience, Reply, Transport

TTS = Paths(v1="/tts", seed="/tts")
NO_SPEECH = "The reply holds no speech."
LONGEST = 3600.0  # seconds; what was paid for is not thrown away for being long
BARE_SAMPLES = re.compile(r"audio/(l16|pcm|x-pcm|raw)", re.IGNORECASE)
SAME_FORMAT = {"opus": "ogg", "pcm": "wav"}


@dataclass(frozen=True)
class Speech:
    """A sound file. `format` is what it is (wav, mp3, ogg, flac), whatever was asked; `seconds` were counted."""

    path: Path
    media_type: str
    format: str
    seconds: float
    sample_rate: int
    voice: str
    ignored: tuple[str, ...]
    notice: str
    run: Run


@dataclass(frozen=True)
class _Heard:
    """A reply's sound and what stood around it."""

    data: bytes
    said: Mapping[str, Any]
    headers: Mapping[str, str]
    request_id: str
    attempts: tuple[Attempt, ...]
    first_bytes: float | None


class SpeechService:
    """Keeps clips in `folder`, under names nobody can guess."""

    def __init__(self, transport: Transport, fetcher: Fetcher, folder: Path) -> None:
        self._transport, self._fetcher, self._folder = transport, fetcher, folder
        self._limits = transport.limits

    async def synthesize(
        self,
        route: Route,
        text: str,
        *,
        voice: str | None = None,
        speed: float = 1.0,
        format: str = "",  # noqa: A002
        extra: Mapping[str, Any] = NOTHING,
        progress: Callable[[str], None] | None = None,
    ) -> Speech:
        """Speak `text`; no voice and no format mean the model's own, `extra` are further fields of the body.

        `progress` is told in words what a wait is for; `run.first_token` is the time to the first audio bytes where
        they stream. Raises InvalidInput before anything is sent, the transport's ServiceErrors, and MalformedReply for
        a reply without whole, readable sound.
        """
        text, watch = text.replace("\0", ""), Stopwatch()
        self._check(route, text, speed)
        body, ignored = speech_body(route.model, text, voice=voice, speed=speed, format=format)
        body = merged(body, extra)
        heard = await self._ask(route, body, watch, progress)
        bare = _bare_rate(route, body, heard.headers)
        data, kind, facts = await asyncio.to_thread(_readable, heard, bare)
        path = await asyncio.to_thread(save, self._folder, data, kind)
        if format and format not in ignored and SAME_FORMAT.get(format, format) != kind.format:
            ignored = tuple({**dict.fromkeys(ignored), "format": None})
        run = run_of(
            route,
            watch,
            heard.headers,
            heard.said,
            characters=len(text),
            request_id=heard.request_id,
            first_token=heard.first_bytes,
            attempts=heard.attempts,
        )
        return Speech(
            path=path,
            media_type=kind.media_type,
            format=kind.format,
            seconds=facts.seconds,
            sample_rate=facts.sample_rate,
            voice=_voice(route, voice, ignored),
            ignored=ignored,
            notice=run.notice,
            run=run,
        )

    def _check(self, route: Route, text: str, speed: float) -> None:
        limit = min(speech_family(route.model).limit, self._limits.prompt_characters)
        if not any(character.isprintable() and not character.isspace() for character in text):
            raise InvalidInput("There is no text yet.", remedy="Write what is to be spoken.")
        if len(text) > limit:
            raise InvalidInput(
                f"The text has {len(text):,} characters; {limit:,} is the limit of this model.",
                remedy="Shorten it, or speak it in parts.",
            )
        if not (math.isfinite(speed) and 0.1 <= speed <= 10):
            raise InvalidInput(f"{speed} is no speed.", remedy="Choose one between 0.25 and 4.")

    async def _ask(
        self, route: Route, body: Mapping[str, Any], watch: Stopwatch, tell: Callable[[str], None] | None
    ) -> _Heard:
        patience = Patience(self._limits.first_byte_media, self._limits.total_media)
        how: dict[str, Any] = {"patience": patience, "tell": tell, "record": route.record}
        async with self._transport.post(route.endpoint, TTS, body=body, **how) as reply:
            data, first_bytes = await self._read(reply, watch)
            about = (dict(reply.headers), reply.request_id, reply.attempts)
            if (kind := sniff(data)) is not None and kind.what == "audio":
                return _Heard(data, {}, *about, first_bytes)
            said = _object(data)
            if said is None and not reply.is_json and data and _bare_rate(route, body, about[0]) and not _is_text(data):
                return _Heard(data, {}, *about, first_bytes)
            if said is None:
                raise reply.unexpected(data)
            source = read(SpeechReply, said, NO_SPEECH, request_id=reply.request_id).found
        return _Heard(await self._bytes(route, source, about[1]), said, *about, None)

    async def _read(self, reply: Reply, watch: Stopwatch) -> tuple[bytes, float | None]:
        cap = self._limits.media_json_bytes if reply.is_json else self._limits.audio_bytes
        body, first_bytes = bytearray(), None
        async for packet in reply.packets():
            if packet and first_bytes is None:
                first_bytes = watch.seconds
            body += packet
            if len(body) > cap:
                raise MalformedReply(f"The speech is larger than {cap // 1_000_000} MB.", remedy="Speak it in parts.")
        return bytes(body), first_bytes

    async def _bytes(self, route: Route, source: str, request_id: str) -> bytes:
        if source.lower().startswith(("http:", "https:")):
            how: dict[str, Any] = {"cap": self._limits.audio_bytes, "record": route.record}
            return await self._fetcher.linked(source, trusted_origin=route.endpoint.root, **how)
        try:
            data = await asyncio.to_thread(unbase64, source)
        except ValueError as wrong:
            raise _broken("The speech came in characters that are not base64.", request_id) from wrong
        if len(data) > self._limits.audio_bytes:
            raise _broken(f"The speech is larger than {self._limits.audio_bytes // 1_000_000} MB.", request_id)
        return data


def _readable(heard: _Heard, bare_rate: int) -> tuple[bytes, Kind, AudioFacts]:
    """The sound as a file that every player takes, its kind and its measured facts. Blocking."""
    data, missing = heard.data, 0
    kind = sniff(data)
    if kind is None and bare_rate and not _is_text(data):
        data, kind = wav_of_pcm(data, sample_rate=bare_rate), WAV
    if kind is None or kind.what != "audio":
        raise _broken("What came is not speech.", heard.request_id)
    if kind is WAV:
        data, missing = mended_wav(data)
    try:
        facts = probe(data, longest=LONGEST)
    except InvalidInput as wrong:
        raise _broken("The speech that came can't be read.", heard.request_id) from wrong
    if missing or not facts.complete:
        raise _broken("The speech was cut off.", heard.request_id)
    return data, kind, facts


def _bare_rate(route: Route, body: Mapping[str, Any], headers: Mapping[str, str]) -> int:
    """Samples per second of bytes without a header, when such were asked for or announced; else 0."""
    label = headers.get("content-type", "")
    if BARE_SAMPLES.match(label):
        rate = re.search(r"rate=(\d{4,6})", label)
        return int(rate[1]) if rate else speech_family(route.model).pcm_rate
    asked = json.dumps({name: body[name] for name in body if name not in ("text", "script", "voice")})
    return speech_family(route.model).pcm_rate if re.search(r'"pcm(_\d+)?"', asked) else 0


def _object(data: bytes) -> dict[str, Any] | None:
    try:
        said = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _is_text(data: bytes) -> bool:
    start = data[:64]
    return bool(start) and all(9 <= byte <= 13 or 32 <= byte < 127 for byte in start)


def _voice(route: Route, wanted: str | None, ignored: tuple[str, ...]) -> str:
    """Who spoke, as far as is known."""
    if wanted and "voice" not in ignored:
        return wanted
    in_id = re.search(r"aura-(?:2-)?(\w+)-\w\w$", route.model.id)
    known = route.model.voices or speech_family(route.model).voices
    return in_id[1] if in_id else next(iter(known), "")


def _broken(why: str, request_id: str) -> MalformedReply:
    return MalformedReply(why, remedy="Try again, or choose another model.", request_id=request_id)
