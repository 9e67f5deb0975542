"""Visits that are left while something runs: a transcription is picked up, a picture said to be lost, no draft is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import Visit, profile
from playwright.sync_api import Locator, expect
from running_page import OWNER_KEY, VISITOR_KEY, Site, clip, serving, until
from upstream import Answer

from services.settings import Settings

pytestmark = pytest.mark.browser

KEPT = "async () => (await playground.kept.settings.all()).filter((it) => it.id.startsWith('job-'))"
MADE_UP = """async (job) => playground.kept.settings.put({
  id: "job-x", job, model: "#g1_nova-2-general", whose: "page", name: "mine.wav",
  saved: Date.now(), seen: 0, tab: "" })"""


@pytest.fixture
def visit(browser, site) -> Iterator[Visit]:
    """A page of one's own: what Gradio says in the console of a page that is left amid an event is not counted."""
    with profile(browser, site) as visit:
        visit.open()
        yield visit


def paste(visit: Visit) -> None:
    visit.button("Use my own key").click()
    visit.page.get_by_label("API key").fill(VISITOR_KEY)
    visit.button("Check and use").click()
    expect(visit.page.get_by_role("dialog")).to_contain_text("The key works")
    visit.page.get_by_role("dialog").get_by_role("button", name="Close").click()


def transcribe(visit: Visit, site: Site, folder: Path) -> None:
    """Begin a transcription that does not end, and wait until it is polled."""
    site.upstream.scene.polls = 10_000
    visit.tab("Speech to Text")
    visit.page.locator("#audio input[type=file]").set_input_files(clip(folder))
    expect(visit.page.get_by_role("group", name="Audio").get_by_role("button", name="Play", exact=True)).to_be_visible()
    visit.button("Transcribe").click()
    until(lambda: site.upstream.calls_to("poll") or visit.page.wait_for_timeout(50), 20)
    assert len(visit.page.evaluate(KEPT)) == 1


def offered(visit: Visit) -> Locator:
    return visit.page.locator(".notice").filter(has_text="A transcription was running")


def test_a_transcription_that_was_running_is_picked_up_and_sent_once(visit, site, tmp_path):
    transcribe(visit, site, tmp_path)
    visit.reload()
    expect(offered(visit)).to_contain_text("clip.wav")
    site.upstream.scene.polls, site.upstream.scene.text = 0, "hello from upstream"
    offered(visit).get_by_role("button", name="Pick it up").click()
    expect(visit.page.locator("#transcript textarea")).to_have_value("hello from upstream")
    assert len(site.upstream.calls_to("job")) == 1
    assert {call.key for call in site.upstream.calls_to("poll")} == {OWNER_KEY}
    visit.until(f"async () => !(await ({KEPT})()).length")
    visit.reload()
    expect(visit.page.locator("#shelf-transcription .line")).to_contain_text("clip.wav: hello from upstream")
    expect(offered(visit)).to_be_hidden()


def test_a_job_of_ones_own_key_waits_for_that_key(visit, site, tmp_path):
    paste(visit)
    transcribe(visit, site, tmp_path)
    [kept] = visit.page.evaluate(KEPT)
    assert kept["whose"] == "own"
    assert VISITOR_KEY not in str(kept)
    visit.reload()
    expect(offered(visit)).to_contain_text("paste that key first")
    site.upstream.scene.polls, site.upstream.scene.text = 0, "hello from upstream"
    site.upstream.calls.clear()
    offered(visit).get_by_role("button", name="Pick it up").click()
    refused = visit.page.get_by_role("alert").filter(has_text="a key of your own")
    expect(refused).to_be_visible()
    assert not site.upstream.calls_to("poll")
    paste(visit)
    refused.get_by_role("button", name="Pick it up").click()
    expect(visit.page.locator("#transcript textarea")).to_have_value("hello from upstream")
    assert {call.key for call in site.upstream.calls_to("poll")} == {VISITOR_KEY}


@pytest.mark.parametrize("job", ["0000-nobody-has-this", "../models", "x" * 300])
def test_a_made_up_job_is_refused_in_plain_words(visit, site, job):
    visit.page.evaluate(MADE_UP, job)
    visit.tab("Speech to Text")
    visit.page.wait_for_timeout(300)
    visit.reload()
    offered(visit).get_by_role("button", name="Pick it up").click()
    words = visit.page.locator("#transcription-notice .notice")
    expect(words).not_to_contain_text("was running")
    expect(words).not_to_be_empty()
    expect(words.get_by_role("button", name="Pick it up")).to_be_hidden()
    expect(visit.button("Transcribe")).to_be_visible()
    assert not site.upstream.calls_to("poll")  # it might be somebody else's
    assert not site.upstream.calls_to("job")


def test_a_job_that_is_forgotten_is_not_offered_again(visit, site, tmp_path):
    transcribe(visit, site, tmp_path)
    visit.reload()
    offered(visit).get_by_role("button", name="Forget it").click()
    expect(offered(visit)).to_be_hidden()
    visit.until(f"async () => !(await ({KEPT})()).length")
    visit.reload()
    visit.page.wait_for_timeout(500)
    expect(offered(visit)).to_be_hidden()


