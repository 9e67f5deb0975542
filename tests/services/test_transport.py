"""The transport against a scripted upstream and against bare sockets: forms, keys, limits, and what can go wrong."""

import asyncio
import json
import socket
import ssl
import threading
import time
import traceback
import tracemalloc

import pytest
import trustme
from pydantic import SecretStr
from upstream import Answer, RawUpstream, Upstream
from upstream.raw import (
    bomb,
    drip,
    endless,
    event,
    reset_after,
    reset_at_once,
    saying,
    short_body,
    silence,
    silence_after,
)

from services.endpoint import Endpoint
from services.errors import MalformedReply, NotFound, Refused, ServiceError, Unauthorized, Unavailable, Unreachable
from services.limits import Limits
from services.transport import Paths, Patience, Transport, Upload

CHAT = Paths("chat/completions", "chat/completions")
STT = Paths("stt/create", "stt")
BODY = {"model": "openai/gpt-4o-mini", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 9}
SOON = Patience(first_byte=5, total=10)
SHORT = Limits(connect=0.5, stall=0.3)


@pytest.fixture
async def transport():
    transport = Transport()
    yield transport
    await transport.close()


async def ask(transport: Transport, endpoint: Endpoint, *, body=BODY, paths=CHAT, patience=SOON, upload=None):
    """The whole JSON of one call."""
    async with transport.post(endpoint, paths, body=body, patience=patience, upload=upload) as reply:
        return await reply.json(1_000_000)


async def fails(transport: Transport, endpoint: Endpoint, error: type[ServiceError], **how) -> ServiceError:
    with pytest.raises(error) as raised:
        await ask(transport, endpoint, **how)
    return raised.value


# The two published forms


async def test_v1_is_tried_first(transport, upstream):
    await ask(transport, Endpoint.at(upstream.base))
    assert [call.path for call in upstream.calls] == ["/v1/chat/completions"]


async def test_auto_falls_back_to_the_seed_form_once_and_remembers(transport, upstream_seed):
    endpoint = Endpoint.at(upstream_seed.base)
    for _ in range(2):
        async with transport.post(endpoint, CHAT, body=BODY, patience=SOON) as reply:
            assert reply.dialect == "seed"
    assert [call.path for call in upstream_seed.calls] == [
        "/v1/chat/completions",
        "/chat/completions",
        "/chat/completions",
    ]


async def test_what_is_learned_about_one_root_says_nothing_about_another(transport, upstream_seed, upstream_v1):
    await ask(transport, Endpoint.at(upstream_seed.base))
    await ask(transport, Endpoint.at(upstream_v1.base))
    assert [call.path for call in upstream_v1.calls] == ["/v1/chat/completions"]


async def test_where_both_forms_are_missing_nothing_is_remembered(transport, upstream):
    upstream.always("chat", Answer.refusing(404, "Cannot POST"))
    for _ in range(2):
        await fails(transport, Endpoint.at(upstream.base), NotFound)
    assert [call.path for call in upstream.calls] == ["/v1/chat/completions", "/chat/completions"] * 2


@pytest.mark.parametrize(("dialect", "path"), [("v1", "/v1/chat/completions"), ("seed", "/chat/completions")])
async def test_an_explicit_dialect_never_falls_back(transport, upstream, dialect, path):
    upstream.always("chat", Answer.refusing(404, "Cannot POST"))
    await fails(transport, Endpoint.at(upstream.base, dialect=dialect), NotFound)
    assert [call.path for call in upstream.calls] == [path]


@pytest.mark.parametrize("envelope", ["problem", "flat", "openai"])
async def test_a_404_that_names_the_model_is_the_models(transport, upstream, envelope):
    upstream.always("chat", Answer.refusing(404, f"The model {BODY['model']} is not available", envelope))
    missing = await fails(transport, Endpoint.at(upstream.base), NotFound)
    assert missing.names_model
    assert BODY["model"] in missing.message
    assert len(upstream.calls) == 1


