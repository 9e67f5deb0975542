"""How every tab is laid out: settings at the side, the result wide, Start and Stop in one place. Knows no tab."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import gradio as gr

# For an event of the page: not part of the public API, no overlay of Gradio's own, nobody waits for anybody.
QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "concurrency_limit": None}


@contextmanager
def side() -> Iterator[None]:
    """The column of settings; on a phone it is folded under the result."""
    column = gr.Column(scale=0, min_width=300, elem_classes="side")
    with column, gr.Accordion("Settings", elem_classes="fold"):
        yield
        gr.HTML('<button type="button" class="reset" data-reset>Reset settings</button>')


def result() -> gr.Column:
    """The wide column: what is asked, and what came of it."""
    return gr.Column(elem_classes="result", min_width=320)


def start_and_stop(label: str, width: int = 110) -> tuple[gr.Button, gr.Button]:
    """The one button to press next, and Stop, which takes its place while something runs."""
    start = gr.Button(label, variant="primary", scale=0, min_width=width, elem_id=label.lower())
    stop = gr.Button("Stop", variant="stop", scale=0, min_width=width, visible=False, elem_id=f"stop-{label.lower()}")
    return start, stop


def example_row(texts: Sequence[str], box: str, start: str) -> None:
    """Examples that are typed into `box` and started by the button `start` (element ids), in the browser alone."""
    with gr.Row(elem_classes="examples"):
        for text in texts:
            button = gr.Button(text, size="sm", elem_classes="example")
            script = f"() => playground.example({json.dumps(box)}, {json.dumps(text)}, {json.dumps(start)})"
            button.click(None, None, None, js=script, api_visibility="private")


def act(name: str) -> gr.Button:
    """A button without a look, pressed by page.js for an action in a footer or a notice."""
    return gr.Button(visible="hidden", elem_id=f"act-{name}")
