"""Sound in and out of files: decoded in blocks, encoded whole or as a growing WAV. Knows nothing about models."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from services.embedded.problems import Problem

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

HEARING_RATE = 16_000
"""Samples per second that speech recognition wants."""

MEDIA_TYPES = {"wav": "audio/wav", "mp3": "audio/mpeg", "flac": "audio/flac", "ogg": "audio/ogg"}

# What a recording may come in. The list is closed on purpose: some of FFmpeg's formats (playlists, concatenations) name
# other files and addresses to open, and this engine fetches nothing.
_CONTAINERS = "wav,w64,mp3,ogg,flac,mov,mp4,m4a,3gp,matroska,webm,aac,aiff,au,caf,amr,asf"
_UNREADABLE = "audio: this is not a recording we can read. Send WAV, MP3, FLAC, OGG, M4A or WebM."


def decode(recording: bytes) -> Iterator[Samples]:
    """The recording as mono blocks of 16 kHz, so that hours of it need little memory; `Problem` 400 if unreadable."""
    import av

    options = {"format_whitelist": _CONTAINERS, "protocol_whitelist": ""}
    heard = False
    try:
        with av.open(io.BytesIO(recording), "r", metadata_errors="ignore", options=options) as container:
            stream = next(iter(container.streams.audio), None)
            if stream is None:
                raise Problem(400, "audio: there is no sound in this file.")
            resampler = av.AudioResampler(format="flt", layout="mono", rate=HEARING_RATE)
            for frame in container.decode(stream):
                for resampled in resampler.resample(frame):
                    heard = True
                    yield _finite(resampled.to_ndarray().reshape(-1))
            for resampled in resampler.resample(None):
                yield _finite(resampled.to_ndarray().reshape(-1))
    except (av.error.FFmpegError, ValueError, OverflowError) as problem:
        # A recording that breaks off is used as far as it goes.
        if not heard:
            raise Problem(400, _UNREADABLE) from problem
    if not heard:
        raise Problem(400, "audio: there is no sound in this file.")


def _finite(samples: Any) -> Samples:
    import numpy as np

    clean: Samples = np.clip(np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0), -1.0, 1.0).astype(np.float32)
    return clean


def pieces(blocks: Iterator[Samples], seconds: int = 240, search: int = 15) -> Iterator[Samples]:
    """The same sound in pieces of at most so many seconds, cut where it is quietest within the last `search` ones."""
    import numpy as np

    longest, window = seconds * HEARING_RATE, HEARING_RATE // 5
    held: list[Samples] = []
    size = 0
    for block in blocks:
        held.append(block)
        size += len(block)
        while size > longest:
            sound = np.concatenate(held)
            tail = sound[longest - search * HEARING_RATE : longest]
            loudness = np.square(tail[: len(tail) // window * window]).reshape(-1, window).mean(axis=1)
            cut = longest - search * HEARING_RATE + int(loudness.argmin()) * window + window // 2
            yield sound[:cut]
            held, size = [sound[cut:]], len(sound) - cut
    if size:
        yield np.concatenate(held)


def encode(samples: Samples, audio_format: str, rate: int) -> bytes:
    """A whole file with its true lengths."""
    import soundfile

    if audio_format == "wav":
        return wav_header(rate, len(samples)) + pcm(samples)
    subtype = {"mp3": "MPEG_LAYER_III", "flac": "PCM_16", "ogg": "VORBIS"}[audio_format]
    file = io.BytesIO()
    soundfile.write(file, samples, rate, subtype=subtype, format=audio_format.upper())
    return file.getvalue()


def wav_header(rate: int, samples: int | None = None) -> bytes:
    """The beginning of a 16-bit mono WAV; without a length it says "unknown", as players of streams expect it."""
    data, riff = (0xFFFFFFFF, 0xFFFFFFFF) if samples is None else (samples * 2, samples * 2 + 36)
    head = struct.pack("<4sI4s4sIHHIIHH", b"RIFF", riff, b"WAVE", b"fmt ", 16, 1, 1, rate, rate * 2, 2, 16)
    return head + struct.pack("<4sI", b"data", data)


def pcm(samples: Samples) -> bytes:
    """16-bit samples as they follow that header."""
    import numpy as np

    return (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()
