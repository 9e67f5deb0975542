"""Speech, from the text to the file, against a scripted upstream in both published forms."""

import base64
import errno
import json
import struct
import threading
import time
from pathlib import Path

import openai  # noqa: F401  (before any clock runs: its import takes a while)
import pytest
import soundfile
from pydantic import SecretStr
from upstream import Answer, RawUpstream, tone
from upstream.contract import assert_published, published
from upstream.raw import reset_at_once, short_body

from services.catalog import Model, Price
from services.endpoint import DEFAULT_BASE, Endpoint
from services.errors import InvalidInput, MalformedReply, OutOfCredit, ServiceError, Unreachable
from services.fetch import Fetcher
from services.limits import Limits
from services.routes import Route
from services.settings import Settings
from services.speech import SpeechService
from services.transport import Transport

AURA = Model("deepgram/aura-2", "speech")
OPENAI = Model("openai/tts-1", "speech")
ELEVEN = Model("elevenlabs/eleven_turbo_v2_5", "speech")
SEED = Model("#g1_aura-asteria-en", "speech")
HIBARI = Model("embedded/hibari", "speech", voices=("heart",))


@pytest.fixture
async def service(tmp_path):
    transport = Transport(Limits(connect=2, first_byte_media=20, total_media=20))
    yield SpeechService(transport, Fetcher(transport.limits), tmp_path)
    await transport.close()


def route(upstream, model=AURA, dialect="auto", **more):
    return Route(Endpoint.at(upstream.base, dialect=dialect, **more), model)


@pytest.mark.parametrize("dialect", ["auto", "v1", "seed"])
@pytest.mark.parametrize("model", [AURA, OPENAI, ELEVEN, SEED, HIBARI])
async def test_a_text_becomes_a_sound_file(upstream, service, dialect, model):
    speech = await service.synthesize(route(upstream, model, dialect), "Hello there.")
    assert soundfile.info(speech.path).duration == pytest.approx(0.5, abs=0.1)
    assert speech.seconds == pytest.approx(0.5, abs=0.1)
    assert (speech.sample_rate, speech.run.model) == (16_000, model.id)
    assert speech.path.suffix == f".{speech.format}"
    assert speech.path.parent == service._folder


async def test_a_server_of_the_old_form_only_is_found_out(upstream_seed, service):
    assert (await service.synthesize(route(upstream_seed), "Hello there.")).format == "wav"


async def test_only_documented_fields_leave(upstream, service):
    await service.synthesize(route(upstream, OPENAI), "Hello.", voice="nova", speed=9, format="mp3")
    [call] = upstream.calls_to("speech")
    assert_published(call.json, "speech", "request")
    assert call.json == {
        "model": "openai/tts-1",
        "text": "Hello.",
        "voice": "nova",
        "speed": 4.0,
        "response_format": "mp3",
    }


async def test_the_url_of_a_reply_is_fetched_without_the_key(upstream, service):
    await service.synthesize(Route(Endpoint.at(upstream.base, key=SecretStr("sk-canary")), OPENAI), "Hello.")
    assert [call.key for call in upstream.calls_to("speech")] == ["sk-canary"]
    assert [call.headers.get("authorization") for call in upstream.calls_to("media")] == [None]


@pytest.mark.parametrize("kind", ["WAV", "MP3", "FLAC", "OGG"])
@pytest.mark.parametrize("label", ["audio/wav", "application/octet-stream", "text/html", "application/json"])
async def test_the_bytes_decide_the_format_and_stay_as_they_are(upstream, service, kind, label):
    """C52."""
    data = tone(kind)
    upstream.plan("speech", Answer(body=data, content_type=label))
    speech = await service.synthesize(route(upstream), "Hello.")
    assert speech.format == kind.lower()
    assert speech.path.read_bytes() == data


@pytest.mark.parametrize("case", [name for name, it in published("speech")["examples"].items() if "response" in it])
async def test_every_published_envelope_gives_its_sound(upstream, service, case):
    text = json.dumps(published("speech")["examples"][case]["response"])
    upstream.plan("speech", Answer(json=json.loads(text.replace("https://cdn.example/", f"{upstream.root}/media/"))))
    assert (await service.synthesize(route(upstream), "Hello.")).seconds > 0


WAV_64 = base64.b64encode(tone()).decode()


@pytest.mark.parametrize(
    "reply",
    [
        {"audio": {"data": WAV_64, "mime_type": "audio/wav"}},
        {"audio": f"data:audio/wav;base64,{WAV_64}"},
        {"audio": WAV_64.rstrip("=")},
        {"audio_url": "URL"},
        {"url": "URL"},
        {"data": [{"url": "URL"}]},
        {"output": {"audio": {"url": "URL"}}},
    ],
)
async def test_every_other_shape_that_was_seen_gives_its_sound(upstream, service, reply):
    reply = json.loads(json.dumps(reply).replace("URL", f"{upstream.root}/media/redirect/speech.mp3"))
    upstream.plan("speech", Answer(json=reply))
    assert (await service.synthesize(route(upstream), "Hello.")).seconds > 0


