"""Visits to the whole page: without a key, tab by tab, on a phone, by keyboard alone."""

from __future__ import annotations

import time

import pytest
from browsing import TABS, Visit, visiting
from playwright.sync_api import expect
from running_page import OWNER_KEY, clip, serving
from upstream import Answer

from benchmarks.page.visitor import Place
from services.settings import Settings

pytestmark = pytest.mark.browser


@pytest.mark.engine
def test_a_newcomer_without_a_key_chats_hears_and_sees(browser, served):
    with visiting(browser, served("engine")) as visit:
        page = visit.page
        expect(visit.who).to_contain_text("Embedded engine")
        page.locator(".example:visible").first.click()
        expect(visit.footers).to_have_count(1, timeout=60_000)
        expect(visit.footers.last).to_contain_text("embedded engine")
        expect(visit.footers.last).to_contain_text("smollm2-135m")
        assert len(page.get_by_test_id("bot").first.inner_text()) > 20

        visit.footers.last.get_by_role("button", name="Read aloud").click()
        expect(page.get_by_role("tab", name="Text to Speech", exact=True)).to_have_attribute("aria-selected", "true")
        expect(page.locator("#speech-player")).to_be_visible(timeout=60_000)
        expect(page.get_by_role("tabpanel").locator(".facts:visible")).to_contain_text("embedded engine")
        assert visit.box("Text").input_value()

        visit.tab("Chat")
        visit.footers.last.get_by_role("button", name="Make an image of this").click()
        expect(page.get_by_role("tab", name="Image", exact=True)).to_have_attribute("aria-selected", "true")
        expect(page.locator("#pictures img").first).to_be_visible(timeout=60_000)
        expect(page.get_by_role("tabpanel").locator(".facts:visible")).to_contain_text("embedded engine")
        assert visit.box("Prompt").input_value()

        visit.button("Use my own key").click()
        expect(page.get_by_role("dialog", name="Use my own key")).to_be_visible()
        page.keyboard.press("Escape")

        visit.tab("Speech to Text")
        visit.button("A train announcement").click()
        expect(page.locator("#transcript textarea")).to_have_value(re_of("train"), timeout=60_000)
        expect(page.get_by_role("tabpanel").locator(".facts:visible")).to_contain_text("embedded engine")


def re_of(word: str):
    import re

    return re.compile(word, re.IGNORECASE)


def test_every_tab_does_its_job_before_either_published_form(browser, either_site, tmp_path):
    either_site.upstream.scene.text = "hello from upstream"
    with visiting(browser, either_site) as visit:
        page = visit.page
        visit.ask("hello")
        visit.answered("hello from upstream")

        visit.tab("Image")
        assert page.get_by_role("combobox", name="Model", exact=True).input_value()
        visit.box("Prompt").fill("a red cat")
        visit.box("Prompt").press("Enter")
        expect(page.locator("#pictures img").first).to_be_visible()
        expect(visit.button("Generate")).to_be_visible()

        visit.tab("Speech to Text")
        assert page.get_by_role("combobox", name="Model", exact=True).input_value()
        page.locator("#audio input[type=file]").set_input_files(clip(tmp_path))
        expect(page.get_by_role("group", name="Audio").get_by_role("button", name="Play", exact=True)).to_be_visible()
        visit.button("Transcribe").click()
        expect(page.locator("#transcript textarea")).to_have_value("hello from upstream")
        for name in ("TXT", "SRT", "VTT", "JSON"):
            with page.expect_download() as download:
                page.get_by_role("tabpanel").get_by_text(name, exact=True).click()
            assert "hello from upstream" in download.value.path().read_text()

        visit.tab("Text to Speech")
        assert page.get_by_role("combobox", name="Model", exact=True).input_value()
        visit.box("Text").fill("Hello there.")
        visit.button("Speak").click()
        expect(page.locator("#speech-player")).to_be_visible()
        expect(visit.button("Speak")).to_be_visible()
        assert {"chat", "image", "speech"} <= {asked.task for asked in either_site.upstream.calls}


