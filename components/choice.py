"""The model choice that every tab has. Knows labels; knows nothing about what a model does."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from components import facts
from services.catalog import Model


@dataclass(frozen=True)
class ModelChoice:
    """A dropdown labelled Model and the quiet line under it."""

    model: gr.Dropdown
    about: gr.HTML

    def offer(
        self, offered: Sequence[Model], models: Sequence[Model], chosen: str | None
    ) -> tuple[dict[Any, Any], Model | None]:
        """Show all `models` and keep the choice while the endpoint offers it; the model that is chosen then.

        Where the endpoint offers nothing, nothing is chosen: the embedded engine never takes its place unasked.
        """
        picked = next((model for model in offered if model.id == chosen), offered[0] if offered else None)
        dropdown = gr.Dropdown(choices=facts.choices(models), value=picked.id if picked else None)
        return {self.model: dropdown}, picked

    def describe(self, model: Model | None, *, who: str, embedded: bool) -> dict[Any, Any]:
        """The quiet line about the chosen model."""
        nothing = f"{html.escape(who)} offers no model for this. Choose the embedded engine's, or type a model's id."
        said = facts.about(model, embedded) if model else nothing
        return {self.about: f'<small class="about">{said}</small>'}


def model_choice() -> ModelChoice:
    """Render the choice where we are in the layout."""
    model = gr.Dropdown([], label="Model", allow_custom_value=True, elem_classes="model", interactive=True)
    return ModelChoice(model, gr.HTML('<small class="about">…</small>'))
