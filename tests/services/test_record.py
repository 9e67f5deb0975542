"""What a run's record holds: the bytes that left, what came back, when; and no form of any key."""

from __future__ import annotations

import base64
import json
from contextlib import aclosing
from dataclasses import asdict
from urllib.parse import quote

import pytest
from pydantic import SecretStr, TypeAdapter
from running_page import hits
from upstream import Answer, tone
from upstream.answers import picture

from services import inspector
from services.blotter import Blotter
from services.catalog import Model
from services.chat import ChatService, Message, Parameters
from services.endpoint import Endpoint
from services.errors import ServiceError
from services.fetch import Fetcher
from services.image import ImageService
from services.limits import Limits
from services.record import BODY, CALLS, MASKED, REPLY, Record, bare
from services.retries import Manners
from services.routes import Route
from services.run import Run
from services.runs import Ended
from services.speech import SpeechService
from services.transcription import TranscriptionService
from services.transport import Transport

KEY = "sk-record-canary-5d20"
CHAT = Model("openai/gpt-4o-mini", "chat")
HI = [Message("user", "Say hi, it's 🎈.")]


@pytest.fixture
async def transport():
    made = Transport(Limits(connect=2, total_chat=9, total_media=9, total_job=20), Manners(first=0.01))
    yield made
    await made.close()


@pytest.fixture
def chat(transport):
    return ChatService(transport)


def route(upstream, model=CHAT, dialect="v1", **more):
    return Route(Endpoint.at(upstream.base, key=SecretStr(KEY), dialect=dialect, **more), model)


def told(it, run=None, broken=None):
    return inspector.told(Ended.of(it.model, it.endpoint, it.record, run, broken))


async def test_the_request_is_told_as_the_upstream_received_it_but_for_the_key(upstream, chat):
    it = route(upstream)
    said = await chat.complete(it, HI, Parameters("Be short.", temperature=0.5))
    [got], [exchange] = upstream.calls_to("chat"), it.record.exchanges
    assert exchange.body == got.raw
    assert exchange.size == len(got.raw)
    assert exchange.url == upstream.base + "/chat/completions"
    assert exchange.headers == {**got.headers, "authorization": MASKED}
    assert got.headers["authorization"] == f"Bearer {KEY}"
    assert said.run.record is it.record
    assert said.run.id == it.record.id


async def test_a_streams_reply_is_told_as_it_came(upstream, chat):
    it = route(upstream)
    said = await chat.complete(it, HI)
    [call] = told(it, said.run)["calls"]
    assert call["status"] == 200
    assert call["reply"].startswith("data: ")
    assert call["reply"].rstrip().endswith("data: [DONE]")
    assert call["reply_bytes"] == len(call["reply"].encode())
    assert call["reply_headers"]["x-request-id"] == "r1"


async def test_the_moments_of_a_call_follow_each_other(upstream, chat):
    upstream.scene.first_token, upstream.scene.rate = 0.1, 50
    it = route(upstream)
    it.record.admit()
    said = await chat.complete(it, HI)
    times = {line["name"]: (line["from"], line["to"]) for line in told(it, said.run)["timeline"]}
    assert list(times) == ["queue", "connect", "first byte", "tokens", "decode"]
    assert all(begin <= end for begin, end in times.values())
    assert times["connect"][1] == times["first byte"][0]
    assert times["first byte"][1] == times["tokens"][0]
    assert times["first byte"][1] - times["first byte"][0] >= 0.09
    assert times["tokens"][1] - times["tokens"][0] >= 0.05


async def test_a_call_on_a_connection_that_is_there_already_connects_to_nothing(upstream, transport, tmp_path):
    service, names = SpeechService(transport, Fetcher(), tmp_path), []
    for _ in range(2):
        it = route(upstream, Model("deepgram/aura-2", "speech"))
        await service.synthesize(it, "Hello.")
        names.append([line["name"] for line in told(it)["timeline"]])
    assert "connect" in names[0]
    assert "connect" not in names[1]


