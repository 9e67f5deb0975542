"""The code for a call makes the same call again: each program is run, and what it sends is compared."""

from __future__ import annotations

import ast
import asyncio
import base64
import json
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from programs import LANGUAGES, run
from pydantic import SecretStr
from upstream import Answer, tone
from upstream.answers import picture

from services.catalog import Model
from services.chat import ChatService, Message, Parameters
from services.endpoint import Endpoint
from services.errors import ServiceError
from services.fetch import Fetcher
from services.image import ImageService
from services.limits import Limits
from services.retries import Manners
from services.routes import Route
from services.runs import Ended
from services.snippets import code, literals
from services.snippets.curl import quote
from services.speech import SpeechService
from services.transcription import TranscriptionService
from services.transport import Transport

KEY = "sk-snippet-canary-83b1"
CHAT = Model("openai/gpt-4o-mini", "chat")
PIXEL = f"data:image/png;base64,{base64.b64encode(picture('pixel', (1, 1))).decode()}"
HOSTILE = [
    'it\'s "quoted" `whoami` $(id) ${HOME} $AIML_API_KEY \\ \\n %s %d !! !x',
    "lines\nand\r\nmore\ttabs\n",
    "JSON\nEOF\n'JSON'\nBODY\n",
    "emoji 🎈👩‍👩‍👧 and ünïcödé, \u2028 \u2029 \u202e \ufeff \x7f \x1b[31m",
    "{{braces}} {0} f-string {not} ${template} </script> <!-- --> */ //",
    "-- @file ;type=text/plain <in >out | & # *",
    "'" * 7 + '"' * 7 + "\\" * 7,
]


@pytest.fixture
async def services(tmp_path):
    """One of each, by task."""
    limits = Limits(connect=2, total_chat=9, total_media=9, total_job=20)
    transport, fetcher = Transport(limits, Manners(first=0.01)), Fetcher(limits)
    yield {
        "chat": ChatService(transport),
        "image": ImageService(transport, fetcher, tmp_path / "kept"),
        "speech": SpeechService(transport, fetcher, tmp_path / "kept"),
        "transcription": TranscriptionService(transport, fetcher),
    }
    await transport.close()


def route(upstream, model, dialect="auto", key=KEY):
    return Route(Endpoint.at(upstream.base, key=SecretStr(key), dialect=dialect), model)


def ended(route):
    return Ended.of(route.model, route.endpoint, route.record, None, None)


async def again(upstream, route, folder, language):
    """Run the code for a call; the original requests to the API, those of the program, and what it printed."""
    found = code(ended(route))
    program = getattr(found, language)
    before = [call for call in upstream.calls if call.method == "POST" or call.task == "poll"]
    upstream.calls.clear()
    assert KEY not in program
    printed = await asyncio.to_thread(run, language, program, folder, KEY)
    return before, [call for call in upstream.calls if call.method == "POST" or call.task == "poll"], printed


def assert_same(first, second, language):
    """The same request: byte for byte with curl, else the same JSON, or the same parts."""
    assert (second.method, second.path, second.key) == (first.method, first.path, first.key)
    assert second.form == first.form
    assert second.files == first.files
    if not first.form:
        assert second.json == first.json
        assert second.headers["content-type"].split(";")[0] == first.headers["content-type"]
        if language == "curl":
            assert second.raw == first.raw


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("dialect", ["v1", "seed"])
async def test_a_chat_with_hostile_words_and_a_picture_is_sent_again_as_it_was(
    upstream, services, tmp_path, language, dialect
):
    turns = [
        Message("user", HOSTILE[0]),
        *(Message(("assistant", "user")[i % 2], t) for i, t in enumerate(HOSTILE[1:])),
    ]
    asked, it = [*turns, Message("user", "Say hi.", (PIXEL,))], route(upstream, CHAT, dialect)
    await services["chat"].complete(it, asked, Parameters('It\'s a "system"', temperature=0.5, max_tokens=100, seed=7))
    [first], [second], printed = await again(upstream, it, tmp_path, language)
    assert_same(first, second, language)
    assert "Say" in printed
    assert printed.strip() == "You said: Say hi. [image_url]" or language == "curl"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_body_too_large_for_one_argument_of_a_shell_is_sent_all_the_same(
    upstream, services, tmp_path, language
):
    it = route(upstream, CHAT)
    picture_ = "data:image/png;base64," + "iVBORw0KGgo" + "A" * 200_001
    await services["chat"].complete(it, [Message("user", HOSTILE[2] + HOSTILE[0], (picture_,))])
    [first], [second], _ = await again(upstream, it, tmp_path, language)
    assert len(first.raw) > 200_000
    assert_same(first, second, language)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_fields_of_any_name_are_sent_again(upstream, services, tmp_path, language):
    upstream.strict = False
    extra = {"top_k": 5, "provider": {"only": ["a'b"], "__proto__": {"x": None}}, "big": 2**60 + 1, "safe": True}
    it = route(upstream, CHAT)
    await services["chat"].complete(it, [Message("user", "hi")], Parameters(extra=extra))
    [first], [second], _ = await again(upstream, it, tmp_path, language)
    assert first.json["provider"] == extra["provider"]
    assert_same(first, second, language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("model", "dialect", "inline", "kind"),
    [
        ("openai/gpt-image-1", "v1", False, "PNG"),
        ("flux/schnell", "v1", False, "JPEG"),
        ("openai/gpt-image-1", "v1", True, "PNG"),
        ("stabilityai/stable-diffusion-2-1", "seed", False, "PNG"),
    ],
)
async def test_a_picture_is_asked_for_again_and_saved(
    upstream, services, tmp_path, language, model, dialect, inline, kind
):
    upstream.scene.inline = inline
    it = route(upstream, Model(model, "image"), dialect)
    made = await services["image"].generate(it, f"a {HOSTILE[0]}", size="512x512")
    [first], [second], _ = await again(upstream, it, tmp_path, language)
    assert_same(first, second, language)
    saved = tmp_path / f"image-1.{'jpg' if kind == 'JPEG' else 'png'}"
    assert saved.read_bytes() == made.images[0].path.read_bytes()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_several_pictures_are_all_saved(upstream, services, tmp_path, language):
    it = route(upstream, Model("flux/schnell", "image"))
    made = await services["image"].generate(it, "two boats", n=2)
    await again(upstream, it, tmp_path, language)
    saved = [(tmp_path / f"image-{number}.jpg").read_bytes() for number in (1, 2)]
    assert saved == [image.path.read_bytes() for image in made.images]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_picture_that_comes_as_bytes_is_saved(upstream, services, tmp_path, language):
    upstream.always("image", Answer(body=picture("bytes"), content_type="image/png"))
    it = route(upstream, Model("own/painter", "image"))
    await services["image"].generate(it, "a boat")
    await again(upstream, it, tmp_path, language)
    assert (tmp_path / "image-1.png").read_bytes() == picture("bytes")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("model", "dialect", "extension"),
    [
        ("deepgram/aura-2", "v1", "wav"),
        ("openai/tts-1", "v1", "wav"),
        ("elevenlabs/eleven_turbo_v2_5", "v1", "mp3"),
        ("#g1_aura-asteria-en", "seed", "wav"),
    ],
)
async def test_speech_is_asked_for_again_and_saved(upstream, services, tmp_path, language, model, dialect, extension):
    it = route(upstream, Model(model, "speech"), dialect)
    spoken = await services["speech"].synthesize(it, HOSTILE[0])
    [first], [second], _ = await again(upstream, it, tmp_path, language)
    assert_same(first, second, language)
    assert (tmp_path / f"speech.{extension}").read_bytes() == spoken.path.read_bytes()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("model", ["#g1_nova-2-general", "openai/gpt-4o-mini-transcribe"])
