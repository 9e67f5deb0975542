"""What a request says about its visitor's key."""

import gradio as gr
import pytest

from components.visitor import KEY_HEADER, key_of
from services.errors import InvalidInput


def asking(value: str | None) -> gr.Request:
    return gr.Request(headers={} if value is None else {KEY_HEADER: value})


def test_the_header_is_the_key():
    key = key_of(asking(" sk-1 "))
    assert key is not None
    assert key.get_secret_value() == "sk-1"


@pytest.mark.parametrize("value", [None, "", "  "])
def test_no_header_is_no_key(value):
    assert key_of(asking(value)) is None


def test_quotes_around_nothing_are_refused_and_do_not_spend_the_owners_key():
    with pytest.raises(InvalidInput):
        key_of(asking("''"))
