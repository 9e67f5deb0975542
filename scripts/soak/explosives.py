"""Small replies that want to become large ones, each made without ever being held whole. Knows bytes only."""

from __future__ import annotations

import base64
import io
import json
import struct
import zlib

from upstream import Answer

Bombs = dict[str, tuple[str, Answer]]


def BOMBS() -> Bombs:  # noqa: N802 - a table that takes seconds to make
    """name: (the work that is asked for, what the upstream says)."""
    return {
        "a picture that claims 50,000 × 50,000": ("image", _picture(png(50_000, 50_000, 1))),
        "a picture that is 13,000 × 13,000": ("image", _picture(png(13_000, 13_000, 13_000))),
        "400 MB of spaces, packed": ("image", _packed(400)),
        "63 MB of base64": ("image", Answer(body=b'{"data": [{"b64_json": "' + b"A" * 63_000_000 + b'"}]}', **JSON)),
        "30 million brackets": ("image", Answer(body=b"[" * 30_000_000, **JSON)),
        "an hour of silence in a small clip": ("speech", Answer(body=silence(3700, 8000), content_type="audio/flac")),
        "400 MB of spaces in place of a clip": ("speech", _packed(400)),
    }


JSON = {"content_type": "application/json"}


def _picture(picture: bytes) -> Answer:
    return Answer(body=json.dumps({"data": [{"b64_json": base64.b64encode(picture).decode()}]}), **JSON)


def _packed(megabytes: int) -> Answer:
    squeeze = zlib.compressobj(9, wbits=31)
    body = b"".join(squeeze.compress(b" " * 1_000_000) for _ in range(megabytes)) + squeeze.flush()
    return Answer(body=body, headers={"content-encoding": "gzip"}, **JSON)


def png(width: int, height: int, rows: int) -> bytes:
    """A PNG that claims a size and holds this many black rows."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    squeeze = zlib.compressobj(9)
    row = bytes(1 + 3 * width)
    body = b"".join(squeeze.compress(row) for _ in range(rows)) + squeeze.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def silence(seconds: int, rate: int) -> bytes:
    """Nothing for a long time, as FLAC."""
    import numpy
    import soundfile

    file = io.BytesIO()
    with soundfile.SoundFile(file, "w", rate, 1, format="FLAC") as sound:
        second = numpy.zeros(rate, dtype="int16")
        for _ in range(seconds):
            sound.write(second)
    return file.getvalue()
