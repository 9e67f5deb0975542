"""Visits to what was made earlier: it is the browser's, comes back after a reload, and can be used again."""

from __future__ import annotations

import pytest
from browsing import Visit
from playwright.sync_api import Locator, expect
from running_page import clip
from upstream import Answer

pytestmark = pytest.mark.browser

FULL = """() => {
  const put = IDBObjectStore.prototype.put;
  let left = 1;
  IDBObjectStore.prototype.put = function (record) {
    if (record.blob && left-- > 0) throw new DOMException("full", "QuotaExceededError");
    return put.call(this, record);
  };
}"""


def paint(visit: Visit, prompt: str) -> None:
    visit.box("Prompt").fill(prompt)
    visit.button("Generate").click()
    kept(visit, prompt)


def speak(visit: Visit, text: str) -> None:
    visit.box("Text").fill(text)
    visit.button("Speak").click()
    kept(visit, text)


def kept(visit: Visit, words: str) -> None:
    """The browser has it."""
    script = (
        "async (words) => (await playground.kept.media.all()).some((it) => JSON.stringify(it.asked).includes(words))"
    )
    visit.until(script, words)


def shelf(visit: Visit, task: str) -> Locator:
    return visit.page.locator(f"#shelf-{task}")


def names(visit: Visit) -> list[str]:
    """What the pictures on the shelf were asked with, in their order."""
    tiles = shelf(visit, "image").locator(".tile")
    return [str(tile.get_attribute("aria-label")).removeprefix("Look at: ") for tile in tiles.all()]


def test_pictures_come_back_after_a_reload_from_the_browser_alone(visit, site):
    visit.tab("Image")
    paint(visit, "a red cat")
    expect(shelf(visit, "image").locator(".tile")).to_have_count(0)  # the newest one stands large above
    paint(visit, "a blue dog")
    expect(shelf(visit, "image").locator(".tile")).to_have_count(1)
    assert names(visit) == ["a red cat"]
    expect(visit.page.locator("#pictures .thumbnails > *")).to_have_count(1)
    visit.asked.clear()
    visit.reload()
    expect(shelf(visit, "image").locator(".tile")).to_have_count(2)
    assert names(visit) == ["a blue dog", "a red cat"]
    assert not [url for url in visit.asked if "file=" in url]

    shelf(visit, "image").locator(".tile").last.click()
    look = visit.page.get_by_role("dialog", name="a red cat")
    expect(look.get_by_role("img", name="a red cat")).to_be_visible()
    for said in ("1024×1024", "seed 42", "flux/schnell"):
        expect(look).to_contain_text(said)
    with visit.page.expect_download() as download:
        look.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == "a-red-cat-seed-42.jpg"
    assert download.value.path().read_bytes()[:3] == b"\xff\xd8\xff"
    visit.page.keyboard.press("ArrowLeft")
    expect(visit.page.get_by_role("dialog", name="a blue dog")).to_be_visible()
    visit.page.keyboard.press("Escape")
    expect(visit.page.get_by_role("dialog")).to_be_hidden()


def test_a_picture_gives_its_settings_back_with_its_seed_or_with_a_new_one(visit, site):
    visit.tab("Image")
    visit.page.get_by_role("radio", name="Wide 16:9").click()
    paint(visit, "a red cat")
    visit.page.get_by_role("radio", name="Square").click()
    paint(visit, "a blue dog")
    for way, seed in (("Use again", "42"), ("Use with a new seed", "0")):
        visit.box("Prompt").fill("something else")
        shelf(visit, "image").locator(".tile").last.click()
        visit.button(way).click()
        expect(visit.page.get_by_role("dialog")).to_be_hidden()
        expect(visit.box("Prompt")).to_have_value("a red cat")
        expect(visit.page.get_by_role("radio", name="Wide 16:9")).to_be_checked()
        expect(visit.page.get_by_label("Seed")).to_have_value(seed)
    assert len(site.upstream.calls_to("image")) == 2  # nothing is made unasked


def test_what_is_deleted_can_be_taken_back_and_else_stays_away(visit, site):
    visit.tab("Text to Speech")
    for text in ("one", "two", "three"):
        speak(visit, text)
    clips = shelf(visit, "speech").locator(".line")
    expect(clips).to_have_count(2)
    clips.first.get_by_role("button", name="Delete").click()
    expect(clips).to_have_count(1)
    expect(shelf(visit, "speech")).to_contain_text("The clip is deleted.")
    visit.button("Undo").click()
    expect(clips).to_have_count(2)
    visit.button("Delete all earlier clips").click()
    expect(clips).to_have_count(0)
    expect(shelf(visit, "speech")).to_contain_text("2 clips are deleted.")
    visit.reload()
    expect(clips).to_have_count(1)
    expect(clips).to_contain_text("three")


def test_a_clip_is_heard_and_downloaded_again_after_a_reload(visit, site):
    visit.tab("Text to Speech")
    speak(visit, "Hello there.")
    visit.reload()
    row = shelf(visit, "speech").locator(".line")
    row.get_by_role("button", name="Play: Hello there.").click()
    visit.page.wait_for_function("document.querySelector('#shelf-speech audio')?.duration > 0.4")
    with visit.page.expect_download() as download:
        row.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == "hello-there.wav"
    assert download.value.path().read_bytes()[:4] == b"RIFF"
    visit.box("Text").fill("something else")
    row.get_by_role("button", name="Use again").click()
    expect(visit.box("Text")).to_have_value("Hello there.")


def test_a_transcript_is_read_and_downloaded_again_after_a_reload(visit, site, tmp_path):
    site.upstream.scene.text = "hello <b>from</b> upstream"
    visit.tab("Speech to Text")
    visit.page.locator("#audio input[type=file]").set_input_files(clip(tmp_path))
    expect(visit.page.get_by_role("group", name="Audio").get_by_role("button", name="Play", exact=True)).to_be_visible()
    visit.button("Transcribe").click()
    kept(visit, "clip.wav")
    visit.reload()
    row = shelf(visit, "transcription").locator(".line")
    expect(row).to_contain_text("clip.wav: hello <b>from</b> upstream")
    row.get_by_role("button", name="Read").click()
    look = visit.page.get_by_role("dialog", name="clip.wav")
    expect(look).to_contain_text("hello <b>from</b> upstream")
    for name in ("TXT", "SRT", "VTT", "JSON"):
        with visit.page.expect_download() as download:
            look.get_by_role("button", name=f"Download {name}").click()
        assert download.value.suggested_filename == f"clip.{name.lower()}"
        assert "upstream" in download.value.path().read_text()


def test_without_room_the_oldest_picture_goes_and_that_is_said(visit, site):
    visit.tab("Image")
    paint(visit, "the oldest")
    paint(visit, "the second")
    visit.page.evaluate(FULL)
    paint(visit, "the newest")
    expect(shelf(visit, "image")).to_contain_text("the oldest picture was dropped")
    assert names(visit) == ["the second"]


def test_a_run_that_fails_leaves_the_shelf_as_it_was(visit, site):
    visit.tab("Image")
    paint(visit, "a red cat")
    site.upstream.plan("image", Answer.refusing(503, "as planned"))
    visit.box("Prompt").fill("a blue dog")
    visit.button("Generate").click()
    expect(visit.page.get_by_role("alert").filter(has_text="has trouble")).to_be_visible()
    expect(visit.page.locator("#pictures .thumbnails > *")).to_have_count(1)
    assert visit.page.evaluate("async () => (await playground.kept.media.all()).length") == 1
