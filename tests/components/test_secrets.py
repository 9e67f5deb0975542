"""The secret sweep: two keys are used for everything, refused and echoed; then they are looked for everywhere."""

from __future__ import annotations

import base64
import io
import logging
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import structlog
from browsing import visiting
from playwright.sync_api import Browser, expect
from pydantic import SecretStr
from running_page import OWNER_KEY, VISITOR_KEY, Site, call, clip, hits
from upstream import Answer

from services import logs
from services.redaction import Redactor

BODIES = ["/", "/config", "/scripts.js", "/theme.css", "/manifest.json", "/gradio_api/info", "/openapi.json"]
BODIES += ["/gradio_api/mcp/schema", "/gradio_api/startup-events", "/gradio_api/queue/status", "/health/ready"]
BODIES += ["/metrics", "/engine", "/gradio_api/info?all_endpoints=true", "/monitoring", "/gradio_api/runs", "/account"]
PROMPT = "prompt-canary-5e21"
STORED = """async () => {
    const all = [JSON.stringify(localStorage), JSON.stringify(sessionStorage), document.cookie, location.href];
    all.push(document.documentElement.outerHTML, JSON.stringify(window.gradio_config || ""));
    for (const { name } of await indexedDB.databases()) {
        const base = await new Promise((ok) => { indexedDB.open(name).onsuccess = (e) => ok(e.target.result); });
        for (const store of base.objectStoreNames) {
            const rows = base.transaction(store).objectStore(store).getAll();
            all.push(JSON.stringify(await new Promise((ok) => { rows.onsuccess = () => ok(rows.result); })));
        }
    }
    return all.join("\\n");
}"""


@pytest.fixture
def log(site: Site) -> Iterator[io.StringIO]:
    """Everything that the process writes down, as `app.py` sets it up."""
    stream, root = io.StringIO(), logging.getLogger()
    before = list(root.handlers)
    logs.set_up(Redactor(SecretStr(OWNER_KEY)), "DEBUG", "json", stream)
    yield stream
    root.handlers = before
    structlog.reset_defaults()


def everything(site: Site, folder: Path, key: str) -> str:
    """All four jobs by one key, and each refused by an upstream that echoes it; what the caller heard."""
    assert site.upstream
    headers, used = ({"x-aiml-key": key} if key != OWNER_KEY else {}), key
    upload = {"files": ("a.wav", clip(folder).read_bytes(), "audio/wav")}
    [path] = site.http.post("/gradio_api/upload", files=upload).json()
    audio = {"path": path, "meta": {"_type": "gradio.FileData"}}
    heard = []
    for refused in (None, 400, 401, 403, 429, 500):
        for task, name, body in (
            ("chat", "chat", {"message": PROMPT}),
            ("image", "generate_image", {"prompt": PROMPT}),
            ("transcription", "transcribe", {"audio": audio}),
            ("job", "transcribe", {"audio": audio}),
            ("speech", "synthesize", {"text": PROMPT}),
        ):
            if refused:
                echo = f"{used} {used[::-1]} {base64.b64encode(used.encode()).decode()} {quote(used)} {PROMPT}"
                site.upstream.always(task, Answer.refusing(refused, echo, headers={"retry-after": "600"}))
            heard.append(repr(call(site, name, body, **headers)))
    site.upstream._always.clear()
    return "\n".join(heard)


@pytest.mark.parametrize("key", [OWNER_KEY, VISITOR_KEY])
def test_a_key_is_in_no_answer_no_log_and_no_file(site, log, tmp_path, tmp_path_factory, key, capfd):
    heard = everything(site, tmp_path, key)
    assert hits(heard) == []
    for path in BODIES:
        answer = site.http.get(path)
        assert hits(answer.text + str(answer.headers)) == [], path
    written, printed = log.getvalue(), "".join(capfd.readouterr())
    assert written.count('"event": "action"') >= 20, "the sweep did not look at anything"
    assert hits(written + printed) == []
    assert PROMPT not in written + printed
    files = [path for path in tmp_path_factory.getbasetemp().rglob("*") if path.is_file()]
    assert files
    assert [path for path in files if hits(path.read_bytes().decode("latin-1"))] == []


@pytest.mark.browser
def test_no_form_of_a_key_is_in_the_pages_document_or_storage(browser: Browser, site: Site):
    with visiting(browser, site) as visit:
        visit.ask("hello")
        visit.answered("You said: hello")
        assert hits(visit.page.evaluate(STORED)) == []
        visit.button("Use my own key").click()
        visit.page.get_by_label("API key").fill(VISITOR_KEY)
        visit.button("Check and use").click()
        expect(visit.page.get_by_role("dialog")).to_contain_text("The key works")
        visit.page.get_by_role("dialog").get_by_role("button", name="Close").click()
        visit.ask("hello again")
        visit.answered("You said: hello again", footers=2)
        assert site.chats()[-1].key == VISITOR_KEY
        assert hits(visit.page.evaluate(STORED)) == []
        assert not [url for url in visit.asked if hits(url)]
