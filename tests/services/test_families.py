"""What is sent for each family, against the published request shapes and the documented ranges."""

import itertools
import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from upstream.contract import assert_published

from services.catalog import Model
from services.families import chat_body, image_body, image_family, speech_body, speech_family, transcription_body
from services.families.transcription import transcription_family

IMAGES = (
    *("embedded/composer", "openai/gpt-image-1-mini", "dall-e-3", "dall-e-2", "google/imagen-4.0-fast-generate-001"),
    *("google/gemini-2.5-flash-image", "google/nano-banana-2.1", "flux/kontext-max/text-to-image", "flux/schnell"),
    *("flux-pro/v1.1-ultra", "flux-pro/v1.1", "flux/dev", "blackforestlabs/flux-2", "stable-diffusion-v35-large"),
    *("recraft-v3", "alibaba/z-image-turbo", "alibaba/qwen-image-3", "bytedance/seedream-4-5", "x-ai/grok-imagine-1"),
    *("bytedance/seedream-v4-text-to-image", "luma/uni-1", "stabilityai/stable-diffusion-2-1", "nobody/knows-this"),
)
VOICES = (
    *("embedded/hibari", "#g1_aura-asteria-en", "deepgram/aura-2", "deepgram/aura", "openai/tts-1"),
    *("elevenlabs/eleven_turbo_v2_5", "minimax/speech-2.8-turbo", "hume/octave-2", "inworld/tts-1-5-mini"),
    *("alibaba/qwen3-tts-flash", "microsoft/mai-voice-2", "microsoft/vibevoice-1.5b", "bytedance/seed-audio-1-0"),
    "nobody/knows-this",
)
HEARERS = (
    *("embedded/whisper-tiny.en", "#g1_nova-2-general", "nova-3", "deepgram/nova-3", "#g1_whisper-tiny"),
    *("openai/gpt-4o-mini-transcribe", "aai/universal", "microsoft/mai-transcribe-1.5", "nobody/knows-this"),
)
SIDES = st.integers(64, 4096)


def model(name, task="image", **more):
    return Model(name, task, **more)


@pytest.mark.parametrize("name", IMAGES)
@settings(max_examples=40)
@given(width=SIDES, height=SIDES, n=st.integers(1, 10), seed=st.none() | st.integers(0, 2**31), negative=st.text())
def test_a_picture_body_is_as_published_and_holds_nothing_empty(name, width, height, n, seed, negative):
    body, ignored = image_body(
        model(name), "a boat", size=f"{width}x{height}", n=n, seed=seed, negative_prompt=negative
    )
    assert_published(body, "image", "request")
    assert None not in body.values()
    assert body.get("seed") != 0
    assert len({"size", "image_size", "aspect_ratio"} & set(body)) <= 1
    wanted = {"n": n > 1, "seed": seed is not None, "negative_prompt": bool(negative.strip())}
    assert set(ignored) <= {name for name, given in wanted.items() if given} | {"size"}


@settings(max_examples=40)
@given(width=SIDES, height=SIDES)
def test_a_size_object_is_in_steps_of_32_within_the_limits(width, height):
    for name in ("flux/schnell", "flux-pro", "flux/dev", "bytedance/seedream-4-5", "blackforestlabs/flux-2"):
        low, high = image_family(model(name)).sides
        size = image_body(model(name), "x", size=f"{width}x{height}")[0]["image_size"]
        assert all(low <= side <= high and side % 32 == 0 for side in size.values())