@pytest.mark.parametrize("placeholder", [0, 0xFFFFFFFF])
async def test_a_streamed_wav_gets_its_true_size(upstream, service, placeholder):
    data = bytearray(tone())
    struct.pack_into("<I", data, 4, placeholder)
    struct.pack_into("<I", data, 40, placeholder)
    upstream.plan("speech", Answer(body=bytes(data), content_type="audio/wav"))
    assert (await service.synthesize(route(upstream), "Hello.")).path.read_bytes() == tone()


@pytest.mark.parametrize(
    ("model", "wanted", "label", "rate"),
    [
        (ELEVEN, "wav", "audio/wav", 24_000),
        (OPENAI, "pcm", "application/octet-stream", 24_000),
        (AURA, "", "audio/L16;rate=48000;channels=1", 48_000),
        (AURA, "", "audio/pcm", 24_000),
    ],
)
async def test_bare_samples_become_a_wav(upstream, service, model, wanted, label, rate):
    upstream.plan("speech", Answer(body=tone()[44:], content_type=label))
    speech = await service.synthesize(route(upstream, model), "Hello.", format=wanted)
    assert (speech.format, speech.sample_rate, speech.ignored) == ("wav", rate, ())
    assert speech.path.read_bytes()[44:] == tone()[44:]


@pytest.mark.parametrize(
    "answer",
    [
        Answer(json={"error": {"message": "no voice today"}}),
        Answer(json={"message": "no voice today"}),
        Answer(body=b'{"message": "no voice today"}', content_type="audio/wav"),
    ],
)
async def test_an_error_with_status_200_is_an_error_and_quoted(upstream, service, answer):
    """C51."""
    upstream.plan("speech", answer)
    with pytest.raises(MalformedReply, match="no voice today"):
        await service.synthesize(route(upstream), "Hello.")


@pytest.mark.parametrize(
    "answer",
    [
        Answer(body=b"", content_type="audio/wav"),
        Answer(body=b"<html>no</html>", content_type="text/html"),
        Answer(body=bytes(range(256)) * 20, content_type="audio/mpeg"),
        Answer(body=tone()[:20], content_type="audio/wav"),
        Answer(body=tone()[:-2000], content_type="audio/wav"),
        Answer(body=tone("FLAC", seconds=4)[:20_000], content_type="audio/flac"),
        Answer(body=tone()[:44], content_type="audio/wav"),
        Answer(json={"audio": None}),
        Answer(json={"id": "x", "status": "queued"}),
        Answer(json=["https://a.example"]),
        Answer(json={"audio": "not*base64"}),
        Answer(json={"audio": base64.b64encode(b"<html>no</html>").decode()}),
        Answer(body=b"Sorry, nothing to hear today, come back tomorrow.", content_type="audio/pcm"),
    ],
    ids=[
        *("empty", "html", "garbage", "half a header", "cut wav", "cut flac", "no samples", "null", "queued", "list"),
        *("no base64", "html in base64", "words as samples"),
    ],
)
async def test_a_reply_without_whole_sound_is_an_error_with_a_remedy(upstream, service, answer):
    """C53."""
    upstream.plan("speech", answer)
    with pytest.raises(MalformedReply) as error:
        await service.synthesize(route(upstream), "Hello.")
    assert error.value.remedy
    assert "<" not in error.value.sentence
    assert list(service._folder.iterdir()) == []


async def test_a_body_shorter_than_promised_is_an_error(service):
    """C53."""
    with RawUpstream(short_body(tone(), b"audio/wav")) as upstream, pytest.raises(ServiceError):
        await service.synthesize(Route(Endpoint.at(upstream.root, dialect="v1"), AURA), "Hello.")
    assert list(service._folder.iterdir()) == []


async def test_a_file_shorter_than_promised_is_an_error(upstream, service):
    with RawUpstream(short_body(tone(), b"audio/wav")) as media:
        upstream.plan("speech", Answer(json={"audio": {"url": f"{media.root}/a.wav"}}))
        with pytest.raises(ServiceError):
            await service.synthesize(route(upstream), "Hello.")


async def test_a_reply_can_not_send_us_to_a_private_place(upstream, service):
    """C51."""
    upstream.plan("speech", Answer(json={"audio": {"url": "https://169.254.169.254/a.wav"}}))
    with pytest.raises(MalformedReply, match="not allowed"):
        await service.synthesize(route(upstream), "Hello.")


async def test_a_full_disk_is_said_and_it_works_again_after(upstream, service, monkeypatch):
    """C71: no space while the clip is written."""
    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", _full)
        with pytest.raises(ServiceError, match="no space left") as error:
            await service.synthesize(route(upstream), "Hello.")
    assert error.value.remedy
    assert list(service._folder.iterdir()) == []
    assert (await service.synthesize(route(upstream), "Hello.")).path.exists()


def _full(path, data):
    raise OSError(errno.ENOSPC, "as planned")


