"""Chat tab: write a message, watch the answer grow. Knows widgets; knows nothing about HTTP.

What is pressed here goes to chat.js, which orders it by the lane (or the queue) and shows the news.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import gradio as gr

from components import compare, conversations, lane, structure
from components.alerts import Updates
from components.choice import ModelChoice, model_choice
from components.exchange import TEMPERATURE, TOP_P, Exchange
from components.layout import QUIET, act, example_row, result, side
from components.parameters import extra_box, worth_line
from components.structure import Structure
from services.catalog import Model
from services.families import chat_family, chat_tokens

EXAMPLES = (
    "Tell me, why is the sky blue?",
    "Describe a sunny morning by the sea.",
    "What is the capital of France?",
)
LATEX: list[dict[str, str | bool]] = [
    {"left": "$$", "right": "$$", "display": True},
    {"left": "\\[", "right": "\\]", "display": True},
    {"left": "\\(", "right": "\\)", "display": False},
]
INVITATION = "### Ask anything\nThe answer appears here as it is written. Take one of the examples, or ask your own."
ACTIONS = ("retry", "undo", "continue")
# In the page alone, and as often as it is pressed.
IN_PAGE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "trigger_mode": "multiple"}


@dataclass(frozen=True)
class ChatPanel:
    """The widgets of the tab."""

    choice: ModelChoice
    chatbot: gr.Chatbot
    clear: gr.Button
    message: gr.Textbox
    attached: gr.Gallery
    attach: gr.UploadButton
    system: gr.Textbox
    temperature: gr.Slider
    top_p: gr.Slider
    max_tokens: gr.Slider
    structure: Structure
    extra: gr.Textbox
    send: gr.Button
    stop: gr.Button
    status: gr.HTML
    notice: gr.HTML

    @property
    def settings(self) -> list[Any]:
        """What every question is asked with, in the order that chat.js knows."""
        sliders = [self.temperature, self.top_p, self.max_tokens]
        return [self.choice.model, self.system, *sliders, self.extra, *self.structure.all]

    @property
    def controls(self) -> dict[str, Any]:
        """The same but the model, under the names by which the browser keeps them."""
        return {
            "system": self.system,
            "temperature": self.temperature,
            "top_p": self.top_p,
            "max_tokens": self.max_tokens,
            "extra": self.extra,
            "schema": self.structure.schema,
            "tools": self.structure.tools,
            "tool_choice": self.structure.choice,
        }

    @property
    def drafts(self) -> set[str]:
        """Controls that are never overwritten; the message's own draft is kept by chat.js."""
        return set()

    @property
    def adapted(self) -> list[Any]:
        """What a change of model changes."""
        return [self.system, self.temperature, self.top_p, self.max_tokens, *self.structure.all]

    def adapt(self, model: Model) -> Updates:
        """Bring the sliders to the model's own defaults; what it does not take is switched off and says so."""
        family, own = chat_family(model), model.defaults
        prompt = str(own.get("system_prompt") or "The model's own")
        most = min(model.output_max or 8192, 32_768)
        fixed = "not taken by this model"
        return {
            self.system: gr.Textbox(placeholder=prompt),
            self.temperature: gr.Slider(
                value=own.get("temperature", TEMPERATURE),
                maximum=family.hottest or 2,
                interactive=family.hottest is not None,
                info=None if family.hottest is not None else fixed,
            ),
            self.top_p: gr.Slider(
                value=own.get("top_p", TOP_P), interactive=family.top_p, info=None if family.top_p else fixed
            ),
            self.max_tokens: gr.Slider(value=min(chat_tokens(model), most), maximum=most),
            **self.structure.adapt(family),
        }


def render(exchange: Exchange, chatbot: gr.Chatbot) -> ChatPanel:
    """Lay the tab out and wire it; all its events are private."""
    with gr.Row(elem_classes="room", elem_id="chat-room"):
        with side():
            settings = _settings()
        with result():
            conversations.row()
            stage = _stage(chatbot)
    panel = ChatPanel(**settings, **stage)
    _orders(panel)
    _news(panel, exchange)
    # A column shows text: it is asked for a form, and offered no tools.
    compare.wire(
        "chat",
        model=panel.choice.model,
        system=panel.system,
        temperature=panel.temperature,
        top_p=panel.top_p,
        max_tokens=panel.max_tokens,
        extra=panel.extra,
        answer_schema=panel.structure.schema,
    )
    taken = panel.attach.upload(lambda paths: gr.Gallery(value=paths), [panel.attach], [panel.attached], **QUIET)
    taken.then(None, [panel.attached], None, js="(pictures) => playground.chat.attach(pictures)", **IN_PAGE)
    return panel


