"""Notices of ours: what can be pressed on them, and which run they are about."""

from __future__ import annotations

import pytest

from components import alerts
from services.errors import InvalidInput, Unavailable
from services.record import Record


def failed(sent: bool) -> Unavailable:
    """A failure with the record of its run, in which a call was sent or not."""
    error, record = Unavailable("Trouble.", remedy="Try again."), Record()
    if sent:
        record.sending("POST", "http://127.0.0.1/v1/chat/completions", {})
    error.record = record
    return error


def test_a_failure_that_was_sent_names_its_run_and_can_be_inspected():
    error = failed(sent=True)
    card = alerts.failure(error, alerts.RETRY)
    assert error.record
    assert f'data-run="{error.record.id}"' in card
    assert card.index(">Retry<") < card.index(">Inspect<")


@pytest.mark.parametrize("error", [failed(sent=False), InvalidInput("Nothing to send.", remedy="Write.")])
def test_where_nothing_was_sent_there_is_nothing_to_inspect(error):
    card = alerts.failure(error)
    assert "data-run" not in card
    assert "Inspect" not in card
