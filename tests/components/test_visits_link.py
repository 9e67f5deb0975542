"""Visits that share a set-up: made in one browser, opened in another, sent nowhere; a hostile link runs nothing."""

from __future__ import annotations

import base64
import json
import re
import zlib

import pytest
import zxingcpp
from browsing import Visit, visiting
from PIL import Image
from playwright.sync_api import expect
from running_page import OWNER_KEY, VISITOR_KEY

pytestmark = pytest.mark.browser


def made(visit: Visit) -> str:
    """The link of what stands there."""
    visit.button("Share").click()
    return visit.page.get_by_label("Link", exact=True).input_value()


def fragment(setup: object) -> str:
    squeeze = zlib.compressobj(wbits=-15)
    data = squeeze.compress(json.dumps(setup).encode()) + squeeze.flush()
    return "#setup=1." + base64.urlsafe_b64encode(data).decode().rstrip("=")


def held(link: str) -> dict:
    text = link.partition("#setup=1.")[2]
    return json.loads(zlib.decompress(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), wbits=-15))


def test_a_link_sets_up_another_browser_and_no_request_carries_it(browser, site):
    with visiting(browser, site) as one:
        one.tab("Image")
        one.box("Prompt").fill("a lighthouse at dusk")
        one.page.get_by_role("radio", name="Wide 16:9").check()
        one.page.wait_for_timeout(400)
        link = made(one)
        drawer = one.page.get_by_role("dialog", name="Share this set-up")
        expect(drawer).to_contain_text("a lighthouse at dusk")
    site.upstream.calls.clear()
    with visiting(browser, site) as other:
        sent: list[str] = []
        other.page.on("request", lambda request: sent.append(f"{request.url} {request.post_data or ''}"))
        other.page.goto("about:blank")
        other.page.goto(link)
        expect(other.page.get_by_role("tab", name="Image")).to_have_attribute("aria-selected", "true", timeout=20_000)
        expect(other.box("Prompt")).to_have_value("a lighthouse at dusk", timeout=20_000)
        expect(other.page.get_by_role("radio", name="Wide 16:9")).to_be_checked()
        assert "#" not in other.page.url
        assert not [it for it in sent if "lighthouse" in it or "setup" in it or held(link)["values"]["size"] in it]
        assert not site.upstream.calls_to("image")


def test_a_chat_with_its_comparison_goes_along(browser, site):
    with visiting(browser, site) as one:
        one.button("Compare").click()
        one.page.get_by_role("combobox", name="Model B").fill("anthropic/claude-haiku-4.5")
        one.page.get_by_role("combobox", name="Model B").press("Enter")
        one.box("Message").fill("why is the sea salty?")
        link = made(one)
    with visiting(browser, site) as other:
        other.page.goto("about:blank")
        other.page.goto(link)
        expect(other.box("Message")).to_have_value("why is the sea salty?", timeout=20_000)
        expect(other.page.get_by_role("combobox", name="Model B")).to_have_value(re.compile("Haiku"))


def test_the_qr_code_is_the_link(visit, tmp_path):
    visit.box("Message").fill("a short question")
    link = made(visit)
    visit.page.locator(".qr canvas").screenshot(path=tmp_path / "qr.png")
    [found] = zxingcpp.read_barcodes(Image.open(tmp_path / "qr.png"))
    assert found.text == link
    visit.page.keyboard.press("Escape")


def test_a_link_never_carries_the_key(browser, site):
    with visiting(browser, site) as visit:
        visit.button("Use my own key").click()
        visit.page.get_by_label("API key").fill(VISITOR_KEY)
        visit.button("Check and use").click()
        expect(visit.page.get_by_role("dialog")).to_contain_text("The key works")
        visit.page.keyboard.press("Escape")
        visit.box("Message").fill("hello")
        assert VISITOR_KEY not in json.dumps(held(made(visit)))
        visit.page.keyboard.press("Escape")
        visit.box("Message").fill(f"my key is {VISITOR_KEY}")
        visit.button("Share").click()
        expect(visit.page.get_by_role("dialog")).to_contain_text("a link never carries a key")
        expect(visit.page.get_by_label("Link", exact=True)).to_have_count(0)


@pytest.mark.parametrize(
    "hash_",
    [
        "#setup=1.nonsense!",
        fragment([]),
        fragment({"tab": "__proto__"}),
        fragment({"tab": "chat", "message": "x" * 300_000}),
        "#setup=1." + base64.urlsafe_b64encode(b"\xff" * 50).decode(),
    ],
    ids=["no base64", "no object", "no tab", "a bomb", "not packed"],
)
def test_a_link_that_can_not_be_read_says_so(visit, hash_):
    visit.page.goto("about:blank")
    visit.page.goto(visit.site.url + hash_)
    expect(visit.page.locator("#told")).to_contain_text("no set-up that this page can read", timeout=20_000)


def test_a_hostile_link_fills_in_what_it_may_and_runs_nothing(visit, site):
    setup = {
        "tab": "chat",
        "model": "<img src=x onerror=alert(1)>",
        "values": {"temperature": "<b>", "system": "<script>document.title='gone'</script>", "unknown": 1, "top_p": []},
        "message": "<img src=x onerror=\"document.title='gone'\">",
    }
    visit.page.goto("about:blank")
    visit.page.goto(visit.site.url + fragment(setup))
    expect(visit.box("Message")).to_have_value(setup["message"], timeout=20_000)
    visit.page.wait_for_timeout(500)
    assert visit.page.title() != "gone"
    assert not site.chats()


def test_a_key_that_is_pasted_into_the_empty_message_is_checked_and_used(browser, site):
    with visiting(browser, site, permissions=["clipboard-read", "clipboard-write"]) as visit:
        key = "0123456789abcdef0123456789abcdef"
        visit.page.evaluate("key => navigator.clipboard.writeText(key)", key)
        visit.box("Message").click()
        visit.page.keyboard.press("Control+V")
        expect(visit.page.locator("#told")).to_contain_text("The key works. Balance: $")
        expect(visit.who).to_contain_text("your key")
        expect(visit.box("Message")).to_have_value("")
        expect(visit.page.get_by_role("dialog", name="Use my own key")).to_be_hidden()
        visit.page.evaluate("words => navigator.clipboard.writeText(words)", "what does this mean: " + key)
        visit.box("Message").click()
        visit.page.keyboard.press("Control+V")
        expect(visit.box("Message")).to_have_value("what does this mean: " + key)


def test_a_key_that_is_pasted_and_refused_opens_its_panel(browser, site):
    with visiting(browser, site, permissions=["clipboard-read", "clipboard-write"]) as visit:
        site.upstream.keys = [OWNER_KEY]
        try:
            visit.page.evaluate("key => navigator.clipboard.writeText(key)", "0123456789abcdef0123456789abcdef")
            visit.page.keyboard.press("Control+V")
            expect(visit.page.get_by_role("dialog", name="Use my own key")).to_contain_text("refused the key")
            expect(visit.page.locator("#told")).to_have_count(0)
            expect(visit.who).to_contain_text("this page's key")
        finally:
            site.upstream.keys = None
