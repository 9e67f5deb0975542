"""The four endpoints as tools for models: the same keys, budgets, limits and refusals as everywhere else."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult
from running_page import OWNER_KEY, VISITOR_KEY, Site, hits, serving
from upstream import Upstream

from services.limits import Limits
from services.settings import Settings


@pytest.fixture(scope="module")
def tools(tmp_path_factory) -> Iterator[Site]:
    """A page whose owner lets a day cost a tenth of a dollar, and all who have no session ask thirty times a minute."""
    with Upstream({"v1"}) as upstream:
        settings = Settings(
            api_key=OWNER_KEY,
            api_base=upstream.base,
            api_dialect="auto",
            data=tmp_path_factory.mktemp("budget"),
            budget_day_usd=0.1,
            limit=Limits(nameless_actions=30, nameless_calls=20, session_calls=1, session_actions=1),
        )
        with serving(settings, upstream) as site:
            yield site


async def asked(site: Site, name: str, arguments: dict[str, Any], **headers: str) -> CallToolResult:
    where = f"{site.url.rstrip('/')}/gradio_api/mcp/"
    async with (
        httpx.AsyncClient(headers=headers, trust_env=False, timeout=30) as http,
        streamable_http_client(where, http_client=http) as (reading, writing, _),
        ClientSession(reading, writing) as session,
    ):
        await session.initialize()
        return await session.call_tool(name, arguments)


def use(site: Site, name: str, arguments: dict[str, Any], **headers: str) -> tuple[bool, str]:
    """Whether it went well, and all that was said."""
    result = asyncio.run(asked(site, name, arguments, **headers))
    return not result.isError, " ".join(getattr(part, "text", "") for part in result.content)


def test_a_model_is_answered_with_the_owners_key_or_with_the_callers_own(tools):
    assert use(tools, "chat", {"message": "hello"}) == (True, "You said: hello")
    assert use(tools, "chat", {"message": "hello"}, **{"x-aiml-key": VISITOR_KEY}) == (True, "You said: hello")
    assert [call.key for call in tools.chats()] == [OWNER_KEY, VISITOR_KEY]


def test_a_file_is_fetched_from_nowhere_inside(tools):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        for audio in (
            f"http://127.0.0.1:{port}/a.wav",
            f"http://localhost:{port}/a.wav",
            "/etc/passwd",
            "file:///etc/passwd",
        ):
            well, said = use(tools, "transcribe", {"audio": audio})
            assert not well
            assert "root:" not in said
            assert "Traceback" not in said
        listener.settimeout(0.2)
        with pytest.raises(TimeoutError):
            listener.accept()


def test_the_budget_and_the_limits_hold_for_twenty_calls_at_once_and_are_told_in_words(tools):
    async def many(count: int) -> list[CallToolResult]:
        return await asyncio.gather(
            *(asked(tools, "generate_image", {"prompt": "a cat", "n": 4}) for _ in range(count))
        )

    before = len(tools.upstream.calls_to("image"))
    results = asyncio.run(many(20))
    painted = len(tools.upstream.calls_to("image")) - before
    assert 0 < painted == sum(not result.isError for result in results) <= 0.1 / 0.012
    refused = [result.content[0].text for result in results if result.isError]
    assert all("left of today's $0.10" in said for said in refused), refused
    said = [use(tools, "chat", {"message": "hello"})[1] for _ in range(10)]
    assert said[-1].startswith("30 calls within a minute came from callers without a session, which is the limit")
    mine = {"x-aiml-session": "my-own-tool-session", "x-aiml-key": VISITOR_KEY}
    assert use(tools, "chat", {"message": "hello"}, **mine) == (True, "You said: hello")


def test_no_key_is_told(tools):
    texts = [tools.http.get("/gradio_api/mcp/schema").text, use(tools, "chat", {"message": ""})[1]]
    texts.append(use(tools, "chat", {"message": "x", "model": f"no/{VISITOR_KEY}"}, **{"x-aiml-key": VISITOR_KEY})[1])
    assert not hits(" ".join(texts), OWNER_KEY)
