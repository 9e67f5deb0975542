"""`GET page/models`: the list behind the model choice, one row for each model. Knows HTTP; knows nothing about tabs."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from components import facts
from components.visitor import key_of
from services.catalog import Model
from services.errors import ServiceError
from services.playground import Services
from services.pricing import comparable
from services.routes import EMBEDDED
from services.rows import TASKS
from services.speeds import Known, Speed, speed_of

PATIENCE = 1.0  # seconds for figures that only decorate
LARGE = 2_000  # bytes from which packing pays
HEADERS = {"Cache-Control": "no-store", "Vary": "Accept-Encoding"}


def routes(services: Services) -> Sequence[Route]:
    """For this page's own script; the visitor's key, in a header, decides whose list it is."""

    async def models(request: Request) -> Response:
        task = request.query_params.get("task", "")
        if task not in TASKS:
            return JSONResponse({"said": f"There is no task {task!r}."}, 404)
        try:
            key = key_of(request)
            endpoint = await services.routes.endpoint(key)
            offered = await services.routes.offered(task, key)
            listed = await services.routes.models(task, key)
            known, replaced = await asyncio.gather(
                services.speeds.known(endpoint, PATIENCE), services.routes.replaced(task, key, PATIENCE)
            )
        except ServiceError as error:
            return JSONResponse({"said": error.sentence}, 503)
        answer = {
            "who": endpoint.name,
            "embedded": endpoint.embedded,
            "default": offered[0].id if offered else None,
            "replaced": replaced,
        }
        packed = "gzip" in request.headers.get("accept-encoding", "")
        return await asyncio.to_thread(_answer, answer, listed, known, packed)

    return [Route("/page/models", models)]


def row(model: Model, known: Known, successor: str | None = None) -> dict[str, Any]:
    """What the choice shows of a model: plain values, prices in words and as what models are compared by."""
    speed = speed_of(known, model) or Speed()
    return {
        "id": model.id,
        "name": model.name or model.id,
        "developer": model.developer,
        "description": model.description,
        "aliases": model.aliases,
        "context": model.context_length,
        "price": facts.priced(model),
        "price_sort": comparable(model.prices),
        "capabilities": model.capabilities,
        "input": model.inputs,
        "output": model.outputs,
        "ttft": speed.ttft,
        "tps": speed.tps,
        "duration": speed.duration,
        "embedded": model.id.startswith(EMBEDDED),
        "successor": successor,
        "released": model.released,
    }


def _answer(answer: dict[str, Any], models: Sequence[Model], known: Known, packed: bool) -> Response:
    """The whole answer as bytes; thousands of rows take a while, so this is for a thread."""
    replaced: Mapping[str, str] = answer["replaced"]
    rows = [row(model, known, replaced.get(model.id)) for model in models]
    listed = {model.id for model in models}
    gone = {name: successor for name, successor in replaced.items() if name not in listed}
    whole = {**answer, "replaced": gone, "models": rows}
    body = json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    if not packed or len(body) < LARGE:
        return Response(body, media_type="application/json", headers=HEADERS)
    headers = {**HEADERS, "Content-Encoding": "gzip"}
    return Response(gzip.compress(body, 5), media_type="application/json", headers=headers)
