"""The fold for further parameters that every tab has. Knows markup; parameters.js draws the form and keeps the JSON."""

from __future__ import annotations

import gradio as gr

from services.catalog import Task
from services.extra import MOST_CHARACTERS

TITLE = "More of this model's parameters"


def extra_box(task: Task) -> gr.Textbox:
    """Lay out the fold, and in it the box for fields as JSON, which may hold what the form doesn't know."""
    gr.HTML(
        f'<details class="more" data-more="{task}"><summary>{TITLE}<span data-set></span></summary>'
        f'<div class="parameters" data-parameters="{task}"></div></details>'
    )
    return gr.Textbox(
        label="More parameters (JSON)",
        elem_id=f"extra-{task}",
        elem_classes="extra-box",
        placeholder="{}",
        lines=2,
        max_lines=12,
        max_length=MOST_CHARACTERS,
    )