async def test_the_loop_goes_on_while_sound_is_decoded(upstream, service, monkeypatch):
    """Heavy decoding is done in a thread."""
    import services.speech

    threads = []
    probe = services.speech.probe
    monkeypatch.setattr(
        services.speech, "probe", lambda *a, **k: (threads.append(threading.current_thread()), probe(*a, **k))[1]
    )
    await service.synthesize(route(upstream), "Hello.")
    assert threads
    assert threading.main_thread() not in threads


async def test_the_time_to_the_first_sound_is_measured_where_it_streams(upstream, service):
    halves = [tone()[:8000], tone()[8000:]]
    upstream.plan("speech", Answer(chunks=halves, content_type="audio/wav", first=0.2, pause=0.3))
    run = (await service.synthesize(route(upstream), "Hello.")).run
    assert run.first_token >= 0.2
    assert run.duration - run.first_token >= 0.25
    upstream.plan("speech", Answer(json={"audio": {"url": f"{upstream.root}/media/speech.wav"}}))
    assert (await service.synthesize(route(upstream), "Hello.")).run.first_token is None


async def test_a_notice_of_the_engine_reaches_the_person(upstream, service):
    upstream.plan("speech", Answer(body=tone(), headers={"x-aimlapi-notice": "English only."}))
    speech = await service.synthesize(route(upstream, HIBARI, embedded=True), "Bonjour.")
    assert (speech.notice, speech.run.notice) == ("English only.", "English only.")
    assert speech.run.cost.kind == "free"


async def test_another_format_than_the_wanted_one_is_named(upstream, service):
    upstream.plan("speech", Answer(body=tone()), Answer(body=tone("OGG")), Answer(body=tone("MP3")))
    assert (await service.synthesize(route(upstream, OPENAI), "Hello.", format="mp3")).ignored == ("format",)
    assert (await service.synthesize(route(upstream, OPENAI), "Hello.", format="opus")).ignored == ()
    assert (await service.synthesize(route(upstream, OPENAI), "Hello.", format="mp3")).ignored == ()


@pytest.mark.parametrize(
    ("model", "wanted", "voice"),
    [
        (OPENAI, None, "alloy"),
        (OPENAI, "nova", "nova"),
        (OPENAI, "Rachel", "alloy"),
        (SEED, None, "asteria"),
        (HIBARI, None, "heart"),
        (Model("nobody/knows", "speech"), None, ""),
    ],
)
async def test_who_spoke_is_said(upstream, service, model, wanted, voice):
    assert (await service.synthesize(route(upstream, model), "Hello.", voice=wanted)).voice == voice


async def test_cost_is_billed_estimated_or_unknown(upstream, service):
    priced = Model("deepgram/aura-2", "speech", prices=(Price("character", 0.001),))
    assert (await service.synthesize(route(upstream, OPENAI), "Hello.")).run.cost.usd == pytest.approx(0.00063)
    assert (await service.synthesize(route(upstream, priced), "Hello.")).run.cost.usd == pytest.approx(0.006)
    assert (await service.synthesize(route(upstream), "Hello.")).run.cost.kind == "unknown"


@pytest.mark.parametrize(
    ("model", "text", "more", "words"),
    [
        (AURA, "", {}, "no text"),
        (AURA, "\u200b \n", {}, "no text"),
        (OPENAI, "x" * 4097, {}, "4,097 characters; 4,096"),
        (AURA, "x" * 1_000_000, {}, "1,000,000 characters; 32,000"),
        (AURA, "Hello.", {"speed": float("nan")}, "no speed"),
        (AURA, "Hello.", {"speed": 0}, "no speed"),
    ],
)
async def test_nothing_is_sent_for_what_can_not_work(upstream, service, model, text, more, words):
    """C54, C55, C56: the limit and the count are in the sentence."""
    with pytest.raises(InvalidInput, match=words):
        await service.synthesize(route(upstream, model), text, **more)
    assert upstream.calls == []


async def test_a_refusal_is_asked_for_once(upstream, service):
    upstream.always("speech", Answer.refusing(403, "You have run out of credits"))
    with pytest.raises(OutOfCredit):
        await service.synthesize(route(upstream), "Hello.")
    assert len(upstream.calls) == 1


async def test_a_connection_that_breaks_is_an_error_and_soon(service):
    start = time.monotonic()
    with RawUpstream(reset_at_once) as broken, pytest.raises(Unreachable):
        await service.synthesize(Route(Endpoint.at(broken.root, dialect="v1"), AURA), "Hello.")
    assert time.monotonic() - start < 3


@pytest.mark.live
@pytest.mark.parametrize("name", ["#g1_aura-asteria-en", "openai/tts-1", "elevenlabs/eleven_turbo_v2_5"])
async def test_the_real_api_speaks(service, name):
    owner = Settings()
    endpoint = Endpoint.at(owner.api_base or DEFAULT_BASE, owner.api_key, owner.api_dialect)
    assert (await service.synthesize(Route(endpoint, Model(name, "speech")), "Hello there.")).seconds > 0.3
