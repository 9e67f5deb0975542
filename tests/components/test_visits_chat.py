"""Visits to the Chat tab: what a person presses, what they see, and what reaches the upstream."""

from __future__ import annotations

import time

import pytest
from browsing import visiting
from playwright.sync_api import expect
from running_page import until
from upstream import Answer

pytestmark = pytest.mark.browser


def said(site, place: int = -1) -> list[tuple[str, str]]:
    """The turns of one call, as the upstream got them."""
    return [(turn["role"], turn["content"]) for turn in site.chats()[place].json["messages"]]


def test_enter_sends_and_the_answer_has_facts_and_actions(visit, site):
    visit.ask("hello **there**")
    visit.answered("You said: hello there")
    expect(visit.box("Message")).to_have_value("")
    footer = visit.footers.last
    for fact in ("openai/gpt-4o-mini", "first token", "tokens in", "$0.000006"):
        expect(footer).to_contain_text(fact)
    for action in ("Copy", "Read aloud", "Make an image of this"):
        expect(footer.get_by_role("button", name=action, exact=True)).to_be_visible()
    assert said(site) == [("user", "hello **there**")]


def test_shift_enter_breaks_the_line(visit, site):
    message = visit.box("Message")
    message.press_sequentially("one")
    message.press("Shift+Enter")
    message.press_sequentially("two")
    assert not site.chats()
    message.press("Enter")
    visit.answered("You said: one")
    assert said(site) == [("user", "one\ntwo")]


def test_send_gives_way_to_stop_while_an_answer_runs(visit, site):
    site.upstream.scene.rate = 20
    expect(visit.button("Stop")).to_be_hidden()
    visit.box("Message").fill("one two three four five six seven eight nine ten eleven twelve")
    visit.button("Send").click()
    expect(visit.button("Stop")).to_be_visible()
    expect(visit.button("Send")).to_be_hidden()
    visit.answered("twelve")
    expect(visit.button("Stop")).to_be_hidden()


@pytest.mark.parametrize("way", ["Stop", "Escape"])
def test_stop_closes_the_upstream_keeps_what_came_and_the_next_message_works(visit, site, way):
    visit.model("scripted/endless")
    visit.ask("and on")
    expect(visit.conversation).to_contain_text("You said: and on You said: and on")
    began = time.monotonic()
    if way == "Stop":
        visit.button("Stop").click()
    else:
        visit.page.keyboard.press("Escape")
    assert site.chats()[0].closed.wait(2), "the upstream was not let go"
    assert time.monotonic() - began < 2.5
    visit.answered("Stopped. What had arrived is kept.")
    expect(visit.conversation).to_contain_text("You said: and on")
    visit.model("openai/gpt-4o-mini")
    visit.ask("again")
    visit.answered("You said: again", footers=2)


def test_stop_before_the_first_token_closes_the_upstream_and_keeps_the_question(visit, site):
    visit.model("scripted/slow")
    visit.ask("take your time")
    until(site.chats, what="the call")
    visit.button("Stop").click()
    assert site.chats()[0].closed.wait(2)
    expect(visit.button("Send")).to_be_visible()
    expect(visit.conversation).to_contain_text("take your time")
    visit.model("openai/gpt-4o-mini")
    visit.ask("again")
    visit.answered("You said:")
    assert [turn[0] for turn in said(site)] == ["user"], "questions without an answer are joined"


def test_a_closed_page_closes_the_upstream(browser, site):
    with visiting(browser, site) as visit:
        visit.model("scripted/endless")
        visit.ask("and on")
        expect(visit.conversation).to_contain_text("You said: and on You said: and on")
        visit.page.close()
        assert site.chats()[0].closed.wait(2), "the upstream goes on for nobody"


def test_five_quick_enters_are_one_call(visit, site):
    site.upstream.scene.first_token = 0.5
    try:
        visit.box("Message").fill("only once")
        visit.page.evaluate(
            """() => { const box = document.querySelector('#message textarea');
            for (let i = 0; i < 5; i++)
              box.dispatchEvent(new KeyboardEvent('keypress', {key: 'Enter', bubbles: true, cancelable: true})); }"""
        )
        for _ in range(4):
            visit.box("Message").press("Enter")
        visit.answered("You said: only once")
        visit.page.wait_for_timeout(300)
        assert len(site.chats()) == 1
        expect(visit.page.get_by_test_id("user")).to_have_count(1)
    finally:
        site.upstream.scene.first_token = 0


