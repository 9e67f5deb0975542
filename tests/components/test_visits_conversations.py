"""Visits with several conversations: find, name, delete, take out, bring in; two tabs never write over each other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from browsing import Visit, visiting
from playwright.sync_api import Locator, Page, expect
from running_page import VISITOR_KEY, hits
from upstream import picture

pytestmark = pytest.mark.browser
PIXEL = (
    "data:image/png;base64,"
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
def fresh(browser, site):
    """A profile that has kept nothing yet."""
    with visiting(browser, site, viewport={"width": 1280, "height": 900}) as visit:
        yield visit


def talk(visit: Visit, text: str, footers: int = 1) -> None:
    visit.ask(text)
    visit.answered(f"You said: {text}", footers)


def new(visit: Visit) -> None:
    visit.button("New").click()
    expect(visit.footers).to_have_count(0)


def drawer(page: Page) -> Locator:
    panel = page.locator("#talks-panel")
    if not panel.is_visible():
        page.get_by_role("button", name="Conversations", exact=True).click()
        expect(panel).to_be_visible()
    return panel


def rows(page: Page) -> Locator:
    return drawer(page).locator("#talks-list li")


def listed(page: Page, *titles: str) -> None:
    """These conversations are in the list, in this order, as soon as the list has caught up."""
    expect(rows(page).locator("b")).to_have_text(list(titles))


def choose(visit: Visit, title: str) -> None:
    rows(visit.page).filter(has_text=title).locator(".open").first.click()
    expect(visit.page.locator("#talks-panel")).to_be_hidden()


def act(page: Page, title: str, name: str) -> None:
    row = rows(page).filter(has_text=title).first
    if not row.locator(".acts").is_visible():
        row.locator("summary").click()
    row.get_by_role("button", name=name, exact=True).click()


def told(page: Page) -> Locator:
    return page.locator("#told")


def given(page: Page, name: str, body: str | bytes) -> Locator:
    """Import a file; what the drawer says of it."""
    drawer(page)
    data = body.encode() if isinstance(body, str) else body
    page.locator("#talks-file").set_input_files({"name": name, "mimeType": "application/json", "buffer": data})
    return page.locator("#talks-said")


def saved(page: Page, press: Any) -> tuple[str, str]:
    with page.expect_download() as download:
        press()
    return download.value.suggested_filename, Path(download.value.path()).read_text("utf-8")


def contents(site, place: int = -1) -> list[Any]:
    return [turn["content"] for turn in site.chats()[place].json["messages"]]


def records(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate("playground.kept.conversations.all()")
    return found


# The list


def test_without_a_conversation_the_list_says_so(fresh):
    expect(drawer(fresh.page).get_by_text("Nothing kept yet.")).to_be_visible()
    fresh.page.keyboard.press("Escape")
    expect(fresh.page.locator("#talks-panel")).to_be_hidden()


def test_conversations_are_listed_newest_first_by_their_first_question_and_open_again(fresh, site):
    talk(fresh, "about cats")
    new(fresh)
    talk(fresh, "about dogs")
    listed(fresh.page, "about dogs", "about cats")
    choose(fresh, "about cats")
    fresh.answered("You said: about cats")
    expect(fresh.conversation).not_to_contain_text("dogs")
    expect(fresh.page.locator("#talk-title")).to_have_text("about cats")
    fresh.page.wait_for_timeout(300)
    listed(fresh.page, "about dogs", "about cats")  # looking at one is no change of it
    fresh.page.keyboard.press("Escape")
    talk(fresh, "and more", footers=2)
    assert contents(site) == ["about cats", "You said: about cats", "and more"]
    listed(fresh.page, "about cats", "about dogs")


def test_a_conversation_can_be_named_and_keeps_its_name(fresh):
    talk(fresh, "about cats")
    act(fresh.page, "about cats", "Rename")
    field = drawer(fresh.page).get_by_role("textbox", name="Title of this conversation")
    expect(field).to_have_value("about cats")
    field.fill("My <b>pets</b>")
    field.press("Enter")
    expect(rows(fresh.page).locator("b")).to_have_text("My <b>pets</b>")
    fresh.page.keyboard.press("Escape")
    talk(fresh, "and more", footers=2)
    fresh.reload()
    fresh.answered("You said: and more", footers=2)
    expect(fresh.page.locator("#talk-title")).to_have_text("My <b>pets</b>")
    act(fresh.page, "My", "Rename")
    field.fill("nothing of it")
    field.press("Escape")
    expect(rows(fresh.page).locator("b")).to_have_text("My <b>pets</b>")
    expect(fresh.page.locator("#talks-panel")).to_be_visible()


def test_a_deleted_conversation_is_gone_and_undo_brings_it_back(fresh, site):
    talk(fresh, "about cats")
    act(fresh.page, "about cats", "Delete")
    expect(rows(fresh.page)).to_have_count(0)
    assert records(fresh.page) == []
    told(fresh.page).get_by_role("button", name="Undo").click()
    expect(rows(fresh.page)).to_have_count(1)
    choose(fresh, "about cats")
    fresh.answered("You said: about cats")
    act(fresh.page, "about cats", "Delete")
    expect(rows(fresh.page)).to_have_count(0)
    fresh.reload()
    expect(fresh.who).to_be_visible()
    fresh.page.wait_for_timeout(400)
    expect(fresh.footers).to_have_count(0)
    talk(fresh, "about dogs")
    assert contents(site) == ["about dogs"]


def test_titles_and_texts_are_searched_and_every_word_counts(fresh, site):
    site.upstream.scene.text = "They purr at 25 Hz."
    fresh.ask("about cats")
    fresh.answered("They purr")
    site.upstream.scene.text = "They bark."
    new(fresh)
    fresh.ask("about dogs")
    fresh.answered("They bark")
    search = drawer(fresh.page).get_by_role("searchbox", name="Search conversations")
    search.fill("PURR cats")
    expect(rows(fresh.page)).to_have_count(1)
    expect(rows(fresh.page).locator("mark")).to_have_text("purr")
    search.fill("purr dogs")
    expect(rows(fresh.page)).to_have_count(0)
    expect(drawer(fresh.page)).to_contain_text("Nothing found.")
    search.fill("")
    expect(rows(fresh.page)).to_have_count(2)


def test_each_conversation_has_its_own_draft_over_a_reload_too(fresh):
    talk(fresh, "about cats")
    fresh.box("Message").fill("more about cats")
    new(fresh)
    expect(fresh.box("Message")).to_have_value("")
    fresh.box("Message").fill("a new thought")
    choose(fresh, "about cats")
    expect(fresh.box("Message")).to_have_value("more about cats")
    fresh.reload()
    expect(fresh.box("Message")).to_have_value("more about cats", timeout=20_000)
    choose(fresh, "Draft: a new thought")
    expect(fresh.box("Message")).to_have_value("a new thought")


def test_a_conversation_of_a_closed_tab_is_offered(fresh):
    talk(fresh, "about cats")
    fresh.page.close()
    fresh.open()
    expect(fresh.footers).to_have_count(0)
    choose(fresh, "about cats")
    fresh.answered("You said: about cats")
    expect(told(fresh.page)).to_have_count(0)


def test_another_conversation_amid_an_answer_keeps_what_came_and_doubles_nothing(fresh, site):
    talk(fresh, "about cats")
    new(fresh)
    fresh.model("scripted/endless")
    fresh.ask("and on")
    expect(fresh.conversation).to_contain_text("You said: and on You said: and on")
    choose(fresh, "about cats")
    assert site.chats()[-1].closed.wait(2)
    fresh.answered("You said: about cats")
    fresh.page.wait_for_timeout(500)
    expect(fresh.conversation).not_to_contain_text("and on")
    choose(fresh, "and on")
    fresh.answered("You said: and on You said: and on")
    expect(fresh.footers.last).to_contain_text("Stopped. What had arrived is kept.")
    assert len(site.chats()) == 2
    assert sorted(len(record["turns"]) for record in records(fresh.page)) == [2, 2]


def test_a_cleared_conversation_comes_back_by_undo(fresh, site):
    talk(fresh, "about cats")
    fresh.button("Clear conversation").click()
    expect(fresh.footers).to_have_count(0)
    told(fresh.page).get_by_role("button", name="Undo").click()
    fresh.answered("You said: about cats")
    talk(fresh, "and more", footers=2)
    assert contents(site) == ["about cats", "You said: about cats", "and more"]


# Two tabs


def duplicate(visit: Visit) -> Page:
    """What a browser does when a tab is duplicated: the new one begins with a copy of sessionStorage."""
    kept = visit.page.evaluate("JSON.stringify({...sessionStorage})")
    page = visit.context.new_page()
    page.add_init_script(f"if (!sessionStorage.length) Object.assign(sessionStorage, {kept})")
    page.goto(visit.site.url)
    expect(page.locator(".who .chip").first).to_be_visible(timeout=30_000)
    return page


@pytest.mark.parametrize("locks", [True, False])
def test_a_duplicated_tab_goes_on_with_a_copy(browser, site, locks):
    with visiting(browser, site) as visit:
        if not locks:  # as on a plain http address of a network
            script = "Object.defineProperty(Navigator.prototype, 'locks', {value: undefined})"
            visit.context.add_init_script(script)
            visit.open()
        talk(visit, "about cats")
        twin = duplicate(visit)
        expect(told(twin)).to_contain_text("open in another tab")
        expect(twin.get_by_role("log")).to_contain_text("You said: about cats")
        twin.get_by_role("textbox", name="Message", exact=True).fill("the twin asks")
        twin.get_by_role("textbox", name="Message", exact=True).press("Enter")
        expect(twin.locator("#conversation .answer-footer")).to_have_count(2)
        talk(visit, "the first asks", footers=2)
        assert twin.evaluate("playground.session") != visit.page.evaluate("playground.session")
        kept = {record["title"]: [turn["content"] for turn in record["turns"]] for record in records(visit.page)}
        assert kept == {
            "": ["about cats", "You said: about cats", "the first asks", "You said: the first asks"],
            "about cats (copy)": ["about cats", "You said: about cats", "the twin asks", "You said: the twin asks"],
        }
        twin.reload()
        expect(twin.get_by_role("log")).to_contain_text("the twin asks", timeout=20_000)
        assert len(records(visit.page)) == 2, "a reload makes no copy"


def test_what_another_tab_has_open_is_opened_as_a_copy_and_not_deleted(fresh):
    talk(fresh, "about cats")
    other = fresh.context.new_page()
    other.goto(fresh.site.url)
    expect(other.locator(".who .chip").first).to_be_visible(timeout=30_000)
    expect(rows(other).filter(has_text="about cats")).to_contain_text("open in another tab")
    act(other, "about cats", "Delete")
    expect(told(other)).to_contain_text("Close it there first")
    rows(other).filter(has_text="about cats").locator(".open").click()
    expect(told(other)).to_contain_text("you go on with a copy")
    expect(other.locator("#talk-title")).to_have_text("about cats (copy)")
    listed(fresh.page, "about cats (copy)", "about cats")


# Out and in


def test_a_key_that_was_written_into_a_message_is_in_no_file(fresh):
    fresh.button("Use my own key").click()
    fresh.page.get_by_label("API key").fill(VISITOR_KEY)
    fresh.button("Check and use").click()
    expect(fresh.page.locator("#key-said")).to_have_class("fine")
    fresh.button("Close").click()
    talk(fresh, f"about cats and {VISITOR_KEY}")
    for form in ("Markdown", "JSON"):
        _, text = saved(fresh.page, lambda form=form: act(fresh.page, "about cats", form))
        assert "about cats and [API key]" in text
        assert not hits(text, VISITOR_KEY)


def test_one_conversation_is_saved_as_markdown_and_as_the_apis_messages(fresh, site):
    site.upstream.scene.text = "They **purr**."
    fresh.box("System prompt").fill("Be brief.")
    fresh.ask("about cats")
    fresh.answered("They purr")
    name, text = saved(fresh.page, lambda: act(fresh.page, "about cats", "Markdown"))
    assert name == "about-cats.md"
    assert text.startswith("# about cats\n")
    assert "## You\n\nabout cats\n\n## Answer (openai/gpt-4o-mini)\n\nThey **purr**." in text
    fresh.page.keyboard.press("Escape")
    name, text = saved(fresh.page, lambda: act(fresh.page, "about cats", "JSON"))
    assert name == "about-cats.json"
    assert json.loads(text) == {
        "model": "openai/gpt-4o-mini",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "about cats"},
            {"role": "assistant", "content": "They **purr**."},
        ],
    }


def test_a_picture_goes_out_as_a_data_url_and_comes_back_in(fresh, site, tmp_path):
    (tmp_path / "cat.png").write_bytes(picture("cat"))
    with fresh.page.expect_file_chooser() as chooser:
        fresh.button("+ Image").click()
    chooser.value.set_files(tmp_path / "cat.png")
    expect(fresh.page.locator("#attached img").first).to_be_visible()
    talk(fresh, "what is it?")
    _, text = saved(fresh.page, lambda: act(fresh.page, "what is it?", "JSON"))
    part = json.loads(text)["messages"][0]["content"][1]
    assert part["image_url"]["url"].startswith("data:image/png;base64,")
    act(fresh.page, "what is it?", "Delete")
    expect(rows(fresh.page)).to_have_count(0)
    expect(given(fresh.page, "chat.json", text)).to_have_text("One conversation was imported.")
    choose(fresh, "what is it?")
    fresh.answered("You said: what is it?")
    expect(fresh.conversation.locator("img").first).to_be_visible()
    talk(fresh, "and now?", footers=2)
    assert site.chats()[-1].json["messages"][0]["content"][1] == part


def test_all_conversations_go_out_in_one_file_and_come_back_in(fresh, browser, site):
    talk(fresh, "about cats")
    act(fresh.page, "about cats", "Rename")
    field = drawer(fresh.page).get_by_role("textbox", name="Title of this conversation")
    field.fill("Pets")
    field.press("Enter")
    fresh.page.keyboard.press("Escape")
    new(fresh)
    talk(fresh, "about dogs")
    name, text = saved(fresh.page, drawer(fresh.page).get_by_role("button", name="Export all").click)
    assert name.startswith("conversations-")
    assert json.loads(text)["playground"] == "conversations"
    with visiting(browser, site) as other:
        expect(given(other.page, "all.json", text)).to_have_text("2 conversations were imported.")
        listed(other.page, "about dogs", "Pets")
        choose(other, "Pets")
        other.answered("You said: about cats")
        expect(other.footers.last).not_to_contain_text("Interrupted")


def test_no_key_is_in_an_export(fresh):
    key = "sk-canary-never-written"
    fresh.button("Use my own key").click()
    fresh.page.locator("#key-input").fill(key)
    fresh.button("Check and use").click()
    expect(fresh.page.locator("#key-said.fine")).to_be_visible()
    fresh.page.keyboard.press("Escape")
    talk(fresh, "about cats")
    _, text = saved(fresh.page, drawer(fresh.page).get_by_role("button", name="Export all").click)
    assert "about cats" in text
    assert key not in text
    assert key not in json.dumps(records(fresh.page))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("", "is not JSON"),
        ("not json at all", "is not JSON"),
        (b"\xff\xfe\x00\x01", "is not JSON"),
        ("[" * 200_000, "is not JSON"),
        ("[" * 100_000 + "]" * 100_000, "no conversation in this file"),
        ("null", "no conversation in this file"),
        ('{"messages": 5}', "no conversation in this file"),
        ('{"messages": [null, 3, [], {"role": "wizard", "content": "x"}]}', "no conversation in this file"),
        ('{"conversations": {"__proto__": 1}}', "no conversation in this file"),
        (json.dumps([{"role": "user", "content": "x"}] * 1001), "more than 1,000 messages"),
        (json.dumps([{"role": "user", "content": "x" * 2_000_001}]), "2,000,000 is the limit"),
    ],
    ids=["empty", "text", "bytes", "open", "deep", "null", "number", "strangers", "object", "many", "long"],
)
def test_what_is_no_conversation_is_refused_in_plain_words(visit, body, words):
    expect(given(visit.page, "bad.json", body)).to_contain_text(words)


def test_a_file_of_50_megabytes_is_refused_unread(visit, tmp_path):
    path = tmp_path / "large.json"
    with path.open("wb") as file:
        file.truncate(50_000_000)
    drawer(visit.page)
    visit.page.locator("#talks-file").set_input_files(path)
    expect(visit.page.locator("#talks-said")).to_have_text("This file has 50 MB; 25 MB is the limit.")


def test_imported_text_is_only_ever_text(fresh, site):
    evil = '<img src="data:,x" onerror="window.hit=1"><script>window.hit=1</script>'
    told_by = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": evil, "images": ["/etc/passwd"], "run": {"id": evil}},
        {"role": "wizard", "content": "abracadabra"},
        {"role": "assistant", "content": "half \ud83d a pair\0", "mark": evil, "finish_reason": {"x": 1}},
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://elsewhere.example/x.png"}}]},
        {
            "role": "user",
            "content": [{"type": "image_url", "image_url": {"url": "data:image/svg+xml;base64,PHN2Zz4="}}],
        },
    ]
    file = {"title": evil, "messages": told_by, "__proto__": {"polluted": True}}
    said = given(fresh.page, "evil.json", json.dumps({"conversations": [file, {"title": "empty"}]}))
    expect(said).to_contain_text("One conversation was imported.")
    expect(said).to_contain_text("1 conversation without messages was left out")
    expect(said).to_contain_text("1 message of another kind was left out")
    expect(said).to_contain_text("1 picture that can't be read was left out")
    expect(rows(fresh.page).locator("b")).to_contain_text("<img src=")
    assert not fresh.complaints, "nothing of it was even tried"
    rows(fresh.page).locator(".open").click()
    fresh.answered("half")
    expect(fresh.conversation).not_to_contain_text("abracadabra")
    fresh.page.wait_for_timeout(200)
    assert fresh.page.evaluate("[window.hit, {}.polluted]") == [None, None]
    [record] = records(fresh.page)
    assert set(record["turns"][0]) <= {"role", "content"}
    fresh.ask("and?")
    fresh.answered("and?", footers=2)
    assert len(contents(site)) == 3, "questions without an answer are joined"
    # Gradio's sanitiser parses what it shows; the policy is what stops a handler there, and says so.
    fresh.complaints[:] = [it for it in fresh.complaints if "inline event handler" not in it]


def test_calls_of_tools_go_out_and_come_back_in(fresh):
    call = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Lisbon"}'}}
    told_by = [
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "Sun."},
        {"role": "assistant", "content": "Sunny."},
    ]
    said = given(fresh.page, "tools.json", json.dumps({"model": "m", "messages": told_by}))
    expect(said).to_have_text("One conversation was imported.")
    choose(fresh, "Weather?")
    fresh.answered("Sunny.", footers=2)
    expect(fresh.conversation).to_contain_text("weather")
    expect(fresh.conversation).to_contain_text("Sun.")
    _, text = saved(fresh.page, lambda: act(fresh.page, "Weather?", "JSON"))
    assert json.loads(text) == {"model": "m", "messages": told_by}
    _, text = saved(fresh.page, lambda: act(fresh.page, "Weather?", "Markdown"))
    assert 'Called `weather`:\n\n```\n{"city": "Lisbon"}\n```\n\nResult:\n\n```\nSun.\n```' in text


def test_a_picture_in_an_imported_file_is_shown(fresh):
    parts = [{"type": "text", "text": "look"}, {"type": "image_url", "image_url": {"url": PIXEL}}]
    given(
        fresh.page,
        "one.json",
        json.dumps([{"role": "user", "content": parts}, {"role": "assistant", "content": "Nice."}]),
    )
    choose(fresh, "look")
    fresh.answered("Nice.")
    expect(fresh.conversation.locator("img").first).to_be_visible()


def test_what_is_asked_while_a_new_conversation_opens_is_asked_in_it(visit, site):
    visit.ask("the first")
    visit.answered("You said: the first")
    visit.page.evaluate(
        """() => {
        [...document.querySelectorAll('button')].find((it) => it.textContent === 'New').click();
        const box = document.querySelector('#message textarea');
        playground.write(box, 'the second');
        box.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
    }"""
    )
    visit.answered("You said: the second")
    expect(visit.conversation).not_to_contain_text("the first")
    expect(visit.box("Message")).to_have_value("")
    assert [turn["content"] for turn in site.chats()[-1].json["messages"]] == ["the second"]
