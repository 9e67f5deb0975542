"""Transcripts, from a recording or its address, against a scripted upstream in both published forms."""

import asyncio
import io
import itertools
import json
import math
import re
import struct
import time

import numpy
import openai  # noqa: F401  (before any clock runs: its import takes a while)
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from upstream import Answer, RawUpstream, Upstream, tone
from upstream.contract import assert_published, published
from upstream.raw import reset_at_once

import services.transcription
from services.catalog import Model, Price
from services.endpoint import DEFAULT_BASE, Endpoint
from services.errors import (
    InvalidInput,
    MalformedReply,
    NotFound,
    OutOfCredit,
    Refused,
    ServiceError,
    Unavailable,
    Unreachable,
)
from services.fetch import Fetcher
from services.limits import Limits
from services.routes import Route
from services.settings import Settings
from services.transcription import TranscriptionService
from services.transcripts import heard
from services.transport import Transport

NOVA = Model("#g1_nova-2-general", "transcription")
UNIVERSAL = Model("aai/universal", "transcription")
GPT = Model("openai/gpt-4o-mini-transcribe", "transcription")
WHISPER = Model("embedded/whisper-tiny.en", "transcription")
ADDRESS = "https://93.184.216.34/a.mp3"  # public, and a number, so that no name has to be looked up


@pytest.fixture(autouse=True)
def _quick_polls(request, monkeypatch):
    if "own_pace" not in request.fixturenames:
        monkeypatch.setattr(services.transcription, "PACE", (0.01,))


@pytest.fixture
def own_pace():
    """The pace of the contract, unchanged."""


@pytest.fixture
async def service():
    transport = Transport(Limits(connect=2, first_byte_media=20, total_media=20, total_job=20))
    yield TranscriptionService(transport, Fetcher(transport.limits))
    await transport.close()


@pytest.fixture
def recording(tmp_path):
    (tmp_path / "../my secret name.wav").resolve().write_bytes(tone())
    return (tmp_path / "../my secret name.wav").resolve()


def route(upstream, model=NOVA, dialect="auto", **more):
    return Route(Endpoint.at(upstream.base, dialect=dialect, **more), model)


@pytest.mark.parametrize("dialect", ["auto", "v1", "seed"])
@pytest.mark.parametrize("model", [NOVA, UNIVERSAL, GPT, WHISPER])
async def test_a_recording_becomes_text_with_times(upstream, service, recording, dialect, model):
    transcript = await service.transcribe(route(upstream, model, dialect), audio=recording)
    assert transcript.text
    assert transcript.segments
    assert " ".join(" ".join(segment.text for segment in transcript.segments).split())
    assert transcript.duration > 0
    assert bool(transcript.job_id) == (dialect != "seed")
    assert transcript.run.model == model.id


async def test_a_server_of_the_old_form_only_is_found_out_and_not_polled(upstream_seed, service, recording):
    transcript = await service.transcribe(route(upstream_seed), audio=recording)
    assert transcript.text
    assert [call.path for call in upstream_seed.calls] == ["/v1/stt/create", "/stt"]


@pytest.mark.parametrize(("model", "part"), [(NOVA, "audio"), (UNIVERSAL, "audio"), (GPT, "file"), (WHISPER, "audio")])
async def test_a_recording_is_uploaded_whole_under_the_right_name(upstream, service, recording, model, part):
    await service.transcribe(route(upstream, model), audio=recording, language="en", diarize=True)
    [call] = upstream.calls_to("job")
    [(name, file)] = call.files.items()
    assert (name, file.data, file.media_type, file.name) == (part, tone(), "audio/wav", "recording.wav")
    assert_published(dict(call.form), "transcription", "request")
    assert set(call.form.values()) <= {"true", "en", model.id}


async def test_an_address_is_handed_on_and_not_fetched(upstream, service):
    transcript = await service.transcribe(route(upstream), url=f" {ADDRESS} ")
    [call] = upstream.calls_to("job")
    assert call.json["url"] == ADDRESS
    assert_published(call.json, "transcription", "request")
    assert transcript.text


