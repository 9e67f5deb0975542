"""What leaves our client is as published, for every bundled model in both forms; and the check itself can fail."""

import base64
import itertools

import pytest
from contract_check import assert_published, differences, example, published
from pydantic import SecretStr
from upstream import Answer, Upstream, picture, tone

from services import transcription
from services.catalog import Model
from services.chat import ChatService, Message, Parameters
from services.endpoint import Endpoint
from services.fetch import Fetcher
from services.image import ImageService
from services.routes import Route
from services.rows import bundled
from services.speech import SpeechService
from services.transcription import TranscriptionService
from services.transport import Transport

MODELS = bundled()
FORMS = ("v1", "seed")


@pytest.fixture
async def transport():
    transport = Transport()
    yield transport
    await transport.close()


@pytest.fixture(params=FORMS)
def asked(request):
    """An upstream of one form, which refuses what is not published."""
    with Upstream({request.param}, inline=True) as running:
        yield running


def route(upstream: Upstream, model: Model) -> Route:
    dialect = "v1" if "v1" in upstream.forms else "seed"
    return Route(Endpoint.at(upstream.base, SecretStr("key"), dialect), model)


def sent(upstream: Upstream):
    """The one call that arrived since; nothing in its body is null, and no seed or top_p is 0."""
    (call,) = [call for call in upstream.calls if call.task not in ("poll", "media", "models")]
    upstream.calls.clear()
    assert None not in call.fields.values()
    assert 0 not in (call.fields.get("seed"), call.fields.get("top_p"))
    return call


# What our client sends


@pytest.mark.parametrize(
    "wanted",
    [Parameters(), Parameters("Be brief.", 1.7, 0.0, 99, 0), Parameters("Be brief.", 0.0, 1.0, 1_000_000, 7)],
    ids=["defaults", "lowest", "highest"],
)
async def test_the_chat_calls_of_all_models_are_as_published(transport, asked, wanted):
    history = [
        Message("user", "hi"),
        Message("assistant", "hello"),
        Message("user", "", ("data:image/png;base64,aGk=",)),
    ]
    for model in MODELS["chat"]:
        await ChatService(transport).complete(route(asked, model), history, wanted)
        call = sent(asked)
        assert_published(call.json, "chat", "request")
        assert call.json["max_tokens"] >= 1
        assert call.json.get("top_p", 1) >= 0.01


@pytest.mark.parametrize("wanted", [{}, {"size": "512x768", "n": 2, "seed": 0, "negative_prompt": "fog"}, {"seed": 7}])
async def test_the_picture_calls_of_all_models_are_as_published(transport, asked, wanted, tmp_path):
    for model in MODELS["image"]:
        await ImageService(transport, Fetcher(), tmp_path).generate(route(asked, model), "a boat", **wanted)
        assert_published(sent(asked).json, "image", "request")


@pytest.mark.parametrize("wanted", [{}, {"speed": 9.0}, {"voice": "nobody", "speed": 0.1}, {"format": "wav"}])
async def test_the_speech_calls_of_all_models_are_as_published(transport, asked, wanted, tmp_path):
    for model in MODELS["speech"]:
        await SpeechService(transport, Fetcher(), tmp_path).synthesize(route(asked, model), "hello", **wanted)
        assert_published(sent(asked).json, "speech", "request")


@pytest.mark.parametrize("wanted", [{}, {"language": "en", "diarize": True}])
async def test_the_transcription_calls_of_all_models_are_as_published(transport, wanted, tmp_path, monkeypatch):
    monkeypatch.setattr(transcription, "PACE", (0.01,))
    recording = tmp_path / "a.wav"
    recording.write_bytes(tone())
    for form, model in itertools.product(FORMS, MODELS["transcription"]):
        with Upstream({form}, polls=0) as upstream:
            heard = await TranscriptionService(transport, Fetcher()).transcribe(
                route(upstream, model), audio=recording, **wanted
            )
            call = sent(upstream)
        assert heard.text.lower().startswith("hello there")
        assert_published(dict(call.form), "transcription", "request")
        # Sources disagree on the name of the file part; these two models document `file`.
        assert list(call.files) == ["file" if "gpt-4o" in model.id else "audio"]


@pytest.mark.parametrize("form", FORMS)
async def test_the_published_chat_call_is_sent_to_the_letter(transport, form):
    with Upstream({form}) as upstream:
        model = next(model for model in MODELS["chat"] if model.id == "openai/gpt-4o-mini")
        await ChatService(transport).complete(route(upstream, model), [Message("user", "Say hi.")])
        call = sent(upstream)
    assert call.path == published("chat")["paths"][form]
    assert call.json == example("chat", "stream")["request"]


