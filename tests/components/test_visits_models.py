"""Visits to the model choice: search, filters, the keyboard, five thousand rows, an outage, and what is remembered."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from browsing import Visit, visiting
from playwright.sync_api import Locator, expect
from running_page import OWNER_KEY, Site, serving
from upstream import Answer, Upstream

from services.settings import Settings

pytestmark = pytest.mark.browser

CHAT = "openai/chat-completions"


def row(name: str, developer: str = "Many", usd: float = 1, context: int = 8000, **more: object) -> dict[str, object]:
    prices = [{"name": "token", "measure": it, "price": usd, "per": 1_000_000} for it in ("input", "output")]
    info = {"name": name, "developer": developer, "contextLength": context, **more}
    pricing = {"kind": "fixed", "currency": "USD", "units": prices}
    return {"id": f"v/{name.lower().replace(' ', '-')}", "type": CHAT, "info": info, "pricing": pricing}


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A page with five thousand models, one of them dear, one with markup in its name."""
    rows = [row(f"Model {i}", usd=1 + i % 7, context=8000 * (1 + i % 5)) for i in range(5000)]
    rows += [row("Dear One", "Few", 90, 400_000)]
    rows += [{**row("Odd"), "info": {"name": "<b onclick=alert(1)>Odd & <i>&lt;b&gt;", "developer": "<i>"}}]
    rows[0] = {**rows[0], "modalities": {"input": ["text", "image"], "output": ["text"]}}
    with pytest.MonkeyPatch.context() as patch, Upstream({"v1"}) as upstream:
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("gradio")))
        upstream.always("models", Answer(json={"object": "list", "data": rows}))
        settings = Settings(api_key=OWNER_KEY, api_base=upstream.base, rate_limit=False)  # type: ignore[arg-type]
        with serving(settings, upstream) as site:
            yield site


def field(visit: Visit) -> Locator:
    return visit.page.get_by_role("combobox", name="Model", exact=True)


def options(visit: Visit) -> Locator:
    return visit.page.get_by_role("listbox", name="Models").get_by_role("option")


def about(visit: Visit) -> Locator:
    return visit.page.locator(".about:visible")


def chosen(visit: Visit) -> str:
    return str(visit.page.evaluate("playground.models.chosen('chat')"))


def test_five_thousand_models_are_searched_and_only_those_in_sight_are_drawn(browser, many):
    with visiting(browser, many) as visit:
        field(visit).click()
        expect(visit.page.locator(".models-count")).to_have_text("5,003 models")
        assert options(visit).count() < 30
        field(visit).press("End")
        expect(options(visit).last).to_contain_text("embedded")
        assert options(visit).last.get_attribute("aria-posinset") == "5003"
        field(visit).fill("model 4321")
        expect(options(visit).first).to_contain_text("v/model-4321")
        field(visit).press("Enter")
        expect(field(visit)).to_have_value("Model 4321")
        expect(about(visit)).to_contain_text("Many · 16k context · $3 in, $3 out per M tokens")
        assert chosen(visit) == "v/model-4321"


def test_filters_and_order_say_what_is_left(browser, many):
    with visiting(browser, many) as visit:
        field(visit).click()
        count = visit.page.locator(".models-count")
        visit.page.get_by_label("Developer").select_option("Few")
        expect(count).to_contain_text("1 of 5,003 models")
        expect(options(visit)).to_have_count(1)
        visit.page.get_by_label("Price at most").select_option("50")
        expect(visit.page.get_by_text("No model fits these filters.")).to_be_visible()
        visit.button("Clear the filters").click()
        expect(count).to_have_text("5,003 models")
        visit.page.get_by_label("Capability").select_option("takes image")
        expect(count).to_contain_text("1 of 5,003")
        visit.page.get_by_label("Capability").select_option("")
        visit.page.get_by_label("Context at least").select_option("200000")
        expect(options(visit).first).to_contain_text("Dear One")
        visit.page.get_by_label("Context at least").select_option("")
        visit.page.get_by_label("Order").select_option("price")
        expect(options(visit).first).to_contain_text("$1 in, $1 out")


def test_a_name_with_markup_is_text_and_runs_nothing(browser, many):
    with visiting(browser, many) as visit:
        field(visit).fill("odd")
        expect(options(visit).first).to_contain_text("Odd")
        assert not visit.page.locator(".models-row b[onclick], .models-row i").count()
        field(visit).fill("<img src=x onerror=alert(1)>")
        expect(visit.page.get_by_text("No model is called")).to_be_visible()
        assert not visit.page.locator(".models img").count()
        field(visit).press("Escape")


