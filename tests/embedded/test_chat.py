"""Chat over the wire: both forms, streamed and whole, with the real model."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import openai
import pytest
from contract_check import assert_published
from running_engine import CHAT, KEY, SPEECH, Engine

pytestmark = pytest.mark.engine


def ask(api: httpx.Client, content: object = "Say hello.", path: str = "/v1/chat/completions", **more: object):
    body = {"model": CHAT, "messages": [{"role": "user", "content": content}], "max_tokens": 16, **more}
    return api.post(path, json=body)


def events(answer: httpx.Response) -> list[dict]:
    lines = [line.removeprefix("data: ") for line in answer.text.splitlines() if line.startswith("data: ")]
    assert lines[-1] == "[DONE]"
    return [json.loads(line) for line in lines[:-1]]


def text_of(chunks: list[dict]) -> str:
    return "".join(choice["delta"].get("content", "") for chunk in chunks for choice in chunk["choices"])


@pytest.fixture
def client(engine: Engine) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{engine.base}/v1", api_key=KEY, max_retries=0) as client:
        yield client


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/chat/completions"])
def test_a_whole_answer_has_the_published_shape_in_both_forms(api, path):
    answer = ask(api, path=path)
    assert answer.status_code == 200
    assert_published(answer.json(), "chat", "completion")
    assert answer.json()["choices"][0]["message"]["content"].strip()


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/chat/completions"])
def test_every_chunk_of_a_stream_has_the_published_shape_in_both_forms(api, path):
    answer = ask(api, path=path, stream=True)
    assert answer.headers["content-type"].startswith("text/event-stream")
    for chunk in events(answer):
        assert_published(chunk, "chat", "chunk")


def test_the_streamed_text_is_the_whole_text(api):
    question = {"content": "Name three colours.", "temperature": 0, "seed": 1}
    whole = ask(api, **question).json()["choices"][0]["message"]["content"]
    assert text_of(events(ask(api, stream=True, **question))) == whole


def test_the_last_chunk_carries_usage_and_a_free_bill(api):
    last = events(ask(api, stream=True, max_tokens=5))[-1]
    assert last["usage"]["completion_tokens"] == 5
    assert last["usage"]["total_tokens"] == last["usage"]["prompt_tokens"] + 5
    assert last["meta"] == {"usage": {"credits_used": 0, "usd_spent": 0}}
    assert last["choices"][0]["finish_reason"] == "length"


def test_tokens_are_counted_by_the_models_own_tokenizer(api):
    used = [ask(api, "word" + " word" * extra, max_tokens=1).json()["usage"]["prompt_tokens"] for extra in (0, 10)]
    assert used[1] - used[0] == 10


def test_a_missing_system_message_becomes_the_default_one(api):
    plain = ask(api, max_tokens=1).json()["usage"]["prompt_tokens"]
    messages = [{"role": role, "content": text} for role, text in (("system", "Be brief."), ("user", "Say hello."))]
    short = api.post("/v1/chat/completions", json={"model": CHAT, "messages": messages, "max_tokens": 1}).json()
    assert plain - short["usage"]["prompt_tokens"] == 3  # "You are a helpful assistant." is three tokens longer


def test_the_openai_client_reads_a_stream(client):
    messages = [{"role": "user", "content": "What is the capital of France?"}]
    stream = client.chat.completions.create(
        model=CHAT, messages=messages, max_tokens=12, temperature=0, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    assert "Paris" in "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert chunks[-1].usage.completion_tokens > 1


def test_the_openai_client_reads_a_whole_answer(client):
    messages = [{"role": "user", "content": "What is the capital of France?"}]
    answer = client.chat.completions.create(model=CHAT, messages=messages, max_tokens=12, temperature=0)
    assert "Paris" in answer.choices[0].message.content


def test_the_openai_client_lists_the_models(client):
    assert next(iter(client.models.list())).id == CHAT


def test_the_same_seed_gives_the_same_answer(api):
    texts = {
        ask(api, "Tell me a story.", temperature=1.0, seed=seed).json()["choices"][0]["message"]["content"]
        for seed in (7, 7, 8)
    }
    assert len(texts) == 2


def test_the_answer_ends_before_a_stop_word(api):
    question = {"content": "What is the capital of France?", "temperature": 0}
    assert "Paris" in ask(api, **question).json()["choices"][0]["message"]["content"]
    stopped = ask(api, stop=["Paris"], **question).json()["choices"][0]
    assert "Paris" not in stopped["message"]["content"]
    assert stopped["finish_reason"] == "stop"


def test_json_is_promised_and_kept(api):
    asked = "Give a JSON object with the name and the age of Bob, who is 5."
    answer = ask(api, asked, max_tokens=80, response_format={"type": "json_object"}).json()
    assert isinstance(json.loads(answer["choices"][0]["message"]["content"]), dict)


def test_a_json_schema_is_kept(api):
    properties = {"city": {"type": "string"}, "people": {"type": "integer"}}
    schema = {"type": "object", "properties": properties, "required": ["city", "people"]}
    wanted = {"type": "json_schema", "json_schema": {"name": "place", "schema": schema}}
    answer = ask(api, "Describe Paris.", max_tokens=80, response_format=wanted).json()
    assert isinstance(json.loads(answer["choices"][0]["message"]["content"])["people"], int)


def test_a_schema_that_is_none_is_refused_by_name(api):
    wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "nonsense"}}}
    answer = ask(api, response_format=wanted)
    assert answer.status_code == 400
    assert "nonsense" in answer.json()["message"]


def test_a_question_in_another_language_is_answered_with_a_plain_word(api):
    answer = ask(api, "Quelle est la capitale de la France ?").json()
    assert answer["choices"][0]["message"]["content"]
    assert "English" in answer["meta"]["notice"]


def test_the_plain_word_comes_with_the_last_chunk_of_a_stream(api):
    assert "English" in events(ask(api, "Was ist die Hauptstadt von Frankreich?", stream=True))[-1]["meta"]["notice"]


def test_an_english_question_gets_no_such_word(api):
    assert "notice" not in ask(api, "What is the capital of France?").json()["meta"]


def test_the_oldest_turns_go_when_the_context_is_full_and_it_says_so(api):
    turns = [{"role": "user", "content": f"turn {turn} " + "word " * 700} for turn in range(3)]
    body = {"model": CHAT, "messages": [*turns, {"role": "user", "content": "Hello?"}]}
    answer = api.post("/v1/chat/completions", json={**body, "max_tokens": 2048, "stop": list("aeio")}).json()
    assert "oldest 2 messages" in answer["meta"]["notice"]
    assert 700 < answer["usage"]["prompt_tokens"] < 2048


def test_a_message_that_never_fits_is_refused_with_the_limit(api):
    answer = ask(api, "word " * 5000)
    assert answer.status_code == 400
    assert "4080" in answer.json()["message"]


def test_a_picture_is_refused_in_plain_words(api):
    answer = ask(api, [{"type": "text", "text": "?"}, {"type": "image_url", "image_url": {"url": "data:image/png,"}}])
    assert answer.status_code == 400
    assert "text only" in answer.json()["message"]


def test_text_parts_are_read(api):
    assert ask(api, [{"type": "text", "text": "Hello"}]).status_code == 200


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("temperature", 3),
        ("temperature", "warm"),
        ("top_p", 0),
        ("seed", 0),
        ("seed", 10**30),
        ("max_tokens", 0),
        ("max_tokens", "many"),
        ("max_tokens", True),
        ("stop", ["a"] * 5),
        ("n", 2),
        ("stream", "yes"),
        ("messages", []),
        ("messages", "Hello"),
        ("messages", [{"role": "wizard", "content": "x"}]),
        ("messages", [{"role": "system", "content": "x"}]),
        ("messages", [{"role": "user", "content": "  "}]),
        ("model", 5),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_by_its_name(api, field, value):
    body = {"model": CHAT, "messages": [{"role": "user", "content": "Hi"}], field: value}
    answer = api.post("/v1/chat/completions", json=body)
    assert answer.status_code == 400
    assert field in answer.json()["message"]
    assert_published(answer.json(), "errors", "problem")


@pytest.mark.parametrize(
    "raw", ["", "{", "[]", "null", '{"model": NaN}', "[" * 100_000, '{"a": "\\ud800"}', b"\xff\xfe{}"]
)
def test_a_body_that_is_no_request_is_a_400(api, raw):
    assert api.post("/v1/chat/completions", content=raw).status_code == 400


def test_not_a_number_is_refused_where_a_number_belongs(api):
    raw = json.dumps({"model": CHAT, "messages": [{"role": "user", "content": "Hi"}], "temperature": float("nan")})
    answer = api.post("/v1/chat/completions", content=raw)
    assert answer.status_code == 400
    assert "temperature" in answer.json()["message"]


def test_numbers_may_be_written_as_floats_and_unknown_fields_vanish(api):
    assert ask(api, max_tokens=4.0, top_k=3, nonsense={"a": 1}).json()["usage"]["completion_tokens"] <= 4


def test_another_models_name_is_refused_by_saying_which_one_to_use(api):
    answer = ask(api, model=SPEECH)
    assert answer.status_code == 400
    assert "text to speech" in answer.json()["message"]
    assert CHAT in answer.json()["message"]


def test_when_the_client_goes_away_the_model_stops(engine, api):
    body = {"model": CHAT, "messages": [{"role": "user", "content": "Write a long story."}], "max_tokens": 2000}
    with api.stream("POST", "/v1/chat/completions", json={**body, "stream": True, "temperature": 1}) as answer:
        next(answer.iter_lines())
    assert idle_within(engine, 2.5)


def test_when_nobody_waits_for_a_whole_answer_the_model_stops(engine):
    body = {"model": CHAT, "messages": [{"role": "user", "content": "Write a long story."}], "max_tokens": 2000}
    payload = json.dumps({**body, "temperature": 1}).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\n"
    with socket.create_connection(("127.0.0.1", engine.port)) as wire:
        wire.sendall(f"{head}Content-Length: {len(payload)}\r\n\r\n".encode() + payload)
        time.sleep(1)
    assert idle_within(engine, 2.5)


def test_two_at_once_are_answered_one_after_the_other(api):
    answers: list[int] = []
    askers = [threading.Thread(target=lambda: answers.append(ask(api).status_code)) for _ in range(3)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert answers == [200, 200, 200]


def test_who_waits_hears_the_place_in_the_queue(api):
    slow = threading.Thread(target=lambda: ask(api, "Write a long story.", max_tokens=120, temperature=1))
    slow.start()
    time.sleep(0.3)
    answer = ask(api, stream=True)
    slow.join()
    assert any(line.startswith(": queue 1") for line in answer.text.splitlines())


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def idle_within(engine: Engine, seconds: float) -> bool:
    """Whether the engine's processor time stands still before so many seconds are over."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        before = cpu_seconds(engine.pid)
        time.sleep(0.3)
        if cpu_seconds(engine.pid) - before < 0.05:
            return True
    return False


TOOLS = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]


def test_tools_are_refused_by_name_and_never_dropped_without_a_word(api):
    answer = ask(api, tools=TOOLS)
    assert answer.status_code == 400
    assert "tools" in answer.json()["message"]
    assert ask(api, max_tokens=1, tools=[]).status_code == 200
    assert ask(api, max_tokens=1, tools=TOOLS, tool_choice="none").status_code == 200
