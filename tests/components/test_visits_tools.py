"""Visits to structured output and tools: what is typed into the fold, reaches the upstream, and is shown of it."""

from __future__ import annotations

import json

import pytest
from browsing import Visit
from playwright.sync_api import Locator, expect
from upstream import Answer

pytestmark = pytest.mark.browser

CITY = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
WEATHER = {"name": "get_weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}
TIME = {"name": "get_time"}


def fold(visit: Visit) -> None:
    visit.page.locator(".structure > button").click()
    expect(visit.box("Tools (JSON)")).to_be_visible()


def offer(visit: Visit, *tools: object) -> None:
    """Open the fold and offer tools to the model that calls them all."""
    fold(visit)
    visit.box("Tools (JSON)").fill(json.dumps(list(tools)))
    visit.model("scripted/tools")


def results(visit: Visit) -> Locator:
    return visit.conversation.locator("textarea[data-result]")


def sent(site, place: int = -1) -> list[dict]:
    return site.chats()[place].json["messages"]


def test_an_answer_that_fits_its_schema_is_marked_so_and_shown_as_a_block(visit, site):
    fold(visit)
    visit.page.locator("#example-schema").click()
    expect(visit.box("Message")).to_have_value("Name three rivers of France.")
    visit.model("scripted/json")
    visit.box("Message").press("Enter")
    expect(visit.conversation.locator(".verdict.fits")).to_have_text("✓ Matches the schema")
    expect(visit.conversation.locator("pre code")).to_contain_text('"kilometres": 42')
    form = site.chats()[-1].json["response_format"]
    assert (form["type"], form["json_schema"]["name"], form["json_schema"]["strict"]) == ("json_schema", "rivers", True)
    visit.reload()
    expect(visit.conversation.locator(".verdict.fits")).to_be_visible()


def test_an_answer_that_does_not_fit_is_told_where_and_why(visit, site):
    site.upstream.scene.text = '{"name": 3, "<img src=x>": 1}'
    fold(visit)
    visit.box("JSON schema of the answer").fill(json.dumps(CITY))
    visit.ask("A city?")
    mark = visit.conversation.locator(".verdict.fails")
    expect(mark).to_contain_text("$.name")
    expect(mark).to_contain_text("3 is not of type 'string'")


def test_a_cut_answer_is_not_checked(visit, site):
    fold(visit)
    visit.box("JSON schema of the answer").fill("{}")
    visit.model("scripted/cut")
    visit.ask("one two three four")
    expect(visit.footers.last).to_contain_text("Interrupted")
    assert site.chats()[-1].json["response_format"] == {"type": "json_object"}
    expect(visit.conversation.locator(".verdict")).to_have_count(0)


@pytest.mark.parametrize(
    ("box", "text", "said"),
    [
        ("JSON schema of the answer", '{"type": }', "line 1, column 10"),
        ("JSON schema of the answer", '{"type": "integr"}', "not valid at $.type"),
        ("Tools (JSON)", '{"description": "nameless"}', "Tool 1 needs a name"),
    ],
)
def test_what_is_wrong_in_a_box_is_said_before_anything_is_sent_and_nothing_is_lost(visit, site, box, text, said):
    fold(visit)
    visit.box(box).fill(text)
    visit.ask("keep me")
    expect(visit.page.locator(".notice")).to_contain_text(said)
    expect(visit.box("Message")).to_have_value("keep me")
    expect(visit.box(box)).to_have_value(text)
    assert not site.chats()
    visit.box(box).fill("")
    visit.box("Message").press("Enter")
    visit.answered("You said: keep me")


def test_a_call_is_shown_and_goes_on_with_the_result_that_is_typed_in(visit, site):
    offer(visit, WEATHER)
    visit.ask("Weather?")
    card = visit.conversation.locator(".call")
    expect(card).to_contain_text("get_weather")
    expect(card.locator("pre")).to_have_text('{\n  "city": "words"\n}')
    expect(visit.footers).to_have_count(1)
    results(visit).fill("rain, <b>12</b> degrees")
    visit.button("Send result").click()
    visit.answered("The tools say: call_0 gave rain, ", footers=2)
    expect(results(visit)).to_have_count(0)
    expect(card.locator(".given pre")).to_have_text("rain, <b>12</b> degrees")
    call = {"id": "call_0", "type": "function", "function": {"name": "get_weather", "arguments": '{"city": "words"}'}}
    assert sent(site) == [
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_0", "content": "rain, <b>12</b> degrees"},
    ]
    visit.model("openai/gpt-4o-mini")
    visit.ask("Thanks!")
    visit.answered("You said: Thanks!", footers=3)
    assert [turn["role"] for turn in sent(site)] == ["user", "assistant", "tool", "assistant", "user"]


def test_several_calls_each_want_a_result_and_the_keyboard_sends_them(visit, site):
    offer(visit, WEATHER, TIME)
    visit.ask("Weather and time?")
    expect(results(visit)).to_have_count(2)
    results(visit).first.fill("rain")
    results(visit).first.press("Enter")
    results(visit).first.press("Control+Enter")
    expect(results(visit).last).to_be_focused()
    assert len(site.chats()) == 1, "one result is missing"
    results(visit).last.fill("noon")
    results(visit).last.press("Control+Enter")
    visit.answered("call_0 gave rain", footers=2)
    expect(visit.conversation).to_contain_text("call_1 gave noon.")
    assert [turn.get("tool_call_id") for turn in sent(site)] == [None, None, "call_0", "call_1"]


def test_a_call_and_a_half_typed_result_survive_a_reload(visit, site):
    offer(visit, WEATHER)
    visit.ask("Weather?")
    results(visit).fill("rai")
    visit.reload()
    expect(results(visit)).to_have_value("rai")
    visit.model("scripted/tools")
    results(visit).press_sequentially("n")
    visit.button("Send result").click()
    visit.answered("call_0 gave rai", footers=2)


def test_a_call_that_gets_no_result_is_closed_and_left_out_of_what_is_sent(visit, site):
    offer(visit, WEATHER)
    visit.ask("Weather?")
    expect(results(visit)).to_have_count(1)
    visit.box("Tools (JSON)").fill("")
    visit.ask("Never mind.")
    visit.answered("Never mind.", footers=2)
    expect(results(visit)).to_have_count(0)
    expect(visit.conversation.locator(".call")).to_contain_text("got no result")
    assert sent(site) == [{"role": "user", "content": "Weather?\n\nNever mind."}]
    visit.footers.last.get_by_role("button", name="Undo").click()
    expect(results(visit)).to_have_count(1)


def test_regenerate_keeps_the_results_and_undo_takes_the_question_back(visit, site):
    offer(visit, WEATHER)
    visit.ask("Weather?")
    results(visit).fill("rain")
    visit.button("Send result").click()
    visit.answered("call_0 gave rain", footers=2)
    visit.footers.last.get_by_role("button", name="Regenerate").click()
    visit.answered("call_0 gave rain", footers=2)
    assert [turn["role"] for turn in sent(site)] == ["user", "assistant", "tool"]
    visit.footers.last.get_by_role("button", name="Undo").click()
    expect(visit.footers).to_have_count(0)
    expect(visit.box("Message")).to_have_value("Weather?")


def test_a_result_that_was_not_answered_is_sent_again_by_retry(visit, site):
    offer(visit, WEATHER)
    visit.ask("Weather?")
    results(visit).fill("rain")
    site.upstream.plan("chat", Answer.refusing(401, "bad key"))
    visit.button("Send result").click()
    notice = visit.page.get_by_role("alert").filter(has_text="refused the key")
    notice.get_by_role("button", name="Retry").click()
    visit.answered("call_0 gave rain", footers=2)
    expect(notice).to_be_hidden()
    assert [turn["role"] for turn in sent(site)] == ["user", "assistant", "tool"]


def test_what_imitates_a_call_is_no_box_of_ours(visit, site):
    offer(visit, WEATHER)
    visit.model("openai/gpt-4o-mini")
    site.upstream.scene.text = """<div class="calls" data-calls><textarea data-result="x">rain</textarea>
<button data-send-results>Please press</button></div> The end."""
    visit.ask("Weather?")
    visit.answered("The end.")
    assert not visit.conversation.locator("[data-result], [data-calls], [data-send-results]").count()
    visit.conversation.get_by_text("Please press").click()
    visit.page.wait_for_timeout(300)
    assert len(site.chats()) == 1


def test_a_model_that_takes_no_tools_says_so(visit, site):
    fold(visit)
    visit.model("perplexity/sonar")
    expect(visit.page.locator("#structure-tools textarea")).to_be_disabled()
    expect(visit.page.get_by_text("This model takes no tools")).to_be_visible()
    expect(visit.box("JSON schema of the answer")).to_be_enabled()


def test_reasoning_is_neither_copied_nor_sent_back(visit, site):
    visit.model("scripted/thinking")
    visit.ask("hm")
    visit.answered("You said: hm")
    expect(visit.conversation).not_to_contain_text("First I think.")
    visit.conversation.get_by_text("Reasoning", exact=True).click()
    expect(visit.conversation).to_contain_text("First I think.")
    assert visit.page.evaluate("playground.chat.said()") == "You said: hm"
    visit.ask("and?")
    visit.answered("You said: and?", footers=2)
    assert "think" not in json.dumps(sent(site))
