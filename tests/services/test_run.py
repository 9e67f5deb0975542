"""The facts of a run."""

import time

import pytest

from services.run import Cost, Run, Stopwatch, Usage


@pytest.mark.parametrize(
    ("tokens", "first", "duration", "rate"),
    [
        (11, 1.0, 2.0, 10.0),
        (2, 0.0, 0.5, 2.0),
        (1, 0.5, 1.0, None),
        (0, 0.5, 1.0, None),
        (None, 0.5, 1.0, None),
        (11, None, 1.0, None),
        (11, 1.0, 1.0, None),
        (11, 1.0, 1.006, None),  # all in one burst
    ],
)
def test_the_rate_counts_what_came_after_the_first_token(tokens, first, duration, rate):
    run = Run("m", "AI/ML API", first_token=first, duration=duration, usage=Usage(completion_tokens=tokens))
    assert run.tokens_per_second == rate


def test_what_is_not_known_is_not_zero():
    assert (Cost().usd, Cost().kind) == (None, "unknown")
    assert Usage().total_tokens is None


def test_two_runs_have_two_ids():
    assert Run("m", "x").id != Run("m", "x").id


def test_a_stopwatch_does_not_mind_the_wall_clock(monkeypatch):
    watch = Stopwatch()
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert 0 <= watch.seconds < 1
