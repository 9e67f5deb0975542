"""What a call can cost at most, and what a part of it cost."""

import json

import pytest

from services.catalog import Model, Price
from services.chat import Message
from services.limits import Limits
from services.worth import Asked, billed_apart, least, most, partly, reserved, results

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


ASKED = [Message("user", "hello")]
FLUX = Model("flux/dev", "image", prices=(Price("image", 0.04),))


@pytest.mark.parametrize(
    ("extra", "answers", "tokens"),
    [
        ({}, 1, 100),
        ({"n": 4}, 4, 100),
        ({"n": "3"}, 3, 100),
        ({"n": 2, "best_of": 5}, 10, 100),
        ({"max_tokens": 9000}, 1, 9000),
        ({"max_completion_tokens": 9000.5}, 1, 9001),
        ({"thinking": {"type": "enabled", "budget_tokens": 32_000}}, 1, 32_000),
        ({"reasoning": {"max_tokens": 7000}, "n": 2}, 2, 7000),
        ({"options": [{"num_predict": 5000}]}, 1, 5000),
        ({"n": True, "max_tokens": "many", "top_k": 10**6}, 1, 100),
        ({"n": -5, "max_tokens": 0}, 1, 100),
    ],
)
def test_further_fields_that_ask_for_more_count(extra, answers, tokens):
    asked = Asked.chat(ASKED, None, 100, extra=extra)
    further = len(json.dumps(extra)) if extra else 0
    expected = 1e-6 * (asked.size + further + 2 * 16) + 1e-5 * answers * tokens
    assert most(TALKER, asked, LIMITS) == pytest.approx(expected)


def test_tools_are_read_by_the_model_and_so_they_count():
    tools = [{"type": "function", "function": {"name": "x", "description": "d" * 10_000}}]
    bare, with_tools = (
        most(TALKER, Asked.chat(ASKED, None, 100, extra=e), LIMITS) or 0 for e in ({}, {"tools": tools})
    )
    assert with_tools - bare >= 10_000 * 1e-6


@pytest.mark.parametrize(
    ("extra", "pictures"),
    [
        ({}, 2),
        ({"num_images": 4}, 4),
        ({"num_images": 1}, 1),
        ({"n": 4}, 8),
        ({"sequential_image_generation_options": {"max_images": 15}}, 30),
        ({"n": 10**40}, 2 * 10**6),
    ],
)
def test_pictures_asked_for_by_another_name_count(extra, pictures):
    asked = Asked.text("a duck", pictures=2, extra=extra)
    assert results(FLUX, asked) == pictures
    assert most(FLUX, asked, LIMITS) == pytest.approx(0.04 * pictures)


def test_what_has_no_price_is_set_aside_for_each_result_and_for_what_is_billed_apart():
    unpriced, painter = Model("v/u", "chat"), Model("flux/u", "image")
    assert reserved(unpriced, Asked.chat(ASKED), LIMITS, 0.1) == pytest.approx(0.1)
    assert reserved(unpriced, Asked.chat(ASKED, extra={"n": 5}), LIMITS, 0.1) == pytest.approx(0.5)
    assert reserved(painter, Asked.text("a duck", pictures=3), LIMITS, 0.1) == pytest.approx(0.3)
    searching = Asked.chat(ASKED, extra={"web_search_options": {}})
    assert reserved(TALKER, searching, LIMITS, 0.1) == pytest.approx(0.1 + (most(TALKER, searching, LIMITS) or 0))


@pytest.mark.parametrize(
    ("extra", "apart"),
    [
        ({"web_search_options": {}}, True),
        ({"enable_search": True}, True),
        ({"service_tier": "priority"}, True),
        ({"tools": [{"type": "web_search"}]}, True),
        ({"tools": [{"type": "function", "function": {}}]}, False),
        ({"top_k": 40, "tools": "none"}, False),
    ],
)
def test_what_is_billed_besides_tokens_is_known(extra, apart):
    assert billed_apart(extra) is apart


def test_the_least_is_below_the_most_and_takes_the_cheapest_price():
    asked = Asked.chat(ASKED, None, 100)
    assert 0 < (least(TALKER, asked) or 0) < (most(TALKER, asked, LIMITS) or 0)
    from_so_much = Model("i", "image", prices=(Price("image", 0.02, least=True),))
    assert least(from_so_much, Asked.text("a duck", pictures=2)) == pytest.approx(0.04)
    spoken = Model("s", "speech", prices=(Price("second", 0.01),))
    assert least(spoken, Asked.text("x" * 300)) == pytest.approx(0.1)
    assert least(Model("n", "chat"), asked) is None


def test_a_recording_of_known_length_costs_what_it_is_long():
    model = Model("t", "transcription", prices=(Price("minute", 0.006),))
    assert most(model, Asked(seconds=30), LIMITS) == least(model, Asked(seconds=30)) == pytest.approx(0.003)
    assert least(model, Asked()) is None
