"""The model choice that every tab has. Knows labels; knows nothing about what a model does."""

from __future__ import annotations

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

    def offer(self, models: Sequence[Model], chosen: str | None) -> tuple[dict[Any, Any], Model | None]:
        """Show what can be chosen and keep the choice when it is still there; the model that is chosen then."""
        picked = next((model for model in models if model.id == chosen), models[0] if models else None)
        dropdown = gr.Dropdown(choices=facts.choices(models), value=picked.id if picked else None)
        return {self.model: dropdown}, picked

    def describe(self, model: Model | None, *, embedded: bool) -> dict[Any, Any]:
        """The quiet line about the chosen model."""
        said = (
            facts.about(model, embedded) if model else "Nothing is offered for this here; type a model's id to try it."
        )
        return {self.about: f'<small class="about">{said}</small>'}


def model_choice() -> ModelChoice:
    """Render the choice where we are in the layout."""
    model = gr.Dropdown([], label="Model", allow_custom_value=True, elem_classes="model", interactive=True)
    return ModelChoice(model, gr.HTML('<small class="about">…</small>'))