@pytest.mark.parametrize(
    ("tab", "box", "start", "task"),
    [("Image", "Prompt", "Generate", "image"), ("Text to Speech", "Text", "Speak", "speech")],
)
def test_a_refusal_in_a_tab_keeps_what_was_written_and_retry_works(visit, site, tab, box, start, task):
    site.upstream.plan(task, Answer.refusing(503, "as planned"))
    visit.tab(tab)
    visit.box(box).fill("keep me")
    visit.button(start).click()
    notice = visit.page.get_by_role("alert").filter(has_text="has trouble")
    expect(notice).to_contain_text("request r1")
    expect(visit.box(box)).to_have_value("keep me")
    expect(visit.button(start)).to_be_visible()
    notice.get_by_role("button", name="Retry").click()
    expect(notice).to_be_hidden()
    expect(visit.page.locator("#pictures, #speech-player").first).to_be_visible()
    assert len(site.upstream.calls_to(task)) == 2


@pytest.mark.parametrize(
    ("tab", "box", "start", "task"),
    [("Image", "Prompt", "Generate", "image"), ("Text to Speech", "Text", "Speak", "speech")],
)
def test_stop_in_a_tab_closes_the_upstream_and_the_next_one_works(visit, site, tab, box, start, task):
    site.upstream.plan(task, Answer(json={}, delay=20))
    visit.tab(tab)
    visit.box(box).fill("never mind")
    visit.box(box).press("Enter")
    expect(visit.button("Stop")).to_be_visible()
    deadline = time.monotonic() + 5
    while not site.upstream.calls_to(task) and time.monotonic() < deadline:
        visit.page.wait_for_timeout(20)
    visit.page.keyboard.press("Escape")
    assert site.upstream.calls_to(task)[0].closed.wait(2)
    expect(visit.button(start)).to_be_visible()
    visit.button(start).click()
    expect(visit.page.locator("#pictures, #speech-player").first).to_be_visible()


@pytest.mark.parametrize(
    ("tab", "start"), [("Image", "Generate"), ("Speech to Text", "Transcribe"), ("Text to Speech", "Speak")]
)
def test_nothing_to_work_on_is_no_call_but_a_hint(visit, site, tab, start):
    visit.tab(tab)
    visit.button(start).click()
    expect(visit.page.locator(".notice:visible")).not_to_be_empty()
    expect(visit.button(start)).to_be_visible()
    assert not [asked for asked in site.upstream.calls if asked.task in ("image", "job", "transcription", "speech")]


def test_read_aloud_and_make_an_image_carry_the_answer(visit, site):
    site.upstream.scene.text = "# A **red** cat\n\n- sits `here`\n\n```\ncode\n```"
    visit.ask("what?")
    visit.answered("A red cat")
    visit.footers.last.get_by_role("button", name="Read aloud").click()
    expect(visit.page.locator("#speech-player")).to_be_visible()
    visit.tab("Chat")
    visit.footers.last.get_by_role("button", name="Make an image of this").click()
    expect(visit.page.locator("#pictures img").first).to_be_visible()
    [spoken] = site.upstream.calls_to("speech")
    [painted] = site.upstream.calls_to("image")
    for asked in (spoken.json["text"], painted.json["prompt"]):
        assert asked.startswith("A red cat")
        assert not set("#*`") & set(asked)


def test_the_model_that_is_chosen_is_the_one_that_is_asked(visit, site):
    visit.model("scripted/whole")
    visit.ask("hello")
    visit.answered("You said: hello")
    assert site.chats()[0].json["model"] == "scripted/whole"


def test_on_a_phone_every_tab_is_within_reach_and_nothing_scrolls_sideways(browser, site):
    with visiting(browser, site, viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True) as visit:
        visit.ask("a_very_long_word_" * 20 + " `code " + "x" * 300 + "`")
        visit.answered("You said:")
        for tab in TABS:
            reach(visit, tab)
            visit.page.wait_for_timeout(300)
            wide = visit.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
            assert wide[0] <= wide[1], f"{tab} scrolls sideways: {wide}"
        box = visit.button("Speak").bounding_box()
        assert box
        assert 0 <= box["x"] <= 360 - box["width"]


