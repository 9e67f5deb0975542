"""The catalogue: rows of every kind and age, cached by root, never in the way of a page."""

import asyncio
import time
from types import SimpleNamespace

import pytest
from contract_check import assert_published, example
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from upstream import Answer, Upstream

from services import catalog as catalog_module
from services import feed
from services.catalog import Catalog, Model, Price, estimate
from services.endpoint import Endpoint
from services.errors import Unreachable
from services.fetch import FetchedJson, Fetcher
from services.limits import Limits
from services.rows import TASKS, bundled, parsed, preferred
from services.run import Cost, Usage

API = Endpoint.at("https://api.aimlapi.com/v1", SecretStr("canary"))


def row(name: str = "m", kind: object = "openai/chat-completions", **more: object) -> dict[str, object]:
    return {"id": name, "type": kind, **more}


def ids(models: tuple[Model, ...]) -> list[str]:
    return [model.id for model in models]


class FakeFetcher:
    """Answers from a list (an exception is raised) and notes what was asked."""

    def __init__(self, *answers: object, wait: float = 0) -> None:
        self.limits, self.answers, self.wait = Limits(), list(answers), wait
        self.asked: list[SimpleNamespace] = []

    async def json(self, url, *, key=None, etag="", cap, timeout=10):  # noqa: ASYNC109
        self.asked.append(SimpleNamespace(url=url, key=key, etag=etag, cap=cap))
        await asyncio.sleep(self.wait)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return FetchedJson(200, answer, '"1"', {})


# What a listing says


def test_the_published_list_is_read_by_task():
    listing = preferred(parsed(example("catalog", "list")["response"]))
    assert ids(listing["chat"]) == ["openai/gpt-4o-mini", "anthropic/claude-haiku-4.5", "deepseek/deepseek-v4-flash"]
    assert ids(listing["image"]) == ["flux/schnell", "openai/gpt-image-1-mini", "google/gemini-2.5-flash-image"]
    assert ids(listing["transcription"]) == ["#g1_nova-2-general", "openai/gpt-4o-mini-transcribe", "aai/universal"]
    assert ids(listing["speech"]) == ["deepgram/aura-2", "openai/tts-1", "elevenlabs/eleven_turbo_v2_5"]


def test_a_row_keeps_its_facts():
    model = parsed(example("catalog", "list")["response"])["chat"][0]
    assert (model.name, model.developer, model.context_length, model.output_max) == (
        "GPT-4o mini",
        "OpenAI",
        128000,
        16384,
    )
    assert (model.aliases, model.inputs) == (("gpt-4o-mini",), ("text", "image"))
    assert model.prices == (Price("token", 0.15 / 1e6, "input"), Price("token", 0.6 / 1e6, "output"))


@pytest.mark.parametrize(
    ("kind", "task"),
    [
        ("openai/chat-completions", "chat"),
        ("chat-completion", "chat"),
        ("openai/image-generations", "image"),
        ("image", "image"),
        ("internal/speech-to-text/submit", "transcription"),
        ("stt", "transcription"),
        ("internal/text-to-speech", "speech"),
        ("tts", "speech"),
        ("TTS", "speech"),
    ],
)
def test_each_spelling_of_a_type_has_its_task(kind, task):
    listing = parsed({"data": [row("m", kind)]})
    assert [name for name in TASKS if listing[name]] == [task]


@pytest.mark.parametrize(
    "kind",
    ["internal/video-generations/submit", "openai/image-editing", "openai/embeddings", "openai/responses/submit",
     "internal/optical-character-recognition", "language", "x" * 5000, 7, ["chat-completion"], {}],
)  # fmt: skip
def test_a_type_that_is_no_task_of_ours_is_not_taken_for_chat(kind):
    listing = parsed({"data": [row("m", kind), row("c")]})
    assert {task: ids(listing[task]) for task in TASKS if listing[task]} == {"chat": ["c"]}


def test_an_id_is_listed_once_for_each_task():
    listing = parsed({"data": [row("m"), row("m", "chat-completion"), row("m", "tts"), row("m", "tts")]})
    assert (ids(listing["chat"]), ids(listing["speech"])) == (["m"], ["m"])


def test_a_picture_model_that_claims_to_chat_is_no_chat_model():
    listing = parsed({"data": [row("p"), row("c"), row("p", "openai/image-generations")]})
    assert (ids(listing["chat"]), ids(listing["image"])) == (["c"], ["p"])


def test_twins_that_differ_in_spelling_only_are_one_model_with_two_names():
    rows = [row("claude-opus-4.8"), row("other"), row("claude-opus-4-8", aliases=["opus"]), row("Other", "tts")]
    listing = parsed({"data": rows})
    assert ids(listing["chat"]) == ["claude-opus-4.8", "other"]
    assert listing["chat"][0].aliases == ("claude-opus-4-8", "opus")
    assert ids(listing["speech"]) == ["Other"]