def test_the_choice_is_made_by_keyboard_alone(visit):
    expect(field(visit)).to_have_attribute("aria-expanded", "false")
    field(visit).focus()
    field(visit).press("ArrowDown")
    expect(field(visit)).to_have_attribute("aria-expanded", "true")
    expect(options(visit).first).to_have_attribute("aria-selected", "true")
    field(visit).press("ArrowDown")
    active = field(visit).get_attribute("aria-activedescendant")
    expect(visit.page.locator(f"#{active}")).to_contain_text("Claude Haiku 4.5")
    field(visit).press("Escape")
    expect(field(visit)).to_have_attribute("aria-expanded", "false")
    expect(field(visit)).to_have_value("GPT-4o mini")
    field(visit).press("ArrowDown")
    field(visit).press("ArrowDown")
    field(visit).press("Enter")
    expect(field(visit)).to_have_value("Claude Haiku 4.5")
    expect(about(visit)).to_contain_text("usually 0.6 s to the first token, 91 tokens/s")
    expect(field(visit)).to_be_focused()


def test_an_old_name_leads_to_its_successor_and_that_is_told(visit, site):
    visit.model("gpt-3.5-turbo")
    expect(about(visit)).to_contain_text("gpt-3.5-turbo was replaced by openai/gpt-4o-mini.")
    expect(field(visit)).to_have_value("GPT-4o mini")
    visit.ask("hello")
    visit.answered("You said: hello")
    assert site.chats()[0].json["model"] == "openai/gpt-4o-mini"


def test_an_id_that_is_on_no_list_may_be_typed(visit, site):
    visit.model("my/own-fine-tune")
    visit.ask("hello")
    visit.answered("You said: hello")
    assert site.chats()[0].json["model"] == "my/own-fine-tune"
    expect(field(visit)).to_have_value("my/own-fine-tune")


def test_a_search_that_is_left_changes_nothing(visit):
    before = field(visit).input_value()
    field(visit).fill("hai")
    expect(options(visit).first).to_contain_text("Haiku")
    visit.box("Message").click()
    expect(field(visit)).to_have_value(before)


def test_what_was_chosen_is_chosen_again_after_a_reload_in_each_tab(browser, site):
    with visiting(browser, site) as visit:
        visit.model("anthropic/claude-haiku-4.5")
        visit.tab("Text to Speech")
        field(visit).fill("openai/tts-1")  # without Tab: Gradio's open list of voices trips when it gets shorter
        field(visit).press("Enter")
        expect(about(visit)).to_contain_text("OpenAI")
        visit.page.wait_for_timeout(300)
        visit.reload()
        visit.tab("Chat")
        expect(field(visit)).to_have_value("Claude Haiku 4.5")
        expect(about(visit)).to_contain_text("Anthropic")
        visit.tab("Text to Speech")
        expect(field(visit)).to_have_value("TTS-1")
        visit.tab("Image")
        expect(field(visit)).to_have_value("FLUX.1 schnell")


def test_a_remembered_model_that_is_offered_no_more_gives_way_and_an_old_one_to_its_successor(browser, site):
    with visiting(browser, site) as visit:
        remembered = "{id: 'models', saved: 1, chosen: {chat: 'claude-3-haiku', image: 'gone/for-good'}}"
        visit.page.evaluate(f"playground.kept.settings.put({remembered})")
        visit.reload()
        expect(field(visit)).to_have_value("Claude Haiku 4.5")
        expect(about(visit)).to_contain_text("claude-3-haiku was replaced by anthropic/claude-haiku-4.5.")
        visit.tab("Image")
        expect(field(visit)).to_have_value("FLUX.1 schnell")


def test_a_list_that_does_not_come_is_told_and_may_be_asked_for_again(browser, site):
    with visiting(browser, site) as visit:
        visit.tab("Image")
        visit.page.route(re.compile("page/models"), lambda route: route.abort())
        visit.page.evaluate("playground.models.offered()")
        field(visit).click()
        expect(visit.page.get_by_text("The list of models did not come.")).to_be_visible()
        visit.page.unroute(re.compile("page/models"))
        visit.button("Try again").click()
        expect(options(visit).first).to_be_visible()
        visit.complaints.clear()  # the browser's own word on the list that was held back


def test_on_a_phone_the_list_is_a_sheet_over_the_whole_width(browser, site):
    with visiting(browser, site, viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True) as visit:
        visit.page.get_by_role("button", name="Settings").first.tap()
        field(visit).tap()
        search = visit.page.get_by_role("combobox", name="Search models")
        expect(search).to_be_focused()
        expect(options(visit).first).to_be_visible()
        box = visit.page.locator(".models").bounding_box()
        assert box
        assert (box["x"], box["y"], box["width"]) == (0, 0, 360)
        search.fill("haiku")
        options(visit).first.tap()
        expect(search).to_be_hidden()
        expect(field(visit)).to_have_value("Claude Haiku 4.5")
