"""Visits: a model's further parameters as a form and as JSON, and what pressing costs."""

from __future__ import annotations

import json
from typing import Any

from browsing import Visit
from playwright.sync_api import Locator, expect


def unfold(visit: Visit) -> Locator:
    fold = visit.page.locator("details.more:visible")
    fold.locator("summary").click()
    return fold


def sent(visit: Visit) -> dict[str, Any]:
    return json.loads(visit.box("More parameters (JSON)").input_value() or "{}")


def test_the_form_writes_json_and_json_the_form_and_both_are_sent(visit):
    form = unfold(visit)
    expect(form.get_by_label("Seed")).to_be_visible()
    form.get_by_label("Seed").fill("7")
    assert sent(visit) == {"seed": 7}
    expect(form.locator("summary")).to_contain_text("1 set")
    visit.box("More parameters (JSON)").fill('{"seed": 8, "top_k": 40}')
    expect(form.get_by_label("Seed")).to_have_value("8")
    expect(form.get_by_role("status")).to_contain_text("top_k")
    visit.ask("Hello")
    visit.answered("You said: Hello")
    body = visit.site.chats()[-1].json
    assert (body["seed"], body["top_k"]) == (8, 40)
    form.get_by_role("button", name="Reset").click()
    assert sent(visit) == {"top_k": 40}


def test_bad_json_is_refused_with_its_place_and_nothing_is_lost(visit):
    unfold(visit)
    visit.box("More parameters (JSON)").fill('{"seed": 1,\n "top_k" 2}')
    visit.ask("Keep this question")
    expect(visit.page.locator(".notice").first).to_contain_text("line 2, column")
    expect(visit.box("Message")).to_have_value("Keep this question")
    expect(visit.box("More parameters (JSON)")).to_have_value('{"seed": 1,\n "top_k" 2}')
    assert not visit.site.chats()


def test_bad_json_costs_no_prompt_in_the_image_tab(visit):
    visit.tab("Image")
    unfold(visit)
    visit.box("More parameters (JSON)").fill('{"prompt": "mine"}')
    visit.box("Prompt").fill("A red bicycle")
    visit.button("Generate").click()
    expect(visit.page.locator("#image-notice")).to_contain_text("can't set “prompt”")
    expect(visit.box("Prompt")).to_have_value("A red bicycle")
    assert not visit.site.upstream.calls_to("image")


def test_a_published_schema_is_drawn_and_nothing_of_it_is_markup(visit):
    visit.page.route("**/page/parameters*", lambda route: route.fulfill(json=OFFER))
    form = unfold(visit)
    expect(form.get_by_label("Effort")).to_be_visible()
    expect(form.locator("img")).to_have_count(0)
    expect(form).to_contain_text("<img src=x>")
    expect(form.get_by_label("Gone")).to_be_disabled()
    expect(form).to_contain_text("This model does not take it.")
    form.get_by_label("Effort").select_option("high")
    form.get_by_label("Stability").fill("0.4")
    form.get_by_label("Loud").select_option("off")
    assert sent(visit) == {"effort": "high", "voice": {"stability": 0.4}, "loud": False}
    form.get_by_label("Stability").fill("")
    assert sent(visit) == {"effort": "high", "loud": False}
    visit.page.unroute("**/page/parameters*")


def parameter(name: str, kind: str, label: str, **more: Any) -> dict[str, Any]:
    empty = {"help": "", "minimum": None, "maximum": None, "step": None, "default": None, "choices": [], "ignored": ""}
    return {"name": name, "kind": kind, "label": label, **empty, **more}


OFFER = {
    "model": "m",
    "published": True,
    "other": ["logit_bias"],
    "parameters": [
        parameter("effort", "choice", "Effort", choices=["low", "high"], default="low", help="<img src=x>"),
        parameter("voice.stability", "number", "Stability", minimum=0, maximum=1),
        parameter("loud", "flag", "Loud", default=True),
        parameter("gone", "integer", "Gone", ignored="This model does not take it."),
    ],
}


def test_what_pressing_costs_stands_there_before_pressing(visit):
    price = visit.page.locator('[data-worth="chat"]')
    expect(price).to_contain_text("At most $")
    before = price.inner_text()
    unfold(visit)
    visit.box("More parameters (JSON)").fill('{"n": 4}')
    expect(price).not_to_have_text(before)
    visit.box("Message").fill("a secret question " * 20)
    visit.page.wait_for_timeout(1500)
    told = [url for url in visit.asked if "page/worth" in url]
    assert told
    assert not [url for url in told if "secret" in url]
