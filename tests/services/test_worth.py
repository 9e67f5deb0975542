"""What a call can cost at most, and what a part of it cost."""

import pytest

from services.catalog import Model, Price
from services.chat import Message
from services.limits import Limits
from services.worth import Asked, most, partly

LIMITS = Limits(audio_seconds=600)
TALKER = Model("v/talker", "chat", prices=(Price("token", 1e-6, "input"), Price("token", 1e-5, "output")))


def test_a_chat_is_never_dearer_than_its_most():
    asked = Asked.chat([Message("user", "Grüße 🙂" * 10)], "Be brief.", max_tokens=100)
    assert asked.size == len(("Be brief.\n" + "Grüße 🙂" * 10).encode())
    assert most(TALKER, asked, LIMITS) == pytest.approx(1e-6 * (asked.size + 2 * 16) + 1e-5 * 100)


def test_the_longest_answer_is_the_one_that_would_be_asked_for():
    asked = Asked.chat([Message("user", "hi")], None, max_tokens=None)
    assert (most(TALKER, asked, LIMITS) or 0) > 1e-5 * 1024


def test_pictures_in_a_question_and_earlier_turns_count():
    bare = most(TALKER, Asked.chat([Message("user", "hi")], None, 10), LIMITS) or 0
    shown = most(TALKER, Asked.chat([Message("user", "hi", ("data:image/png;base64,AA==",))], None, 10), LIMITS) or 0
    longer = most(TALKER, Asked.chat([Message("assistant", "x" * 500), Message("user", "hi")], None, 10), LIMITS) or 0
    assert shown - bare == pytest.approx(2000e-6)
    assert longer - bare > 500e-6


@pytest.mark.parametrize(
    ("model", "asked", "usd"),
    [
        (Model("i", "image", prices=(Price("image", 0.04),)), Asked.text("a duck", pictures=4), 0.16),
        (Model("i", "image", prices=(Price("image", 0.04),)), Asked.text("a duck"), 0.04),
        (Model("s", "speech", prices=(Price("character", 1e-5),)), Asked.text("größer"), 6e-5),
        (Model("s", "speech", prices=(Price("second", 0.01),)), Asked.text("x" * 50), 0.1),
        (Model("t", "transcription", prices=(Price("minute", 0.006),)), Asked(), 0.06),
        (Model("f", "image", prices=(Price("image", 0.0),)), Asked.text("a duck"), 0.0),
    ],
)
def test_each_kind_of_work_is_worth_what_its_unit_says(model, asked, usd):
    assert most(model, asked, LIMITS) == pytest.approx(usd)


@pytest.mark.parametrize("prices", [(), (Price("megapixel", 0.1),), (Price("image", 0.02, least=True),)])
def test_what_the_catalogue_does_not_price_is_not_made_up(prices):
    assert most(Model("i", "image", prices=prices), Asked.text("a duck", pictures=2), LIMITS) is None


def test_a_part_of_an_answer_costs_less_than_the_whole():
    asked = Asked.chat([Message("user", "hello " * 50)], None, max_tokens=1000)
    none, some, whole = partly(TALKER, asked, 0), partly(TALKER, asked, 300), most(TALKER, asked, LIMITS)
    assert none is not None
    assert some is not None
    assert whole is not None
    assert 0 < none < some < whole
    assert some - none == pytest.approx(100e-5)