def test_five_quick_clicks_on_send_are_one_call(visit, site):
    visit.box("Message").fill("only once")
    visit.button("Send").click(click_count=5)
    visit.answered("You said: only once")
    visit.page.wait_for_timeout(300)
    assert len(site.chats()) == 1


def test_five_clicks_in_one_tick_are_one_call(visit, site):
    visit.box("Message").fill("only once")
    visit.page.evaluate("() => { for (let i = 0; i < 5; i++) document.querySelector('#send').click(); }")
    visit.answered("You said: only once")
    visit.page.wait_for_timeout(300)
    assert len(site.chats()) == 1


@pytest.mark.parametrize("blank", ["", "   ", "\u200b\u200d\ufeff"])
def test_a_blank_message_is_no_call_but_a_hint(visit, site, blank):
    visit.ask(blank)
    expect(visit.page.get_by_text("There is nothing to send yet.")).to_be_visible()
    assert not site.chats()
    visit.ask("words")
    visit.answered("You said: words")
    expect(visit.page.get_by_text("There is nothing to send yet.")).to_be_hidden()


def test_a_megabyte_is_refused_with_the_limit_and_stays_in_the_box(visit, site):
    visit.ask("x" * 1_000_000)
    expect(visit.page.get_by_text("32,000 is the limit")).to_be_visible(timeout=30_000)
    assert not site.chats()
    assert len(visit.box("Message").input_value()) == 1_000_000
    expect(visit.button("Send")).to_be_visible()


def test_what_is_typed_while_an_answer_runs_stays_in_the_box(visit, site):
    site.upstream.scene.rate = 10
    visit.ask("one two three four five six seven eight")
    expect(visit.button("Stop")).to_be_visible()
    visit.box("Message").fill("my next thought")
    visit.box("Message").press("Enter")
    visit.answered("eight")
    expect(visit.box("Message")).to_have_value("my next thought")
    assert len(site.chats()) == 1


def test_a_refused_key_is_a_notice_with_remedy_and_request_id_and_retry_works(visit, site):
    site.upstream.plan("chat", Answer.refusing(401, "bad key"))
    visit.ask("keep me")
    notice = visit.page.get_by_role("alert").filter(has_text="refused the key")
    expect(notice).to_contain_text("Check the key")
    expect(notice).to_contain_text("request r1")
    expect(visit.page.get_by_test_id("user")).to_contain_text("keep me")
    shown = visit.page.locator("body").inner_text()
    for sign in ("Traceback", "sk-", "Error:"):
        assert sign not in shown
    notice.get_by_role("button", name="Retry").click()
    visit.answered("You said: keep me")
    expect(notice).to_be_hidden()
    assert said(site) == [("user", "keep me")]


def test_retry_asks_an_interrupted_question_again(visit, site):
    visit.model("scripted/cut")
    visit.ask("one two three four")
    interrupted(visit)
    visit.model("openai/gpt-4o-mini")
    visit.page.get_by_role("status").get_by_role("button", name="Retry", exact=True).or_(
        visit.page.get_by_role("alert").get_by_role("button", name="Retry", exact=True)
    ).click()
    visit.answered("You said: one two three four")
    assert said(site) == [("user", "one two three four")]


def test_continue_goes_on_where_an_answer_was_cut(visit, site):
    visit.model("scripted/cut")
    visit.ask("one two three four")
    interrupted(visit)
    visit.model("openai/gpt-4o-mini")
    site.upstream.scene.text = "two three four."
    visit.footers.last.get_by_role("button", name="Continue").click()
    visit.answered("You said: one two three four.")
    asked = said(site)
    assert [turn[0] for turn in asked] == ["user", "assistant", "user"]
    assert asked[1][1].startswith("You said: one")
    visit.ask("and then?")
    visit.answered("two three four.", footers=2)
    assert said(site)[1] == ("assistant", "You said: one two three four.")


def interrupted(visit) -> None:
    visit.answered("You said: one")
    expect(visit.page.locator(".notice")).to_be_visible()
    expect(visit.footers.last).to_contain_text("Interrupted")


