"""Visits with hostile words: in an answer, a question, an error, a file's name. Nothing runs, loads or is pressed."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from upstream import Answer, RawUpstream
from upstream.raw import silence

pytestmark = pytest.mark.browser

SCRIPTS = """Before.

<script>window.pwned = 1</script>
<img src=x onerror="window.pwned = 2"><svg onload="window.pwned = 3"></svg>
<details open ontoggle="window.pwned = 4">x</details>
<iframe src="javascript:parent.pwned = 5"></iframe><iframe srcdoc="<script>parent.pwned = 6</script>"></iframe>
<object data="javascript:window.pwned = 7"></object><embed src="javascript:window.pwned = 8">
<math><mtext><table><mglyph><style><img src=x onerror="window.pwned = 9"></style></mglyph></table></mtext></math>
<a href="javascript:window.pwned = 10">link one</a> [link two](javascript:window.pwned=11)
<form action="javascript:window.pwned = 12"><button>form</button></form>
<input autofocus onfocus="window.pwned = 13"><base href="https://attacker.example/">
<meta http-equiv="refresh" content="0;url=https://attacker.example/">

$$\\href{javascript:window.pwned=14}{formula}$$

```mermaid
graph TD; A-->B; click A "javascript:window.pwned=15"
```

After."""

BUTTONS = {
    "key-forget": '<button data-act="key-forget">Please press</button>',
    "key": '<a data-act="key" href="#x">Please press</a>',
    "light": '<span data-act="light">Please press</span>',
    "undo": '<div class="answer-footer"><button data-act="undo" data-index="0">Please press</button></div>',
    "speak": '<div class="notice" id="chat-notice"><button data-act="speak">Please press</button></div>',
    "retry": '<div class="component html"><button data-act="retry">Please press</button></div>',
}


def test_no_script_of_an_answer_runs(visit, site):
    site.upstream.scene.text = SCRIPTS
    visit.ask("show me")
    visit.answered("After.")
    for link in visit.conversation.locator("a").all():
        if link.is_visible():
            link.click(modifiers=["Alt"], no_wait_after=True)
    visit.page.wait_for_timeout(300)
    assert visit.page.evaluate("window.pwned") is None
    assert visit.page.url == site.url
    for tag in ("script", "iframe", "object", "embed", "base", "meta"):
        assert not visit.conversation.locator(tag).count(), tag
    visit.complaints[:] = [it for it in visit.complaints if not about_a_refused_load(it)]


@pytest.mark.parametrize("control", ["send", "stop-send", "act-clear", "message"])
def test_what_a_model_wrote_never_stands_in_for_a_control(visit, site, control):
    site.upstream.scene.text = f'<a id="{control}" href="#x">Please press</a> <b id="{control}">or this</b>'
    visit.ask("hello")
    visit.answered("Please press")
    visit.box("Message").fill("my draft")
    visit.conversation.get_by_text("Please press").click(modifiers=["Alt"])
    visit.conversation.get_by_text("or this").click()
    visit.page.wait_for_timeout(200)
    assert len(site.chats()) == 1
    expect(visit.box("Message")).to_have_value("my draft")
    visit.box("Message").press("Enter")
    visit.answered("Please press", footers=2)
    assert len(site.chats()) == 2


def test_no_script_of_a_question_or_an_error_runs(visit, site):
    site.upstream.plan("chat", Answer.refusing(400, f'{SCRIPTS[:240]}"><img src=x onerror="window.pwned = 20">'))
    visit.ask(SCRIPTS)
    expect(visit.page.locator(".notice")).to_contain_text("did not accept")
    visit.page.wait_for_timeout(300)
    assert visit.page.evaluate("window.pwned") is None
    assert not visit.page.locator(".notice img, .notice script").count()
    visit.complaints[:] = [it for it in visit.complaints if not about_a_refused_load(it)]


def test_no_picture_style_or_link_of_an_answer_asks_another_origin(visit, site):
    with RawUpstream(silence) as attacker:
        there = attacker.root.replace("127.0.0.1", "localhost")
        site.upstream.scene.text = f"""![a]({there}/1.png) <img src="{there}/2.png" srcset="{there}/3.png 2x">
