"""Visits to the comparison: J2 as a person walks it, and the other three tabs."""

from __future__ import annotations

import os
import re
import subprocess
import threading
from pathlib import Path

import pytest
from browsing import Visit, visiting
from playwright.sync_api import Locator, expect
from running_page import VISITOR_KEY, clip
from upstream import Answer

pytestmark = pytest.mark.browser

SIZES = re.compile(r"\d+ tokens in · \d+ out")


def column(visit: Visit, name: str) -> Locator:
    return visit.page.get_by_role("article", name=f"Column {name}", exact=True)


def opened(visit: Visit, tab: str = "Chat", *models: str) -> None:
    """The comparison of a tab, open, with these models."""
    visit.tab(tab)
    visit.button("Compare").locator("visible=true").click()
    for letter, model in zip("ABCD", models, strict=False):
        if letter in "CD":
            visit.button("Add a column").locator("visible=true").click()
        choice = visit.page.get_by_label(f"Model {letter}", exact=True).locator("visible=true")
        choice.fill(model)
        choice.press("Enter")


def finished(visit: Visit, *names: str) -> None:
    for name in names:
        expect(column(visit, name).locator(".facts")).to_be_visible()


def test_a_developer_compares_two_models(visit, site):
    """J2: paste a key, Compare, model A, model B, prompt, run, view the code of one."""
    site.upstream.scene.rate, site.upstream.scene.first_token = 20, 0.3
    visit.button("Use my own key").click()
    visit.page.get_by_label("API key").fill(VISITOR_KEY)
    visit.button("Check and use").click()
    expect(visit.page.locator("#key-said")).to_have_class("fine")
    visit.button("Close").click()
    opened(visit, "Chat", "openai/gpt-4o-mini", "scripted/long")
    visit.ask("one two three four five six seven eight nine ten")
    for name in ("A", "B"):
        expect(visit.button(f"Stop {name}")).to_be_visible()
        expect(column(visit, name)).to_contain_text("You said: one two three")
    visit.button("Stop B").click()
    finished(visit, "A")
    expect(column(visit, "B")).to_contain_text("Stopped. What had arrived is kept.")
    told = column(visit, "A").locator(".facts")
    for words in ("first token", "tokens/s", SIZES, "$0.000006"):
        expect(told).to_contain_text(words)
    one, other = site.chats()
    assert abs(one.at - other.at) < 0.3
    assert {call.json["model"] for call in (one, other)} == {"openai/gpt-4o-mini", "scripted/long"}
    assert {call.headers["authorization"] for call in (one, other)} == {f"Bearer {VISITOR_KEY}"}
    assert site.chats()[1 if other.json["model"] == "scripted/long" else 0].closed.wait(2)


def test_a_key_to_a_copied_curl_takes_eight_actions_and_it_sends_the_same_bytes(browser, site):
    """J2, action by action; a field that is typed into is one."""
    site.upstream.scene.rate, site.upstream.scene.first_token = 20, 0.1
    with visiting(browser, site, permissions=["clipboard-read", "clipboard-write"]) as visit:
        key = "0123456789abcdef0123456789abcdef"
        visit.page.evaluate("key => navigator.clipboard.writeText(key)", key)
        visit.page.keyboard.press("Control+V")  # 1
        expect(visit.page.locator("#told")).to_contain_text("The key works. Balance: $")
        visit.button("Compare").click()  # 2
        for name, model in (("A", "openai/gpt-4o-mini"), ("B", "scripted/any")):  # 3, 4
            choice = visit.page.get_by_label(f"Model {name}", exact=True)
            choice.fill(model)
            choice.press("Enter")
        visit.box("Message").fill("one two three four five six seven eight")  # 5
        visit.box("Message").press("Enter")  # 6
        finished(visit, "A", "B")
        column(visit, "A").get_by_role("button", name="View code").click()  # 7
        visit.page.get_by_role("button", name="Copy cURL").click()  # 8
        expect(visit.page.get_by_role("button", name="Copied")).to_be_visible()
        copied = visit.page.evaluate("navigator.clipboard.readText()")
        sent = next(call for call in site.chats() if call.json["model"] == "openai/gpt-4o-mini")
        assert key not in copied
        subprocess.run(["bash", "-c", copied], env={**os.environ, "AIML_API_KEY": key}, check=True, timeout=20)
        again = site.chats()[-1]
        assert (again.raw, again.key) == (sent.raw, key)


