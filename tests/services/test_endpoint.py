"""Where a call goes, from a base URL as people write it, and what can be a key."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from services.endpoint import DEFAULT_BASE, Endpoint, cleaned_key
from services.errors import InvalidInput


@pytest.mark.parametrize(
    ("base", "root"),
    [
        ("https://api.aimlapi.com/v1", "https://api.aimlapi.com"),
        ("https://api.aimlapi.com/v1/", "https://api.aimlapi.com"),
        ("https://api.aimlapi.com", "https://api.aimlapi.com"),
        ("https://api.aimlapi.com/", "https://api.aimlapi.com"),
        ("http://127.0.0.1:11434/v1", "http://127.0.0.1:11434"),
        ("https://host.example/openai/v1", "https://host.example/openai"),
        ("https://host.example/v11", "https://host.example/v11"),
    ],
)
def test_the_root_is_the_base_without_v1(base, root):
    endpoint = Endpoint.at(base)
    assert endpoint.root == root
    assert endpoint.base("v1") == endpoint.base("auto") == f"{root}/v1"
    assert endpoint.base("seed") == root


@pytest.mark.parametrize(
    ("base", "name"),
    [
        (DEFAULT_BASE, "AI/ML API"),
        ("https://eu.api.aimlapi.com/v1", "AI/ML API"),
        ("https://AIMLAPI.com", "AI/ML API"),
        ("https://evil-aimlapi.com/v1", "evil-aimlapi.com"),
        ("https://aimlapi.com.evil.example/v1", "aimlapi.com.evil.example"),
        ("http://localhost:8080/v1", "localhost:8080"),
        ("https://ada:secret@host.example:444/v1", "host.example:444"),
        ("http://[::1]:8080", "[::1]:8080"),
    ],
)
def test_who_answers_has_a_name_that_gives_nothing_away(base, name):
    endpoint = Endpoint.at(base)
    assert endpoint.name == name
    assert "secret" not in endpoint.host


def test_the_engine_is_called_by_its_name():
    assert Endpoint.at("http://127.0.0.1:1", embedded=True).name == "embedded engine"


def test_a_key_is_not_shown_by_accident():
    endpoint = Endpoint.at(DEFAULT_BASE, SecretStr("canary"))
    assert "canary" not in repr(endpoint) + str(endpoint)


@pytest.mark.parametrize("text", ["sk-1", "  sk-1\n", '"sk-1"', "'sk-1'", "`sk-1`", " 'sk-1' \r\n", "\tsk-1"])
def test_what_came_along_with_a_pasted_key_is_taken_off(text):
    assert cleaned_key(text).get_secret_value() == "sk-1"


@pytest.mark.parametrize("text", ["sk 1", "ключ", "sk-1\nsk-2", "sk\x00", "sk-1\u200b", "x" * 513, "sk-“1”"])
def test_what_can_be_no_key_is_refused_before_any_call(text):
    with pytest.raises(InvalidInput) as refused:
        cleaned_key(text)
    assert text not in refused.value.sentence


@pytest.mark.parametrize("text", ["", "  ", '""'])
def test_no_key_is_an_empty_key(text):
    assert cleaned_key(text).get_secret_value() == ""


@given(st.text(max_size=40))
def test_a_cleaned_key_fits_a_header_and_stays_as_it_is(text):
    try:
        key = cleaned_key(text)
    except InvalidInput:
        return
    f"Bearer {key.get_secret_value()}".encode("ascii")
    assert cleaned_key(key.get_secret_value()) == key
