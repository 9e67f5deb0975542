"""The list behind the model choice: what it says of each model, for whom, and what becomes of odd rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from running_page import OWNER_KEY, VISITOR_KEY, until
from starlette.applications import Starlette
from starlette.testclient import TestClient
from upstream import Answer, Upstream

from components.models import routes, row
from services.catalog import Model, Price
from services.engine import EmbeddedEngine
from services.playground import assemble
from services.settings import Settings
from services.speeds import Speed

CHAT = "openai/chat-completions"


def entry(name: str, kind: str = CHAT, **info: object) -> dict[str, object]:
    return {"id": name, "type": kind, "info": {"name": name, "developer": "D", **info}}


@dataclass
class Own:
    """The route alone, without a page, before an upstream that nothing has been asked of yet."""

    upstream: Upstream
    http: TestClient


@contextmanager
def listing(folder: Path, **settings: object) -> Iterator[Own]:
    with Upstream({"v1"}) as upstream:
        chosen = Settings(api_key=OWNER_KEY, api_base=upstream.base, **settings)  # type: ignore[arg-type]
        services = assemble(chosen, EmbeddedEngine(), folder)
        with TestClient(Starlette(routes=list(routes(services)))) as http:
            yield Own(upstream, http)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Own]:
    with listing(tmp_path) as found:
        yield found


def asked(site: Own, task: str = "chat", **headers: str):
    return site.http.get("/page/models", params={"task": task}, headers=headers).json()


def test_a_row_tells_what_the_choice_shows():
    model = Model(
        *("v/m", "chat", "M", "Vendor", "Says so."),
        aliases=("m",),
        context_length=128_000,
        inputs=("text", "image"),
        outputs=("text",),
        capabilities=("streaming",),
        released="2025-08-07",
        prices=(Price("token", 1e-6, "input"), Price("token", 3e-6, "output")),
    )
    told = row(model, {("m", "chat"): Speed(0.4, 50.0, 2.0)}, "v/next")
    assert (told["price"], told["price_sort"]) == ("$1 in, $3 out per M tokens", pytest.approx(1.5))
    assert (told["ttft"], told["tps"], told["duration"]) == (0.4, 50.0, 2.0)
    assert (told["context"], told["released"], told["successor"]) == (128_000, "2025-08-07", "v/next")
    assert (told["input"], told["output"], told["embedded"]) == (("text", "image"), ("text",), False)


def test_the_list_says_who_answers_the_default_and_the_engine_at_the_end(own):
    said = asked(own)
    assert (said["embedded"], said["default"]) == (False, "openai/gpt-4o-mini")
    assert said["models"][0]["id"] == "openai/gpt-4o-mini"
    assert [it["id"] for it in said["models"] if it["embedded"]] == ["embedded/smollm2-135m"]
    assert said["models"][-1]["embedded"]
    assert said["replaced"]["gpt-3.5-turbo"] == "openai/gpt-4o-mini"


@pytest.mark.parametrize(
    ("task", "price"),
    [("image", "$0.003 per image"), ("transcription", "$0.0043 per minute"), ("speech", "$30 per M characters")],
)
def test_each_task_has_its_own_rows_priced_in_the_unit_that_is_billed(own, task, price):
    said = asked(own, task)
    assert price in [it["price"] for it in said["models"]]
    assert "openai/gpt-4o-mini" not in [it["id"] for it in said["models"]]


def test_another_task_is_not_found(own):
    assert own.http.get("/page/models", params={"task": "video"}).status_code == 404
    assert own.http.get("/page/models").status_code == 404


def test_a_visitors_key_brings_the_list_of_the_api_although_the_owners_is_switched_off(tmp_path):
    with listing(tmp_path, kill_switch=True) as own:
        assert asked(own, **{"x-aiml-key": VISITOR_KEY})["default"] == "openai/gpt-4o-mini"


def test_what_can_be_no_key_is_refused_and_not_repeated(own):
    answer = own.http.get("/page/models", params={"task": "chat"}, headers={"x-aiml-key": f"{VISITOR_KEY} x"})
    assert answer.status_code == 503
    assert VISITOR_KEY not in answer.text


def test_neither_key_is_in_the_answer(own):
    text = json.dumps(asked(own, **{"x-aiml-key": VISITOR_KEY}))
    assert VISITOR_KEY not in text
    assert OWNER_KEY not in text


def test_five_thousand_rows_come_packed(own):
    rows = [entry(f"v/model-{i}", description="A model for many things. " * 20) for i in range(5000)]
    own.upstream.always("models", Answer(json={"object": "list", "data": rows}))
    until(lambda: len(asked(own)["models"]) == 5001, 20, "a list of five thousand is read")
    answer = own.http.get("/page/models", params={"task": "chat"}, headers={"accept-encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) < len(answer.content) / 5
    assert len(answer.json()["models"]) == 5001
    plain = own.http.get("/page/models", params={"task": "chat"}, headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers


def test_twins_wrong_types_markup_and_the_older_form_do_no_harm(own):
    rows = [
        entry("v/twin-1.5"),
        entry("v/twin-1-5"),
        entry("v/pictures"),
        entry("v/pictures", "openai/image-generations"),
        entry("v/film", "internal/video-generations/submit"),
        entry("v/old", "chat-completion"),
        {
            **entry("v/markup"),
            "info": {"name": "<img src=x onerror=alert(1)>Fine", "description": "<script>x</script>"},
        },
        {**entry("<b>id</b>")},
    ]
    own.upstream.always("models", Answer(json={"object": "list", "data": rows}))
    said = asked(own)["models"]
    assert [it["id"] for it in said] == ["v/twin-1.5", "v/old", "v/markup", "embedded/smollm2-135m"]
    assert said[0]["aliases"] == ["v/twin-1-5"]
    assert said[2]["name"] == "Fine"
    assert "<" not in json.dumps(said)


def test_in_an_outage_the_bundled_list_is_offered_without_figures(own):
    for what in ("models", "metrics", "deprecations"):
        own.upstream.always(what, Answer.refusing(503, "down"))
    said = asked(own)
    assert said["models"][0]["id"] == "openai/gpt-4o-mini"
    assert len(said["models"]) == 11
    assert (said["replaced"], said["models"][0]["ttft"], said["models"][0]["price"]) == ({}, None, "")


def test_figures_are_asked_for_without_a_key(own):
    asked(own, **{"x-aiml-key": VISITOR_KEY})
    keyless = [call for call in own.upstream.calls if call.task in ("metrics", "deprecations")]
    assert {call.task for call in keyless} == {"metrics", "deprecations"}
    assert not [call for call in keyless if call.key]
