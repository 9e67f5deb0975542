"""Bytes: what they are, how they come out of base64, how they are kept."""

import base64
import errno
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from upstream import picture, tone

from services.errors import ServiceError
from services.media import MP3, PNG, WAV, save, sniff, unbase64


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_is_known_by_its_bytes(kind):
    assert sniff(picture("a", kind=kind)).media_type == f"image/{kind.lower()}"


@pytest.mark.parametrize("kind", ["WAV", "MP3", "FLAC", "OGG"])
def test_sound_is_known_by_its_bytes(kind):
    assert sniff(tone(kind)).format == kind.lower()


@pytest.mark.parametrize(
    "data",
    [b"", b"RIFF", b"%PDF-1.7", b"<html>", b'{"a": 1}', b"GIF89a", "\ufeffHi there, all".encode("utf-16"), b"\xff\xff"],
)
def test_anything_else_is_nothing_we_know(data):
    assert sniff(data) is None


@given(
    data=st.binary(min_size=1),
    prefix=st.sampled_from(["", "data:image/png;base64,", "data:audio/wav;codecs=1;base64,", "data:;base64,"]),
    padded=st.booleans(),
    width=st.integers(1, 80),
    line_end=st.sampled_from(["\n", "\r\n", " "]),
)
def test_base64_comes_out_as_it_went_in_however_it_is_wrapped(data, prefix, padded, width, line_end):
    text = base64.b64encode(data).decode()
    text = text if padded else text.rstrip("=")
    wrapped = line_end.join(text[at : at + width] for at in range(0, len(text), width))
    assert unbase64(prefix + wrapped) == data


@pytest.mark.parametrize("text", ["", "  \n", "====", "data:image/png;base64,", "not*base64", "<html>", "AAAAA", "ä"])
def test_what_is_not_base64_is_an_error(text):
    with pytest.raises(ValueError):
        unbase64(text)


def test_a_kept_file_has_the_same_bytes_its_own_kind_and_an_unguessable_name(tmp_path):
    folder = tmp_path / "new"
    first, second = save(folder, b"one", PNG), save(folder, b"two", MP3)
    assert (first.read_bytes(), second.read_bytes()) == (b"one", b"two")
    assert (first.suffix, second.suffix) == (".png", ".mp3")
    assert len(first.stem) == 32
    assert sorted(folder.iterdir()) == sorted([first, second])


@pytest.mark.parametrize(("number", "words"), [(errno.ENOSPC, "no space left"), (errno.EACCES, "could not be kept")])
def test_a_full_disk_is_said_and_leaves_nothing_behind(tmp_path, monkeypatch, number, words):
    """C71: it works again after space is freed."""

    def full(self, data):
        raise OSError(number, "as planned")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        with pytest.raises(ServiceError, match=words) as error:
            save(tmp_path, b"one", WAV)
    assert str(tmp_path) not in error.value.sentence
    assert list(tmp_path.iterdir()) == []
    assert save(tmp_path, b"one", WAV).exists()


def test_a_folder_that_is_a_file_is_said_too(tmp_path):
    """C71: whatever the disk has against it, the person is told in words."""
    (tmp_path / "results").write_bytes(b"")
    with pytest.raises(ServiceError, match="could not be kept"):
        save(tmp_path / "results", b"one", WAV)