async def test_the_engine_is_given_the_recording_behind_an_address(upstream, service, monkeypatch):
    fetched = []

    async def media(self, url, *, trusted_origin="", cap, seconds=60, record=None):
        fetched.append((url, trusted_origin, cap))
        return tone("MP3")

    monkeypatch.setattr(Fetcher, "media", media)
    await service.transcribe(route(upstream, WHISPER, embedded=True), url=ADDRESS)
    [call] = upstream.calls_to("job")
    assert fetched == [(ADDRESS, "", 25_000_000)]
    assert (call.files["audio"].name, "url" in call.form) == ("recording.mp3", False)


@pytest.mark.parametrize(
    "url",
    [
        *("not a url", "ftp://a.example/b", "file:///etc/passwd", "javascript:alert(1)", "data:audio/wav;base64,AAAA"),
        *("http://127.0.0.1", "http://[::1]", "https://10.0.0.1", "http://169.254.169.254", "http://0x7f000001"),
        *("http://2130706433", "http://127.1", "http://localhost.", "https://me:pw@93.184.216.34/a"),
    ],
)
@pytest.mark.parametrize("embedded", [False, True])
async def test_an_address_that_is_not_public_is_refused_before_any_call(upstream, service, url, embedded):
    """C43, C44: nothing is sent and nothing is fetched."""
    with pytest.raises((InvalidInput, Unreachable)):
        await service.transcribe(route(upstream, embedded=embedded), url=url)
    assert upstream.calls == []


async def test_exactly_one_recording_is_needed(upstream, service, recording):
    for asked in ({}, {"url": "  "}, {"audio": recording, "url": ADDRESS}):
        with pytest.raises(InvalidInput, match="Exactly one"):
            await service.transcribe(route(upstream), **asked)
    assert upstream.calls == []


def wav(samples, rate=16_000, **more):
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format="WAV", **more)
    return file.getvalue()


def zero_rate():
    data = bytearray(tone())
    struct.pack_into("<I", data, 24, 0)
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no audio"),
        (wav(numpy.zeros(1)), "no audio"),
        (b"%PDF-1.7 and so on" * 100, "not audio"),
        (b"<html>sound</html>" * 100, "not audio"),
        (wav(numpy.full(100, math.nan), subtype="FLOAT"), "not audio"),
        (zero_rate(), "not audio"),
        (wav(numpy.zeros(601 * 1000), 1000), "longer than 10 minutes"),
        (b"\0" * 25_000_001, "25 MB is the limit"),
    ],
    ids=["empty", "one sample", "pdf", "html", "NaN", "0 Hz", "long", "large"],
)
async def test_what_is_no_recording_is_refused_before_any_call(upstream, service, tmp_path, data, words):
    """C46, C47, C49: recognised by what is in it."""
    (tmp_path / "song.mp3").write_bytes(data)
    with pytest.raises(InvalidInput, match=words) as error:
        await service.transcribe(route(upstream), audio=tmp_path / "song.mp3")
    assert error.value.remedy
    assert "song" not in error.value.sentence
    assert upstream.calls == []


async def test_a_file_that_is_gone_is_refused(upstream, service, tmp_path):
    with pytest.raises(InvalidInput, match="can't be opened") as error:
        await service.transcribe(route(upstream), audio=tmp_path / "gone.wav")
    assert str(tmp_path) not in error.value.sentence


@pytest.mark.parametrize(
    ("data", "name", "media_type"),
    [
        (b"\x1aE\xdf\xa3" + b"webm" * 50, "recording.webm", "audio/webm"),
        (b"\0\0\0\x20ftypM4A " + b"mp4" * 50, "recording.m4a", "audio/mp4"),
        (tone("OGG"), "recording.ogg", "audio/ogg"),
        (tone("FLAC"), "recording.flac", "audio/flac"),
    ],
)
async def test_what_only_the_upstream_may_be_able_to_read_is_sent(upstream, service, tmp_path, data, name, media_type):
    (tmp_path / "a").write_bytes(data)
    await service.transcribe(route(upstream), audio=tmp_path / "a")
    file = upstream.calls_to("job")[0].files["audio"]
    assert (file.name, file.media_type) == (name, media_type)


