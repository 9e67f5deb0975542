"""Chat: every reply shape of the contract becomes growing snapshots; what can't be read becomes an error by name."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing

import pytest
from pydantic import SecretStr
from upstream import Answer, RawUpstream
from upstream.contract import assert_published, example, published
from upstream.raw import clean_end_after, cut_chunk, endless, event, reset_after, silence_after

from services.catalog import Model
from services.chat import ChatService, Message, Parameters
from services.endpoint import Endpoint
from services.errors import Interrupted, InvalidInput, MalformedReply, Refused, ServiceError, Unreachable
from services.limits import Limits
from services.retries import Manners
from services.routes import Route
from services.tools import ToolCall
from services.transport import Transport

PLAIN = Model("openai/gpt-4o-mini", "chat")
ASKED = [Message("user", "Say hi.")]
STREAMS = [name for name, it in published("chat")["examples"].items() if "lines" in it]
WHOLES = [name for name, it in published("chat")["examples"].items() if "response" in it]


@pytest.fixture
async def service():
    limits = Limits(connect=2, first_byte_chat=9, total_chat=9, stall=1, output_characters=2000, turns=4)
    transport = Transport(limits, Manners(first=0.01))
    yield ChatService(transport)
    await transport.close()


def route(upstream, model=PLAIN, dialect="auto", key=""):
    return Route(Endpoint.at(upstream.base, key=SecretStr(key), dialect=dialect), model)


async def seen(service, route, messages=ASKED, **wanted):
    """Every snapshot, and the error that ended them (or None)."""
    snapshots = []
    try:
        async with aclosing(service.stream(route, messages, Parameters(**wanted))) as stream:
            async for snapshot in stream:
                snapshots.append(snapshot)  # noqa: PERF401 - kept when an error ends them
    except ServiceError as error:
        return snapshots, error
    return snapshots, None


@pytest.mark.parametrize("dialect", ["auto", "v1", "seed"])
async def test_an_answer_grows_and_the_last_snapshot_is_the_whole(upstream, service, dialect):
    upstream.scene.rate = 100
    snapshots, error = await seen(service, route(upstream, dialect=dialect))
    assert error is None
    assert snapshots[-1].text == "You said: Say hi."
    assert len(snapshots) > 2
    assert all(snapshots[-1].text.startswith(it.text) for it in snapshots)
    assert [it.finish_reason for it in snapshots][-1] == "stop"


async def test_a_server_of_the_old_form_only_is_found_out(upstream_seed, service):
    assert (await service.complete(route(upstream_seed), ASKED)).text == "You said: Say hi."


@pytest.mark.parametrize("case", STREAMS)
async def test_every_published_stream_gives_its_text(upstream, service, case):
    upstream.plan("chat", Answer.streaming(example("chat", case)["lines"]))
    said = await service.complete(route(upstream), ASKED)
    assert said.text == example("chat", case)["text"]
    assert said.run.usage.completion_tokens


@pytest.mark.parametrize("case", WHOLES)
async def test_every_published_whole_answer_to_a_streaming_call_gives_its_text(upstream, service, case):
    upstream.plan("chat", Answer(status=example("chat", case)["status"], json=example("chat", case)["response"]))
    said = await service.complete(route(upstream), ASKED)
    assert (said.text, said.finish_reason) == ("Hi", "stop")
    assert said.run.usage.total_tokens == 10


async def test_reasoning_is_kept_apart_and_the_first_token_is_the_first_of_either(upstream, service):
    upstream.scene.rate = 15  # slower than the pace of snapshots
    snapshots, _ = await seen(service, route(upstream, Model("scripted/thinking", "chat")))
    assert snapshots[0].reasoning
    assert not snapshots[0].text
    assert (snapshots[-1].reasoning, snapshots[-1].text) == ("First I think.", "You said: Say hi.")
    assert snapshots[-1].run.first_token <= snapshots[-1].run.duration


async def test_a_fast_answer_comes_whole_in_few_snapshots_of_one_run(upstream, service):
    upstream.scene.text = " ".join(f"word{i}" for i in range(150))
    upstream.scene.rate = 500
    snapshots, error = await seen(service, route(upstream))
    assert error is None
    assert snapshots[-1].text == upstream.scene.text
    assert 3 < len(snapshots) < 30
    assert len({it.run.id for it in snapshots}) == 1


async def test_a_comment_is_progress_until_there_is_text_and_never_content(upstream, service):
    """C29"""
    hello = event("Hello").decode()
    lines = [": loading the model", "", ": 50 %", "", hello, ": still here", "", 'data: {"choices":[]}', ""]
    upstream.plan("chat", Answer.streaming([*lines, "data: [DONE]", ""], pause=0.05))
    snapshots, error = await seen(service, route(upstream))
    assert error is None
    assert [it.progress for it in snapshots][:2] == ["loading the model", "50 %"]
    assert snapshots[-1].text == "Hello"
    assert not snapshots[-1].progress


async def test_usage_cost_and_request_id_come_with_the_run(upstream, service):
    run = (await service.complete(route(upstream), ASKED)).run
    assert (run.usage.prompt_tokens, run.usage.completion_tokens, run.usage.total_tokens) == (2, 4, 6)
    assert (run.cost.usd, run.cost.kind) == (0.000006, "billed")
    assert (run.model, run.request_id) == ("openai/gpt-4o-mini", "r1")


async def test_the_cost_headers_of_a_whole_answer_count_where_the_body_says_nothing(upstream, service):
    body = {**example("chat", "legacy")["response"]}
    upstream.plan("chat", Answer(json=body, headers={"x-aimlapi-usd-spent": "0.25"}))
    assert (await service.complete(route(upstream), ASKED)).run.cost.usd == 0.25


@pytest.mark.parametrize("ending", [reset_after(2), clean_end_after(2), cut_chunk, silence_after(2)])
async def test_a_cut_stream_keeps_what_came_and_says_so(service, ending):
    """C23, C24, C25, C30: a reset, an end without an end, half a chunk, silence."""
    with RawUpstream(ending) as raw:
        snapshots, error = await seen(service, Route(Endpoint.at(raw.base, dialect="v1"), PLAIN))
    assert isinstance(error, (Interrupted, Unreachable))
    assert snapshots[-1].text.startswith("0 ")
    assert not snapshots[-1].finish_reason


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ('data: {"error": {"message": "the GPU is gone"}}', "the GPU is gone"),
        ('data: {"message": "the GPU is gone"}', "the GPU is gone"),
        ("data: {not json", "can't be read"),
        (f"data: {'[' * 5000}", "can't be read"),
    ],
)
async def test_an_error_or_nonsense_in_mid_stream_keeps_what_came(upstream, service, line, cause):
    """C26, C27"""
    upstream.plan("chat", Answer.streaming([event("Hello").decode(), line, ""], pause=0.02))
    snapshots, error = await seen(service, route(upstream))
    assert isinstance(error, (Interrupted, MalformedReply))
    assert cause in error.message
    assert error.request_id == "r1"
    assert snapshots[-1].text == "Hello"


@pytest.mark.parametrize(
    "odd",
    [
        *('{"choices": null}', '{"choices": []}', '{"choices": [null]}', '{"choices": [{"delta": null}]}'),
        *('{"usage": 7}', '{"choices": [{"delta": {"content": null}}]}', '{"meta": 1}', " ", '{"more": [1]}'),
        *('{"meta": {"usage": {"usd_spent": 1' + "0" * 400 + "}}}", '{"usage": {"completion_tokens": 1e400}}'),
    ],
)
async def test_odd_events_are_passed_over(upstream, service, odd):
    """C29, C32: what says nothing is passed over, and an odd account costs nobody the answer."""
    lines = [event("A").decode(), f"data: {odd}", "", event("B", finish_reason="stop").decode()]
    upstream.plan("chat", Answer.streaming([*lines, "data: [DONE]", ""]))
    assert (await service.complete(route(upstream), ASKED)).text == "AB"


@pytest.mark.parametrize(
    "wrong",
    [
        *("[]", "1", '""', "null", "true", "NaN", '{"choices": 5}', '{"choices": [5]}', '{"choices": [{"delta": 1}]}'),
        *('{"choices": [{"delta": {"content": 5}}]}', '{"choices": [{"delta": {"content": {}}}]}', "[" * 5000),
        *('{"choices": [{"text": ["x"]}]}', '{"choices": [{"finish_reason": {}}]}', '{"a": "\\ud83d"}', "{not json"),
    ],
)
async def test_an_event_of_another_shape_ends_the_answer_and_keeps_what_came(upstream, service, wrong):
    """C27: text of a kind we can't read is not left out in silence."""
    upstream.plan("chat", Answer.streaming([event("A").decode(), f"data: {wrong}", "", event("B").decode()]))
    snapshots, error = await seen(service, route(upstream))
    assert isinstance(error, Interrupted)
    assert "can't be read" in error.message
    assert snapshots[-1].text == "A"