async def test_the_published_picture_call_is_sent_to_the_letter(transport, upstream, tmp_path):
    request = example("image", "v1")["request"]
    model = next(model for model in MODELS["image"] if model.id == request["model"])
    images = ImageService(transport, Fetcher(), tmp_path)
    upstream.plan("image", Answer.refusing(503, "only the request matters"))
    with pytest.raises(Exception, match="503"):
        await images.generate(route(upstream, model), request["prompt"], size="1024x768")
    call = sent(upstream)
    assert call.path == published("image")["paths"]["v1"]
    assert call.json == request


@pytest.mark.parametrize(
    ("case", "form", "wanted"),
    [
        ("v1 url", "v1", {"voice": "alloy", "format": "mp3"}),
        ("v1 bytes", "v1", {"voice": "thalia", "format": "wav"}),
        ("seed", "seed", {}),
    ],
)
async def test_the_published_speech_call_is_sent_to_the_letter(transport, case, form, wanted, tmp_path):
    request = example("speech", case)["request"]
    model = next(model for model in MODELS["speech"] if model.id == request["model"])
    with Upstream({form}, inline=True) as upstream:
        await SpeechService(transport, Fetcher(), tmp_path).synthesize(
            route(upstream, model), request["text"], **wanted
        )
        call = sent(upstream)
    assert call.path == published("speech")["paths"][form]
    assert call.json == request


# What our client reads


@pytest.mark.parametrize(
    "case", ["stream", "stream with the usage alone", "stream that thinks and ends without DONE", "whole", "legacy"]
)
async def test_every_published_chat_answer_is_read(transport, upstream, case):
    said = example("chat", case)
    answer = (
        Answer.streaming(said["lines"]) if "lines" in said else Answer(status=said["status"], json=said["response"])
    )
    upstream.plan("chat", answer)
    completion = await ChatService(transport).complete(route(upstream, MODELS["chat"][0]), [Message("user", "hi")])
    assert completion.text == said.get("text", "Hi")
    assert completion.run.usage.total_tokens


@pytest.mark.parametrize("case", ["v1 url", "v1 url as text", "v1 url with facts"])
async def test_every_published_speech_envelope_is_read(transport, upstream, case, tmp_path):
    said = example("speech", case)["response"]
    url = f"{upstream.root}/media/s.wav"
    audio = url if isinstance(said["audio"], str) else {**said["audio"], "url": url}
    upstream.plan("speech", Answer(json={**said, "audio": audio}))
    speech = await SpeechService(transport, Fetcher(), tmp_path).synthesize(
        route(upstream, MODELS["speech"][3]), "hello"
    )
    assert speech.seconds == pytest.approx(0.5, abs=0.05)
    assert upstream.calls_to("media")[0].key == ""


@pytest.mark.parametrize("case", ["v1", "v1 inline", "v1 images", "seed"])
async def test_every_published_picture_answer_is_read(transport, upstream, case, tmp_path):
    url, inline = f"{upstream.root}/media/a.png", base64.b64encode(picture("a")).decode()
    fresh = {"url": url, "b64_json": inline, "image_base64": inline}

    def filled(value):
        if isinstance(value, dict):
            return {name: fresh[name] if name in fresh and inner else filled(inner) for name, inner in value.items()}
        return [filled(inner) for inner in value] if isinstance(value, list) else value

    upstream.plan(
        "image", Answer(status=example("image", case)["status"], json=filled(example("image", case)["response"]))
    )
    made = await ImageService(transport, Fetcher(), tmp_path).generate(route(upstream, MODELS["image"][0]), "a boat")
    assert len(made.images) == 1
    assert made.images[0].path.read_bytes().startswith(b"\x89PNG")


# The check can fail


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"model": "m"}, "$.messages: missing"),
        ({"model": "m", "messages": [], "wings": 2}, "$.wings: not published"),
        ({"model": 7, "messages": []}, "$.model: 7 is not string"),
        ({"model": "m", "messages": {}}, "$.messages: {} is not a list"),
        ({"model": "m", "messages": [{"role": "king", "content": "x"}]}, "$.messages[0].role: 'king' is not"),
        ({"model": "m", "messages": [{"role": "user", "content": None}]}, "$.messages[0].content: None is not"),
        ({"model": "m", "messages": [], "n": True}, "$.n: True is not integer"),
        ({"model": "m", "messages": [], "stream": 1}, "$.stream: 1 is not boolean"),
        ([], "$: [] is not an object"),
    ],
)
def test_a_difference_is_named_with_its_path(body, words):
    assert any(found.startswith(words) for found in differences(body, "chat", "request"))


def test_an_assertion_lists_every_difference():
    with pytest.raises(AssertionError, match=r"(?s)\$\.wings: not published.*\$\.text: 7 is not string"):
        assert_published({"model": "m", "text": 7, "wings": 2}, "speech", "request")


def test_the_tone_of_the_upstream_is_a_whole_wav():
    assert tone().startswith(b"RIFF")