async def test_only_a_404_is_a_reason_to_try_the_other_form(transport, upstream):
    upstream.always("chat", Answer.refusing(503, "down"))
    await fails(transport, Endpoint.at(upstream.base), Unavailable)
    assert len(upstream.calls) == 1


# Keys


async def test_the_key_goes_as_a_bearer_token(transport, upstream):
    await ask(transport, Endpoint.at(upstream.base, SecretStr("mine")))
    assert upstream.calls[0].headers["authorization"] == "Bearer mine"


async def test_without_a_key_there_is_no_authorization_header(transport, upstream):
    await ask(transport, Endpoint.at(upstream.base))
    await ask(
        transport,
        Endpoint.at(upstream.base),
        paths=STT,
        body={"model": "m"},
        upload=Upload("audio", "a.wav", b"RIFF", "audio/wav"),
    )
    assert all("authorization" not in call.headers for call in upstream.calls)


async def test_keys_of_two_visitors_never_cross(transport, upstream):
    upstream.always("chat", Answer(json={}, delay=0.05))

    async def visitor(name: str) -> None:
        for i in range(5):
            body = {**BODY, "messages": [{"role": "user", "content": f"{name} {i}"}]}
            await ask(transport, Endpoint.at(upstream.base, SecretStr(name)), body=body)

    await asyncio.gather(visitor("ada"), visitor("ben"), visitor(""))
    assert len(upstream.calls) == 15
    for call in upstream.calls:
        assert call.json["messages"][0]["content"].split(" ")[0] == call.key


async def test_a_cookie_set_for_one_visitor_is_not_sent_for_the_next(transport, upstream):
    upstream.always("chat", Answer(json={}, headers={"set-cookie": "session=ada; Path=/"}))
    for key in ("ada", "ben"):
        await ask(transport, Endpoint.at(upstream.base, SecretStr(key)))
    assert "cookie" not in upstream.calls[1].headers


async def test_nothing_of_the_machines_openai_account_is_sent(transport, upstream, monkeypatch):
    for name in ("OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_ADMIN_KEY"):
        monkeypatch.setenv(name, "canary")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Tenant: canary")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://canary.invalid")
    await ask(transport, Endpoint.at(upstream.base))
    assert "canary" not in json.dumps(dict(upstream.calls[0].headers))


async def test_a_proxy_of_the_machine_is_not_used(upstream, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    transport = Transport()
    await ask(transport, Endpoint.at(upstream.base))
    await transport.close()
    assert len(upstream.calls) == 1


ECHOED = "sk-canary-0123456789abcdef"


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 429, 500])
@pytest.mark.parametrize("around", ["your key is {}", "{}", "x" * 275 + " {}"])
async def test_a_key_that_the_upstream_echoes_is_not_shown(transport, upstream, status, around):
    text = around.format(ECHOED)
    headers = {"x-request-id": f"r-{ECHOED}"}
    if status == 200:
        upstream.always("chat", Answer(json=text, headers=headers))
    else:
        upstream.always("chat", Answer.refusing(status, text, headers=headers))
    failure = await fails(transport, Endpoint.at(upstream.base, SecretStr(ECHOED)), ServiceError)
    shown = "".join(traceback.format_exception(failure)) + failure.sentence + failure.detail + repr(failure.args)
    assert ECHOED[:13] not in shown


# What is sent


@pytest.mark.parametrize("status", [200, 500])
async def test_a_key_that_the_upstream_echoes_as_an_id_is_dropped(transport, upstream, status):
    upstream.always("chat", Answer(status=status, json={"message": "hm"}, headers={"x-request-id": "sk-my-own-key"}))
    endpoint = Endpoint.at(upstream.base, SecretStr("sk-my-own-key"))
    if status == 500:
        assert "sk-my-own-key" not in (await fails(transport, endpoint, Unavailable)).sentence
        return
    async with transport.post(endpoint, CHAT, body=BODY, patience=SOON) as reply:
        assert reply.request_id == "i1"


