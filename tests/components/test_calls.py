"""Calls of tools as they are shown: escaped, cut to size, and with a box only where a result is waited for."""

from __future__ import annotations

import pytest

from components.calls import MOST_SHOWN, cards, pretty
from services.tools import ToolCall

CALL = ToolCall("a", "get_weather", '{"city":"Paris"}')


def test_a_call_that_waits_has_a_box_and_its_arguments_on_lines_of_their_own():
    shown = cards([CALL], "open")
    assert 'data-result="a"' in shown
    assert "Send result<" in shown
    assert "{\n  &quot;city&quot;: &quot;Paris&quot;\n}" in shown


def test_several_calls_have_a_box_each_and_one_button():
    shown = cards([CALL, ToolCall("b", "get_time", "")], "open")
    assert shown.count("data-result=") == 2
    assert shown.count("data-send-results") == 1
    assert "Send 2 results" in shown


@pytest.mark.parametrize("state", ["growing", "cut", "left", "answered"])
def test_a_call_that_waits_for_nothing_has_no_box(state):
    shown = cards([CALL], state)
    assert "textarea" not in shown
    assert "button" not in shown


def test_a_given_result_is_shown_as_it_was_written():
    shown = cards([ToolCall("a", "f", "{}", "<b>rain</b>\n  12")], "answered")
    assert "&lt;b&gt;rain&lt;/b&gt;\n  12" in shown


def test_arguments_that_are_no_json_are_shown_as_they_are_and_said_to_be_none():
    shown = cards([ToolCall("a", "f", "{'city': Par")], "open")
    assert "{&#x27;city&#x27;: Par" in shown
    assert "not valid JSON" in shown
    assert "not valid JSON" not in cards([ToolCall("a", "f", '{"ci')], "growing")


HOSTILE = '"><script>x()</script><textarea data-result="b">'


def test_nothing_that_a_model_says_becomes_markup():
    shown = cards([ToolCall(HOSTILE, HOSTILE, HOSTILE)], "open") + cards([ToolCall("a", "f", "", HOSTILE)], "answered")
    assert "<script" not in shown
    assert shown.count("<textarea") == 1


def test_huge_arguments_are_cut_and_say_how_large_they_are():
    shown = cards([ToolCall("a", "f", '"' + "x" * 300_000 + '"')], "open")
    assert len(shown) < MOST_SHOWN + 2000
    assert "300,002 characters in all" in shown


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "9" * 5000])
def test_what_is_no_json_stays_what_it_is(text):
    assert pretty(text) == (text, False)
