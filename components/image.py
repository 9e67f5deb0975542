"""Image tab: describe a picture, look at it. Knows widgets; knows nothing about HTTP."""

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
from services.families import image_family
from services.gate import Call
from services.image import GeneratedImage, Generation
from services.playground import Services
from services.worth import Asked

EXAMPLES = (
    "Hyperrealistic art featuring a cat in costume.",
    "A red bicycle under a starry night sky",
    "A mountain lake at sunset, watercolor",
)
SIZES = (
    ("Square", "1024x1024"),
    ("Landscape 4:3", "1024x768"),
    ("Portrait 3:4", "768x1024"),
    ("Wide 16:9", "1024x576"),
    ("Tall 9:16", "576x1024"),
)
SEED = "0: a new one each time"
INVITATION = (
    '<div class="invitation"><h3>Describe a picture</h3><p>Say what is in it, where, and in which light. '
    "Take one of the examples, or write your own.</p></div>"
)


@dataclass(frozen=True)
class ImagePanel:
    """The widgets of the tab, and how a generation gets onto them."""

    choice: ModelChoice
    prompt: gr.Textbox
    negative: gr.Textbox
    extra: gr.Textbox
    size: gr.Radio
    count: gr.Slider
    seed: gr.Number
    generate: gr.Button
    stop: gr.Button
    stage: gr.HTML
    gallery: gr.Gallery
    status: gr.HTML
    notice: gr.HTML
    shelf: gr.HTML
    news: gr.JSON
    job: gr.State

    @property
    def shown(self) -> list[Any]:
        """What an event of this tab may change."""
        return [self.generate, self.stop, self.stage, self.gallery, self.status, self.notice, self.news, self.job]

    @property
    def controls(self) -> dict[str, Any]:
        """What a picture is asked with, under the names by which the browser keeps it."""
        return {
            "prompt": self.prompt,
            "negative": self.negative,
            "size": self.size,
            "count": self.count,
            "seed": self.seed,
            "extra": self.extra,
        }

    @property
    def drafts(self) -> set[str]:
        """The controls that a person writes in, and that are never overwritten."""
        return {"prompt"}

    @property
    def settings(self) -> set[Any]:
        """What an event of this tab is given."""
        return {self.choice.model, *self.controls.values(), self.job}

    @property
    def adapted(self) -> list[Any]:
        """What a change of model changes."""
        return [self.size, self.count, self.seed, self.negative]

    def adapt(self, model: Model) -> Updates:
        """Switch off what this model does not take, and say so."""
        family, fixed = image_family(model), "not taken by this model"
        several, seeded = bool(family.count) and family.most > 1, family.seed_from is not None
        return {
            self.size: gr.Radio(interactive=bool(family.size), info=None if family.size else fixed),
            self.count: gr.Slider(
                value=1,
                interactive=several,
                info=None if several else "one at a time",
                maximum=min(max(family.most, 2), 4),
            ),
            self.seed: gr.Number(interactive=seeded, info=SEED if seeded else fixed),
            self.negative: gr.Textbox(interactive=family.negative, info=None if family.negative else fixed),
        }

    def working(self, size: str, note: str = "") -> Updates:
        """The box the picture will fill, in its shape; an earlier picture stays where it is, and the box is a line."""
        return {
            self.generate: gr.Button(visible=False),
            self.stop: gr.Button(visible=True),
            self.stage: facts.waiting("Painting", note, shape=size.replace("x", "/")),
            self.notice: "",
        }

    def idle(self) -> Updates:
        """Nothing runs; the invitation is seen until there is a picture (shelf.css)."""
        return {self.generate: gr.Button(visible=True), self.stop: gr.Button(visible=False), self.stage: INVITATION}

    def show(self, made: Generation, asked: Kept) -> Updates:
        """The pictures of this run; the earlier ones are on the browser's shelf."""
        pictures = [(str(image.path), caption(image.seed, image.width, image.height)) for image in made.images]
        seeds = sorted({image.seed for image in made.images if image.seed is not None})
        words = [f"{len(made.images)} pictures" if len(made.images) > 1 else "", size_of(made)]
        words.append(f"seed {', '.join(map(str, seeds))}" if seeds else "no seed told")
        notes = [*(f"{name} is ignored by this model" for name in made.ignored), *made.failed, made.notice]
        said = ". ".join(note.rstrip(".") for note in notes if note)
        return {
            **self.idle(),
            self.gallery: gr.Gallery(value=pictures, selected_index=0, visible=True),
            self.news: news.made(made.run, asked, [kept_of(image) for image in made.images]),
            self.status: facts.line(made.run, *(word for word in words if word)),
            self.notice: alerts.card("info", "Please note:", f"{said}.") if said else "",
        }

    def failed(self, shown: Updates, error: ServiceError) -> Updates:
        """The prompt and the earlier pictures stay as they were."""
        notice = {self.notice: alerts.failure(error, RETRY)}
        return {**self.idle(), **notice, self.news: news.ended()} if self.job in shown else notice


