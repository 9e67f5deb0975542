"""Words against words: where two texts differ, how often a transcript is wrong, how alike answers are."""

from __future__ import annotations

import pytest

from services.errors import InvalidInput
from services.words import MOST_WORDS, Part, difference, likeness


def test_each_word_is_the_same_gone_or_new_and_keeps_its_own_spelling():
    found = difference("The cat sat on the mat.", "The cat sit on mat, now")
    assert found.parts == (
        Part("same", "The cat"),
        Part("gone", "sat"),
        Part("new", "sit"),
        Part("same", "on"),
        Part("gone", "the mat."),
        Part("new", "mat, now"),
    )
    assert (found.wrong, found.words, found.rate) == (3, 6, 0.5)


def test_case_punctuation_and_the_apostrophes_shape_are_no_errors():
    found = difference("It’s 8:45, Mr. Smith!", "it's 8:45 mr Smith")
    assert (found.rate, [part.kind for part in found.parts]) == (0, ["same"])


@pytest.mark.parametrize(
    ("reference", "text", "rate", "kinds"),
    [
        ("", "", 0, []),
        ("", "a b", 1, ["new"]),
        ("a b", "", 1, ["gone"]),
        ("a", "b c d", 3, ["new", "gone", "new"]),
        ("…", "?!", 0, []),
    ],
)
def test_the_ends_of_the_scale(reference, text, rate, kinds):
    found = difference(reference, text)
    assert found.rate == rate
    assert sorted(part.kind for part in found.parts) == sorted(kinds)


def test_where_no_spaces_part_the_words_each_character_is_one():
    found = difference("今日は晴れ", "今日は雨")
    assert (found.wrong, found.words) == (2, 5)
    assert found.parts[0] == Part("same", "今日は")


def test_the_words_of_the_text_are_all_there_in_their_order():
    text = "one (two) three — four; five"
    found = difference("zero one three four six five seven", text)
    assert " ".join(part.text for part in found.parts if part.kind != "gone") == text


def test_answers_that_say_the_same_are_counted_and_the_others_measured():
    found = likeness(["a b c d", "a  b c\nd", "a b c x"])
    assert (found.same, found.of) == (2, 3)
    assert found.share == pytest.approx((1 + 0.75 + 0.75) / 3)
    assert likeness(["only one"]).share == 1
    assert likeness(["a b", "c d"]).share == 0
    assert likeness(["", "a"]).share == 0


def test_an_endless_text_is_refused_before_it_takes_the_memory():
    with pytest.raises(InvalidInput, match="the most that are compared"):
        difference("a", "word " * (MOST_WORDS + 1))