@pytest.mark.parametrize("raw", [b"data: \xff\xfe\n\n", "data: é".encode()[:-1]])
async def test_bytes_that_are_no_text_end_the_answer_and_keep_what_came(upstream, service, raw):
    """C28"""
    upstream.plan("chat", Answer(chunks=[event("A"), raw], content_type="text/event-stream"))
    snapshots, error = await seen(service, route(upstream))
    assert isinstance(error, Interrupted)
    assert snapshots[-1].text == "A"


@pytest.mark.parametrize("reason", ["length", "content_filter"])
async def test_an_answer_that_ended_early_says_why(upstream, service, reason):
    """C31: even when all of it was reasoning, or none of it was let through."""
    upstream.plan("chat", Answer.streaming([event("", finish_reason=reason).decode(), "data: [DONE]", ""]))
    assert (await service.complete(route(upstream), ASKED)).finish_reason == reason


async def test_a_stream_that_is_finished_without_a_word_is_an_error(upstream, service):
    """C32"""
    upstream.plan("chat", Answer.streaming([event("", finish_reason="stop").decode(), "data: [DONE]", ""]))
    with pytest.raises(MalformedReply, match="without text"):
        await service.complete(route(upstream), ASKED)


async def test_the_wait_for_a_busy_api_is_counted_down_in_the_answers_own_snapshots(upstream, service):
    """C08: the countdown, then one answer, and the run tells of both sendings."""
    upstream.plan("chat", Answer.refusing(429, "slow down", headers={"retry-after": "2"}))
    snapshots, error = await seen(service, route(upstream))
    assert error is None
    told = [it.progress for it in snapshots if it.progress]
    assert told == ["The API is busy. Trying again in 2 s …", "The API is busy. Trying again in 1 s …"]
    assert snapshots[-1].text == "You said: Say hi."
    first, second = upstream.calls_to("chat")
    assert second.at - first.at >= 2
    assert [(it.failure, it.wait) for it in snapshots[-1].run.attempts] == [("RateLimited", 2), ("", 0)]


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_an_api_that_stumbles_is_asked_once_more_for_one_answer(upstream, service, status):
    """C12"""
    upstream.plan("chat", Answer.refusing(status, "oh"))
    assert (await service.complete(route(upstream), ASKED)).text == "You said: Say hi."
    assert len(upstream.calls_to("chat")) == 2


