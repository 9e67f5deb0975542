"""The Compare toggle of each tab, the place of its columns, and how compare.js learns what the tab's controls say.

Knows widgets; knows nothing about what is compared, nor how.
"""

from __future__ import annotations

import json
from typing import Any

import gradio as gr

from components.layout import act
from services.catalog import Task


def toggle(task: Task) -> None:
    """The button that opens and closes the comparison; it stands beside the one that starts."""
    gr.HTML(
        f'<button type="button" class="ghost compare-toggle" data-compare="{task}" aria-pressed="false" '
        f'title="Ask several models at the same time">Compare</button>',
        elem_classes="compare-door",
    )


def stage(task: Task) -> None:
    """Where the columns stand, in the place of the tab's own result."""
    gr.HTML(
        f'<section class="compare" data-compare-stage="{task}" aria-label="Comparison"></section>',
        elem_classes="compare-host",
    )


def wire(task: Task, **controls: Any) -> None:
    """Tell compare.js the values of these controls, by name, whenever it presses for them; nothing travels for it."""
    names = json.dumps(list(controls))
    script = f"(...values) => playground.compare.told({json.dumps(task)}, {names}, values)"
    act(f"compare-{task}").click(
        None,
        list(controls.values()),
        None,
        js=script,
        api_visibility="private",
        show_progress="hidden",
        trigger_mode="multiple",
    )
