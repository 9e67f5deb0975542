"""The failure cases on the page: each ends in words a person can act on, loses nothing, and the next action works.

The names begin with the case's number. What can't differ on the page (host names, certificates, deadlines) is in
tests/services.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from browsing import Visit, profile
from playwright.sync_api import expect
from running_page import Site
from upstream import Answer, picture, tone
from upstream.explosives import png
from upstream.raw import event

pytestmark = pytest.mark.browser

HTML = "<html><head><title>502</title></head><body><h1>Bad Gateway</h1></body></html>"
DONE = [event("", finish_reason="stop"), b"data: [DONE]\n\n"]
refusing = Answer.refusing


def stream(*packets: bytes, **more: object) -> Answer:
    return Answer(chunks=list(packets), content_type="text/event-stream", **more)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Case:
    """What the upstream says, what a person then reads, how often it was asked at most, and what of an answer stays."""

    answers: tuple[Answer, ...]
    words: str
    calls: int = 1
    kept: str = ""
    fine: bool = False


def case(words: str, *answers: Answer, calls: int = 1, kept: str = "", fine: bool = False) -> Case:
    return Case(answers, words, calls, kept, fine)


def later(seconds: str, **more: object) -> Answer:
    return refusing(429, "Too Many Requests", "flat", headers={"retry-after": seconds}, **more)  # type: ignore[arg-type]


BLANKS = [b": hm\r\n\r\n", b'event: x\r\ndata: {"choices": []}\r\n\r\n']
TREE = {
    "message": "Invalid input",
    "statusCode": 400,
    "meta": {"temperature": {"_errors": ["Expected number, received string"]}},
}
CHAT = {
    "C01 a refused key": case(r"key", refusing(401, "This request requires a valid API key")),
    "C02 402": case(r"credit", refusing(402, "Payment required")),
    "C02 403 about credits": case(r"credit", refusing(403, "You have run out of credits")),
    "C03 a model that is not allowed": case(r"openai/gpt-4o-mini", refusing(403, "This model is not allowed")),
    "C04 an unknown model": case(r"openai/gpt-4o-mini", refusing(404, "Model not found")),
    "C05 408, then fine": case("", refusing(408, "Request timeout"), calls=2, fine=True),
    "C05 409, then fine": case("", refusing(409, "Conflict"), calls=2, fine=True),
    "C06 too large": case(r"large", refusing(413, "Payload too large")),
    "C07 the parameter at fault": case(r"temperature", Answer(status=400, json=TREE)),
    "C08 429, then fine": case("", later("1"), calls=2, fine=True),
    "C09 429 for ten minutes": case(r"10 minutes", later("600")),
    "C10 429 without a word of when": case(r"Too Many", *[refusing(429, "Too Many Requests", "flat")] * 3, calls=3),
    "C11 429 until next century": case("", later("Wed, 21 Oct 2099 07:28:00 GMT"), calls=2, fine=True),
    "C12 503, then fine": case("", refusing(503, "Service unavailable"), calls=2, fine=True),
    "C14 502 with a page": case(r"502", *[Answer(status=502, body=HTML, content_type="text/html")] * 2, calls=2),
    "C15 200 with a page": case(r"unexpected reply", Answer(body=HTML, content_type="text/html")),
    "C16 200 JSON with a page": case(r"unexpected reply", Answer(body=HTML, content_type="application/json")),
    "C16 200 JSON with nothing": case(r"unexpected reply", Answer(body="", content_type="application/json")),
    "C23 cut after some words": case(r"lost|broke|ended", stream(event("Once upon "), cut=True), kept="Once upon"),
    "C24 ended without an end": case(r"before it was finished", stream(event("Once upon ")), kept="Once upon"),
    "C26 an error amid": case(
        r"overloaded", stream(event("Once "), b'data: {"error": {"message": "overloaded"}}\n\n'), kept="Once"
    ),
    "C27 nonsense amid": case(r"read|unexpected|broke", stream(event("Once "), b"data: {nope\n\n"), kept="Once"),
    "C28 an emoji in two packets": case("", stream(event("🙂")[:60], event("🙂")[60:], *DONE), kept="🙂", fine=True),
    "C28 bytes that are no text": case(r"\w", stream(event("Once "), b'data: {"x": "\xff\xfe"}\n\n'), kept="Once"),
    "C29 comments and blanks": case("", stream(*BLANKS, event("Once"), *DONE), kept="Once", fine=True),
    "C31 cut at the length": case("", stream(event("Once", finish_reason="length"), DONE[1]), kept="Once", fine=True),
    "C32 content that is null": case(
        r"without text", Answer(json={"choices": [{"message": {"content": None}, "finish_reason": "stop"}]})
    ),
    "C63 the key is echoed": case(r"key", refusing(401, "Incorrect API key: sk-owner-canary-7f3a91")),
}  # fmt: skip


@pytest.fixture(scope="module")
def open_page(browser, served) -> Iterator[Visit]:
    with profile(browser, served("v1")) as visit:
        visit.open()
        yield visit


@pytest.fixture
def talk(open_page: Visit, site: Site) -> Iterator[Visit]:
    """The same page for all cases, which is a part of the promise: it works again without a reload."""
    open_page.tab("Chat")
    open_page.button("New").click()
    expect(open_page.footers).to_have_count(0)
    with open_page.clean():
        yield open_page


@pytest.mark.parametrize("name", CHAT)
def test_a_chat(talk, site, name):
    it = CHAT[name]
    site.upstream.plan("chat", *it.answers)
    talk.ask("tell me a story")
    expect(talk.button("Send")).to_be_visible(timeout=15_000)
    expect(talk.conversation).to_contain_text("tell me a story")
    notice = talk.page.locator(".notice").filter(visible=True)
    if it.fine:
        talk.answered(it.kept or "You said: tell me a story")
        expect(notice).to_have_count(0)
    else:
        expect(notice).to_contain_text(re.compile(it.words, re.IGNORECASE))
        told = notice.inner_text()
        assert "<" not in told
        assert "Traceback" not in told
        assert "canary" not in told
    if it.kept:
        expect(talk.conversation).to_contain_text(it.kept)
    if it.kept and not it.fine:
        expect(talk.footers.last).to_contain_text("Interrupted")
        expect(notice.get_by_role("button", name="Continue")).to_be_visible()
    if "C31" in name:
        expect(talk.footers.last).to_contain_text("Cut at the answer length")
    assert len(site.chats()) <= it.calls
    talk.ask("and now?")
    expect(talk.conversation).to_contain_text("and now?")
    expect(talk.footers.last).to_contain_text("$0.000006")
    assert len(site.chats()) <= it.calls + 1


def inline(data: bytes | str) -> Answer:
    text = base64.b64encode(data).decode() if isinstance(data, bytes) else data
    return Answer(json={"data": [{"b64_json": text}]})


PICTURES = {
    "C22 reset before the headers": (Answer(chunks=[], cut=True, content_type="application/json"), r"lost|again"),
    "C36 nothing in it": (Answer(json={"data": []}), r"picture"),
    "C36 empty base64": (inline(""), r"picture"),
    "C37 letters that base64 has not": (inline("!!!!"), r"picture|read"),
    "C38 a page in place of a picture": (inline(HTML.encode()), r"picture"),
    "C38 the API's own words": (inline(b'{"message": "the painter is ill"}'), r"the painter is ill"),
    "C39 one that claims 50,000 x 50,000": (inline(png(50_000, 50_000, 1)), r"pixels|large"),
    "C40 half a picture": (inline(picture("half", (64, 64))[:90]), r"picture"),
    "C41 a private address": (Answer(json={"data": [{"url": "https://127.0.0.1:9/x.png"}]}), r"address|allowed|public"),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture(open_page, site, name):
    answer, words = PICTURES[name]
    open_page.tab("Image")
    open_page.box("Prompt").fill("a boat")
    site.upstream.plan("image", answer)
    open_page.button("Generate").click()
    notice = open_page.page.locator("#image-notice .notice")
    expect(notice).to_contain_text(re.compile(words, re.IGNORECASE), timeout=15_000)
    expect(open_page.box("Prompt")).to_have_value("a boat")
    assert len(site.upstream.calls_to("image")) == 1
    open_page.button("Generate").click()
    expect(notice).to_have_count(0, timeout=15_000)
    assert len(site.upstream.calls_to("image")) == 2


CLIPS = {
    "C51 an error with status 200": (Answer(json={"error": {"message": "the voice is hoarse"}}), r"hoarse|unexpected"),
    "C53 nothing at all": (Answer(body=b"", content_type="audio/wav"), r"\w"),
    "C53 half a clip": (Answer(body=tone()[:30], content_type="audio/wav"), r"\w"),
}


@pytest.mark.parametrize("name", CLIPS)
def test_a_clip(open_page, site, name):
    answer, words = CLIPS[name]
    open_page.tab("Text to Speech")
    open_page.box("Text").fill("Hello there.")
    site.upstream.plan("speech", answer)
    open_page.button("Speak").click()
    notice = open_page.page.locator("#speech-notice .notice")
    expect(notice).to_contain_text(re.compile(words, re.IGNORECASE), timeout=15_000)
    expect(open_page.box("Text")).to_have_value("Hello there.")
    assert len(site.upstream.calls_to("speech")) == 1
    open_page.button("Speak").click()
    expect(notice).to_have_count(0, timeout=15_000)


ADDRESSES = (
    *("nonsense", "ftp://a.example/x.wav", "file:///etc/passwd", "javascript:alert(1)", "data:audio/wav;base64,AAAA"),
    *("http://127.0.0.1", "https://[::1]/", "https://10.0.0.1/", "https://169.254.169.254/", "https://0x7f000001/"),
    *("https://2130706433/", "https://127.1/", "https://localhost./"),
)


@pytest.mark.parametrize("address", ADDRESSES)
def test_c43_c44_an_address_that_is_not_fetched(open_page, site, address):
    open_page.tab("Speech to Text")
    open_page.box("Audio URL").fill(address)
    open_page.button("Transcribe").click()
    notice = open_page.page.locator("#transcription-notice .notice")
    expect(notice).to_contain_text(re.compile(r"address|https|public", re.IGNORECASE), timeout=15_000)
    expect(open_page.box("Audio URL")).to_have_value(address)
    assert not [call for call in site.upstream.calls if call.task in ("transcription", "job")]
    open_page.box("Audio URL").fill("")


FILES = {
    "C46 nothing in it": ("empty.wav", b"", r"no audio|empty"),
    "C46 one sample": ("one.wav", tone(seconds=1 / 16_000), r"no audio|short"),
    "C47 a PDF named mp3": ("song.mp3", b"%PDF-1.7 nothing to hear", r"not audio"),
    "C61 a name of dots": ("..%2f..%2fx.wav", None, ""),
    "C61 a very long name": (f"{'n' * 200}.wav", None, ""),
    "C61 a name of quotes": ("CON \"quoted'; drop.wav", None, ""),
}


@pytest.mark.parametrize("name", FILES)
def test_a_recording(open_page, site, tmp_path, name):
    called, data, words = FILES[name]
    (tmp_path / called).write_bytes(tone() if data is None else data)
    open_page.tab("Speech to Text")
    if (clear := open_page.page.get_by_role("button", name="Clear", exact=True)).count():
        clear.first.click()
    open_page.page.locator("#audio input[type=file]").set_input_files(tmp_path / called)
    open_page.page.wait_for_timeout(500)
    open_page.button("Transcribe").click()
    notice = open_page.page.locator("#transcription-notice .notice")
    if words:
        expect(notice).to_contain_text(re.compile(words, re.IGNORECASE), timeout=15_000)
        assert not [call for call in site.upstream.calls if call.task in ("transcription", "job")]
    else:
        expect(open_page.page.locator(".segments")).to_contain_text("Hello there", timeout=15_000)
        expect(notice).to_have_count(0)


def test_c50_an_empty_transcript_is_a_result(open_page, site):
    open_page.tab("Speech to Text")
    site.upstream.plan("poll", Answer(json={"status": "completed", "result": {"text": "", "audio_duration": 2}}))
    site.upstream.plan("job", Answer(status=201, json={"generation_id": "0000-quiet", "status": "queued"}))
    open_page.button("Transcribe").click()
    expect(open_page.page.get_by_text(re.compile("no speech", re.IGNORECASE)).first).to_be_visible(timeout=15_000)
