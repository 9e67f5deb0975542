"""The scripted upstream is what other tests lean on, so it is tested itself."""

import asyncio
import contextlib
import os
import socket

import httpx2
import pytest
from contract_check import assert_published, published
from upstream import Answer, RawUpstream, Upstream
from upstream.raw import bomb, clean_end_after, cut_chunk, drip, endless, reset_after, reset_at_once, short_body

ASKED = {"model": "openai/gpt-4o-mini", "messages": [{"role": "user", "content": "say hi"}]}


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/chat/completions"])
async def test_it_answers_as_published(upstream, path):
    async with httpx2.AsyncClient() as client:
        reply = await client.post(upstream.root + path, json=ASKED)
    assert_published(reply.json(), "chat", "completion")
    assert reply.json()["choices"][0]["message"]["content"] == "You said: say hi"


async def test_a_path_of_the_other_form_is_not_there(upstream_seed):
    async with httpx2.AsyncClient() as client:
        reply = await client.post(upstream_seed.root + "/v1/chat/completions", json=ASKED)
    assert reply.status_code == 404
    assert_published(reply.json(), "errors", "problem")


async def test_it_plays_what_was_planned_and_then_answers_again(upstream):
    upstream.plan("chat", Answer.refusing(503, "down", "flat"))
    async with httpx2.AsyncClient() as client:
        statuses = [(await client.post(upstream.root + "/v1/chat/completions", json=ASKED)).status_code for _ in "ab"]
    assert statuses == [503, 200]
    assert [call.json["model"] for call in upstream.calls] == [ASKED["model"]] * 2


async def test_it_refuses_what_is_not_published(upstream):
    async with httpx2.AsyncClient() as client:
        reply = await client.post(upstream.root + "/v1/chat/completions", json={**ASKED, "wings": 2})
    assert (reply.status_code, "wings" in reply.text) == (400, True)


async def test_it_wants_a_key_when_told_to():
    with Upstream(keys={"right"}) as upstream:
        async with httpx2.AsyncClient() as client:
            url = upstream.root + "/v2/billing"
            assert (await client.get(url)).status_code == 401
            assert (await client.get(url, headers={"authorization": "Bearer right"})).status_code == 200


async def test_it_notices_that_a_client_went_away(upstream):
    async with httpx2.AsyncClient() as client:
        body = {**ASKED, "model": "scripted/endless", "stream": True}
        async with client.stream("POST", upstream.root + "/v1/chat/completions", json=body) as reply:
            await anext(reply.aiter_bytes())
    assert await asyncio.to_thread(upstream.calls[0].closed.wait, 2)


@pytest.mark.parametrize("fault", [reset_at_once, reset_after(2), cut_chunk, short_body()])
async def test_a_fault_breaks_the_connection(fault):
    with RawUpstream(fault) as upstream:
        async with httpx2.AsyncClient() as client:
            with pytest.raises(httpx2.HTTPError):
                await client.post(upstream.root, json={})


async def test_a_clean_end_is_no_fault_to_a_client():
    with RawUpstream(clean_end_after(3)) as upstream:
        async with httpx2.AsyncClient() as client:
            assert (await client.post(upstream.root, json={})).text.count("data:") == 3


@pytest.mark.parametrize("fault", [drip(0.01), endless()])
async def test_what_never_ends_ends_with_the_client(fault):
    with RawUpstream(fault) as upstream:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.3), httpx2.AsyncClient() as client:
                await client.post(upstream.root)
        assert await asyncio.to_thread(upstream.lines[0].closed.wait, 2)


async def test_media_can_be_fetched(upstream):
    asked = {"model": "flux/schnell", "prompt": "a boat", "image_size": {"width": 128, "height": 64}}
    async with httpx2.AsyncClient() as client:
        reply = (await client.post(upstream.root + "/v1/images/generations", json=asked)).json()
        assert (await client.get(reply["images"][0]["url"])).content.startswith(b"\xff\xd8")


async def test_a_bomb_is_small_on_the_wire():
    with RawUpstream(bomb(5)) as upstream:
        async with httpx2.AsyncClient() as client, client.stream("GET", upstream.root) as reply:
            assert int(reply.headers["content-length"]) < 10_000
            assert len(await reply.aread()) == 5_000_000


def _examples():
    for name in ("account", "catalog", "chat", "errors", "image", "speech", "transcription"):
        for case, exchange in published(name)["examples"].items():
            for side in ("request", "response"):
                if f"{side}_shape" in exchange:
                    yield pytest.param(name, exchange[side], exchange[f"{side}_shape"], id=f"{name}: {case} {side}")


@pytest.mark.parametrize(("name", "body", "shape"), list(_examples()))
def test_every_example_has_the_shape_it_names(name, body, shape):
    assert_published(body, name, shape)


def test_a_connection_to_another_machine_fails_the_test():
    with socket.socket() as outside, pytest.raises(pytest.fail.Exception, match="loopback only"):
        outside.connect(("192.0.2.1", 80))


def test_the_keys_of_whoever_runs_the_tests_are_not_there():
    assert not [name for name in os.environ if name.startswith(("AIML_", "OPENAI_"))]
