"""The fold for further parameters and the price before pressing, in every tab. Knows markup and HTTP; parameters.js and
worth.js bring both to life.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import gradio as gr
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from components import facts
from components.visitor import key_of
from services import worth
from services.catalog import Task
from services.errors import InvalidInput, ServiceError
from services.extra import MOST_CHARACTERS, checked_extra
from services.playground import Services
from services.rows import TASKS
from services.run import Cost
from services.worth import Asked

TITLE = "More of this model's parameters"
FRESH = {"Cache-Control": "no-store"}
WORTH_TELLING = 1e-6  # US dollars
MOST = 10_000_000  # of anything that a page may say that it asks for


def extra_box(task: Task) -> gr.Textbox:
    """Lay out the fold, and in it the box for fields as JSON, which may hold what the form doesn't know."""
    gr.HTML(
        f'<details class="more" data-more="{task}"><summary>{TITLE}<span data-set></span></summary>'
        f'<div class="parameters" data-parameters="{task}"></div></details>'
    )
    return gr.Textbox(
        label="More parameters (JSON)",
        elem_id=f"extra-{task}",
        elem_classes="extra-box",
        placeholder="{}",
        lines=2,
        max_lines=12,
        max_length=MOST_CHARACTERS,
    )


def worth_line(task: Task) -> str:
    """Where worth.js says what pressing costs."""
    return f'<small class="worth" data-worth="{task}" role="status"></small>'


def follow(panels: Mapping[Task, Any]) -> None:
    """Tell the scripts what is chosen: when a model changes, and whenever worth.js presses `act-asked`."""
    chat, image = panels["chat"], panels["image"]
    told = [*(panels[task].choice.model for task in TASKS), chat.max_tokens, chat.system, image.count]
    asking = gr.Button(visible="hidden", elem_id="act-asked")
    changes = [panels[task].choice.model.change for task in TASKS]
    script = "(...all) => playground.asked.take(all)"
    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "trigger_mode": "multiple"}
    gr.on([asking.click, *changes], None, told, None, js=script, **quiet)


def routes(services: Services) -> Sequence[Route]:
    """`GET page/parameters` and `GET page/worth`, for this page's own scripts."""

    async def parameters(request: Request) -> Response:
        try:
            route = await services.routes.resolve(_task(request), request.query_params.get("model"), key_of(request))
            offer = await services.parameters.of(route)
        except ServiceError as error:
            return JSONResponse({"said": error.sentence}, headers=FRESH)
        return JSONResponse({"model": route.model.id, **asdict(offer)}, headers=FRESH)

    async def price(request: Request) -> Response:
        try:
            task, asked = _task(request), asked_of(request.query_params)
            route = await services.routes.resolve(task, request.query_params.get("model"), key_of(request))
        except ServiceError as error:
            return JSONResponse({"words": "", "said": error.sentence}, headers=FRESH)
        most, least = worth.most(route.model, asked, services.fetcher.limits), worth.least(route.model, asked)
        if route.endpoint.embedded:
            most = least = 0.0
        apart = task == "chat" and worth.billed_apart(asked.extra)
        said = in_words(least, most, apart=apart, open_end=task == "transcription" and asked.seconds is None)
        return JSONResponse({"least": least, "most": most, "words": said}, headers=FRESH)

    return [Route("/page/parameters", parameters), Route("/page/worth", price)]


def _task(request: Request) -> Task:
    named = request.query_params.get("task")
    for task in TASKS:
        if task == named:
            return task
    raise InvalidInput("There is no such kind of work.", remedy=f"Name one of {', '.join(TASKS)}.")


def asked_of(query: Mapping[str, str]) -> Asked:
    """How much a page says that it asks for: sizes and numbers, never what is written. Raises InvalidInput."""
    tokens, seconds = _number(query, "max_tokens"), _number(query, "seconds")
    characters = int(_number(query, "characters"))
    return Asked(
        size=int(max(_number(query, "bytes"), characters)),
        characters=characters,
        turns=int(_number(query, "turns")) + 1,
        pictures=int(_number(query, "pictures")),
        max_tokens=int(tokens) or None,
        seconds=seconds or None,
        extra=checked_extra(query.get("extra", "")),
    )


def _number(query: Mapping[str, str], name: str) -> float:
    try:
        number = json.loads(query.get(name) or "0")
    except ValueError:
        number = None
    if isinstance(number, bool) or not isinstance(number, (int, float)) or not 0 <= number <= MOST:
        raise InvalidInput(f"“{name}” is no number that can be asked for.", remedy="Send a number.")
    return number


def in_words(least: float | None, most: float | None, *, apart: bool = False, open_end: bool = False) -> str:
    """What pressing costs, such as `At most $0.012, at least $0.0001`. `open_end`: nobody knows yet how long it is."""
    if most == 0:
        return "Free"
    more = ", and what a search or other extra costs" if apart else ""
    if open_end and most is not None:
        return f"At most {_usd(most)}, for the longest recording{more}"
    if most is None:
        return f"From {_usd(least)}; the settings decide{more}" if least else "Price unknown"
    if least is None or least == most:
        return f"Costs {_usd(most)}{more}"
    low = f", at least {_usd(least)}" if least >= WORTH_TELLING else ""
    return f"At most {_usd(most)}{low}{more}"


def _usd(usd: float | None) -> str:
    return "under $0.000001" if usd is not None and usd < WORTH_TELLING else facts.cost(Cost(usd, "billed"))
