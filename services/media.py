"""Media as bytes: what they are, how they travel in JSON, how they are kept. Knows nothing about their source."""

from __future__ import annotations

import binascii
import contextlib
import errno
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pybase64

from services.errors import ServiceError


@dataclass(frozen=True)
class Kind:
    """What bytes turned out to be; `extension` with its dot."""

    what: Literal["image", "audio"]
    extension: str
    media_type: str

    @property
    def format(self) -> str:
        """The extension as people say it."""
        return self.extension.removeprefix(".")


PNG = Kind("image", ".png", "image/png")
JPEG = Kind("image", ".jpg", "image/jpeg")
WEBP = Kind("image", ".webp", "image/webp")
WAV = Kind("audio", ".wav", "audio/wav")
MP3 = Kind("audio", ".mp3", "audio/mpeg")
OGG = Kind("audio", ".ogg", "audio/ogg")
FLAC = Kind("audio", ".flac", "audio/flac")
AAC = Kind("audio", ".aac", "audio/aac")
M4A = Kind("audio", ".m4a", "audio/mp4")
WEBM = Kind("audio", ".webm", "audio/webm")

# In this order: the first pattern that fits names the kind. MPEG layers II and III only, so that the byte order mark
# of UTF-16 text (FF FE) is no sound; AAC's frames say layer 0.
MAGIC = (
    (rb"\x89PNG\r\n\x1a\n", PNG),
    (rb"\xff\xd8\xff", JPEG),
    (rb"RIFF....WEBP", WEBP),
    (rb"(RIFF|RF64)....WAVE", WAV),
    (rb"OggS", OGG),
    (rb"fLaC", FLAC),
    (rb"\xff[\xf0\xf1\xf8\xf9]", AAC),
    (rb"ID3|\xff[\xf2-\xf5\xfa-\xfd\xe2-\xe5\xec\xed][^\xf0-\xff]", MP3),
    (rb"....ftyp", M4A),
    (rb"\x1aE\xdf\xa3", WEBM),
)
DATA_URL = re.compile(r"data:[\w./+-]*(;[\w=.+-]+)*;base64,", re.IGNORECASE)
PRIVATE = 0o700
FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))  # not every system counts quotas


def sniff(data: bytes) -> Kind | None:
    """The kind of media by its first bytes, whatever its label says; None for anything else."""
    return next((kind for magic, kind in MAGIC if re.match(magic, data[:16], re.DOTALL)), None)


def unbase64(text: str) -> bytes:
    """Bytes of base64 as it is met in replies: data URLs, line breaks and missing padding included.

    Raises ValueError for other characters, and for nothing at all.
    """
    bare = text.strip()
    if url := DATA_URL.match(bare):
        bare = bare[url.end() :]
    if not bare.isascii():
        raise ValueError("not base64")
    bare = "".join(bare.split()).rstrip("=")
    if not bare:
        raise ValueError("no data")
    try:
        return pybase64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except binascii.Error as broken:
        raise ValueError("not base64") from broken


def save(folder: Path, data: bytes, kind: Kind) -> Path:
    """Keep bytes as they are under a name nobody can guess; a reader sees the whole file or none.

    Raises ServiceError when the disk is full or can't be written.
    """
    path = folder / f"{secrets.token_hex(16)}{kind.extension}"
    part = path.with_suffix(".part")
    try:
        folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        part.write_bytes(data)
        part.replace(path)
    except OSError as failed:
        with contextlib.suppress(OSError):  # there may be nothing, or no folder at all
            part.unlink()
        full = failed.errno in FULL
        raise ServiceError(
            "There is no space left to keep the result." if full else "The result could not be kept on this computer.",
            remedy="Free some space and try again." if full else "Check that the folder for results can be written.",
            detail=repr(failed),
        ) from failed
    return path