def test_twins_that_do_not_cost_the_same_are_two():
    dear = {"kind": "fixed", "currency": "USD", "units": [{"name": "token", "price": 9, "per": 1}]}
    assert ids(parsed({"data": [row("m-1.5"), row("m-1-5", pricing=dear)]})["chat"]) == ["m-1.5", "m-1-5"]


def test_the_older_form_of_a_row_tells_the_same():
    old = {"id": "m", "type": "chat-completion", "info": {"name": "M", "maxTokens": 4096}, "features": ["vision"]}
    [model] = parsed({"data": [old]})["chat"]
    assert (model.output_max, model.capabilities) == (4096, ("vision",))


@pytest.mark.parametrize("listing", [{"data": [row()]}, {"models": [row()]}, [row()]])
def test_the_list_may_stand_under_another_name(listing):
    assert ids(parsed(listing)["chat"]) == ["m"]


def test_rows_without_any_type_are_offered_for_chat_and_pictures():
    listing = parsed(
        {"data": [{"id": "nomic-embed-text"}, {"id": "llama3:8b", "object": "model", "owned_by": "library"}]}
    )
    assert ids(listing["chat"]) == ["llama3:8b", "nomic-embed-text"]
    assert ids(listing["image"]) == ["nomic-embed-text", "llama3:8b"]
    assert all(model.plain for model in listing["chat"])
    assert not listing["transcription"]
    assert not listing["speech"]


def test_a_row_without_a_type_among_typed_ones_is_no_task():
    assert ids(parsed({"data": [row("c"), {"id": "odd"}]})["chat"]) == ["c"]


def test_the_engine_says_what_its_models_can_do():
    info = {
        "voices": ["heart"],
        "formats": ["wav"],
        "languages": ["en"],
        "sizes": ["512x512"],
        "defaults": {"speed": 1.0},
    }
    model = parsed({"data": [row("embedded/x", "internal/text-to-speech", info=info)]})["speech"][0]
    assert (model.voices, model.formats, model.languages, model.sizes) == (("heart",), ("wav",), ("en",), ("512x512",))
    assert model.defaults == {"speed": 1.0}


# Nothing in a row is trusted


@pytest.mark.parametrize("name", ["", " ", "x" * 201, "<script>", 'a"b', "a\nb", 3, None, ["m"]])
def test_a_row_whose_id_can_be_no_id_is_left_out(name):
    assert ids(parsed({"data": [row(name), row("c")]})["chat"]) == ["c"]


def test_text_is_one_short_line_without_markup():
    info = {
        "name": "A <b>bold</b>\n<img src=x onerror=alert(1)> name",
        "description": "d" * 1_000_000,
        "developer": "\u202ex",
    }
    model = parsed({"data": [row(info=info)]})["chat"][0]
    assert (model.name, model.developer, len(model.description)) == ("A bold name", "x", 600)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=5,
)
FIELDS = ("id", "type", "info", "aliases", "pricing", "modalities", "capabilities", "tags")
INFO = ("name", "developer", "contextLength", "voices", "defaults", "sizes")


INFO_LIKE = st.fixed_dictionaries({}, optional=dict.fromkeys(INFO, JSON))
PRICING_LIKE = st.fixed_dictionaries({"kind": st.sampled_from(["fixed", "variants"]), "units": JSON, "variants": JSON})
ROW_LIKE = st.fixed_dictionaries(
    {"id": st.just("m") | JSON, "type": st.just("tts") | JSON},
    optional=dict.fromkeys(FIELDS[3:], JSON) | {"info": INFO_LIKE | JSON, "pricing": PRICING_LIKE | JSON},
)


@settings(max_examples=100, deadline=None)
@given(st.lists(ROW_LIKE | JSON, max_size=4))
def test_no_row_breaks_the_list(rows):
    listing = parsed({"data": rows})
    assert all(isinstance(model.id, str) and isinstance(model.name, str) for task in TASKS for model in listing[task])


def test_five_thousand_rows_are_read_at_once():
    template = example("catalog", "list")["response"]["data"][0]
    info = {**template["info"], "description": "<p>" + "y" * 9000}
    rows = [{**template, "id": f"vendor/model-{i}", "info": info} for i in range(5000)]
    assert len(preferred(parsed({"data": rows}))["chat"]) == 5000  # anything quadratic would take minutes


# Prices