async def test_a_job_is_given_its_recording_again_and_polled_until_it_is_done(
    upstream_v1, services, tmp_path, language, model
):
    recording = tmp_path / "recording.wav"
    recording.write_bytes(tone())
    it = route(upstream_v1, Model(model, "transcription"))
    heard = await services["transcription"].transcribe(it, audio=recording, language="en")
    before, after, printed = await again(upstream_v1, it, tmp_path, language)
    assert [call.task for call in after] == [call.task for call in before] == ["job", "poll", "poll"]
    assert_same(before[0], after[0], language)
    assert after[-1].key == KEY
    assert heard.text in printed


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_recording_behind_an_address_is_transcribed_at_once_by_the_seeds_form(
    upstream_seed, services, tmp_path, language, monkeypatch
):
    async def public(self, url):
        return url

    monkeypatch.setattr(Fetcher, "check_public", public)
    it = route(upstream_seed, Model("#g1_nova-2-general", "transcription"), "seed")
    heard = await services["transcription"].transcribe(it, url="https://example.com/it's.wav?a=1&b=$2")
    [first], [second], printed = await again(upstream_seed, it, tmp_path, language)
    assert_same(first, second, language)
    assert heard.text in printed


async def test_code_of_a_call_that_failed_is_there_too(upstream, services):
    it = route(upstream, Model("scripted/429", "chat"))
    with pytest.raises(ServiceError):
        await services["chat"].complete(it, [Message("user", "hi")])
    found = code(ended(it))
    assert "scripted/429" in found.curl
    assert "chat.completions.create" in found.python


async def test_a_run_that_sent_nothing_has_no_code(upstream):
    assert code(ended(route(upstream, CHAT))) is None


async def test_the_engines_code_names_the_address_where_one_can_be_started(upstream, services):
    it = Route(Endpoint.at(upstream.base, SecretStr(KEY), embedded=True), Model("embedded/smollm2-135m", "chat"))
    await services["chat"].complete(it, [Message("user", "hi")])
    found = code(ended(it))
    for program in (found.curl, found.python, found.javascript):
        assert "python -m services.embedded --port 8001" in program.splitlines()[0]
        assert "http://127.0.0.1:8001/v1" in program
        assert upstream.root not in program
        assert "Bearer" not in program


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@given(values)
def test_python_reads_a_literal_as_the_value_that_it_was_written_of(value):
    assert ast.literal_eval(literals.python(value, 4)) == value


@settings(max_examples=5, deadline=None)
@given(st.lists(values, min_size=20, max_size=40))
def test_javascript_reads_a_literal_as_the_value_that_it_was_written_of(tmp_path_factory, many):
    many = [value for value in many if literals.is_whole_in_javascript(value)]
    lines = "\n".join(f"console.log(JSON.stringify({literals.javascript(value, 2)}));" for value in many)
    printed = run("javascript", lines, tmp_path_factory.mktemp("literals"), "")
    # Beyond 2**53 it prints the shortest digits that mean the same float, filled up with zeros.
    assert [json.loads(line, parse_int=float) for line in printed.rstrip("\n").split("\n")] == many


@settings(max_examples=25, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=200))
def test_a_shell_reads_a_quoted_word_as_it_was(text):
    told = subprocess.run(["bash", "-c", f"printf %s {quote(text)}"], capture_output=True, check=True).stdout
    assert told == text.encode()


def test_code_shows_no_letter_that_hides_what_it_does():
    assert literals.quoted("a\u202eb\u2066c\ud800") == '"a\\u202eb\\u2066c\\ud800"'
