"""Small files that want to become large ones, each made without ever being held whole. Knows bytes only."""

from __future__ import annotations

import io
import struct
import zlib


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