@pytest.mark.parametrize(
    "head",
    [b"content-type: application/json; charset=utf-16", b"content-type: text/plain\r\nx-request-id: \xff\xfe"],
    ids=["a charset that the body is not in", "a header that is no text"],
)
async def test_a_refusal_that_the_library_can_not_decode_is_a_refusal(transport, head):
    reply = b"HTTP/1.1 400 No\r\n" + head + b"\r\ncontent-length: 17\r\n\r\n" + b'{"message": "hm"}'
    with RawUpstream(saying(reply)) as upstream:
        refused = await fails(transport, Endpoint.at(upstream.base), Refused)
    assert refused.status == 400
    assert "hm" in refused.sentence


async def test_a_body_arrives_as_it_was_given(transport, upstream):
    await ask(transport, Endpoint.at(upstream.base))
    assert upstream.calls[0].json == BODY
    assert upstream.calls[0].headers["content-type"] == "application/json"


async def test_an_upload_is_multipart_with_its_part_name_type_and_fields(transport, upstream):
    body = {"model": "#g1_whisper-tiny", "diarize": True, "language": "en"}
    upload = Upload("audio", "speech.wav", b"RIFF\x00\xff", "audio/wav")
    assert "generation_id" in await ask(transport, Endpoint.at(upstream.base), paths=STT, body=body, upload=upload)
    call = upstream.calls[0]
    assert (call.path, dict(call.form)) == (
        "/v1/stt/create",
        {"model": "#g1_whisper-tiny", "diarize": "true", "language": "en"},
    )
    part = call.files["audio"]
    assert (part.name, part.media_type, part.data) == ("speech.wav", "audio/wav", b"RIFF\x00\xff")


async def test_a_poll_is_a_get_in_the_form_that_took_the_job(transport, upstream):
    endpoint = Endpoint.at(upstream.base)
    accepted = await ask(transport, endpoint, paths=STT, body={"model": "m", "url": "https://cdn.example/a.wav"})
    async with transport.get(endpoint, "v1", f"stt/{accepted['generation_id']}", SOON) as reply:
        assert (await reply.json(1000))["status"] == "generating"
    assert (upstream.calls[1].method, upstream.calls[1].task) == ("GET", "poll")


# What is taken as an answer


@pytest.mark.parametrize("status", [200, 201, 202, 207, 299])
async def test_any_2xx_is_a_success(transport, upstream, status):
    upstream.plan("chat", Answer(status=status, json={"fine": True}))
    assert await ask(transport, Endpoint.at(upstream.base)) == {"fine": True}


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_not_followed(transport, upstream, status):
    """A prompt goes to nobody but the endpoint."""
    upstream.plan("chat", Answer(status=status, headers={"location": f"{upstream.root}/elsewhere"}))
    await fails(transport, Endpoint.at(upstream.base, SecretStr("mine")), MalformedReply)
    assert len(upstream.calls) == 1


async def test_a_refusal_carries_status_and_request_id(transport, upstream):
    upstream.plan("chat", Answer.refusing(401, "no key", headers={"x-request-id": "abc"}))
    refused = await fails(transport, Endpoint.at(upstream.base), Unauthorized)
    assert (refused.status, refused.request_id) == (401, "abc")


@pytest.mark.parametrize("body", [b"<html>hello</html>", b"", b"[1]", b'"text"', b"{", b'{"a": NaN}', b"[" * 100_000])
@pytest.mark.parametrize("content_type", ["application/json", "text/html"])
async def test_a_2xx_that_is_no_json_object_is_unexpected(transport, upstream, body, content_type):
    """C15, C16"""
    upstream.plan("chat", Answer(body=body, content_type=content_type))
    odd = await fails(transport, Endpoint.at(upstream.base), MalformedReply)
    assert "<" not in odd.sentence
    assert odd.request_id == "r1"


@pytest.mark.parametrize(
    ("content_type", "is_json"),
    [("application/json", True), ("application/json; charset=utf-8", True), ("application/problem+json", True),
     ("Application/JSON", True), ("text/event-stream", False), ("audio/wav", False)],
)  # fmt: skip
async def test_json_is_known_by_its_type_and_its_suffix(transport, upstream, content_type, is_json):
    upstream.plan("chat", Answer(body=b"{}", content_type=content_type))
    async with transport.post(Endpoint.at(upstream.base), CHAT, body=BODY, patience=SOON) as reply:
        assert reply.is_json is is_json