@pytest.mark.parametrize(
    "case",
    [name for name, it in published("transcription")["examples"].items() if "finished" in name or name == "seed"],
)
async def test_every_published_reply_is_read(upstream, service, recording, case):
    reply = published("transcription")["examples"][case]["response"]
    upstream.plan("poll", Answer(json=reply))
    upstream.plan("transcription", Answer(json=reply))
    dialect = "seed" if case == "seed" else "v1"
    transcript = await service.transcribe(route(upstream, dialect=dialect), audio=recording)
    assert transcript.text
    assert all(0 <= one.start <= one.end < 60 for one in (*transcript.segments, *transcript.words))
    assert _plain(" ".join(segment.text for segment in transcript.segments)) == _plain(transcript.text)


def _plain(text):
    return re.findall(r"\w+", text.lower())


async def test_an_answer_at_once_is_not_polled_for(upstream, service, recording):
    upstream.plan("job", Answer(json={"generation_id": "x", "status": "completed", "result": {"text": "Hello."}}))
    transcript = await service.transcribe(route(upstream), audio=recording)
    assert (transcript.text, upstream.calls_to("poll")) == ("Hello.", [])


async def test_the_other_part_name_is_tried_once_when_the_first_is_refused(service, recording):
    def only_file(call):
        wrong = call.task == "job" and "file" not in call.files
        return Answer.refusing(400, "Exactly one of 'url' or 'file' is required", "flat") if wrong else None

    with Upstream(script=only_file) as upstream:
        assert (await service.transcribe(route(upstream), audio=recording)).text
    assert [list(call.files) for call in upstream.calls_to("job")] == [["audio"], ["file"]]


async def test_another_refusal_is_not_asked_for_twice(service, recording):
    for status, message in ((400, "language: unknown"), (403, "You have run out of credits"), (413, "audio too large")):
        with Upstream() as upstream:
            upstream.always("job", Answer.refusing(status, message))
            with pytest.raises(Refused):
                await service.transcribe(route(upstream), audio=recording)
            assert len(upstream.calls) == 1


async def test_a_recording_that_every_part_name_is_refused_for_is_sent_twice_at_most(upstream, service, recording):
    upstream.always("job", Answer.refusing(400, "audio is not supported"))
    with pytest.raises(Refused):
        await service.transcribe(route(upstream), audio=recording)
    assert len(upstream.calls) == 2


def pending(status="queued"):
    return Answer(json={"generation_id": "x", "status": status})


JOB = Answer(json={"generation_id": "job-77"}, status=201)


async def test_every_waiting_word_is_waited_out_and_told(upstream, service, recording):
    states = ["queued", "generating", "waiting", "active", "processing", "pending", "QUEUED"]
    upstream.plan("poll", *map(pending, states))
    told = []
    assert (await service.transcribe(route(upstream), audio=recording, progress=told.append)).text
    assert len(upstream.calls_to("poll")) == len(states) + 2
    assert told[0] == "Sending the recording"
    assert len(told) >= len(states)


async def test_polls_keep_the_pace_of_the_contract(own_pace, upstream, recording):
    transport = Transport(Limits(connect=2))
    upstream.scene.polls = 0
    upstream.plan("poll", pending())
    start = time.monotonic()
    await TranscriptionService(transport, Fetcher()).transcribe(route(upstream), url=ADDRESS)
    await transport.close()
    moments = [call.at for call in upstream.calls]
    assert [round(later - earlier) for earlier, later in itertools.pairwise(moments)] == [1, 2]
    assert 3 <= time.monotonic() - start < 6


def test_the_pace_is_never_more_than_one_poll_a_second(own_pace):
    """C73."""
    pauses = list(itertools.islice(services.transcription._pauses(), 20))
    assert pauses[:6] == [1, 2, 3, 5, 5, 5]
    assert min(pauses) >= 1


