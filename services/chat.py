"""Chat: messages in, a growing completion out. Knows the contract's chat shapes; knows no widgets and no sockets."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any

from services.catalog import Model, estimate
from services.errors import Interrupted, InvalidInput, MalformedReply, Refused, ServiceError
from services.families import chat_body
from services.pacing import Pace
from services.refusals import message_of
from services.routes import Route
from services.run import Cost, Run, Stopwatch, Usage
from services.sse import EventReader
from services.transport import Paths, Patience, Reply, Transport

STREAMS = ("text/event-stream", "application/octet-stream", "text/plain", "")
COMPLETIONS = Paths(v1="/chat/completions", seed="/chat/completions")


@dataclass(frozen=True)
class Message:
    """One turn; `images` are data URLs that belong to a user's turn."""

    role: str
    content: str
    images: tuple[str, ...] = ()

    def wire(self) -> dict[str, Any]:
        """The contract's form: plain text, or parts when pictures come along."""
        if not self.images:
            return {"role": self.role, "content": self.content}
        parts: list[dict[str, Any]] = [{"type": "text", "text": self.content}] if self.content else []
        return {
            "role": self.role,
            "content": parts + [{"type": "image_url", "image_url": {"url": u}} for u in self.images],
        }


@dataclass(frozen=True)
class Completion:
    """An answer so far. `finish_reason` is "" until it is finished; `progress` says what the wait is for."""

    run: Run
    text: str = ""
    reasoning: str = ""
    finish_reason: str = ""
    progress: str = ""
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True)
class Parameters:
    """What a person may set; None means the model's own default."""

    system_prompt: str | None = None
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    seed: int | None = None

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
            fold_system=fold,
        )
        patience = Patience(self._limits.first_byte_chat, self._limits.total_chat)
        answer = _Answer(route, ignored)
        try:
            call = self._transport.post(route.endpoint, COMPLETIONS, body=body, patience=patience)
            async with call as reply, aclosing(self._read(reply, answer)) as snapshots:
                async for snapshot in snapshots:
                    yield snapshot
        except ServiceError as broken:
            raise answer.interrupted(broken) from broken
        if not answer.finished:
            raise Interrupted(
                "The answer ended before it was finished.",
                remedy="What came is kept; go on from there or try again.",
                request_id=answer.request_id,
            )
        yield answer.snapshot()

    async def _read(self, reply: Reply, answer: _Answer) -> AsyncGenerator[Completion]:
        answer.request_id = reply.request_id
        if reply.is_json:  # one model family once answered a streaming call with plain JSON
            answer.take_whole(await reply.json(self._limits.json_bytes), reply)
            return
        if reply.content_type not in STREAMS:
            raise reply.unexpected(await reply.read(self._limits.json_bytes))
        events = EventReader(self._limits.line_bytes)
        async with aclosing(self._pace.gulps(reply.packets())) as gulps:
            async for gulp in gulps:
                news: list[bool] = []
                try:
                    news.extend(answer.take(event.data, event.comment) for event in events.feed(gulp))
                except ServiceError:
                    yield answer.snapshot()  # what stood before the broken event in the same gulp
                    raise
                if len(answer.text) + len(answer.reasoning) > self._limits.output_characters:
                    answer.finish_reason = "output limit"
                    return
                if any(news):
                    yield answer.snapshot()
                if answer.done:
                    return
        for event in events.close():
            answer.take(event.data, event.comment)

    def _checked(self, messages: Sequence[Message]) -> Sequence[Message]:
        turns = [message for message in messages if message.content or message.images]
        said = next((message for message in reversed(turns) if message.role == "user"), None)
        if said is None or not (said.images or _visible(said.content)):
            raise InvalidInput("There is nothing to send yet.", remedy="Write a message first.")
        if len(said.content) > self._limits.prompt_characters:
            raise InvalidInput(
                f"The message has {len(said.content):,} characters; {self._limits.prompt_characters:,} is the limit.",
                remedy="Shorten it, or send it in parts.",
            )
        return [replace(turn, content=turn.content.replace("\0", "")) for turn in turns[-self._limits.turns :]]


def _visible(text: str) -> bool:
    return any(character.isprintable() and not character.isspace() for character in text)


def _about_system_role(refused: ServiceError) -> bool:
    said = refused.detail.lower()
    return refused.status in (400, 422) and "system" in said and "role" in said