async def test_once_a_word_has_come_nothing_is_sent_again(service):
    """C23"""
    with RawUpstream(reset_after(2)) as raw:
        _, error = await seen(service, Route(Endpoint.at(raw.base, dialect="v1"), PLAIN))
        assert isinstance(error, Interrupted)
        assert len(raw.lines) == 1


@pytest.mark.parametrize(
    "reply",
    [{}, {"choices": []}, {"choices": [{"message": {"content": None}}]}, {"choices": [{"text": ""}]}],
)
async def test_a_whole_answer_without_text_is_an_error(upstream, service, reply):
    """C32"""
    upstream.plan("chat", Answer(json=reply))
    with pytest.raises(MalformedReply, match="without text"):
        await service.complete(route(upstream), ASKED)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(body="<html>hello</html>", content_type="text/html"),
        Answer(body="<html>hello</html>", content_type="application/json"),
        Answer(body="", content_type="application/json"),
        Answer(body=b"\x89PNG", content_type="image/png"),
    ],
)
async def test_what_is_no_answer_is_an_error_and_not_an_empty_answer(upstream, service, answer):
    """C15, C16"""
    upstream.plan("chat", answer)
    with pytest.raises(MalformedReply) as caught:
        await service.complete(route(upstream), ASKED)
    assert "<" not in caught.value.sentence


