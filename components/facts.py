"""The words under a result: who answered, how fast, for how much. Plain functions; knows no widgets."""

from __future__ import annotations

import html
from collections.abc import Iterable

from services.catalog import Model
from services.routes import EMBEDDED
from services.run import Cost, Run, Usage
from services.speeds import Speed

DESCRIPTION = 160
# What can be done with any run (runs.js), and with an answer.
RUN_ACTIONS = (("code", "View code"), ("inspect", "Inspect"))
ACTIONS = (("copy", "Copy"), ("speak", "Read aloud"), ("paint", "Make an image of this"))


def seconds(value: float) -> str:
    return f"{value * 1000:.0f} ms" if value < 0.095 else f"{value:.1f} s"


def cost(value: Cost) -> str:
    """A sum in dollars, marked when it is an estimate; unknown is said, never shown as zero."""
    if value.kind == "free":
        return "free"
    if value.usd is None:
        return "cost unknown"
    return f"about {dollars(value.usd)}, estimated" if value.kind == "estimated" else dollars(value.usd)


def dollars(usd: float) -> str:
    """A sum that is not zero is never shown as zero; runs.js says sums in the same words."""
    if 0 < usd < 1e-6:
        return "under $0.000001"
    return f"${usd:.6f}".rstrip("0").rstrip(".") if usd < 0.01 else f"${usd:.3f}"


def facts(run: Run, *extra: str, first: str = "first token") -> list[str]:
    """The facts of a run in the order they are read; what is unknown is left out, except the cost."""
    speed = run.tokens_per_second
    words = [run.model.removeprefix(EMBEDDED)]
    if run.first_token is not None:
        words.append(f"{first} {seconds(run.first_token)}")
    words.append(f"{seconds(run.duration)} in all" if run.first_token is not None else seconds(run.duration))
    if speed:
        words.append(f"{speed:.0f} tokens/s")
    return [*words, *tokens(run.usage), *extra, cost(run.cost)]


def tokens(usage: Usage) -> list[str]:
    """Tokens in and out, and how many of them were read from a cache or spent on reasoning."""
    ways = ((usage.prompt_tokens, "in"), (usage.completion_tokens, "out"))
    told = " · ".join(f"{count:,} {way}" for count, way in ways if count is not None)
    words = [told.replace(" ", " tokens ", 1)] if told else []
    words += [f"{usage.reasoning_tokens:,} for reasoning"] if usage.reasoning_tokens else []
    return [*words, f"{usage.cached_tokens:,} cached"] if usage.cached_tokens else words


def line(run: Run, *extra: str, first: str = "first token", actions: Iterable[tuple[str, str]] = RUN_ACTIONS) -> str:
    """The one quiet line under a result, as HTML; the request id is its title. runs.js finds its run by `data-run`."""
    who = f'<b class="{"engine" if run.embedded else "api"}">{html.escape(run.answered_by)}</b>'
    title = f' title="request {html.escape(run.request_id)}"' if run.request_id else ""
    spans = "".join(f"<span>{html.escape(word)}</span>" for word in facts(run, *extra, first=first))
    pressed = f'<span class="acts">{buttons(actions)}</span>' if actions else ""
    return f'<div class="facts" data-run="{html.escape(run.id)}"{title}>{who}{spans}{pressed}</div>'


def buttons(actions: Iterable[tuple[str, str]], **data: object) -> str:
    """The buttons of (name, label) pairs, which the page's scripts carry out; `data` become their data attributes."""
    more = "".join(f' data-{name}="{html.escape(str(value))}"' for name, value in data.items())
    return "".join(
        f'<button type="button" data-act="{act}"{more}>{html.escape(label)}</button>' for act, label in actions
    )


def footer(run: Run | None, index: int, actions: Iterable[tuple[str, str]] = ACTIONS, mark: str = "") -> str:
    """The footer of an answer: facts (none when its run was lost) and actions; `index` is the turn they belong to."""
    offered = (*actions, *RUN_ACTIONS) if run else actions
    marked = f'<div class="mark">{html.escape(mark)}</div>' if mark else ""
    told = line(run, actions=()) if run else ""
    return f'<div class="answer-footer">{marked}{told}<div class="acts">{buttons(offered, index=index)}</div></div>'


def about(model: Model, embedded: bool, usual: Speed | None = None) -> str:
    """The small lines under a model choice: its facts, its usual speed, and what it says of itself."""
    words = ["embedded" if embedded or model.id.startswith(EMBEDDED) else model.developer]
    if model.context_length:
        words.append(f"{shortly(model.context_length)} context")
    words += [priced(model), ", ".join(model.languages[:3]), usually(usual) if usual else ""]
    line = " · ".join(html.escape(word) for word in words if word)
    said = model.description if len(model.description) <= DESCRIPTION else model.description[: DESCRIPTION - 1] + "…"
    return f"{line}<br>{html.escape(said)}" if said else line


def usually(speed: Speed) -> str:
    """A model's usual speed, such as `usually 0.4 s to the first token, 60 tokens/s`; "" where none is known."""
    words = [f"{seconds(speed.ttft)} to the first token" if speed.ttft else ""]
    words.append(f"{speed.tps:.0f} tokens/s" if speed.tps else "")
    if not any(words) and speed.duration:
        words.append(seconds(speed.duration))
    told = ", ".join(word for word in words if word)
    return f"usually {told}" if told else ""


def shortly(tokens: int) -> str:
    """So many tokens, in the way that lengths are named: 128k, 1M."""
    return f"{tokens / 1e6:.3g}M" if tokens >= 1_000_000 else f"{tokens // 1000}k" if tokens >= 1000 else str(tokens)


# What is billed by the tiny unit is told by the one that people compare: unit: (how many, their name).
TOLD_BY = {"token": (1_000_000, "M tokens"), "character": (1_000_000, "M characters"), "second": (60, "minute")}
MEASURES = {"input": "in", "output": "out"}


def priced(model: Model) -> str:
    """What it costs in the unit that it is billed in, "free", or "" where no price is published."""
    return "free" if model.prices and all(price.usd == 0 for price in model.prices) else prices(model)


def prices(model: Model) -> str:
    """What it costs, such as `$0.15 in, $0.6 out per M tokens`; `from` before the cheapest of several variants."""
    shown: dict[str, list[str]] = {}
    for price in model.prices[:2]:
        many, name = TOLD_BY.get(price.unit, (1, price.unit))
        measure = f" {MEASURES.get(price.measure, price.measure)}" if price.measure and len(model.prices) > 1 else ""
        shown.setdefault(name, []).append(f"{'from ' if price.least else ''}${price.usd * many:.4g}{measure}")
    return ", ".join(f"{', '.join(amounts)} per {name}" for name, amounts in shown.items())


def waiting(what: str, note: str = "", usual: str = "", shape: str = "") -> str:
    """The state of work while it runs; page.js counts the seconds."""
    said = " · ".join(html.escape(word) for word in (note, usual) if word)
    style = f' style="aspect-ratio:{shape}"' if shape else ""
    return (
        f'<div class="waiting" role="status"{style}><span class="pulse"></span><b>{html.escape(what)}</b> '
        f'<span data-elapsed>0.0 s</span> <span class="note">{said}</span></div>'
    )
