"""What machines may ask: health for everybody, figures for whoever has the token."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.testclient import TestClient

from components import outside
from services.budget import EVERYBODY, Budget, Calendar
from services.ledger import FileLedger
from services.metrics import Metrics
from services.settings import Settings

TOKEN = "metrics-token-0123456789"


class Engine:
    def __init__(self, running: bool) -> None:
        self.running, self.starts = running, 0

    def start(self) -> None:
        self.running, self.starts = True, self.starts + 1


def client(
    address: str = "127.0.0.1",
    *,
    running: bool = True,
    base: str = "http://localhost",
    ledger: FileLedger | None = None,
    **own: Any,
) -> TestClient:
    settings = Settings(**{"api_key": SecretStr(""), **own})
    observer = SimpleNamespace(metrics=Metrics())
    budget = Budget(ledger, day_usd=2.0, calendar=Calendar()) if ledger else Budget(None, calendar=Calendar())
    services: Any = SimpleNamespace(
        engine=Engine(running), observer=observer, gate=SimpleNamespace(left_today=budget.today)
    )
    app = Starlette(routes=outside.routes(services, settings))
    app.state.engine = services.engine
    return TestClient(app, base_url=base, client=(address, 5))


def test_whoever_answers_is_alive():
    assert client("198.51.100.7", running=False).get("/health/live").json() == {"status": "alive"}


def test_with_an_api_it_is_ready_and_asks_nobody():
    assert client(running=False, api_base="http://127.0.0.1:9/v1").get("/health/ready").status_code == 200


def test_without_an_api_the_engine_must_run_and_a_dead_one_is_started():
    asked = client(running=False)
    assert asked.get("/health/ready").status_code == 503
    assert asked.get("/health/ready").status_code == 200
    assert asked.app.state.engine.starts == 1  # type: ignore[attr-defined]


def test_this_machine_reads_the_figures():
    said = client().get("/metrics")
    assert said.status_code == 200
    assert said.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "playground_actions" in said.text
    assert "playground_budget_usd{" not in said.text  # there is none


def test_the_figures_tell_what_is_left_of_the_budget_also_while_its_file_can_not_be_read(tmp_path):
    ledger = FileLedger(tmp_path)
    asked = client(ledger=ledger)
    assert asyncio.run(ledger.reserve(Calendar().today, {EVERYBODY: 2_000_000}, 500_000))
    assert 'playground_budget_usd{what="left"} 1.5' in asked.get("/metrics").text
    assert 'playground_budget_usd{what="day"} 2.0' in asked.get("/metrics").text
    ledger.close()
    assert "playground_actions" in asked.get("/metrics").text


@pytest.mark.parametrize(
    ("address", "base", "headers"),
    [
        ("198.51.100.7", "http://localhost", {}),
        ("10.0.0.3", "http://localhost", {}),
        ("127.0.0.1", "http://localhost", {"x-forwarded-for": "127.0.0.1"}),
        ("127.0.0.1", "http://localhost", {"forwarded": "for=127.0.0.1"}),
        ("127.0.0.1", "http://attacker.example", {}),
        ("198.51.100.7", "http://localhost", {"authorization": "Bearer "}),
    ],
)
def test_without_a_token_nobody_else_is_told_that_there_are_any(address, base, headers):
    assert client(address, base=base).get("/metrics", headers=headers).status_code == 404


@pytest.mark.parametrize(
    "said", ["", "Bearer", "Bearer wrong", TOKEN, f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer ü"]
)
def test_with_a_token_it_must_be_said_even_here(said):
    asked = client(metrics_token=SecretStr(TOKEN))
    assert asked.get("/metrics", headers={"authorization": said.encode()}).status_code == 404


def test_with_the_token_everybody_reads():
    asked = client("198.51.100.7", metrics_token=SecretStr(TOKEN), base="http://playground.example")
    assert asked.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"}).status_code == 200
