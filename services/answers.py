"""Collects what a chat's reply brings, event by event or whole. Knows the contract's reply shapes; knows no calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from services.catalog import estimate
from services.errors import Interrupted, MalformedReply, ServiceError
from services.reading import Reply
from services.refusals import shortened, words_of
from services.replies import Shape
from services.routes import Route
from services.run import Attempt, Cost, Run, Stopwatch, Usage
from services.tools import Calls, ToolCall


class Said(Shape):
    """A delta, or a whole message; `content` is text or a list of parts."""

    content: str | list[Any] | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    tool_calls: Any = None


class Choice(Shape):
    """`text` is the seed's legacy form."""

    delta: Said | None = None
    message: Said | None = None
    text: str | None = None
    finish_reason: str | None = None
    index: Any = 0


class Chunk(Shape):
    """One event, or a whole reply. Strict where it says something; odd accounts cost nobody the answer."""

    choices: list[Choice | None] | None = None
    usage: Any = None
    meta: Any = None
    error: Any = None
    message: Any = None
    detail: Any = None


NOTHING = Said()
LATER = range(1, 1000)


@dataclass(frozen=True)
class Completion:
    """An answer so far. `finish_reason` is "" until it is finished; `progress` says what the wait is for."""

    run: Run
    text: str = ""
    reasoning: str = ""
    finish_reason: str = ""
    progress: str = ""
    ignored: tuple[str, ...] = ()
    calls: tuple[ToolCall, ...] = ()


@dataclass
class Answer:
    """Collects what the events bring; tolerant where the contract has seen servers differ."""

    route: Route
    ignored: tuple[str, ...]
    text: str = ""
    reasoning: str = ""
    calls: Calls = field(default_factory=Calls)
    finish_reason: str = ""
    progress: str = ""
    done: bool = False
    request_id: str = ""
    notice: str = ""
    attempts: tuple[Attempt, ...] = ()
    first_token: float | None = None
    usage: Usage = Usage()
    billed: float | None = None
    watch: Stopwatch = field(default_factory=Stopwatch)

    @property
    def finished(self) -> bool:
        return self.done or bool(self.finish_reason)

    @property
    def began(self) -> bool:
        return bool(self.text or self.reasoning or self.calls)

    @property
    def size(self) -> int:
        """Characters of all that came."""
        return len(self.text) + len(self.reasoning) + self.calls.size

    def interrupted(self, broken: ServiceError) -> ServiceError:
        """The same failure, named for what it is once text has come: an answer that was cut."""
        if not self.began or isinstance(broken, Interrupted):
            return broken
        cut = Interrupted(
            f"Interrupted. {broken.message}",
            remedy="What came is kept; go on from there or try again.",
            request_id=broken.request_id or self.request_id,
            status=broken.status,
            detail=broken.detail,
        )
        cut.attempts = broken.attempts or self.attempts
        return cut

    def take(self, data: str, comment: str = "") -> bool:
        """Read one event; whether it brought something to show. Raises MalformedReply and Interrupted."""
        if comment:
            self.progress = shortened(comment)
            return not self.text
        data = data.strip()
        self.done = self.done or data == "[DONE]"
        if not data or data == "[DONE]":
            return False
        try:
            chunk = Chunk.model_validate_json(data)
        except ValidationError:  # not as a cause: it holds what the model said
            raise MalformedReply(
                "The API sent an event that can't be read.",
                remedy="What came is kept; try again.",
                request_id=self.request_id,
            ) from None
        if chunk.error or (chunk.choices is None and (chunk.message or chunk.detail)):
            said = words_of({"error": chunk.error, "message": chunk.message, "detail": chunk.detail})
            raise Interrupted(
                f"The API broke off the answer. It says: “{said}”",
                remedy="What came is kept; go on from there or try again.",
                request_id=self.request_id,
            )
        return self._read(chunk)

    def take_whole(self, body: Mapping[str, Any], reply: Reply) -> None:
        """Read a whole answer, the seed's legacy `choices[0].text` included. Raises MalformedReply."""
        if body.get("error"):
            raise self._malformed("The API broke off the answer.", words_of(body))
        try:
            self._read(Chunk.model_validate(body))
        except ValidationError:
            raise self._malformed("The API sent an answer that can't be read.", words_of(body)) from None
        if self.billed is None:
            self.billed = _number(reply.headers.get("x-aimlapi-usd-spent"))
        self.finish_reason = self.finish_reason or "stop"

    def end(self) -> None:
        """Nothing more comes. Raises Interrupted for an answer that was cut, MalformedReply for none at all."""
        if not self.finished:
            raise Interrupted(
                "The answer ended before it was finished.",
                remedy="What came is kept; go on from there or try again.",
                request_id=self.request_id,
            )
        if not self.began and self.finish_reason in ("", "stop", "end_turn"):
            raise self._malformed("The API sent an answer without text.")
        if not self.began and self.finish_reason in ("tool_calls", "tool_use"):
            raise self._malformed("The API says that a tool is called, and names none.")

    def _malformed(self, cause: str, words: str = "") -> MalformedReply:
        quoted = f" It says: “{words}”" if words else ""
        return MalformedReply(
            f"{cause}{quoted}", remedy="Try again, or choose another model.", request_id=self.request_id
        )

    def _read(self, chunk: Chunk) -> bool:
        if isinstance(chunk.usage, dict):
            self.usage = _usage(chunk.usage)
        if isinstance(chunk.meta, dict):
            self.notice = shortened(str(chunk.meta.get("notice") or self.notice))
            if isinstance(spent := chunk.meta.get("usage"), dict) and "usd_spent" in spent:
                self.billed = _number(spent["usd_spent"])
        choice = chunk.choices[0] if chunk.choices else None
        if choice is None or choice.index in LATER:  # who asks for several answers is shown the first
            return False
        said = choice.delta or choice.message or NOTHING
        text = _text(said.content) or choice.text or ""
        reasoning = said.reasoning_content or said.reasoning or ""
        self.text += text
        self.reasoning += reasoning
        self.finish_reason = (choice.finish_reason or self.finish_reason)[:40]
        news = bool(text or reasoning)
        if said.tool_calls:
            news |= self.calls.take(said.tool_calls, whole=choice.delta is None)
        if news and self.first_token is None:
            self.first_token = self.watch.seconds
        return news

    def snapshot(self) -> Completion:
        endpoint, model = self.route.endpoint, self.route.model
        cost = Cost(self.billed, "billed") if self.billed is not None else estimate(model, self.usage)
        run = Run(
            id=self.route.record.id,
            model=model.id,
            answered_by=endpoint.name,
            embedded=endpoint.embedded,
            first_token=self.first_token,
            duration=self.watch.seconds,
            usage=self.usage,
            cost=Cost(0.0, "free") if endpoint.embedded else cost,
            request_id=self.request_id,
            notice=self.notice,
            attempts=self.attempts,
            record=self.route.record,
        )
        finish = self.finish_reason or ("stop" if self.done else "")
        progress = "" if self.text else self.progress
        return Completion(
            run, self.text, self.reasoning, finish, progress, self.ignored, self.calls.all if self.calls else ()
        )


def _text(content: str | list[Any] | None) -> str:
    """Text as a string or as a list of parts."""
    if isinstance(content, list):
        texts = (part.get("text") for part in content if isinstance(part, dict))
        return "".join(text for text in texts if isinstance(text, str))
    return content or ""


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if 0 <= number < 1e9 else None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1e12 else None


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