@pytest.mark.parametrize(
    ("name", "size", "sent"),
    [
        ("flux/schnell", "1920x1080", {"image_size": {"width": 1536, "height": 864}}),
        ("google/imagen-4.0-fast-generate-001", "1920x1080", {"aspect_ratio": "16:9"}),
        ("flux-pro/v1.1-ultra", "800x1000", {"aspect_ratio": "3:4"}),
        ("openai/gpt-image-1", "512x768", {"size": "1024x1536"}),
        ("dall-e-2", "500x500", {"size": "512x512"}),
        ("embedded/composer", "768x512", {"size": "768x512"}),
        ("luma/uni-1", "1024x768", {"aspect_ratio": "3:2"}),
        ("google/gemini-nano-banana-2.1", "1500x1000", {"aspect_ratio": "4:3"}),
        ("bytedance/seedream-5-0-pro", "1024x1024", {"image_size": {"width": 1440, "height": 1440}}),
        ("nobody/knows-this", "768x512", {}),
    ],
)
def test_a_wanted_size_becomes_what_the_family_takes(name, size, sent):
    body, _ = image_body(model(name), "x", size=size)
    assert {key: body[key] for key in body if key not in ("model", "prompt")} == sent


def test_what_a_model_does_not_take_is_named():
    wanted = {"size": "768x512", "n": 3, "seed": 7, "negative_prompt": "rain"}
    assert image_body(model("nobody/knows-this"), "x", **wanted) == (
        {"model": "nobody/knows-this", "prompt": "x"},
        ("size", "n", "seed", "negative_prompt"),
    )
    assert image_body(model("embedded/composer"), "x", **wanted)[1] == ()


def test_fewer_pictures_than_wanted_are_asked_for_and_named():
    body, ignored = image_body(model("flux/dev"), "x", n=9)
    assert (body["num_images"], ignored) == (4, ("n",))


def test_other_servers_get_the_fields_of_openais_own_api():
    body, _ = image_body(model("sdxl", plain=True), "x", size="512x512", n=2)
    assert body == {"model": "sdxl", "prompt": "x", "size": "512x512", "n": 2, "response_format": "b64_json"}


@pytest.mark.parametrize("size", ["big", "0x10", "10", "1x2x3", "99999x10"])
def test_what_is_no_size_is_an_error(size):
    with pytest.raises(ValueError):
        image_body(model("flux/dev"), "x", size=size)


@pytest.mark.parametrize("name", VOICES)
@settings(max_examples=40)
@given(
    voice=st.none() | st.sampled_from(["alloy", "Rachel", "thalia", "Abbess", "heart", "nobody"]),
    speed=st.floats(0.1, 10),
    wanted=st.sampled_from(["", "wav", "mp3", "flac", "opus", "ogg", "pcm", "nonsense"]),
)
def test_a_speech_body_is_as_published(name, voice, speed, wanted):
    body, ignored = speech_body(model(name, "speech"), "Hello.", voice=voice, speed=speed, format=wanted)
    if not name.startswith("embedded/") or body.get("response_format") != "ogg":
        assert_published(body, "speech", "request")
    assert "null" not in json.dumps(body)
    assert set(ignored) <= {"voice", "speed", "format"}
    family = speech_family(model(name, "speech"))
    spoken = body
    for step in family.speed:
        spoken = spoken.get(step, {}) if isinstance(spoken, dict) else spoken
    if family.speed and speed != 1.0:
        spoken = 1 + spoken / 100 if family.speed_in_percent else spoken
        assert family.speeds[0] <= spoken <= family.speeds[1]


@pytest.mark.parametrize(
    ("name", "voice", "sent"),
    [
        ("openai/tts-1", "nova", {"voice": "nova"}),
        ("openai/tts-1", "Rachel", {}),
        ("minimax/speech-2.8-turbo", "Abbess", {"voice_setting": {"voice_id": "Abbess"}}),
        ("microsoft/vibevoice-7b", "Maya [EN]", {"speakers": [{"preset": "Maya [EN]"}]}),
        ("alibaba/qwen3-tts-flash", None, {"voice": "Cherry"}),
        ("#g1_aura-asteria-en", "thalia", {}),
        ("elevenlabs/eleven_turbo_v2_5", None, {}),
    ],
)
def test_a_voice_goes_where_the_family_wants_it_and_never_to_another_vendor(name, voice, sent):
    body, ignored = speech_body(model(name, "speech"), "Hello.", voice=voice)
    assert {key: body[key] for key in body if key not in ("model", "text", "script")} == sent
    assert ("voice" in ignored) == (voice is not None and not sent)


