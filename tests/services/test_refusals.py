"""Every refusal has its own name, the upstream's own words in short, and a remedy."""

import json
import re
import time

import pytest
from contract_check import example
from hypothesis import given
from hypothesis import strategies as st
from upstream import Answer

from services.errors import (
    InvalidInput,
    MalformedReply,
    NotAllowed,
    NotFound,
    OutOfCredit,
    RateLimited,
    Refused,
    ServiceError,
    Unauthorized,
    Unavailable,
)
from services.limits import Limits
from services.refusals import in_words, message_of, refusal, request_id_of, retry_after_of, shortened
from services.retries import Manners
from services.transport import Paths, Patience, Transport

ENVELOPES = ("problem", "flat", "openai")


def said(message: str, envelope: str = "problem") -> bytes:
    return json.dumps(Answer.refusing(400, message, envelope).json).encode()


def refused(
    status: int, message: str = "", *, headers: dict[str, str] | None = None, model: str = "vendor/m"
) -> ServiceError:
    return refusal(status, headers or {}, said(message) if message else b"", model=model, path="chat/completions")


@pytest.mark.parametrize(
    ("status", "message", "error"),
    [
        (400, "Body validation error", Refused),
        (401, "requires a valid API key", Unauthorized),
        (402, "pay", OutOfCredit),
        (403, "You've run out of credits", OutOfCredit),
        (403, "you have run out of funds", OutOfCredit),
        (403, "exhausted the available trial resource limit", OutOfCredit),
        (403, "complete account verification", OutOfCredit),
        (403, "this key may not use the endpoint", NotAllowed),
        (403, "", NotAllowed),
        (404, "NotFoundException", NotFound),
        (405, "Method Not Allowed", Refused),
        (408, "", Unavailable),
        (409, "", Unavailable),
        (413, "", Refused),
        (415, "", Refused),
        (418, "", Refused),
        (422, "Validation failed", Refused),
        (429, "Too Many Requests", RateLimited),
        (500, "Internal server error", Unavailable),
        (502, "Bad Gateway", Unavailable),
        (503, "Service unavailable", Unavailable),
        (504, "Generation timeout", Unavailable),
        (599, "", Unavailable),
        (302, "", MalformedReply),
        (100, "", MalformedReply),
    ],
)
def test_each_status_has_its_own_name(status, message, error):
    found = refused(status, message)
    assert type(found) is error
    assert found.status == status
    assert str(status) in found.message
    assert found.remedy


@pytest.mark.parametrize("status", [401, 402, 403, 404, 408, 409, 413, 422, 429, 500, 503])
async def test_each_status_is_met_over_the_wire(endpoint_answering, status):
    transport = Transport(Limits(), Manners(first=0.01))
    with pytest.raises(type(refused(status, "as planned"))) as found:
        async with transport.post(
            endpoint_answering(status), Paths("tts", "tts"), body={"model": "m"}, patience=Patience(2, 2)
        ):
            pass
    await transport.close()
    assert (found.value.status, found.value.request_id) == (status, "r1")


def test_who_refused_and_whether_a_key_went_along_is_said():
    asked = {"model": "m", "path": "p", "who": "The embedded engine"}
    assert refusal(401, {}, b"", **asked).message == "The embedded engine refused the key (401)."
    assert refusal(401, {}, b"", **asked, keyed=False).message == "The embedded engine wants a key (401)."
    assert refusal(413, {}, b"", **asked).message == "That was too large for the embedded engine (413)."


# The upstream's own words


@pytest.mark.parametrize("envelope", ENVELOPES)
def test_the_message_is_found_in_each_envelope(envelope):
    assert message_of(said("Too many bananas", envelope)) == "Too many bananas"


@pytest.mark.parametrize("case", ["problem", "flat", "flat with a text status", "openai"])
def test_the_message_of_each_published_refusal_is_found(case):
    body = example("errors", case)["response"]
    assert message_of(json.dumps(body).encode()).startswith((body.get("message") or body["error"]["message"])[:20])


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"error": "plain text"}', "plain text"),
        (b'{"title": "Only a title", "status": 400}', "Only a title"),
        (b'{"detail": "not found"}', "not found"),
        (b'{"message": ["one", "two"]}', "one; two"),
        (b'{"message": "", "error": {"message": "inner"}}', "inner"),
        (b'{"detail": [{"loc": ["body", "n"], "msg": "too many"}]}', "body.n: too many"),
        (b'"only text"', "only text"),
        (b"upstream connect error", "upstream connect error"),
        (b"", ""),
        (b"null", ""),
        (b"[]", ""),
        (b"{}", ""),
        (b"<html><body>502</body></html>", ""),
        (b"  \n<!DOCTYPE html><h1>502", ""),
        (b"\xef\xbb\xbf<html>", ""),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"[" * 100_000, ""),
        (b'{"error":' * 30_000, ""),
    ],
)
def test_words_are_found_where_there_are_any(body, words):
    found = message_of(body)
    assert found == words if len(body) < 1000 else len(found) <= 300


def test_a_validation_tree_names_the_parameter():
    body = json.dumps(example("errors", "flat")["response"]).encode()
    assert message_of(body) == (
        "Invalid input (messages.0.role: Invalid enum value. Expected 'user' | 'assistant', received 'system')"
    )


def test_a_deep_or_odd_validation_tree_does_no_harm():
    tree: object = {"_errors": ["at the bottom"]}
    for _ in range(500):
        tree = {"in": tree}
    body = {
        "message": "Invalid",
        "meta": {"_errors": ["first"], "a": {"_errors": [1, None]}, "b": {"_errors": "x"}, "c": tree},
    }
    assert message_of(json.dumps(body).encode()) == "Invalid (first; a: 1; a: None)"


