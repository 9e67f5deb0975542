"""Text to Speech tab: write a sentence, hear it. Knows widgets; knows nothing about HTTP."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr

from components import alerts, compare, facts, job, keeping, news
from components.alerts import RETRY, Admitted, Updates, alerting
from components.choice import ModelChoice, model_choice
from components.job import Job
from components.layout import QUIET, act, example_row, result, side, start_and_stop
from components.news import Kept
from components.parameters import extra_box, worth_line
from components.visitor import visitor_of
from services.catalog import Model
from services.errors import ServiceError
from services.extra import checked_extra
from services.families import speech_family
from services.gate import Call
from services.playground import Services
from services.speech import Speech
from services.worth import Asked

EXAMPLES = (
    "Hi! I'm your friendly assistant.",
    "The train to Lisbon leaves at 8:45 from platform 3.",
    "Good morning. It is sunny today, with a light wind from the west.",
)
MODELS_OWN = "The model's own"
FIXED = "not taken by this model"
FIRST = "first sound"
FORMATS = (MODELS_OWN, "wav", "mp3", "flac", "ogg")
INVITATION = (
    '<div class="invitation"><h3>Write something to be read aloud</h3>'
    "<p>A sentence or a page. The player appears here.</p></div>"
)


@dataclass(frozen=True)
class SpeechPanel:
    """The widgets of the tab, and how a clip gets onto them."""

    choice: ModelChoice
    text: gr.Textbox
    voice: gr.Dropdown
    speed: gr.Slider
    format: gr.Dropdown
    extra: gr.Textbox
    speak: gr.Button
    stop: gr.Button
    stage: gr.HTML
    player: gr.Audio
    status: gr.HTML
    notice: gr.HTML
    shelf: gr.HTML
    news: gr.JSON
    job: gr.State

    @property
    def shown(self) -> list[Any]:
        """What an event of this tab may change."""
        return [self.speak, self.stop, self.stage, self.player, self.status, self.notice, self.news, self.job]

    @property
    def controls(self) -> dict[str, Any]:
        """What a synthesis is asked with, under the names by which the browser keeps it."""
        return {
            "text": self.text,
            "voice": self.voice,
            "speed": self.speed,
            "format": self.format,
            "extra": self.extra,
        }

    @property
    def drafts(self) -> set[str]:
        """The controls that a person writes in, and that are never overwritten."""
        return {"text"}

    @property
    def settings(self) -> set[Any]:
        """What an event of this tab is given."""
        return {self.choice.model, *self.controls.values(), self.job}

    @property
    def adapted(self) -> list[Any]:
        """What a change of model changes."""
        return [self.voice, self.speed, self.format]

    def adapt(self, model: Model) -> Updates:
        """Offer the model's voices, formats and pace; switch off what it does not take."""
        family = speech_family(model)
        voices = [MODELS_OWN, *(model.voices or family.voices)]
        formats = [MODELS_OWN, *(model.formats or family.formats)]
        slowest, fastest = family.speeds
        paced = bool(family.speed)
        return {
            self.voice: gr.Dropdown(
                choices=voices,
                value=MODELS_OWN,
                interactive=bool(family.voice),
                info=None if family.voice else "part of the model's name" if "aura" in model.id else FIXED,
            ),
            self.speed: gr.Slider(
                value=1.0,
                minimum=slowest,
                maximum=fastest,
                interactive=paced,
                info=None if paced else FIXED,
            ),
            self.format: gr.Dropdown(
                choices=formats,
                value=MODELS_OWN,
                interactive=bool(family.formats),
                info=None if family.formats else FIXED,
            ),
        }

    def working(self, note: str = "") -> Updates:
        """Stop in Speak's place."""
        return {
            self.speak: gr.Button(visible=False),
            self.stop: gr.Button(visible=True),
            self.stage: facts.waiting("Speaking", note),
            self.notice: "",
        }

    def idle(self) -> Updates:
        """Nothing runs."""
        return {self.speak: gr.Button(visible=True), self.stop: gr.Button(visible=False), self.stage: ""}

    def show(self, speech: Speech, asked: Kept) -> Updates:
        """Put a clip on the panel; the only place where the two meet."""
        ignored = [f"{name} is ignored by this model" for name in speech.ignored]
        said = ". ".join(note.rstrip(".") for note in (*ignored, speech.notice) if note)
        return {
            **self.idle(),
            self.player: gr.Audio(value=str(speech.path), visible=True),
            self.news: news.made(speech.run, asked, [kept_of(speech)], first=FIRST),
            self.status: facts.line(speech.run, caption(speech), first=FIRST),
            self.notice: alerts.card("info", "Please note:", f"{said}.") if said else "",
        }

    def failed(self, shown: Updates, error: ServiceError) -> Updates:
        """The text stays in its box, an earlier clip in its player."""
        notice = {self.notice: alerts.failure(error, RETRY)}
        return {**self.idle(), **notice, self.news: news.ended()} if self.job in shown else notice