@pytest.mark.parametrize(
    ("pricing", "found"),
    [
        ({"kind": "fixed", "units": [{"name": "image", "price": 3, "per": 2}]}, (Price("image", 1.5),)),
        ({"kind": "fixed", "units": [{"name": "images", "price": 3}]}, (Price("image", 3),)),
        ({"kind": "fixed", "units": [{"name": "image", "price": 3, "per": 0}]}, ()),
        ({"kind": "fixed", "units": [{"name": "image", "price": float("nan")}, {"name": "image", "price": -1}]}, ()),
        ({"kind": "fixed", "units": [{"name": "image", "price": "3"}, {"price": True, "name": "image"}, 7]}, ()),
        ({"kind": "fixed", "currency": "EUR", "units": [{"name": "image", "price": 3, "per": 1}]}, ()),
        ({"kind": "variable"}, ()),
        ("free", ()),
    ],
)
def test_a_price_is_for_one_unit_in_dollars(pricing, found):
    assert parsed({"data": [row(pricing=pricing)]})["chat"][0].prices == found


def test_of_several_variants_the_cheapest_is_shown_as_from():
    models = parsed(example("catalog", "list")["response"])["image"]
    prices = next(model.prices for model in models if model.id == "openai/gpt-image-1-mini")
    assert prices == (Price("image", 0.005, least=True),)


TOKENS = (Price("token", 1e-6, "input"), Price("token", 4e-6, "output"))
USED = Usage(prompt_tokens=10, completion_tokens=5, total_tokens=15)


@pytest.mark.parametrize(
    ("prices", "made", "cost"),
    [
        (TOKENS, {"usage": USED}, Cost(10e-6 + 20e-6, "estimated")),
        (TOKENS, {}, Cost()),
        ((Price("token", 2e-6),), {"usage": USED}, Cost(30e-6, "estimated")),
        ((*TOKENS, Price("token", 9, "cached")), {"usage": USED}, Cost(30e-6, "estimated")),
        ((Price("image", 0.003, "output"),), {"images": 2}, Cost(0.006, "estimated")),
        ((Price("image", 0.003, least=True),), {"images": 2}, Cost()),
        ((Price("minute", 0.06),), {"seconds": 30}, Cost(0.03, "estimated")),
        ((Price("character", 1e-5),), {"characters": 100}, Cost(0.001, "estimated")),
        ((Price("megapixel", 1),), {"images": 2}, Cost()),
        ((Price("request", 0), Price("image", 0)), {}, Cost(0.0, "free")),
        ((), {"images": 2}, Cost()),
    ],
)
def test_a_cost_is_estimated_only_where_it_can_be(prices, made, cost):
    found = estimate(Model("m", "chat", prices=prices), **made)
    assert found.kind == cost.kind
    assert found.usd == pytest.approx(cost.usd)


# The bundled list


def test_the_bundled_list_has_ten_models_for_each_task_at_least_eight():
    assert {task: len(models) for task, models in bundled().items()} == {
        "chat": 10,
        "image": 10,
        "transcription": 8,
        "speech": 10,
    }
    assert all(model.name != model.id and model.developer for models in bundled().values() for model in models)


def test_an_alias_of_a_preferred_model_comes_first_too():
    listing = preferred(parsed({"data": [row("first"), row("vendor/4o", aliases=["openai/gpt-4o-mini"])]}))
    assert ids(listing["chat"]) == ["vendor/4o", "first"]


# When it is asked, and how


async def test_the_catalogue_of_an_upstream_is_read_over_http(upstream):
    offered = await Catalog(Fetcher()).models(Endpoint.at(upstream.base), "chat")
    assert offered[0].id == "openai/gpt-4o-mini"
    assert offered[0].prices
    assert (upstream.calls[0].path, upstream.calls[0].query) == ("/v1/models", {"include": "all"})


async def test_where_v1_is_missing_the_root_is_asked_and_remembered(upstream_seed):
    catalog, endpoint = Catalog(Fetcher(), ttl=0), Endpoint.at(upstream_seed.base)
    assert await catalog.models(endpoint, "chat")
    assert await catalog.models(endpoint, "image")
    assert [call.path for call in upstream_seed.calls] == ["/v1/models", "/models", "/models"]


async def test_within_its_time_to_live_it_is_asked_once_for_all_tasks_and_keys(upstream):
    catalog = Catalog(Fetcher())
    for key, task in [("one", "chat"), ("two", "image"), ("", "speech")]:
        assert await catalog.models(Endpoint.at(upstream.base, SecretStr(key)), task)
    assert len(upstream.calls) == 1


async def test_ten_pages_at_once_ask_once(upstream):
    upstream.always("models", Answer(json=example("catalog", "list")["response"], delay=0.1))
    catalog = Catalog(Fetcher())
    found = await asyncio.gather(*(catalog.models(Endpoint.at(upstream.base), "chat") for _ in range(10)))
    assert len(upstream.calls) == 1
    assert all(len(models) == 3 for models in found)


async def test_after_that_only_a_change_is_sent(upstream):
    catalog, endpoint = Catalog(Fetcher(), ttl=0), Endpoint.at(upstream.base)
    first = await catalog.models(endpoint, "chat")
    assert await catalog.models(endpoint, "chat") == first
    again = upstream.calls[1].headers
    assert again["if-none-match"].startswith('"')


