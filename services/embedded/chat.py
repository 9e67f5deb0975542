"""Chat completions, streamed and whole. Knows the wire form; leaves tokens to the model and the queue to the worker."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from services.embedded import catalog, language
from services.embedded.chat_model import LONGEST_ANSWER, ChatModel, TooLong, fit
from services.embedded.problems import Problem, envelope
from services.embedded.replies import meta, while_connected
from services.embedded.schemas import ChatBody
from services.embedded.worker import Emit, Waiting, Worker

SYSTEM_PROMPT = "You are a helpful assistant."
MAX_TOKENS = 256

_ENGLISH_ONLY = (
    "This small model only knows English well, so its answer may make no sense. "
    "Ask in English, or use a key of your own for a model that knows more languages."
)


@dataclass(frozen=True)
class Ending:
    """What is known once the answer is complete."""

    finish_reason: str
    usage: Mapping[str, Any]
    notice: str


class Chat:
    """The routes `POST /v1/chat/completions` and `/chat/completions`."""

    def __init__(self, worker: Worker[ChatModel]) -> None:
        self._worker = worker

    async def __call__(self, request: Request) -> Response:
        body = ChatBody.model_validate_json(await request.body())
        catalog.expect(body.model, catalog.CHAT)
        messages, options = _messages(body), _options(body)
        items = self._worker.stream(lambda model, emit: _answer(model, messages, options, emit))
        if not body.stream:
            return JSONResponse(await while_connected(request, _whole(items)))
        # The first sign of life decides the status; whatever fails after it can only be told in the stream.
        first = await anext(items)
        events = _events(first, items, request)
        return StreamingResponse(events, media_type="text/event-stream", headers={"cache-control": "no-cache"})


def _messages(body: ChatBody) -> list[dict[str, str]]:
    """Roles and text as the model's template wants them; raises `Problem` for what it can't read."""
    for index, message in enumerate(body.messages):
        if message.attachments:
            raise Problem(400, f"messages[{index}]: this model reads text only, not {message.attachments[0]} parts.")
    asked = [message.text for message in body.messages if message.role == "user"]
    if not asked[-1].strip():
        raise Problem(400, "messages: the last message of the user is empty.")
    messages = [
        {"role": "system" if message.role == "developer" else message.role, "content": message.text}
        for message in body.messages
    ]
    if all(message["role"] != "system" for message in messages):
        return [{"role": "system", "content": SYSTEM_PROMPT}, *messages]
    return messages


def _options(body: ChatBody) -> dict[str, Any]:
    """The runtime's own names for what was asked; what was not asked stays at the model's default."""
    sent = {"temperature", "top_p", "stop", "seed", "presence_penalty", "frequency_penalty"}
    options = body.model_dump(include=sent, exclude_none=True)
    asked = body.max_completion_tokens or body.max_tokens or MAX_TOKENS
    options["max_tokens"] = min(asked, LONGEST_ANSWER)
    if body.response_format and body.response_format.type != "text":
        options["response_format"] = body.response_format.model_dump(exclude_none=True)
    return options


def _answer(model: ChatModel, messages: list[dict[str, str]], options: dict[str, Any], emit: Emit) -> None:
    """In the model's thread: emit the pieces of the answer as text, then its `Ending`."""
    question = next(message["content"] for message in reversed(messages) if message["role"] == "user")
    try:
        fitting, dropped = fit(messages, options["max_tokens"], model.count)
    except TooLong as problem:
        raise Problem(400, f"messages: {problem} Shorten it, or ask for fewer tokens.") from problem
    reason = "stop"
    usage: Mapping[str, Any] = {}

    def each(chunk: dict[str, Any]) -> bool:
        nonlocal reason, usage
        usage = chunk.get("usage") or usage
        piece = ""
        for choice in chunk.get("choices", []):
            reason = choice.get("finish_reason") or reason
            piece += choice.get("delta", {}).get("content") or ""
        return emit(piece)

    try:
        model.generate(fitting, options, each)
    except ValueError as problem:
        raise Problem(400, f"The model's runtime refused this: {str(problem)[:200]}") from problem
    notices = [
        f"The oldest {dropped} messages no longer fit and were left out." if dropped else "",
        _ENGLISH_ONLY if language.is_foreign(question) else "",
    ]
    emit(Ending(reason, usage, " ".join(filter(None, notices))))


async def _whole(items: AsyncGenerator[Any, None]) -> dict[str, Any]:
    text = ""
    async with aclosing(items):
        async for item in items:
            if isinstance(item, Ending):
                return _completion(text, item)
            text += "" if isinstance(item, Waiting) else item
    raise Problem(500, "The model ended without an answer.")


def _completion(text: str, ending: Ending) -> dict[str, Any]:
    message = {"role": "assistant", "content": text, "refusal": None, "tool_calls": None}
    choice = {"index": 0, "finish_reason": ending.finish_reason, "logprobs": None, "message": message}
    return {**_head("chat.completion"), "choices": [choice], "usage": ending.usage, "meta": meta(ending.notice)}


async def _events(first: Any, items: AsyncGenerator[Any, None], request: Request) -> AsyncIterator[bytes]:
    head = _head("chat.completion.chunk")
    try:
        async with aclosing(items):
            yield _event(_delta(head, {"role": "assistant", "content": ""}))
            if line := _line(first, head):
                yield line
            async for item in items:
                if line := _line(item, head):
                    yield line
    except Problem as problem:
        yield _event(envelope(problem.status, problem.message, request.scope))
        return
    yield b"data: [DONE]\n\n"


def _line(item: Any, head: Mapping[str, Any]) -> bytes:
    if isinstance(item, Waiting):
        return f": {item.reason}\n\n".encode()
    if isinstance(item, Ending):
        last = _delta(head, {}, item.finish_reason)
        return _event({**last, "usage": item.usage, "meta": meta(item.notice)})
    return _event(_delta(head, {"content": item})) if item else b""


def _head(kind: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{time.time_ns():x}", "object": kind, "created": int(time.time()), "model": catalog.CHAT}


def _delta(head: Mapping[str, Any], delta: Mapping[str, str], reason: str | None = None) -> dict[str, Any]:
    return {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": reason}], "usage": None}


def _event(data: Mapping[str, Any]) -> bytes:
    return f"data: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