@pytest.mark.parametrize(
    ("answer", "words", "error"),
    [
        (
            Answer(json={"id": "x", "status": "error", "error": {"name": "E", "message": "no speech model"}}),
            "no speech model",
            Unavailable,
        ),
        (Answer(json={"id": "x", "status": "error", "error": "no speech model"}), "no speech model", Unavailable),
        (Answer(json={"id": "x", "status": "failed"}), "failed", Unavailable),
        (Answer(json={"id": "x", "status": "cancelled"}), "failed", Unavailable),
        (Answer(json={"id": "x", "status": "dancing"}), "dancing", MalformedReply),
        (Answer(json={"id": "x"}), "none", MalformedReply),
        (Answer(json={"id": "x", "status": "completed"}), "no transcript", MalformedReply),
        (Answer(json={"id": "x", "status": "completed", "result": {}}), "no transcript", MalformedReply),
        (
            Answer(json={"status": "completed", "result": {"results": {"channels": []}}}),
            "no transcript",
            MalformedReply,
        ),
        (Answer(json={"status": "completed", "result": {"text": 7}}), "no transcript", MalformedReply),
        (Answer.refusing(404, "No generation"), "404", NotFound),
        (Answer(body="<html>", content_type="text/html"), "unexpected", MalformedReply),
    ],
)
async def test_a_job_that_fails_is_an_error_that_names_it(upstream, service, recording, answer, words, error):
    """C74, C50: a failed job, an unknown status, a 404, HTML, a finished job without its transcript."""
    upstream.plan("job", JOB)
    upstream.plan("poll", pending(), answer)
    with pytest.raises(error, match=words) as failed:
        await service.transcribe(route(upstream), audio=recording)
    assert "job-77" in failed.value.sentence
    assert failed.value.remedy
    assert len(upstream.calls_to("poll")) == 2


async def test_one_502_among_the_polls_is_ridden_out_and_two_in_a_row_are_not(upstream, service, recording):
    """C74."""
    upstream.plan("poll", Answer.refusing(502, "Bad Gateway"))
    assert (await service.transcribe(route(upstream), audio=recording)).text
    upstream.plan("job", JOB)
    upstream.plan("poll", Answer.refusing(502, "Bad Gateway"), Answer.refusing(502, "Bad Gateway"))
    with pytest.raises(Unavailable, match="502") as failed:
        await service.transcribe(route(upstream), audio=recording)
    assert "job-77" in failed.value.sentence


async def test_a_job_that_never_ends_is_given_up_with_its_name(upstream, recording):
    """C73."""
    transport = Transport(Limits(connect=2, total_job=2))
    upstream.plan("job", JOB)
    upstream.always("poll", pending())
    start = time.monotonic()
    with pytest.raises(Unreachable, match="not finished") as failed:
        await TranscriptionService(transport, Fetcher()).transcribe(route(upstream), audio=recording)
    assert "job-77" in failed.value.sentence
    assert time.monotonic() - start < 6
    await transport.close()


async def test_who_stops_waiting_stops_the_polls(upstream, service, recording):
    """C73: as when the tab closes."""
    upstream.always("poll", pending())
    polled = asyncio.Event()

    def told(words):
        if words.startswith("Waiting"):
            polled.set()

    waiting = asyncio.create_task(service.transcribe(route(upstream), audio=recording, progress=told))
    await polled.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    asked = len(upstream.calls)
    await asyncio.sleep(0.2)
    assert len(upstream.calls) <= asked + 1


async def test_a_job_is_told_as_soon_as_it_is_accepted_and_can_be_resumed_by_its_id(upstream, service, recording):
    """What a page needs to pick a job up again after a reload: the recording is not sent a second time."""
    upstream.always("poll", pending())
    job = asyncio.get_running_loop().create_future()
    left = asyncio.create_task(service.transcribe(route(upstream), audio=recording, accepted=job.set_result))
    name = await asyncio.wait_for(job, 10)
    left.cancel()
    with pytest.raises(asyncio.CancelledError):
        await left
    upstream.always("poll", None)
    told = []
    transcript = await service.resume(route(upstream), f" {name} ", language="en", progress=told.append)
    assert (transcript.text, transcript.job_id) == ("hello there", name)
    assert transcript.language == "en"
    assert transcript.duration == 11.4
    assert len(upstream.calls_to("job")) == 1


@pytest.mark.parametrize("dialect", ["v1", "seed"])
async def test_a_job_is_resumed_in_the_form_of_its_endpoint(upstream, service, dialect):
    upstream.plan("poll", Answer(json={"id": "x", "status": "completed", "output": {"text": "Hello."}}))
    assert (await service.resume(route(upstream, dialect=dialect), "x")).text == "Hello."
    assert [call.path for call in upstream.calls] == [{"v1": "/v1/stt/x", "seed": "/stt/x"}[dialect]]


