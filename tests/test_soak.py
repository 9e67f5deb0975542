"""The soak's own eyes: a visitor sees what is lost, doubled or somebody else's; a minute of peace breaks no promise."""

from __future__ import annotations

import pytest
from upstream import Call

from scripts.soak.house import House
from scripts.soak.runs import Form, soak
from scripts.soak.visitor import Tally, Visitor
from scripts.soak.weather import Weather


@pytest.fixture
def visitor():
    visitor = Visitor(3, House("http://127.0.0.1:9"), Tally(), "sk-secret")
    yield visitor
    visitor._house.close()


def test_a_question_that_stands_twice_and_an_answer_that_is_gone_are_seen(visitor):
    said = "canary-3-0-0123abcd please say this back to me"
    visitor.turns = [{"role": "user", "content": said}, {"role": "user", "content": said}]
    visitor._answered.add("canary-3-0-0123abcd")
    visitor.audit()
    assert visitor._tally.doubled == ["canary-3-0-0123abcd"]
    assert visitor._tally.lost == ["canary-3-0-0123abcd"]


def test_the_words_of_another_visitor_and_a_secret_are_seen(visitor):
    visitor._read("canary-3-0-0123abcd is mine, canary-4-0-0123abcd is not; sk-secret")
    assert visitor._tally.foreign == ["canary-4-0-0123abcd"]
    assert len(visitor._tally.leaked) == 1


def test_an_end_without_an_answer_and_without_a_word_is_a_loss(visitor):
    assert visitor._judged("canary-3-0-0123abcd", "hello", {"running": False, "notice": ""}) == "said why not"
    assert len(visitor._tally.lost) == 1


def test_a_picture_that_is_asked_for_twice_counts_as_resent():
    weather = Weather(0)
    for _ in range(2):
        weather.answer(Call("POST", "/v1/images/generations", {}, {}, b'{"prompt": "canary-1-2-0123abcd"}'))
    assert weather.resent == ["image canary-1-2-0123abcd"]


@pytest.mark.timeout(300)
async def test_a_few_visitors_for_seconds_break_no_promise():
    rows = await soak(Form(visitors=3, seconds=14, pause=1, outage=1, settled=4))
    assert [row.promise for row in rows if not row.kept and "Memory" not in row.promise] == []
