"""The engine's catalogue: what it lists when another chat model runs."""

from services.embedded.catalog import CHAT, MODELS, rows
from services.embedded.weights import SMOLLM2, chosen

OTHER = chosen("someone/a-model-GGUF/a-model.Q4.gguf@" + "ab" * 32)


def test_the_chosen_model_tells_its_own_name_under_the_same_id():
    row = rows(OTHER)[0]
    assert (row["id"], row["info"]["name"], row["info"]["developer"]) == (CHAT, "a-model.Q4", "someone")
    assert "SmolLM2" not in str(row["info"])


def test_nothing_is_said_of_the_languages_of_a_model_that_is_not_ours():
    assert "languages" not in rows(OTHER)[0]["info"]


def test_without_a_choice_the_catalogue_is_the_usual_one():
    assert rows(SMOLLM2) is MODELS
