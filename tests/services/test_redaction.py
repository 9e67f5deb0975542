"""No way of writing a key down gets past the redactor; ordinary lines do."""

from __future__ import annotations

import base64
import html
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from services.errors import Refused
from services.redaction import HIDDEN, Redactor

KEY = "sk-own/er+canary=7f3a91&x"
ORDINARY = [
    '{"task": "chat", "prompt_tokens": 12, "request": "0HNABCDEF1234567890ABCDEF1234567", "run": "f159cfced3d9"}',
    "Bearer authentication required; the token is missing.",
    "key: value, a token of 2026-11-22, password is wrong",
    "GET /gradio_api/file=results/628d1654e835ee1899c08602177df662.jpg",
    "task-12345678901234567 and risk-averse-people-2026",
]
LEAKS = [
    "Authorization: Bearer abcDEF123456789xyz",
    "authorization=Basic dXNlcjpwYXNzd29yZDEyMw==",
    "Incorrect API key provided: sk-proj-abc123def456ghi.",
    '{"api_key": "0123456789abcdef0123456789abcdef"}',
    "token=0123456789abcdef0123456789ABCDEFxyz",
    "hf_abcdefghijklmn0123456789",
    "?key=0123456789abcdef0123456789abcdef&x=1",
]


def written(secret: str, before: bytes = b"", after: bytes = b"") -> list[str]:
    """The secret in every form of the promise, base64 with neighbours that shift it."""
    data = secret.encode()
    around = [base64.b64encode(bytes(n) + before + data + after).decode() for n in range(3)]
    url_safe = [text.translate(str.maketrans("+/", "-_")) for text in around]
    escaped = [json.dumps(secret), html.escape(secret), quote(secret, safe=""), "".join(f"%{b:02x}" for b in data)]
    return [secret, secret[::-1], data.hex(), *escaped, *around, *url_safe]


@pytest.mark.parametrize("form", written(KEY, after=b"tail"))
def test_a_known_key_is_blotted_out_in_every_form(form):
    cleaned = Redactor(SecretStr(KEY)).clean(f"before {form} after")
    assert HIDDEN in cleaned
    assert cleaned.startswith("before ")
    assert cleaned.endswith(" after")
    assert KEY[:12] not in cleaned
    assert KEY[::-1][:12] not in cleaned
    for shift in range(3):  # no long stretch of what it decodes from is left
        left = base64.b64encode(bytes(shift) + KEY.encode()).decode()[4:-4]
        assert left[: len(left) // 2 + 3] not in cleaned


@given(
    st.text(st.characters(codec="ascii", categories=("L", "N", "P")), min_size=8, max_size=40), st.binary(max_size=7)
)
def test_no_neighbour_saves_a_key_from_being_blotted_out(secret, beside):
    redactor = Redactor(SecretStr(secret))
    for form in written(secret, beside, beside):
        assert secret not in redactor.clean(form).replace(HIDDEN, "\0")
        assert redactor.clean(form) != form


def test_a_key_that_was_cut_short_is_blotted_out_too():
    assert Redactor(SecretStr(KEY)).clean(f"you sent {KEY[:15]}…") == f"you sent {HIDDEN}"


@pytest.mark.parametrize("line", LEAKS)
def test_what_looks_like_a_key_is_blotted_out_though_nobody_knows_it(line):
    cleaned = Redactor().clean(line)
    assert HIDDEN in cleaned
    assert not any(word in cleaned for word in ("0123456789", "abc123", "DEF123", "dXNlcjpw"))


@pytest.mark.parametrize("line", ORDINARY)
def test_an_ordinary_line_stays_as_it_is(line):
    assert Redactor(SecretStr(KEY)).clean(line) == line


def test_a_visitors_key_is_known_while_a_call_is_under_way_and_no_longer():
    redactor, key = Redactor(), SecretStr("visitors-own-canary")
    with redactor.knowing(key), redactor.knowing(key):
        with redactor.knowing(key):
            pass
        assert redactor.clean("visitors-own-canary") == HIDDEN
    assert redactor.clean("visitors-own-canary") == "visitors-own-canary"
    assert "visitors" not in repr(vars(redactor))


@pytest.mark.parametrize("nothing", [None, SecretStr(""), SecretStr("abc")])
def test_what_is_too_short_to_be_a_key_blots_nothing(nothing):
    redactor = Redactor()
    with redactor.knowing(nothing):
        assert redactor.clean("abc abcdef") == "abc abcdef"


@pytest.mark.parametrize("name", ["message", "remedy", "request_id", "detail"])
def test_an_error_is_made_fit_for_a_screen(name):
    words = {"message": "m", "remedy": "r", name: f"you sent {KEY[::-1]}"}
    error = Redactor(SecretStr(KEY)).hide(Refused(words.pop("message"), **words))
    assert KEY[::-1][:8] not in error.sentence + error.detail + repr(error)
    assert HIDDEN in getattr(error, name)
