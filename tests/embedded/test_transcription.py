"""Transcription over the wire: jobs, the synchronous form, silence, and what is no recording."""

from __future__ import annotations

import io
import time

import numpy as np
import pytest
import soundfile
from contract_check import assert_published
from running_engine import CHAT, TRANSCRIPTION, heard_text

pytestmark = pytest.mark.engine


def upload(api, recording: bytes, path: str = "/v1/stt/create", part: str = "audio", **fields: str):
    return api.post(path, data={"model": TRANSCRIPTION, **fields}, files={part: ("clip", recording, "audio/wav")})


def finished(api, job: str, path: str = "/v1/stt") -> dict:
    """Poll until the job is over; every state on the way has a published shape."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        state = api.get(f"{path}/{job}").json()
        if state["status"] not in ("queued", "generating"):
            return state
        assert_published(state, "transcription", "pending")
        time.sleep(0.2)
    raise AssertionError("the job never ended")


@pytest.mark.parametrize(("create", "poll"), [("/v1/stt/create", "/v1/stt"), ("/stt/create", "/stt")])
def test_a_job_is_accepted_polled_and_finished_in_both_forms(api, say, create, poll):
    accepted = upload(api, say("Hello there."), create).json()
    assert_published(accepted, "transcription", "accepted")
    state = finished(api, accepted["generation_id"], poll)
    assert_published(state, "transcription", "finished")
    assert "hello" in heard_text(state["result"]).lower()


@pytest.mark.parametrize("path", ["/v1/stt", "/stt"])
@pytest.mark.parametrize("part", ["audio", "file"])
def test_the_synchronous_form_answers_at_once(api, say, path, part):
    answer = upload(api, say("Good morning."), path, part)
    assert_published(answer.json(), "transcription", "deepgram")
    assert "morning" in heard_text(answer.json())


def test_every_word_has_its_time_within_the_recording(say, hear):
    transcript = hear(say("One two three four five."))
    words = transcript["results"]["channels"][0]["alternatives"][0]["words"]
    times = [time for word in words for time in (word["start"], word["end"])]
    assert times == sorted(times)
    assert 0 <= times[0] < times[-1] <= transcript["metadata"]["duration"]


def test_segments_are_there_to_be_shown(say, hear):
    transcript = hear(say("The first sentence ends here. And the second one ends there."))
    utterances = transcript["results"]["utterances"]
    assert " ".join(part["transcript"] for part in utterances) == heard_text(transcript)
    assert all(part["start"] < part["end"] for part in utterances)


def test_silence_gives_an_empty_transcript(hear, silence):
    transcript = hear(silence)
    assert heard_text(transcript) == ""
    assert transcript["metadata"]["duration"] == pytest.approx(5, abs=0.1)


@pytest.mark.parametrize("audio_format", ["mp3", "flac", "ogg"])
def test_compressed_recordings_are_heard(api, hear, say, audio_format):
    assert "tomorrow" in heard_text(hear(say("See you tomorrow.", format=audio_format)))


def test_stereo_at_another_rate_is_heard(hear, say):
    samples, rate = soundfile.read(io.BytesIO(say("Good evening everyone.")), dtype="float32")
    file = io.BytesIO()
    soundfile.write(file, np.repeat(np.stack([samples, samples], 1), 2, axis=0), rate * 2, format="WAV")
    assert "evening" in heard_text(hear(file.getvalue()))


def test_a_long_recording_keeps_its_times(hear, say):
    spoken, rate = soundfile.read(io.BytesIO(say("The eagle has landed.")), dtype="float32")
    pause = np.zeros(rate * 250, np.float32)
    file = io.BytesIO()
    soundfile.write(file, np.concatenate([spoken, pause, spoken]), rate, format="FLAC", subtype="PCM_16")
    transcript = hear(file.getvalue())
    starts = [part["start"] for part in transcript["results"]["utterances"]]
    assert heard_text(transcript).lower().count("eagle") == 2
    assert starts[0] < 1
    assert starts[-1] == pytest.approx(250 + len(spoken) / rate, abs=1.5)


def test_another_language_than_english_is_told(hear, say):
    assert "English" in hear(say("Hello."), language="de")["metadata"]["notice"]


def test_speakers_are_not_told_apart_and_it_says_so(hear, say):
    assert "speakers" in hear(say("Hello."), diarize="true")["metadata"]["notice"]


def test_the_notice_is_a_header_too(api, silence):
    assert "speakers" in upload(api, silence, "/v1/stt", diarize="true").headers["x-aimlapi-notice"]
    job = upload(api, silence, diarize="true").json()["generation_id"]
    finished(api, job)
    assert "speakers" in api.get(f"/v1/stt/{job}").headers["x-aimlapi-notice"]


def test_english_alone_needs_no_notice(hear, say):
    assert "notice" not in hear(say("Hello."), language="en-US")["metadata"]


@pytest.mark.parametrize(
    "recording",
    [
        b"",
        b"%PDF-1.7 not a recording" * 50,
        bytes(2000),
        b"#EXTM3U\n#EXTINF:10,\nhttp://127.0.0.1:9/a.ts\n",
        b"ffconcat version 1.0\nfile /etc/hostname\n",
        b"RIFF\xff\xff\xff\xffWAVEfmt ",
    ],
)
def test_what_is_no_recording_is_refused_in_plain_words(api, recording):
    answer = upload(api, recording, "/v1/stt")
    assert answer.status_code == 400
    assert "audio" in answer.json()["message"]
    assert_published(answer.json(), "errors", "problem")


def test_a_job_with_no_recording_ends_with_the_reason(api):
    state = finished(api, upload(api, b"nothing of the kind").json()["generation_id"])
    assert_published(state, "transcription", "failed")
    assert "audio" in state["error"]["message"]


@pytest.mark.parametrize("path", ["/v1/stt/create", "/v1/stt", "/stt"])
def test_a_url_is_refused_since_the_engine_fetches_nothing(api, path):
    answer = api.post(path, json={"model": TRANSCRIPTION, "url": "https://example.com/a.mp3"})
    assert answer.status_code == 400
    assert "fetches nothing" in answer.json()["message"]


def test_a_form_without_a_recording_is_refused(api):
    answer = api.post("/v1/stt", data={"model": TRANSCRIPTION}, files={"other": b"x"})
    assert answer.status_code == 400
    assert "audio" in answer.json()["message"]


def test_a_form_with_two_recordings_is_refused(api, silence):
    files = [("audio", ("a", silence)), ("file", ("b", silence))]
    assert api.post("/v1/stt", data={"model": TRANSCRIPTION}, files=files).status_code == 400


def test_a_form_that_is_none_is_refused(api):
    answer = api.post("/v1/stt", content=b"garbage", headers={"content-type": "multipart/form-data; boundary=x"})
    assert answer.status_code == 400


def test_another_models_name_is_refused(api, silence):
    assert upload(api, silence, model=CHAT).status_code == 400
    assert upload(api, silence, model="whisper-huge").status_code == 404


def test_a_job_that_never_was_is_a_404(api):
    assert api.get("/v1/stt/unknown").status_code == 404


def test_more_than_25_megabytes_are_refused_before_they_are_read(api):
    answer = upload(api, bytes(26_000_000))
    assert answer.status_code == 413
    assert "25 MB" in answer.json()["message"]