# Limits


async def test_a_body_over_its_cap_is_not_read_to_the_end(transport):
    with RawUpstream(endless(b"application/json", b" " * 1000)) as upstream:
        large = await fails(transport, Endpoint.at(upstream.base), MalformedReply)
        assert await asyncio.to_thread(upstream.lines[0].closed.wait, 2)
    assert "1 MB" in large.message


async def test_the_cap_counts_what_comes_out_of_a_compressed_body(transport):
    with RawUpstream(bomb(200)) as upstream:
        start = time.monotonic()
        await fails(transport, Endpoint.at(upstream.base), MalformedReply)
    assert time.monotonic() - start < 2


async def test_the_body_of_a_refusal_has_a_cap_too(transport):
    with RawUpstream(bomb(300, status=b"500 Oh")) as upstream:
        tracemalloc.start()
        await fails(transport, Endpoint.at(upstream.base), Unavailable)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 150_000_000  # one packet's worth; all of it would be 300 MB and more


async def test_a_refusal_that_never_ends_is_still_a_refusal(transport):
    def fault(line):
        line.send(b"HTTP/1.1 500 Oh\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n")
        while True:
            line.chunk(b" " * 60_000)

    with RawUpstream(fault) as upstream:
        await fails(transport, Endpoint.at(upstream.base), Unavailable, patience=Patience(2, 2))
        assert await asyncio.to_thread(upstream.lines[0].closed.wait, 2)


@pytest.mark.parametrize(
    ("fault", "patience", "within"),
    [
        (silence, Patience(first_byte=0.3, total=9), 0.3),
        (silence_after(2), Patience(first_byte=5, total=9), 0.3),
        (drip(0.05), Patience(first_byte=5, total=0.6), 0.6),
    ],
    ids=["first byte", "stall", "total"],
)
async def test_each_limit_ends_a_call_in_time(fault, patience, within):
    """C20, C30, C21: each limit by itself."""
    transport = Transport(SHORT)
    with RawUpstream(fault) as upstream:
        start = time.monotonic()
        late = await fails(transport, Endpoint.at(upstream.base), Unreachable, patience=patience)
        assert within <= time.monotonic() - start < within + 0.7
        assert await asyncio.to_thread(upstream.lines[0].closed.wait, 2)
    await transport.close()
    assert "in time" in late.message


async def test_a_slow_stream_that_keeps_coming_is_no_stall(upstream):
    transport = Transport(SHORT)
    upstream.plan("chat", Answer(chunks=["data: {}\n\n"] * 6, content_type="text/event-stream", pause=0.1))
    async with transport.post(Endpoint.at(upstream.base), CHAT, body=BODY, patience=SOON) as reply:
        assert b"".join([packet async for packet in reply.packets()]).count(b"data") == 6
    await transport.close()


async def test_leaving_the_block_closes_the_connection(transport, upstream):
    body = {**BODY, "model": "scripted/endless", "stream": True}
    async with transport.post(Endpoint.at(upstream.base), CHAT, body=body, patience=SOON) as reply:
        assert b"data:" in await anext(reply.packets())
    assert await asyncio.to_thread(upstream.calls[0].closed.wait, 2)


async def test_a_cancelled_call_closes_the_connection(transport, upstream):
    body = {**BODY, "model": "scripted/endless", "stream": True}

    async def read_on() -> None:
        async with transport.post(Endpoint.at(upstream.base), CHAT, body=body, patience=SOON) as reply:
            async for _ in reply.packets():
                pass

    reading = asyncio.create_task(read_on())
    assert await asyncio.to_thread(upstream.arrived.wait, 5)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert await asyncio.to_thread(upstream.calls[0].closed.wait, 2)


async def test_the_embedded_engine_is_called_by_its_name(transport, upstream):
    endpoint = Endpoint.at(upstream.base, SecretStr("its-own"), "v1", embedded=True)
    upstream.plan("chat", Answer.refusing(503, "full"))
    assert "The embedded engine has trouble" in (await fails(transport, endpoint, Unavailable)).message
    upstream.stop()
    assert (await fails(transport, endpoint, Unreachable)).message == "The embedded engine stopped."


