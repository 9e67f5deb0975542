"""A conversation as it is kept, shown, and sent to a model. Plain values; what is shown is never parsed back."""

from __future__ import annotations

import base64
import html
import mimetypes
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from components import calls, facts
from services.chat import Completion, Message
from services.conforming import Verdict
from services.run import Run
from services.tools import ToolCall

GO_ON = "Go on exactly where you stopped. Do not repeat anything."
# The last two are for the end of a conversation only: the style sheet hides them under earlier answers.
LAST = (("retry", "Regenerate"), ("undo", "Undo"))
ACTIONS = (*facts.ACTIONS, *LAST)
VERDICTS = {
    True: ("fits", "✓ Matches the schema"),
    False: ("fails", "✗ Does not match the schema"),
    None: ("unknown", "Not checked against the schema"),
}
ENDED = {
    "length": "Cut at the answer length. Raise it and press Continue to go on.",
    "content_filter": "Cut by the model's content filter.",
    "output limit": "Stopped: the answer grew past our limit.",
}


@dataclass(frozen=True, slots=True)
class Turn:
    """What one side said; a question keeps its pictures (file paths), an answer the facts of its run.

    An answer may call tools: their results, once somebody gave them, lie with the calls. `verdict` is whether it has
    the form that was asked for.
    """

    role: Literal["user", "assistant"]
    content: str
    images: tuple[str, ...] = ()
    reasoning: str = ""
    finish_reason: str = ""
    run: Run | None = None
    mark: str = ""
    calls: tuple[ToolCall, ...] = ()
    verdict: Verdict | None = None

    @property
    def cut(self) -> bool:
        """Whether this answer began and did not end."""
        return self.role == "assistant" and not self.finish_reason

    @property
    def can_go_on(self) -> bool:
        return (self.cut or self.finish_reason == "length") and not self.calls

    @property
    def whole(self) -> bool:
        """Whether this answer ended as its model meant it to."""
        return self.role == "assistant" and not self.cut and self.finish_reason not in ENDED

    @property
    def answered(self) -> bool:
        """Whether all that it called has a result; the model then goes on."""
        return bool(self.calls) and all(call.result is not None for call in self.calls)

    @property
    def unanswered(self) -> bool:
        """Whether its calls may still get their results."""
        return bool(self.calls) and self.whole and not self.answered

    @property
    def said_of_it(self) -> str:
        """Why this answer ends where it does; "" when it just ended."""
        interrupted = "Interrupted. What had arrived is kept." if self.cut else ""
        if self.calls and self.finish_reason == "length":
            return "Cut at the answer length. Raise it and press Regenerate."
        return self.mark or interrupted or ENDED.get(self.finish_reason, "")


Turns = tuple[Turn, ...]


def answer(completion: Completion, prefix: str = "") -> Turn:
    """The turn that a completion makes; `prefix` is what an interrupted answer had said before."""
    return Turn(
        "assistant",
        prefix + completion.text,
        reasoning=completion.reasoning,
        finish_reason=completion.finish_reason,
        run=replace(completion.run, record=None),  # turns are kept for as long as their page is open
        calls=completion.calls,
    )


def with_results(turn: Turn, results: Sequence[str]) -> Turn:
    """The turn with a result for each of its calls, in their order."""
    return replace(turn, calls=tuple(replace(it, result=said) for it, said in zip(turn.calls, results, strict=True)))


def messages(turns: Turns) -> list[Message]:
    """What goes upstream: role and content only; questions that got no answer are joined with the next.

    A call is sent with its results. One that got none is left out, since the API refuses it; what was said beside it
    stays.
    """
    sent: list[Message] = []
    for turn in turns:
        if turn.answered:
            sent.append(Message("assistant", turn.content, calls=turn.calls))
            sent += [Message("tool", call.result or "", call_id=call.id) for call in turn.calls]
            continue
        said = Message(turn.role, turn.content, tuple(_data_url(path) for path in turn.images))
        if sent and sent[-1].role == turn.role == "user":
            before = sent.pop()
            said = Message("user", f"{before.content}\n\n{said.content}", before.images + said.images)
        if said.content or said.images:
            sent.append(said)
    return sent