async def test_an_answer_that_is_stopped_leaves_what_had_come(upstream, chat):
    it = route(upstream, Model("scripted/endless", "chat"))
    async with aclosing(chat.stream(it, HI)) as snapshots:
        async for snapshot in snapshots:
            if snapshot.text:
                break
    [call] = told(it, snapshot.run, GeneratorExit())["calls"]
    assert "data: " in call["reply"]
    assert told(it, None, GeneratorExit())["failure"]["kind"] == "Stopped"


async def test_every_sending_of_a_call_is_there_with_the_reason_of_the_next(upstream, chat):
    upstream.plan("chat", Answer.refusing(429, "slow down"))
    it = route(upstream)
    said = await chat.complete(it, HI)
    found = told(it, said.run)
    assert [call["status"] for call in found["calls"]] == [429, 200]
    assert found["calls"][0]["reply"]["message"] == "slow down"
    assert [attempt["status"] for attempt in found["attempts"]] == [429, 0]
    assert "slow down" in found["attempts"][0]["reason"]


async def test_who_could_not_be_reached_is_told_with_what_would_have_been_sent(chat):
    it = Route(Endpoint.at("http://127.0.0.1:9/v1", SecretStr(KEY), "v1"), CHAT)
    with pytest.raises(ServiceError) as caught:
        await chat.complete(it, HI)
    found = told(it, None, caught.value)
    assert found["failure"]["kind"] == "Unreachable"
    assert found["calls"][0]["request_body"]["messages"][-1]["content"] == HI[0].content
    assert found["calls"][0]["status"] == 0
    assert found["calls"][0]["reply"] is None


@pytest.mark.parametrize("status", [200, 201, 400, 401, 500])
async def test_a_key_that_the_upstream_echoes_is_in_no_record(upstream, chat, status):
    echo = f"{KEY} {KEY[::-1]} {base64.b64encode(KEY.encode()).decode()} {quote(KEY)} {KEY[:14]}…"
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in KEY)
    body = f'{{"echo": {json.dumps(echo)}, "choices": [{{"message": {{"content": "{escaped}"}}}}]}}'
    headers = {"x-request-id": "r", "x-aimlapi-echo": KEY, "etag": KEY[::-1]}
    upstream.always("chat", Answer(status=status, body=body, content_type="application/json", headers=headers))
    it = route(upstream)
    broken = None
    try:
        await chat.complete(it, [Message("user", f"My key is {KEY}, is that bad?")])
    except ServiceError as error:
        broken = error
    found = json.dumps(told(it, None, broken), ensure_ascii=False)
    assert "[key]" in found
    assert hits(found, KEY) == []
    assert hits(repr([vars(exchange) for exchange in it.record.exchanges]), KEY) == []
    assert KEY in upstream.calls[-1].raw.decode(), "the visitor's own words are sent as they are"


async def test_a_key_at_the_end_of_what_is_kept_is_not_cut_in_two(upstream, chat):
    text = "x" * (REPLY - 140)
    upstream.plan("chat", Answer(json={"choices": [], "text": text + KEY * 9}))
    it = route(upstream)
    with pytest.raises(ServiceError):
        await chat.complete(it, HI)
    it.record.seal(Blotter(KEY))
    kept = b"".join(it.record.exchanges[0].reply)
    assert len(kept) <= REPLY
    assert KEY[:8].encode() not in kept


@pytest.mark.parametrize("inline", [False, True])
async def test_a_picture_is_told_by_its_kind_and_size(upstream, transport, tmp_path, inline):
    upstream.scene.inline = inline
    it = route(upstream, Model("openai/gpt-image-1", "image"))
    made = await ImageService(transport, Fetcher(), tmp_path).generate(it, "a boat", size="1024x1024")
    asked, *fetched = told(it, made.run)["calls"]
    if inline:
        assert asked["reply"]["data"][0]["b64_json"]["$media"].startswith("image/png, ")
    else:
        assert [call["method"] for call in fetched] == ["GET"]
        assert fetched[0]["reply"]["$media"].startswith("image/png, ")
        assert fetched[0]["reply_bytes"] == made.images[0].path.stat().st_size
        assert "authorization" not in {name.lower() for name in fetched[0]["request_headers"]}


