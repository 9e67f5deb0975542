"""The figures as a table in Markdown, as JSON, and as a plot in SVG. Knows nothing of how they were measured."""

from __future__ import annotations

import json
import math
import os
import platform
from collections.abc import Sequence
from html import escape
from typing import Any

from benchmarks.page.bench import Figure

HEAD = "| measurement | stock | peers | goal | ours | |\n| --- | ---: | ---: | ---: | ---: | --- |"
LABEL, WIDTH, LINE = 330, 420, 26
CEILING = 10.0


def amount(value: float, unit: str) -> str:
    if math.isinf(value):
        return "never"
    digits = f"{value:,.0f}" if value >= 100 or unit in ("", "B") else f"{value:.3g}"
    return f"{digits} {unit}".strip()


def row(figure: Figure) -> str:
    stock = amount(figure.others["stock"], figure.unit) if "stock" in figure.others else "–"
    rivals = ", ".join(f"{who} {amount(it, figure.unit)}" for who, it in figure.others.items() if who != "stock")
    met = "met" if figure.met else "**missed**"
    goal, ours = amount(figure.goal, figure.unit), amount(figure.ours, figure.unit)
    return f"| {figure.name} | {stock} | {rivals or '–'} | ≤ {goal} | {ours} | {met} |"


def table(figures: Sequence[Figure]) -> str:
    return "\n".join([HEAD, *map(row, figures)])


def as_json(figures: Sequence[Figure], times: int) -> str:
    rows: list[dict[str, Any]] = [{**vars(figure), "met": figure.met} for figure in figures]
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.system()}
    return json.dumps({"machine": machine, "times": times, "rows": rows}, indent=1, default=str)


def plot(figures: Sequence[Figure]) -> str:
    """Each figure as a share of its goal on a logarithmic scale; the line is the goal, left of it is better."""
    shown = [figure for figure in figures if figure.goal > 0]
    height = LINE * len(shown) + 50
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LABEL + WIDTH + 90} {height}" font-family="sans-serif" '
        'font-size="12" fill="#444"><rect width="100%" height="100%" fill="#fff"/>',
        f'<line x1="{_x(1):.0f}" y1="24" x2="{_x(1):.0f}" y2="{height - 16}" stroke="#888" stroke-dasharray="3 3"/>',
        f'<text x="{_x(1):.0f}" y="16" text-anchor="middle">goal</text>',
    ]
    for place, figure in enumerate(shown):
        parts += _bars(figure, 32 + place * LINE)
    parts.append(
        f'<text x="{LABEL}" y="{height - 4}" fill="#888">shorter is better; ● stock Gradio, ○ peers</text></svg>'
    )
    return "\n".join(parts)


def _bars(figure: Figure, top: float) -> list[str]:
    share, colour = figure.ours / figure.goal, "#2a7f62" if figure.met else "#b5482f"
    end, middle = _x(share), top + 8
    parts = [
        f'<text x="{LABEL - 10}" y="{top + 12}" text-anchor="end">{escape(figure.name)}</text>',
        f'<rect x="{LABEL}" y="{top}" width="{max(end - LABEL, 1):.1f}" height="16" fill="{colour}"/>',
        f'<text x="{LABEL + WIDTH + 12}" y="{top + 12}" fill="{colour}">{amount(figure.ours, figure.unit)}</text>',
    ]
    for who, value in figure.others.items():
        fill = "#555" if who == "stock" else "#fff"
        at = _x(value / figure.goal)
        said = f"<title>{escape(who)} {amount(value, figure.unit)}</title>"
        parts.append(f'<circle cx="{at:.1f}" cy="{middle}" r="4.5" fill="{fill}" stroke="#555">{said}</circle>')
    return parts


def _x(share: float) -> float:
    """A tenth of the goal to ten times the goal, on a logarithmic scale."""
    bounded = min(max(share, 1 / CEILING), CEILING)
    return LABEL + WIDTH * (math.log10(bounded) + 1) / 2
