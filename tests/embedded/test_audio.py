"""Recordings in blocks and files out of sound; no engine is needed."""

from __future__ import annotations

import io
import tracemalloc

import numpy as np
import pytest
import soundfile

from services.embedded import audio
from services.embedded.problems import Problem

RATE = audio.HEARING_RATE


def tone(seconds: float, rate: int = RATE) -> np.ndarray:
    return (0.5 * np.sin(np.arange(int(seconds * rate)) * 2 * np.pi * 440 / rate)).astype(np.float32)


def length(blocks) -> int:
    return sum(len(block) for block in blocks)


@pytest.mark.parametrize("audio_format", ["wav", "mp3", "flac", "ogg"])
def test_a_clip_survives_its_file(audio_format):
    file = audio.encode(tone(2, 24_000), audio_format, 24_000)
    samples, rate = soundfile.read(io.BytesIO(file))
    assert len(samples) / rate == pytest.approx(2, abs=0.1)
    assert length(audio.decode(file)) / RATE == pytest.approx(2, abs=0.1)


def test_a_wav_without_a_length_is_still_readable():
    file = audio.wav_header(24_000) + audio.pcm(tone(1, 24_000))
    assert len(soundfile.read(io.BytesIO(file))[0]) == 24_000


def test_numbers_that_are_none_become_silence():
    file = io.BytesIO()
    soundfile.write(file, np.full(RATE, np.nan, np.float32), RATE, format="WAV", subtype="FLOAT")
    heard = np.concatenate(list(audio.decode(file.getvalue())))
    assert np.array_equal(heard, np.zeros_like(heard))


def test_a_recording_that_breaks_off_is_used_as_far_as_it_goes():
    whole = audio.encode(tone(4), "flac", RATE)
    assert 0 < length(audio.decode(whole[: len(whole) // 2])) < 4 * RATE


@pytest.mark.parametrize("junk", [b"", b"hello", bytes(5000), b"\xff\xfb" * 3, b"#EXTM3U\nhttp://127.0.0.1/x"])
def test_junk_is_refused(junk):
    with pytest.raises(Problem) as refusal:
        list(audio.decode(junk))
    assert refusal.value.status == 400


def test_pieces_lose_nothing():
    sound = tone(70)
    cut = list(audio.pieces(iter(np.array_split(sound, 7)), seconds=20, search=5))
    assert np.array_equal(np.concatenate(cut), sound)
    assert max(map(len, cut)) <= 20 * RATE


def test_pieces_are_cut_where_it_is_quiet():
    sound = tone(30)
    sound[17 * RATE : 18 * RATE] = 0
    first = next(audio.pieces(iter([sound]), seconds=20, search=5))
    assert 17 <= len(first) / RATE <= 18


def test_an_hour_takes_no_more_memory_than_some_minutes():
    file = io.BytesIO()
    with soundfile.SoundFile(file, "w", RATE, 1, format="FLAC") as out:
        for _ in range(60):
            out.write(np.zeros(60 * RATE, np.float32))
    tracemalloc.start()
    assert length(audio.pieces(audio.decode(file.getvalue()))) / RATE == pytest.approx(3600, abs=1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 80_000_000
