"""The error tree, and what an error keeps to itself."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import errors
from services.errors import NotFound, Refused, ServiceError, Unavailable

KEY = "sk-canary-0123456789abcdef"


def test_the_tree_that_is_drawn_is_the_tree_that_is():
    drawn = set(re.findall(r"^[│├└─ ]*([A-Z]\w+) {2,}", errors.__doc__, re.MULTILINE))
    kinds = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, ServiceError)}
    assert drawn == kinds


def test_a_sentence_leaves_out_what_there_is_not():
    assert Unavailable("Down.", remedy="").sentence == "Down."
    assert Unavailable("Down.", remedy="Wait.", request_id="r1").sentence == "Down. Wait. (request r1)"


def test_a_404_is_about_the_path_unless_it_says_so():
    assert NotFound("No.", remedy="").names_model is False


@pytest.mark.parametrize("name", ["message", "remedy", "request_id", "detail"])
@pytest.mark.parametrize("echo", [KEY, KEY[:20] + "…"])
def test_an_echoed_key_is_blotted_out_everywhere(name, echo):
    words = {"message": "m", "remedy": "r", name: f"you sent {echo}"}
    failure = Refused(words.pop("message"), **words).hide(KEY)
    assert "canary-0" not in failure.sentence + failure.detail + repr(failure)
    assert "[key]" in getattr(failure, name)


@pytest.mark.parametrize("key", ["", "k", "abc"])
def test_a_key_too_short_to_be_one_blots_nothing(key):
    assert Refused("abc k", remedy="").hide(key).message == "abc k"


@given(st.text(min_size=6, max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_no_text_around_a_key_saves_it(key, before, after):
    assert key not in Refused(before + key + after, remedy="").hide(key).message.replace("[key]", "\0")