async def test_a_reply_of_megabytes_is_told_short(upstream, transport, tmp_path):
    data = picture("large", (1400, 1400)) + bytes(3_000_000)
    upstream.plan("image", Answer(json={"data": [{"b64_json": base64.b64encode(data).decode()}], "created": 1}))
    it = route(upstream, Model("openai/gpt-image-1", "image"))
    made = await ImageService(transport, Fetcher(), tmp_path).generate(it, "a boat")
    [asked] = told(it, made.run)["calls"]
    assert asked["reply"] == {"data": [{"b64_json": {"$media": "image/png, 3.0 MB"}}], "created": 1}
    assert asked["reply_bytes"] > 4_000_000
    assert it.record.weight < 10_000


async def test_sound_is_told_by_its_kind_and_size(upstream, transport, tmp_path):
    it = route(upstream, Model("deepgram/aura-2", "speech"))
    spoken = await SpeechService(transport, Fetcher(), tmp_path).synthesize(it, "Hello.")
    [asked] = told(it, spoken.run)["calls"]
    assert asked["reply"] == {"$media": "audio/wav, 16 kB"}
    assert it.record.weight < 10_000


async def test_a_recording_is_told_part_by_part_and_each_poll_by_itself(upstream, transport, tmp_path):
    clip = tmp_path / "a.wav"
    clip.write_bytes(tone())
    it = route(upstream, Model("#g1_nova-2-general", "transcription"))
    heard = await TranscriptionService(transport, Fetcher()).transcribe(it, audio=clip, language="en")
    sent, *polls = told(it, heard.run)["calls"]
    [got] = upstream.calls_to("job")
    *fields, file = sent["parts"]
    assert {part["name"]: part["text"] for part in fields} == got.form
    assert file["name"] == "audio"
    assert (file["filename"], file["media_type"]) == (got.files["audio"].name, got.files["audio"].media_type)
    assert (file["bytes"], file["text"]) == (len(got.files["audio"].data), None)
    assert sent["request_body"] is None
    assert sent["request_bytes"] == len(got.raw)
    assert [poll["reply"]["status"] for poll in polls] == ["generating", "completed"]
    assert all(poll["url"].startswith(f"{upstream.base}/stt/") for poll in polls)


def test_a_long_job_keeps_its_first_calls_and_its_last():
    record = Record()
    for number in range(100):
        record.sending("GET", f"http://127.0.0.1/{number}", {})
    assert len(record.exchanges) == CALLS
    assert record.exchanges[0].url.endswith("/0")
    assert record.exchanges[-1].url.endswith("/99")


def test_a_request_beyond_what_is_kept_is_counted_only():
    exchange = Record().sending("POST", "http://127.0.0.1/", {}, b"x" * (BODY + 1))
    assert (exchange.body, exchange.size) == (None, BODY + 1)


def test_a_password_within_a_base_url_is_not_kept():
    assert bare("https://name:secret@example.com:8443/v1/tts?a=b") == "https://example.com:8443/v1/tts?a=b"


def test_what_a_page_keeps_of_a_run_and_sends_back_has_no_record():
    record = Record()
    run = Run("m", "here", id=record.id, record=record)
    adapter = TypeAdapter(Run)
    kept = adapter.dump_python(run, mode="json", exclude_defaults=True)
    assert "record" not in kept
    assert adapter.validate_python(kept) == run
    assert adapter.validate_python({**kept, "record": {"id": "made up"}}).record is None
    assert "record" not in run.plain
    assert run == Run("m", "here", id=record.id)
    assert "Record" not in repr(run)
    assert run.plain.keys() == asdict(run).keys() - {"record"}


def test_a_record_says_how_long_ago_it_ended():
    record = Record()
    assert record.age == 0
    record.seal(SecretStr(""))
    assert record.ended
    record.ended -= 2.5
    assert 2.5 <= record.age < 3.5
