"""The words under a result: who answered, how fast, for how much. Plain functions; knows no widgets."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

from services.catalog import Model
from services.routes import EMBEDDED
from services.run import Cost, Run

DESCRIPTION = 160
ACTIONS = (("copy", "Copy"), ("speak", "Read aloud"), ("paint", "Make an image of this"))


def seconds(value: float) -> str:
    return f"{value * 1000:.0f} ms" if value < 0.095 else f"{value:.1f} s"


def cost(value: Cost) -> str:
    """A sum in dollars, marked when it is an estimate; unknown is said, never shown as zero."""
    if value.kind == "free":
        return "free"
    if value.usd is None:
        return "cost unknown"
    amount = f"${value.usd:.6f}".rstrip("0").rstrip(".") if value.usd < 0.01 else f"${value.usd:.3f}"
    return f"about {amount}, estimated" if value.kind == "estimated" else amount


def facts(run: Run, *extra: str, first: str = "first token") -> list[str]:
    """The facts of a run in the order they are read; what is unknown is left out, except the cost."""
    usage, speed = run.usage, run.tokens_per_second
    words = [run.model.removeprefix(EMBEDDED)]
    if run.first_token is not None:
        words.append(f"{first} {seconds(run.first_token)}")
    words.append(f"{seconds(run.duration)} in all" if run.first_token is not None else seconds(run.duration))
    if speed:
        words.append(f"{speed:.0f} tokens/s")
    if usage.prompt_tokens is not None and usage.completion_tokens is not None:
        words.append(f"{usage.prompt_tokens:,} tokens in · {usage.completion_tokens:,} out")
    if usage.reasoning_tokens:
        words.append(f"{usage.reasoning_tokens:,} for reasoning")
    return [*words, *extra, cost(run.cost)]


def line(run: Run, *extra: str, first: str = "first token") -> str:
    """The one quiet line under a result, as HTML; the request id is its title."""
    who = f'<b class="{"engine" if run.embedded else "api"}">{html.escape(run.answered_by)}</b>'
    title = f' title="request {html.escape(run.request_id)}"' if run.request_id else ""
    spans = "".join(f"<span>{html.escape(word)}</span>" for word in facts(run, *extra, first=first))
    return f'<div class="facts"{title}>{who}{spans}</div>'


def footer(run: Run | None, index: int, actions: Iterable[tuple[str, str]] = ACTIONS, mark: str = "") -> str:
    """The footer of an answer: facts (none when its run was lost) and actions; `index` is the turn they belong to."""
    buttons = "".join(
        f'<button type="button" data-act="{act}" data-index="{index}">{html.escape(label)}</button>'
        for act, label in actions
    )
    marked = f'<div class="mark">{html.escape(mark)}</div>' if mark else ""
    told = line(run) if run else ""
    return f'<div class="answer-footer">{marked}{told}<div class="acts">{buttons}</div></div>'


def about(model: Model, embedded: bool) -> str:
    """The small lines under a model choice: its facts, and what it says of itself."""
    words = ["embedded" if embedded or model.id.startswith(EMBEDDED) else model.developer]
    if model.context_length:
        words.append(f"{model.context_length // 1000}k context")
    if model.prices and all(price.usd == 0 for price in model.prices):
        words.append("free")
    elif model.prices:
        words.append(prices(model))
    if model.languages:
        words.append(", ".join(model.languages[:3]))
    line = " · ".join(html.escape(word) for word in words if word)
    said = model.description if len(model.description) <= DESCRIPTION else model.description[: DESCRIPTION - 1] + "…"
    return f"{line}<br>{html.escape(said)}" if said else line


# What is billed by the tiny unit is told by the one that people compare: unit: (how many, their name).
TOLD_BY = {"token": (1_000_000, "M tokens"), "character": (1_000_000, "M characters"), "second": (60, "minute")}


def prices(model: Model) -> str:
    """What it costs, such as `$0.15/M tokens input, $0.6/M tokens output`."""
    shown = []
    for price in model.prices[:2]:
        many, name = TOLD_BY.get(price.unit, (1, price.unit))
        measure = f" {price.measure}" if price.measure and len(model.prices) > 1 else ""
        shown.append(f"${price.usd * many:.4g}/{name}{measure}")
    return ", ".join(shown)


def choices(models: Sequence[Model]) -> list[tuple[str, str]]:
    """(label, id) pairs for a model choice."""
    return [(model.name or model.id, model.id) for model in models]


def waiting(what: str, note: str = "", usual: str = "", shape: str = "") -> str:
    """The state of work while it runs; page.js counts the seconds."""
    said = " · ".join(html.escape(word) for word in (note, usual) if word)
    style = f' style="aspect-ratio:{shape}"' if shape else ""
    return (
        f'<div class="waiting" role="status"{style}><span class="pulse"></span><b>{html.escape(what)}</b> '
        f'<span data-elapsed>0.0 s</span> <span class="note">{said}</span></div>'
    )