# Not getting through: each cause in its own words


def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


async def test_no_such_host_is_named(transport):
    """C17"""
    lost = await fails(transport, Endpoint.at("http://nowhere.invalid/v1"), Unreachable)
    assert lost.message == "There is no host named nowhere.invalid."


async def test_nobody_listening_is_said_so(transport):
    """C19"""
    port = unused_port()
    lost = await fails(transport, Endpoint.at(f"http://127.0.0.1:{port}"), Unreachable)
    assert lost.message == f"Nobody listens at 127.0.0.1:{port}."


async def test_a_certificate_that_is_not_trusted_is_never_gone_around(transport):
    """C18"""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(context)
    asked: list[bytes] = []

    def serve(server: socket.socket) -> None:
        while True:
            try:
                connection, _ = server.accept()
                with context.wrap_socket(connection, server_side=True) as secured:
                    asked.append(secured.recv(1000))
            except ssl.SSLError:
                continue
            except OSError:
                return

    server = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=serve, args=(server,), daemon=True)
    thread.start()
    lost = await fails(transport, Endpoint.at(f"https://localhost:{server.getsockname()[1]}"), Unreachable)
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    assert "certificate" in lost.message
    assert not any(asked)


async def test_a_host_that_does_not_take_the_connection_is_given_up():
    """C19"""
    transport = Transport(SHORT)
    with socket.socket() as server:  # its queue is full, so that a further connection waits
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(server.getsockname())
        await asyncio.sleep(0.05)
        start = time.monotonic()
        lost = await fails(transport, Endpoint.at(f"http://127.0.0.1:{server.getsockname()[1]}"), Unreachable)
        assert time.monotonic() - start < SHORT.connect + 1
        for one in waiting:
            one.close()
    await transport.close()
    assert "in time" in lost.message


@pytest.mark.parametrize(
    "fault", [reset_at_once, reset_after(1), short_body(), saying(b"HTTP/9 what\r\n\r\n"), saying(b"")]
)
async def test_a_connection_that_breaks_is_unreachable_and_asked_once(transport, fault):
    with RawUpstream(fault) as upstream:
        lost = await fails(transport, Endpoint.at(upstream.base), Unreachable)
        assert len(upstream.lines) == 1
    assert "lost" in lost.message


async def test_a_body_that_can_not_be_unpacked_is_ours_to_name(transport):
    reply = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nnope"
    with RawUpstream(saying(reply)) as upstream:
        named = await fails(transport, Endpoint.at(upstream.base), ServiceError)
    assert named.message
    assert named.remedy


async def test_what_came_before_a_break_was_handed_over(transport):
    with RawUpstream(reset_after(2)) as upstream:
        got = b""
        with pytest.raises(Unreachable):  # noqa: PT012
            async with transport.post(Endpoint.at(upstream.base), CHAT, body=BODY, patience=SOON) as reply:
                async for packet in reply.packets():
                    got += packet
    assert got == event("0 ") + event("1 ")


async def test_a_failure_of_the_caller_stays_what_it_is(transport, upstream):
    with pytest.raises(ZeroDivisionError):
        async with transport.post(Endpoint.at(upstream.base), CHAT, body=BODY, patience=SOON):
            raise ZeroDivisionError
    with pytest.raises(Refused, match="odd"):
        async with transport.post(Endpoint.at(upstream.base), CHAT, body=BODY, patience=SOON):
            raise Refused("odd", remedy="none")


async def test_it_works_again_after_trouble():
    with Upstream() as upstream:
        transport = Transport(SHORT)
        upstream.plan(
            "chat", Answer(chunks=["{"], content_type="application/json", cut=True), Answer.refusing(503, "down")
        )
        for error in (Unreachable, Unavailable):
            await fails(transport, Endpoint.at(upstream.base), error)
        assert (await ask(transport, Endpoint.at(upstream.base)))["choices"]
        await transport.close()
