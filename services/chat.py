"""Chat: messages in, a growing completion out. Knows the contract's chat shapes; knows no widgets and no sockets."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from itertools import dropwhile
from typing import Any

from services.answers import Answer, Completion
from services.catalog import Model
from services.errors import InvalidInput, Refused, ServiceError
from services.families import chat_body
from services.pacing import Pace
from services.routes import Route
from services.sse import EventReader
from services.tools import ToolCall
from services.transport import Paths, Patience, Reply, Transport

__all__ = ["ChatService", "Completion", "Message", "Parameters"]

STREAMS = ("text/event-stream", "application/octet-stream", "text/plain", "")
DONE = b"[DONE]"  # if a model writes this, its answer is read in smaller pieces, no more
COMPLETIONS = Paths(v1="/chat/completions", seed="/chat/completions")


@dataclass(frozen=True)
class Message:
    """One turn; `images` are data URLs that belong to a user's turn, `calls` are an assistant's.

    The result of a call is a turn of the role `tool`, with the call's id. A call is sent with all its results or not
    at all: the API refuses one that stands alone.
    """

    role: str
    content: str
    images: tuple[str, ...] = ()
    calls: tuple[ToolCall, ...] = ()
    call_id: str = ""

    def wire(self) -> dict[str, Any]:
        """The contract's form: plain text, or parts when pictures come along."""
        if self.calls:
            return {"role": self.role, "content": self.content, "tool_calls": [call.wire() for call in self.calls]}
        if self.role == "tool":
            return {"role": self.role, "tool_call_id": self.call_id, "content": self.content}
        if not self.images:
            return {"role": self.role, "content": self.content}
        parts: list[dict[str, Any]] = [{"type": "text", "text": self.content}] if self.content else []
        return {
            "role": self.role,
            "content": parts + [{"type": "image_url", "image_url": {"url": u}} for u in self.images],
        }


@dataclass(frozen=True)
class Parameters:
    """What a person may set; None means the model's own default.

    `response_format`, `tools` and `tool_choice` are in the wire's form; `extra` are further fields of the body, which
    come last.
    """

    system_prompt: str | None = None
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    seed: int | None = None
    response_format: Mapping[str, Any] | None = None
    tools: Sequence[Mapping[str, Any]] = ()
    tool_choice: str | Mapping[str, Any] | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    def for_model(self, model: Model) -> Parameters:
        """With the model's own defaults where nothing was set."""
        known = {name: value for name, value in model.defaults.items() if getattr(self, name, 0) in (None, "")}
        return replace(self, **{name: value for name, value in known.items() if name in self.__dataclass_fields__})


class ChatService:
    """Streaming is the primitive: `stream()` yields growing snapshots, `complete()` is the last one."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._limits = transport.limits
        self._pace = Pace()

    async def complete(
        self, route: Route, messages: Sequence[Message], parameters: Parameters = Parameters()
    ) -> Completion:
        """The whole answer. Raises what `stream` raises."""
        async with aclosing(self.stream(route, messages, parameters)) as snapshots:
            return [snapshot async for snapshot in snapshots][-1]

    async def stream(
        self, route: Route, messages: Sequence[Message], parameters: Parameters = Parameters()
    ) -> AsyncGenerator[Completion]:
        """Growing snapshots at the pace that a page can draw; closing the generator closes the connection.

        Iterate it within one task. Raises InvalidInput before anything is sent, Interrupted when the answer was cut,
        and the ServiceErrors of the transport.
        """
        wanted = parameters.for_model(route.model)
        turns = self._checked(messages)
        fold = False
        while True:
            try:
                async with aclosing(self._once(route, turns, wanted, fold)) as snapshots:
                    async for snapshot in snapshots:
                        yield snapshot
                return
            except Refused as refused:
                # About 35 documented models take no system role; the text goes into the first user message instead.
                if fold or not wanted.system_prompt or not _about_system_role(refused):
                    raise
                fold = True

    async def _once(
        self, route: Route, turns: Sequence[Message], wanted: Parameters, fold: bool
    ) -> AsyncGenerator[Completion]:
        body, ignored = chat_body(
            route.model,
            [message.wire() for message in turns],
            system_prompt=wanted.system_prompt or "",
            temperature=wanted.temperature,
            top_p=wanted.top_p,
            max_tokens=wanted.max_tokens,
            seed=wanted.seed,
            response_format=wanted.response_format,
            tools=wanted.tools,
            tool_choice=wanted.tool_choice,
            extra=wanted.extra,
            fold_system=fold,
        )
        patience = Patience(self._limits.first_byte_chat, self._limits.total_chat, repeatable=True)
        answer = Answer(route, ignored)
        how: dict[str, Any] = {"patience": patience, "record": route.record}
        try:
            async with self._transport.call(route.endpoint, COMPLETIONS, body=body, **how) as call:
                async with aclosing(call.waits()) as waits:
                    async for answer.progress in waits:
                        yield answer.snapshot()
                answer.progress = ""
                async with aclosing(self._read(call.reply, answer)) as snapshots:
                    async for snapshot in snapshots:
                        yield snapshot
                answer.end()
        except ServiceError as broken:
            raise answer.interrupted(broken) from broken
        yield answer.snapshot()

    async def _read(self, reply: Reply, answer: Answer) -> AsyncGenerator[Completion]:
        answer.request_id, answer.attempts = reply.request_id, reply.attempts
        if reply.is_json:  # one model family once answered a streaming call with plain JSON
            answer.take_whole(await reply.json(self._limits.json_bytes), reply)
            return
        if reply.content_type not in STREAMS:
            raise reply.unexpected(await reply.read(self._limits.json_bytes))
        events = EventReader(self._limits.line_bytes)
        began = lambda: answer.first_token is not None  # noqa: E731
        gulped = self._pace.gulps(reply.packets(), began=began, last=lambda packet: DONE in packet)
        async with aclosing(gulped) as gulps:
            async for gulp in gulps:
                news: list[bool] = []
                try:
                    news.extend(answer.take(event.data, event.comment) for event in events.feed(gulp))
                except ServiceError:
                    yield answer.snapshot()  # what stood before the broken event in the same gulp
                    raise
                if answer.size > self._limits.output_characters:
                    answer.finish_reason = "output limit"
                    return
                if any(news):
                    yield answer.snapshot()
                if answer.done:
                    return
        for event in events.close():
            answer.take(event.data, event.comment)

    def _checked(self, messages: Sequence[Message]) -> Sequence[Message]:
        turns = [message for message in messages if message.content or message.images or message.calls]
        said = next((message for message in reversed(turns) if message.role == "user"), None)
        if said is None or not (said.images or _visible(said.content)):
            raise InvalidInput("There is nothing to send yet.", remedy="Write a message first.")
        for turn in (said, *(turn for turn in turns if turn.role == "tool")):
            if (long := len(turn.content)) > self._limits.prompt_characters:
                what = "result of a call" if turn.role == "tool" else "message"
                raise InvalidInput(
                    f"The {what} has {long:,} characters; {self._limits.prompt_characters:,} is the limit.",
                    remedy="Shorten it, or send it in parts.",
                )
        last = [replace(turn, content=turn.content.replace("\0", "")) for turn in turns[-self._limits.turns :]]
        return list(dropwhile(lambda turn: turn.role == "tool", last))  # whose call is too long ago


def _visible(text: str) -> bool:
    return any(character.isprintable() and not character.isspace() for character in text)


def _about_system_role(refused: ServiceError) -> bool:
    said = refused.detail.lower()
    return refused.status in (400, 422) and "system" in said and "role" in said
