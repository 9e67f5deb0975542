"""A conversation as it is kept, shown, and sent to a model. Plain values; what is shown is never parsed back."""

from __future__ import annotations

import base64
import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from components import facts
from services.chat import Completion, Message
from services.run import Run

GO_ON = "Go on exactly where you stopped. Do not repeat anything."
# The last two are for the end of a conversation only: the style sheet hides them under earlier answers.
ACTIONS = (*facts.ACTIONS, ("retry", "Regenerate"), ("undo", "Undo"))
ENDED = {
    "length": "Cut at the answer length. Raise it and press Continue to go on.",
    "content_filter": "Cut by the model's content filter.",
    "output limit": "Stopped: the answer grew past our limit.",
}


@dataclass(frozen=True)
class Turn:
    """What one side said; a question keeps its pictures (file paths), an answer the facts of its run."""

    role: Literal["user", "assistant"]
    content: str
    images: tuple[str, ...] = ()
    reasoning: str = ""
    finish_reason: str = ""
    run: Run | None = None
    mark: str = ""

    @property
    def cut(self) -> bool:
        """Whether this answer began and did not end."""
        return self.role == "assistant" and not self.finish_reason

    @property
    def can_go_on(self) -> bool:
        return self.cut or self.finish_reason == "length"

    @property
    def said_of_it(self) -> str:
        """Why this answer ends where it does; "" when it just ended."""
        interrupted = "Interrupted. What had arrived is kept." if self.cut else ""
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
    )


def messages(turns: Turns) -> list[Message]:
    """What goes upstream: role and content only; questions that got no answer are joined with the next."""
    sent: list[Message] = []
    for turn in turns:
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
        growing = working and index == len(turns) - 1
        shown += [{"role": turn.role, **part} for part in _parts(turn, index, growing=growing)]
    return shown


def shown_by(turn: Turn) -> int:
    """How many messages `show` makes of a turn."""
    if turn.role == "user":
        return len(turn.images) + 1
    return 1 + bool(turn.reasoning) + 1


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


def _parts(turn: Turn, index: int, *, growing: bool) -> Sequence[dict[str, Any]]:
    if turn.role == "user":
        return [*({"content": {"path": path}} for path in turn.images), {"content": _text(turn.content)}]
    parts: list[dict[str, Any]] = []
    if turn.reasoning:
        fold = {"title": "Reasoning", "status": "pending" if growing and not turn.content else "done"}
        parts.append({"content": _text(turn.reasoning), "metadata": fold})
    parts.append({"content": _text(turn.content)})
    if not growing:
        actions = (("continue", "Continue"), *ACTIONS) if turn.can_go_on else ACTIONS
        parts.append({"content": _html(facts.footer(turn.run, index, actions, turn.said_of_it))})
    return parts