@pytest.mark.parametrize(
    ("tab", "box", "task", "words"),
    [
        ("Image", "Prompt", "image", "A picture was being made"),
        ("Text to Speech", "Text", "speech", "A clip was being made"),
    ],
)
def test_what_was_being_made_is_said_to_be_lost_and_its_prompt_is_there(visit, site, tab, box, task, words):
    site.upstream.plan(task, Answer(json={}, delay=20))
    visit.tab(tab)
    visit.box(box).fill("keep me")
    visit.box(box).press("Enter")
    until(lambda: site.upstream.calls_to(task) or visit.page.wait_for_timeout(50), 20)
    visit.page.wait_for_function("(task) => task in JSON.parse(sessionStorage.running || '{}')", arg=task)
    visit.reload()
    lost = visit.page.locator(".notice").filter(has_text=words)
    expect(lost).to_be_visible()
    expect(visit.box(box)).to_have_value("keep me")
    assert len(site.upstream.calls_to(task)) == 1  # nothing is resent unasked
    lost.get_by_role("button", name="Try again").click()
    expect(visit.page.locator("#pictures, #speech-player").first).to_be_visible()
    expect(lost).to_be_hidden()
    visit.reload()
    visit.page.wait_for_timeout(500)
    expect(lost).to_be_hidden()


@pytest.mark.parametrize(
    ("tab", "box", "start", "task"),
    [
        ("Image", "Prompt", "Generate", "image"),
        ("Text to Speech", "Text", "Speak", "speech"),
        ("Speech to Text", "Audio URL", "Transcribe", "job"),
    ],
)
def test_what_is_stopped_before_anything_came_is_among_the_runs(visit, site, tab, box, start, task):
    site.upstream.plan(task, Answer(json={}, delay=20))
    visit.tab(tab)
    visit.box(box).fill("https://93.184.215.14/a.mp3" if task == "job" else "keep me")
    visit.button(start).click()
    until(lambda: site.upstream.calls_to(task) or visit.page.wait_for_timeout(50), 20)
    visit.button("Stop").locator("visible=true").click()
    card = visit.page.locator(".notice.cut").filter(
        has_text="Stopped. Nothing came back. It may be billed all the same."
    )
    expect(card).to_be_visible()
    expect(visit.button(start)).to_be_visible()
    assert site.upstream.calls_to(task)[0].closed.wait(2)
    card.get_by_role("button", name="Inspect").click()
    expect(visit.page.get_by_role("dialog", name="Run", exact=True)).to_contain_text("Stopped before it was finished.")
    visit.page.keyboard.press("Escape")
    expect(visit.page.locator("[data-total]")).to_contain_text("· 1")
    card.get_by_role("button", name="Retry").click()
    expect(visit.page.locator(".facts").locator("visible=true")).to_be_visible()
    expect(card).to_be_hidden()


def test_the_budget_in_the_header_follows_a_picture_and_a_refusal(browser, site, tmp_path):
    settings = Settings(
        api_key=OWNER_KEY, api_base=site.upstream.base, api_dialect="auto", data=tmp_path, budget_day_usd=2
    )
    with serving(settings, site.upstream) as owned, profile(browser, owned) as visit:
        visit.open()
        expect(visit.page.locator("[data-budget]")).to_contain_text("$2.00 of $2.00")
        visit.tab("Image")
        visit.box("Prompt").fill("a red cat")
        visit.button("Generate").click()
        expect(visit.page.locator("[data-budget]")).to_contain_text("$1.997 of $2.00")
        site.upstream.plan("image", Answer.refusing(400, "no such thing"))
        visit.button("Generate").click()
        expect(visit.page.locator("#image-notice .notice")).to_contain_text("no such thing")
        expect(visit.page.locator("[data-budget]")).to_contain_text("$1.997 of $2.00")  # what was set aside is back
        site.upstream.scene.rate = 0
        visit.button("Generate").click()
        expect(visit.page.locator("[data-budget]")).to_contain_text("$1.994 of $2.00")


def test_an_upload_that_is_too_large_is_told_and_costs_no_draft(visit, site, tmp_path):
    """C48: Gradio itself refuses it, early."""
    (tmp_path / "large.wav").write_bytes(b"RIFF" + bytes(27_000_000))
    visit.tab("Image")
    visit.box("Prompt").fill("keep me too")
    visit.tab("Speech to Text")
    visit.box("Audio URL").fill("https://example.org/keep-me.mp3")
    visit.page.locator("#audio input[type=file]").set_input_files(tmp_path / "large.wav")
    expect(visit.page.get_by_test_id("toast-body")).to_contain_text("exceed the maximum allowed size of 23.8 Mb")
    expect(visit.box("Audio URL")).to_have_value("https://example.org/keep-me.mp3")
    visit.reload()
    expect(visit.box("Audio URL")).to_have_value("https://example.org/keep-me.mp3")
    visit.tab("Image")
    expect(visit.box("Prompt")).to_have_value("keep me too")


def test_a_server_that_is_gone_costs_no_draft_and_the_next_try_works(visit, site):
    visit.tab("Image")
    visit.box("Prompt").fill("keep me")
    visit.page.route("**/queue/join*", lambda route: route.abort())
    visit.button("Generate").click()
    visit.page.wait_for_timeout(1000)
    expect(visit.box("Prompt")).to_have_value("keep me")
    visit.page.unroute("**/queue/join*")
    visit.reload()
    expect(visit.box("Prompt")).to_have_value("keep me")
    visit.button("Generate").click()
    expect(visit.page.locator("#pictures img").first).to_be_visible()