async def test_a_job_that_nobody_knows_any_more_is_said_with_its_name(upstream, service):
    """C74: a 404 on the poll."""
    with pytest.raises(NotFound, match="job gone-1"):
        await service.resume(route(upstream), "gone-1")


@pytest.mark.parametrize("name", ["", "  ", ".", "..", "... ", "../../v2/billing", "a/../b", "a\nb", "\0", "x" * 201])
async def test_what_can_be_no_id_of_a_job_is_not_asked_for(upstream, service, name):
    with pytest.raises(InvalidInput):
        await service.resume(route(upstream), name)
    assert upstream.calls == []


@pytest.mark.parametrize("name", ["a/b?c=d#e", "%2e%2e", "?x=1", "#", "/"])
async def test_a_job_id_from_a_browser_can_not_reach_another_path(upstream, service, name):
    with pytest.raises(ServiceError):
        await service.resume(route(upstream), name)
    assert all(call.path.startswith("/v1/stt/") and not call.query for call in upstream.calls)


async def test_a_resumed_job_keeps_the_total_limit(upstream):
    """C73: at most the total limit, the job's id shown."""
    transport = Transport(Limits(connect=2, total_job=1))
    upstream.always("poll", pending())
    with pytest.raises(Unreachable, match=r"not finished.*job-9"):
        await TranscriptionService(transport, Fetcher()).resume(route(upstream), "job-9")
    await transport.close()