def reach(visit: Visit, name: str) -> None:
    """Press a tab by hand; it must be wholly on the screen."""
    tab = visit.page.get_by_role("tab", name=name, exact=True)
    expect(tab).to_be_visible()
    box = tab.bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360, f"{name} is off the screen"
    tab.tap()
    expect(tab).to_have_attribute("aria-selected", "true")


FOCUS = """() => {
  const it = document.activeElement;
  if (!it || it === document.body) return null;
  const box = it.getBoundingClientRect(), around = [it];
  while (around.length < 9 && around.at(-1).parentElement) around.push(around.at(-1).parentElement);
  const signs = () => around.map(e => { const look = getComputedStyle(e);
    return [look.outline, look.boxShadow, look.borderColor].join(); }).join();
  const focused = signs();
  it.blur(); const left = signs(); it.focus();
  return { name: it.getAttribute('aria-label') || it.labels?.[0]?.innerText?.trim() || it.textContent.trim(),
           seen: box.width > 0 && box.height > 0 && getComputedStyle(it).visibility === 'visible',
           ringed: focused !== left };
}"""


@pytest.mark.parametrize(
    ("tab", "wanted"),
    [
        ("Chat", ["Use my own key", "Model", "Temperature", "Message", "Send"]),
        ("Image", ["Model", "Prompt", "Generate"]),
        ("Speech to Text", ["Model", "Language", "Audio URL", "Transcribe"]),
        ("Text to Speech", ["Model", "Voice", "Text", "Speak"]),
    ],
)
def test_the_tab_key_reaches_everything_and_focus_is_always_seen(visit, tab, wanted):
    visit.page.emulate_media(reduced_motion="reduce")
    visit.tab(tab)
    visit.page.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
    visit.page.locator("h1").click()
    stops = []
    for _ in range(60):
        visit.page.keyboard.press("Tab")
        stop = visit.page.evaluate(FOCUS)
        if stop is not None:  # a list of choices that closes takes the focus with it for one step
            stops.append(stop)
        if len(stops) > 1 and stop == stops[0]:
            break
    names = " | ".join(stop["name"] for stop in stops)
    for name in wanted:
        assert any(name in stop["name"] for stop in stops), f"{name} is not reached: {names}"
    unseen = [stop["name"] for stop in stops if not stop["seen"]]
    assert not unseen, "focus goes where nothing is seen"
    assert not [stop["name"] for stop in stops if not stop["ringed"]], "focus without a sign of it"


def test_light_and_dark_are_kept_over_a_reload(browser, site):
    with visiting(browser, site) as visit:
        dark = "document.body.classList.contains('dark')"
        before = visit.page.evaluate(dark)
        visit.button("Light or dark").click()
        assert visit.page.evaluate(dark) is not before
        visit.open()
        assert visit.page.evaluate(dark) is not before


def test_as_a_space_the_page_asks_no_other_host(browser, site, monkeypatch):
    for name, value in {"SPACE_ID": "owner/playground", "SYSTEM": "spaces", "SPACE_HOST": "127.0.0.1"}.items():
        monkeypatch.setenv(name, value)
    settings = Settings(api_key=OWNER_KEY, api_base=site.upstream.base, api_dialect="auto")
    with serving(settings, site.upstream) as space, visiting(browser, space) as visit:
        visit.ask("hello")
        visit.answered("You said: hello")
        for tab in TABS:
            visit.tab(tab)
            visit.page.wait_for_timeout(300)
        assert len(visit.asked) > 20


def test_an_upstream_that_is_down_is_told_on_the_page_and_comes_back_without_a_reload(visit, site):
    site.upstream.always("chat", Answer(status=503, body="<html>down</html>", content_type="text/html"))
    visit.ask("anyone?")
    expect(visit.page.get_by_role("alert")).to_contain_text("503")
    assert "<html>" not in visit.page.locator("body").inner_text()
    site.upstream._always.clear()
    visit.page.get_by_role("alert").get_by_role("button", name="Retry").click()
    visit.answered("You said: anyone?")


def test_the_bench_can_tell_when_the_page_is_ready(visit):
    visit.page.wait_for_function(Place.ours(visit.site.url, "lane").ready)
    assert visit.page.locator(Place.ours(visit.site.url, "lane").box).is_visible()
