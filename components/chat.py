"""Chat tab: write a message, watch the answer grow. Knows widgets; knows nothing about HTTP."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from components import alerts, conversation, facts, job
from components.alerts import CONTINUE, RETRY, Updates, alerting
from components.choice import ModelChoice, model_choice
from components.conversation import Turn, Turns, answer
from components.job import Job
from components.layout import QUIET, act, example_row, result, side, start_and_stop
from components.visitor import key_of
from services.catalog import Model
from services.chat import Completion, Message, Parameters
from services.errors import InvalidInput, ServiceError
from services.families import chat_family, chat_tokens
from services.pacing import paced
from services.playground import Services

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
# What the API takes when nothing is sent; a slider that stands there sends nothing.
TEMPERATURE, TOP_P = 1.0, 1.0
ANOTHER = 0.5
ACTIONS = ("retry", "undo", "continue", "speak", "paint")


@dataclass(frozen=True)
class ChatPanel:
    """The widgets of the tab, and how results get onto them."""

    choice: ModelChoice
    chatbot: gr.Chatbot
    turns: gr.State
    job: gr.State
    clear: gr.Button
    message: gr.Textbox
    attached: gr.Gallery
    attach: gr.UploadButton
    system: gr.Textbox
    temperature: gr.Slider
    top_p: gr.Slider
    max_tokens: gr.Slider
    send: gr.Button
    stop: gr.Button
    status: gr.HTML
    notice: gr.HTML
    index: gr.Number
    actions: dict[str, gr.Button]

    @property
    def shown(self) -> list[Any]:
        """What an event of this tab may change."""
        return [
            *(self.chatbot, self.turns, self.job, self.status, self.notice),
            *(self.send, self.stop, self.clear, self.message, self.attached),
        ]

    @property
    def settings(self) -> set[Any]:
        """What every question is asked with."""
        return {self.turns, self.job, self.choice.model, self.system, self.temperature, self.top_p, self.max_tokens}

    @property
    def adapted(self) -> list[Any]:
        """What a change of model changes."""
        return [self.system, self.temperature, self.top_p, self.max_tokens]

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
        }

    def parameters(self, values: Updates, model: Model) -> Parameters:
        """What the person set; a slider at the model's own default asks for nothing."""
        temperature, top_p = values[self.temperature], values[self.top_p]
        return Parameters(
            system_prompt=values[self.system] or None,
            temperature=None if temperature == model.defaults.get("temperature", TEMPERATURE) else temperature,
            top_p=None if top_p == model.defaults.get("top_p", TOP_P) else top_p,
            max_tokens=int(values[self.max_tokens]),
        )

    def working(self, turns: Turns, progress: str = "") -> Updates:
        """A growing answer: Stop in Send's place."""
        waiting = turns[-1].role == "user"
        return {
            self.chatbot: conversation.show(turns, working=True),
            self.turns: turns,
            self.status: facts.waiting("Thinking", progress) if waiting else "",
            self.notice: "",
            self.send: gr.Button(visible=False),
            self.stop: gr.Button(visible=True),
            self.clear: gr.Button(interactive=False),
        }

    def settled(self, turns: Turns, notice: str = "") -> Updates:
        """Nothing runs: every answer has its footer, Send is back."""
        return {
            self.chatbot: conversation.show(turns),
            self.turns: turns,
            self.status: "",
            self.notice: notice,
            self.send: gr.Button(visible=True),
            self.stop: gr.Button(visible=False),
            self.clear: gr.Button(interactive=True),
        }

    def failed(self, shown: Updates, error: ServiceError) -> Updates:
        """What had arrived stays, marked; the notice stands beside it, never in it."""
        turns: Turns = shown.get(self.turns, ())
        if isinstance(error, InvalidInput):
            return self._unsent(turns, alerts.failure(error))
        cut = bool(turns) and turns[-1].cut and bool(turns[-1].content)
        return self.settled(turns, alerts.failure(error, *((CONTINUE, RETRY) if cut else (RETRY,))))

    def _unsent(self, turns: Turns, notice: str) -> Updates:
        """Back in the box with what we would not send."""
        if not turns or turns[-1].role != "user":
            return {self.notice: notice}
        pictures = list(turns[-1].images) or None
        back = {self.message: turns[-1].content, self.attached: gr.Gallery(value=pictures, visible=bool(pictures))}
        return {**self.settled(turns[:-1], notice), **back}


