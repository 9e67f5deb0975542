"""The engine's models as the API's catalogue lists them. Knows what each can do; knows nothing about running them."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from services.embedded.problems import Problem
from services.embedded.weights import SMOLLM2, Weights

CHAT = "embedded/smollm2-135m"
IMAGE = "embedded/composer"
TRANSCRIPTION = "embedded/whisper-tiny.en"
SPEECH = "embedded/hibari"

FORMATS = ("wav", "mp3", "flac", "ogg")

_FREE = {"kind": "fixed", "currency": "USD", "units": [{"name": "request", "measure": "request", "price": 0, "per": 1}]}
_RELEASED = "2026-11-22"


def _row(
    model: str, kind: str, info: dict[str, Any], given: str, made: str, capabilities: list[str], tags: list[str]
) -> dict[str, Any]:
    return {
        "id": model,
        "aliases": [model.removeprefix("embedded/")],
        "type": kind,
        "info": {"releasedAt": _RELEASED, **info},
        "tags": tags,
        "modalities": {"input": [given], "output": [made]},
        "capabilities": capabilities,
        "pricing": _FREE,
    }


MODELS = (
    _row(
        CHAT,
        "openai/chat-completions",
        {
            "name": "SmolLM2 135M",
            "developer": "Hugging Face",
            "description": "A tiny language model on this machine. English only, and often wrong.",
            "contextLength": 4096,
            "outputMax": 2048,
            "languages": ["en"],
            "defaults": {"system_prompt": "You are a helpful assistant.", "temperature": 0.0, "max_tokens": 256},
        },
        "text",
        "text",
        ["streaming", "json"],
        ["embedded", "playground:chat"],
    ),
    _row(
        IMAGE,
        "openai/image-generations",
        {
            "name": "Illustration composer",
            "developer": "AI/ML API Playground",
            "description": "Composes an illustration from the prompt's words. Not a diffusion model.",
            "sizes": ["1024x1024", "1024x768", "768x1024", "768x768", "512x512"],
            "defaults": {"size": "768x768", "n": 1},
        },
        "text",
        "image",
        ["seed", "negative_prompt"],
        ["embedded", "playground:image"],
    ),
    _row(
        TRANSCRIPTION,
        "internal/speech-to-text/submit",
        {
            "name": "Whisper tiny.en",
            "developer": "OpenAI",
            "description": "Writes down English speech on this machine, with the time of every word.",
            "languages": ["en"],
            "defaults": {"language": "en"},
        },
        "audio",
        "text",
        ["word-timestamps"],
        ["embedded", "playground:stt"],
    ),
    _row(
        SPEECH,
        "internal/text-to-speech",
        {
            "name": "Hibari",
            "developer": "Maureese Williams",
            "description": "An English voice on this machine, heard sentence by sentence.",
            "languages": ["en"],
            "voices": ["heart"],
            "formats": list(FORMATS),
            "defaults": {"voice": "heart", "speed": 1.0, "format": "wav"},
        },
        "text",
        "audio",
        ["streaming", "speed"],
        ["embedded", "playground:tts"],
    ),
)
_OPTIONAL = ("modalities", "capabilities", "pricing")
_KINDS = {CHAT: "chat", IMAGE: "pictures", TRANSCRIPTION: "speech to text", SPEECH: "text to speech"}


def rows(chat: Weights) -> tuple[dict[str, Any], ...]:
    """The catalogue with the chat model that runs here; another GGUF keeps the id and tells its own name."""
    if chat == SMOLLM2:
        return MODELS
    info = {name: value for name, value in MODELS[0]["info"].items() if name != "languages"}
    owner = chat.repository.partition("/")[0]
    own = {"name": chat.name.removesuffix(".gguf"), "developer": owner, "description": f"From {chat.repository}."}
    return ({**MODELS[0], "info": {**info, **own}}, *MODELS[1:])


def expect(model: str, wanted: str) -> None:
    """Check that a request names the one model of its route; raises `Problem` 404 or 400 that says what is here."""
    found = next((row["id"] for row in MODELS if model in (row["id"], *row["aliases"])), None)
    if found is None:
        known = ", ".join(row["id"] for row in MODELS)
        raise Problem(404, f"The model '{model[:100]}' is not here. The embedded engine has: {known}.")
    if found != wanted:
        raise Problem(400, f"model: {found} is for {_KINDS[found]}; for {_KINDS[wanted]} use {wanted}.")


async def models(request: Request) -> JSONResponse:
    """`GET /v1/models`: optional columns by `include`, rows by filters (values OR, parameters AND, any case)."""
    query = request.query_params
    include = {word.strip().lower() for word in query.get("include", "").split(",")}
    if "all" in include or query.get("details", "").lower() == "true":
        include = set(_OPTIONAL)
    found = [row for row in request.app.state.rows if all(_matches(row, name, value) for name, value in query.items())]
    data = [{key: row[key] for key in row if key not in _OPTIONAL or key in include} for row in found]
    return JSONResponse({"object": "list", "data": data}, headers={"cache-control": "max-age=60"})


def _matches(row: dict[str, Any], name: str, value: str) -> bool:
    columns = {
        "id": [row["id"], *row["aliases"]],
        "type": [row["type"]],
        "tags": row["tags"],
        "capabilities": row["capabilities"],
        "modalities": [*row["modalities"]["input"], *row["modalities"]["output"]],
        "input_modalities": row["modalities"]["input"],
        "output_modalities": row["modalities"]["output"],
    }
    wanted = {word.strip().lower() for word in value.split(",")}
    return name not in columns or bool(wanted & {entry.lower() for entry in columns[name]})


async def model(request: Request) -> JSONResponse:
    """`GET /model/{id}`: one row with every column."""
    name = request.path_params["id"]
    for row in request.app.state.rows:
        if name in (row["id"], *row["aliases"]):
            return JSONResponse({"object": "model", "data": row})
    raise Problem(404, f"The model '{name[:100]}' is not here.")


async def balance(request: Request) -> JSONResponse:
    """`GET /v2/billing`: there is nothing to pay with, and nothing to pay."""
    return JSONResponse({"current_balance": 0, "currency": "USD"})


async def metrics(request: Request) -> JSONResponse:
    """`GET /models/metrics`: a model without a recent record is absent, so nobody is here."""
    return JSONResponse({})
