"""What a model takes: by its own published schema, else by its family."""

from __future__ import annotations

import asyncio

import pytest
from upstream import Answer, Upstream
from upstream.schemas import operation

from services import parameters
from services.catalog import Model
from services.endpoint import Endpoint
from services.families import Parameter
from services.fetch import Fetcher
from services.parameters import Parameters, own_controls
from services.routes import Route

STEPS = {"num_inference_steps": {"type": "integer", "minimum": 1, "maximum": 9}}


@pytest.fixture
def upstream():
    with Upstream() as upstream:
        yield upstream


def route(upstream: Upstream, where: str = "", **model: object) -> Route:
    known = {
        "id": "flux/schnell",
        "task": "image",
        "schema_url": where or f"{upstream.root}/docs-json?model=x",
        **model,
    }
    return Route(Endpoint.at(upstream.base), Model(**known))  # type: ignore[arg-type]


def names(offer: parameters.Offer) -> list[str]:
    return [it.name for it in offer.parameters]


async def test_the_published_schema_says_what_a_model_takes(upstream):
    upstream.always("/docs-json", Answer(json=operation({**STEPS, "loras": {"type": "array"}})))
    offer = await Parameters(Fetcher()).of(route(upstream))
    assert offer.published
    assert [(it.name, it.maximum) for it in offer.parameters] == [("num_inference_steps", 9)]
    assert offer.other == ("loras",)


async def test_what_has_a_control_of_its_own_is_not_repeated(upstream):
    own = ("model", "prompt", "image_size", "num_images", "seed", "sync_mode")
    upstream.always("/docs-json", Answer(json=operation({name: {"type": "string"} for name in own})))
    assert names(await Parameters(Fetcher()).of(route(upstream))) == ["sync_mode"]


async def test_a_control_that_this_family_has_not_is_offered_here(upstream):
    upstream.always(
        "/docs-json", Answer(json=operation({"aspect_ratio": {"enum": ["1:1", "16:9"]}, "seed": {"type": "integer"}}))
    )
    assert names(await Parameters(Fetcher()).of(route(upstream, id="v/unheard-of"))) == ["aspect_ratio", "seed"]


@pytest.mark.parametrize(
    "answer",
    [
        Answer(status=500, json={}),
        Answer(status=404, json={}),
        Answer(body=b"<html>no</html>", content_type="text/html"),
        Answer(body=b"[" * 100_000, content_type="application/json"),
        Answer(body=b'{"a": ' * 50_000 + b"1" + b"}" * 50_000, content_type="application/json"),
        Answer(body=b" " * 4_000_001, content_type="application/json"),
        Answer(json={"paths": {}}),
        Answer(status=302, headers={"location": "/elsewhere"}),
    ],
    ids=["500", "404", "HTML", "deep list", "deep object", "too large", "no operation", "redirect"],
)
async def test_without_a_readable_schema_the_family_says_it(upstream, answer):
    upstream.always("/docs-json", answer)
    offer = await Parameters(Fetcher()).of(route(upstream))
    assert not offer.published
    assert "num_inference_steps" in names(offer)
    assert not upstream.calls_to("/elsewhere")


@pytest.mark.parametrize(
    "where",
    ["https://elsewhere.example/docs-json", "http://127.0.0.1:1/docs-json", "file:///etc/passwd", "//x", "http://user:pw@{host}/docs-json"],
)  # fmt: skip
async def test_nobody_but_the_api_itself_is_asked_for_a_schema(upstream, where):
    offer = await Parameters(Fetcher()).of(
        route(upstream, where.replace("{host}", upstream.root.removeprefix("http://")))
    )
    assert not offer.published
    assert not upstream.calls


async def test_a_schema_is_fetched_once_for_all_and_without_a_key(upstream):
    upstream.always("/docs-json", Answer(json=operation(STEPS)))
    service = Parameters(Fetcher())
    await asyncio.gather(*(service.of(route(upstream)) for _ in range(10)))
    assert len(upstream.calls) == 1
    assert "authorization" not in upstream.calls[0].headers


async def test_a_schema_that_failed_is_asked_for_again_after_a_while(upstream, monkeypatch):
    monkeypatch.setattr(parameters, "PAUSE_AFTER_FAILURE", 0.0)
    upstream.plan("/docs-json", Answer(status=500, json={}))
    upstream.always("/docs-json", Answer(json=operation(STEPS)))
    service = Parameters(Fetcher())
    assert not (await service.of(route(upstream))).published
    assert (await service.of(route(upstream))).published


async def test_a_slow_schema_is_not_waited_for_but_kept_when_it_comes(upstream, monkeypatch):
    monkeypatch.setattr(parameters, "PATIENCE", 0.05)
    upstream.always("/docs-json", Answer(json=operation(STEPS), delay=0.3))
    service = Parameters(Fetcher())
    assert not (await service.of(route(upstream))).published
    for _ in range(100):
        await asyncio.sleep(0.02)
        if (await service.of(route(upstream))).published:
            break
    assert (await service.of(route(upstream))).published
    assert len(upstream.calls) == 1


async def test_only_so_many_documents_are_kept(upstream, monkeypatch):
    monkeypatch.setattr(parameters, "KEPT", 3)
    upstream.always("/docs-json", Answer(json=operation(STEPS)))
    service = Parameters(Fetcher())
    for number in range(5):
        await service.of(route(upstream, f"{upstream.root}/docs-json?model={number}"))
    assert len(service._known) == 3


async def test_the_engine_is_not_asked_for_a_schema(upstream):
    here = route(upstream, id="embedded/smollm2-135m", task="chat")
    offer = await Parameters(Fetcher()).of(Route(Endpoint.at(upstream.base, embedded=True), here.model))
    assert "seed" in names(offer)
    assert not upstream.calls


@pytest.mark.parametrize(
    ("task", "model", "taken", "not_repeated"),
    [
        ("chat", "deepseek/deepseek-v4-flash", "top_k", "temperature"),
        ("chat", "v/unheard-of", "seed", "max_tokens"),
        ("image", "openai/gpt-image-1-mini", "quality", "size"),
        ("image", "stable-diffusion-v35-large", "guidance_scale", "negative_prompt"),
        ("transcription", "#g1_nova-2-general", "numerals", "diarize"),
        ("transcription", "aai/universal", "speakers_expected", "speaker_labels"),
        ("speech", "elevenlabs/eleven_turbo_v2_5", "voice_settings.stability", "voice_settings.speed"),
        ("speech", "minimax/speech-2.8-turbo", "voice_setting.vol", "voice_setting.voice_id"),
    ],
)
def test_each_family_has_more_parameters_than_those_with_a_control(task, model, taken, not_repeated):
    known = Model(model, task)
    found = [it.name for it in parameters.further(known)]
    assert taken in found
    assert not_repeated not in found
    assert not_repeated in own_controls(known)
    assert not set(found) & own_controls(known)


def test_what_a_family_does_not_take_is_named_with_the_reason():
    found: dict[str, Parameter] = {
        it.name: it for it in parameters.further(Model("anthropic/claude-haiku-4.5", "chat"))
    }
    assert found["seed"].ignored
    assert not found["top_k"].ignored


async def test_what_the_published_schema_has_is_not_said_to_be_ignored(upstream):
    upstream.always("/docs-json", Answer(json=operation({"seed": {"type": "integer"}}, "/v1/chat/completions")))
    offer = await Parameters(Fetcher()).of(route(upstream, id="anthropic/claude-haiku-4.5", task="chat"))
    found = {it.name: it.ignored for it in offer.parameters}
    assert found["seed"] == ""
    assert found["presence_penalty"]
