"""What is kept of a long conversation; a token is a character here."""

from __future__ import annotations

import pytest

from services.embedded.chat_model import CONTEXT, TooLong, fit


def talk(*sizes: int) -> list[dict[str, str]]:
    """A system message, then turns of so many tokens, the user first."""
    roles = ("user", "assistant")
    turns = [{"role": roles[i % 2], "content": "x" * size} for i, size in enumerate(sizes)]
    return [{"role": "system", "content": "be kind"}, *turns]


def test_a_short_conversation_is_not_even_counted():
    def count(text: str) -> int:
        raise AssertionError("counted")

    assert fit(talk(10, 10, 10), 256, count) == (talk(10, 10, 10), 0)


def test_bytes_decide_whether_counting_is_needed():
    messages = [{"role": "user", "content": "ü" * 2000}]
    assert fit(messages, 256, lambda text: 100) == (messages, 0)


def test_system_text_and_the_last_message_stay():
    messages = talk(2000, 1000, 1000, 500, 50)
    kept, dropped = fit(messages, 256, len)
    assert kept[0]["role"] == "system"
    assert kept[-1] == messages[-1]
    assert len(kept) + dropped == len(messages)
    assert sum(len(message["content"]) + 8 for message in kept) <= CONTEXT - 256


def test_an_answer_goes_with_its_question():
    kept, _ = fit(talk(2000, 1000, 1000, 500, 50), 256, len)
    assert kept[1]["role"] == "user"


def test_the_same_turns_go_for_some_turns_so_that_the_beginning_stays():
    sizes = [300] * 14
    dropped = {fit(talk(*sizes, *[50] * (2 * more), 100), 256, len)[1] for more in range(3)}
    assert len(dropped) == 1


def test_what_never_fits_is_refused_with_both_numbers():
    with pytest.raises(TooLong, match=r"5016 tokens .* reads 3840"):
        fit([{"role": "system", "content": ""}, {"role": "user", "content": "x" * 5000}], 256, len)
