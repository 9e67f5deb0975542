"""The one door to soundfile: measures, checks and mends sound. Knows nothing about where it comes from or goes to."""

from __future__ import annotations

import io
import struct
import wave
from dataclasses import dataclass
from pathlib import Path

from services.errors import InvalidInput

MOST_CHANNELS = 8
LOWEST_RATE, HIGHEST_RATE = 1_000, 384_000
MOST_SAMPLES = 1_000_000_000  # of all channels together: 10 minutes of 8 channels at 192 kHz, 6 seconds of a core
BLOCK = 1 << 18  # samples of all channels together
PLACEHOLDERS = frozenset({0, 0xFFFFFFFF, 0x7FFFFFFF, 0xFFFFFFFF - 36, 0x7FFFFFFF - 36, 0xFFFFFFFF - 8})
TOLERANCE = 0.02  # MP3 headers estimate


class Unreadable(InvalidInput):
    """Not sound, or none that this library reads."""


@dataclass(frozen=True)
class AudioFacts:
    """What was counted while reading every sample, not what a header says."""

    seconds: float
    sample_rate: int
    channels: int
    complete: bool = True


def probe(source: Path | bytes, *, longest: float) -> AudioFacts:
    """Read sound to its end. Blocking: call it in a thread.

    `complete` is False when the header promised clearly more than there is. Raises Unreadable for what can't be read
    or has samples that are no numbers, InvalidInput for no sound at all and for more than `longest` seconds or a
    billion samples: a few kilobytes of FLAC can hold hours.
    """
    import numpy
    import soundfile

    try:
        with soundfile.SoundFile(io.BytesIO(source) if isinstance(source, bytes) else source) as sound:
            rate, channels, claimed = int(sound.samplerate), int(sound.channels), int(sound.frames)
            if not (1 <= channels <= MOST_CHANNELS and LOWEST_RATE <= rate <= HIGHEST_RATE):
                raise _unreadable(f"{channels} channels at {rate} Hz")
            frames = 0
            for block in sound.blocks(blocksize=BLOCK // channels, dtype="float32"):
                frames += len(block)
                if frames * channels > MOST_SAMPLES:
                    raise InvalidInput("There is more sound in this file than we read.", remedy="Use fewer channels.")
                if frames > longest * rate:
                    raise InvalidInput(
                        f"The recording is longer than {longest / 60:.0f} minutes.", remedy="Cut it into shorter parts."
                    )
                if not numpy.isfinite(block).all():
                    raise _unreadable("samples that are not numbers")
    except (soundfile.SoundFileError, RuntimeError, OSError) as broken:
        raise _unreadable(str(broken)) from broken
    if frames < 2:
        raise InvalidInput("There is no audio in this file.", remedy="Record again, or choose another file.")
    return AudioFacts(frames / rate, rate, channels, complete=frames >= claimed * (1 - TOLERANCE))


def wav_of_pcm(samples: bytes, *, sample_rate: int, channels: int = 1) -> bytes:
    """Bare 16-bit little-endian samples with the header that they lack."""
    whole = len(samples) - len(samples) % (2 * channels)
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(channels)
        sound.setsampwidth(2)
        sound.setframerate(sample_rate)
        sound.writeframes(samples[:whole])
    return out.getvalue()


def mended_wav(data: bytes) -> tuple[bytes, int]:
    """A WAV with true sizes in its header, and how many bytes of sound it promised but lacks.

    A streamed WAV has a placeholder where the size belongs (0 or all ones), which players take literally.
    """
    found = _data_chunk(data)
    if found is None:
        return data, 0
    at, claimed = found
    there = len(data) - at
    if claimed <= there and claimed not in PLACEHOLDERS:
        return data, 0
    fixed = bytearray(data)
    struct.pack_into("<I", fixed, at - 4, there)
    struct.pack_into("<I", fixed, 4, len(data) - 8)
    return bytes(fixed), 0 if claimed in PLACEHOLDERS else claimed - there


def _data_chunk(data: bytes) -> tuple[int, int] | None:
    """Where a WAV's sound begins and how long its header says it is."""
    at = 12
    while at + 8 <= len(data):
        name, size = data[at : at + 4], struct.unpack_from("<I", data, at + 4)[0]
        if name == b"data":
            return at + 8, size
        at += 8 + size + size % 2
    return None


def _unreadable(why: str) -> Unreadable:
    return Unreadable("This is not audio that we can read.", remedy="Use a WAV, MP3, OGG or FLAC file.", detail=why)
