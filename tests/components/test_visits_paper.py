"""Visits that save a run as one HTML file, which opens without a network and can do nothing."""

from __future__ import annotations

import pytest
from browsing import Visit, visiting
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def saved(visit: Visit, folder) -> str:
    """The file of the run whose inspector is open, opened where there is no network."""
    with visit.page.expect_download() as coming:
        visit.button("Save as HTML").click()
    path = folder / coming.value.suggested_filename
    coming.value.save_as(path)
    return path.as_uri()


def test_an_answer_opens_offline_with_its_facts_and_its_code(browser, site, tmp_path):
    site.upstream.scene.text = "# Tides\n\nThe **moon** <script>document.title='gone'</script>"
    with visiting(browser, site) as visit:
        visit.ask("why are there tides?")
        visit.answered("Tides")
        visit.page.get_by_role("button", name="Inspect").first.click()
        address = saved(visit, tmp_path)
    context = browser.new_context(offline=True)
    page, asked = context.new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    expect(page.get_by_role("heading", name="openai/gpt-4o-mini")).to_be_visible()
    expect(page.get_by_role("heading", name="Tides")).to_be_visible()
    for said in ("why are there tides?", "$0.000006", "$AIML_API_KEY", "First token"):
        expect(page.locator("body")).to_contain_text(said)
    assert page.title().startswith("openai/gpt-4o-mini")
    assert page.locator("script").count() == 0
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    context.close()


def test_a_picture_is_in_the_file(browser, site, tmp_path):
    with visiting(browser, site) as visit:
        visit.tab("Image")
        visit.box("Prompt").fill("a red boat")
        visit.button("Generate").click()
        expect(visit.page.locator("#shelf-image .facts, .status .facts").first).to_be_visible(timeout=20_000)
        visit.page.get_by_role("button", name="Inspect").last.click()
        address = saved(visit, tmp_path)
    page = browser.new_page()
    page.goto(address)
    expect(page.locator("body")).to_contain_text("a red boat")
    assert page.locator("img").evaluate("it => it.complete && it.naturalWidth > 0")
    page.close()
