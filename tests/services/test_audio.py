"""Sound is measured by reading it, whatever its header says."""

import io
import math
import struct
import wave

import numpy
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from upstream import tone

import services.audio
from services.audio import mended_wav, probe, wav_of_pcm
from services.errors import InvalidInput


def written(samples, rate=16_000, kind="WAV", subtype=None):
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format=kind, subtype=subtype)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "OGG", "MP3"])
def test_length_rate_and_channels_are_counted(kind):
    facts = probe(tone(kind, seconds=1.5), longest=600)
    assert facts.seconds == pytest.approx(1.5, abs=0.1)
    assert (facts.sample_rate, facts.channels, facts.complete) == (16_000, 1, True)


def test_a_path_is_read_like_bytes(tmp_path):
    (tmp_path / "a.wav").write_bytes(tone())
    assert probe(tmp_path / "a.wav", longest=600) == probe(tone(), longest=600)


def test_eight_channels_at_192_kilohertz_are_read():
    """C49."""
    assert probe(written(numpy.zeros((19_200, 8)), 192_000), longest=600).seconds == pytest.approx(0.1)


def test_a_header_that_claims_four_gigabytes_does_not_set_the_length():
    """C49."""
    data = bytearray(tone())
    struct.pack_into("<I", data, 40, 4_000_000_000)
    assert probe(bytes(data), longest=600).seconds == pytest.approx(0.5)


def with_rate(rate, channels=1):
    data = bytearray(tone())
    struct.pack_into("<HI", data, 22, channels, rate)
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not audio"),
        (b"%PDF-1.7 and so on" * 50, "not audio"),
        (with_rate(0), "not audio"),
        (with_rate(16_000, channels=0), "not audio"),
        (written(numpy.zeros((10, 16))), "not audio"),
        (written(numpy.full(100, math.nan), subtype="FLOAT"), "not audio"),
        (written(numpy.zeros(0)), "no audio"),
        (written(numpy.zeros(1)), "no audio"),
    ],
    ids=["empty", "pdf", "0 Hz", "0 channels", "16 channels", "NaN", "no sample", "one sample"],
)
def test_what_has_no_sound_or_can_not_be_read_is_refused(data, words):
    """C46, C47, C49."""
    with pytest.raises(InvalidInput, match=words):
        probe(data, longest=600)


def test_a_long_recording_is_refused_while_it_is_read():
    with pytest.raises(InvalidInput, match="longer than 1 minutes"):
        probe(written(numpy.zeros(61 * 8000), 8000, "FLAC"), longest=60)


def test_hours_of_nothing_in_a_few_kilobytes_are_not_read_to_their_end(monkeypatch):
    """C49: what many channels at a high rate cost to decode has its own limit."""
    monkeypatch.setattr(services.audio, "MOST_SAMPLES", 1_000_000)
    packed = written(numpy.zeros((200_000, 8), "int16"), 96_000, "FLAC")
    assert len(packed) < 10_000
    with pytest.raises(InvalidInput, match="more sound"):
        probe(packed, longest=600)


@given(samples=st.binary(min_size=4, max_size=400), rate=st.sampled_from([8000, 24_000, 48_000]))
def test_bare_samples_get_a_header_and_stay_the_same(samples, rate):
    # Read with another library: soundfile takes samples that spell OggS for a format of their own.
    with wave.open(io.BytesIO(wav_of_pcm(samples, sample_rate=rate))) as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (rate, 1, 2)
        assert sound.readframes(sound.getnframes()) == samples[: len(samples) // 2 * 2]


@pytest.mark.parametrize("placeholder", [0, 0xFFFFFFFF, 0x7FFFFFFF])
def test_a_placeholder_for_the_size_is_written_over(placeholder):
    data = bytearray(tone())
    struct.pack_into("<I", data, 4, placeholder)
    struct.pack_into("<I", data, 40, placeholder)
    assert mended_wav(bytes(data)) == (tone(), 0)


def test_a_whole_wav_keeps_every_byte():
    assert mended_wav(tone()) == (tone(), 0)


def test_a_wav_that_ends_early_says_how_much_is_missing():
    mended, missing = mended_wav(tone()[:-1000])
    assert missing == 1000
    assert probe(mended, longest=600).complete


def test_sound_that_ends_early_is_not_whole():
    data = tone("FLAC", seconds=4)
    cut = data[: len(data) * 9 // 10]
    try:
        complete = probe(cut, longest=600).complete
    except InvalidInput:
        complete = False  # refused altogether is as good
    assert not complete