@dataclass(frozen=True)
class ChatEvents:
    """What happens when something is pressed; each public method is an event of the page."""

    panel: ChatPanel
    services: Services

    async def ask(self, values: Updates, request: gr.Request) -> AsyncGenerator[Updates]:
        """Send: the question's bubble first, then the answer as it grows."""
        text, pictures = values[self.panel.message] or "", values[self.panel.attached] or ()
        if not text.strip() and not pictures:
            raise InvalidInput("There is nothing to send yet.", remedy="Write a message first.")
        turns = (*values[self.panel.turns], Turn("user", text, tuple(picture[0] for picture in pictures)))
        emptied = {self.panel.message: "", self.panel.attached: gr.Gallery(value=None, visible=False)}
        async with aclosing(self._reply(turns, values, request)) as updates:
            async for update in updates:
                yield {**emptied, **update}
                emptied = {}

    async def retry(self, values: Updates, request: gr.Request) -> AsyncGenerator[Updates]:
        """Ask the last question again; its old answer gives way."""
        turns = values[self.panel.turns]
        while turns and turns[-1].role != "user":
            turns = turns[:-1]
        async with aclosing(self._reply(turns, values, request, vary=True)) as updates:
            async for update in updates:
                yield update

    async def go_on(self, values: Updates, request: gr.Request) -> AsyncGenerator[Updates]:
        """Continue an answer that was cut, from where it stopped."""
        turns = values[self.panel.turns]
        async with aclosing(self._reply(turns, values, request, prefix=turns[-1].content if turns else "")) as updates:
            async for update in updates:
                yield update

    async def edit(self, values: Updates, change: gr.EditData, request: gr.Request) -> AsyncGenerator[Updates]:
        """Ask an earlier question in other words; what came after it goes."""
        turns = values[self.panel.turns]
        shown_index = change.index if isinstance(change.index, int) else change.index[0]
        place = conversation.turn_at(turns, shown_index)
        if place is None:
            return
        asked = (*turns[:place], replace(turns[place], content=str(change.value)))
        async with aclosing(self._reply(asked, values, request)) as updates:
            async for update in updates:
                yield update

    def undo(self, turns: Turns) -> Updates:
        """Take the last question and its answer back; the question returns to the box."""
        while turns and turns[-1].role != "user":
            turns = turns[:-1]
        said = turns[-1].content if turns else ""
        return {**self.panel.settled(turns[:-1]), self.panel.message: said}

    def clear(self) -> Updates:
        """A new conversation."""
        return self.panel.settled(())

    async def _reply(
        self, turns: Turns, values: Updates, request: gr.Request, *, prefix: str = "", vary: bool = False
    ) -> AsyncGenerator[Updates]:
        panel = self.panel
        if not turns:
            return
        work = Job.after(values[panel.job])
        yield {**panel.working(turns), panel.job: work}
        base, grown, notice = (turns[:-1] if prefix else turns), turns, ""
        async with aclosing(work.each(self._snapshots(turns, values, request, prefix, vary))) as snapshots:
            async for snapshot in snapshots:
                if snapshot.text or snapshot.reasoning:
                    grown = (*base, answer(snapshot, prefix))
                notice = snapshot.run.notice
                yield panel.working(grown, snapshot.progress)
        if work.stopped and grown[-1].cut:
            grown = (*grown[:-1], replace(grown[-1], mark="Stopped. What had arrived is kept."))
        yield panel.settled(grown, alerts.card("info", "Please note:", notice) if notice else "")

    async def _snapshots(
        self, turns: Turns, values: Updates, request: gr.Request, prefix: str, vary: bool
    ) -> AsyncGenerator[Completion]:
        """Find who answers, ask, and hand on the growing answer."""
        route = await self.services.routes.resolve("chat", values[self.panel.choice.model], key_of(request))
        asked = conversation.messages(turns) + ([Message("user", conversation.GO_ON)] if prefix else [])
        wanted = self.panel.parameters(values, route.model)
        if vary and (wanted.temperature or route.model.defaults.get("temperature", 1)) == 0:
            wanted = replace(wanted, temperature=ANOTHER)  # without chance the same answer would come again
        async with aclosing(paced(self.services.chat.stream(route, asked, wanted))) as snapshots:
            async for snapshot in snapshots:
                yield snapshot