async def test_content_as_a_list_of_parts_is_read(upstream, service):
    parts = [{"type": "text", "text": "Hel"}, {"type": "text", "text": "lo"}, {"type": "image"}, 3]
    upstream.plan("chat", Answer(json={"choices": [{"message": {"content": parts}}]}))
    assert (await service.complete(route(upstream), ASKED)).text == "Hello"


async def test_the_next_question_goes_by_the_same_connection(upstream, service):
    upstream.scene.rate, upstream.scene.text = 100, "word " * 60
    for _ in range(3):
        await service.complete(route(upstream), ASKED)
    assert len({call.peer for call in upstream.calls_to("chat")}) == 1


async def test_of_several_answers_the_first_is_read(upstream, service):
    def chunk(index, text):
        return f'data: {{"choices": [{{"index": {index}, "delta": {{"content": "{text}"}}}}]}}'

    end = 'data: {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}'
    lines = [chunk(0, "one "), "", chunk(1, "two "), "", chunk(0, "only"), "", end, "", "data: [DONE]", ""]
    upstream.always("chat", Answer.streaming(lines))
    assert (await service.complete(route(upstream), ASKED, Parameters(extra={"n": 2}))).text == "one only"


async def test_an_emoji_cut_between_packets_comes_whole(upstream, service):
    """C28"""
    raw = event("👩‍👩‍👧").decode().replace("\\ud83d\\udc69", "👩").encode() + b"data: [DONE]\n\n"
    upstream.plan("chat", Answer(chunks=[bytes([it]) for it in raw], content_type="text/event-stream"))
    assert (await service.complete(route(upstream), ASKED)).text == "👩‍👩‍👧"


async def test_a_system_prompt_that_is_refused_goes_into_the_first_question(upstream, service):
    """C07"""
    said = await service.complete(route(upstream, Model("scripted/no-system", "chat")), ASKED, Parameters("Be brief."))
    first, second = upstream.calls_to("chat")
    assert [turn["role"] for turn in first.json["messages"]] == ["system", "user"]
    assert second.json["messages"] == [{"role": "user", "content": "Be brief.\n\nSay hi."}]
    assert said.text.startswith("You said: Be brief.")


async def test_another_400_is_not_tried_again(upstream, service):
    upstream.always("chat", Answer.refusing(400, "temperature must be lower"))
    with pytest.raises(Refused):
        await service.complete(route(upstream), ASKED, Parameters("Be brief."))
    assert len(upstream.calls_to("chat")) == 1


async def test_an_endless_answer_stops_at_the_limit_and_lets_the_upstream_go(service):
    """C33"""
    with RawUpstream(endless()) as raw:
        snapshots, error = await seen(service, Route(Endpoint.at(raw.base, dialect="v1"), PLAIN))
        assert error is None
        assert snapshots[-1].finish_reason == "output limit"
        assert len(snapshots[-1].text) < 200_000
        assert await asyncio.to_thread(raw.lines[0].closed.wait, 2)


async def test_leaving_the_stream_closes_the_connection(upstream, service):
    """C34, C35"""
    async with aclosing(service.stream(route(upstream, Model("scripted/endless", "chat")), ASKED)) as snapshots:
        async for _ in snapshots:
            break
    assert await asyncio.to_thread(upstream.calls_to("chat")[0].closed.wait, 2)


async def test_a_cancelled_wait_for_the_first_token_closes_the_connection(upstream, service):
    """C34"""
    waiting = asyncio.create_task(service.complete(route(upstream, Model("scripted/slow", "chat")), ASKED))
    while not upstream.calls_to("chat"):  # noqa: ASYNC110 - it happens in another thread
        await asyncio.sleep(0.02)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await asyncio.to_thread(upstream.calls_to("chat")[0].closed.wait, 2)


@pytest.mark.parametrize("model", [PLAIN, Model("openai/o3-mini", "chat"), Model("anthropic/claude-4", "chat")])
@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"top_p": 0.0, "seed": 0},
        {"temperature": 0.0, "seed": 7, "top_p": 0.5, "max_tokens": 9, "system_prompt": "x"},
    ],
)
async def test_what_leaves_is_as_published_and_holds_no_null_and_no_zero_seed(upstream, service, model, wanted):
    await service.complete(route(upstream, model), ASKED, Parameters(**wanted))
    [call] = upstream.calls_to("chat")
    assert_published(call.json, "chat", "request")
    assert None not in call.json.values()
    assert call.json.get("seed") != 0
    assert call.json.get("top_p") != 0
    assert call.json.get("max_tokens") or call.json.get("max_completion_tokens")
    assert call.json["stream"] is True