@dataclass
class _Answer:
    """Collects what the events bring; tolerant where the contract has seen servers differ."""

    route: Route
    ignored: tuple[str, ...]
    text: str = ""
    reasoning: str = ""
    finish_reason: str = ""
    progress: str = ""
    done: bool = False
    request_id: str = ""
    notice: str = ""
    first_token: float | None = None
    usage: Usage = Usage()
    billed: float | None = None
    id: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    watch: Stopwatch = field(default_factory=Stopwatch)

    @property
    def finished(self) -> bool:
        return self.done or bool(self.finish_reason)

    def interrupted(self, broken: ServiceError) -> ServiceError:
        """The same failure, named for what it is once text has come: an answer that was cut."""
        if not (self.text or self.reasoning) or isinstance(broken, Interrupted):
            return broken
        return Interrupted(
            f"Interrupted. {broken.message}",
            remedy="What came is kept; go on from there or try again.",
            request_id=broken.request_id or self.request_id,
            status=broken.status,
            detail=broken.detail,
        )

    def take(self, data: str, comment: str = "") -> bool:
        """Read one event; whether it brought something to show."""
        if comment:
            self.progress = comment
            return not self.text
        if data.strip() == "[DONE]":
            self.done = True
            return False
        if not data.strip():
            return False
        try:
            chunk = json.loads(data)
        except (ValueError, RecursionError) as broken:
            raise MalformedReply(
                "The API sent an event that can't be read.",
                remedy="What came is kept; try again.",
                request_id=self.request_id,
            ) from broken
        if not isinstance(chunk, dict):
            return False
        if chunk.get("error") or (chunk.get("message") and "choices" not in chunk):
            raise Interrupted(
                f"The API broke off the answer. It says: “{message_of(data.encode())}”",
                remedy="What came is kept; go on from there or try again.",
                request_id=self.request_id,
            )
        return self._read(chunk, "delta")

    def take_whole(self, body: Mapping[str, Any], reply: Reply) -> None:
        """Read a whole answer, the seed's legacy `choices[0].text` included."""
        if body.get("error"):
            raise reply.unexpected(json.dumps(body).encode())
        self._read(body, "message")
        if spent := reply.headers.get("x-aimlapi-usd-spent"):
            self.billed = _number(spent) if self.billed is None else self.billed
        self.finish_reason = self.finish_reason or "stop"
        if not self.text and not self.reasoning:
            raise MalformedReply(
                "The API sent an answer without text.",
                remedy="Try again, or choose another model.",
                request_id=self.request_id,
            )

    def _read(self, chunk: Mapping[str, Any], part: str) -> bool:
        if isinstance(usage := chunk.get("usage"), dict):
            self.usage = _usage(usage)
        if isinstance(meta := chunk.get("meta"), dict):
            self.notice = str(meta.get("notice") or self.notice)[:300]
            if isinstance(spent := meta.get("usage"), dict):
                self.billed = _number(spent.get("usd_spent")) if "usd_spent" in spent else self.billed
        choices = chunk.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}
        said = choice.get(part)
        delta: Mapping[str, Any] = said if isinstance(said, dict) else {}
        text = _text(delta.get("content")) or _text(choice.get("text"))
        reasoning = _text(delta.get("reasoning_content")) or _text(delta.get("reasoning"))
        self.text += text
        self.reasoning += reasoning
        self.finish_reason = str(choice.get("finish_reason") or self.finish_reason)
        if (text or reasoning) and self.first_token is None:
            self.first_token = self.watch.seconds
        return bool(text or reasoning)

    def snapshot(self) -> Completion:
        endpoint, model = self.route.endpoint, self.route.model
        cost = Cost(self.billed, "billed") if self.billed is not None else estimate(model, self.usage)
        run = Run(
            id=self.id,
            model=model.id,
            answered_by=endpoint.name,
            embedded=endpoint.embedded,
            first_token=self.first_token,
            duration=self.watch.seconds,
            usage=self.usage,
            cost=Cost(0.0, "free") if endpoint.embedded else cost,
            request_id=self.request_id,
            notice=self.notice,
        )
        finish = self.finish_reason or ("stop" if self.done else "")
        return Completion(run, self.text, self.reasoning, finish, "" if self.text else self.progress, self.ignored)


def _text(content: Any) -> str:
    """Text as a string or as a list of parts."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(_text(part.get("text")) for part in content if isinstance(part, dict))
    return ""


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if 0 <= number < 1e9 else None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _usage(usage: Mapping[str, Any]) -> Usage:
    """Token counts; Anthropic-shaped streams said input/output tokens until 2026-02."""
    prompt = _count(usage.get("prompt_tokens", usage.get("input_tokens")))
    completion = _count(usage.get("completion_tokens", usage.get("output_tokens")))
    out, into = usage.get("completion_tokens_details"), usage.get("prompt_tokens_details")
    return Usage(
        prompt_tokens=prompt,
        completion_tokens=completion,
        total_tokens=_count(usage.get("total_tokens")),
        reasoning_tokens=_count(out.get("reasoning_tokens")) if isinstance(out, dict) else None,
        cached_tokens=_count(into.get("cached_tokens")) if isinstance(into, dict) else None,
    )
