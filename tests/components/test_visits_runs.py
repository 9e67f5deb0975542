"""Visits to the runs of a page: their facts, the drawer, the inspector, the code, over a reload and without any key."""

from __future__ import annotations

import json
import re

import pytest
from browsing import Visit, profile, visiting
from playwright.sync_api import Locator, expect
from running_page import OWNER_KEY, VISITOR_KEY, Site, until
from upstream import Answer

pytestmark = pytest.mark.browser

COUNTED = "(async () => (await playground.kept.runs.all()).length)()"


def inspector(visit: Visit) -> Locator:
    return visit.page.get_by_role("dialog", name="Run", exact=True)


def drawer(visit: Visit) -> Locator:
    """The list of this page's runs, opened."""
    visit.page.get_by_role("button", name=re.compile("^Runs")).click()
    return visit.page.get_by_role("dialog", name="Runs of this page")


def view(visit: Visit, name: str) -> Locator:
    """One of the inspector's views."""
    inspector(visit).get_by_role("tab", name=name, exact=True).click()
    return inspector(visit).get_by_role("tabpanel", name=name, exact=True)


def noted(visit: Visit, runs: int = 1) -> None:
    """The page has heard of so many runs; it asks for them when it has nothing else to do."""
    expect(visit.page.locator("[data-total]")).to_contain_text(f"· {runs}")


def asked(visit: Visit, text: str = "hello") -> None:
    visit.ask(text)
    visit.answered(f"You said: {text}")
    noted(visit)


def test_view_code_opens_at_curl_its_copy_button_has_the_focus_and_escape_goes_back(browser, site):
    with visiting(browser, site, permissions=["clipboard-read", "clipboard-write"]) as visit:
        asked(visit, "why 'blue'?")
        visit.footers.last.get_by_role("button", name="View code").click()
        copy = inspector(visit).get_by_role("button", name="Copy cURL")
        expect(copy).to_be_focused()
        visit.page.keyboard.press("Enter")
        expect(inspector(visit).get_by_role("button", name="Copied")).to_be_visible()
        copied = visit.page.evaluate("navigator.clipboard.readText()")
        assert copied == inspector(visit).locator("pre").text_content()
        for part in ("curl", f"{site.upstream.base}/chat/completions", "$AIML_API_KEY", "openai/gpt-4o-mini", "blue"):
            assert part in copied
        assert OWNER_KEY not in copied
        for language, sign in (("Python", "os.environ"), ("JavaScript", "process.env")):
            inspector(visit).get_by_role("button", name=language, exact=True).click()
            expect(inspector(visit).locator("pre")).to_contain_text(sign)
            expect(inspector(visit).get_by_role("button", name=f"Copy {language}")).to_be_visible()
        visit.page.keyboard.press("Escape")
        expect(inspector(visit)).to_be_hidden()
        expect(visit.footers.last.get_by_role("button", name="View code")).to_be_focused()


def test_the_inspector_shows_what_was_sent_and_received_and_when(visit, site):
    asked(visit)
    visit.footers.last.get_by_role("button", name="Inspect").click()
    sent = view(visit, "Request")
    expect(sent).to_contain_text("authorization: Bearer $AIML_API_KEY", ignore_case=True)
    body = sent.get_by_role("region", name="Request: body").text_content()
    assert json.loads(body or "") == site.chats()[0].json
    expect(view(visit, "Reply")).to_contain_text("data: [DONE]")
    expect(view(visit, "Reply")).to_contain_text("status 200")
    for part in ("queue", "first byte", "tokens", "shown"):
        expect(view(visit, "Timeline").get_by_text(part, exact=True)).to_be_visible()
    expect(view(visit, "Attempts")).to_contain_text("Sent once, and answered.")
    expect(inspector(visit)).to_contain_text("$0.000006, billed")
    expect(inspector(visit)).to_contain_text(re.compile("Request id *r1"))
    visit.page.keyboard.press("ArrowRight")
    expect(view(visit, "Code")).to_be_visible()


def test_retries_are_told_with_their_reasons(visit, site):
    site.upstream.plan("chat", Answer.refusing(503, "busy"))
    asked(visit)
    visit.footers.last.get_by_role("button", name="Inspect").click()
    attempts = view(visit, "Attempts")
    expect(attempts).to_contain_text("Sent 2 times.")
    expect(attempts.get_by_role("listitem").first).to_contain_text("(503)")
    expect(attempts.get_by_role("listitem").first).to_contain_text("then again")
    expect(attempts.get_by_role("listitem").last).to_contain_text("answered")
    expect(view(visit, "Request").get_by_text(re.compile("^2 of 2"))).to_be_visible()


def test_a_failed_run_can_be_inspected_and_is_counted_as_failed(visit, site):
    site.upstream.plan("chat", Answer.refusing(401, "no such key"))
    visit.ask("hello")
    notice = visit.page.get_by_role("alert").filter(has_text="refused the key")
    notice.get_by_role("button", name="Inspect").click()
    expect(inspector(visit)).to_contain_text("refused the key")
    expect(view(visit, "Reply")).to_contain_text("no such key")
    expect(view(visit, "Reply")).to_contain_text("status 401")
    visit.page.keyboard.press("Escape")
    listed = drawer(visit)
    expect(listed).to_contain_text("1 run · 1 failed")
    expect(listed.get_by_role("listitem")).to_contain_text("failed")


