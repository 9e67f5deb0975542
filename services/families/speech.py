"""Speech bodies by family. The fields are those of the published request schemas (contract, section 5.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from services.catalog import Model
from services.families import voices
from services.families.match import Fields, Ignored, first_match

Path = tuple[str, ...]


@dataclass(frozen=True)
class SpeechFamily:
    """`voice` and `speed` are the paths of the fields, empty for none; `formats` says what to send for each format.

    `limit` is characters of text. `needs_voice`: the schema requires one, so the default is sent too.
    `speed_in_percent`: 0 is the usual speed and 100 is twice as fast.
    """

    ids: str
    text: str = "text"
    voice: Path = ()
    voices: tuple[str, ...] = ()
    needs_voice: bool = False
    speed: Path = ()
    speeds: tuple[float, float] = (0.25, 4.0)
    speed_in_percent: bool = False
    formats: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    limit: int = 32_000
    pcm_rate: int = 24_000


def _named(name: str, *formats: str) -> dict[str, dict[str, Any]]:
    return {wanted: {name: wanted} for wanted in formats}


DEEPGRAM_FORMATS: Mapping[str, Mapping[str, Any]] = {
    "wav": {"encoding": "linear16", "container": "wav"},
    "mp3": {"encoding": "mp3"},
    "flac": {"encoding": "flac"},
    "opus": {"encoding": "opus", "container": "ogg"},
}
ELEVENLABS_FORMATS: Mapping[str, Mapping[str, Any]] = {
    "mp3": {"output_format": "mp3_44100_128"},
    "wav": {"output_format": "pcm_24000"},  # bare samples; we put the header on
    "opus": {"output_format": "opus_48000_64"},
}
MINIMAX_FORMATS: Mapping[str, Mapping[str, Any]] = {
    "mp3": {"audio_setting": {"format": "mp3"}},
    "flac": {"audio_setting": {"format": "flac"}},
    "wav": {"audio_setting": {"format": "pcm", "sample_rate": 24_000, "channel": 1}},
}
BYTEDANCE_FORMATS: Mapping[str, Mapping[str, Any]] = {
    "wav": {"audio_config": {"format": "wav"}},
    "mp3": {"audio_config": {"format": "mp3"}},
    "opus": {"audio_config": {"format": "ogg_opus"}},
}
FAMILIES = (
    SpeechFamily(
        r"embedded/",
        voice=("voice",),
        speed=("speed",),
        speeds=(0.5, 2.0),
        formats=_named("response_format", "wav", "mp3", "flac", "ogg"),
        limit=10_000,
    ),
    SpeechFamily(r"#?g1_aura-", formats=DEEPGRAM_FORMATS),  # the voice is in the id
    SpeechFamily(r"deepgram/aura-2|aura-2$", voice=("voice",), voices=voices.AURA_2, formats=DEEPGRAM_FORMATS),
    SpeechFamily(r"deepgram/aura|aura$", voice=("voice",), voices=voices.AURA, formats=DEEPGRAM_FORMATS),
    SpeechFamily(
        r"(openai/)?(tts-1|gpt-4o-mini-tts)",
        voice=("voice",),
        voices=voices.OPENAI,
        speed=("speed",),
        formats=_named("response_format", "mp3", "wav", "flac", "opus", "pcm"),
        limit=4096,
    ),
    SpeechFamily(
        r"elevenlabs/",
        voice=("voice",),
        voices=voices.ELEVENLABS,
        speed=("voice_settings", "speed"),
        speeds=(0.7, 1.2),
        formats=ELEVENLABS_FORMATS,
    ),
    SpeechFamily(
        r"minimax/speech",
        voice=("voice_setting", "voice_id"),
        voices=voices.MINIMAX,
        speed=("voice_setting", "speed"),
        speeds=(0.5, 2.0),
        formats=MINIMAX_FORMATS,
        limit=5000,
    ),
    SpeechFamily(r"hume/", voice=("voice",), formats=_named("format", "wav", "mp3"), limit=500_000),
    SpeechFamily(
        r"inworld/", voice=("voice",), voices=voices.INWORLD, formats=_named("format", "wav", "mp3"), limit=500_000
    ),
    SpeechFamily(r"alibaba/qwen3-tts", voice=("voice",), voices=voices.QWEN, needs_voice=True, limit=600),
    SpeechFamily(
        r"microsoft/mai-voice",
        voice=("voice",),
        voices=("en-US-AvaNeural",),
        formats=_named("response_format", "mp3", "wav", "pcm"),
        limit=4096,
    ),
    SpeechFamily(r"microsoft/vibevoice", text="script", voice=("speakers",), voices=voices.VIBEVOICE, limit=5000),
    SpeechFamily(
        r"bytedance/seed-audio",
        speed=("audio_config", "speech_rate"),
        speeds=(0.5, 2.0),
        speed_in_percent=True,
        formats=BYTEDANCE_FORMATS,
        limit=3000,
    ),
)
UNKNOWN = SpeechFamily(r"")


def speech_family(model: Model) -> SpeechFamily:
    """The table's row for a model; a model that no row knows gets the required fields only."""
    return first_match(model.id, FAMILIES, UNKNOWN)


def speech_body(
    model: Model,
    text: str,
    *,
    voice: str | None = None,
    speed: float = 1.0,
    format: str = "",  # noqa: A002
) -> tuple[Fields, Ignored]:
    """The body of a speech call. No voice and no format mean the model's own; a speed comes within the family's range.

    A voice that the model isn't known to have counts as ignored, since another vendor's voice is a 400.
    """
    family = speech_family(model)
    body: Fields = {"model": model.id, family.text: text}
    ignored = []
    known = model.voices or family.voices
    spoken = voice if voice and family.voice and (voice in known or not known) else None
    if voice and spoken is None and not _is_in_id(voice, model.id):
        ignored.append("voice")
    paced = speed != 1.0 and bool(family.speed)
    # An object of voice settings wants to know whose they are.
    if spoken is None and (family.needs_voice or (paced and family.speed[:-1] == family.voice[:-1] != ())):
        spoken = known[0]
    if spoken is not None:
        _put(body, family.voice, [{"preset": spoken}] if family.voice == ("speakers",) else spoken)
    if paced:
        within = min(max(speed, family.speeds[0]), family.speeds[1])
        _put(body, family.speed, round(100 * (within - 1)) if family.speed_in_percent else within)
    elif speed != 1.0:
        ignored.append("speed")
    if format:
        if format in family.formats:
            _add(body, family.formats[format])
        else:
            ignored.append("format")
    return body, tuple(ignored)


def _is_in_id(voice: str, model_id: str) -> bool:
    return bool(re.search(rf"aura-(2-)?{re.escape(voice)}-\w\w$", model_id, re.IGNORECASE))


def _put(body: Fields, path: Path, value: object) -> None:
    *parents, last = path
    for parent in parents:
        body = body.setdefault(parent, {})
    body[last] = value


def _add(body: Fields, more: Mapping[str, Any]) -> None:
    """Put in what `more` says, into objects that are there already too."""
    for name, value in more.items():
        if isinstance(value, dict):
            _add(body.setdefault(name, {}), value)
        else:
            body[name] = value