def test_the_upstreams_text_is_cut_at_300_characters_on_one_line():
    found = message_of(said("long\n\r\tline " * 500))
    assert len(found) == 300
    assert found.endswith("…")
    assert "\n" not in found
    assert len(refused(400, "x" * 5000).message) < 400


@pytest.mark.parametrize("status", [400, 404, 429, 500, 502])
def test_a_page_of_html_never_reaches_the_sentence(status):
    page = b"<html><head><title>oh</title></head><body><script>alert(1)</script></body></html>"
    assert "<" not in refusal(status, {"content-type": "text/html"}, page, model="m", path="p").sentence


@given(st.binary(max_size=300), st.integers(300, 599))
def test_no_body_breaks_the_reading(body, status):
    found = refusal(status, {}, body, model="m", path="p")
    assert isinstance(found, ServiceError)
    assert len(found.message) < 450


KEYS = st.sampled_from(["message", "error", "meta", "_errors", "title", "detail"]) | st.text(max_size=9)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=9,
)


@given(JSON)
def test_no_json_breaks_the_reading(body):
    assert len(message_of(json.dumps(body).encode())) <= 300


# 404: the model, or the path


@pytest.mark.parametrize(
    ("message", "names_model"),
    [
        ("The model `vendor/m` does not exist", True),
        ("vendor/m is deprecated", True),
        ("Unknown model", True),
        ("Model not found", True),
        ("No such model here", True),
        ("Cannot POST /v1/chat/completions", False),
        ("NotFoundException", False),
        ("", False),
    ],
)
def test_a_404_is_the_models_when_it_says_so(message, names_model):
    found = refused(404, message)
    assert isinstance(found, NotFound)
    assert found.names_model is names_model
    assert ("vendor/m" if names_model else "chat/completions") in found.message


def test_a_model_is_recognised_with_an_escaped_slash():
    found = refusal(404, {}, b'{"message": "no \\/ vendor\\/m"}', model="vendor/m", path="p")
    assert isinstance(found, NotFound)
    assert found.names_model


@pytest.mark.parametrize("model", ["chat", "completions", "v1"])
def test_a_model_named_like_a_part_of_the_path_is_not_named_by_the_path(model):
    body = json.dumps({"message": "Cannot POST /v1/chat/completions"}).encode()
    found = refusal(404, {}, body, model=model, path="chat/completions")
    assert isinstance(found, NotFound)
    assert not found.names_model


# 429: how long to wait


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("2", 2), ("600", 600), ("0.5", 0.5), ("soon", 0), ("-5", 0), ("NaN", 0), ("1e309", 0), ("", 0), ("1e9", 0),
     ("1e999999", 0), ("-nan", 0), ("Wed, 21 Oct 99999 07:28:00 GMT", 0),
     ("Wed, 21 Oct 2015 07:28:00 GMT", 0), ("Wed, 21 Oct 2099 07:28:00 GMT", 0)],
)  # fmt: skip
def test_a_wait_is_taken_only_when_it_makes_sense(value, seconds):
    """C11: a wait that makes no sense is no wait."""
    assert retry_after_of({"retry-after": value}) == seconds


def test_a_date_is_counted_by_the_upstreams_own_clock(monkeypatch):
    """C72: our own clock is a day wrong, and the wait is still three seconds."""
    headers = {"retry-after": "Wed, 21 Oct 2015 07:28:03 GMT", "date": "Wed, 21 Oct 2015 07:28:00 GMT"}
    assert retry_after_of(headers) == 3
    del headers["date"]
    monkeypatch.setattr(time, "time", lambda: 1445412475.0)
    assert retry_after_of(headers) == 8


@pytest.mark.parametrize("text", ["\ud83d", "half \ude00 a pair"])
def test_half_a_character_never_gets_into_a_sentence(text):
    body = json.dumps({"message": text, "requestId": text}).encode()
    refused = refusal(500, {}, body, model="m", path="p")
    assert refused.sentence.encode()


def test_a_wait_is_said_in_words():
    found = refused(429, "slow down", headers={"retry-after": "600"})
    assert (found.retry_after, found.remedy) == (600, "Try again in about 10 minutes.")
    assert refused(429).retry_after == 0
    assert refused(429).remedy.startswith("Wait a moment")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "1 second"),
        (2, "2 seconds"),
        (89, "89 seconds"),
        (90, "2 minutes"),
        (600, "10 minutes"),
        (7200, "2 hours"),
    ],
)
def test_seconds_become_words(seconds, words):
    assert in_words(seconds) == words


# The id to quote


@pytest.mark.parametrize(
    ("headers", "body", "found"),
    [
        ({"x-request-id": "a", "x-inference-id": "b"}, b'{"requestId": "c"}', "a"),
        ({"x-inference-id": "b"}, b'{"requestId": "c"}', "b"),
        ({}, b'{"requestId": "c"}', "c"),
        ({}, b'{"requestId": null}', ""),
        ({}, b"[1]", ""),
        ({}, b"<html>", ""),
        ({}, b"", ""),
        ({"x-request-id": "x" * 999}, b"", "x" * 128),
        ({}, b"[" * 100_000, ""),
    ],
)
def test_the_request_id_is_found(headers, body, found):
    assert request_id_of(headers, body) == found


def test_a_sentence_has_cause_remedy_and_request_id():
    found = refusal(503, {"x-request-id": "r7"}, said("maintenance"), model="m", path="p")
    assert re.fullmatch(
        r"The API has trouble right now \(503\)\. It says: “maintenance” Try again.* \(request r7\)", str(found)
    )
    assert str(InvalidInput("No.", remedy="Do.")) == "No. Do."


@given(st.text())
def test_shortening_keeps_one_line(text):
    line = shortened(text)
    assert len(line) <= 300
    assert "\n" not in line
