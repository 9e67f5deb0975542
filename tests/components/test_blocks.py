"""What our blocks do otherwise than Gradio's own: less work for the same answer, and words of ours."""

from __future__ import annotations

from typing import Any

import gradio as gr
import gradio.routes
import pytest
from gradio.state_holder import SessionState

from components.blocks import REFUSED, PlainBlocks

UNTOUCHED = {"__type__": "update"}


class Page:
    """Blocks with one event on two boxes, a button and a state."""

    def __init__(self, blocks: type[gr.Blocks] = PlainBlocks) -> None:
        with blocks() as self.blocks:
            self.text, self.other, self.button = gr.Textbox(), gr.Textbox("before"), gr.Button("Send")
            self.kept = gr.State("kept")
            self.outputs = [self.text, self.other, self.button, self.kept]
            self.button.click(lambda: None, None, self.outputs)
        [self.event] = self.blocks.fns.values()

    async def updated(self, update: Any, session: SessionState) -> list[Any]:
        return await self.blocks.postprocess_data(self.event, update, session)


@pytest.fixture
def page() -> Page:
    return Page()


@pytest.fixture
def session(page: Page) -> SessionState:
    return SessionState(page.blocks)


async def test_an_output_that_an_update_leaves_out_is_not_built_anew(page, session):
    assert await page.updated({page.text: "Hi"}, session) == ["Hi", UNTOUCHED, UNTOUCHED, None]
    assert session[page.other._id] is page.other
    assert session[page.button._id] is page.button


async def test_a_state_that_an_update_leaves_out_stays(page, session):
    session[page.kept._id] = "the session's own"
    await page.updated({page.text: "Hi", page.button: "Stop"}, session)
    assert session[page.kept._id] == "the session's own"


async def test_a_state_that_an_update_names_changes_and_is_not_sent(page, session):
    assert await page.updated({page.kept: ["new"]}, session) == [UNTOUCHED, UNTOUCHED, UNTOUCHED, None]
    assert session[page.kept._id] == ["new"]


@pytest.mark.parametrize(
    "update",
    [
        lambda it: {it.text: "one"},
        lambda it: {it.button: gr.Button(visible=False)},
        lambda it: {it.button: gr.Button("Stop"), it.text: gr.Textbox("two", label="Said"), it.kept: 3},
        lambda it: {it.text: None, it.other: "", it.button: gr.skip(), it.kept: None},
        lambda it: {it.kept: {"a": "dictionary"}},
        lambda it: ["one", "two", "three", "four"],
        lambda it: gr.skip(),
    ],
)
async def test_every_update_gives_what_gradio_itself_gives(update):
    ours, stock = Page(), Page(gr.Blocks)
    given = [await it.updated(update(it), SessionState(it.blocks)) for it in (ours, stock)]
    assert given[0] == given[1]


async def test_what_is_no_output_of_the_event_is_refused_as_gradio_refuses_it(page, session):
    with page.blocks:
        stranger = gr.Textbox()
    with pytest.raises(ValueError, match="not specified as output"):
        await page.updated({page.text: "Hi", stranger: "?"}, session)


async def test_a_session_costs_no_configuration(page, session):
    await page.updated({page.text: "a secret", page.button: gr.Button("Stop")}, session)
    assert list(session.components) == []


async def test_what_one_session_changes_another_does_not_see(page, session):
    other = SessionState(page.blocks)
    await page.updated({page.text: gr.Textbox("a secret", label="Mine"), page.kept: ["mine"]}, session)
    assert session[page.text._id].label == "Mine"
    for untouched in (other, SessionState(page.blocks)):
        assert untouched[page.text._id] is page.text
        assert untouched[page.kept._id] == "kept"
    assert "a secret" not in str(page.blocks.get_config_file())


def test_the_page_is_configured_as_gradio_does_it():
    ours, stock = Page().blocks.get_config_file(), Page(gr.Blocks).blocks.get_config_file()
    for one, other in zip(ours["components"], stock["components"], strict=True):
        assert one["props"] == other["props"]
    assert len(ours["dependencies"]) == len(stock["dependencies"]) == 1


async def test_what_a_session_renders_itself_is_configured():
    with PlainBlocks() as blocks:
        name = gr.Textbox("Ada")

        @gr.render(name)
        def greet(said: str) -> None:
            gr.Markdown(f"Hello {said}")

    session, event = SessionState(blocks), next(it for it in blocks.fns.values() if it.renderable)
    shown = await blocks.process_api(event, ["Ada"], session)
    assert "Hello Ada" in str(shown["render_config"]["components"])


def test_the_web_application_is_built_once_before_the_launch(monkeypatch):
    built = []
    build = gradio.routes.App.create_app
    monkeypatch.setattr(gradio.routes.App, "create_app", lambda *args, **how: built.append(args) or build(*args, **how))
    Page().blocks.queue(max_size=7)
    assert len(built) == 1


def test_the_queue_is_as_gradio_makes_it_with_our_limits():
    ours = Page().blocks.queue(max_size=7, default_concurrency_limit=None)._queue
    stock = Page(gr.Blocks).blocks.queue(max_size=7, default_concurrency_limit=None)._queue
    for name in ("live_updates", "sleep_when_free", "max_size", "default_concurrency_limit", "max_thread_count"):
        assert getattr(ours, name) == getattr(stock, name), name


async def test_an_input_that_a_component_refuses_becomes_our_sentence():
    with PlainBlocks() as blocks:
        choice = gr.Radio(["one", "two"])
        choice.input(lambda it: None, choice)
    [event] = blocks.fns.values()
    with pytest.raises(gr.Error, match=REFUSED[:40]):
        await blocks.preprocess_data(event, ["three"], SessionState(blocks))
