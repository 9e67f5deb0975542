"""The figures as a table in Markdown, as JSON, and as a plot in SVG. Knows nothing of how they were measured."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from benchmarks.page.figures import Figure

HEAD = "| measurement | stock | peers | goal | ours | turns | |\n| --- | ---: | ---: | ---: | ---: | ---: | --- |"
COMPARED = "| measurement | goal | before | now | now ÷ before | |\n| --- | ---: | ---: | ---: | ---: | --- |"
LABEL, WIDTH, LINE = 330, 420, 26
CEILING = 10.0


def amount(value: float, unit: str) -> str:
    if math.isinf(value):
        return "never"
    digits = f"{value:,.0f}" if value >= 100 or unit in ("", "B") else f"{value:.3g}"
    return f"{digits} {unit}".strip()


def verdict(figure: Figure) -> str:
    return "met" if figure.met else "**missed**"


def spread(figure: Figure) -> str:
    """The lowest and the highest of the turns, where there was more than one."""
    low, high = figure.spread or (0, 0)
    if low == high:
        return "–"
    return f"{amount(low, figure.unit).removesuffix(figure.unit).strip()} – {amount(high, figure.unit)}"


def row(figure: Figure) -> str:
    def said(value: float) -> str:
        return amount(value, figure.unit)

    stock = said(figure.others["stock"]) if "stock" in figure.others else "–"
    rivals = ", ".join(f"{who} {said(it)}" for who, it in figure.others.items() if who != "stock")
    ours = f"| {said(figure.ours)} | {spread(figure)} | {verdict(figure)} |"
    return f"| {figure.name} | {stock} | {rivals or '–'} | ≤ {said(figure.goal)} {ours}"


def table(figures: Sequence[Figure]) -> str:
    """One line a figure; `turns` is the lowest and the highest of the turns."""
    return "\n".join([HEAD, *map(row, figures)])


def compared(figures: Sequence[Figure], earlier: Mapping[str, Any]) -> str:
    """Each figure beside that of an earlier run (what `as_json` wrote), those that are in one of them only too."""
    before = {row["name"]: row for row in earlier["rows"]}
    lines = [COMPARED]
    for figure in figures:
        was = before.pop(figure.name, None)
        earlier_one = amount(float(was["ours"]), figure.unit) if was else "–"
        change = f"{figure.ours / float(was['ours']):.2f}" if was and float(was["ours"]) else "–"
        goal, now = amount(figure.goal, figure.unit), amount(figure.ours, figure.unit)
        lines.append(f"| {figure.name} | ≤ {goal} | {earlier_one} | {now} | {change} | {verdict(figure)} |")
    for was in before.values():
        goal, then = amount(was["goal"], was["unit"]), amount(float(was["ours"]), was["unit"])
        lines.append(f"| {was['name']} | ≤ {goal} | {then} | – | – | not measured |")
    return "\n".join(lines)


def as_json(figures: Sequence[Figure], about: Mapping[str, Any]) -> str:
    rows: list[dict[str, Any]] = [{**vars(figure), "met": figure.met} for figure in figures]
    return json.dumps({**about, "rows": rows}, indent=1)


def markdown(figures: Sequence[Figure], about: Mapping[str, Any], earlier: Mapping[str, Any] | None = None) -> str:
    """What the run was and its table, ready to be put into a document."""
    turns = "one turn" if about["times"] == 1 else f"{about['times']} turns"
    form = f"The {'long' if about['long'] else 'short'} form, {turns}, our page by the {about['way']}"
    machine = f"{about['cores']} cores under a load of {about['load'][0]:.1f} to {about['load'][1]:.1f}"
    parts = [f"{form}; {machine}; {about['python']}, {about['system']}; commit {about['commit']}.", table(figures)]
    if earlier is not None:
        parts.append(f"Beside the run of commit {earlier.get('commit', 'unknown')}:")
        parts.append(compared(figures, earlier))
    return "\n\n".join(parts) + "\n"


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
        f'<text x="{LABEL}" y="{height - 4}" fill="#888">shorter is better; ● stock Gradio, ○ peers; '
        "the thin line is the spread of the turns</text></svg>"
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
    if figure.spread:
        low, high = (_x(bound / figure.goal) for bound in figure.spread)
        parts.append(f'<line x1="{low:.1f}" y1="{middle}" x2="{high:.1f}" y2="{middle}" stroke="#000"/>')
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
