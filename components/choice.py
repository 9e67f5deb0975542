"""The model choice that every tab has. Knows the list's labels; knows nothing about what a model does."""

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

    def offer(self, models: Sequence[Model], chosen: str | None, *, embedded: bool) -> dict[Any, Any]:
        """Show what can be chosen; keep the choice when it is still there."""
        ids = [model.id for model in models]
        value = chosen if chosen in ids else (ids[0] if ids else None)
        picked = next((model for model in models if model.id == value), None)
        line = facts.about(picked, embedded) if picked else "Nothing is offered for this here. Type a model's id to try it."
        return {
            self.model: gr.Dropdown(choices=facts.choices(models), value=value),
            self.about: f'<small class="about">{line}</small>',
        }


def model_choice() -> ModelChoice:
    """Render the choice where we are in the layout."""
    model = gr.Dropdown([], label="Model", allow_custom_value=True, elem_classes="model", interactive=True)
    return ModelChoice(model, gr.HTML('<small class="about">…</small>'))