def kept_of(speech: Speech) -> Kept:
    """What the browser keeps of a clip, and the file from which it gets the bytes."""
    return {"file": str(speech.path), "seconds": speech.seconds, "format": speech.format, "voice": speech.voice}


def caption(speech: Speech) -> str:
    """Length, format and voice of a clip."""
    words = [f"{speech.seconds:.1f} s of {speech.format.upper()}" if speech.seconds else speech.format.upper()]
    return " · ".join([*words, f"voice {speech.voice}"] if speech.voice else words)


def render(services: Services) -> SpeechPanel:
    """Lay the tab out and wire its events; all of them are private."""
    with gr.Row(elem_classes="room"):
        with side():
            settings = _settings()
        with result():
            stage = _stage()
    panel = SpeechPanel(**settings, **stage, news=news.channel("speech"), job=gr.State(None))

    @alerting(panel.failed)
    async def say(values: Updates, request: gr.Request) -> AsyncGenerator[Updates]:
        work, asked = Job.after(values[panel.job]), news.asked(panel, values)
        calls: list[Call] = []
        yield {**panel.working(), panel.news: news.began(asked), panel.job: work}
        async with aclosing(work.each(job.telling(partial(synthesized, values, request, calls.append)))) as items:
            async for item in items:
                yield panel.working(item) if isinstance(item, str) else panel.show(item, asked)
        if work.stopped:
            yield {**panel.idle(), panel.notice: alerts.stopped(calls), panel.news: news.ended()}

    async def synthesized(
        values: Updates, request: gr.Request, admitted: Admitted, tell: Callable[[str], None]
    ) -> Speech:
        text, voice, format_ = values[panel.text] or "", values[panel.voice], values[panel.format]
        extra = checked_extra(values[panel.extra] or "", "speech")
        visitor, model, asked = visitor_of(request), values[panel.choice.model], Asked.text(text, extra=extra)
        async with services.gate.admit(visitor, "speech", model, asked, tell=tell) as call:
            admitted(call)
            return call.saw(
                await services.speech.synthesize(
                    call.route,
                    text,
                    voice=None if voice == MODELS_OWN else voice,
                    speed=values[panel.speed],
                    format="" if format_ == MODELS_OWN else format_,
                    extra=extra,
                    progress=tell,
                )
            )

    triggers = [panel.speak.click, panel.text.submit, act("speech-retry").click]
    gr.on(triggers, say, panel.settings, panel.shown, **QUIET)
    compare.wire(
        "speech",
        model=panel.choice.model,
        text=panel.text,
        voice=panel.voice,
        speed=panel.speed,
        format=panel.format,
        extra=panel.extra,
    )
    panel.stop.click(job.stop, [panel.job], None, queue=False, **QUIET)
    return panel


def _settings() -> dict[str, Any]:
    return {
        "choice": model_choice("speech"),
        "voice": gr.Dropdown([MODELS_OWN], value=MODELS_OWN, label="Voice", allow_custom_value=True),
        "speed": gr.Slider(0.5, 2.0, value=1.0, step=0.05, label="Speed"),
        "format": gr.Dropdown(list(FORMATS), value=MODELS_OWN, label="Format"),
        "extra": extra_box("speech"),
    }


def _stage() -> dict[str, Any]:
    look: dict[str, Any] = {"lines": 1, "max_lines": 12, "placeholder": "Text to be spoken"}
    text = gr.Textbox(label="Text", elem_id="text", elem_classes="roomy", **look)
    with gr.Row(elem_classes="bar"):
        gr.HTML('<small class="count" data-count="text"></small>')
        compare.toggle("speech")
        speak, stop = start_and_stop("Speak")
    gr.HTML(worth_line("speech"))
    example_row(EXAMPLES, "text", "speak")
    compare.stage("speech")
    return {
        "text": text,
        "speak": speak,
        "stop": stop,
        "notice": gr.HTML(elem_classes="notices", elem_id="speech-notice"),
        "stage": gr.HTML(INVITATION, elem_classes="stage"),
        "player": gr.Audio(
            visible=False,
            label="Speech",
            interactive=False,
            autoplay=True,
            buttons=["download"],
            elem_id="speech-player",
        ),
        "status": gr.HTML(elem_classes="status"),
        "shelf": keeping.shelf("speech"),
    }