<video src="{there}/4.mp4" poster="{there}/5.png" autoplay></video><audio src="{there}/6.mp3" autoplay></audio>
<div style="background-image:url({there}/7.png)">x</div><link rel="stylesheet" href="{there}/8.css">
<style>@import "{there}/9.css"; body {{ background: url({there}/10.png) }}</style>
<svg><image href="{there}/11.png"/><use href="{there}/12.svg#a"/></svg> <input type="image" src="{there}/13.png">
<link rel="prefetch" href="{there}/14"><link rel="dns-prefetch" href="{there}"> [ref]: {there}/15 end of it"""
        visit.ask("show me")
        visit.answered("end of it")
        visit.page.wait_for_timeout(500)
        assert not attacker.lines
    visit.complaints[:] = [it for it in visit.complaints if "Content Security Policy" not in it]
    visit.asked[:] = [url for url in visit.asked if not url.startswith(there)]  # asked for, and stopped by the policy


@pytest.mark.parametrize("deed", BUTTONS)
def test_what_imitates_our_buttons_does_nothing(visit, site, deed):
    site.upstream.scene.text = f"Look:\n\n{BUTTONS[deed]}\n\nThe end."
    visit.ask("show me")
    expect(visit.conversation.get_by_role("button", name="Read aloud")).to_be_visible()  # ours: it is finished
    expect(visit.button("Send")).to_be_visible()
    asked = lambda: [it for it in site.upstream.calls if it.task]  # noqa: E731 - the page itself asks for usual speeds
    before = len(asked()), visit.page.evaluate("document.body.className")
    visit.conversation.get_by_text("Please press").click()
    visit.page.wait_for_timeout(500)
    assert (len(asked()), visit.page.evaluate("document.body.className")) == before
    expect(visit.page.get_by_role("dialog")).to_be_hidden()
    expect(visit.page.get_by_role("tab", name="Chat", exact=True)).to_have_attribute("aria-selected", "true")
    expect(visit.conversation).to_contain_text("The end.")
    assert visit.page.url == site.url + ("#x" if deed == "key" else "") or visit.page.url == site.url


def test_an_answer_can_not_lie_over_the_page_or_stand_in_for_its_controls(visit, site):
    site.upstream.scene.text = """Look:

<div style="position:fixed;inset:0;z-index:99999;background:#fff" id="send">Your session is over</div>
<div id="message"><textarea></textarea></div><dialog id="key-panel" open><input id="key-input"></dialog>

The end."""
    visit.ask("show me")
    visit.answered("The end.")
    top = visit.page.evaluate(
        """() => { const box = document.querySelector('.top').getBoundingClientRect();
        const hit = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
        return Boolean(hit && hit.closest('#conversation')); }"""
    )
    assert not top, "the header is covered by an answer"
    visit.button("Use my own key").click()
    ours = visit.page.locator("dialog#key-panel:not(.message-content dialog)")
    expect(ours.get_by_role("heading", name="Use my own key")).to_be_visible()
    expect(ours.locator("input")).to_be_focused()
    visit.page.keyboard.press("Escape")
    site.upstream.scene.text = ""
    visit.ask("still here?")
    visit.answered("You said: still here?", footers=2)


def test_a_strange_file_name_is_shown_as_text(visit, site, tmp_path):
    from upstream import tone

    name = '<img src=x onerror="window.pwned=30">.wav'.replace("/", "")
    (tmp_path / name).write_bytes(tone())
    site.upstream.scene.text = '<b>loud</b><img src=x onerror="window.pwned=31">'
    visit.tab("Speech to Text")
    visit.page.locator("#audio input[type=file]").set_input_files(tmp_path / name)
    visit.button("Transcribe").click()
    expect(visit.page.locator(".segments")).to_contain_text("<b>loud</b>")
    visit.page.wait_for_timeout(200)
    assert visit.page.evaluate("window.pwned") is None


@pytest.mark.parametrize("odd", ["a\0b", "‮right to left", "👩‍👩‍👧‍👦 family", "ñ é ́", "a\x07\x1bb"])
def test_odd_characters_come_back_as_they_went(visit, site, odd):
    visit.page.locator("#message textarea").evaluate(
        "(box, text) => { box.value = text; box.dispatchEvent(new Event('input', {bubbles: true})); }", odd
    )
    visit.box("Message").press("Enter")
    visit.answered("You said:")
    assert site.chats()[0].json["messages"][0]["content"] == odd.replace("\0", "")


def about_a_refused_load(said: str) -> bool:
    """The browser's own words where the policy or a missing picture stopped something."""
    return "Content Security Policy" in said or "404" in said or "Failed to load resource" in said
