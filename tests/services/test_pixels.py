"""Whether a picture's bytes are whole: every format's whole ones pass, and what is cut, holed or a bomb does not."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from services.errors import MalformedReply
from services.limits import Limits
from services.pixels import checked


def saved(kind: str, mode: str = "RGB", size: tuple[int, int] = (97, 61), **how: object) -> bytes:
    file = io.BytesIO()
    Image.effect_noise(size, 90).convert(mode).save(file, kind, **how)
    return file.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, lines: bytes, *, interlaced: bool = False, pieces: int = 1) -> bytes:
    """A PNG of 8-bit grey whose checksums are right, whatever its lines are."""
    header, packed = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, interlaced), zlib.compress(lines, 1)
    step = -(-len(packed) // pieces)
    data = b"".join(chunk(b"IDAT", packed[at : at + step]) for at in range(0, len(packed), step))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + data + chunk(b"IEND", b"")


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_a_whole_png_of_every_kind_passes(mode):
    kind, width, height = checked(saved("PNG", mode), Limits())
    assert (kind.media_type, width, height) == ("image/png", 97, 61)


@pytest.mark.parametrize("how", [{}, {"progressive": True}, {"quality": 30}])
def test_a_whole_jpeg_has_its_full_size(how):
    kind, width, height = checked(saved("JPEG", **how), Limits())
    assert (kind.media_type, width, height) == ("image/jpeg", 97, 61)


def test_a_whole_webp_passes():
    assert checked(saved("WEBP"), Limits())[1:] == (97, 61)


@pytest.mark.parametrize("pieces", [1, 2, 50])
def test_large_plain_lines_pass_however_they_are_cut_into_chunks(pieces):
    assert checked(png(3000, 2000, bytes(3001 * 2000), pieces=pieces), Limits())[1:] == (3000, 2000)


def test_an_interlaced_png_passes_and_half_of_one_does_not():
    assert checked(png(1, 1, b"\0\x80", interlaced=True), Limits())[1:] == (1, 1)
    with pytest.raises(MalformedReply):
        checked(png(100, 100, b"\0\x80", interlaced=True), Limits())


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("share", [0.3, 0.7, 0.99])
def test_what_was_cut_off_is_refused(kind, share):
    whole = saved(kind)
    with pytest.raises(MalformedReply, match="damaged or was cut off"):
        checked(whole[: int(len(whole) * share)], Limits())


def test_a_changed_byte_is_noticed():
    whole = bytearray(saved("PNG"))
    whole[len(whole) // 2] ^= 1
    with pytest.raises(MalformedReply, match="damaged"):
        checked(bytes(whole), Limits())


@pytest.mark.parametrize("lines", [b"", bytes(101 * 99), bytes(101 * 101), bytes(101 * 100 - 1)])
def test_lines_that_are_missing_or_too_many_are_noticed_though_every_checksum_is_right(lines):
    with pytest.raises(MalformedReply, match="damaged or was cut off"):
        checked(png(100, 100, lines), Limits())


def test_a_bomb_is_not_unpacked():
    bomb = png(100, 100, bytes(100_000_000))
    tracemalloc.start()
    try:
        with pytest.raises(MalformedReply):
            checked(bomb, Limits())
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", [b"tEXt", b"PLTE", b"IHDR", b"acTL"])
def test_a_chunk_before_the_header_of_a_png_is_damage(name: bytes) -> None:
    """C40: what stands where the header belongs is not taken for it."""
    with pytest.raises(MalformedReply):
        checked(saved("PNG")[:8] + chunk(name, bytes(range(60, 90))) + saved("PNG")[8:], Limits())


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@given(changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(max_size=6)), min_size=1, max_size=4))
def test_whatever_happens_to_a_picture_it_is_one_or_a_malformed_reply(
    kind: str, changes: list[tuple[float, bytes]]
) -> None:
    """C38, C40: no other error comes out of the decoder."""
    data = saved(kind)
    for at, new in changes:
        start = int(at * len(data))
        data = data[:start] + new + data[start + max(len(new), 1) :]
    try:
        _, width, height = checked(data, Limits())
    except MalformedReply:
        return
    assert 0 < width * height <= Limits().image_pixels