def conversation_view() -> gr.Chatbot:
    """The conversation as it is shown; `exchange` puts messages into its form."""
    return gr.Chatbot(
        label="Conversation",
        show_label=False,
        elem_id="conversation",
        placeholder=INVITATION,
        latex_delimiters=LATEX,
        buttons=[],
        feedback_options=None,
        editable="user",
        layout="bubble",
        height=None,
        render=False,
    )


def _settings() -> dict[str, Any]:
    return {
        "choice": model_choice("chat"),
        "system": gr.Textbox(label="System prompt", lines=3, max_lines=8, placeholder="The model's own"),
        "temperature": gr.Slider(0, 2, value=TEMPERATURE, step=0.05, label="Temperature"),
        "top_p": gr.Slider(0.01, 1, value=TOP_P, step=0.01, label="Top p"),
        "max_tokens": gr.Slider(16, 8192, value=1024, step=16, label="Max tokens"),
        "structure": structure.render(),
        "extra": extra_box("chat"),
    }


def _stage(chatbot: gr.Chatbot) -> dict[str, Any]:
    compare.stage("chat")
    chatbot.render()  # type: ignore[no-untyped-call]
    status, notice = gr.HTML(elem_classes="status"), gr.HTML(elem_classes="notices")
    example_row(EXAMPLES, "message", "send")
    attached = gr.Gallery(label="Attached pictures", type="filepath", elem_id="attached")
    with gr.Row(elem_classes="composer"):
        look: dict[str, Any] = {"lines": 1, "max_lines": 8, "placeholder": "Message", "elem_id": "message", "scale": 1}
        message = gr.Textbox(label="Message", autofocus=True, **look)
        attach = gr.UploadButton("+ Image", file_types=["image"], file_count="multiple", scale=0, min_width=92)
        compare.toggle("chat")
        send = gr.Button("Send", variant="primary", scale=0, min_width=92, elem_id="send")
        stop = gr.Button("Stop", variant="stop", scale=0, min_width=92, elem_id="stop-send")
    gr.HTML(worth_line("chat"))
    return {
        "chatbot": chatbot,
        "status": status,
        "notice": notice,
        "attached": attached,
        "message": message,
        "attach": attach,
        "send": send,
        "stop": stop,
        "clear": gr.Button("Clear conversation", size="sm", elem_classes="quiet", elem_id="clear-chat"),
    }


def _orders(panel: ChatPanel) -> None:
    """What a person may press besides Send and Stop, which chat.js hears by itself, as it hears Enter."""
    for name in ACTIONS:  # in an answer's footer or a notice; page.js presses these buttons
        act(name).click(None, None, None, js=f"() => playground.chat.order({{act: '{name}'}})", **IN_PAGE)
    panel.clear.click(None, None, None, js="() => playground.chat.order({act: 'clear'})", **IN_PAGE)
    told: dict[str, Any] = {"inputs": panel.settings, "js": "(...all) => playground.chat.set(all)", **IN_PAGE}
    gr.on([control.change for control in panel.settings], None, **told)


def _news(panel: ChatPanel, exchange: Exchange) -> None:
    """What is shown: chat.js presses `grow` for the conversation, `show` for what stands around it."""
    grow, show, queue, order = act("grow"), act("show"), act("queue"), gr.Textbox(visible=False)
    heard = gr.JSON(visible="hidden", elem_id="chat-heard")
    grow.click(None, None, panel.chatbot, js="() => [playground.chat.messages]", **IN_PAGE)
    show.click(None, None, [panel.status, panel.notice], js="() => playground.chat.around()", **IN_PAGE)
    act("attached").click(None, None, panel.attached, js="() => [playground.chat.pictures]", **IN_PAGE)
    waiting = {**QUIET, "trigger_mode": "multiple", "js": "() => [playground.chat.waiting.shift()]"}
    queue.click(lane.queued(exchange), [order], [heard], **waiting)
    panel.chatbot.edit(_edited, None, [heard], **QUIET)
    heard.change(None, [heard], None, js="(news) => playground.chat.heard(news)", **IN_PAGE)


def _edited(change: gr.EditData) -> dict[str, Any]:
    """The pencil on an earlier question: which one, and its new words."""
    place = change.index if isinstance(change.index, int) else change.index[0]
    return {"edit": {"place": place, "text": str(change.value)}, "id": uuid4().hex}
