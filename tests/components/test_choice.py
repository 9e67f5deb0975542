"""The model choice: what is chosen when the endpoint's list comes, and what is said when there is none."""

import gradio as gr
import pytest

from components.choice import ModelChoice, model_choice
from services.catalog import Model
from services.speeds import Speed

OWN = (Model("a/one", "speech", "One"), Model("a/two", "speech", "Two"))
ENGINES = Model("embedded/hibari", "speech", "Hibari, embedded engine")


@pytest.fixture
def choice() -> ModelChoice:
    with gr.Blocks():
        return model_choice("speech")


def test_the_first_of_the_endpoints_list_is_the_default(choice):
    shown, picked = choice.offer(OWN, None)
    assert picked == OWN[0]
    assert shown[choice.model].value == "a/one"
    assert shown[choice.model].props == {"named": {"id": "a/one", "name": "One"}}


def test_a_choice_stays_while_the_endpoint_offers_it(choice):
    assert choice.offer(OWN, "a/two")[1] == OWN[1]


def test_with_a_key_the_api_answers_and_no_longer_the_engine_that_stood_there_by_default(choice):
    assert choice.offer(OWN, ENGINES.id)[1] == OWN[0]


def test_the_engine_never_takes_the_place_of_a_server_that_offers_nothing(choice):
    shown, picked = choice.offer((), None)
    assert picked is None
    assert shown[choice.model].value is None
    said = choice.describe(None, who="localhost:11434", embedded=False)[choice.about]
    assert "localhost:11434 offers no model" in said


def test_a_name_that_was_replaced_is_told_and_nothing_in_it_is_markup(choice):
    said = choice.describe(OWN[0], who="API", embedded=False, news="<b>old</b> was replaced by a/one.")[choice.about]
    assert "&lt;b&gt;old&lt;/b&gt; was replaced by a/one." in said


def test_the_usual_speed_stands_beside_the_facts(choice):
    said = choice.describe(OWN[0], who="API", embedded=False, usual=Speed(0.35, 61.2, 4.0))[choice.about]
    assert "usually 0.3 s to the first token, 61 tokens/s" in said
    said = choice.describe(OWN[0], who="API", embedded=False, usual=Speed(duration=4.0))[choice.about]
    assert "usually 4.0 s" in said


def test_the_page_carries_no_list_of_models():
    with gr.Blocks() as blocks:
        model_choice("chat")
    assert "choices" not in str(blocks.get_config_file()["components"])