async def test_the_models_own_defaults_are_sent_where_nothing_is_set(upstream, service):
    defaults = {"system_prompt": "You are a helpful assistant.", "temperature": 0.2, "max_tokens": 256}
    await service.complete(route(upstream, Model("m", "chat", defaults=defaults)), ASKED)
    asked = upstream.calls_to("chat")[0].json
    assert asked["messages"][0] == {"role": "system", "content": "You are a helpful assistant."}
    assert (asked["temperature"], asked["max_tokens"]) == (0.2, 256)


async def test_pictures_go_as_parts(upstream, service):
    await service.complete(route(upstream), [Message("user", "What?", ("data:image/png;base64,AAAA",))])
    [turn] = upstream.calls_to("chat")[0].json["messages"]
    assert [part["type"] for part in turn["content"]] == ["text", "image_url"]


@pytest.mark.parametrize("blank", ["", "  \n", "\u200b\u200d", "\0"])
async def test_nothing_to_say_is_no_call(upstream, service, blank):
    with pytest.raises(InvalidInput, match="nothing to send"):
        await service.complete(route(upstream), [Message("user", blank)])
    assert not upstream.calls


async def test_a_message_beyond_the_limit_is_no_call_and_says_both_numbers(upstream, service):
    with pytest.raises(InvalidInput, match=r"1,000,000 characters; 32,000 is the limit"):
        await service.complete(route(upstream), [Message("user", "x" * 1_000_000)])
    assert not upstream.calls


async def test_only_the_last_turns_are_sent_and_no_nul(upstream, service):
    turns = [Message("assistant" if i % 2 else "user", f"turn\0 {i}") for i in range(9)]
    await service.complete(route(upstream), turns)
    assert [turn["content"] for turn in upstream.calls_to("chat")[0].json["messages"]] == [
        f"turn {i}" for i in (5, 6, 7, 8)
    ]


async def test_each_call_carries_the_key_of_its_endpoint(upstream, service):
    keys = [f"sk-{i}" for i in range(6)]
    await asyncio.gather(*(service.complete(route(upstream, key=key), [Message("user", key)]) for key in keys))
    assert {call.key: call.json["messages"][0]["content"] for call in upstream.calls_to("chat")} == {k: k for k in keys}


CALLS = published("chat")["examples"]["stream that calls two tools"]["lines"]
TOOLS = [{"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"}}}]
CALL = {"id": "a", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}


def whole(message, finish="tool_calls"):
    reply = dict(example("chat", "whole")["response"])
    return Answer(json=reply | {"choices": [{"index": 0, "finish_reason": finish, "message": message}]})


async def test_calls_of_tools_are_a_result_without_text_and_grow_as_they_come(upstream, service):
    upstream.plan("chat", Answer.streaming(CALLS, pause=0.05))
    snapshots, error = await seen(service, route(upstream), tools=TOOLS)
    assert error is None
    last = snapshots[-1]
    assert (last.text, last.finish_reason, last.run.first_token is not None) == ("", "tool_calls", True)
    assert [(it.id, it.name, it.arguments) for it in last.calls] == [
        ("call_a", "get_weather", '{"city":"Paris"}'),
        ("call_b", "get_time", "{}"),
    ]
    assert snapshots[0].calls[0].arguments != last.calls[0].arguments


@pytest.mark.parametrize("finish", ["tool_calls", "stop", "tool_use"])
async def test_a_whole_answer_with_calls_is_read_too(upstream, service, finish):
    upstream.plan("chat", whole({"role": "assistant", "content": None, "tool_calls": [CALL]}, finish))
    said = await service.complete(route(upstream), ASKED)
    assert [call.name for call in said.calls] == ["get_weather"]


@pytest.mark.parametrize("calls", [[], "x", [3], {"a": 1}, None])
async def test_an_answer_that_only_says_that_it_calls_is_an_error(upstream, service, calls):
    upstream.plan("chat", whole({"role": "assistant", "content": "", "tool_calls": calls}))
    _, error = await seen(service, route(upstream))
    assert isinstance(error, MalformedReply)


