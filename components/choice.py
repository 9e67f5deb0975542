"""The model choice that every tab has. Knows labels; knows nothing about what a model does.

What is seen of it is drawn by models.js, which asks for the list itself: the page carries no list of models.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from components import facts
from services.catalog import Model, Task
from services.speeds import Speed

TEMPLATE = (
    '<label for="model-{task}">Model</label><input id="model-{task}" type="text" role="combobox" '
    'aria-autocomplete="list" aria-expanded="false" autocomplete="off" autocapitalize="off" spellcheck="false">'
)


@dataclass(frozen=True)
class ModelChoice:
    """The field labelled Model, whose value is an id, and the quiet line under it."""

    model: gr.HTML
    about: gr.HTML

    def offer(self, offered: Sequence[Model], chosen: str | None) -> tuple[dict[Any, Any], Model | None]:
        """Keep the choice while the endpoint offers it; the model that is chosen then.

        Where the endpoint offers nothing, nothing is chosen: the embedded engine never takes its place unasked.
        """
        picked = next((model for model in offered if model.id == chosen), offered[0] if offered else None)
        return self.show(picked), picked

    def show(self, model: Model | None) -> dict[Any, Any]:
        """Put a model into the field: its id is the value, its name is what is read."""
        named = {"id": model.id, "name": model.name or model.id} if model else {}
        return {self.model: gr.HTML(value=model.id if model else None, named=named)}

    def describe(
        self, model: Model | None, *, who: str, embedded: bool, usual: Speed | None = None, news: str = ""
    ) -> dict[Any, Any]:
        """The quiet line about the chosen model; `news` is what a person must know about how it was found."""
        nothing = f"{html.escape(who)} offers no model for this. Choose the embedded engine's, or type a model's id."
        said = facts.about(model, embedded, usual) if model else nothing
        told = f'<b role="status">{html.escape(news)}</b> ' if news else ""
        return {self.about: f'<small class="about">{told}{said}</small>'}


def model_choice(task: Task) -> ModelChoice:
    """Render the choice where we are in the layout."""
    model = gr.HTML(
        html_template=TEMPLATE.format(task=task),
        js_on_load=f"playground.models.mount('{task}', element, props, trigger, watch)",
        apply_default_css=False,
        elem_classes="choice",
        named={},
    )
    return ModelChoice(model, gr.HTML('<small class="about">…</small>'))
