"""Visits where the way to the server is not what it should be: no lane, a lost connection, a server begun anew."""

from __future__ import annotations

import pytest
from browsing import visiting
from playwright.sync_api import Route, expect

pytestmark = pytest.mark.browser


def test_without_the_lane_the_queue_answers(browser, site):
    with visiting(browser, site, "?lane=off") as visit:
        site.upstream.scene.rate = 50
        visit.ask("one two three four five six")
        visit.answered("You said: one two three four five six")
        expect(visit.box("Message")).to_have_value("")
        visit.ask("second")
        visit.answered("You said: second", footers=2)
        assert [turn["content"] for turn in site.chats()[-1].json["messages"]][1:] == [
            "You said: one two three four five six",
            "second",
        ]
        assert not [url for url in visit.asked if url.endswith("/lane")]


@pytest.mark.parametrize("way", ["stop", "edit"])
def test_without_the_lane_stop_and_edit_work(browser, site, way):
    with visiting(browser, site, "?lane=off") as visit:
        if way == "stop":
            visit.model("scripted/endless")
            visit.ask("and on")
            expect(visit.conversation).to_contain_text("You said: and on You said: and on")
            visit.button("Stop").click()
            assert site.chats()[0].closed.wait(2)
            visit.answered("Stopped. What had arrived is kept.")
        else:
            visit.ask("first")
            visit.answered("You said: first")
            visit.conversation.get_by_role("button", name="Edit").first.click()
            visit.conversation.get_by_role("textbox").fill("changed")
            visit.conversation.get_by_role("button", name="Submit").click()
            visit.answered("You said: changed")


def test_where_the_lane_is_refused_the_queue_takes_over_and_asks_once(visit, site):
    visit.page.route("**/lane", lambda route: route.fulfill(status=502, body="<html>Bad gateway</html>"))
    visit.ask("hello")
    visit.answered("You said: hello")
    assert len(site.chats()) == 1
    visit.page.unroute("**/lane")
    visit.ask("again")
    visit.answered("You said: again", footers=2)
    visit.complaints[:] = [it for it in visit.complaints if "502" not in it]


def test_a_connection_that_breaks_keeps_what_came_and_goes_on(visit, site):
    def cut(route: Route) -> None:
        news = route.fetch().text().splitlines()
        route.fulfill(status=200, body="\n".join(news[:-1]) + "\n")

    visit.page.route("**/lane", cut)
    visit.ask("one two three")
    notice = visit.page.get_by_text("The connection to this page's server was lost.")
    expect(notice).to_be_visible()
    expect(visit.conversation).to_contain_text("You said: one")
    expect(visit.button("Send")).to_be_visible()
    visit.page.unroute("**/lane")
    visit.page.locator(".notice").get_by_role("button", name="Retry").click()
    visit.answered("You said: one two three")
    expect(notice).to_be_hidden()