async def test_500_megabytes_are_refused_without_being_read(upstream, service, tmp_path):
    """C48: early, with the limit in the text, and without a copy on the disk or in memory."""
    import tracemalloc

    with (tmp_path / "long.wav").open("wb") as file:
        file.truncate(500_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(InvalidInput, match="500 MB; 25 MB is the limit"):
            await service.transcribe(route(upstream), audio=tmp_path / "long.wav")
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()
    assert [path.name for path in tmp_path.iterdir()] == ["long.wav"]
    assert upstream.calls == []


async def test_eight_channels_at_192_kilohertz_are_sent_and_their_length_is_counted(upstream, service, tmp_path):
    """C49: handled; a header that claims 4 GB does not set the length."""
    data = bytearray(wav(numpy.zeros((19_200, 8)), 192_000))
    struct.pack_into("<I", data, data.index(b"data") + 4, 4_000_000_000)
    (tmp_path / "a.wav").write_bytes(data)
    upstream.plan("poll", Answer(json={"status": "completed", "result": {"text": "Hello."}}))
    transcript = await service.transcribe(route(upstream), audio=tmp_path / "a.wav")
    assert transcript.duration == pytest.approx(0.1)


@pytest.mark.parametrize(
    "name", ["../../x.wav", "x" * 200 + ".wav", "\u202egnp.wav", "CON.wav", 'a"b;c.wav', "a\nb.wav", "<b>.wav"]
)
async def test_a_file_name_does_not_leave(upstream, service, tmp_path, name):
    """C61: the upstream is given a name of ours, safe in headers."""
    (tmp_path / "x" / "y").mkdir(parents=True)
    path = tmp_path / "x" / "y" / name
    path.write_bytes(tone())
    await service.transcribe(route(upstream), audio=path)
    assert upstream.calls_to("job")[0].files["audio"].name == "recording.wav"


async def test_half_a_character_in_a_transcript_can_be_written_down(upstream, service, recording):
    """C57: JSON can spell it, no file can hold it."""
    body = r'{"status": "completed", "result": {"text": "a\ud800b\u0000"}}'
    upstream.plan("poll", Answer(body=body, content_type="application/json"))
    assert (await service.transcribe(route(upstream), audio=recording)).text == "a?b"


async def test_a_job_with_a_strange_name_can_not_reach_another_path(upstream, service, recording):
    upstream.plan("job", Answer(json={"generation_id": "../../v2/billing?x=1"}))
    with pytest.raises(ServiceError):
        await service.transcribe(route(upstream), audio=recording)
    assert upstream.calls_to("billing") == []


async def test_a_reply_with_neither_job_nor_transcript_is_malformed(upstream, service, recording):
    """C50."""
    upstream.plan("job", Answer(json={"hello": "there"}), Answer(json={"error": {"message": "no such thing"}}))
    with pytest.raises(MalformedReply, match="neither"):
        await service.transcribe(route(upstream), audio=recording)
    with pytest.raises(Unavailable, match="no such thing"):
        await service.transcribe(route(upstream), audio=recording)


@pytest.mark.parametrize(
    "result",
    [
        {"text": ""},
        {"text": None, "words": []},
        {"results": {"channels": [{"alternatives": [{"transcript": "", "words": []}]}]}},
    ],
)
async def test_silence_is_a_result(upstream, service, recording, result):
    """C50."""
    upstream.plan("poll", Answer(json={"status": "completed", "result": result}))
    transcript = await service.transcribe(route(upstream), audio=recording)
    assert (transcript.text, transcript.segments) == ("", ())
    assert transcript.duration == pytest.approx(0.5)


async def test_a_text_without_times_is_one_segment_as_long_as_the_recording(upstream, service, recording):
    upstream.plan("poll", Answer(json={"status": "completed", "result": {"text": "Hello there."}}))
    [segment] = (await service.transcribe(route(upstream), audio=recording)).segments
    assert (segment.start, segment.end, segment.text) == (0, pytest.approx(0.5), "Hello there.")


async def test_parameters_a_model_ignores_are_named(upstream, service, recording):
    transcript = await service.transcribe(route(upstream, GPT), audio=recording, language="en", diarize=True)
    assert transcript.ignored == ("diarize",)


async def test_a_notice_of_the_engine_reaches_the_person(upstream, service, recording):
    result = {**deepgram([word("hi", 0)]), "metadata": {"duration": 1, "notice": "One speaker only."}}
    upstream.plan("poll", Answer(json={"status": "completed", "result": result}))
    transcript = await service.transcribe(route(upstream, WHISPER, embedded=True), audio=recording, diarize=True)
    assert (transcript.notice, transcript.run.notice) == ("One speaker only.", "One speaker only.")
    assert transcript.run.cost.kind == "free"


async def test_cost_comes_from_the_headers_or_the_prices(upstream, service, recording):
    upstream.plan("job", Answer(json={"generation_id": "x"}, headers={"x-aimlapi-usd-spent": "0.002"}))
    upstream.plan("poll", Answer(json={"status": "completed", "result": {"text": "Hello."}}))
    run = (await service.transcribe(route(upstream), audio=recording)).run
    assert (run.cost.usd, run.cost.kind) == (0.002, "billed")
    priced = Model("nova-3", "transcription", prices=(Price("minute", 0.6),))
    upstream.plan("poll", Answer(json={"status": "completed", "result": {"text": "Hello."}}))
    run = (await service.transcribe(route(upstream, priced), audio=recording)).run
    assert (run.cost.usd, run.cost.kind) == (pytest.approx(0.005), "estimated")


async def test_a_connection_that_breaks_is_not_paid_for_twice(service, recording):
    """C22."""
    with RawUpstream(reset_at_once) as broken:
        with pytest.raises(Unreachable):
            await service.transcribe(Route(Endpoint.at(broken.root, dialect="v1"), NOVA), audio=recording)
        assert len(broken.lines) == 1


async def test_a_wait_before_a_job_is_accepted_is_told(upstream, service, recording):
    """C08: a countdown, never a silent wait."""
    upstream.plan("job", Answer.refusing(429, "slow down", headers={"retry-after": "2"}))
    told = []
    assert (await service.transcribe(route(upstream), audio=recording, progress=told.append)).text
    assert any(re.search(r"\d s|second", words) for words in told)
    assert len(upstream.calls_to("job")) == 2


async def test_no_credit_is_said(upstream, service):
    upstream.always("job", Answer.refusing(403, "You have run out of credits"))
    with pytest.raises(OutOfCredit):
        await service.transcribe(route(upstream), url=ADDRESS)


def deepgram(words, **more):
    best = {"transcript": " ".join(word["word"] for word in words), "words": words, **more}
    return {"results": {"channels": [{"alternatives": [best]}]}}


def word(text, start, end=None, **more):
    return {"word": text, "start": start, "end": start + 0.3 if end is None else end, **more}


def test_channels_may_be_an_object():
    inside = {"alternatives": [{"transcript": "Hi.", "words": []}]}
    for channels in ([inside], inside, {"0": inside}):
        assert heard({"results": {"channels": channels}}).text == "Hi."


def test_words_become_segments_at_sentence_ends_pauses_and_other_speakers():
    said = deepgram(
        [
            word("hello", 0.0, punctuated_word="Hello."),
            word("and", 0.4),
            word("then", 2.0),
            word("yes", 2.4, speaker=1),
        ]
    )
    assert [segment.text for segment in heard(said).segments] == ["Hello.", "and", "then", "yes"]
    assert heard(said).segments[-1].speaker == "Speaker 2"


def test_a_segment_of_words_is_not_longer_than_12_seconds():
    said = deepgram([word("and", at * 0.5, at * 0.5 + 0.4) for at in range(100)])
    assert all(segment.end - segment.start <= 12 for segment in heard(said).segments)


def test_utterances_come_before_paragraphs_and_paragraphs_before_words():
    words = [word("hello", 0.0, speaker=0), word("there", 0.4, speaker=0)]
    sentences = [{"text": "Hello there.", "start": 0, "end": 0.7}]
    said = deepgram(words, paragraphs={"paragraphs": [{"speaker": 0, "sentences": sentences}]})
    assert [(one.text, one.speaker) for one in heard(said).segments] == [("Hello there.", "Speaker 1")]
    said["results"]["utterances"] = [{"transcript": "Hello, there!", "start": 0, "end": 0.7, "speaker": 1}]
    assert [(one.text, one.speaker) for one in heard(said).segments] == [("Hello, there!", "Speaker 2")]


def test_milliseconds_and_seconds_are_told_apart():
    words = [{"text": "Hello", "start": 300, "end": 600, "speaker": "A"}]
    turns = [{"text": "Hello", "start": 300, "end": 600, "speaker": "A"}]
    for duration in ({}, {"audio_duration": 11}):
        found = heard({"text": "Hello", "words": words, "utterances": turns, **duration})
        assert (found.words[0].start, found.words[0].end, found.words[0].speaker) == (0.3, 0.6, "Speaker A")
        assert found.segments[0].end == 0.6
    timed = {
        "text": "Hi",
        "duration": 3.0,
        "segments": [{"start": 0, "end": 2, "text": " Hi"}],
        "words": [word("Hi", 0)],
    }
    assert heard(timed).segments[0].end == 2
    late = deepgram([word("late", 590, 591)])
    assert heard(late).words[0].start == 590


def test_two_channels_are_two_lines():
    channels = [{"alternatives": [{"transcript": text, "words": [word(text, at)]}]} for at, text in enumerate("ab")]
    found = heard({"results": {"channels": channels}})
    assert (found.text, [one.text for one in found.words]) == ("a\nb", ["a", "b"])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["text", "words", "results", "channels", "alternatives", "transcript", "start", "end", "word", "speaker",
         "utterances", "segments", "result", "output", "metadata", "duration", "audio_duration", "paragraphs"]
    ), inner, max_size=6),
    max_leaves=25,
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(["result", "output", "results", "text", "words", "utterances"]), JSON))
def test_whatever_a_reply_holds_it_is_a_transcript_or_a_malformed_reply(said):
    try:
        found = heard(said)
    except MalformedReply:
        return
    assert all(0 <= one.start <= one.end < math.inf for one in (*found.words, *found.segments))
    json.dumps([found.text, found.language, found.duration], allow_nan=False)


@pytest.mark.live
@pytest.mark.parametrize("name", ["#g1_nova-2-general", "openai/gpt-4o-mini-transcribe", "aai/universal"])
async def test_the_real_api_listens(own_pace, name, tmp_path):
    owner = Settings()
    endpoint = Endpoint.at(owner.api_base or DEFAULT_BASE, owner.api_key, owner.api_dialect)
    transport = Transport()
    (tmp_path / "tone.wav").write_bytes(tone(seconds=2))
    transcript = await TranscriptionService(transport, Fetcher()).transcribe(
        Route(endpoint, Model(name, "transcription")), audio=tmp_path / "tone.wav"
    )
    assert transcript.duration > 0
    await transport.close()
