"""What is read aloud for what is written."""

from __future__ import annotations

import pytest

from services.embedded.spoken import sentences, spoken


@pytest.mark.parametrize(
    ("written", "heard"),
    [
        ("It costs $5.50.", "It costs 5 dollars and 50 cents."),
        ("$1", "1 dollar."),
        ("$0.05 each", "5 cents each."),
        ("£0.01", "1 penny."),
        ("£20, ¥500 and 50¢", "20 pounds, 500 yen and 50 cents."),
        ("€3.2 million", "3.2 million euros."),
        ("$1bn", "1 billion dollars."),
        ("$1,250.00", "1,250 dollars."),
        ("fruit, e.g. apples", "fruit, for example, apples."),
        ("i.e., this one", "that is, this one."),
        ("apples, pears, etc.", "apples, pears, et cetera."),
        ("Nov. 5th", "November 5th."),
        ("No. 5", "number 5."),
        ("No. I will not.", "No. I will not."),
        ("~100 people", "about 100 people."),
        ("3 × 4", "3 times 4."),
        ("C# and C++", "C sharp and C++."),
        ("CO2 and H2O", "C O 2 and H 2 O."),
        ("see https://www.example.com/a/b?c=1 now", "see example.com now."),
        ("Hello 😀 world 🎉", "Hello world."),
        ("tea — or coffee", "tea, or coffee."),
    ],
)
def test_shorthand_is_written_out(written, heard):
    assert spoken(written) == heard


@pytest.mark.parametrize(
    ("written", "heard"),
    [
        ("# A title\n\nText.", "A title.\nText."),
        ("**bold** and *soft* and ~~gone~~", "bold and soft and gone."),
        ("[the link](https://example.com)", "the link."),
        ("![a cat](cat.png)", "a cat."),
        ("- one\n- two\n- three", "one.\ntwo.\nthree."),
        ("1. first\n2. second", "first.\nsecond."),
        ("use `len(x)` here", "use len(x) here."),
        ("Before.\n\n```python\nprint(1)\n```\n\nAfter.", "Before.\nThere is a piece of code here.\nAfter."),
        ("| a | b |\n|---|---|\n| c | d |", "a.\nb.\nc.\nd."),
        ("> quoted words", "quoted words."),
        ("one line\nand its end", "one line and its end."),
        ("---", ""),
        ("…", ""),
        ("  \n ", ""),
    ],
)
def test_markup_is_not_read(written, heard):
    assert spoken(written) == heard


def test_html_is_read_as_the_words_it_is():
    assert "script" in spoken("<script>alert(1)</script> hello")


def test_each_block_is_at_least_one_sentence():
    assert sentences("# Title\n\nOne. Two.", lambda line: line.split(" ")) == ["Title.", "One.", "Two."]
