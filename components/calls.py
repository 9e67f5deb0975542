"""Calls of tools as they are shown: what is called with what, and a box for each result. Plain functions; no widgets.

The boxes carry data attributes, which markup of a model never has here; tools.js looks for those alone.
"""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from typing import Literal

from services.tools import ToolCall

State = Literal["growing", "cut", "open", "answered", "left"]
MOST_SHOWN = 20_000
_SAID: dict[State, str] = {
    "growing": "is being called …",
    "cut": "was cut off: this call is not whole",
    "open": "waits for its result",
    "answered": "was answered by you",
    "left": "got no result, so the model is not told of it",
}


def cards(calls: Sequence[ToolCall], state: State) -> str:
    """One card for each call, as HTML; where results are waited for, a box in each and one button for all."""
    shown = "".join(_card(call, number, len(calls), state) for number, call in enumerate(calls))
    return f'<div class="calls {state}" data-calls>{shown}{_send(len(calls)) if state == "open" else ""}</div>'


def pretty(text: str) -> tuple[str, bool]:
    """JSON with line breaks, and whether it is JSON; anything else, or what is very long, as it is."""
    try:
        value = json.loads(text)
        spread = json.dumps(value, indent=2, ensure_ascii=False) if len(text) <= MOST_SHOWN else text
    except (ValueError, RecursionError):
        return text, False
    return spread, True


def _card(call: ToolCall, number: int, of: int, state: State) -> str:
    arguments, is_json = pretty(call.arguments or "{}")
    odd = "" if is_json or state in ("growing", "cut") else '<p class="odd">These arguments are not valid JSON.</p>'
    head = f"<b>{html.escape(call.name or 'a tool without a name')}</b> <span>{_SAID[state]}</span>"
    below = ""
    if call.result is not None:
        below = f'<div class="given"><b>Result</b>{_code(call.result)}</div>'
    elif state == "open":
        which = f" {number + 1}" if of > 1 else ""
        name = html.escape(call.name, quote=True)
        below = (
            f'<label>Result{which}<textarea rows="2" data-result="{html.escape(call.id, quote=True)}" '
            f'aria-label="Result of {name}{which}" placeholder="What {name} gives back"></textarea></label>'
        )
    return f'<section class="call"><p class="head">{head}</p>{_code(arguments)}{odd}{below}</section>'


def _code(text: str) -> str:
    cut = text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}… ({len(text):,} characters in all)"
    return f'<pre tabindex="0">{html.escape(cut)}</pre>'


def _send(many: int) -> str:
    label = "Send result" if many == 1 else f"Send {many} results"
    return f'<p class="send"><button type="button" data-send-results>{label}</button> <span>or Ctrl + Enter</span></p>'