def test_a_second_question_carries_the_first_and_its_answer_without_the_footer(visit, site):
    visit.ask("first")
    visit.answered("You said: first")
    visit.ask("second")
    visit.answered("You said: second", footers=2)
    assert said(site) == [("user", "first"), ("assistant", "You said: first"), ("user", "second")]


def test_regenerate_asks_the_last_question_again(visit, site):
    visit.ask("first")
    visit.answered("You said: first")
    site.upstream.scene.text = "Something new."
    visit.footers.last.get_by_role("button", name="Regenerate").click()
    visit.answered("Something new.")
    expect(visit.conversation).not_to_contain_text("You said")
    assert said(site) == [("user", "first")]


def test_undo_brings_the_question_back_to_the_box(visit, site):
    visit.ask("first")
    visit.answered("You said: first")
    visit.ask("second")
    visit.answered("You said: second", footers=2)
    visit.footers.last.get_by_role("button", name="Undo").click()
    expect(visit.footers).to_have_count(1)
    expect(visit.box("Message")).to_have_value("second")
    visit.ask("other")
    visit.answered("You said: other", footers=2)
    assert said(site) == [("user", "first"), ("assistant", "You said: first"), ("user", "other")]


def test_an_earlier_question_can_be_asked_in_other_words(visit, site):
    visit.ask("first")
    visit.answered("You said: first")
    visit.ask("second")
    visit.answered("You said: second", footers=2)
    visit.conversation.get_by_role("button", name="Edit").first.click()
    visit.conversation.get_by_role("textbox").fill("changed")
    visit.conversation.get_by_role("button", name="Submit").click()
    visit.answered("You said: changed")
    expect(visit.conversation).not_to_contain_text("second")
    assert said(site) == [("user", "changed")]


@pytest.mark.parametrize("way", ["Clear conversation", "Clear"])
def test_a_cleared_conversation_is_gone_for_the_model_too(visit, site, way):
    visit.ask("first")
    visit.answered("You said: first")
    clear = visit.button(way)
    if way == "Clear" and not clear.count():
        pytest.skip("the conversation has no bin of its own")
    clear.first.click()
    expect(visit.footers).to_have_count(0)
    visit.ask("second")
    visit.answered("You said: second")
    assert said(site) == [("user", "second")]


def test_copy_takes_the_text_without_the_footer(browser, site):
    with visiting(browser, site, permissions=["clipboard-read", "clipboard-write"]) as visit:
        site.upstream.scene.text = "**Bold** and `code` & <b>more</b>"
        visit.ask("hi")
        visit.answered("Bold and code")
        visit.footers.last.get_by_role("button", name="Copy", exact=True).click()
        expect(visit.footers.last).to_contain_text("Copied")
        assert visit.page.evaluate("navigator.clipboard.readText()") == "**Bold** and `code` & <b>more</b>"


def test_a_picture_goes_along_with_the_question(visit, site, tmp_path):
    from upstream import picture

    (tmp_path / "cat.png").write_bytes(picture("cat"))
    with visit.page.expect_file_chooser() as chooser:
        visit.button("+ Image").click()
    chooser.value.set_files(tmp_path / "cat.png")
    expect(visit.page.locator("#attached img").first).to_be_visible()
    visit.ask("what is it?")
    visit.answered("You said: what is it?")
    [turn] = site.chats()[0].json["messages"]
    assert [part["type"] for part in turn["content"]] == ["text", "image_url"]
    assert turn["content"][1]["image_url"]["url"].startswith("data:image/png;base64,")
    expect(visit.page.locator("#attached img")).to_have_count(0)


def test_reasoning_is_folded_away_from_the_answer(visit, site):
    visit.model("scripted/thinking")
    visit.ask("hm")
    visit.answered("You said: hm")
    expect(visit.conversation).to_contain_text("Reasoning")
    visit.ask("and?")
    visit.answered("You said: and?", footers=2)
    assert said(site)[1] == ("assistant", "You said: hm")


def test_the_growing_answer_is_seen_before_it_is_whole(visit, site):
    site.upstream.scene.rate = 5
    visit.ask("one two three four five six")
    expect(visit.conversation).to_contain_text("You said: one")
    assert "six" not in visit.page.get_by_test_id("bot").first.inner_text()
    visit.answered("five six")
