"""Visits that come back: the controls of all tabs and the open tab are as they were left."""

from __future__ import annotations

import pytest
from browsing import Visit
from playwright.sync_api import expect
from running_page import VISITOR_KEY

pytestmark = pytest.mark.browser

OTHERS = """async () => playground.kept.settings.put({
  id: "controls-speech", saved: Date.now(), model: "somebody/else",
  values: { text: "Hello there.", voice: "a voice of theirs", speed: 3, format: "wav", extra: "{}", gone: 1 } })"""


def opened(visit: Visit, tab: str) -> None:
    expect(visit.page.get_by_role("tab", name=tab, exact=True)).to_have_attribute("aria-selected", "true")


def test_what_stood_in_the_controls_stands_there_after_a_reload(visit):
    visit.box("System prompt").fill("Be brief.")
    visit.page.get_by_role("spinbutton", name="Temperature").fill("0.4")
    visit.page.keyboard.press("Tab")
    visit.tab("Text to Speech")
    visit.box("Text").fill("A page to be read.")
    visit.tab("Image")
    visit.box("Prompt").fill("a red cat")
    visit.page.get_by_role("radio", name="Wide 16:9").click()
    visit.page.get_by_label("Seed").fill("7")
    visit.page.wait_for_timeout(400)
    visit.reload()
    opened(visit, "Image")
    expect(visit.box("Prompt")).to_have_value("a red cat")
    expect(visit.page.get_by_role("radio", name="Wide 16:9")).to_be_checked()
    expect(visit.page.get_by_label("Seed")).to_have_value("7")
    visit.tab("Text to Speech")
    expect(visit.box("Text")).to_have_value("A page to be read.")
    visit.tab("Chat")
    expect(visit.box("System prompt")).to_have_value("Be brief.")
    expect(visit.page.get_by_role("spinbutton", name="Temperature")).to_have_value("0.4")


def test_what_was_restored_is_what_is_asked_with(visit, site):
    visit.box("System prompt").fill("Be brief.")
    visit.page.wait_for_timeout(400)
    visit.reload()
    expect(visit.box("System prompt")).to_have_value("Be brief.")
    visit.ask("hello")
    visit.answered("You said: hello")
    assert site.chats()[0].json["messages"][0] == {"role": "system", "content": "Be brief."}


def test_a_value_of_another_model_is_dropped_and_what_was_written_is_not(visit):
    visit.page.evaluate(OTHERS)
    visit.reload()
    visit.tab("Text to Speech")
    expect(visit.box("Text")).to_have_value("Hello there.")
    expect(visit.page.get_by_label("Voice")).to_have_value("The model's own")
    expect(visit.page.get_by_label("Format")).to_have_value("The model's own")


def test_reset_settings_brings_the_models_own_back_and_leaves_the_prompt(visit):
    visit.tab("Image")
    visit.box("Prompt").fill("a red cat")
    visit.page.get_by_role("radio", name="Wide 16:9").click()
    visit.page.get_by_label("Seed").fill("7")
    visit.page.get_by_role("tabpanel").get_by_role("button", name="Reset settings").click()
    expect(visit.page.get_by_role("radio", name="Square")).to_be_checked()
    expect(visit.page.get_by_label("Seed")).to_have_value("0")
    expect(visit.box("Prompt")).to_have_value("a red cat")


def test_a_key_that_comes_leaves_the_controls_as_they_stand(visit):
    visit.page.get_by_role("spinbutton", name="Temperature").fill("0.4")
    visit.page.keyboard.press("Tab")
    visit.button("Use my own key").click()
    visit.page.get_by_label("API key").fill(VISITOR_KEY)
    visit.button("Check and use").click()
    expect(visit.who).to_contain_text("your key")
    visit.page.get_by_role("dialog").get_by_role("button", name="Close").click()
    visit.page.wait_for_timeout(500)
    expect(visit.page.get_by_role("spinbutton", name="Temperature")).to_have_value("0.4")
    assert VISITOR_KEY not in visit.page.evaluate("async () => JSON.stringify(await playground.kept.settings.all())")
