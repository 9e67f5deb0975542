"""Who answers: the owner's choice, a visitor's key and a visitor's model, brought together and never silently."""

import asyncio

import pytest
from pydantic import SecretStr
from upstream import Upstream

from services.catalog import Catalog, Model
from services.embedded.catalog import MODELS as ENGINE_LISTS
from services.endpoint import DEFAULT_BASE, Endpoint
from services.errors import InvalidInput, Unreachable
from services.fetch import Fetcher
from services.routes import ENGINE_MODELS, Routes
from services.rows import TASKS, parsed
from services.settings import Settings

OWNER, VISITOR = "owner-key", SecretStr("visitor-key")


class FakeEngine:
    """An engine at a known place, or one that cannot start."""

    def __init__(self, root: str = "http://127.0.0.1:7", fault: Exception | None = None) -> None:
        self.started, self._fault = 0, fault
        self._endpoint = Endpoint(root, SecretStr("engine-key"), "v1", embedded=True)

    async def endpoint(self) -> Endpoint:
        self.started += 1
        if self._fault:
            raise self._fault
        return self._endpoint


class FakeCatalog(Catalog):
    """Lists by root."""

    def __init__(self, **rows: list[Model]) -> None:
        self.rows = rows

    async def models(self, endpoint, task):
        kind = "engine" if endpoint.embedded else "api"
        return tuple(model for model in self.rows.get(kind, []) if model.task == task)


CHAT, OTHER = Model("vendor/chat", "chat", aliases=("chat-alias",)), Model("vendor/other", "chat")
SMALL = Model("embedded/smollm2-135m", "chat")


def routes(engine: FakeEngine | None = None, **settings: str) -> Routes:
    return Routes(Settings(**settings), FakeCatalog(api=[CHAT, OTHER], engine=[SMALL]), engine or FakeEngine())


# Which endpoint


async def test_without_a_key_and_a_base_the_engine_answers():
    endpoint = await routes().endpoint()
    assert endpoint.embedded
    assert endpoint.key.get_secret_value() == "engine-key"


@pytest.mark.parametrize(
    ("settings", "root", "key"),
    [
        ({"api_key": OWNER}, "https://api.aimlapi.com", OWNER),
        ({"api_base": "http://127.0.0.1:1/v1"}, "http://127.0.0.1:1", ""),
        ({"api_base": "http://127.0.0.1:1/v1", "api_key": OWNER}, "http://127.0.0.1:1", OWNER),
    ],
)
async def test_the_owners_api_answers_with_the_owners_key(settings, root, key):
    engine = FakeEngine()
    endpoint = await routes(engine, **settings, api_dialect="seed").endpoint()
    assert (endpoint.root, endpoint.key.get_secret_value(), endpoint.dialect) == (root, key, "seed")
    assert not engine.started


@pytest.mark.parametrize(
    ("settings", "root"),
    [
        ({}, DEFAULT_BASE.removesuffix("/v1")),
        ({"api_key": OWNER}, DEFAULT_BASE.removesuffix("/v1")),
        ({"api_base": "http://127.0.0.1:1/v1", "api_key": OWNER}, "http://127.0.0.1:1"),
    ],
)
async def test_a_visitors_key_goes_to_the_configured_base_or_the_default_one(settings, root):
    endpoint = await routes(**settings).endpoint(VISITOR)
    assert (endpoint.root, endpoint.key) == (root, VISITOR)


@pytest.mark.parametrize("key", [None, SecretStr("")])
async def test_an_empty_key_of_a_visitor_is_none(key):
    assert (await routes(api_key=OWNER).endpoint(key)).key.get_secret_value() == OWNER


async def test_the_owners_key_never_travels_with_a_visitors():
    endpoint = await routes(api_key=OWNER, api_base="http://127.0.0.1:1").endpoint(VISITOR)
    assert OWNER not in (endpoint.key.get_secret_value(), endpoint.root)


async def test_the_keys_of_two_visitors_do_not_cross():
    shared = routes(api_key=OWNER)
    keys = [SecretStr(f"visitor-{i}") for i in range(20)]
    found = await asyncio.gather(*(shared.resolve("chat", None, key) for key in keys))
    assert [route.endpoint.key for route in found] == keys
    assert (await shared.endpoint()).key.get_secret_value() == OWNER


async def test_an_engine_that_cannot_start_is_no_reason_to_ask_someone_else():
    with pytest.raises(Unreachable):
        await routes(FakeEngine(fault=Unreachable("no", remedy="wait"))).endpoint()


# Which model


async def test_no_model_means_the_first_of_the_list():
    route = await routes(api_key=OWNER).resolve("chat")
    assert route.model == CHAT


@pytest.mark.parametrize("name", ["vendor/other", "vendor/chat", "chat-alias"])
async def test_a_model_is_found_by_its_id_or_an_alias(name):
    route = await routes(api_key=OWNER).resolve("chat", name)
    assert name in (route.model.id, *route.model.aliases)


async def test_a_model_that_is_not_listed_is_asked_for_all_the_same():
    route = await routes(api_key=OWNER).resolve("chat", "vendor/brand-new")
    assert (route.model, route.endpoint.embedded) == (Model("vendor/brand-new", "chat"), False)


