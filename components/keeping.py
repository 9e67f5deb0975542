"""What passes between Gradio's components and the scripts by which the browser keeps settings, results and jobs.

Knows panels by their `controls`, `drafts` and `news`; knows nothing about how a browser keeps things.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import gradio as gr
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from components.layout import act
from components.visitor import visitor_of
from services.catalog import Task
from services.errors import ServiceError
from services.playground import Services

# In the page alone, and as often as it happens.
IN_PAGE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "trigger_mode": "multiple"}


def keep(panels: Mapping[Task, Any], offered: Any, adapted: Mapping[Task, Any]) -> None:
    """Wire all tabs. `offered` is the event that brings models and controls, `adapted` those that bring the controls
    in line with another model: what the browser has kept is put back after them."""
    for task, panel in panels.items():
        _controls(task, panel, adapted[task])
        if hasattr(panel, "news"):
            _results(task, panel)
    every = [control for panel in panels.values() for control in panel.controls.values()]
    models = [panel.choice.model for panel in panels.values()]
    specs = json.dumps([_spec(task, panel) for task, panel in panels.items()])
    offered.then(None, [*models, *every], every, js=f"(...all) => playground.settings.restore({specs}, all)", **IN_PAGE)


def shelf(task: Task) -> gr.HTML:
    """Where shelf.js shows what was made earlier."""
    return gr.HTML('<div class="shelf"></div>', elem_id=f"shelf-{task}", elem_classes="shelf-room")


def routes(services: Services) -> Sequence[Route]:
    """`GET /page/left`: what a visitor may still spend of the owner's budget, in words; "" where nothing counts."""

    async def left(request: Request) -> Response:
        try:
            found = await services.gate.left(visitor_of(request))
        except ServiceError as error:
            return JSONResponse({"left": "", "said": error.sentence})
        return JSONResponse({"left": found.words if found else ""})

    return [Route("/page/left", left)]


def _spec(task: Task, panel: Any) -> dict[str, Any]:
    """What the scripts know of a tab: its controls in order, and which of them another model brings to other values.

    What a person wrote stays theirs, whether the model takes it or not.
    """
    names = {id(control): name for name, control in panel.controls.items() if not isinstance(control, gr.Textbox)}
    return {
        "task": task,
        "names": list(panel.controls),
        "drafts": sorted(panel.drafts),
        "adapted": [names[id(control)] for control in panel.adapted if id(control) in names],
        "initial": [control.value for control in panel.controls.values()],
    }


def _controls(task: Task, panel: Any, adapted: Any) -> None:
    controls, model = list(panel.controls.values()), panel.choice.model
    spec = json.dumps(_spec(task, panel))
    told = f"(...all) => playground.settings.keep({spec}, all)"
    gr.on([control.change for control in controls], None, [model, *controls], None, js=told, **IN_PAGE)
    adapted.then(None, None, controls, js=f"() => playground.settings.adapted({spec})", **IN_PAGE)
    again = act(f"{task}-use").click(None, None, model, js=f"() => playground.settings.model({spec})", **IN_PAGE)
    again.then(None, None, None, js=f"() => playground.press('act-{task}-adapt')", **IN_PAGE)
    reset = act(f"{task}-reset").click(None, None, controls, js=f"() => playground.settings.reset({spec})", **IN_PAGE)
    reset.then(None, None, None, js=f"() => playground.press('act-{task}-adapt')", **IN_PAGE)


def _results(task: Task, panel: Any) -> None:
    panel.news.change(None, [panel.news], None, js=f"(news) => playground.shelf.heard('{task}', news)", **IN_PAGE)
    told = f"() => [playground.jobs.told('{task}')]"
    act(f"{task}-told").click(None, None, panel.notice, js=told, **IN_PAGE)
    act(f"{task}-forget").click(None, None, panel.notice, js=f"() => [playground.jobs.forget('{task}')]", **IN_PAGE)