def _data_url(path: str) -> str:
    kind = mimetypes.guess_type(path)[0] or "image/png"
    return f"data:{kind};base64,{base64.b64encode(Path(path).read_bytes()).decode()}"


def show(turns: Turns, start: int = 0, *, working: bool = False) -> list[dict[str, Any]]:
    """The messages of the turns from `start` on: each turn, and under each finished answer its footer."""
    shown: list[dict[str, Any]] = []
    for index, turn in enumerate(turns[start:], start):
        last = index == len(turns) - 1
        shown += [{"role": turn.role, **part} for part in _parts(turn, index, growing=working and last, last=last)]
    return shown


def shown_by(turn: Turn) -> int:
    """How many messages `show` makes of a turn."""
    if turn.role == "user":
        return len(turn.images) + 1
    return bool(turn.reasoning) + _has_text(turn) + bool(turn.calls) + 1


def turn_at(turns: Turns, shown_index: int) -> int | None:
    """The turn that the message at this place of `show(turns)` belongs to."""
    places = [index for index, turn in enumerate(turns) for _ in range(shown_by(turn))]
    return places[shown_index] if 0 <= shown_index < len(places) else None


def _text(text: str) -> dict[str, str]:
    """In the Chatbot's own form, which it takes as it is; of a plain string it would strip the indentation."""
    return {"type": "text", "text": text}


def _html(markup: str) -> dict[str, Any]:
    """A `gr.HTML` in the Chatbot's own form: a component made anew for each message costs 1.3 ms."""
    props = {"value": markup, "html_template": "${value}", "css_template": "", "apply_default_css": True, "props": {}}
    return {"type": "component", "component": "html", "value": markup, "constructor_args": {}, "props": props}


def _has_text(turn: Turn) -> bool:
    return bool(turn.content) or not turn.calls


def _parts(turn: Turn, index: int, *, growing: bool, last: bool) -> Sequence[dict[str, Any]]:
    if turn.role == "user":
        return [*({"content": {"path": path}} for path in turn.images), {"content": _text(turn.content)}]
    parts: list[dict[str, Any]] = []
    if turn.reasoning:
        fold = {"title": "Reasoning", "status": "pending" if growing and not turn.content else "done"}
        parts.append({"content": _text(turn.reasoning), "metadata": fold})
    if _has_text(turn):
        parts.append({"content": _text(_block(turn.content) if turn.verdict else turn.content)})
    if turn.calls:
        parts.append({"content": _html(calls.cards(turn.calls, _state(turn, growing, last)))})
    if not growing:
        parts.append({"content": _html(_footer(turn, index))})
    return parts


def _footer(turn: Turn, index: int) -> str:
    actions: Sequence[tuple[str, str]] = (("continue", "Continue"), *ACTIONS) if turn.can_go_on else ACTIONS
    if turn.calls:  # nothing to read or to copy; once answered, what follows has the last word
        actions = () if turn.answered else LAST
    footer = _checked(turn.verdict) + facts.footer(turn.run, index, actions, turn.said_of_it)
    return f'<div class="step">{footer}</div>' if turn.answered else footer


def _state(turn: Turn, growing: bool, last: bool) -> calls.State:
    if turn.answered:
        return "answered"
    if growing:
        return "growing"
    if not turn.whole:
        return "cut"
    return "open" if last else "left"


def _checked(verdict: Verdict | None) -> str:
    """The mark of an answer that was checked against what was asked for."""
    if verdict is None:
        return ""
    kind, said = VERDICTS[verdict.matches]
    why = f"<span>{html.escape(verdict.said)}</span>" if verdict.said else ""
    return f'<div class="verdict {kind}"><b>{said}</b>{why}</div>'


def _block(text: str) -> str:
    """JSON as a block of code, which nothing in it can end; other words as they are."""
    spread, is_json = calls.pretty(text)
    text = text if "\n" in text else spread
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}json\n{text}\n{fence}" if is_json else text