def test_one_that_fails_stops_no_other_and_is_retried_alone(visit, site):
    opened(visit, "Chat", "openai/gpt-4o-mini", "scripted/any")
    site.upstream.script = lambda call: (
        Answer.refusing(500, "broken") if call.json.get("model") == "scripted/any" else None
    )
    visit.ask("hello")
    finished(visit, "A")
    expect(column(visit, "B").locator(".notice.failed")).to_be_visible()
    site.upstream.script = None
    asked = len(site.chats())
    visit.button("Retry B").click()
    finished(visit, "B")
    expect(column(visit, "B")).to_contain_text("You said: hello")
    assert [call.json["model"] for call in site.chats()[asked:]] == ["scripted/any"]


def test_a_follow_up_goes_on_in_each_column_and_one_becomes_the_conversation(visit, site):
    site.upstream.script = lambda call: None
    opened(visit, "Chat", "openai/gpt-4o-mini", "scripted/any")
    visit.ask("first")
    finished(visit, "A", "B")
    visit.ask("second")
    expect(column(visit, "B").locator(".facts")).to_have_count(2)
    sent = [[turn["content"] for turn in call.json["messages"]] for call in site.chats()[2:]]
    assert sent == [["first", "You said: first", "second"]] * 2
    column(visit, "B").get_by_role("button", name="Go on with this one").click()
    visit.answered("You said: second", footers=2)
    expect(visit.page.get_by_role("combobox", name="Model", exact=True)).to_have_value("scripted/any")
    visit.ask("third")
    visit.answered("You said: third", footers=3)
    assert [turn["content"] for turn in site.chats()[-1].json["messages"]][-2:] == ["You said: second", "third"]


def test_a_reload_keeps_the_comparison(browser, site):
    with visiting(browser, site) as visit:
        opened(visit, "Chat", "openai/gpt-4o-mini", "scripted/any")
        visit.ask("hello")
        finished(visit, "A", "B")
        visit.page.wait_for_timeout(200)
        visit.reload()
        finished(visit, "A", "B")
        expect(column(visit, "B")).to_contain_text("You said: hello")
        expect(visit.page.get_by_label("Model B")).to_have_value("scripted/any")
        assert len(site.chats()) == 2


def test_a_closed_tab_closes_every_upstream(browser, site):
    with visiting(browser, site) as visit:
        opened(visit, "Chat", "scripted/endless", "scripted/endless")
        visit.ask("on")
        for name in ("A", "B"):
            expect(column(visit, name)).to_contain_text("You said: on You said: on")
        visit.page.close()
        assert all(call.closed.wait(2) for call in site.chats())


def test_escape_stops_all(visit, site):
    opened(visit, "Chat", "scripted/endless", "scripted/endless", "scripted/endless")
    visit.ask("on")
    for name in ("A", "B", "C"):
        expect(column(visit, name)).to_contain_text("You said: on You said: on")
    visit.page.keyboard.press("Escape")
    assert all(call.closed.wait(2) for call in site.chats())
    expect(visit.button("Stop all")).to_be_hidden()


def test_hidden_names_are_nowhere_in_the_page_until_one_is_picked(visit, site):
    opened(visit, "Chat", "scripted/alpha", "scripted/503")
    visit.page.get_by_label("Hide names").check()
    visit.ask("hello")
    expect(visit.button("Pick A")).to_be_visible()
    for secret in ("scripted/alpha", "scripted/503"):
        assert secret not in visit.page.locator(".compare-room").evaluate("it => it.outerHTML")
    assert not visit.page.locator(".compare-room .facts").count()
    values = visit.page.locator(".compare-room input").evaluate_all("all => all.map(it => it.value)")
    assert not [value for value in values if "scripted" in value]
    visit.button("Pick A").click()
    expect(visit.page.get_by_label("Model A")).to_have_value(re.compile("alpha|503"))
    expect(visit.page.locator(".compare-room .facts")).to_have_count(1)


