"""A conversation as plain values: what is shown, what is sent, and that neither leaks into the other."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from upstream import picture

from components.conversation import Turn, answer, messages, show, shown_by, turn_at
from services.chat import Completion
from services.run import Run

RUN = Run("openai/gpt-4o-mini", "AI/ML API", first_token=0.3, duration=1.2)
TEXT = st.text(min_size=1, max_size=30)


def answered(text: str, reasoning: str = "", finish: str = "stop") -> Turn:
    return answer(Completion(RUN, text, reasoning, finish))


ANSWERS = st.builds(answered, TEXT, st.sampled_from(["", "Hm."]), st.sampled_from(["", "stop", "length"]))
TURNS = st.lists(st.one_of(st.builds(Turn, st.just("user"), TEXT), ANSWERS), max_size=8).map(tuple)


@given(TURNS, st.booleans())
def test_every_shown_message_leads_back_to_its_turn(turns, working):
    shown = show(turns)
    places = [turn_at(turns, index) for index in range(len(shown))]
    assert places == sorted(places)
    assert set(places) == set(range(len(turns)))
    for message, place in zip(shown, places, strict=True):
        assert message["role"] == turns[place].role
    assert turn_at(turns, len(shown)) is None
    assert turn_at(turns, -1) is None
    assert len(show(turns, working=working)) <= len(shown)


@given(TURNS, st.integers(0, 8))
def test_the_messages_of_later_turns_are_the_end_of_all_messages(turns, start):
    before = sum(shown_by(turn) for turn in turns[:start])
    assert show(turns, start) == show(turns)[before:]


@given(TURNS)
def test_what_is_sent_holds_the_words_and_nothing_of_the_footers(turns):
    sent = messages(turns)
    assert "\n\n".join(it.content for it in sent if it.role == "assistant") == "\n\n".join(
        turn.content for turn in turns if turn.role == "assistant"
    )
    assert sum(it.content.count("data-act") for it in sent) == sum(turn.content.count("data-act") for turn in turns)
    for turn in turns:
        assert any(turn.content in it.content for it in sent if it.role == turn.role)


@given(TURNS)
def test_two_questions_in_a_row_are_sent_as_one(turns):
    roles = [it.role for it in messages(turns)]
    assert not any(one == other == "user" for one, other in pairwise(roles))


@given(TURNS)
def test_nothing_of_the_turns_is_changed_by_showing_or_sending_them(turns):
    before = repr(turns)
    show(turns)
    messages(turns)
    assert repr(turns) == before


def test_markdown_and_spaces_are_shown_as_they_were_written():
    text = "# Title\n\n```python\n    x = 1\n```\n<b>&amp;</b> $x^2$"
    assert show((Turn("user", text),)) == [{"role": "user", "content": {"type": "text", "text": text}}]
    assert show((answered(text),))[0]["content"]["text"] == text


@pytest.mark.parametrize("hostile", ['"><script>x()</script>', "' onmouseover='x()", "</div><img src=x onerror=x()>"])
def test_what_a_model_or_server_says_is_escaped_in_the_footer(hostile):
    run = Run(hostile, hostile, request_id=hostile)
    footer = show((answer(Completion(run, hostile, "", "stop")),))[-1]["content"]
    assert footer["component"] == "html"
    for sign in ("<script", "<img", "onmouseover='"):
        assert sign not in footer["value"]
    assert footer["value"].count("<div") == footer["value"].count("</div>")


def test_only_a_finished_answer_has_a_footer():
    turns = (Turn("user", "hi"), answered("Hel", finish=""))
    assert len(show(turns, working=True)) == 2
    assert len(show(turns)) == 3


def test_reasoning_is_a_fold_before_the_answer():
    fold, text, _ = show((answered("Four.", "Two and two."),))
    assert fold["metadata"]["title"] == "Reasoning"
    assert (fold["content"]["text"], text["content"]["text"]) == ("Two and two.", "Four.")
    assert "Two and two" not in json.dumps([it.wire() for it in messages((answered("Four.", "Two and two."),))])


@pytest.mark.parametrize(
    ("finish", "goes_on"), [("", True), ("length", True), ("stop", False), ("content_filter", False)]
)
def test_an_answer_that_was_cut_can_go_on(finish, goes_on):
    turn = answered("Hel", finish=finish)
    assert turn.can_go_on is goes_on
    assert ('data-act="continue"' in show((Turn("user", "hi"), turn))[-1]["content"]["value"]) is goes_on


def test_pictures_are_shown_before_the_words_and_sent_as_data(tmp_path):
    path = tmp_path / "cat.png"
    path.write_bytes(picture("cat"))
    turn = Turn("user", "what?", (str(path),))
    assert [it["content"] for it in show((turn,))] == [{"path": str(path)}, {"type": "text", "text": "what?"}]
    [sent] = messages((turn,))
    assert sent.images[0].startswith("data:image/png;base64,")