def test_the_voice_in_an_id_is_not_said_to_be_ignored():
    assert speech_body(model("#g1_aura-2-thalia-en", "speech"), "Hello.", voice="thalia")[1] == ()


def test_a_speed_alone_brings_the_voice_that_the_object_needs():
    body, _ = speech_body(model("minimax/speech-2.8-hd", "speech"), "Hello.", speed=1.5)
    assert body["voice_setting"] == {"voice_id": "Wise_Woman", "speed": 1.5}


def test_speed_and_format_share_an_object():
    body, _ = speech_body(model("bytedance/seed-audio-1-0", "speech"), "Hello.", speed=1.5, format="mp3")
    assert body["audio_config"] == {"speech_rate": 50, "format": "mp3"}
    again, _ = speech_body(model("bytedance/seed-audio-1-0", "speech"), "Hello.", format="mp3")
    assert again["audio_config"] == {"format": "mp3"}


def test_a_script_is_called_a_script():
    assert "text" not in speech_body(model("microsoft/vibevoice-7b", "speech"), "Hello.")[0]


@pytest.mark.parametrize(
    ("name", "url", "diarize"), list(itertools.product(HEARERS, ["", "https://a.example/b.mp3"], [0, 1]))
)
def test_a_transcription_body_is_as_published(name, url, diarize):
    for language in ("", "en"):
        body, ignored = transcription_body(
            model(name, "transcription"), url=url, language=language, diarize=bool(diarize)
        )
        assert_published(body, "transcription", "request")
        assert ("url" in body) == bool(url)
        assert set(ignored) <= {"language", "diarize"}


@pytest.mark.parametrize(
    ("name", "fields", "part"),
    [
        ("aai/universal", {"language_code", "speaker_labels"}, "audio"),
        ("#g1_nova-2-general", {"language", "diarize"}, "audio"),
        ("openai/gpt-4o-transcribe", {"language"}, "file"),
        ("microsoft/mai-transcribe-1.5", set(), "audio"),
        ("embedded/whisper-tiny.en", {"language", "diarize"}, "audio"),
    ],
)
def test_each_family_names_language_speakers_and_file_in_its_own_way(name, fields, part):
    body, ignored = transcription_body(model(name, "transcription"), language="en", diarize=True)
    known = {"language", "language_code", "diarize", "speaker_labels"}
    assert known & set(body) == fields
    assert len(ignored) == 2 - len(fields)
    assert transcription_family(model(name, "transcription")).part == part


def test_without_a_language_the_model_is_asked_to_find_it():
    assert transcription_body(model("nova-3", "transcription"))[0]["detect_language"] is True
    assert transcription_body(model("aai/universal", "transcription"))[0]["language_detection"] is True
    assert "detect_language" not in transcription_body(model("nova-3", "transcription"), language="de")[0]


TURNS = [{"role": "user", "content": "Hi"}]


@settings(max_examples=40)
@given(
    temperature=st.none() | st.floats(-1, 3),
    top_p=st.none() | st.floats(0, 1),
    tokens=st.none() | st.integers(0, 10**6),
    seed=st.none() | st.integers(0, 9),
)
def test_a_chat_body_is_as_published_and_within_every_range(temperature, top_p, tokens, seed):
    for name in ("openai/gpt-4o-mini", "openai/o3-mini", "anthropic/claude-haiku-4.5", "embedded/smollm2-135m"):
        body, _ = chat_body(
            model(name, "chat"), TURNS, temperature=temperature, top_p=top_p, max_tokens=tokens, seed=seed
        )
        assert_published(body, "chat", "request")
        assert body["max_tokens"] >= 1
        assert body.get("seed") != 0
        assert 0.01 <= body.get("top_p", 1) <= 1
        assert 0 <= body.get("temperature", 0) <= (1 if "claude" in name else 2)