def test_a_repeated_question_is_told_how_alike_its_answers_are(visit, site):
    said = iter(["one two three", "one two three", "one two four"])
    lock = threading.Lock()

    def answer(call):
        if call.task == "chat":
            with lock:
                site.upstream.scene.text = next(said)

    site.upstream.script = answer
    opened(visit, "Chat", "scripted/any")
    visit.page.get_by_label("Repeat").select_option("3")
    visit.ask("count")
    finished(visit, "A", "B", "C")
    expect(visit.page.locator(".stable")).to_contain_text("2 of 3 answers are the same.")


def test_pictures_stand_side_by_side_under_a_slider_that_keys_move(visit, site):
    opened(visit, "Image", "flux/schnell", "openai/gpt-image-1")
    visit.box("Prompt").fill("a red bicycle")
    visit.box("Prompt").press("Enter")
    finished(visit, "A", "B")
    for name in ("A", "B"):
        assert column(visit, name).locator("img").evaluate("it => it.decode().then(() => it.naturalWidth)") > 0
    handle = visit.page.get_by_role("slider", name="How much is shown of the left picture")
    handle.focus()
    handle.press("ArrowRight")
    expect(handle).to_have_value("51")
    assert visit.page.locator(".slider").evaluate("it => it.style.getPropertyValue('--at')") == "51%"


def test_one_sentence_in_two_voices(visit, site):
    opened(visit, "Text to Speech", "openai/tts-1", "openai/tts-1")
    visit.page.get_by_label("Voice A").fill("nova")
    visit.page.get_by_label("Voice B").fill("onyx")
    visit.box("Text").fill("Good morning.")
    visit.button("Speak").click()
    finished(visit, "A", "B")
    assert sorted(call.json["voice"] for call in site.upstream.calls_to("speech")) == ["nova", "onyx"]
    for name in ("A", "B"):
        expect(column(visit, name).locator("audio")).to_have_js_property("readyState", 4)


def test_two_transcripts_word_by_word_and_against_a_corrected_text(visit, site, tmp_path: Path):
    opened(visit, "Speech to Text", "openai/whisper-1", "deepgram/nova-3")
    visit.page.locator("#audio input[type=file]").set_input_files(clip(tmp_path))
    expect(visit.page.locator("#audio audio, #audio [data-testid*=waveform]").first).to_be_attached()
    visit.button("Transcribe").click()
    finished(visit, "A", "B")
    expect(visit.page.locator(".rates")).to_contain_text("A")
    heard = column(visit, "B").locator(".message-content").inner_text()
    visit.page.get_by_label("Corrected text").fill(f"{heard} indeed")
    expect(visit.page.locator(".rates")).to_contain_text("word error rate")
    expect(column(visit, "B").locator("del")).to_contain_text("indeed")


def test_a_duplicated_tab_compares_in_a_copy_with_its_pictures(visit, site):
    opened(visit, "Image", "flux/schnell", "openai/gpt-image-1")
    visit.box("Prompt").fill("a red bicycle")
    visit.box("Prompt").press("Enter")
    finished(visit, "A", "B")
    with visit.context.expect_page() as opening:
        visit.page.evaluate("void window.open(location.href)")  # begins with a copy of sessionStorage
    twin = Visit(visit.site, visit.context, opening.value)
    twin.tab("Image")
    finished(twin, "A", "B")
    both = "async () => (await playground.kept.comparisons.all()).length"
    twin.button("Start over").locator("visible=true").click()
    expect(column(twin, "A").locator(".facts")).to_be_hidden()
    assert twin.page.evaluate(both) == 2
    twin.page.close()
    visit.reload()
    visit.tab("Image")
    finished(visit, "A", "B")
    for name in ("A", "B"):
        assert column(visit, name).locator("img").evaluate("it => it.decode().then(() => it.naturalWidth)") > 0


@pytest.mark.engine
def test_on_the_engine_one_model_runs_at_two_settings_the_second_waiting_its_turn(browser, served):
    with visiting(browser, served("engine")) as visit:
        visit.button("Compare").click()
        expect(visit.page.get_by_label("Model B")).to_have_value(re.compile("smollm2", re.IGNORECASE))
        visit.ask("Tell me about the sea.")
        expect(column(visit, "B")).to_contain_text("Waiting its turn")
        for name in ("A", "B"):
            expect(column(visit, name).locator(".facts")).to_be_visible(timeout=90_000)
            expect(column(visit, name)).to_contain_text("free")
