"""The page of an owner who shares a key: limits and a budget, as a visitor meets them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import Visit, profile
from playwright.sync_api import expect
from running_page import OWNER_KEY, Site, serving
from upstream import Upstream

from services.limits import Limits
from services.settings import Settings

pytestmark = pytest.mark.browser


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Two actions a minute for each session, and a visitor's budget."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "gradio"))
    with Upstream({"v1"}) as upstream:
        settings = Settings(
            api_key=OWNER_KEY,  # type: ignore[arg-type]
            api_base=upstream.base,
            data=tmp_path,
            budget_visitor_usd=0.10,
            limit=Limits(session_actions=2),
        )
        with serving(settings, upstream) as site:
            yield site


def speak(visit: Visit) -> None:
    visit.button("Speak").click()
    expect(visit.button("Stop")).to_be_hidden()
    expect(visit.button("Speak")).to_be_visible()


def test_who_is_too_fast_hears_how_long_to_wait_while_another_visitor_goes_on(shared, browser, tmp_path):
    assert shared.upstream
    with profile(browser, shared) as fast, profile(browser, shared) as other:
        for visit in (fast, other):
            visit.open()
            visit.tab("Text to Speech")
            visit.box("Text").fill("Hello.")
        expect(fast.page.locator(".chip")).to_contain_text("$0.10 of $0.10 left for today")
        for calls in (1, 2):
            speak(fast)
            expect(fast.page.locator("#speech-player")).to_be_visible()
            assert len(shared.upstream.calls_to("speech")) == calls
        fast.button("Speak").click()
        expect(fast.page.locator("#speech-notice")).to_contain_text("2 times within a minute")
        expect(fast.page.locator("#speech-notice")).to_contain_text("Go on in")
        expect(fast.box("Text")).to_have_value("Hello.")
        assert len(shared.upstream.calls_to("speech")) == 2
        speak(other)
        expect(other.page.locator("#speech-player")).to_be_visible()
        assert len(shared.upstream.calls_to("speech")) == 3

        (tmp_path / "kill-switch").touch()
        other.page.reload()
        expect(other.page.locator(".chip")).to_contain_text("switched off")
