"""The inspector's addresses: a session is told of its own runs, in the promised shape, without any key."""

from __future__ import annotations

import re
import secrets

import pytest
from running_page import OWNER_KEY, VISITOR_KEY, call, clip, hits
from upstream import Answer

from components import alerts
from services.errors import InvalidInput, Unavailable
from services.record import Record

SHAPE = {
    "id", "task", "model", "answered_by", "embedded", "at", "facts", "usual", "failure", "attempts", "calls",
    "timeline", "code",
}  # fmt: skip
FACTS = {
    "first_token", "duration", "tokens_per_second", "prompt_tokens", "completion_tokens", "reasoning_tokens",
    "cached_tokens", "cost_usd", "cost_kind", "request_id", "notice",
}  # fmt: skip
CALL = {
    "method", "url", "request_headers", "request_body", "request_bytes", "parts", "status", "reply_headers", "reply",
    "reply_bytes", "began",
}  # fmt: skip


def asked(site, text="hello", session="", **headers):
    """Ask one question as the page does; the session and the ids that the page was told."""
    session = session or secrets.token_hex(16)
    order = {"desk": session, "act": "ask", "text": text, "after": 0}
    answer = site.http.post("/lane", json=order, headers={"x-aiml-session": session, **headers})
    return session, re.findall(r'data-run=\\"(\w+)', answer.text)


def told(site, session, run, tail=""):
    return site.http.get(f"/page/runs/{run}{tail}", headers={"x-aiml-session": session} if session else {})


def test_a_run_is_told_in_the_promised_shape(site):
    session, runs = asked(site)
    found = told(site, session, runs[-1]).json()
    assert found.keys() >= SHAPE
    assert found["facts"].keys() == FACTS
    assert all(call.keys() == CALL for call in found["calls"])
    assert found["calls"][0]["request_body"] == site.chats()[-1].json
    assert found["calls"][0]["request_headers"]["authorization"] == "Bearer $AIML_API_KEY"
    assert found["code"].keys() == {"curl", "python", "javascript"}
    assert found["usual"] == {"ttft": 0.35, "tps": 60.5, "duration": 1.2} or found["usual"] is None


def test_a_run_is_nobody_elses(site):
    session, runs = asked(site)
    assert told(site, session, runs[-1]).status_code == 200
    for stranger in (secrets.token_hex(16), "", session[:-1]):
        for tail in ("", "/code"):
            answer = told(site, stranger, runs[-1], tail)
            assert (answer.status_code, answer.content) == (204, b"")
    assert told(site, session, "0" * 12).content == b""


def test_a_failure_names_its_run(site):
    site.upstream.always("chat", Answer.refusing(400, "no such thing"))
    session, runs = asked(site)
    found = told(site, session, runs[-1]).json()
    assert found["failure"].keys() == {"kind", "message", "remedy"}
    assert found["failure"]["kind"] == "Refused"
    assert found["facts"]["request_id"] == "r1"
    assert found["calls"][0]["reply"]["message"] == "no such thing"


def test_a_card_names_a_run_only_where_something_was_sent():
    error = Unavailable("No.", remedy="Later.")
    assert "data-run" not in alerts.failure(error)
    error.record = Record()
    assert "data-run" not in alerts.failure(error)
    error.record.sending("POST", "http://127.0.0.1/", {})
    assert f'data-run="{error.record.id}"' in alerts.failure(error)
    assert "data-run" not in alerts.failure(InvalidInput("No.", remedy="Write."))


def test_the_code_of_a_large_request_is_told_by_itself(site):
    session = secrets.token_hex(16)
    settings = {"system": "z" * 31_990 + " it's"}
    order = {"desk": session, "act": "ask", "text": "é" * 31_000, "after": 0, "settings": settings}
    answer = site.http.post("/lane", json=order, headers={"x-aiml-session": session})
    run = re.findall(r'data-run=\\"(\w+)', answer.text)[-1]
    assert told(site, session, run).json()["code"] is None
    code = told(site, session, run, "/code").json()
    assert f"\n{site.chats()[-1].raw.decode()}\nJSON\n" in code["curl"]
    assert "z" * 31_990 in code["python"]


@pytest.mark.parametrize("key", [OWNER_KEY, VISITOR_KEY])
@pytest.mark.parametrize("status", [200, 400, 500])
def test_no_key_is_in_what_a_run_tells(site, tmp_path, key, status):
    session = secrets.token_hex(16)
    headers = {"x-aiml-session": session} | ({"x-aiml-key": key} if key != OWNER_KEY else {})
    echo = f"{key} {key[::-1]} {key.upper()}"
    body = {"echo": echo, "error": {"message": echo}, "choices": [{"message": {"content": echo}}]}
    site.upstream.always("chat", Answer(status=status, json=body))
    _, runs = asked(site, f"is {key} a key?", session, **headers)
    audio = site.http.post("/gradio_api/upload", files={"files": ("a.wav", clip(tmp_path).read_bytes())}).json()[0]
    for name, order in (
        ("generate_image", {"prompt": echo}),
        ("synthesize", {"text": echo}),
        ("transcribe", {"audio": {"path": audio, "meta": {"_type": "gradio.FileData"}}}),
    ):
        call(site, name, order, **headers)
    assert runs
    for run in runs:
        for tail in ("", "/code"):
            answer = told(site, session, run, tail)
            assert answer.status_code == 200
            assert hits(answer.text + str(answer.headers)) == []
