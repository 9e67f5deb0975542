"""What the server says by plain HTTP: headers, closed doors, the key check; nothing that was meant to stay inside."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from running_page import OWNER_KEY, VISITOR_KEY, Site, call
from structlog.testing import capture_logs
from upstream import Answer, RawUpstream
from upstream.raw import silence

from components.guard import Guard
from services.engine import PROJECT
from services.redaction import Redactor

OPEN = [
    "/",
    "/config",
    "/gradio_api/info",
    "/gradio_api/info?all_endpoints=true",
    "/openapi.json",
    "/docs",
    "/scripts.js",
]
OPEN += ["/theme.css", "/gradio_api/mcp/schema", "/gradio_api/startup-events", "/gradio_api/app_id", "/monitoring"]
OPEN += ["/gradio_api/monitoring", "/gradio_api/queue/status", "/gradio_api/openapi.json", "/manifest.json"]


def test_the_owners_key_is_in_no_answer_that_anybody_can_ask_for(site):
    for path in OPEN:
        answer = site.http.get(path)
        assert OWNER_KEY not in answer.text + str(answer.headers), path
    assert site.http.get("/").status_code == 200
    assert len(site.http.get("/config").json()["dependencies"]) > 10


def test_nothing_is_published_about_private_events(site):
    info = site.http.get("/gradio_api/info?all_endpoints=true").json()
    assert set(info["named_endpoints"]) == {"/chat", "/generate_image", "/transcribe", "/synthesize"}
    assert not info["unnamed_endpoints"]


def test_monitoring_and_docs_are_closed(site):
    for path in ("/openapi.json", "/docs", "/redoc"):
        assert site.http.get(path).status_code == 404, path
    assert site.http.get("/monitoring/summary").status_code in (403, 404)
    assert site.http.get("/gradio_api/monitoring").status_code in (403, 404)


ASKED = [  # every kind of answer: pages, scripts, static files, JSON, streams, refusals of ours and of Gradio's
    *(("GET", path) for path in OPEN),
    *(("GET", path) for path in ("/health/live", "/health/ready", "/metrics", "/account", "/engine", "/lane")),
    *(("GET", path) for path in ("/nothing-here", "/static/img/logo.svg", "/favicon.ico", "/robots.txt", "/theme.css")),
    *(
        ("GET", f"/gradio_api/{path}")
        for path in ("file=/etc/hostname", "nothing", "queue/data?session_hash=x", "mcp/sse")
    ),
    *(
        ("GET", f"/gradio_api/{path}")
        for path in ("call/chat/no-such-event", "heartbeat", "upload_progress?upload_id=x")
    ),
    *(
        ("POST", f"/gradio_api/{path}")
        for path in ("queue/join", "run/chat", "call/v2/chat", "upload", "reset", "cancel")
    ),
    *(
        ("POST", f"/gradio_api/{path}")
        for path in ("vibe-edit", "process_recording", "component_server", "call/nothing")
    ),
    *((method, "/config") for method in ("OPTIONS", "HEAD", "PUT", "DELETE")),
]


@pytest.mark.parametrize(("method", "path"), ASKED)
def test_every_answer_carries_the_security_headers(site, method, path):
    with site.http.stream(method, path) as answer:
        headers = answer.headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "object-src 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in headers


def test_the_policy_allows_no_foreign_origin_and_no_inline_script(site):
    policy = site.http.get("/").headers["content-security-policy"]
    rules = {rule.split()[0]: rule.split()[1:] for rule in policy.split(";")}
    assert "'unsafe-inline'" not in rules["script-src"]
    assert rules["form-action"] == ["'none'"], "an answer may hold a form"
    for name, sources in rules.items():
        if name != "frame-ancestors":
            assert not [source for source in sources if "//" in source or source in ("*", "http:", "https:")], name


def test_each_page_has_a_nonce_of_its_own_on_every_script(site):
    nonces = set()
    for _ in range(2):
        page = site.http.get("/")
        [nonce] = set(re.findall(r"'nonce-([^']+)'", page.headers["content-security-policy"]))
        scripts = re.findall(r"<script[^>]*>", page.text)
        assert scripts
        assert all(f'nonce="{nonce}"' in script for script in scripts)
        nonces.add(nonce)
    assert len(nonces) == 2


@pytest.mark.parametrize(
    "name", ["vibe-edit", "vibe-code", "undo-vibe-edit", "process_recording", "dev/reload", "token"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_nobody_needs_of_gradio_is_closed(site, name, method):
    for slash in ("", "/"):
        assert site.http.request(method, f"/gradio_api/{name}{slash}", json={}).status_code == 404
    assert site.http.request(method, "/login", data={"username": "a", "password": "b"}).status_code == 404


@pytest.mark.parametrize("origin", ["https://attacker.example", "null", "http://localhost.attacker.example"])
def test_the_page_of_another_site_may_neither_read_nor_act(site, origin):
    asked = {"origin": origin, "host": "playground.example"}  # a public name: at home Gradio itself is strict
    preflight = asked | {"access-control-request-method": "POST", "access-control-request-headers": "x-aiml-key"}
    body = {"data": ["hi"], "fn_index": 0, "session_hash": "s"}
    for answer in (
        site.http.get("/config", headers=asked),
        site.http.options("/gradio_api/queue/join", headers=preflight),
        site.http.post("/gradio_api/queue/join", json=body, headers=asked),
    ):
        assert not [name for name in answer.headers if name.startswith("access-control")]
    for acting in ("/gradio_api/queue/join", "/gradio_api/call/v2/chat", "/gradio_api/upload", "/account", "/lane"):
        for said in (asked, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}):
            assert site.http.post(acting, json=body, headers=said).status_code == 403, acting
    assert not site.upstream.calls_to("chat")
    assert site.http.post("/account", headers={"sec-fetch-site": "same-origin"}).status_code == 200
    own = {"origin": "http://playground.example", "host": "playground.example"}
    assert site.http.post("/account", headers=own).status_code == 200


def test_where_a_range_is_asked_for_the_key_of_the_request_does_not_come_back(site):
    uploaded = site.http.post("/gradio_api/upload", files={"files": ("a.wav", b"RIFF0123", "audio/wav")}).json()
    asked = {"range": "bytes=0-3", "x-aiml-key": VISITOR_KEY}
    answer = site.http.get(f"/gradio_api/file={quote(uploaded[0])}", headers=asked)
    assert answer.status_code == 206
    assert VISITOR_KEY not in str(answer.headers)


async def test_what_nobody_caught_is_plain_words_with_the_headers():
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError("a secret of the server's")

    transport = httpx.ASGITransport(Guard(broken, Redactor()), raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as http:
        with capture_logs() as lines:
            answer = await http.get("/")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert [line["event"] for line in lines] == ["unexpected"]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_deep_links_are_closed_and_write_nothing(site, method, served, tmp_path_factory):
    for path in ("/gradio_api/deep_link", "/gradio_api/deep_link/", "/deep_link"):
        answer = site.http.request(method, path, params={"session_hash": "abc"}, follow_redirects=True)
        assert answer.status_code in (404, 405), path
    assert not list(tmp_path_factory.getbasetemp().rglob("deep_links"))


@pytest.mark.parametrize(
    "path",
    [
        "/etc/hostname",
        "../../../../etc/hostname",
        "%2e%2e/%2e%2e/%2e%2e/etc/hostname",
        "..%2f..%2f..%2fetc%2fhostname",
        "....//....//etc/hostname",
        f"{PROJECT}/app.py",
        f"{PROJECT}/.git/config",
        f"{PROJECT}/components/../.git/config",
        "app.py",
        ".env",
        "pyproject.toml",
        "/proc/self/environ",
        "file:///etc/hostname",
        "\\\\etc\\hostname",
        "/etc/hostname%00.png",
    ],
)
@pytest.mark.parametrize(
    "door", ["/gradio_api/file=", "/file=", "/gradio_api/file/", "/static/", "/assets/", "/gradio_api/"]
)
def test_no_file_is_served_that_was_not_made_or_uploaded_here(site, path, door):
    answer = site.http.get(f"{door}{path}")
    assert answer.status_code >= 400 or (door == "/file=" and answer.is_redirect)
    assert Path("/etc/hostname").read_text().strip() not in answer.text.replace(path, "")


def test_the_file_route_fetches_no_address(site):
    with RawUpstream(silence) as inner:
        for door in ("/gradio_api/file=", "/gradio_api/proxy=", "/proxy=", "/file="):
            answer = site.http.get(f"{door}{inner.root}/secret")
            assert answer.status_code >= 400 or answer.is_redirect
        assert not inner.lines


@pytest.mark.parametrize("scheme", ["http:", "https:", "HTTPS:", " https:", "ftp:", "%68ttps:", "data:", "gopher:"])
def test_no_address_at_all_is_fetched_for_whoever_names_it(site, scheme):
    assert site.http.get(f"/gradio_api/file={scheme}//198.51.100.7/x.png").status_code == 404


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.html", b"<script>alert(1)</script>"),
        ("picture.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
        ("../../x.html", b"<script>alert(1)</script>"),
        ('a"; filename=b.html', b"<script>alert(1)</script>"),
        ("CON", b"x"),
        ("x" * 300 + ".html", b"<script>alert(1)</script>"),
    ],
)
def test_an_uploaded_file_is_never_shown_as_a_page(site, name, content):
    uploaded = site.http.post("/gradio_api/upload", files={"files": (name, content, "text/html")})
    assert uploaded.status_code == 200, uploaded.text
    [path] = uploaded.json()
    answer = site.http.get(f"/gradio_api/file={quote(path)}")
    assert answer.status_code == 200
    assert "attachment" in answer.headers["content-disposition"]
    assert answer.content == content, "no script is given our nonce"


def test_an_upload_beyond_the_limit_is_refused(site):
    answer = site.http.post("/gradio_api/upload", files={"files": ("big.wav", bytes(27_000_000), "audio/wav")})
    assert answer.status_code == 413


@pytest.mark.parametrize("endpoint", ["transcribe", "generate_image", "synthesize", "chat"])
def test_no_public_endpoint_reads_a_file_or_an_address_of_the_callers_choice(site, tmp_path, endpoint):
    secret = tmp_path / "secret.wav"
    secret.write_text("canary-of-a-local-file")
    field = {"transcribe": "audio", "generate_image": "prompt", "synthesize": "text", "chat": "message"}[endpoint]
    with RawUpstream(silence) as inner:
        address = {"path": f"{inner.root}/x.wav", "url": f"{inner.root}/x.wav"}
        for hostile in [*hostile_references(secret), *hostile_references(Path("/etc/hostname")), address]:
            said = call(site, endpoint, {field: hostile})
            assert "canary-of" not in json.dumps(said.data)
            if endpoint == "transcribe":  # elsewhere it is taken for the words of a prompt, or refused
                assert said.event == "error", f"{hostile}: {said}"
        assert not inner.lines
    hostname = Path("/etc/hostname").read_bytes().strip()
    for asked in site.upstream.calls:
        assert b"canary-of" not in asked.raw
        assert not [part for part in asked.files.values() if hostname in part.data]


class TestPrivateEvents:
    """They answer raw callers too, so nothing may depend on their being private."""

    @pytest.fixture
    def secret(self, tmp_path: Path) -> Path:
        secret = tmp_path / "secret.png"
        secret.write_text("canary-of-a-local-file")
        return secret

    def test_no_event_reads_a_file_that_was_not_uploaded(self, site, secret):
        for hostile in hostile_references(secret):
            for index, data in events_of(site, hostile):
                said = join(site, index, data)
                assert "canary-of" not in said, f"event {index}: {said[:400]}"
        spilled = base64.b64encode(secret.read_bytes())[:20]
        for asked in site.upstream.calls:
            assert b"canary-of" not in asked.raw
            assert spilled not in asked.raw
            assert not any(b"canary-of" in part.data for part in asked.files.values())

    def test_no_event_says_a_key_or_a_traceback(self, site):
        for index, data in events_of(site, 3.5):
            said = join(site, index, data)
            for sign in (OWNER_KEY, "Traceback", "site-packages", "validation error"):
                assert sign not in said, f"event {index}: {said[:400]}"


def hostile_references(path: Path) -> Iterator[Any]:
    meta = {"meta": {"_type": "gradio.FileData"}}
    for one in ({"path": str(path)}, {"path": str(path)} | meta, {"path": f"file://{path}"} | meta):
        yield one
        yield [one]
        yield [{"image": one, "caption": None}]
    yield str(path)
    yield [str(path)]


def events_of(site: Site, hostile: Any) -> Iterator[tuple[int, list[Any]]]:
    """Each event with the hostile value wherever a file could be meant, and something harmless elsewhere."""
    config = site.http.get("/config").json()
    kinds = {it["id"]: it["type"] for it in config["components"]}
    harmless = {"textbox": "hi", "number": 1, "slider": 1, "checkbox": False, "radio": "1024x1024"}
    taking = {"audio", "gallery", "uploadbutton", "file", "chatbot", "image"}
    for it in config["dependencies"]:
        types = [kinds.get(component) for component in it["inputs"]]
        if hostile == 3.5 or taking.intersection(types):
            yield it["id"], [harmless.get(kind) if kind not in taking else hostile for kind in types]


def join(site: Site, index: int, data: list[Any]) -> str:
    """What a session hears when it sends this event by hand."""
    session = f"hand{index}"
    event = {"index": 0, "value": "x", "previous_value": ""}
    body = {"fn_index": index, "data": data, "session_hash": session, "event_data": event, "trigger_id": None}
    posted = site.http.post("/gradio_api/queue/join", json=body)
    if posted.status_code != 200:
        return posted.text
    said = ""
    with site.http.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as stream:
        for line in stream.iter_lines():
            said += line
            if '"process_completed"' in line or '"close_stream"' in line:
                break
    return said


class TestTheKeyCheck:
    def test_a_good_key_is_told_its_balance(self, site):
        said = site.http.post("/account", headers={"x-aiml-key": VISITOR_KEY}).json()
        assert said["ok"]
        assert "$" in said["said"]
        assert [asked.key for asked in site.upstream.calls_to("billing")] == [VISITOR_KEY]

    def test_a_refused_key_is_told_why_and_never_echoed(self, site):
        site.upstream.always("billing", Answer.refusing(401, f"no such key {VISITOR_KEY}"))
        said = site.http.post("/account", headers={"x-aiml-key": VISITOR_KEY}).json()
        assert not said["ok"]
        assert "refused the key" in said["said"]
        assert VISITOR_KEY not in json.dumps(said)

    @pytest.mark.parametrize("key", ["", "''", "two words", "a" * 600])
    def test_what_can_not_be_a_key_is_not_sent_and_the_owners_balance_stays_private(self, site, key):
        said = site.http.post("/account", headers={"x-aiml-key": key}).json()
        assert not said["ok"]
        assert not site.upstream.calls_to("billing")

    def test_without_the_header_the_owners_balance_stays_private(self, site):
        assert not site.http.post("/account").json()["ok"]
        assert not site.upstream.calls_to("billing")

    @pytest.mark.parametrize("key", [f'"{VISITOR_KEY}"', f"'{VISITOR_KEY}'", f"`{VISITOR_KEY}`"])
    def test_what_came_along_when_pasting_is_trimmed(self, site, key):
        assert site.http.post("/account", headers={"x-aiml-key": key}).json()["ok"]
        assert [asked.key for asked in site.upstream.calls_to("billing")] == [VISITOR_KEY]

    def test_it_only_answers_to_a_post(self, site):
        assert site.http.get("/account").status_code == 405
