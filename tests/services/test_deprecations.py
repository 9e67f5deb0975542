"""Old names: each leads to what took its place, by any of its names, however long or wrong the way."""

import time

import pytest
from contract_check import assert_published, example
from pydantic import SecretStr
from upstream import Answer, Upstream

from services.catalog import Catalog
from services.deprecations import Deprecations, successors
from services.endpoint import Endpoint
from services.fetch import Fetcher
from services.routes import Routes
from services.settings import Settings


def endpoint(upstream: Upstream) -> Endpoint:
    return Endpoint.at(upstream.base, SecretStr("mine"))


def routes(upstream: Upstream, **more) -> Routes:
    settings = Settings(api_base=upstream.base, api_key="owner-key", **more)
    return Routes(settings, Catalog(Fetcher()), engine=None, deprecations=Deprecations(Fetcher()))


async def feed(upstream: Upstream, *rows: object):
    upstream.always("deprecations", Answer(json={"object": "list", "data": list(rows)}))
    return await Deprecations(Fetcher()).replaced(endpoint(upstream), patience=2)


# The feed


async def test_every_old_name_leads_to_its_successor(upstream):
    assert_published(example("catalog", "deprecations")["response"], "catalog", "deprecations")
    replaced = await Deprecations(Fetcher()).replaced(endpoint(upstream), patience=2)
    assert replaced["gpt-3.5-turbo"] == replaced["openai/gpt-3.5-turbo"] == "openai/gpt-4o-mini"
    assert "stabilityai/stable-diffusion-2-1" not in replaced
    assert [(call.path, call.key) for call in upstream.calls] == [("/v1/models/deprecations", "")]


async def test_only_a_change_is_sent_again(upstream):
    old = Deprecations(Fetcher(), ttl=0)
    first = await old.replaced(endpoint(upstream), patience=2)
    upstream.plan("deprecations", Answer(status=304))
    assert await old.replaced(endpoint(upstream), patience=2) == first
    assert upstream.calls[1].headers["if-none-match"] == 'W/"d1"'


@pytest.mark.parametrize(
    "answer",
    [
        Answer.refusing(503, "down"),
        Answer.refusing(404, "no such path"),
        Answer(json=[7, None, {}]),
        Answer(json={"data": 7}),
        Answer(body="<html>", content_type="text/html"),
    ],
)
async def test_without_a_feed_nothing_was_replaced(upstream, answer):
    upstream.always("deprecations", answer)
    assert await Deprecations(Fetcher()).replaced(endpoint(upstream), patience=2) == {}


async def test_odd_entries_are_left_out(upstream):
    assert await feed(
        upstream,
        {"id": "<script>", "replaced_by": "b"},
        {"id": "a", "aliases": ["<i>", "a2", 7], "replaced_by": "b"},
        {"id": "c", "replaced_by": "<b>"},
        {"id": "d", "replaced_by": "d"},
    ) == {"a": "b", "a2": "b"}


@pytest.mark.parametrize(
    ("replaced", "found"),
    [
        ({"a": "b", "b": "c"}, ["b", "c"]),
        ({"a": "b", "b": "a"}, ["b"]),
        ({"a": "a"}, []),
        ({"a": "b", "b": "c", "c": "b"}, ["b", "c"]),
        ({}, []),
    ],
)
def test_a_chain_ends_also_where_it_leads_back_to_itself(replaced, found):
    assert list(successors(replaced, "a")) == found


# What it means for a call


@pytest.mark.parametrize(
    ("task", "name", "model"),
    [
        ("chat", "gpt-3.5-turbo", "openai/gpt-4o-mini"),
        ("chat", "anthropic/claude-3-haiku", "anthropic/claude-haiku-4.5"),
        ("speech", "#g1_aura-2-thalia-en", "deepgram/aura-2"),
    ],
)
async def test_an_old_name_is_answered_by_its_successor_and_that_is_told(upstream, task, name, model):
    where = routes(upstream)
    await where.replaced(task, patience=2)
    route = await where.resolve(task, name)
    assert (route.model.id, route.replaced) == (model, name)
    assert route.news == f"{name} was replaced by {model}."


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("openai/gpt-4o-mini", "openai/gpt-4o-mini"),
        ("gpt-4o-mini", "openai/gpt-4o-mini"),
        ("anthropic/claude-haiku-4-5", "anthropic/claude-haiku-4.5"),
        ("my/own-fine-tune", "my/own-fine-tune"),
    ],
)
async def test_another_name_or_spelling_of_a_model_is_no_news(upstream, name, model):
    route = await routes(upstream).resolve("chat", name)
    assert (route.model.id, route.news) == (model, "")


async def test_a_successor_of_another_kind_does_not_take_the_place(upstream):
    assert (await routes(upstream).resolve("image", "gpt-3.5-turbo")).model.id == "gpt-3.5-turbo"


async def test_a_listed_model_is_never_replaced(upstream):
    retiring = {"id": "deepseek/deepseek-v4-flash", "status": "deprecated", "replaced_by": "openai/gpt-4o-mini"}
    upstream.always("deprecations", Answer(json={"data": [retiring]}))
    where = routes(upstream)
    assert (await where.resolve("chat", retiring["id"])).model.id == retiring["id"]
    assert await where.replaced("chat", patience=1) == {retiring["id"]: "openai/gpt-4o-mini"}
    assert (await where.resolve("chat", retiring["id"])).model.id == retiring["id"]


async def test_the_owners_list_holds_for_a_successor_too(upstream):
    where = routes(upstream, models="anthropic/*, gpt-3.5-turbo")
    assert (await where.resolve("chat", "claude-3-haiku")).model.id == "anthropic/claude-haiku-4.5"
    assert (await where.resolve("chat", "gpt-3.5-turbo")).model.id == "gpt-3.5-turbo"


async def test_old_names_are_listed_with_where_they_lead(upstream):
    found = await routes(upstream).replaced("chat", patience=2)
    assert found["gpt-3.5-turbo"] == "openai/gpt-4o-mini"
    assert found["claude-3-haiku"] == "anthropic/claude-haiku-4.5"
    assert "aura-2-thalia-en" not in found


async def test_a_feed_that_hangs_holds_up_no_model_that_is_listed(upstream):
    upstream.always("deprecations", Answer(json={}, delay=30))
    start = time.monotonic()
    where = routes(upstream)
    assert (await where.resolve("chat", "gpt-4o-mini")).model.id == "openai/gpt-4o-mini"
    assert time.monotonic() - start < 1
