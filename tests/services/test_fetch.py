"""The guarded fetch: what it refuses, what it limits, and what it gets.

`media.example` is made to resolve to public addresses, and connections to those are led to a TLS server on loopback,
so that the address that was checked, the name in the certificate and the real client all take part.
"""

from __future__ import annotations

import asyncio
import gzip
import http.server
import socket
import ssl
import threading
import time
import zlib
from collections import Counter

import brotli
import pytest
import requests.adapters
import trustme
import urllib3.util.connection
from pydantic import SecretStr
from upstream import Answer, RawUpstream, picture
from upstream.raw import bomb, drip, reset_at_once, saying, short_body, silence

from services.errors import (
    InvalidInput,
    MalformedReply,
    NotFound,
    Refused,
    ServiceError,
    Unauthorized,
    Unavailable,
    Unreachable,
)
from services.fetch import Fetcher
from services.limits import Limits
from services.pinned import is_public

PUBLIC, OTHER, PRIVATE, PUBLIC_6 = "93.184.216.34", "151.101.1.69", "10.0.0.7", "2606:4700::1111"


class Internet:
    """A resolver and a TLS server that answers for every public address; `pages` are its answers by path."""

    def __init__(self, monkeypatch, tmp_path):
        self.names: dict[str, list[list[str]]] = {"media.example": [[PUBLIC]], "other.example": [[OTHER]]}
        self.asked: Counter[str] = Counter()
        self.connected: list[str] = []
        self.pages: dict[str, tuple[int, dict[str, str], bytes]] = {"/a.png": (200, {}, picture("a"))}
        self.requests: list[tuple[str, dict[str, str]]] = []
        self._serve(tmp_path)
        real_resolve, real_connect = socket.getaddrinfo, urllib3.util.connection.create_connection

        def resolve(host, port, *more, **named):
            if host not in self.names:
                return real_resolve(host, port, *more, **named)
            answers = self.names[host]
            addresses = answers[min(self.asked[host], len(answers) - 1)]
            self.asked[host] += 1
            return [
                (socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port or 0))
                for one in addresses
            ]

        def connect(address, *more, **named):
            self.connected.append(address[0])
            if address[0] in (PUBLIC, OTHER, PUBLIC_6):
                address = self.server.server_address
            return real_connect(address, *more, **named)

        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        monkeypatch.setattr(urllib3.util.connection, "create_connection", connect)

    def _serve(self, tmp_path):
        internet = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                internet.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                status, headers, body = internet.pages.get(self.path, (404, {}, b"nothing here"))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.authority = trustme.CA()
        self.bundle = tmp_path / "authority.pem"
        self.authority.cert_pem.write_to_path(str(self.bundle))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert("media.example").configure_cert(context)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.server.handle_error = lambda *_: None
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()


@pytest.fixture
def internet(monkeypatch, tmp_path):
    internet = Internet(monkeypatch, tmp_path)
    # Where requests looks for the authorities that it trusts.
    monkeypatch.setattr(requests.adapters, "DEFAULT_CA_BUNDLE_PATH", str(internet.bundle))
    monkeypatch.setattr(requests.utils, "DEFAULT_CA_BUNDLE_PATH", str(internet.bundle))
    yield internet
    internet.server.shutdown()
    internet.server.server_close()


