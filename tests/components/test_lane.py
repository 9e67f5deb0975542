"""The stream by which the page reads its conversation's news, as raw callers find it."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from running_page import VISITOR_KEY, Site, until
from upstream import Answer


class Page:
    """What chat.js keeps, without a browser."""

    def __init__(self, site: Site) -> None:
        self.site, self.desk = site, secrets.token_hex(16)
        self.turns: list[dict[str, Any]] = []
        self.messages: list[dict[str, Any]] = []

    def order(self, act: str = "ask", **fields: Any) -> list[dict[str, Any]]:
        return list(self.news(act, **fields))

    def news(self, act: str = "ask", headers: dict[str, str] | None = None, **fields: Any) -> Iterator[dict[str, Any]]:
        body = {"desk": self.desk, "act": act, "after": len(self.turns), **fields}
        with self.site.http.stream("POST", "/lane", json=body, headers=headers) as answer:
            assert answer.status_code == 200, answer.read()
            for line in answer.iter_lines():
                news = json.loads(line)
                self._take(news)
                yield news

    def _take(self, news: dict[str, Any]) -> None:
        if "add" in news:
            self.messages[-1]["content"][0]["text"] += news["add"]
        if "messages" in news:
            self.messages[news["keep"] :] = news["messages"]
        if "turns" in news:
            self.turns[news["turns"]["keep"] :] = news["turns"]["add"]

    @property
    def said(self) -> list[str]:
        return [turn["content"] for turn in self.turns]


@pytest.fixture
def page(site: Site) -> Page:
    return Page(site)


def asked(site: Site, place: int = -1) -> list[str]:
    return [turn["content"] for turn in site.chats()[place].json["messages"]]


def test_the_question_comes_at_once_then_only_what_is_new_and_at_last_the_facts(page, site):
    site.upstream.scene.rate = 50
    news = page.order(text="one two three four five six seven eight")
    assert news[0]["messages"][0]["content"][0]["text"] == "one two three four five six seven eight"
    assert (news[0]["running"], "Thinking" in news[0]["status"]) == (True, True)
    adds = [it for it in news if "add" in it]
    assert len(adds) > 1
    assert all(set(it) == {"add"} for it in adds)
    assert news[-1]["running"] is False
    assert page.messages[1]["content"][0]["text"] == "You said: one two three four five six seven eight"
    assert "answer-footer" in page.messages[2]["content"][0]["value"]
    assert page.said == ["one two three four five six seven eight", page.messages[1]["content"][0]["text"]]


def test_a_second_question_takes_the_first_along_without_the_page_sending_it(page, site):
    page.order(text="first")
    page.order(text="second")
    assert asked(site) == ["first", "You said: first", "second"]
    assert [message["role"] for message in page.messages] == ["user", *["assistant"] * 2] * 2


def test_a_server_that_lacks_the_conversation_asks_for_it(page, site):
    page.order(text="first")
    page.desk = secrets.token_hex(16)  # as after a restart
    assert page.order(text="second") == [{"missing": True}]
    page.order(text="second", turns=page.turns)
    assert asked(site) == ["first", "You said: first", "second"]
    assert page.said == ["first", "You said: first", "second", "You said: second"]


def test_undo_regenerate_edit_and_clear(page, site):
    page.order(text="first")
    page.order(text="second")
    site.upstream.scene.text = "Anew."
    page.order("retry")
    assert (page.said, asked(site)) == (["first", "You said: first", "second", "Anew."], asked(site, -1))
    page.order("edit", place=0, text="changed")
    assert page.said == ["changed", "Anew."]
    assert len(page.messages) == 3
    [undone] = page.order("undo")
    assert (undone["said"], page.said, page.messages) == ("changed", [], [])
    page.order(text="more")
    page.order("clear")
    assert (page.said, page.messages) == ([], [])


def test_an_answer_that_fails_to_be_made_anew_stays(page, site):
    page.order(text="first")
    site.upstream.plan("chat", Answer.refusing(400, "no"))
    news = page.order("retry")
    assert "notice failed" in news[-1]["notice"]
    assert page.said == ["first", "You said: first"]


def test_what_would_not_be_sent_goes_back_and_nothing_is_kept(page, site):
    page.order(text="first")
    for text in ("", "   ", "x" * 40_000):
        news = page.order(text=text)
        assert news[-1]["refused"]
        assert "notice" in news[-1]["notice"]
        assert page.said == ["first", "You said: first"]
        assert len(page.messages) == 3
    assert len(site.chats()) == 1


def test_stop_ends_the_answer_closes_the_upstream_and_keeps_what_came(page, site):
    news = page.news(text="on", settings={"model": "scripted/endless"})
    for it in news:
        if "add" in it:
            break
    assert page.site.http.post("/lane", json={"desk": page.desk, "act": "stop"}).text == ""
    rest = list(news)
    assert rest[-1]["running"] is False
    assert page.turns[-1]["mark"].startswith("Stopped")
    assert site.chats()[0].closed.wait(2)


def test_a_reader_who_leaves_closes_the_upstream_and_the_next_order_works(page, site):
    for it in page.news(text="on", settings={"model": "scripted/endless"}):
        if "add" in it:
            break
    assert site.chats()[0].closed.wait(2)
    last = until(lambda: [it for it in page.order(text="again", turns=page.turns) if "turns" in it], what="an answer")
    assert last[-1]["running"] is False


def test_a_second_order_waits_for_nothing_and_is_told_so(page, site):
    news = page.news(text="on", settings={"model": "scripted/endless"})
    next(news)
    [told] = page.site.http.post("/lane", json={"desk": page.desk, "act": "ask", "text": "me too"}).text.splitlines()
    assert "still running" in json.loads(told)["notice"]
    news.close()
    assert site.chats()[0].closed.wait(2)
    assert len(site.chats()) == 1


def test_two_pages_never_see_each_other(site):
    pages = [Page(site) for _ in range(6)]
    threads = [threading.Thread(target=it.order, kwargs={"text": f"word{i}"}) for i, it in enumerate(pages)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [it.said for it in pages] == [[f"word{i}", f"You said: word{i}"] for i in range(6)]


def test_a_visitors_key_pays_for_this_order_alone(page, site):
    page.order(text="mine", headers={"x-aiml-key": VISITOR_KEY})
    page.order(text="yours")
    keys = [call.headers["authorization"].removeprefix("Bearer ") for call in site.chats()]
    assert keys[0] == VISITOR_KEY
    assert keys[1] != VISITOR_KEY


@pytest.mark.parametrize(
    ("headers", "content", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site", "Content-Type": "application/json"}, "{}", 403),
        ({"Content-Type": "text/plain"}, "{}", 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, "{}", 415),
        ({"Content-Type": "application/json"}, "x" * 9_000_000, 413),
    ],
)
def test_what_another_sites_page_could_send_is_refused(site, headers, content, status):
    assert site.http.post("/lane", content=content, headers=headers).status_code == status
    assert not site.chats()


@pytest.mark.parametrize("body", ["", "[]", "{", '{"desk": "x", "act": "ask"}', "\x00", '{"desk": 1}'])
def test_what_is_no_order_is_news_of_a_refusal(site, body):
    answer = site.http.post("/lane", content=body, headers={"Content-Type": "application/json"})
    [news] = [json.loads(line) for line in answer.text.splitlines()]
    assert (answer.status_code, news["refused"], news["running"]) == (200, True, False)
    assert "is not of the right kind" in news["notice"]


def test_a_file_of_the_server_is_never_sent_upstream(page, site):
    news = page.order(text="look", images=["/etc/hostname"])
    assert news[-1]["refused"]
    turns = [{"role": "user", "content": "look", "images": ["/etc/hostname"]}]
    assert page.order("retry", after=1, turns=turns)[-1]["refused"]
    assert not site.chats()