def test_a_picture_has_its_facts_its_code_and_a_reply_without_the_picture(visit, site):
    site.upstream.scene.inline = True
    try:
        visit.tab("Image")
        visit.box("Prompt").fill("a red cat")
        visit.box("Prompt").press("Enter")
        facts = visit.page.get_by_role("tabpanel").locator(".facts:visible")
        expect(facts).to_contain_text("1024×1024")
        facts.get_by_role("button", name="Inspect").click()
        expect(view(visit, "Request")).to_contain_text("a red cat")
        reply = view(visit, "Reply").get_by_role("region", name="Reply: body")
        expect(reply).to_contain_text("$media")
        assert len(reply.text_content() or "") < 2000
    finally:
        site.upstream.scene.inline = False


def test_the_drawer_lists_the_runs_adds_them_up_and_saves_them_without_any_key(browser, site, tmp_path):
    site.upstream.scene.text = f"Your keys are {OWNER_KEY} and {VISITOR_KEY}."
    with visiting(browser, site) as visit:
        visit.ask("first")
        visit.answered("Your keys are")
        noted(visit)
        visit.button("Use my own key").click()
        visit.page.get_by_label("API key").fill(VISITOR_KEY)
        visit.button("Check and use").click()
        expect(visit.page.get_by_role("dialog")).to_contain_text("The key works")
        visit.page.keyboard.press("Escape")
        visit.ask("second")
        visit.answered("Your keys are", footers=2)
        noted(visit, 2)
        listed = drawer(visit)
        expect(listed).to_contain_text("2 runs · $0.000012 billed")
        expect(listed.get_by_role("listitem")).to_have_count(2)
        expect(listed.get_by_role("listitem").first).to_contain_text("ok")
        with visit.page.expect_download() as download:
            listed.get_by_role("button", name="Save as JSONL").click()
        runs = [json.loads(line) for line in download.value.path().read_text("utf-8").splitlines()]
        assert download.value.suggested_filename.endswith(".jsonl")
        assert [run["calls"][0]["request_body"]["messages"][-1]["content"] for run in runs] == ["first", "second"]
        assert {run["task"] for run in runs} == {"chat"}
        assert OWNER_KEY not in json.dumps(runs[0])
        assert VISITOR_KEY not in json.dumps(runs[1])
        assert [call.key for call in site.chats()] == [OWNER_KEY, VISITOR_KEY]

        listed.get_by_role("listitem").first.get_by_role("button").click()
        for name in ("Request", "Reply", "Code"):
            expect(view(visit, name)).not_to_contain_text(VISITOR_KEY)
        visit.page.keyboard.press("Escape")
        expect(listed.get_by_role("listitem").first.get_by_role("button")).to_be_focused()


def test_after_a_reload_the_runs_and_their_total_are_still_there(visit, site):
    asked(visit)
    visit.until(f"{COUNTED}.then((many) => many > 0)")
    visit.reload()
    visit.answered("You said: hello")
    noted(visit)
    visit.footers.last.get_by_role("button", name="View code").click()
    expect(inspector(visit).get_by_role("button", name="Copy cURL")).to_be_focused()
    expect(view(visit, "Request")).to_contain_text("hello")
    visit.page.keyboard.press("Escape")
    listed = drawer(visit)
    expect(listed.get_by_role("listitem")).to_have_count(1)
    listed.get_by_role("button", name="Forget these runs").click()
    expect(listed).to_contain_text("Nothing has run yet.")
    assert visit.page.evaluate("playground.runs.all()") == []


def test_only_the_newest_runs_are_kept(browser, site):
    with visiting(browser, site) as visit:
        visit.page.evaluate(
            """async () => { for (let at = 0; at < 203; at++)
                 await playground.kept.runs.put({ id: `old-${at}`, saved: at, page: 'another' }); }"""
        )
        asked(visit)
        until(lambda: visit.page.evaluate(COUNTED) == 200, what="200 runs")
        kept = visit.page.evaluate("(async () => (await playground.kept.runs.all()).map((run) => run.id))()")
        assert not {"old-0", "old-3"} & set(kept)
        assert "old-202" in kept
        expect(drawer(visit).get_by_role("listitem")).to_have_count(1)  # those of another page are not listed


def test_a_name_that_a_run_never_had_opens_nothing_of_anybody(browser, visit, site):
    asked(visit, "mine alone")
    mine = visit.page.evaluate("(async () => (await playground.runs.all())[0].id)()")
    with visiting(browser, site) as other:
        for name in (mine, "never-was"):
            other.page.evaluate("(name) => playground.runs.open(name)", name)
            expect(inspector(other)).to_contain_text("Nobody knows this run")
            expect(inspector(other)).not_to_contain_text("mine alone")
        assert other.page.evaluate("playground.runs.all()") == []


def test_on_a_phone_the_header_and_the_inspector_fit(browser, site: Site):
    with profile(browser, site, viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True) as visit:
        visit.open()
        asked(visit)
        for name in ("Runs", "Use my own key", "Light or dark"):
            box = visit.page.get_by_role("button", name=re.compile(f"^{name}")).bounding_box()
            assert box
            assert box["x"] + box["width"] <= 360, f"{name} is off the screen"
            assert box["height"] >= 40
        visit.footers.last.get_by_role("button", name="Inspect").tap()
        for name in ("Request", "Reply", "Timeline", "Attempts", "Code"):
            shown = view(visit, name)
            expect(shown).to_be_visible()
            assert inspector(visit).evaluate("(it) => it.scrollWidth <= it.clientWidth"), f"{name} scrolls sideways"
