"""The model choice: what is chosen when the endpoint's list comes, and what is said when there is none."""

import gradio as gr
import pytest

from components.choice import ModelChoice, model_choice
from services.catalog import Model

OWN = (Model("a/one", "speech", "One"), Model("a/two", "speech", "Two"))
ENGINES = Model("embedded/hibari", "speech", "Hibari, embedded engine")


@pytest.fixture
def choice() -> ModelChoice:
    with gr.Blocks():
        return model_choice()


def test_the_first_of_the_endpoints_list_is_the_default(choice):
    shown, picked = choice.offer(OWN, (*OWN, ENGINES), None)
    assert picked == OWN[0]
    assert shown[choice.model].value == "a/one"


def test_a_choice_stays_while_the_endpoint_offers_it(choice):
    assert choice.offer(OWN, (*OWN, ENGINES), "a/two")[1] == OWN[1]


def test_with_a_key_the_api_answers_and_no_longer_the_engine_that_stood_there_by_default(choice):
    assert choice.offer(OWN, (*OWN, ENGINES), ENGINES.id)[1] == OWN[0]


def test_the_engine_never_takes_the_place_of_a_server_that_offers_nothing(choice):
    shown, picked = choice.offer((), (ENGINES,), None)
    assert picked is None
    assert shown[choice.model].value is None
    assert [label for label, _ in shown[choice.model].choices] == ["Hibari, embedded engine"]
    assert (
        "localhost:11434 offers no model" in choice.describe(None, who="localhost:11434", embedded=False)[choice.about]
    )
