"""The public API: by Gradio's client and by raw HTTP, before both published forms and the embedded engine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import soundfile
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image
from running_page import OWNER_KEY, VISITOR_KEY, Site, call, clip, heard
from upstream import Answer, RawUpstream
from upstream.raw import silence

from components import blocks

PUBLISHED = {
    "/chat": {
        "message": ...,
        "history": [],
        "model": None,
        "system_prompt": "",
        "temperature": None,
        "top_p": None,
        "max_tokens": None,
        "extra": "",
    },
    "/generate_image": {
        "prompt": ...,
        "model": None,
        "size": "1024x1024",
        "n": 1,
        "seed": None,
        "negative_prompt": "",
        "extra": "",
    },
    "/transcribe": {"audio": None, "url": "", "model": None, "language": "", "diarize": False, "extra": ""},
    "/synthesize": {"text": ..., "model": None, "voice": None, "speed": 1.0, "format": "", "extra": ""},
}


def client_of(site: Site, folder: Path, **headers: str) -> Client:
    return Client(site.url, verbose=False, analytics_enabled=False, download_files=folder, headers=headers)


@pytest.fixture
def client(any_site: Site, tmp_path: Path) -> Iterator[Client]:
    client = client_of(any_site, tmp_path)
    yield client
    client.close()


@pytest.fixture
def v1_client(site: Site, tmp_path: Path) -> Iterator[Client]:
    client = client_of(site, tmp_path)
    yield client
    client.close()


def test_exactly_four_endpoints_are_public_with_the_names_and_defaults_of_the_readme(v1_client):
    api = v1_client.view_api(return_format="dict", print_info=False)
    assert not api["unnamed_endpoints"]
    shown = {
        name: {
            it["parameter_name"]: it["parameter_default"] if it["parameter_has_default"] else ...
            for it in endpoint["parameters"]
        }
        for name, endpoint in api["named_endpoints"].items()
    }
    assert shown == PUBLISHED


def test_every_parameter_is_described(site):
    info = site.http.get("/gradio_api/info").json()
    for name, parameters in PUBLISHED.items():
        endpoint = info["named_endpoints"][name]
        assert endpoint["description"]
        assert [it["parameter_name"] for it in endpoint["parameters"]] == list(parameters)


def test_a_message_alone_is_answered_and_the_last_item_is_the_whole_answer(client):
    job = client.submit("Name a colour.", api_name="/chat")
    last = job.result(60)
    items = job.outputs()
    assert last.strip()
    assert items[-1] == last
    assert all(last.startswith(item) for item in items)


def test_an_answer_grows_while_it_is_made(v1_client, site):
    site.upstream.scene.rate, site.upstream.scene.text = 30, "one two three four five six seven eight nine ten"
    items = v1_client.submit("count", api_name="/chat")
    grown = list(items)
    assert 3 <= len(grown) <= 12
    assert grown[-1] == site.upstream.scene.text


def test_a_picture_arrives_as_a_file(client):
    [made] = client.predict("a red cat", size="512x512", api_name="/generate_image")
    with Image.open(made) as picture:
        assert picture.size == (512, 512)


def test_four_pictures_are_four_files(v1_client):
    made = v1_client.predict("a red cat", n=4, api_name="/generate_image")
    assert len({Path(path).read_bytes() for path in made}) == 4


def test_a_recording_becomes_text_with_times_and_run_facts(any_site, tmp_path):
    if any_site.upstream:
        any_site.upstream.scene.text = "hello there"
    said = client_of(any_site, tmp_path).predict(handle_file(str(spoken(any_site, tmp_path))), api_name="/transcribe")
    assert set(said) == {"text", "segments", "language", "duration", "run"}
    assert "hello" in said["text"].lower()
    assert [set(it) for it in said["segments"]] == [{"start", "end", "text", "speaker"}] * len(said["segments"])
    assert said["segments"][0]["end"] > said["segments"][0]["start"] >= 0
    assert said["duration"] > 0
    assert said["run"]["model"]


def spoken(site: Site, folder: Path) -> Path:
    """A recording in which "hello there" is said, or a tone where nobody listens."""
    if site.upstream:
        return clip(folder)
    return Path(client_of(site, folder).predict("Hello there, my friend.", api_name="/synthesize"))


def test_a_text_becomes_a_sound_file(client):
    made = client.predict("Hello there.", api_name="/synthesize")
    assert soundfile.info(made).duration > 0.3


def test_raw_http_with_named_fields_takes_the_defaults(either_site):
    said = call(either_site, "chat", {"message": "hi"})
    assert (said.event, said.data) == ("complete", ["You said: hi"])


@pytest.mark.parametrize(
    ("name", "body"),
    [("generate_image", {"prompt": "a cat"}), ("synthesize", {"text": "Hello."})],
)
def test_files_of_raw_http_have_an_address_that_can_be_fetched(either_site, name, body):
    said = call(either_site, name, body)
    assert said.event == "complete", said
    [made] = said.data
    file = made[0] if isinstance(made, list) else made
    fetched = either_site.http.get(file["url"])
    assert fetched.status_code == 200
    assert len(fetched.content) > 100


def test_parameters_reach_the_upstream_in_the_contracts_form(site):
    history = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
    body = {"message": "And now?", "history": history, "model": "openai/gpt-4o-mini", "system_prompt": "Be brief."}
    call(site, "chat", body | {"temperature": 0.5, "top_p": 0.9, "max_tokens": 77})
    [asked] = site.chats()
    assert [turn["role"] for turn in asked.json["messages"]] == ["system", "user", "assistant", "user"]
    assert asked.json["messages"][-1]["content"] == "And now?"
    assert (asked.json["temperature"], asked.json["top_p"], asked.json["max_tokens"]) == (0.5, 0.9, 77)


def test_a_history_in_gradios_own_form_is_taken_too(site):
    history = [{"role": "user", "content": [{"type": "text", "text": "Hi"}], "metadata": None, "options": None}]
    call(site, "chat", {"message": "And?", "history": history})
    assert site.chats()[0].json["messages"] == [{"role": "user", "content": "Hi"}, {"role": "user", "content": "And?"}]


def test_picture_parameters_reach_the_upstream(site):
    body = {"prompt": "a cat", "model": "flux/schnell", "size": "768x512", "n": 2, "seed": 7}
    assert call(site, "generate_image", body).event == "complete"
    [asked] = site.upstream.calls_to("image")
    assert asked.json["image_size"] == {"width": 768, "height": 512}
    assert (asked.json["num_images"], asked.json["seed"]) == (2, 7)


def test_a_callers_own_key_is_the_bearer_and_the_owners_stays_home(site, tmp_path):
    client = client_of(site, tmp_path, **{"x-aiml-key": VISITOR_KEY})
    client.predict("hi", api_name="/chat")
    client.predict("a cat", api_name="/generate_image")
    client.predict("Hello.", api_name="/synthesize")
    client.predict(handle_file(str(clip(tmp_path))), api_name="/transcribe")
    spent = [asked for asked in site.upstream.calls if asked.task in ("chat", "image", "speech", "job", "poll")]
    assert {asked.task for asked in spent} == {"chat", "image", "speech", "job", "poll"}
    assert {asked.key for asked in spent} == {VISITOR_KEY}
    assert OWNER_KEY not in {asked.key for asked in site.upstream.calls}


def test_without_a_key_of_ones_own_the_owners_is_used(site):
    call(site, "chat", {"message": "hi"})
    assert [asked.key for asked in site.chats()] == [OWNER_KEY]


def test_a_key_that_can_not_be_one_is_refused_before_any_call(site):
    said = call(site, "chat", {"message": "hi"}, **{"x-aiml-key": "two words"})
    assert "can't be a key" in said.sentence
    assert not site.upstream.calls


@pytest.mark.parametrize(
    ("name", "body", "task"),
    [
        ("chat", {"message": "hi"}, "chat"),
        ("generate_image", {"prompt": "a cat"}, "image"),
        ("synthesize", {"text": "Hello."}, "speech"),
    ],
)
@pytest.mark.parametrize(
    ("status", "cause", "remedy"),
    [
        (401, "refused the key", "Check the key"),
        (402, "no credit is left", "Top up"),
        (429, "slow down", "Wait a moment"),
        (503, "has trouble", "Try again"),
    ],
)
def test_a_refusal_is_one_sentence_with_cause_remedy_and_request_id(site, name, body, task, status, cause, remedy):
    site.upstream.always(task, Answer.refusing(status, "as planned"))
    said = call(site, name, body).sentence
    assert cause in said
    assert remedy in said
    assert said.endswith("(request r1)")
    assert_plain(said)


def test_a_client_raises_the_same_sentence(site, v1_client):
    site.upstream.always("chat", Answer.refusing(402, "as planned"))
    with pytest.raises(AppError, match=r"no credit is left .*Top up .*\(request r1\)"):
        v1_client.predict("hi", api_name="/chat")


def test_an_interrupted_answer_gives_what_came_and_then_the_error(site):
    said = call(site, "chat", {"message": "one two three four", "model": "scripted/cut"})
    assert said.items[-1] == ["You said: one "]
    assert "connection" in said.sentence
    assert_plain(said.sentence)


def test_a_key_that_the_upstream_echoes_is_not_passed_on(site):
    site.upstream.always("chat", Answer.refusing(500, f"bad key {VISITOR_KEY} for you"))
    said = call(site, "chat", {"message": "hi"}, **{"x-aiml-key": VISITOR_KEY}).sentence
    assert VISITOR_KEY not in said


def test_html_of_the_upstream_is_not_passed_on_as_markup(site):
    site.upstream.always("chat", Answer(status=502, body="<html><h1>Bad</h1></html>", content_type="text/html"))
    said = call(site, "chat", {"message": "hi"}).sentence
    assert "502" in said
    assert "<" not in said


WRONG = [3.5, "words", {"a": 1}, None]


@pytest.mark.parametrize(
    ("name", "parameter"),
    [(name[1:], parameter) for name, parameters in PUBLISHED.items() for parameter in parameters],
)
def test_a_value_of_the_wrong_kind_ends_in_a_sentence(site, name, parameter):
    fine = {"chat": {"message": "hi"}, "generate_image": {"prompt": "a cat"}, "synthesize": {"text": "Hello."}}
    for wrong in WRONG:
        said = call(site, name, fine.get(name, {}) | {parameter: wrong})
        if said.event == "error":
            assert_plain(said.sentence)
            assert "our side" not in said.sentence, f"{parameter}={wrong!r} is the caller's mistake"
            assert said.sentence.endswith((".", ")")), said.sentence
        else:
            assert said.event == "complete"


@pytest.mark.parametrize(
    "history",
    [
        ["hi"],
        [{"content": "hi"}],
        [{"role": "root", "content": "hi"}],
        [{"role": "user"}],
        [{"role": "user", "content": {"path": "/etc/hostname"}}],
        [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "file:///etc/hostname"}}]}],
    ],
)
def test_a_strange_history_reaches_the_upstream_as_text_only_or_not_at_all(site, history):
    said = call(site, "chat", {"message": "hi", "history": history})
    assert said.event == "complete" or "role" in said.sentence or "history" in said.sentence
    for asked in site.chats():
        assert all(isinstance(turn["content"], str) for turn in asked.json["messages"])
        assert "hostname" not in json.dumps(asked.json)


@pytest.mark.parametrize("endless", ["NaN", "Infinity", "-Infinity"])
def test_a_number_without_end_is_refused_by_name(site, endless):
    posted = site.http.post("/gradio_api/call/v2/chat", content=f'{{"message": "hi", "temperature": {endless}}}')
    if posted.status_code == 200:
        said = heard(site.http.get(f"/gradio_api/call/chat/{posted.json()['event_id']}").text)
        assert "temperature" in said.sentence
    assert not site.chats()


def test_an_unknown_parameter_or_endpoint_is_refused_without_a_traceback(site):
    for name, body in [("chat", {"message": "hi", "nonsense": 1}), ("nonsense", {}), ("chat", {})]:
        assert_plain(call(site, name, body).sentence)


@pytest.mark.parametrize(
    "reference",
    [
        {"path": "/etc/hostname"},
        {"path": "/etc/hostname", "meta": {"_type": "gradio.FileData"}},
        {"path": "../../../../etc/hostname", "meta": {"_type": "gradio.FileData"}},
        {"path": "file:///etc/hostname", "meta": {"_type": "gradio.FileData"}},
        {"path": None, "url": "file:///etc/hostname", "meta": {"_type": "gradio.FileData"}},
        {"path": "app.py", "meta": {"_type": "gradio.FileData"}},
        "/etc/hostname",
        ["/etc/hostname"],
        {"path": ["/etc/hostname"]},
    ],
)
@pytest.mark.parametrize("version", ["v2/", ""])
def test_a_path_that_was_not_uploaded_is_refused(site, reference, version):
    body = {"audio": reference} if version else {"data": [reference, "", None, "", False]}
    said = call(site, "transcribe", body, version)
    assert_plain(said.sentence)
    assert not site.upstream.calls_to("job")


def test_an_address_of_this_machine_is_not_fetched(site):
    with RawUpstream(silence) as inner:
        address = f"{inner.root}/clip.wav"
        meta = {"_type": "gradio.FileData"}
        bodies = [{"audio": {"path": address, "meta": meta}}, {"audio": {"path": address}}, {"audio": address}]
        bodies += [{"audio": {"path": address, "url": address, "meta": meta}}, {"url": address}]
        bodies += [{"url": address.replace("127.0.0.1", host)} for host in ("localhost", "127.1", "0x7f000001")]
        for body in bodies:
            assert_plain(call(site, "transcribe", body).sentence)
        assert not inner.lines
    assert not site.upstream.calls_to("job")


def test_a_call_by_plain_http_leaves_no_session_behind_however_it_ends(site):
    before = site.sessions
    site.upstream.plan("chat", Answer.refusing(400, "no such thing"))
    assert "no such thing" in call(site, "chat", {"message": "hello"}).sentence
    assert len(call(site, "chat", {"message": "one two three"}).items) > 1
    assert call(site, "generate_image", {"prompt": "a red bicycle"}).event == "complete"
    assert call(site, "generate_image", {"prompt": "", "n": "many"}).event == "error"
    assert site.sessions == before


def test_the_queue_keeps_places_for_the_latest_calls_by_plain_http_only(site, monkeypatch):
    monkeypatch.setattr(blocks, "UNREAD", 2)
    for _ in range(2):
        call(site, "chat", {"message": ""})
    before = site.queued
    for _ in range(4):
        assert call(site, "chat", {"message": "hello"}).data == ["You said: hello"]
    assert site.queued == before


def test_an_audio_url_that_is_none_is_refused_before_any_call(site):
    for url in ("nonsense", "ftp://example.com/a.mp3", "file:///etc/passwd", "javascript:alert(1)", "data:audio/wav,x"):
        assert_plain(call(site, "transcribe", {"url": url}).sentence)
    assert not site.upstream.calls_to("job")


def test_tools_for_models_carry_the_names_of_the_functions(site):
    schema = site.http.get("/gradio_api/mcp/schema").json()
    assert {tool["name"] for tool in schema} == {name[1:] for name in PUBLISHED}


def assert_plain(sentence: str) -> None:
    """One sentence or two: no traceback, markup, path or key, at most 600 characters."""
    assert sentence.strip()
    assert sentence != "None"
    assert len(sentence) < 600
    for sign in ("Traceback", "Error:", "site-packages", ".py", "<", OWNER_KEY, "/home/", "/tmp/", "0x7f0"):
        assert sign not in sentence.replace("0x7f000001", ""), sentence
