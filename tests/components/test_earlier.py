"""What a page may say of a transcription that was running, and whose key it is asked for with."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from components import earlier
from components.earlier import Accepted, Earlier
from services.catalog import Model
from services.endpoint import Endpoint
from services.errors import InvalidInput, NotFound, Unauthorized, Unreachable
from services.gate import Call, spent
from services.limits import Limits
from services.routes import Route
from services.run import Cost, Run
from services.visitor import Visitor
from services.worth import Asked, most

SAID = {"job": "h66-1", "model": "m", "whose": "page", "name": "clip.wav", "id": "job-h66-1", "seen": 1}
OWNER_OF_A_KEY = Visitor("s", SecretStr("sk-mine"))


def test_a_job_of_the_pages_key_is_never_asked_for_with_a_visitors():
    assert Earlier.read(SAID).asked_for_by(OWNER_OF_A_KEY).key is None


def test_a_job_of_ones_own_key_is_asked_for_with_that_or_not_at_all():
    own = Earlier.read({**SAID, "whose": "own"})
    assert own.asked_for_by(OWNER_OF_A_KEY) is OWNER_OF_A_KEY
    with pytest.raises(Unauthorized, match="key of your own"):
        own.asked_for_by(Visitor("s"))


def call(key: str) -> Call:
    endpoint = Endpoint("http://127.0.0.1/v1", SecretStr(key))
    return Call(Route(endpoint, Model(id="m", task="transcription")), Asked())


def test_a_job_is_asked_for_only_with_the_key_that_it_was_started_with():
    page = Earlier.read({**SAID, "seal": Accepted.by("h66-1", call("sk-page"), own_key=False).seal})
    assert page.checked(call("sk-page")) == "h66-1"
    for stranger in (
        page.model_copy(update={"job": "h66-2"}),
        page.model_copy(update={"seal": ""}),
        Earlier.read(SAID),
    ):
        with pytest.raises(NotFound, match="not started here"):
            stranger.checked(call("sk-page"))
    with pytest.raises(Unauthorized, match="another key"):
        page.model_copy(update={"whose": "own"}).checked(call("sk-other"))


def test_the_seal_of_a_job_tells_nothing_of_the_key():
    assert "sk-page" not in Accepted.by("h66-1", call("sk-page"), own_key=False).seal


@pytest.mark.parametrize(
    "said",
    [
        None,
        "h66-1",
        {},
        {**SAID, "job": ""},
        {**SAID, "job": "x" * 201},
        {**SAID, "whose": "owner"},
        {**SAID, "job": 1},
        {**SAID, "seal": "x" * 65},
    ],
)
def test_what_can_not_be_a_job_is_refused_in_words(said):
    with pytest.raises(InvalidInput, match="no transcription that was kept"):
        Earlier.read(said)


@pytest.mark.parametrize(
    ("error", "lasts"), [(Unreachable, True), (Unauthorized, True), (NotFound, False), (InvalidInput, False)]
)
def test_only_what_may_still_be_had_is_offered_again(error, lasts):
    assert earlier.lasts(error("m", remedy="r")) is lasts


def test_what_was_booked_when_it_was_asked_for_costs_nothing_more():
    model = Model(id="m", task="transcription")
    assert most(model, Asked(paid=True), Limits()) == 0.0
    dear = Run("m", "AI/ML API", cost=Cost(0.5, "billed"))
    assert spent(Call(None, Asked(), dear, began=True), None) == 0.5  # type: ignore[arg-type]
    assert spent(Call(None, Asked(paid=True), dear, began=True), None) == 0.0  # type: ignore[arg-type]