async def test_calls_that_are_no_calls_cost_nobody_the_text(upstream, service):
    upstream.plan("chat", whole({"role": "assistant", "content": "Hi", "tool_calls": [[], 3, {"function": 4}]}, "stop"))
    assert (await service.complete(route(upstream), ASKED)).text == "Hi"


async def test_a_call_that_was_cut_keeps_what_came_and_is_not_finished(upstream, service):
    upstream.plan("chat", Answer.streaming(CALLS[:4], cut=True))
    snapshots, error = await seen(service, route(upstream))
    assert isinstance(error, Interrupted)
    assert {(it.calls[0].name, it.finish_reason) for it in snapshots} == {("get_weather", "")}  # in one gulp or in two


async def test_endless_arguments_stop_at_the_limit_and_let_the_upstream_go(upstream, service):
    more = [{"index": 0, "function": {"arguments": "x" * 100}}]
    lines = ["data: " + json.dumps({"choices": [{"index": 0, "delta": {"tool_calls": more}}]}), ""]
    upstream.plan("chat", Answer.streaming(lines * 10_000, pause=0.001))
    said = await service.complete(route(upstream), ASKED)
    assert said.finish_reason == "output limit"
    assert len(said.calls[0].arguments) < 10_000


async def test_a_call_and_its_result_leave_as_published(upstream, service):
    turns = [
        *ASKED,
        Message("assistant", "", calls=(ToolCall("a", "get_weather", "{}"),)),
        Message("tool", "rain", call_id="a"),
    ]
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object"}, "strict": True}}
    choice = {"type": "function", "function": {"name": "get_weather"}}
    await service.complete(
        route(upstream), turns, Parameters(tools=TOOLS, tool_choice=choice, response_format=form, extra={"top_k": 7})
    )
    sent = upstream.calls_to("chat")[-1].json
    assert sent["messages"][1:] == [
        {"role": "assistant", "content": "", "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "a", "content": "rain"},
    ]
    assert (sent["tools"], sent["tool_choice"], sent["response_format"], sent["top_k"]) == (TOOLS, choice, form, 7)
    assert_published(sent, "chat", "request")


async def test_further_fields_never_stand_over_what_makes_the_call(upstream, service):
    extra = {"model": "other", "messages": [], "stream": False, "top_k": 5, "temperature": 0.3}
    said = await service.complete(route(upstream), ASKED, Parameters(temperature=1.5, extra=extra))
    sent = upstream.calls_to("chat")[-1].json
    assert (sent["model"], sent["stream"], sent["top_k"], sent["temperature"]) == (PLAIN.id, True, 5, 0.3)
    assert said.text == "You said: Say hi."


async def test_a_result_whose_call_is_too_long_ago_is_left_out_with_it(upstream, service):
    turns = [
        Message("user", "first"),
        Message("assistant", "", calls=(ToolCall("a", "f", "{}"), ToolCall("b", "f", "{}"))),
        *(Message("tool", "rain", call_id=name) for name in "ab"),
        Message("assistant", "It rains."),
        Message("user", "And?"),
    ]
    await service.complete(route(upstream), turns)
    assert [it["role"] for it in upstream.calls_to("chat")[-1].json["messages"]] == ["assistant", "user"]


async def test_a_result_beyond_the_limit_is_no_call(upstream, service):
    turns = [*ASKED, Message("assistant", "", calls=(ToolCall("a", "f", "{}"),)), Message("tool", "x" * 40_000)]
    with pytest.raises(InvalidInput, match="result of a call has 40,000"):
        await service.complete(route(upstream), turns)
    assert not upstream.calls


@pytest.mark.parametrize("name", ["reasoning", "reasoning_content"])
@pytest.mark.parametrize("streamed", [True, False])
async def test_reasoning_is_kept_apart_under_either_of_its_names(upstream, service, name, streamed):
    said = {"content": "Four.", name: "Two and two."}
    events = [{"choices": [{"index": 0, "delta": said, "finish_reason": "stop"}]}]
    lines = [line for it in events for line in (f"data: {json.dumps(it)}", "")]
    upstream.plan("chat", Answer.streaming(lines) if streamed else whole({"role": "assistant", **said}, "stop"))
    found = await service.complete(route(upstream), ASKED)
    assert (found.text, found.reasoning) == ("Four.", "Two and two.")
