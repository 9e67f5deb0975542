"""The fold of structured output and tools in the chat tab. Knows widgets; knows nothing about how they are sent."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import gradio as gr

from components.alerts import Updates
from services.families.chat import ChatFamily
from services.schemas import MOST_CHARACTERS

SCHEMA = {
    "title": "rivers",
    "type": "object",
    "properties": {
        "country": {"type": "string"},
        "rivers": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"name": {"type": "string"}, "kilometres": {"type": "integer"}},
                "required": ["name", "kilometres"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["country", "rivers"],
    "additionalProperties": False,
}
TOOL = {
    "name": "get_weather",
    "description": "The weather in a city, now.",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}, "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]}},
        "required": ["city"],
    },
}
CHOICES = [("The model decides", "auto"), ("It must call one", "required"), ("It calls none", "none")]
NO_FORM = "This model takes no schema: it would be dropped without a word, so nothing is sent."
NO_TOOLS = "This model takes no tools: they would be dropped without a word, so none are sent."


@dataclass(frozen=True)
class Structure:
    """The three controls."""

    schema: gr.Textbox
    tools: gr.Textbox
    choice: gr.Dropdown

    @property
    def all(self) -> list[Any]:
        return [self.schema, self.tools, self.choice]

    def adapt(self, family: ChatFamily) -> Updates:
        """Off, with the reason, for a model that documents no such thing."""
        return {
            self.schema: gr.Textbox(interactive=family.formats, info=None if family.formats else NO_FORM),
            self.tools: gr.Textbox(interactive=family.tools, info=None if family.tools else NO_TOOLS),
            self.choice: gr.Dropdown(interactive=family.tools),
        }


def render() -> Structure:
    """Lay the fold out; its examples are filled in by the browser alone."""
    with gr.Accordion("Structured output and tools", open=False, elem_classes="structure"):
        schema = _box("JSON schema of the answer", "schema", "{} for any JSON object; empty for plain text")
        _example(schema, SCHEMA, "Name three rivers of France.", "schema")
        tools = _box("Tools (JSON)", "tools", '{"name": …, "description": …, "parameters": …}, or a list of them')
        _example(tools, TOOL, "What is the weather in Paris?", "tools")
        choice = gr.Dropdown(
            CHOICES, value="auto", label="Tool choice", info="Or type a tool's name.", allow_custom_value=True
        )
    return Structure(schema, tools, choice)


def _box(label: str, name: str, placeholder: str) -> gr.Textbox:
    return gr.Textbox(
        label=label,
        elem_id=f"structure-{name}",
        elem_classes="json-box",
        placeholder=placeholder,
        lines=3,
        max_lines=14,
        max_length=MOST_CHARACTERS,
    )


def _example(box: gr.Textbox, example: Any, question: str, name: str) -> None:
    button = gr.Button("Try an example", size="sm", elem_classes="quiet", elem_id=f"example-{name}")
    text = json.dumps(example, indent=2)
    script = f"() => playground.tools.example({json.dumps(text)}, {json.dumps(question)})"
    button.click(None, None, box, js=script, api_visibility="private", show_progress="hidden")
