"""The page: header, four tabs, key panel, and what passes between the tabs. Knows panels; knows nothing about HTTP."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import gradio as gr

from components import (
    alerts,
    api,
    chat,
    conversations,
    image,
    keeping,
    parameters,
    shell,
    speech,
    transcription,
)
from components.blocks import PlainBlocks
from components.chat import ChatPanel
from components.desk import Desks
from components.exchange import Exchange
from components.image import ImagePanel
from components.layout import QUIET, act
from components.speech import SpeechPanel
from components.transcription import TranscriptionPanel
from components.visitor import key_of, visitor_of
from services.catalog import Task
from services.endpoint import DEFAULT_BASE
from services.errors import ServiceError
from services.playground import Services
from services.settings import Settings

PICTURE_PROMPT = 400


@dataclass(frozen=True)
class Playground:
    """The blocks, one panel per tab, and who carries out what the chat's page orders."""

    blocks: gr.Blocks
    exchange: Exchange
    chat: ChatPanel
    image: ImagePanel
    transcription: TranscriptionPanel
    speech: SpeechPanel

    @property
    def panels(self) -> dict[Task, Any]:
        return {"chat": self.chat, "image": self.image, "transcription": self.transcription, "speech": self.speech}


def build_playground(services: Services, settings: Settings) -> Playground:
    """Build the page. Nothing is asked of any upstream until a browser opens it."""
    with PlainBlocks(title=shell.NAME, analytics_enabled=False, delete_cache=(3600, 86400)) as blocks:
        with gr.Row(elem_classes="top"):
            gr.HTML(shell.brand(), scale=1)
            who = gr.HTML(elem_classes="who")
            gr.HTML(shell.tools())
        with gr.Tabs(elem_classes="rooms") as tabs:
            with gr.Tab("Chat", id="chat"):
                view = chat.conversation_view()
                exchange = Exchange(services, view, Desks())
                chat_panel = chat.render(exchange, view)
            with gr.Tab("Image", id="image"):
                image_panel = image.render(services)
            with gr.Tab("Speech to Text", id="transcription"):
                transcription_panel = transcription.render(services)
            with gr.Tab("Text to Speech", id="speech"):
                speech_panel = speech.render(services)
        gr.HTML(shell.key_panel(settings.api_base or DEFAULT_BASE))
        conversations.drawer()
        refresh = gr.Button(visible="hidden", elem_id="act-refresh")
        page = Playground(blocks, exchange, chat_panel, image_panel, transcription_panel, speech_panel)
        keeping.keep(page.panels, *_offer_models(page, services, blocks, refresh, who))
        _carry(page, tabs)
        parameters.follow(page.panels)
        api.expose(services)
    return page


def _offer_models(
    page: Playground, services: Services, blocks: gr.Blocks, refresh: gr.Button, who: gr.HTML
) -> tuple[Any, dict[Task, Any]]:
    """Who answers and which models there are: at the start, and again when a visitor's key comes or goes.

    Returns that event, and the ones that bring each tab in line with another model.
    """
    choices = [panel.choice for panel in page.panels.values()]

    async def offer(values: dict[Any, Any], request: gr.Request) -> dict[Any, Any]:
        visitor, updates = visitor_of(request), {}
        key = visitor.key
        try:
            endpoint = await services.routes.endpoint(key)
            updates[who] = shell.chip(
                endpoint,
                own_key=visitor.own_key,
                switched_off=services.routes.switched_off,
                left=left.words if (left := await services.gate.left(visitor)) else "",
            )
            for task, panel in page.panels.items():
                offered = await services.routes.offered(task, key)
                shown, model = panel.choice.offer(offered, values[panel.choice.model])
                usual = await services.speeds.usual(endpoint, model) if model else None
                about = {"who": endpoint.name, "embedded": endpoint.embedded, "usual": usual}
                updates |= shown | panel.choice.describe(model, **about)
                updates |= panel.adapt(model) if model else {}
        except ServiceError as error:
            updates[page.chat.notice] = alerts.failure(alerts.logged(error))
        return updates

    outputs = [who, page.chat.notice, *(choice.model for choice in choices), *(choice.about for choice in choices)]
    outputs += [widget for panel in page.panels.values() for widget in panel.adapted]
    offered = gr.on(
        [blocks.load, refresh.click],
        offer,
        {choice.model for choice in choices},
        outputs,
        trigger_mode="always_last",
        **QUIET,
    )
    told = f"(...ids) => playground.models.offered({json.dumps(list(page.panels))}, ids)"
    offered.then(None, [choice.model for choice in choices], None, js=told, **QUIET)
    return offered, {task: _adapt(task, panel, services) for task, panel in page.panels.items()}


def _adapt(task: Task, panel: Any, services: Services) -> Any:
    """Bring a tab's controls in line with the model that a person, or what they use again, picked."""

    async def picked(model: str | None, request: gr.Request) -> dict[Any, Any]:
        try:
            route = await services.routes.resolve(task, model, key_of(request))
        except ServiceError as error:
            return {panel.notice: alerts.failure(alerts.logged(error))}
        usual = await services.speeds.usual(route.endpoint, route.model)
        about = {"who": route.endpoint.name, "embedded": route.endpoint.embedded, "usual": usual, "news": route.news}
        return {
            **(panel.choice.show(route.model) if route.model.id != model else {}),
            **panel.choice.describe(route.model, **about),
            **panel.adapt(route.model),
        }

    changed = [panel.choice.model, panel.choice.about, panel.notice, *panel.adapted]
    triggers = [panel.choice.model.input, act(f"{task}-adapt").click]
    return gr.on(triggers, picked, [panel.choice.model], changed, trigger_mode="always_last", **QUIET)


def _carry(page: Playground, tabs: gr.Tabs) -> None:
    """Read aloud and Make an image: an answer goes to another tab and is worked on there."""
    said = gr.Textbox(visible=False)

    def to_speech(answer: str) -> dict[Any, Any]:
        return {tabs: gr.Tabs(selected="speech"), page.speech.text: plain(answer)}

    def to_image(answer: str) -> dict[Any, Any]:
        return {tabs: gr.Tabs(selected="image"), page.image.prompt: clipped(plain(answer), PICTURE_PROMPT)}

    which: dict[str, Any] = {"inputs": [said], "js": "() => [playground.chat.said(playground.index)]", **QUIET}
    spoken = act("speak").click(to_speech, outputs=[tabs, page.speech.text], **which)
    spoken.then(None, None, None, js="() => playground.pressSoon('speak')", **QUIET)
    painted = act("paint").click(to_image, outputs=[tabs, page.image.prompt], **which)
    painted.then(None, None, None, js="() => playground.pressSoon('generate')", **QUIET)


def plain(text: str) -> str:
    """An answer as it is read aloud: without code blocks and Markdown's signs."""
    text = re.sub(r"```.*?(```|$)", " ", text, flags=re.DOTALL)
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"^\s{0,3}(#{1,6}|>|[-*+])\s+", "", text, flags=re.MULTILINE)
    return re.sub(r"[*_`~|]{1,3}", "", text).strip()


def clipped(text: str, most: int) -> str:
    """At most so many characters, cut at the end of a sentence or word."""
    line = " ".join(text.split())
    if len(line) <= most:
        return line
    head = line[:most]
    end = max(head.rfind(". "), head.rfind("! "), head.rfind("? "))
    return head[: end + 1] if end > most // 3 else head.rsplit(" ", 1)[0]
