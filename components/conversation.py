"""A conversation as it is kept, shown, and sent to a model. Plain values; what is shown is never parsed back."""

from __future__ import annotations

import base64
import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from components import facts
from services.chat import Completion, Message

GO_ON = "Go on exactly where you stopped. Do not repeat anything."
LAST = (*facts.ACTIONS, ("retry", "Regenerate"), ("undo", "Undo"))
ENDED = {
    "length": "Cut at the answer length. Raise it and press Continue to go on.",
    "content_filter": "Cut by the model's content filter.",
    "output limit": "Stopped: the answer grew past our limit.",
}


@dataclass(frozen=True)
class Turn:
    """What one side said; an answer keeps its completion, a question its pictures (file paths)."""

    role: str
    content: str
    images: tuple[str, ...] = ()
    completion: Completion | None = None
    mark: str = ""

    @property
    def cut(self) -> bool:
        """Whether this answer began and did not end."""
        return self.completion is not None and not self.completion.finish_reason

    @property
    def can_go_on(self) -> bool:
        return self.cut or (self.completion is not None and self.completion.finish_reason == "length")


Turns = tuple[Turn, ...]


def answer(completion: Completion, prefix: str = "") -> Turn:
    """The turn that a completion makes; `prefix` is what an interrupted answer had said before."""
    return Turn("assistant", prefix + completion.text, completion=completion)


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


def show(turns: Turns, *, working: bool = False) -> list[dict[str, Any]]:
    """The Chatbot's value: each turn, and under each finished answer its footer."""
    shown: list[dict[str, Any]] = []
    for index, turn in enumerate(turns):
        growing = working and index == len(turns) - 1
        for message, _ in _parts(turn, index, last=index == len(turns) - 1, growing=growing):
            shown.append(message)
    return shown


def turn_at(turns: Turns, shown_index: int) -> int | None:
    """The turn that the message at this place of `show(turns)` belongs to."""
    places = [i for i, turn in enumerate(turns) for _ in _parts(turn, i, last=i == len(turns) - 1, growing=False)]
    return places[shown_index] if 0 <= shown_index < len(places) else None


def _parts(turn: Turn, index: int, *, last: bool, growing: bool) -> Sequence[tuple[dict[str, Any], str]]:
    if turn.role == "user":
        pictures = [({"role": "user", "content": {"path": path}}, "picture") for path in turn.images]
        return [*pictures, ({"role": "user", "content": turn.content}, "text")]
    completion = turn.completion
    parts: list[tuple[dict[str, Any], str]] = []
    if completion and completion.reasoning:
        status = "pending" if growing and not completion.text else "done"
        fold = {"title": "Reasoning", "status": status}
        parts.append(({"role": "assistant", "content": completion.reasoning, "metadata": fold}, "reasoning"))
    parts.append(({"role": "assistant", "content": turn.content}, "text"))
    if completion and not growing:
        interrupted = "Interrupted. What had arrived is kept." if turn.cut else ""
        mark = turn.mark or interrupted or ENDED.get(completion.finish_reason, "")
        actions = LAST if last else facts.ACTIONS
        if last and turn.can_go_on:
            actions = (("continue", "Continue"), *actions)
        html = facts.footer(completion.run, turn.content, index, actions, mark)
        parts.append(({"role": "assistant", "content": gr.HTML(html)}, "footer"))
    return parts
