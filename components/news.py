"""What the page is told of a tab's runs, so that the browser can keep them. Knows JSON, and no widget but its channel.

News are plain objects in JSON's types, each with an `id` of its own:
`began`: what is asked for, by the names of the controls, and `model`;
`accepted`: a speech job by its `job` id, the `model`, `whose` key pays for it (`own` or `page`), and the `seal` that it
is known again by; beside it `asked`;
`made`: what came, an object for each picture or clip; beside it `run`, `asked`, `who`, `embedded`, `facts` in words;
`ended`: nothing runs any more; `again`: the job that was accepted may still be picked up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import gradio as gr

from components import facts
from services.run import Run

Kept = dict[str, Any]


def channel(task: str) -> gr.JSON:
    """The hidden component through which the browser hears (shelf.js)."""
    return gr.JSON(visible="hidden", elem_id=f"{task}-news")


def asked(panel: Any, values: Mapping[Any, Any]) -> Kept:
    """What a run is asked with, by the names under which the browser keeps a tab's controls."""
    named = {name: values[control] for name, control in panel.controls.items()}
    return {"model": values[panel.choice.model], **named}


def began(wish: Kept) -> Kept:
    return {"id": uuid4().hex, "began": wish}


def accepted(job: str, *, model: str, own_key: bool, seal: str, wish: Kept) -> Kept:
    job_ = {"job": job, "model": model, "whose": "own" if own_key else "page", "seal": seal}
    return {"id": uuid4().hex, "accepted": job_, "asked": wish}


def made(run: Run, wish: Kept, came: Sequence[Kept], first: str = "first token") -> Kept:
    """The results of a run. A `file` of theirs can be fetched as soon as a component shows it: in the same update."""
    return {
        "id": uuid4().hex,
        "made": list(came),
        "run": run.id,
        "asked": wish,
        "who": run.answered_by,
        "embedded": run.embedded,
        "facts": facts.facts(run, first=first),
    }


def ended(*, again: bool = False) -> Kept:
    return {"id": uuid4().hex, "ended": True, "again": again}


def name_of(path: str | None, address: str) -> str:
    """What a person calls a recording: its file's name, else its address."""
    return Path(path).name if path else address.strip()
