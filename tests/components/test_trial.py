"""One cell of a comparison, as raw callers find it: what it tells, what it refuses, what it closes."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from running_page import VISITOR_KEY, Site, clip
from upstream import Answer

from components.markup import as_html

COMPARISON = "0123456789abcdef"


def order(task: str = "chat", **fields: Any) -> dict[str, Any]:
    """An order as compare.js sends it."""
    own: dict[str, Any] = {
        "chat": {"messages": [{"role": "user", "content": "hello there"}]},
        "image": {"prompt": "a red bicycle"},
        "speech": {"text": "Good morning."},
        "transcription": {},
    }[task]
    return {"task": task, "comparison": COMPARISON, "model": "scripted/any", **own, **fields}


def news(site: Site, body: Any, **headers: str) -> Iterator[dict[str, Any]]:
    with site.http.stream("POST", "/page/trial", json=body, headers=headers) as answer:
        assert answer.status_code == 200, answer.read()
        for line in answer.iter_lines():
            yield json.loads(line)


def done(site: Site, body: Any, **headers: str) -> dict[str, Any]:
    last = list(news(site, body, **headers))[-1]
    assert set(last) == {"done"}, last
    found: dict[str, Any] = last["done"]
    return found


def uploaded(site: Site, tmp_path: Path) -> str:
    path: str = site.http.post("/gradio_api/upload", files={"files": ("a.wav", clip(tmp_path).read_bytes())}).json()[0]
    return path


def test_an_answer_grows_then_stands_as_html_with_its_facts_and_its_turn(site):
    site.upstream.scene.rate = 60
    site.upstream.scene.text = "# One\n\nand **two** and three and four and five and six"
    told = list(news(site, order()))
    adds = [it["add"] for it in told if "add" in it]
    last = told[-1]["done"]
    assert len(adds) > 1
    assert "".join(adds) == last["text"] == last["turn"]["content"] == site.upstream.scene.text
    assert "<h1>One</h1>" in last["html"]
    assert "<strong>two</strong>" in last["html"]
    assert '<div class="facts"' in last["facts"]
    assert "tokens in" in last["facts"]
    assert last["turn"]["finish_reason"] == "stop"


def test_settings_and_all_earlier_turns_go_upstream_as_the_chat_sends_them(site):
    turns = [("user", "first"), ("assistant", "One."), ("user", "second")]
    messages = [{"role": role, "content": content} for role, content in turns]
    settings = {"system": "Be brief.", "temperature": 0.2, "max_tokens": 64}
    done(site, order(messages=messages, settings=settings))
    sent = site.chats()[-1].json
    assert [turn["content"] for turn in sent["messages"]] == ["Be brief.", "first", "One.", "second"]
    assert (sent["model"], sent["temperature"], sent["stream"]) == ("scripted/any", 0.2, True)


def test_four_cells_are_asked_at_the_same_time_and_one_that_fails_stops_no_other(site):
    site.upstream.scene.first_token = 0.5
    models = ["scripted/a", "scripted/503", "scripted/b", "scripted/c"]
    ends: dict[str, dict[str, Any]] = {}

    def one(model: str) -> None:
        ends[model] = list(news(site, order(model=model)))[-1]

    threads = [threading.Thread(target=one, args=(model,)) for model in models]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    site.upstream.scene.first_token = 0
    starts = [min(call.at for call in site.chats() if call.json["model"] == model) for model in models]
    assert max(starts) - min(starts) < 0.5
    assert [set(ends[model]) for model in models] == [{"done"}, {"failed"}, {"done"}, {"done"}]
    assert "notice failed" in ends["scripted/503"]["failed"]


def test_a_cut_answer_tells_what_came_and_what_broke(site):
    last = list(news(site, order(model="scripted/cut")))[-1]
    assert last["done"]["text"].startswith("You said")
    assert "finish_reason" not in last["done"]["turn"]
    assert "notice cut" in last["failed"]


def test_reasoning_is_told_beside_the_answer_and_not_in_it(site):
    told = list(news(site, order(model="scripted/thinking")))
    last = told[-1]["done"]
    assert last["reasoning"]
    assert last["reasoning"] == "".join(it.get("think", "") for it in told)
    assert last["reasoning"] not in last["text"]


def test_a_picture_has_an_address_that_serves_it_and_the_seed_that_made_it(site):
    found = done(site, order("image", pixels="768x1024", seed=42, model="flux/schnell"))
    served = site.http.get(f"/{found['url']}")
    assert served.headers["content-type"].startswith("image/")
    sent = site.upstream.calls_to("image")[-1].json
    assert sent["prompt"] == "a red bicycle"
    assert sent["seed"] == found["seed"] == 42
    assert str(found["seed"]) in found["facts"]


def test_a_clip_is_spoken_by_the_voice_that_was_asked(site):
    found = done(site, order("speech", model="openai/tts-1", voice="nova", speed=1.5))
    assert site.http.get(f"/{found['url']}").headers["content-type"].startswith("audio/")
    sent = site.upstream.calls_to("speech")[-1].json
    assert (sent["text"], sent["voice"], sent["speed"]) == ("Good morning.", "nova", 1.5)


def test_an_uploaded_recording_is_transcribed(site, tmp_path):
    found = done(site, order("transcription", audio=uploaded(site, tmp_path), language="en", model="openai/whisper-1"))
    assert found["text"]
    assert "words" in found["facts"]


def test_stop_closes_the_upstream(site):
    told = news(site, order(model="scripted/endless"))
    assert "add" in next(it for it in told if "note" not in it)
    told.close()
    assert site.chats()[-1].closed.wait(2)


@pytest.mark.parametrize("task", ["image", "speech"])
def test_stop_closes_the_upstream_of_what_does_not_stream_too(site, task):
    site.upstream.plan(task, Answer(delay=30, json={}))
    with pytest.raises(httpx.ReadTimeout):
        site.http.post("/page/trial", json=order(task), timeout=1)
    assert site.upstream.calls_to(task)[-1].closed.wait(2)


def test_a_visitors_key_pays_for_this_cell_alone(site):
    done(site, order(), **{"x-aiml-key": VISITOR_KEY})
    done(site, order())
    keys = [call.headers["authorization"].removeprefix("Bearer ") for call in site.chats()]
    assert keys[0] == VISITOR_KEY
    assert keys[1] != VISITOR_KEY


@pytest.mark.parametrize("task", ["chat", "image", "speech"])
def test_further_fields_go_along_and_wrong_ones_are_told(site, task):
    def asked(extra):
        return order(task, **({"settings": {"extra": extra}} if task == "chat" else {"extra": extra}))

    site.upstream.strict = False
    list(news(site, asked('{"style": "vivid"}')))
    site.upstream.strict = True
    assert site.upstream.calls_to(task)[-1].json["style"] == "vivid"
    [told] = list(news(site, asked('{"model": "dearer"}')))
    assert "place of its own" in told["failed"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        order(task="chat", nobody="knows"),
        order(comparison="../x"),
        order(model=""),
        order(messages=[]),
        order(messages=[{"role": "system", "content": "x"}]),
        order(settings={"temperature": 9}),
        order("image", seed=-1),
        order("speech", speed=99),
        order("transcription", audio="/etc/hostname"),
        order(messages=[{"role": "user", "content": "x", "images": ["/etc/hostname"]}]),
        {**order(), "task": "video"},
    ],
)
def test_what_is_no_order_is_told_and_nothing_is_asked(site, body):
    [told] = list(news(site, body))
    assert "is not of the right kind" in told["failed"]
    assert not site.upstream.calls_to("chat") + site.upstream.calls_to("job") + site.upstream.calls_to("speech")


@pytest.mark.parametrize("path", ["/page/trial", "/page/words"])
@pytest.mark.parametrize(
    ("headers", "content", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site", "Content-Type": "application/json"}, "{}", 403),
        ({"Content-Type": "text/plain"}, "{}", 415),
        ({"Content-Type": "application/json"}, "x" * 9_000_000, 413),
    ],
)
def test_what_another_sites_page_could_send_is_refused(site, path, headers, content, status):
    assert site.http.post(path, content=content, headers=headers).status_code == status
    assert not site.chats()


def test_texts_are_compared_with_a_corrected_one_or_with_one_another(site):
    asked = {"reference": "the cat sat", "texts": ["the cat sat", "a cat sat"]}
    [right, wrong] = site.http.post("/page/words", json=asked).json()["differences"]
    assert (right["rate"], round(wrong["rate"], 2), wrong["parts"][0]["kind"]) == (0, 0.33, "gone")
    alike = site.http.post("/page/words", json={"texts": ["a b", "a b", "a c"]}).json()["likeness"]
    assert (alike["same"], alike["of"]) == (2, 3)
    for no_texts in ({}, {"texts": []}, {"texts": ["a"] * 6}, {"texts": ["word " * 11_000], "reference": "a"}):
        assert "notice" in site.http.post("/page/words", json=no_texts).json()["failed"]


def test_the_voices_of_a_model_are_told(site):
    assert "nova" in site.http.get("/page/voices", params={"model": "openai/tts-1"}).json()["voices"]


@pytest.mark.parametrize(
    "wicked",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![x](https://attacker.example/?q=1)",
        "[x](javascript:alert(1))",
        "[x](data:text/html,1)",
        "<iframe src=//attacker.example>",
        '<div data-act="key" style="position:fixed">',
    ],
)
def test_nothing_of_an_answers_markdown_acts_or_asks_another_origin(wicked):
    drawn = as_html(f"before {wicked} after")
    for sign in ("<script", "<img", "<iframe", "<div", "src=", 'href="javascript', 'href="data'):
        assert sign not in drawn.replace("&lt;img src=", "").replace("&lt;iframe src=", "")
    assert "before" in drawn
    assert "after" in drawn
