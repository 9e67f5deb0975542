"""Speech over the wire, heard back by the engine's own transcription."""

from __future__ import annotations

import difflib
import io
import re

import httpx
import numpy as np
import pytest
import soundfile
from contract_check import assert_published
from running_engine import KEY, SPEECH, heard_text

pytestmark = pytest.mark.engine

TEXT = "The quick brown fox jumps over the lazy dog. Please bring seven green apples to the garden tomorrow morning."


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9']+", text.lower())


def wrong(said: str, heard: str) -> float:
    """Share of words that were heard wrongly, missed or made up."""
    matcher = difflib.SequenceMatcher(None, words(said), words(heard), autojunk=False)
    errors = sum(max(i2 - i1, j2 - j1) for kind, i1, i2, j1, j2 in matcher.get_opcodes() if kind != "equal")
    return errors / len(words(said))


def sound(data: bytes) -> tuple[np.ndarray, int]:
    return soundfile.read(io.BytesIO(data), dtype="float32")


def test_what_it_says_is_heard_back_with_at_most_one_word_in_ten_wrong(say, hear):
    assert wrong(TEXT, heard_text(hear(say(TEXT)))) <= 0.1


@pytest.mark.parametrize(("speed", "longer"), [(0.5, 1.5), (2.0, 0.4)])
def test_speed_changes_the_length_and_not_the_words(say, hear, speed, longer):
    usual, rate = sound(say(TEXT))
    changed, _ = sound(say(TEXT, speed=speed))
    assert rate == 24_000
    assert len(changed) / len(usual) == pytest.approx(1 / speed, rel=0.25)
    assert wrong(TEXT, heard_text(hear(say(TEXT, speed=min(speed, 1.5))))) <= 0.2


@pytest.mark.parametrize(
    ("audio_format", "magic"), [("wav", b"RIFF"), ("mp3", b"\xff"), ("flac", b"fLaC"), ("ogg", b"OggS")]
)
@pytest.mark.parametrize("field", ["response_format", "format", "container"])
def test_every_format_is_what_it_says(api, audio_format, magic, field):
    answer = api.post("/v1/tts", json={"model": SPEECH, "text": "Hello there.", field: audio_format})
    assert answer.headers["content-type"].startswith("audio/")
    assert answer.content.startswith(magic)
    samples, rate = sound(answer.content)
    assert 0.4 < len(samples) / rate < 3


@pytest.mark.parametrize("path", ["/v1/tts", "/tts"])
def test_a_stream_is_the_same_sound_as_the_whole(api, say, path):
    streamed = api.post(path, json={"model": SPEECH, "text": TEXT}).content
    assert np.array_equal(sound(streamed)[0], sound(say(TEXT))[0])


def test_the_first_sentence_comes_before_the_last_is_made(api):
    with api.stream("POST", "/v1/tts", json={"model": SPEECH, "text": TEXT * 5}) as answer:
        pieces = [len(piece) for piece in answer.iter_raw()]
    assert len(pieces) >= 5


def test_a_url_is_given_when_asked_for_and_holds_the_sound(api, engine):
    answer = api.post("/v1/tts", json={"model": SPEECH, "text": "Hello.", "delivery": "url", "format": "mp3"}).json()
    assert_published(answer, "speech", "envelope")
    url = answer["audio"]["url"]
    assert url.startswith(engine.base)
    assert sound(httpx.get(url, trust_env=False).content)[1] == 24_000  # without the key: the address is the secret


def test_an_address_that_was_not_given_is_a_404(api):
    assert api.get("/media/guess.wav").status_code == 404
    assert api.get("/media/guess").status_code == 404


def test_markdown_is_read_as_words(say, hear):
    assert wrong("The garden is very green.", heard_text(hear(say("**The garden** is _very_ green.")))) <= 0.2


def test_another_language_is_spoken_with_a_plain_word(api):
    answer = api.post("/v1/tts", json={"model": SPEECH, "text": "Guten Morgen, wie geht es dir heute?"})
    assert answer.status_code == 200
    assert "English" in answer.headers["x-aimlapi-notice"]


def test_english_comes_without_one(api):
    answer = api.post("/v1/tts", json={"model": SPEECH, "text": "Good morning."})
    assert "x-aimlapi-notice" not in answer.headers


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("text", ""),
        ("text", "\u200b"),
        ("text", "😀"),
        ("text", "x" * 10_001),
        ("text", 5),
        ("voice", "alloy"),
        ("speed", 0.1),
        ("speed", 5),
        ("response_format", "aiff"),
    ],
)
def test_what_it_can_not_say_is_refused_by_the_fields_name(api, field, value):
    answer = api.post("/v1/tts", json={"model": SPEECH, "text": "Hello.", field: value})
    assert answer.status_code == 400
    assert field in answer.json()["message"]
    assert_published(answer.json(), "errors", "problem")


def test_a_script_that_the_voice_can_not_read_is_no_crash(api):
    assert api.post("/v1/tts", json={"model": SPEECH, "text": "你好,世界"}).status_code in (200, 400)
    assert api.post("/v1/tts", json={"model": SPEECH, "text": "Hello."}).status_code == 200


def test_speech_needs_the_key(engine):
    answer = httpx.post(f"{engine.base}/v1/tts", json={"model": SPEECH, "text": "Hi."}, trust_env=False)
    assert answer.status_code == 401
    assert KEY not in answer.text