@pytest.fixture
def listener():
    """A loopback port that counts who comes."""
    with RawUpstream(saying(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi")) as raw:
        yield raw


@pytest.fixture
def fetcher():
    return Fetcher(Limits(connect=1, stall=2))


async def test_public_media_are_fetched_by_name_from_the_address_that_was_checked(internet, fetcher):
    assert await fetcher.media("https://media.example/a.png", cap=10_000) == picture("a")
    assert internet.connected == [PUBLIC]
    [(path, headers)] = internet.requests
    assert (path, headers["host"]) == ("/a.png", "media.example")


async def test_no_key_no_cookie_and_no_trace_of_an_address_is_sent(internet, fetcher, monkeypatch, tmp_path):
    (tmp_path / ".netrc").write_text("machine media.example login me password sk-canary\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    await fetcher.media("https://media.example/a.png", cap=10_000)
    assert not {"authorization", "cookie", "x-forwarded-for", "referer"} & set(internet.requests[0][1])


@pytest.mark.parametrize(
    "url",
    [
        *("", "   ", "not a url", "media.example/a.png", "//media.example/a", "https://", "https:///a", "https://?"),
        *("ftp://media.example/a", "file:///etc/passwd", "javascript:alert(1)", "data:audio/wav;base64,AAAA"),
        *(
            "gopher://media.example",
            "https://media.example:port/a",
            "https://[::1",
            "https://media.example\\@10.0.0.1/",
        ),
        *("https://me@media.example/a", "https://me:secret@media.example/a", "https://@media.example/a"),
        *("https://media.example/a\nb", "https://media.example/a b", "https://media.example/" + "a" * 5000),
    ],
)
async def test_what_is_no_address_of_a_file_is_refused_before_any_call(internet, fetcher, url):
    for attempt in (fetcher.media(url, cap=10), fetcher.check_public(url)):
        with pytest.raises(InvalidInput) as error:
            await attempt
        assert error.value.remedy
    assert internet.connected == []


# What differs between the libraries that read addresses, so that one would check what another does not ask for.
TRICKS = (
    *("https://good.example@127.0.0.1/", "https://127.0.0.1:443@media.example/", "https://media.example%40127.0.0.1/"),
    *("https://127%2e0.0.1/", "https://%31%32%37.0.0.1/", "https://127.0.0.1%00.media.example/", "https://media.example%2f/"),
    *("https://１２７.0.0.1/", "https://127。0。0。1/", "https://127．0．0．1/", "https://①②⑦.⓪.⓪.①/", "https://ⓛocalhost/"),
    *("https://lоcalhost​.media.example/", "https://a..example/", "https://.media.example/", "https://media.example../"),
    *("https://[fe80::1%25eth0]/", "https://[fe80::1%eth0]/", "https://[2606:4700::1111%25eth0]/", "https://[v1.a]/"),
    *("https://[127.0.0.1]/", "https://[::ffff:0:127.0.0.1]/", "https://[::ffff:0:7f00:1]/", "https://[4000::1]/"),
    *("https://1.1.1/", "https://0x08080808/", "https://8.8.8.08/", "https://a.8/", "https://8.8.8.8.8/", "https://1e3.0x1/"),
    *("https://media.example:99999/", "https://media.example:-1/", "https://media.example: 443/", "https://exa mple/"),
    *("https://media.example;@127.0.0.1/", "https://media.example,127.0.0.1/", "https://" + "a" * 64 + ".example/"),
)  # fmt: skip


@pytest.mark.parametrize("url", TRICKS)
async def test_an_address_that_two_libraries_may_read_differently_is_refused_before_any_call(internet, fetcher, url):
    """C44: userinfo, escapes, other digits and dots, zones, numbers in short and mixed forms, broken ports."""
    for attempt in (fetcher.media(url, cap=10), fetcher.check_public(url)):
        with pytest.raises(InvalidInput):
            await attempt
    assert internet.connected == []


async def test_an_international_name_is_asked_for_in_the_one_form_that_everybody_reads_alike(internet, fetcher):
    """C44: what was checked is what is connected to and what is handed on."""
    internet.names["xn--mnchen-3ya.example"] = [[PRIVATE]]
    for url in ("https://MÜNCHEN.example/a", "https://münchen。example/a", "https://xn--mnchen-3ya.example./a"):
        with pytest.raises(InvalidInput, match="not public"):
            await fetcher.media(url, cap=10)
    internet.names["xn--mnchen-3ya.example"] = [[PUBLIC]]
    assert await fetcher.check_public("http://MÜNCHEN.example:8080/a?b") == "http://xn--mnchen-3ya.example:8080/a?b"


LOCAL = (
    *("127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001", "0"),
    *("localhost", "localhost.", "LOCALHOST", "127.0.0.1.", "0.0.0.0", "[::1]", "[::]", "[::ffff:127.0.0.1]"),
    *("[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fe80::1]", "[fd00::1]"),
    *("10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "168.63.129.16", "192.0.0.192"),
    *("224.0.0.1", "255.255.255.255", "198.18.0.1", "240.0.0.1"),
)
# By range; the library's own list lacks those of the second half.
SPECIAL = (
    *("0.1.2.3", "100.64.0.1", "100.127.255.254", "100.100.100.200", "127.8.8.8", "169.254.169.254", "192.0.0.9"),
    *("192.0.2.1", "192.88.99.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.251", "239.255.255.250"),
    *("240.0.0.1", "255.255.255.255", "168.63.129.16", "172.31.255.255", "::", "::1", "fe80::1", "fe80::1%eth0"),
    *("fd00:ec2::254", "fec0::1", "ff02::1", "ff0e::1", "2001:db8::1", "3fff::1", "5f00::1", "100::1"),
    *("2002:808:808::", "2001:0:5ef5:79fd::1", "64:ff9b::a00:1", "64:ff9b:1::a00:1", "::ffff:10.0.0.1"),
    *("::127.0.0.1", "::808:808", "::ffff:0:127.0.0.1", "::ffff:0:808:808", "1::1", "0200::1", "4000::1", "8000::1"),
)  # fmt: skip


@pytest.mark.parametrize("address", SPECIAL)
async def test_an_address_of_a_special_range_is_not_public_whatever_name_it_hides_behind(internet, fetcher, address):
    """C44: the answer of the resolver counts, by a list stricter than the library's."""
    assert not is_public([address])
    assert not is_public([PUBLIC, address])
    internet.names["media.example"] = [[address]]
    with pytest.raises(InvalidInput, match="not public"):
        await fetcher.media("https://media.example/a.png", cap=10)
    assert internet.connected == []


@pytest.mark.parametrize("address", ["8.8.8.8", PUBLIC, PUBLIC_6, "::ffff:8.8.8.8"])
def test_an_address_of_the_internet_is_public(address):
    assert is_public([address])


@pytest.mark.parametrize("found", [[], [""], ["media.example"], [PUBLIC, "localhost"]])
def test_what_is_no_address_is_not_public(found):
    assert not is_public(found)


async def test_a_name_with_an_ipv6_address_is_fetched_from_there(internet, fetcher):
    internet.names["media.example"] = [[PUBLIC_6]]
    assert await fetcher.media("https://media.example/a.png", cap=10_000) == picture("a")
    assert internet.connected == [PUBLIC_6]


@pytest.mark.parametrize("host", LOCAL)
async def test_a_private_address_in_any_writing_is_refused_without_a_connection(fetcher, listener, host):
    port = listener.root.rsplit(":", 1)[1]
    for url in (f"https://{host}/a.png", f"https://{host}:{port}/a.png", f"http://{host}:{port}/a.png"):
        with pytest.raises((InvalidInput, Unreachable)):
            await fetcher.media(url, cap=10)
        with pytest.raises((InvalidInput, Unreachable)):
            await fetcher.check_public(url)
    assert listener.lines == []


@pytest.mark.parametrize(
    "addresses", [[PRIVATE], [PUBLIC, PRIVATE], [PRIVATE, PUBLIC], ["::ffff:10.0.0.1"], ["127.0.0.1"], ["::1", PUBLIC]]
)
async def test_one_private_address_among_those_of_a_name_is_enough_to_refuse_it(internet, fetcher, addresses):
    internet.names["media.example"] = [addresses]
    for attempt in (
        fetcher.media("https://media.example/a.png", cap=10),
        fetcher.check_public("https://media.example"),
    ):
        with pytest.raises(InvalidInput, match=r"media\.example is not public"):
            await attempt
    assert internet.connected == []


async def test_a_name_that_changes_its_address_after_the_check_is_not_followed_there(internet, fetcher):
    internet.names["media.example"] = [[PUBLIC], ["127.0.0.1"]]
    assert await fetcher.media("https://media.example/a.png", cap=10_000) == picture("a")
    assert internet.connected == [PUBLIC]
    with pytest.raises(InvalidInput):
        await fetcher.media("https://media.example/a.png", cap=10_000)
    assert internet.connected == [PUBLIC]


async def test_a_connection_to_a_name_is_refused_even_if_the_library_forgets_to_pin(internet, fetcher, monkeypatch):
    """C44: checked again when it connects; a name could have moved to a private address by then."""
    from AntiSSRF import _antissrf_agent

    plain = requests.adapters.HTTPAdapter.build_connection_pool_key_attributes
    monkeypatch.setattr(_antissrf_agent._AntiSSRFAdapter, "build_connection_pool_key_attributes", plain)
    with pytest.raises(InvalidInput, match="not public"):
        await fetcher.media("https://media.example/a.png", cap=10_000)
    assert internet.connected == []


async def test_the_certificate_must_be_for_the_name(internet, fetcher):
    with pytest.raises(Unreachable, match="not trusted"):
        await fetcher.media("https://other.example/a.png", cap=10_000)
    assert (internet.requests, internet.connected) == ([], [OTHER])


async def test_an_authority_that_nobody_knows_is_not_trusted(internet, fetcher, monkeypatch, tmp_path):
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "other.pem"))
    monkeypatch.setattr(requests.adapters, "DEFAULT_CA_BUNDLE_PATH", str(tmp_path / "other.pem"))
    monkeypatch.setattr(requests.utils, "DEFAULT_CA_BUNDLE_PATH", str(tmp_path / "other.pem"))
    with pytest.raises(Unreachable, match="not trusted"):
        await fetcher.media("https://media.example/a.png", cap=10_000)
    assert internet.requests == []


def leads(internet, path, to, status=302):
    internet.pages[path] = (status, {"location": to}, b"")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_to_a_public_place_is_followed(internet, fetcher, status):
    leads(internet, "/start", "/a.png", status)
    assert await fetcher.media("https://media.example/start", cap=10_000) == picture("a")


async def test_three_redirects_are_followed_and_a_fourth_is_not(internet, fetcher):
    for at in range(4):
        leads(internet, f"/{at}", f"/{at + 1}")
    internet.pages["/4"] = internet.pages["/a.png"]
    assert await fetcher.media("https://media.example/1", cap=10_000) == picture("a")
    with pytest.raises(InvalidInput, match="too often"):
        await fetcher.media("https://media.example/0", cap=10_000)


@pytest.mark.parametrize(
    "target",
    [
        "http://media.example/a.png",
        "https://127.0.0.1/a.png",
        "https://127.0.0.1:{port}/a.png",
        "http://127.0.0.1:{port}/a.png",
        "https://169.254.169.254/latest",
        "file:///etc/passwd",
        "https://me@media.example/a.png",
        "https://private.example/a.png",
        "//0x7f000001/a.png",
    ],
)
async def test_a_redirect_is_checked_like_the_first_address(internet, fetcher, listener, target):
    internet.names["private.example"] = [[PRIVATE]]
    leads(internet, "/start", target.format(port=listener.root.rsplit(":", 1)[1]))
    with pytest.raises(InvalidInput):
        await fetcher.media("https://media.example/start", cap=10_000)
    assert listener.lines == []
    assert [path for path, _ in internet.requests] == ["/start"]


async def test_a_stranger_does_not_lead_back_to_the_endpoint(internet, upstream, fetcher):
    """C45: a media host that a reply names must not choose what our own server is asked for."""
    leads(internet, "/start", f"{upstream.root}/media/8x8/a.png")
    with pytest.raises(InvalidInput):
        await fetcher.media("https://media.example/start", trusted_origin=upstream.root, cap=10_000)
    assert upstream.calls == []


async def test_slow_hosts_do_not_take_the_threads_that_decode_and_save(fetcher, monkeypatch):
    """C68's like: whoever waits for a name server does so in the fetch's own threads."""
    woken = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: woken.wait(5) and [])
    waiting = [asyncio.create_task(fetcher.media("https://slow.example/a", cap=9, seconds=5)) for _ in range(40)]
    await asyncio.sleep(0.2)
    try:
        async with asyncio.timeout(2):
            assert await asyncio.to_thread(lambda: "free") == "free"
    finally:
        woken.set()
        await asyncio.gather(*waiting, return_exceptions=True)


async def test_a_name_and_password_in_the_configured_base_are_not_said(fetcher):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(Unreachable) as error:
        await fetcher.json(f"http://owner:sk-canary@127.0.0.1:{port}/v1/models", cap=1_000)
    assert "canary" not in error.value.sentence


async def test_a_public_host_is_asked_at_the_usual_port_only(internet, fetcher):
    with pytest.raises(InvalidInput, match="port"):
        await fetcher.media("https://media.example:8443/a.png", cap=10_000)
    assert internet.connected == []


async def test_the_endpoint_itself_may_be_private_and_plain(upstream, fetcher):
    url = f"{upstream.root}/media/8x8/a.png"
    assert await fetcher.media(url, trusted_origin=upstream.root, cap=10_000) == picture("a", (8, 8))
    with pytest.raises(InvalidInput):
        await fetcher.media(url, cap=10_000)


@pytest.mark.parametrize("difference", ["port", "scheme", "name", "user"])
async def test_only_exactly_the_endpoint_is_trusted(listener, fetcher, difference):
    port = int(listener.root.rsplit(":", 1)[1])
    url = {
        "port": f"http://127.0.0.1:{port + 1}/a",
        "scheme": f"https://127.0.0.1:{port}/a",
        "name": f"http://localhost:{port}/a",
        "user": f"http://127.0.0.1:{port}@10.0.0.1/a",
    }[difference]
    with pytest.raises(InvalidInput):
        await fetcher.media(url, trusted_origin=listener.root, cap=10)
    assert listener.lines == []


async def test_a_trusted_endpoint_can_not_lead_to_another_private_place(upstream, listener, fetcher):
    upstream.plan("media", Answer(status=302, headers={"location": f"{listener.root}/a.png"}))
    with pytest.raises(InvalidInput):
        await fetcher.media(f"{upstream.root}/media/a.png", trusted_origin=upstream.root, cap=10_000)
    assert listener.lines == []


async def test_more_bytes_than_the_cap_are_refused(internet, fetcher):
    internet.pages["/big"] = (200, {}, b"x" * 100_001)
    with pytest.raises(MalformedReply, match="larger"):
        await fetcher.media("https://media.example/big", cap=100_000)
    internet.pages["/fits"] = (200, {}, b"x" * 100_000)
    assert len(await fetcher.media("https://media.example/fits", cap=100_000)) == 100_000


async def test_a_compressed_body_counts_as_what_it_becomes(internet, fetcher):
    internet.pages["/zip"] = (200, {"content-encoding": "gzip"}, gzip.compress(b"x" * 50_000_000))
    start = time.monotonic()
    with pytest.raises(MalformedReply, match="larger"):
        await fetcher.media("https://media.example/zip", cap=1_000_000)
    assert time.monotonic() - start < 5


def nested(encoding, compress, megabytes=100):
    """A body that is compressed twice: a few hundred bytes that grow to many megabytes."""
    head = f"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-encoding: {encoding}\r\nconnection: close\r\n\r\n"
    return saying(head.encode() + compress(b" " * megabytes * 1_000_000))


BOMBS = {
    "gzip": bomb(200),
    "gzip twice": nested("gzip, gzip", lambda data: gzip.compress(gzip.compress(data))),
    "deflate": nested("deflate", zlib.compress),
    "brotli": nested("br", lambda data: brotli.compress(data, quality=1)),
    "gzip six times": nested(", ".join(["gzip"] * 6), gzip.compress, 1),
}


@pytest.mark.parametrize("kind", BOMBS)
async def test_a_bomb_takes_no_more_memory_than_the_cap(fetcher, kind):
    """Sizes count decoded bytes, however often and by whatever they were compressed."""
    import tracemalloc

    with RawUpstream(BOMBS[kind]) as raw:
        tracemalloc.start()
        try:
            with pytest.raises((MalformedReply, Unreachable)):
                await fetcher.media(f"{raw.root}/a", trusted_origin=raw.root, cap=1_000_000)
            assert tracemalloc.get_traced_memory()[1] < 20_000_000
        finally:
            tracemalloc.stop()


def header_drip(line):
    """A status line, then one header byte at a time."""
    line.send(b"HTTP/1.1 200 OK\r\nx-slow: ")
    while not line.closed.is_set():
        line.send(b"a")
        line.wait(0.05)


@pytest.mark.parametrize("fault", [silence, drip(0.05), header_drip], ids=["silence", "drip", "drip in the headers"])
async def test_what_takes_too_long_ends_at_the_deadline_and_the_connection_with_it(fault):
    fetcher = Fetcher(Limits(connect=1, stall=30))
    with RawUpstream(fault) as raw:
        start = time.monotonic()
        with pytest.raises(Unreachable, match="in time"):
            await fetcher.media(f"{raw.root}/a", trusted_origin=raw.root, cap=1_000_000, seconds=0.7)
        assert time.monotonic() - start < 3
        assert all(line.closed.wait(2) for line in raw.lines) or fault is silence
    names = [thread.name for thread in threading.enumerate() if thread.name.startswith("Timer")]
    assert len(names) <= 1


async def test_who_stops_waiting_ends_the_connection(fetcher):
    with RawUpstream(drip(0.05)) as raw:
        waiting = asyncio.create_task(fetcher.media(f"{raw.root}/a", trusted_origin=raw.root, cap=1_000_000))
        await asyncio.to_thread(_until, lambda: raw.lines)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert await asyncio.to_thread(raw.lines[0].closed.wait, 2)


def _until(true):
    end = time.monotonic() + 5
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


async def test_what_a_reply_links_to_is_the_replys_fault_when_it_is_not_allowed(upstream, fetcher):
    with pytest.raises(MalformedReply, match="not allowed"):
        await fetcher.linked("https://10.0.0.1/a", trusted_origin=upstream.root, cap=10)
    upstream.plan("media", Answer(status=404))
    with pytest.raises(Refused):
        await fetcher.linked(f"{upstream.root}/media/a.png", trusted_origin=upstream.root, cap=10_000)


async def test_a_body_shorter_than_promised_is_not_taken_for_whole(fetcher):
    with RawUpstream(short_body(b"x" * 100)) as raw, pytest.raises(Unreachable):
        await fetcher.media(f"{raw.root}/a", trusted_origin=raw.root, cap=1_000_000)


async def test_a_dropped_connection_is_tried_again_a_few_times(fetcher):
    with RawUpstream(reset_at_once) as raw:
        with pytest.raises(Unreachable):
            await fetcher.media(f"{raw.root}/a", trusted_origin=raw.root, cap=1_000_000)
        assert len(raw.lines) == 3


async def test_a_moment_of_trouble_is_ridden_out(upstream, fetcher):
    upstream.plan("media", Answer(status=503), Answer(status=502))
    data = await fetcher.media(f"{upstream.root}/media/8x8/a.png", trusted_origin=upstream.root, cap=10_000)
    assert data == picture("a", (8, 8))


@pytest.mark.parametrize(("status", "error", "calls"), [(404, Refused, 1), (403, Refused, 1), (500, Unavailable, 3)])
async def test_a_file_that_is_not_there_is_an_error_with_its_status(upstream, fetcher, status, error, calls):
    upstream.always("media", Answer(status=status, body="<html>secret</html>"))
    with pytest.raises(error, match=str(status)) as refused:
        await fetcher.media(f"{upstream.root}/media/a.png", trusted_origin=upstream.root, cap=10_000)
    assert "secret" not in refused.value.sentence
    assert len(upstream.calls) == calls


async def test_a_host_without_an_address_is_named(internet, fetcher, monkeypatch):
    def unknown(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    for attempt in (
        fetcher.media("https://nowhere.example/a", cap=9),
        fetcher.check_public("https://nowhere.example/a"),
    ):
        with pytest.raises(Unreachable, match=r"no host named nowhere\.example"):
            await attempt


async def test_a_resolver_that_hangs_is_waited_for_no_longer_than_anything_else(fetcher, monkeypatch):
    woken = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: woken.wait(5) and [])
    start = time.monotonic()
    for attempt in (
        fetcher.media("https://slow.example/a", cap=9, seconds=0.3),
        fetcher.json("https://slow.example/a", cap=9, timeout=0.3),
        fetcher.check_public("https://slow.example/a"),
    ):
        with pytest.raises(Unreachable, match="in time"):
            await attempt
    assert time.monotonic() - start < 3
    woken.set()


async def test_an_address_to_hand_on_is_given_back_as_it_is(internet, fetcher):
    for url in ("https://media.example/a.mp3?b=c#d", "http://media.example/a.mp3", "https://media.example:8443/a.mp3"):
        assert await fetcher.check_public(f"  {url} ") == url
    assert internet.connected == []


async def test_json_comes_with_the_key_and_its_tag(upstream, fetcher):
    first = await fetcher.json(f"{upstream.root}/v1/models", key=SecretStr("sk-canary"), cap=1_000_000)
    assert first.data["object"] == "list"
    assert upstream.calls[0].key == "sk-canary"
    second = await fetcher.json(f"{upstream.root}/v1/models", etag=first.etag, cap=1_000_000)
    assert (second.status, second.data, second.etag) == (304, None, first.etag)
    assert "authorization" not in upstream.calls[1].headers


@pytest.mark.parametrize(("status", "error"), [(401, Unauthorized), (404, NotFound), (503, Unavailable)])
async def test_json_that_is_refused_is_the_same_error_as_everywhere(upstream, fetcher, status, error):
    upstream.always("billing", Answer.refusing(status, "as planned"))
    with pytest.raises(error) as refused:
        await fetcher.json(f"{upstream.root}/v2/billing", cap=1_000_000)
    assert refused.value.request_id == "r1"


@pytest.mark.parametrize(
    "answer",
    [
        Answer(body="<html>", content_type="text/html"),
        Answer(body="", content_type="application/json"),
        Answer(body="[" * 100_000, content_type="application/json"),
        Answer(json={"a": "x" * 2_000_000}),
    ],
)
async def test_what_is_not_json_or_too_much_is_malformed(upstream, fetcher, answer):
    upstream.always("billing", answer)
    with pytest.raises(MalformedReply):
        await fetcher.json(f"{upstream.root}/v2/billing", cap=1_000_000)


async def test_json_is_not_followed_to_another_place(upstream, listener, fetcher):
    upstream.always("billing", Answer(status=302, headers={"location": f"{listener.root}/x"}))
    with pytest.raises(ServiceError):
        await fetcher.json(f"{upstream.root}/v2/billing", key=SecretStr("sk-canary"), cap=1_000_000)
    assert listener.lines == []


async def test_json_ends_at_its_deadline(fetcher):
    with RawUpstream(drip(0.05)) as raw:
        start = time.monotonic()
        with pytest.raises(Unreachable, match="in time"):
            await fetcher.json(f"{raw.root}/x", cap=1_000_000, timeout=0.6)
        assert time.monotonic() - start < 3


async def test_nobody_there_is_said(fetcher):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(Unreachable, match="Nobody listens"):
        await fetcher.json(f"http://127.0.0.1:{port}/x", cap=1_000_000)
