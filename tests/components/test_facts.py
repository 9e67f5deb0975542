"""The words under a result: true, short, escaped."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components import facts
from services.run import Cost, Run, Usage


@pytest.mark.parametrize(
    ("cost", "words"),
    [
        (Cost(0.0, "free"), "free"),
        (Cost(), "cost unknown"),
        (Cost(0.000006, "billed"), "$0.000006"),
        (Cost(0.25, "billed"), "$0.250"),
        (Cost(0.25, "estimated"), "about $0.250, estimated"),
        (Cost(1e-9, "billed"), "under $0.000001"),
    ],
)
def test_a_cost_says_where_it_is_from(cost, words):
    assert facts.cost(cost) == words


@given(st.floats(1e-12, 1e4))
def test_a_cost_that_is_not_zero_is_never_shown_as_zero(usd):
    assert any(digit in facts.cost(Cost(usd, "billed")) for digit in "123456789")


def test_what_is_unknown_is_left_out_except_the_cost():
    words = facts.facts(Run("m", "someone", duration=2.0))
    assert words == ["m", "2.0 s", "cost unknown"]


def test_a_streamed_run_tells_speed_and_tokens():
    run = Run("m", "x", first_token=1.0, duration=3.0, usage=Usage(7, 21, 28), cost=Cost(0.0, "free"))
    assert {"10 tokens/s", "7 tokens in · 21 out", "3.0 s in all", "free"} <= set(facts.facts(run))


@pytest.mark.parametrize(
    ("usage", "words"),
    [
        (Usage(), []),
        (Usage(7, 1200), ["7 tokens in · 1,200 out"]),
        (Usage(completion_tokens=21), ["21 tokens out"]),
        (Usage(7, 21, reasoning_tokens=0, cached_tokens=0), ["7 tokens in · 21 out"]),
        (
            Usage(1000, 21, reasoning_tokens=14, cached_tokens=900),
            ["1,000 tokens in · 21 out", "14 for reasoning", "900 cached"],
        ),
    ],
)
def test_tokens_are_told_as_far_as_they_are_known(usage, words):
    assert facts.tokens(usage) == words


def test_a_line_names_its_run_and_offers_its_code_and_its_inspection():
    line = facts.line(Run("m", "x", id="r-1", request_id="req-7"))
    assert 'data-run="r-1"' in line
    assert 'title="request req-7"' in line
    assert line.count("<button") == 2
    assert 'data-act="code">View code<' in line
    assert 'data-act="inspect">Inspect<' in line


@given(st.text(max_size=40))
def test_whatever_is_said_no_markup_comes_of_it(text):
    run = Run(text, text, id=text, request_id=text)
    line = facts.line(run, text) + facts.waiting(text, text, text)
    inside = facts.line(Run("m", "x", request_id="r"), "y") + facts.waiting("a", "b", "c")
    assert line.count("<") <= inside.count("<")
    assert facts.footer(run, 0, mark=text).count("<script") == 0


def test_the_footer_carries_its_place_and_is_there_without_a_run_too():
    footer = facts.footer(Run("m", "x"), 3)
    assert footer.count('data-index="3"') == 5
    assert footer.count("data-run=") == 1
    assert footer.index("Make an image") < footer.index("View code")
    lost = facts.footer(None, 3, mark="Interrupted & kept.")
    assert "Inspect" not in lost
    assert "Interrupted &amp; kept." in lost
    assert 'class="facts"' not in lost