@pytest.mark.parametrize(
    ("name", "tokens"),
    [
        ("openai/gpt-4o-mini", 1024),
        ("openai/o3-mini", 8192),
        ("deepseek/deepseek-r1", 8192),
        ("google/gemini-2.5-pro", 8192),
    ],
)
def test_a_model_that_thinks_has_room_for_it(name, tokens):
    assert chat_body(model(name, "chat"), TURNS)[0]["max_tokens"] == tokens


def test_a_models_own_default_and_limit_of_tokens_count():
    own = model("embedded/x", "chat", defaults={"max_tokens": 99})
    assert chat_body(own, TURNS)[0]["max_tokens"] == 99
    small = model("openai/gpt-4o-mini", "chat", output_max=500)
    assert chat_body(small, TURNS, max_tokens=9000)[0]["max_tokens"] == 500


def test_a_system_prompt_is_a_turn_or_part_of_the_first_message():
    assert chat_body(model("a", "chat"), TURNS, system_prompt="Be kind.")[0]["messages"][0] == {
        "role": "system",
        "content": "Be kind.",
    }
    folded = chat_body(model("a", "chat"), TURNS, system_prompt="Be kind.", fold_system=True)[0]["messages"]
    assert folded == [{"role": "user", "content": "Be kind.\n\nHi"}]
    assert TURNS == [{"role": "user", "content": "Hi"}]


def test_a_system_prompt_folds_into_a_message_with_pictures():
    turn = {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:,"}}]}
    folded = chat_body(model("a", "chat"), [turn], system_prompt="Be kind.", fold_system=True)[0]["messages"]
    assert [part["type"] for part in folded[0]["content"]] == ["text", "image_url"]


def test_a_reasoning_model_is_not_given_a_temperature_and_that_is_said():
    body, ignored = chat_body(model("openai/o1", "chat"), TURNS, temperature=0.5, top_p=0.5)
    assert ignored == ("temperature", "top_p")
    assert not {"temperature", "top_p"} & set(body)


@given(shape=st.floats(0.2, 5))
def test_the_nearest_aspect_ratio_is_the_nearest(shape):
    body, _ = image_body(model("flux-pro/v1.1-ultra"), "x", size=f"{round(1000 * shape)}x1000")
    sizes = image_family(model("flux-pro/v1.1-ultra")).sizes

    def distance(ratio):
        across, down = map(int, ratio.split(":"))
        return abs(math.log(across / down) - math.log(round(1000 * shape) / 1000))

    assert math.isclose(distance(body["aspect_ratio"]), min(map(distance, sizes)), abs_tol=1e-5)


FORM = {"type": "json_object"}
TOOLS = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]


@pytest.mark.parametrize(
    ("name", "ignored"),
    [
        ("openai/gpt-4o-mini", ()),
        ("nobody/knows-this", ()),
        ("anthropic/claude-sonnet-4.6", ("response_format",)),
        ("perplexity/sonar-pro", ("tools",)),
        ("embedded/smollm2-135m-instruct", ("tools",)),
        ("deepseek/deepseek-r1", ("response_format", "tools")),
        ("gpt-4o-search-preview", ("response_format", "tools")),
    ],
)
def test_a_family_that_takes_no_form_or_no_tools_says_so_and_is_not_sent_them(name, ignored):
    call = {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    turns = [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "a", "content": "1"},
        {"role": "user", "content": "and?"},
    ]
    body, said = chat_body(model(name, "chat"), turns, response_format=FORM, tools=TOOLS, tool_choice="required")
    assert said == ignored
    assert ("response_format" in body) is ("response_format" not in ignored)
    assert ("tools" in body) is ("tool_choice" in body) is ("tools" not in ignored)
    roles = [turn["role"] for turn in body["messages"]]
    assert roles == (["user", "user"] if "tools" in ignored else ["user", "assistant", "tool", "user"])
    assert_published(body, "chat", "request")
