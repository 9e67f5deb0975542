"""Whether a picture's bytes are whole, and how large it is. The one door to Pillow. Knows formats; knows no replies."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from isal import isal_zlib

from services.errors import MalformedReply
from services.limits import Limits
from services.media import Kind, sniff
from services.refusals import message_of

PIECE = 65_536  # bytes that are unpacked at a time, and what they become at most; none of it is kept
SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # of a pixel, by PNG's colour type


def checked(data: bytes, limits: Limits) -> tuple[Kind, int, int]:
    """Kind, width and height of a picture that is there to its last line. Blocking: 10 ms for 1024 x 1024.

    Raises MalformedReply for what is no picture, is cut off, or has more pixels or bytes than we take.
    """
    from PIL import Image

    kind = sniff(data)
    if kind is None or kind.what != "image":
        said = message_of(data[:4000])
        quoted = f" It says: “{said}”" if said and said.isprintable() else ""
        raise broken(f"What came is not a picture.{quoted}")
    if len(data) > limits.image_bytes:
        raise broken(f"A picture is larger than {limits.image_bytes // 1_000_000} MB.")
    try:
        with Image.open(io.BytesIO(data), formats=[kind.media_type.removeprefix("image/").upper()]) as picture:
            width, height = picture.size
            if width * height > limits.image_pixels:
                raise _too_many_pixels(limits)
            _read_through(picture, data)
    except Image.DecompressionBombError as bomb:
        raise _too_many_pixels(limits) from bomb
    except (OSError, SyntaxError, ValueError, LookupError, isal_zlib.error) as cut:  # type: ignore[misc]  # its stub takes the class for an instance
        raise broken("A picture is damaged or was cut off.") from cut
    return kind, width, height


def _read_through(picture: Any, data: bytes) -> None:
    """Go through all of the data, as cheaply as each format lets one. Raises what Pillow and zlib raise."""
    if picture.format == "PNG" and data[12:16] != b"IHDR":
        raise ValueError("the header is not where it belongs")  # Pillow would read on, a browser would not
    if picture.format == "PNG" and not data[28]:
        _lines(picture, data)
        return
    picture.draft("L", (1, 1))  # a JPEG is read whole, but drawn at an eighth of its size; others don't listen
    picture.load()


def _lines(picture: Any, data: bytes) -> None:
    """Unpack a PNG's lines and count them. Drawing them too, as Pillow does, takes five times as long."""
    picture.verify()  # the checksum of every chunk, up to the last
    width, height = picture.size
    wanted = height * (1 + (width * SAMPLES[data[25]] * data[24] + 7) // 8)
    inflater, found, at = isal_zlib.decompressobj(), 0, 8
    while (name := data[at + 4 : at + 8]) != b"IEND":
        end = at + 8 + int.from_bytes(data[at : at + 4], "big")
        for start in range(at + 8, end, PIECE) if name == b"IDAT" else ():
            found += sum(_unpacked(inflater, data[start : min(start + PIECE, end)], wanted - found))
        at = end + 4
    if found != wanted or not inflater.eof:
        raise ValueError("not as many lines as its header says")


def _unpacked(inflater: Any, packed: bytes, wanted: int) -> Iterator[int]:
    """How many bytes each piece of packed data has become, until there are more than `wanted`."""
    while wanted >= 0 and not inflater.eof:
        piece = len(inflater.decompress(packed, PIECE))
        packed, wanted = inflater.unconsumed_tail, wanted - piece
        yield piece
        if not packed and piece < PIECE:  # a full piece may have left some of its data inside
            return


def broken(why: str) -> MalformedReply:
    return MalformedReply(why, remedy="Try again, or choose another model.")


def _too_many_pixels(limits: Limits) -> MalformedReply:
    return broken(f"A picture has more than {limits.image_pixels // 1_000_000} million pixels.")