def caption(seed: int | None, width: int, height: int) -> str:
    return f"{width}×{height}" + (f" · seed {seed}" if seed is not None else "")


def kept_of(image: GeneratedImage) -> Kept:
    """What the browser keeps of a picture, and the file from which it gets the bytes."""
    return {"file": str(image.path), "seed": image.seed, "size": f"{image.width}x{image.height}"}


def size_of(made: Generation) -> str:
    first = made.images[0]
    return f"{first.width}×{first.height}"


def render(services: Services) -> ImagePanel:
    """Lay the tab out and wire its events; all of them are private."""
    with gr.Row(elem_classes="room"):
        with side():
            settings = _settings()
        with result():
            stage = _stage()
    panel = ImagePanel(**settings, **stage, news=news.channel("image"), job=gr.State(None))

    @alerting(panel.failed)
    async def paint(values: Updates, request: gr.Request) -> AsyncGenerator[Updates]:
        work, asked = Job.after(values[panel.job]), news.asked(panel, values)
        calls: list[Call] = []
        yield {**panel.working(values[panel.size]), panel.news: news.began(asked), panel.job: work}
        async with aclosing(work.each(job.telling(partial(generated, values, request, calls.append)))) as items:
            async for item in items:
                yield panel.working(values[panel.size], item) if isinstance(item, str) else panel.show(item, asked)
        if work.stopped:
            yield {**panel.idle(), panel.notice: alerts.stopped(calls), panel.news: news.ended()}

    async def generated(
        values: Updates, request: gr.Request, admitted: Admitted, tell: Callable[[str], None]
    ) -> Generation:
        prompt, count, seed = values[panel.prompt] or "", int(values[panel.count]), values[panel.seed]
        extra = checked_extra(values[panel.extra] or "", "image")
        visitor, asked = visitor_of(request), Asked.text(prompt, pictures=count, extra=extra)
        async with services.gate.admit(visitor, "image", values[panel.choice.model], asked, tell=tell) as call:
            admitted(call)
            return call.saw(
                await services.image.generate(
                    call.route,
                    prompt,
                    size=values[panel.size],
                    n=count,
                    seed=int(seed) if seed else None,
                    negative_prompt=values[panel.negative] or "",
                    extra=extra,
                    progress=tell,
                )
            )

    triggers = [panel.generate.click, panel.prompt.submit, act("image-retry").click]
    gr.on(triggers, paint, panel.settings, panel.shown, **QUIET)
    compare.wire(
        "image",
        model=panel.choice.model,
        prompt=panel.prompt,
        size=panel.size,
        seed=panel.seed,
        negative=panel.negative,
        extra=panel.extra,
    )
    panel.stop.click(job.stop, [panel.job], None, queue=False, **QUIET)
    return panel


def _settings() -> dict[str, Any]:
    return {
        "choice": model_choice("image"),
        "size": gr.Radio(list(SIZES), value="1024x1024", label="Size", elem_classes="frames"),
        "count": gr.Slider(1, 4, value=1, step=1, label="Pictures"),
        "seed": gr.Number(0, label="Seed", minimum=0, maximum=2**31 - 1, precision=0, info=SEED),
        "negative": gr.Textbox(label="Leave out", lines=1, max_lines=3, placeholder="what should not be in it"),
        "extra": extra_box("image"),
    }


def _stage() -> dict[str, Any]:
    with gr.Row(elem_classes="composer"):
        prompt = gr.Textbox(label="Prompt", lines=1, max_lines=6, placeholder="Prompt", elem_id="prompt", scale=1)
        compare.toggle("image")
        generate, stop = start_and_stop("Generate")
    gr.HTML(worth_line("image"))
    example_row(EXAMPLES, "prompt", "generate")
    compare.stage("image")
    return {
        "prompt": prompt,
        "generate": generate,
        "stop": stop,
        "notice": gr.HTML(elem_classes="notices", elem_id="image-notice"),
        "stage": gr.HTML(INVITATION, elem_classes="stage"),
        "gallery": gr.Gallery(
            visible=False,
            label="Pictures",
            show_label=False,
            preview=True,
            object_fit="contain",
            columns=6,
            height=None,
            buttons=["download", "fullscreen"],
            interactive=False,
            elem_id="pictures",
        ),
        "status": gr.HTML(elem_classes="status"),
        "shelf": keeping.shelf("image"),
    }
