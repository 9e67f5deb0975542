"""What holds for every route: the key, ids, sizes, and the API's own words for a refusal."""

from __future__ import annotations

import socket

import httpx
import pytest
from contract_check import assert_published
from running_engine import CHAT, IMAGE, KEY, SPEECH, TRANSCRIPTION

pytestmark = pytest.mark.engine


def test_the_catalogue_has_the_published_shape_and_the_four_models_in_order(api):
    listed = api.get("/v1/models", params={"include": "all"}).json()
    assert_published(listed, "catalog", "list")
    assert [row["id"] for row in listed["data"]] == [CHAT, IMAGE, TRANSCRIPTION, SPEECH]
    assert all(unit["price"] == 0 for row in listed["data"] for unit in row["pricing"]["units"])


def test_both_forms_of_the_catalogue_say_the_same(api):
    assert api.get("/models").json() == api.get("/v1/models").json()


def test_columns_come_only_when_they_are_asked_for(api):
    assert "pricing" not in api.get("/v1/models").json()["data"][0]
    assert "modalities" not in api.get("/v1/models?include=pricing,nonsense").json()["data"][0]
    assert "pricing" in api.get("/v1/models?details=true").json()["data"][0]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("type=openai/chat-completions", [CHAT]),
        ("type=INTERNAL/text-to-speech,openai/image-generations", [IMAGE, SPEECH]),
        ("output_modalities=audio", [SPEECH]),
        ("modalities=audio", [TRANSCRIPTION, SPEECH]),
        ("id=hibari", [SPEECH]),
        ("capabilities=streaming&tags=playground:tts", [SPEECH]),
        ("id=nobody", []),
    ],
)
def test_rows_are_filtered(api, query, found):
    assert [row["id"] for row in api.get(f"/v1/models?{query}").json()["data"]] == found


def test_one_model_can_be_looked_up(api):
    assert api.get(f"/model/{SPEECH}").json()["data"]["info"]["voices"] == ["heart"]
    assert api.get("/model/nobody").status_code == 404


def test_a_models_own_defaults_are_in_its_row(api):
    defaults = api.get("/v1/models?id=smollm2-135m").json()["data"][0]["info"]["defaults"]
    assert defaults["system_prompt"] == "You are a helpful assistant."
    assert defaults["max_tokens"] == 256


def test_the_balance_is_nothing(api):
    assert_published(api.get("/v2/billing").json(), "account", "billing")
    assert api.get("/v2/billing").json()["current_balance"] == 0
    assert api.get("/models/metrics").json() == {}


def test_the_status_tells_of_every_model(api):
    models = api.get("/v1/engine/status").json()["models"]
    assert list(models) == [CHAT, IMAGE, TRANSCRIPTION, SPEECH]
    assert models[CHAT]["state"] in ("cold", "fetching", "loading", "warm")
    assert models[CHAT].keys() == {"state", "received", "total", "running", "waiting", "expected_wait", "message"}


@pytest.mark.parametrize("key", ["", "Bearer", "Bearer wrong", f"Basic {KEY}", "Bearer \u00fc".encode()])
def test_a_wrong_key_is_a_401(engine, key):
    answer = httpx.get(f"{engine.base}/v2/billing", headers={"authorization": key}, trust_env=False)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert_published(answer.json(), "errors", "problem")


def test_the_catalogue_needs_no_key(engine):
    assert httpx.get(f"{engine.base}/v1/models", trust_env=False).status_code == 200


@pytest.mark.parametrize("path", ["/v1/models", "/nowhere", "/v1/stt/none"])
def test_every_answer_has_its_ids(api, path):
    answer = api.get(path, headers={"x-client-request-id": "mine:1"})
    assert answer.headers["x-request-id"] == answer.headers["x-inference-id"]
    assert answer.headers["x-client-request-id"] == "mine:1"


def test_a_refusals_id_is_in_its_body_too(api):
    answer = api.get("/nowhere")
    assert answer.json()["requestId"] == answer.headers["x-request-id"]


def test_an_invalid_id_of_the_client_is_dropped(api):
    assert "x-client-request-id" not in api.get("/v1/models", headers={"x-client-request-id": "no spaces"}).headers


def test_an_unknown_model_is_a_404_that_lists_the_four(api):
    for path, body in [("chat/completions", {"messages": [{"role": "user", "content": "x"}]}), ("tts", {"text": "x"})]:
        answer = api.post(f"/v1/{path}", json={"model": "gpt-9", **body})
        assert answer.status_code == 404
        assert all(known in answer.json()["message"] for known in ("gpt-9", CHAT, IMAGE, TRANSCRIPTION, SPEECH))


def test_an_unknown_path_and_a_wrong_method_speak_the_apis_words(api):
    for answer, status in ((api.get("/v1/nothing"), 404), (api.delete("/v1/models"), 405)):
        assert answer.status_code == status
        assert_published(answer.json(), "errors", "problem")


def test_json_of_more_than_a_megabyte_is_refused(api):
    answer = api.post("/v1/chat/completions", content=b'"' + b"x" * 1_100_000 + b'"')
    assert answer.status_code == 413
    assert "1 MB" in answer.json()["message"]


def test_a_body_that_hides_its_size_is_refused_just_as_well(engine):
    head = f"POST /v1/tts HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    with socket.create_connection(("127.0.0.1", engine.port), 10) as wire:
        wire.sendall(head.encode() + chunk * 20 + b"0\r\n\r\n")
        assert b" 413 " in wire.recv(1000)
