"""The routes for the form and for the price before pressing, and further fields from the page, the API and the lane."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from running_page import OWNER_KEY, Site, call, serving
from upstream import Answer, Upstream
from upstream.answers import published
from upstream.schemas import operation

from components.parameters import asked_of, in_words
from services.errors import InvalidInput
from services.settings import Settings

DESK = "d" * 22


@pytest.mark.parametrize(
    ("least", "most", "more", "words"),
    [
        (0.0, 0.0, {}, "Free"),
        (0.003, 0.003, {}, "Costs $0.003"),
        (0.0001, 0.0123, {}, "At most $0.012, at least $0.0001"),
        (1e-9, 0.5, {}, "At most $0.500"),
        (0.02, None, {}, "From $0.020; the settings decide"),
        (None, None, {}, "Price unknown"),
        (0.1, 0.2, {"apart": True}, "At most $0.200, at least $0.100, and what a search or other extra costs"),
        (None, 0.06, {"open_end": True}, "At most $0.060, for the longest recording"),
    ],
)
def test_what_pressing_costs_is_said_in_words(least, most, more, words):
    assert in_words(least, most, **more) == words


def test_a_page_says_numbers_and_no_words():
    asked = asked_of({"characters": "5", "bytes": "9", "turns": "3", "max_tokens": "100", "extra": '{"n": 2}'})
    assert (asked.size, asked.characters, asked.turns, asked.max_tokens, asked.extra) == (9, 5, 4, 100, {"n": 2})


@pytest.mark.parametrize("wrong", ["-1", "NaN", "Infinity", "1e99", '"5"', "true", "[1]", "words", "9" * 5000])
def test_what_is_no_number_is_refused(wrong):
    with pytest.raises(InvalidInput, match="characters"):
        asked_of({"characters": wrong})


def test_the_form_of_a_model_comes_as_data(site):
    said = site.http.get("/page/parameters", params={"task": "image", "model": "flux/schnell"}).json()
    steps = next(it for it in said["parameters"] if it["name"] == "num_inference_steps")
    assert (steps["kind"], steps["minimum"], steps["maximum"]) == ("integer", 1, 12)
    assert said["published"] is False
    assert not site.upstream.calls_to("image")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"task": "image", "model": "flux/schnell", "pictures": 3}, "Costs $0.009"),
        ({"task": "image", "model": "flux/schnell", "extra": '{"num_images": 4}'}, "Costs $0.012"),
        (
            {"task": "chat", "model": "openai/gpt-4o-mini", "characters": 10, "max_tokens": 1000},
            "At most $0.0006",
        ),
        ({"task": "transcription", "model": "#g1_nova-2-general", "seconds": 60}, "Costs $0.0043"),
        ({"task": "chat", "model": "deepseek/deepseek-v4-flash"}, "Price unknown"),
        ({"task": "nonsense"}, ""),
        ({"task": "chat", "extra": "{"}, ""),
    ],
)
def test_the_price_before_pressing_follows_the_catalogue(site, query, words):
    said = site.http.get("/page/worth", params=query).json()
    assert said["words"].startswith(words)
    assert bool(said["words"]) == bool(words)


def lane(site: Site, text: str, **asked: Any) -> list[dict[str, Any]]:
    """What the page's own lane tells about one question."""
    order = {"desk": DESK, "act": "ask", "text": text, "settings": {"model": "openai/gpt-4o-mini", **asked}}
    order["after"] = 0
    lines = site.http.post("/lane", json=order).text.splitlines()
    site.http.post("/lane", json={"desk": DESK, "act": "clear", "after": 2})
    return [json.loads(line) for line in lines]


def test_a_further_field_arrives_in_the_body(site):
    lane(site, "Hello", extra='{"top_k": 40, "nested": {"a": [1]}}')
    body = site.chats()[-1].json
    assert (body["top_k"], body["nested"]) == (40, {"a": [1]})


