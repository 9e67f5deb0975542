"""Visits with a key of one's own: it works, it is found nowhere, and it is forgotten."""

from __future__ import annotations

import json

import pytest
from browsing import Visit, profile, visiting
from playwright.sync_api import expect
from running_page import OWNER_KEY, VISITOR_KEY, Site
from upstream import Answer

pytestmark = pytest.mark.browser

EVERYWHERE = """async () => {
  const found = [document.documentElement.outerHTML, location.href, document.cookie, document.title];
  for (const element of document.querySelectorAll('input, textarea')) found.push(element.value, element.placeholder);
  for (const store of [localStorage, sessionStorage])
    for (let i = 0; i < store.length; i++) found.push(store.key(i), store.getItem(store.key(i)));
  for (const { name } of await indexedDB.databases()) {
    const base = await new Promise((ok, no) => {
      const asked = indexedDB.open(name); asked.onsuccess = () => ok(asked.result); asked.onerror = no; });
    for (const table of base.objectStoreNames) {
      const rows = base.transaction(table).objectStore(table).getAll();
      found.push(JSON.stringify(await new Promise(ok => { rows.onsuccess = () => ok(rows.result); })));
    }
    base.close();
  }
  for (const name of await caches.keys()) for (const it of await (await caches.open(name)).keys()) found.push(it.url);
  for (const name of Object.keys(window))
    try { if (typeof window[name] === 'string') found.push(window[name]); } catch {}
  found.push(JSON.stringify(window.playground), JSON.stringify(window.gradio_config), JSON.stringify(history.state));
  return found.join('\\n');
}"""


def paste(visit: Visit, key: str) -> None:
    visit.button("Use my own key").click()
    visit.page.get_by_label("API key").fill(key)
    visit.button("Check and use").click()


def close(visit: Visit) -> None:
    visit.page.get_by_role("dialog").get_by_role("button", name="Close").click()
    expect(visit.page.get_by_role("dialog")).to_be_hidden()


def test_the_panel_says_where_to_get_a_key_where_it_lives_and_what_is_never_done(visit):
    visit.button("Use my own key").click()
    panel = visit.page.get_by_role("dialog", name="Use my own key")
    expect(panel.get_by_role("link", name="Get a key")).to_have_attribute("href", "https://aimlapi.com/app/keys")
    for said in ("memory only", "sent only to", "never stored"):
        expect(panel).to_contain_text(said)
    expect(visit.page.get_by_label("API key")).to_have_attribute("type", "password")
    visit.page.keyboard.press("Escape")
    expect(panel).to_be_hidden()


def test_a_pasted_key_shows_its_balance_pays_for_the_calls_and_is_found_nowhere(browser, site):
    with visiting(browser, site) as visit:
        sent = []
        visit.page.on("request", lambda request: sent.append((request.url, request.post_data or "", request.headers)))
        paste(visit, f"  {VISITOR_KEY}\n")
        panel = visit.page.get_by_role("dialog")
        expect(panel).to_contain_text("The key works. Balance: $")
        expect(visit.page.get_by_label("API key")).to_have_value("")
        close(visit)
        expect(visit.who).to_contain_text("your key")
        visit.ask("on my bill")
        visit.answered("You said: on my bill")
        visit.tab("Text to Speech")
        visit.box("Text").fill("on my bill too")
        visit.button("Speak").click()
        expect(visit.page.locator("#speech-player")).to_be_visible()
        assert [asked.key for asked in site.upstream.calls if asked.task in ("chat", "speech")] == [VISITOR_KEY] * 2
        found = visit.page.evaluate(EVERYWHERE)
        assert len(found) > 10_000
        for key in (VISITOR_KEY, OWNER_KEY):
            assert key not in found
            assert key not in json.dumps(visit.context.storage_state())
        for url, body, headers in sent:
            assert VISITOR_KEY not in url + body
            if VISITOR_KEY in headers.values():
                assert url.endswith(("/lane", "/queue/join?", "/queue/join", "/account")) or "/page/" in url, url
        assert not visit.context.cookies()


def test_a_forgotten_key_is_used_no_more(visit, site):
    paste(visit, VISITOR_KEY)
    expect(visit.page.get_by_role("dialog")).to_contain_text("The key works")
    visit.button("Forget").click()
    expect(visit.page.get_by_role("dialog")).to_contain_text("Forgotten")
    close(visit)
    expect(visit.who).not_to_contain_text("your key")
    visit.ask("who pays?")
    visit.answered("You said: who pays?")
    assert [asked.key for asked in site.chats()] == [OWNER_KEY]


def test_after_a_reload_the_key_is_gone(visit, site):
    paste(visit, VISITOR_KEY)
    expect(visit.who).to_contain_text("your key")
    visit.open()
    visit.ask("who pays?")
    visit.answered("You said: who pays?")
    assert [asked.key for asked in site.chats()] == [OWNER_KEY]


def test_a_refused_key_is_told_and_not_used(visit, site):
    site.upstream.always("billing", Answer.refusing(401, f"unknown key {VISITOR_KEY}"))
    paste(visit, VISITOR_KEY)
    panel = visit.page.get_by_role("dialog")
    expect(panel).to_contain_text("refused the key")
    assert VISITOR_KEY not in panel.inner_text()
    close(visit)
    visit.ask("who pays?")
    visit.answered("You said: who pays?")
    assert [asked.key for asked in site.chats()] == [OWNER_KEY]


@pytest.mark.parametrize("nonsense", ["", "two words", "ключ", "a" * 600])
def test_what_can_not_be_a_key_is_said_so_and_not_sent(visit, site, nonsense):
    paste(visit, nonsense)
    expect(visit.page.locator("#key-said")).not_to_be_empty()
    expect(visit.page.locator("#key-said")).not_to_contain_text("Checking")
    expect(visit.page.locator("#key-said")).not_to_contain_text("works")
    assert not site.upstream.calls_to("billing")
    expect(visit.page.locator("#key-said")).not_to_contain_text("did not answer")


def test_two_visitors_with_two_keys_do_not_meet(browser, site: Site):
    site.upstream.scene.rate = 20
    with profile(browser, site) as one, profile(browser, site) as two:
        visitors = {"sk-first-visitor": one, "sk-second-visitor": two}
        for key, visit in visitors.items():
            visit.open()
            paste(visit, key)
            expect(visit.page.get_by_role("dialog")).to_contain_text("The key works")
            close(visit)
        for turn in range(2):
            for key, visit in visitors.items():
                visit.ask(f"turn {turn} of {key}, and then some more words to stream")
            for key, visit in visitors.items():
                visit.answered(f"You said: turn {turn} of {key}", footers=turn + 1)
        for key, visit in visitors.items():
            [other] = set(visitors) - {key}
            assert other not in visit.conversation.inner_text()
    for asked in site.chats():
        assert asked.key in asked.json["messages"][-1]["content"]
    assert len(site.chats()) == 4


def test_a_call_that_is_refused_leads_to_the_key_panel(visit, site):
    site.upstream.plan("chat", Answer.refusing(401, "bad key"))
    visit.ask("hello")
    visit.button("Open key panel").click()
    expect(visit.page.get_by_role("dialog", name="Use my own key")).to_be_visible()
