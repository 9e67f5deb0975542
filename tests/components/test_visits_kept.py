"""Visits that are interrupted by a reload: the conversation and the draft are the browser's, and come back."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from browsing import Visit, visiting
from playwright.sync_api import expect
from running_page import OWNER_KEY, Site, free_port, until
from upstream import Answer, Upstream, picture

from services.engine import EmbeddedEngine

ROOT = Path(__file__).resolve().parent.parent.parent
pytestmark = pytest.mark.browser


def test_a_reload_brings_the_conversation_and_the_draft_back(visit, site):
    visit.ask("first")
    visit.answered("You said: first")
    visit.box("Message").fill("my next thought")
    visit.reload()
    visit.answered("You said: first")
    expect(visit.box("Message")).to_have_value("my next thought")
    expect(visit.footers.last).to_contain_text("$0.000006")
    visit.box("Message").press("Enter")
    visit.answered("You said: my next thought", footers=2)
    sent = [turn["content"] for turn in site.chats()[-1].json["messages"]]
    assert sent == ["first", "You said: first", "my next thought"]
    visit.reload()
    visit.answered("You said: my next thought", footers=2)
    expect(visit.box("Message")).to_have_value("")


def test_a_reload_amid_an_answer_keeps_what_came_and_closes_the_upstream(visit, site):
    visit.model("scripted/endless")
    visit.ask("and on")
    expect(visit.conversation).to_contain_text("You said: and on You said: and on")
    visit.page.wait_for_timeout(1500)
    visit.reload()
    assert site.chats()[0].closed.wait(2)
    visit.answered("You said: and on You said: and on")
    expect(visit.footers.last).to_contain_text("Interrupted")
    expect(visit.footers.last.get_by_role("button", name="Continue")).to_be_visible()


def test_a_question_without_an_answer_is_said_to_be_lost_and_asked_again(visit, site):
    visit.model("scripted/slow")
    visit.ask("take your time")
    expect(visit.conversation).to_contain_text("take your time")
    visit.page.wait_for_timeout(300)
    visit.reload()
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
    visit.reload()
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
    visit.reload()
    notice = visit.page.locator(".notice").filter(has_text="Your last question has no answer")
    notice.get_by_role("button", name="Retry").click()
    visit.answered("You said: keep me")


# What the browser can't or can't any more keep


def told(visit: Visit, words: str) -> None:
    expect(visit.page.locator("#told")).to_contain_text(words)


def test_where_the_browser_keeps_nothing_the_page_says_so_once_and_works(browser, site):
    with visiting(browser, site) as visit:
        visit.context.add_init_script(
            "IDBFactory.prototype.open = () => { throw new DOMException('no', 'InvalidStateError') }"
        )
        visit.open()
        told(visit, "This browser keeps nothing here")
        visit.page.locator("#told").get_by_role("button", name="Dismiss").click()
        for place, words in enumerate(("first", "second"), 1):
            visit.ask(words)
            visit.answered(f"You said: {words}", footers=place)
        expect(visit.page.locator("#told")).to_have_count(0)
        visit.button("Conversations").click()
        expect(visit.page.locator("#talks-said")).to_contain_text("keeps nothing here")


def test_where_the_browser_forbids_all_storage_the_page_works(browser, site):
    """What Chromium does for a site whose cookies are blocked: to look at a storage is an exception."""
    forbidden = "{ get() { throw new DOMException('no', 'SecurityError') } }"
    with visiting(browser, site) as visit:
        for area in ("sessionStorage", "indexedDB"):
            visit.context.add_init_script(f"Object.defineProperty(window, '{area}', {forbidden})")
        for deed in ("getItem", "setItem", "removeItem"):  # Gradio itself fails where localStorage can't be looked at
            visit.context.add_init_script(
                f"Storage.prototype.{deed} = () => {{ throw new DOMException('no', 'SecurityError') }}"
            )
        visit.page.goto(site.url)
        expect(visit.who).to_be_visible()
        for place, words in enumerate(("first", "second"), 1):
            visit.ask(words)
            visit.answered(f"You said: {words}", footers=place)
        expect(visit.page.locator("[data-total]")).to_contain_text("· 2")
        visit.tab("Image")
        visit.box("Prompt").fill("a red cat")
        visit.button("Generate").click()
        expect(visit.page.locator("#pictures img").first).to_be_visible()
        expect(visit.page.locator("[data-total]")).to_contain_text("· 3")
        visit.button("Compare").locator("visible=true").click()
        expect(visit.page.get_by_role("article", name="Column B", exact=True)).to_be_visible()


# Stands for a browser whose room ends where `window.room` says: this many media beside all text.
FULL = """
const put = IDBObjectStore.prototype.put;
window.room = 3;
IDBObjectStore.prototype.put = function (record) {
  const asked = put.call(this, record), { transaction } = this;
  const names = this.name === 'media' || window.room < 3 ? ['media'] : [];
  if (names.length && record.id !== 'filler') {
    const media = this.name === 'media' ? this : null;
    if (media) media.count().onsuccess = ({ target }) => { if (target.result > window.room) full(transaction); };
    else if (window.room < 0) full(transaction);
  }
  return asked;
};
function full(transaction) {
  Object.defineProperty(transaction, 'error', { value: new DOMException('full', 'QuotaExceededError') });
  transaction.abort();
}
"""


def test_a_full_storage_lets_the_oldest_pictures_go_and_says_so(browser, site):
    with visiting(browser, site) as visit:
        visit.context.add_init_script(FULL)
        visit.open()
        visit.ask("first")
        visit.answered("You said: first")
        visit.page.evaluate(
            """async () => { for (const at of [1, 2, 3, 4, 5])
            await playground.kept.media.put({id: `m${at}`, saved: at, of: 'chat', blob: new Blob(['x'])}); }"""
        )
        told(visit, "the 2 oldest pictures and clips were removed")
        left = visit.page.evaluate("playground.kept.media.all().then((all) => all.map((it) => it.id))")
        assert left == ["m3", "m4", "m5"]
        assert len(visit.page.evaluate("playground.kept.conversations.all()")) == 1


def test_without_room_for_text_the_page_says_so_once_and_goes_on(browser, site):
    with visiting(browser, site) as visit:
        visit.context.add_init_script(FULL.replace("window.room = 3", "window.room = -1"))
        visit.open()
        visit.ask("first")
        visit.answered("You said: first")
        told(visit, "no room left to keep the conversation")
        visit.page.locator("#told").get_by_role("button", name="Dismiss").click()
        visit.ask("second")
        visit.answered("You said: second", footers=2)
        expect(visit.page.locator("#told")).to_have_count(0)


def test_a_record_of_the_first_version_still_opens(visit):
    visit.page.evaluate(
        """() => playground.kept.conversations.put({id: 'old-one', version: 1, saved: 1000, running: false,
        turns: [{role: 'user', content: 'from before'},
        {role: 'assistant', content: 'Kept.', finish_reason: 'stop'}]})"""
    )
    visit.page.evaluate("sessionStorage.clear(); sessionStorage.conversation = 'old-one'; sessionStorage.draft = 'and'")
    visit.reload()
    visit.answered("Kept.")
    expect(visit.box("Message")).to_have_value("and")
    visit.ask("more")
    visit.answered("You said: more", footers=2)
    record = visit.page.evaluate("playground.kept.conversations.get('old-one')")
    assert (record["version"], record["created"], len(record["turns"])) == (2, 1000, 4)


# The server is killed

SLOW = pytest.mark.timeout(600)  # a process of its own, started twice


class Served:
    """The page as a process of its own, on one port over its restarts."""

    def __init__(self, folder: Path, upstream: Upstream) -> None:
        self.port, self.upload = free_port(), folder / "uploads"
        self.environment = os.environ | {
            "AIML_API_KEY": OWNER_KEY,
            "AIML_API_BASE": upstream.base,
            "AIML_DATA": str(folder / "data"),
            "AIML_RATE_LIMIT": "off",
            "GRADIO_SERVER_PORT": str(self.port),
            "GRADIO_TEMP_DIR": str(self.upload),
        }
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{self.port}/", trust_env=False)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        where = {"cwd": ROOT, "env": self.environment, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen([sys.executable, "app.py"], **where)  # type: ignore[call-overload]
        until(self.answers, 180, "the page")

    def answers(self) -> bool:
        try:
            return self.http.get("health/live", timeout=2).status_code == 200
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        if self.process:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()


@pytest.fixture
def mortal(tmp_path) -> Iterator[tuple[Served, Site]]:
    with Upstream({"v1"}) as upstream:
        served = Served(tmp_path, upstream)
        served.start()
        try:
            yield served, Site(str(served.http.base_url), upstream, EmbeddedEngine(), served.http)
        finally:
            served.kill()
            served.http.close()


@SLOW
def test_a_server_killed_amid_an_answer_costs_neither_turns_nor_prompt_nor_draft(browser, mortal):
    served, site = mortal
    with visiting(browser, site) as visit:
        visit.ask("first")
        visit.answered("You said: first")
        visit.model("scripted/slow")
        visit.ask("take your time")
        expect(visit.conversation).to_contain_text("take your time")
        visit.box("Message").fill("my next thought")
        visit.page.wait_for_timeout(200)
        served.kill()
        expect(
            visit.page.locator(".notice").filter(has_text="connection to this page's server was lost")
        ).to_be_visible()
        visit.page.wait_for_timeout(1500)
        expect(visit.box("Message")).to_have_value("my next thought")
        served.start()
        expect(visit.who).to_be_visible(timeout=30_000)
        expect(visit.box("Message")).to_have_value("my next thought")
        visit.model("openai/gpt-4o-mini")
        visit.page.locator(".notice").get_by_role("button", name="Retry").first.click()
        visit.answered("You said: take your time", footers=2)
        sent = [turn["content"] for turn in site.chats()[-1].json["messages"]]
        assert sent == ["first", "You said: first", "take your time"]
        visit.complaints.clear()  # the browser's own words about a server that is gone


@SLOW
def test_a_page_reloaded_after_its_server_was_killed_says_what_was_lost(browser, mortal):
    served, site = mortal
    with visiting(browser, site) as visit:
        visit.ask("first")
        visit.answered("You said: first")
        visit.model("scripted/endless")
        visit.ask("and on")
        expect(visit.conversation).to_contain_text("You said: and on You said: and on")
        visit.page.wait_for_timeout(1500)
        visit.page.context.set_offline(True)  # so that nobody is told of the end
        served.kill()
        visit.page.context.set_offline(False)
        served.start()
        visit.reload()
        visit.answered("You said: and on You said: and on", footers=2)
        expect(visit.footers.last).to_contain_text("Interrupted")
        visit.complaints.clear()


@SLOW
def test_pictures_whose_files_are_gone_with_the_server_are_given_to_the_new_one(browser, mortal, tmp_path):
    served, site = mortal
    (tmp_path / "cat.png").write_bytes(picture("cat"))
    with visiting(browser, site) as visit:
        with visit.page.expect_file_chooser() as chooser:
            visit.button("+ Image").click()
        chooser.value.set_files(tmp_path / "cat.png")
        expect(visit.page.locator("#attached img").first).to_be_visible()
        visit.ask("what is it?")
        visit.answered("You said: what is it?")
        before = site.chats()[-1].json["messages"][0]
        served.kill()
        shutil.rmtree(served.upload)
        served.environment["GRADIO_TEMP_DIR"] = str(tmp_path / "elsewhere")
        served.start()
        visit.ask("and now?")
        visit.answered("You said: and now?", footers=2)
        assert site.chats()[-1].json["messages"][0] == before
        visit.reload()
        visit.answered("You said: and now?", footers=2)
        expect(visit.conversation.locator("img").first).to_be_visible()
        forget = "(all) => Promise.all(all.map((it) => playground.kept.media.remove(it.id)))"
        visit.page.evaluate(f"playground.kept.media.all().then({forget})")
        shutil.rmtree(tmp_path / "elsewhere")
        visit.reload()
        told(visit, "One picture of this conversation is gone; its text is all here.")
        visit.answered("You said: and now?", footers=2)
        visit.complaints.clear()
