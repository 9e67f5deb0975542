"""What every test may ask for: a scripted upstream, settings without an environment, and a wall around loopback."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from upstream import Answer, Upstream

from services.endpoint import Endpoint
from services.settings import Settings


@pytest.fixture(autouse=True)
def _loopback_only(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that opens a connection to another machine fails, unless it is marked `live`."""
    if request.node.get_closest_marker("live"):
        return
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def guarded(way: Callable[..., Any]) -> Callable[..., Any]:
        def walled(self: socket.socket, address: Any) -> Any:
            if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(address[0]):
                pytest.fail(f"a test opened a connection to {address[0]}; tests talk to loopback only")
            return way(self, address)

        return walled

    monkeypatch.setattr(socket.socket, "connect", guarded(connect))
    monkeypatch.setattr(socket.socket, "connect_ex", guarded(connect_ex))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@pytest.fixture(autouse=True)
def _plain_environment(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings and keys of whoever runs the tests don't reach them."""
    if not request.node.get_closest_marker("live"):
        for name in [name for name in os.environ if name.startswith(("AIML_", "OPENAI_")) or name == "SPACE_ID"]:
            monkeypatch.delenv(name)


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    """Speaks both published forms; any key or none."""
    with Upstream() as running:
        yield running


@pytest.fixture
def upstream_v1() -> Iterator[Upstream]:
    with Upstream({"v1"}) as running:
        yield running


@pytest.fixture
def upstream_seed() -> Iterator[Upstream]:
    with Upstream({"seed"}) as running:
        yield running


@pytest.fixture
def endpoint_answering() -> Iterator[Callable[..., Endpoint]]:
    """`endpoint_answering(429, "slow down", "flat", headers={...})`: an endpoint that refuses whatever it is asked."""
    started: list[Upstream] = []

    def answering(status: int, message: str = "as planned", envelope: str = "problem", **more: Any) -> Endpoint:
        upstream = Upstream(script=lambda call: Answer.refusing(status, message, envelope, **more)).start()
        started.append(upstream)
        return Endpoint.at(upstream.base)

    yield answering
    for upstream in started:
        upstream.stop()


@pytest.fixture
def settings(upstream: Upstream) -> Settings:
    """An owner who points at the scripted upstream with a key."""
    return Settings(api_base=upstream.base, api_key="owner-key")  # type: ignore[arg-type]