@pytest.mark.parametrize("key", [None, VISITOR])
async def test_a_model_of_the_engine_goes_to_the_engine_with_the_engines_key(key):
    route = await routes(api_key=OWNER).resolve("chat", SMALL.id, key)
    assert (route.model, route.endpoint.embedded) == (SMALL, True)
    assert route.endpoint.key.get_secret_value() == "engine-key"


async def test_the_engine_is_not_started_for_a_model_of_the_api():
    engine = FakeEngine()
    await routes(engine, api_key=OWNER).resolve("chat", "vendor/other")
    assert not engine.started


async def test_an_endpoint_that_lists_an_engines_model_itself_answers_for_it():
    mine = Model(SMALL.id, "chat", name="mine")
    shared = Routes(Settings(api_base="http://127.0.0.1:1"), FakeCatalog(api=[mine], engine=[SMALL]), FakeEngine())
    route = await shared.resolve("chat", SMALL.id)
    assert (route.model, route.endpoint.embedded) == (mine, False)


async def test_the_engines_model_can_always_be_chosen_and_comes_last_and_once():
    offered = await routes(api_key=OWNER).models("chat")
    assert [model.id for model in offered] == ["vendor/chat", "vendor/other", SMALL.id]
    assert [model.id for model in await routes().models("chat")] == [SMALL.id]
    assert [model.id for model in await routes(api_key=OWNER).models("speech")] == ["embedded/hibari"]


def test_the_models_known_before_the_engine_runs_are_the_ones_it_lists():
    listed = parsed({"data": list(ENGINE_LISTS)})
    assert {task: listed[task][0].id for task in TASKS} == {task: model.id for task, model in ENGINE_MODELS.items()}


async def test_where_nothing_is_offered_for_a_task_that_is_said():
    with pytest.raises(InvalidInput, match="offers no model"):
        await routes(api_key=OWNER).resolve("speech")


async def test_a_real_catalogue_gives_the_default_and_the_visitors_key_only():
    with Upstream() as upstream:
        shared = Routes(Settings(api_base=upstream.base, api_key=OWNER), Catalog(Fetcher()), FakeEngine())
        route = await shared.resolve("chat", None, VISITOR)
        assert route.model.id == "openai/gpt-4o-mini"
        assert {call.key for call in upstream.calls} == {"visitor-key"}
        assert (await shared.models("speech"))[0].id == "deepgram/aura-2"


# What the owner allows


@pytest.mark.parametrize("listed", ["vendor/other", "vendor/o*", "nothing, *other"])
async def test_only_allowed_models_are_offered_and_answer(listed):
    shared = routes(api_key=OWNER, models=listed)
    assert [model.id for model in await shared.models("chat")] == ["vendor/other", SMALL.id]
    assert (await shared.resolve("chat")).model == OTHER
    with pytest.raises(InvalidInput, match="vendor/chat is not allowed") as refused:
        await shared.resolve("chat", "vendor/chat")
    assert listed in refused.value.remedy


@pytest.mark.parametrize("name", ["chat-alias", "VENDOR/OTHER", "vendor/other ", "vendor/brand-new"])
async def test_no_other_name_gets_around_the_list(name):
    with pytest.raises(InvalidInput, match="not allowed"):
        await routes(api_key=OWNER, models="vendor/other").resolve("chat", name)


async def test_a_list_may_name_a_model_by_its_alias():
    assert (await routes(api_key=OWNER, models="chat-alias").resolve("chat", "vendor/chat")).model == CHAT


async def test_the_owners_list_binds_neither_a_visitors_key_nor_the_engine():
    shared = routes(api_key=OWNER, models="vendor/other")
    assert (await shared.resolve("chat", "vendor/chat", VISITOR)).model == CHAT
    assert CHAT in await shared.models("chat", VISITOR)
    assert (await shared.resolve("chat", SMALL.id)).endpoint.embedded


# The kill switch


@pytest.mark.parametrize("name", [None, "vendor/chat", "vendor/brand-new", SMALL.id])
async def test_after_the_kill_switch_the_engine_answers_whatever_was_chosen(name):
    route = await routes(api_key=OWNER, api_base="http://127.0.0.1:1", kill_switch="on").resolve("chat", name)
    assert (route.model, route.endpoint.embedded) == (SMALL, True)


async def test_a_file_throws_the_switch_while_the_page_runs_and_takes_it_back(tmp_path):
    shared = routes(api_key=OWNER, data=str(tmp_path))
    assert (shared.switched_off, shared.spends) == (False, True)
    (tmp_path / "kill-switch").touch()
    assert (await shared.endpoint()).embedded
    assert (shared.switched_off, shared.spends) == (True, False)
    (tmp_path / "kill-switch").unlink()
    assert (await shared.endpoint()).key.get_secret_value() == OWNER


async def test_a_visitors_own_key_goes_on_after_the_kill_switch():
    route = await routes(api_key=OWNER, kill_switch="on").resolve("chat", "vendor/chat", VISITOR)
    assert (route.endpoint.key, route.endpoint.embedded) == (VISITOR, False)


def test_only_an_owners_key_can_be_spent():
    assert not routes().spends
    assert not routes(api_base="http://127.0.0.1:1").spends
    assert not routes(api_key=OWNER, kill_switch="on").spends
    assert routes(api_key=OWNER).spends