def test_further_fields_come_from_api_callers_too(site):
    assert call(site, "chat", {"message": "hi", "extra": '{"top_k": 7}'}).event == "complete"
    assert site.chats()[-1].json["top_k"] == 7
    assert (
        call(
            site, "generate_image", {"prompt": "a cat", "model": "flux/schnell", "extra": '{"num_inference_steps": 4}'}
        ).event
        == "complete"
    )
    assert site.upstream.calls_to("image")[-1].json["num_inference_steps"] == 4
    assert call(site, "synthesize", {"text": "Hello.", "extra": '{"sample_rate": "16000"}'}).event == "complete"
    assert site.upstream.calls_to("speech")[-1].json["sample_rate"] == "16000"


@pytest.mark.parametrize("extra", ["{", "[]", '{"a": NaN}', '{"model": "x"}', '{"prompt": "x"}'])
def test_wrong_further_fields_are_refused_before_anything_is_sent(site, extra):
    for name, asked in (("chat", {"message": "hi"}), ("generate_image", {"prompt": "a cat"})):
        assert "More parameters" in call(site, name, asked | {"extra": extra}).sentence
    assert not site.chats()
    assert not site.upstream.calls_to("image")


def _schooled(call: Any) -> Answer | None:
    """Each row of the catalogue links to a schema."""
    if call.path == "/docs-json":
        return Answer(json=operation({"sparkle": {"type": "number", "minimum": 0, "maximum": 1}}))
    if call.task != "models":
        return None
    listing = published("catalog", "list")
    for row in listing["data"]:
        row["info"]["docsJson"] = f"http://{call.headers['host']}/docs-json?model={row['id']}"
    return Answer(json=listing)


def test_the_schema_that_the_catalogue_links_to_is_the_form(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    with Upstream({"v1"}, script=_schooled) as upstream:
        owner: dict[str, Any] = {"api_key": OWNER_KEY, "api_base": upstream.base, "rate_limit": False}
        with serving(Settings(**owner), upstream) as site:
            said = site.http.get("/page/parameters", params={"task": "image", "model": "flux/schnell"}).json()
    assert [(it["name"], it["maximum"]) for it in said["parameters"]] == [("sparkle", 1)]
    assert said["published"] is True


@pytest.fixture(scope="module")
def poor_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A page whose owner lets a day cost five cents."""
    with pytest.MonkeyPatch.context() as patch, Upstream({"v1"}) as upstream:
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("poor")))
        spent = tmp_path_factory.mktemp("data")
        owner: dict[str, Any] = {"api_key": OWNER_KEY, "api_base": upstream.base, "rate_limit": False, "data": spent}
        with serving(Settings(budget_day_usd=0.05, **owner), upstream) as site:
            yield site


@pytest.mark.parametrize(
    ("name", "asked", "extra"),
    [
        ("chat", {"message": "hi", "model": "openai/gpt-4o-mini"}, {"n": 200}),
        ("chat", {"message": "hi", "model": "openai/gpt-4o-mini"}, {"max_completion_tokens": 100_000}),
        ("generate_image", {"prompt": "a cat", "model": "google/gemini-2.5-flash-image"}, {"num_images": 2}),
    ],
)
def test_a_budget_is_not_got_round_by_further_fields(poor_site, name, asked, extra):
    poor_site.forget()
    assert call(poor_site, name, asked).event == "complete"
    before = len(poor_site.upstream.calls)
    refused = call(poor_site, name, asked | {"extra": json.dumps(extra)})
    assert "budget" in refused.sentence.lower()
    assert not [it for it in poor_site.upstream.calls[before:] if it.task in ("chat", "image")]


def test_the_page_itself_does_not_get_round_the_budget_either(poor_site):
    poor_site.forget()
    news = lane(poor_site, "Hello", extra='{"n": 200}')
    assert "budget" in news[-2].get("notice", "").lower() or "budget" in news[-1].get("notice", "").lower()
    assert not poor_site.chats()
