"""Visits that are interrupted by a reload: the conversation and the draft are the browser's, and come back."""

from __future__ import annotations

import pytest
from browsing import Visit, visiting
from playwright.sync_api import expect
from upstream import Answer

pytestmark = pytest.mark.browser


def reload(visit: Visit) -> None:
    visit.page.reload()
    expect(visit.who).to_be_visible(timeout=30_000)


def test_a_reload_brings_the_conversation_and_the_draft_back(visit, site):
    visit.ask("first")
    visit.answered("You said: first")
    visit.box("Message").fill("my next thought")
    reload(visit)
    visit.answered("You said: first")
    expect(visit.box("Message")).to_have_value("my next thought")
    expect(visit.footers.last).to_contain_text("$0.000006")
    visit.box("Message").press("Enter")
    visit.answered("You said: my next thought", footers=2)
    sent = [turn["content"] for turn in site.chats()[-1].json["messages"]]
    assert sent == ["first", "You said: first", "my next thought"]
    reload(visit)
    visit.answered("You said: my next thought", footers=2)
    expect(visit.box("Message")).to_have_value("")


def test_a_reload_amid_an_answer_keeps_what_came_and_closes_the_upstream(visit, site):
    visit.model("scripted/endless")
    visit.ask("and on")
    expect(visit.conversation).to_contain_text("You said: and on You said: and on")
    visit.page.wait_for_timeout(1500)
    reload(visit)
    assert site.chats()[0].closed.wait(2)
    visit.answered("You said: and on You said: and on")
    expect(visit.footers.last).to_contain_text("Interrupted")
    expect(visit.footers.last.get_by_role("button", name="Continue")).to_be_visible()


def test_a_question_without_an_answer_is_said_to_be_lost_and_asked_again(visit, site):
    visit.model("scripted/slow")
    visit.ask("take your time")
    expect(visit.conversation).to_contain_text("take your time")
    visit.page.wait_for_timeout(300)
    reload(visit)
    notice = visit.page.locator(".notice").filter(has_text="The answer to your last question was lost")
    expect(notice).to_be_visible()
    visit.model("openai/gpt-4o-mini")
    notice.get_by_role("button", name="Retry").click()
    visit.answered("You said: take your time")
    expect(notice).to_be_hidden()


def test_a_cleared_conversation_stays_cleared(visit, site):
    visit.ask("first")
    visit.answered("You said: first")
    visit.button("Clear conversation").click()
    expect(visit.footers).to_have_count(0)
    visit.page.wait_for_timeout(200)
    reload(visit)
    visit.page.wait_for_timeout(500)
    expect(visit.footers).to_have_count(0)


def test_what_another_profile_said_is_not_here(browser, visit, site):
    visit.ask("mine alone")
    visit.answered("You said: mine alone")
    with visiting(browser, site) as other:
        other.page.wait_for_timeout(500)
        expect(other.conversation).not_to_contain_text("mine alone")


def test_a_question_that_was_refused_is_not_said_to_be_lost(visit, site):
    site.upstream.plan("chat", Answer.refusing(401, "bad key"))
    visit.ask("keep me")
    expect(visit.page.get_by_role("alert").filter(has_text="refused the key")).to_be_visible()
    reload(visit)
    notice = visit.page.locator(".notice").filter(has_text="Your last question has no answer")
    notice.get_by_role("button", name="Retry").click()
    visit.answered("You said: keep me")