def render(services: Services) -> ChatPanel:
    """Lay the tab out and wire its events; all of them are private."""
    with gr.Row(elem_classes="room"):
        with side():
            settings = _settings()
        with result():
            stage = _stage()
    actions = {name: act(name) for name in ACTIONS}
    panel = ChatPanel(
        **settings, **stage, actions=actions, turns=gr.State(()), job=gr.State(None), index=gr.Number(visible=False)
    )
    events = ChatEvents(panel, services)
    _questions(panel, events)
    _answers(panel, events)
    panel.stop.click(job.stop, [panel.job], None, queue=False, **QUIET)
    panel.clear.click(events.clear, None, panel.shown, **QUIET)
    shown = [panel.attached]
    panel.attach.upload(lambda paths: gr.Gallery(value=paths, visible=True), [panel.attach], shown, **QUIET)
    return panel


def _settings() -> dict[str, Any]:
    return {
        "choice": model_choice(),
        "system": gr.Textbox(label="System prompt", lines=3, max_lines=8, placeholder="The model's own"),
        "temperature": gr.Slider(0, 2, value=TEMPERATURE, step=0.05, label="Temperature"),
        "top_p": gr.Slider(0.01, 1, value=TOP_P, step=0.01, label="Top p"),
        "max_tokens": gr.Slider(16, 8192, value=1024, step=16, label="Max tokens"),
    }


def _stage() -> dict[str, Any]:
    chatbot = gr.Chatbot(
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
    )
    status, notice = gr.HTML(elem_classes="status"), gr.HTML(elem_classes="notices")
    example_row(EXAMPLES, "message", "send")
    attached = gr.Gallery(visible=False, label="Attached pictures", type="filepath", elem_id="attached")
    with gr.Row(elem_classes="composer"):
        look: dict[str, Any] = {"lines": 1, "max_lines": 8, "placeholder": "Message", "elem_id": "message", "scale": 1}
        message = gr.Textbox(label="Message", autofocus=True, **look)
        attach = gr.UploadButton("+ Image", file_types=["image"], file_count="multiple", scale=0, min_width=92)
        send, stop = start_and_stop("Send", 92)
    return {
        "chatbot": chatbot,
        "status": status,
        "notice": notice,
        "attached": attached,
        "message": message,
        "attach": attach,
        "send": send,
        "stop": stop,
        "clear": gr.Button("Clear conversation", size="sm", elem_classes="quiet"),
    }


def _questions(panel: ChatPanel, events: ChatEvents) -> None:
    """Send, Enter, and the pencil on an earlier question."""
    inputs = {panel.message, panel.attached, *panel.settings}
    triggers = [panel.send.click, panel.message.submit]
    take = "(...all) => playground.take(all)"
    gr.on(triggers, alerting(panel.failed)(events.ask), inputs, panel.shown, js=take, **QUIET)
    panel.chatbot.edit(alerting(panel.failed)(events.edit), panel.settings, panel.shown, **QUIET)


def _answers(panel: ChatPanel, events: ChatEvents) -> None:
    """The actions in an answer's footer; page.js presses these buttons."""
    retry, go_on, undo = (panel.actions[name] for name in ("retry", "continue", "undo"))
    retry.click(alerting(panel.failed)(events.retry), panel.settings, panel.shown, **QUIET)
    go_on.click(alerting(panel.failed)(events.go_on), panel.settings, panel.shown, **QUIET)
    undo.click(events.undo, [panel.turns], panel.shown, **QUIET)