async def test_the_key_is_not_sent_to_the_api_whose_list_is_open():
    fetcher = FakeFetcher(example("catalog", "list")["response"])
    await Catalog(fetcher).models(API, "chat")
    assert (fetcher.asked[0].url, fetcher.asked[0].key) == ("https://api.aimlapi.com/v1/models?include=all", None)


async def test_other_servers_get_the_key(upstream):
    await Catalog(Fetcher()).models(Endpoint.at(upstream.base, SecretStr("mine")), "chat")
    assert upstream.calls[0].key == "mine"


async def test_a_failure_keeps_the_last_good_list(upstream):
    catalog, endpoint = Catalog(Fetcher(), ttl=0), Endpoint.at(upstream.base)
    good = await catalog.models(endpoint, "chat")
    upstream.always("models", Answer.refusing(503, "down"))
    assert await catalog.models(endpoint, "chat") == good


@pytest.mark.parametrize(
    "answer",
    [
        Answer.refusing(500, "oh"),
        Answer.refusing(401, "no key"),
        Answer(body="<html>", content_type="text/html"),
        Answer(json={"object": "list"}),
        Answer(json=7),
    ],
)
async def test_without_a_good_list_the_bundled_one_is_offered(upstream, answer):
    upstream.always("models", answer)
    assert await Catalog(Fetcher()).models(Endpoint.at(upstream.base), "image") == bundled()["image"]


async def test_a_server_where_nothing_is_installed_is_believed(upstream):
    upstream.always("models", Answer(json={"object": "list", "data": []}))
    assert await Catalog(Fetcher()).models(Endpoint.at(upstream.base), "chat") == ()


async def test_an_empty_list_of_the_api_is_not():
    assert await Catalog(FakeFetcher({"data": []})).models(API, "chat") == bundled()["chat"]


async def test_the_embedded_engine_is_not_credited_with_the_models_of_the_api(upstream):
    upstream.always("models", Answer.refusing(500, "oh"))
    assert await Catalog(Fetcher()).models(Endpoint.at(upstream.base, embedded=True), "chat") == ()


async def test_a_failure_is_remembered_for_a_while(upstream):
    upstream.always("models", Answer.refusing(503, "down"))
    catalog, endpoint = Catalog(Fetcher(), ttl=0), Endpoint.at(upstream.base)
    for _ in range(3):
        await catalog.models(endpoint, "chat")
    assert len(upstream.calls) == 1


async def test_after_that_while_it_is_asked_again(upstream, monkeypatch):
    monkeypatch.setattr(feed, "PAUSE_AFTER_FAILURE", 0)
    upstream.plan("models", Answer.refusing(503, "down"))
    catalog, endpoint = Catalog(Fetcher()), Endpoint.at(upstream.base)
    await catalog.models(endpoint, "transcription")
    assert len(await catalog.models(endpoint, "transcription")) == 3


async def test_a_wrong_key_does_not_spoil_the_list_for_the_next_one():
    with Upstream() as upstream:
        upstream.plan("models", Answer.refusing(401, "no"))
        catalog = Catalog(Fetcher())
        await catalog.models(Endpoint.at(upstream.base, SecretStr("wrong")), "speech")
        assert len(await catalog.models(Endpoint.at(upstream.base, SecretStr("right")), "speech")) == 3


async def test_a_page_does_not_wait_for_a_slow_catalogue_which_is_used_once_it_came(monkeypatch):
    monkeypatch.setattr(catalog_module, "PATIENCE", 0.1)
    fetcher = FakeFetcher(example("catalog", "list")["response"], wait=0.3)
    catalog = Catalog(fetcher)
    start = time.monotonic()
    assert await catalog.models(API, "chat") == bundled()["chat"]
    assert time.monotonic() - start < 0.25
    await asyncio.sleep(0.35)
    assert len(await catalog.models(API, "chat")) == 3
    assert len(fetcher.asked) == 1


async def test_a_dead_server_costs_a_page_no_more_than_two_seconds():
    fetcher = FakeFetcher(Unreachable("nobody", remedy="wait"), wait=30)
    start = time.monotonic()
    assert await Catalog(fetcher).models(API, "chat") == bundled()["chat"]
    assert time.monotonic() - start < 2.5


def test_the_bundled_list_has_the_published_shape():
    for entry in [{"object": "list", "data": [_whole(m) for m in models]} for models in bundled().values()]:
        assert_published(entry, "catalog", "list")


def _whole(model: Model) -> dict[str, object]:
    return {
        "id": model.id,
        "type": "t",
        "aliases": list(model.aliases),
        "info": {"name": model.name, "developer": model.developer},
    }
