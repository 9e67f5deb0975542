"""What a request says about its visitor: key, session, address."""

import gradio as gr
import pytest
from starlette.requests import Request

from components.visitor import KEY_HEADER, SESSION_HEADER, key_of, visitor_of
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


# Who asks


def by_gradio(path: str = "/gradio_api/queue/join", **headers: str) -> gr.Request:
    """As an event of Gradio's brings it; `x_forwarded_for` is the header of that name."""
    return gr.Request(plain(path, **headers), session_hash="abc123xyz")


def plain(path: str = "/lane", **headers: str) -> Request:
    listed = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "path": path, "headers": listed, "client": ("10.0.0.9", 5), "server": ("host", 80)}
    return Request({**scope, "scheme": "http", "query_string": b""})


def test_gradios_session_is_the_visitors():
    assert visitor_of(by_gradio()).session == "abc123xyz"


@pytest.mark.parametrize("path", ["/gradio_api/call/chat", "/gradio_api/call/v2/chat", "/gradio_api/mcp/messages"])
def test_a_plain_http_call_has_no_session_though_gradio_invents_one(path):
    assert visitor_of(by_gradio(path)).session == ""


def test_the_page_is_one_visitor_in_both_of_its_ways():
    desk = "d" * 22
    assert visitor_of(by_gradio(**{SESSION_HEADER: desk})).session == desk
    assert visitor_of(plain(**{SESSION_HEADER: desk})).session == desk
    assert visitor_of(plain(), session=desk).session == desk


@pytest.mark.parametrize("said", ["short", "x" * 65, "with a space in it, long", "ünïcödé-ünïcödé-ünïcödé"])
def test_a_session_in_the_header_that_no_page_of_ours_names_is_not_taken(said):
    request = gr.Request(headers={SESSION_HEADER: said}, session_hash="abc")
    assert visitor_of(request).session == "abc"


def test_what_proxies_say_comes_along_in_their_order():
    visitor = visitor_of(by_gradio(x_forwarded_for="1.1.1.1, 2.2.2.2,3.3.3.3"))
    assert (visitor.forwarded, visitor.peer) == (("1.1.1.1", "2.2.2.2", "3.3.3.3"), "10.0.0.9")


def test_the_key_comes_along_and_is_not_shown():
    visitor = visitor_of(by_gradio(**{KEY_HEADER: "canary-1"}))
    assert visitor.own_key
    assert "canary" not in repr(visitor)


def test_without_a_request_nobody_in_particular_asks():
    assert not visitor_of(None).own_key
