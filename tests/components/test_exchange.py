"""What an order means for a conversation, calls of tools and their results included."""

from __future__ import annotations

import pytest

from components.conversation import Turn, messages, show, shown_by, with_results
from components.desk import Asked, Order, plain_turns
from components.exchange import Said, structure, wanted
from services.chat import Completion
from services.conforming import Verdict
from services.errors import InvalidInput
from services.run import Run
from services.tools import ToolCall

NAME = "0123456789abcdef0123456789abcdef"
RUN = Run("m", "AI/ML API")
ASKED = Turn("user", "Weather and time?")
CALLED = Turn(
    "assistant",
    "",
    finish_reason="tool_calls",
    run=RUN,
    calls=(ToolCall("a", "get_weather", "{}"), ToolCall("b", "get_time", "{}")),
)
ANSWERED = with_results(CALLED, ["rain", "noon"])
SAID = Turn("assistant", "It rains at noon.", finish_reason="stop", run=RUN)


def order(act, **more) -> Order:
    return Order.model_validate({"desk": NAME, "act": act, **more})


def test_results_lie_with_their_calls_and_are_sent_after_them():
    reply = wanted((ASKED, CALLED), order("result", results=["rain", "noon"]))
    assert (reply.asked, reply.start) == ((ASKED, ANSWERED), 1)
    assert [(it.role, it.call_id, it.content) for it in messages(reply.asked)] == [
        ("user", "", ASKED.content),
        ("assistant", "", ""),
        ("tool", "a", "rain"),
        ("tool", "b", "noon"),
    ]


@pytest.mark.parametrize("results", [[], ["rain"], ["rain", " "], ["rain", "noon", "x"]])
def test_every_call_wants_a_result(results):
    with pytest.raises(InvalidInput, match="no result yet"):
        wanted((ASKED, CALLED), order("result", results=results))


@pytest.mark.parametrize("turns", [(), (ASKED,), (ASKED, SAID), (ASKED, ANSWERED), (ASKED, CALLED, ASKED)])
def test_results_of_calls_that_wait_for_none_are_refused(turns):
    with pytest.raises(InvalidInput, match="any more"):
        wanted(turns, order("result", results=["rain", "noon"]))


@pytest.mark.parametrize("finish", ["", "length", "content_filter", "output limit"])
def test_a_call_that_was_cut_takes_no_result_and_is_not_sent(finish):
    cut = Turn("assistant", "", finish_reason=finish, run=RUN, calls=CALLED.calls)
    assert not cut.unanswered
    assert not cut.can_go_on
    assert [it.role for it in messages((ASKED, cut))] == ["user"]


def test_what_was_said_beside_a_call_without_a_result_is_still_sent():
    beside = Turn("assistant", "Let me look.", finish_reason="tool_calls", calls=CALLED.calls)
    assert [(it.content, it.calls) for it in messages((ASKED, beside))][1] == ("Let me look.", ())


def test_another_question_closes_the_calls_and_shows_them_closed():
    reply = wanted((ASKED, CALLED), order("ask", text="Never mind."))
    assert reply.start == 1
    assert "data-result" not in str(show(reply.asked, reply.start))
    assert "data-result" in str(show((ASKED, CALLED)))


@pytest.mark.parametrize(
    ("turns", "again"),
    [
        ((ASKED, SAID), (ASKED,)),
        ((ASKED,), (ASKED,)),
        ((ASKED, CALLED), (ASKED,)),
        ((ASKED, ANSWERED), (ASKED, ANSWERED)),
        ((ASKED, ANSWERED, SAID), (ASKED, ANSWERED)),
        ((), ()),
    ],
)
def test_once_more_asks_for_the_last_answer_and_keeps_given_results(turns, again):
    assert wanted(turns, order("retry")).asked == again


def test_calls_results_and_verdicts_survive_the_browsers_memory_and_older_records_still_load():
    turns = (ASKED, ANSWERED, Turn("assistant", "{}", finish_reason="stop", verdict=Verdict(False, "at $: no")))
    assert order("open", turns=plain_turns(turns)).turns == turns
    old = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "Hello.", "finish_reason": "stop"}]
    assert order("open", turns=old).turns == (
        Turn("user", "hi"),
        Turn("assistant", "Hello.", finish_reason="stop"),
    )


def test_each_turn_is_shown_by_as_many_messages_as_it_says():
    beside = Turn("assistant", "Look:", reasoning="Hm.", finish_reason="tool_calls", calls=CALLED.calls)
    for turn in (CALLED, ANSWERED, beside, SAID):
        assert len(show((ASKED, turn), 1)) == shown_by(turn)


def test_a_checked_answer_is_shown_as_a_block_of_code_that_it_can_not_leave():
    text = '{"a": "```\\n<b>x</b>"}'
    block, footer = show((Turn("assistant", text, finish_reason="stop", verdict=Verdict(True)),))
    assert block["content"]["text"].startswith("````json\n")
    assert "✓ Matches the schema" in footer["content"]["value"]
    assert messages((Turn("assistant", text, verdict=Verdict(True)),))[0].content == text


def test_a_verdict_is_escaped():
    turn = Turn("assistant", "no", finish_reason="stop", verdict=Verdict(False, "<img src=x onerror=x()>"))
    assert "<img" not in show((turn,))[-1]["content"]["value"]


def test_text_grows_by_pieces_until_a_call_stands_below_it():
    said, calls = Said(), CALLED.calls
    assert said.next(Completion(RUN, "He")) == {}
    assert said.next(Completion(RUN, "Hello")) == {"add": "llo"}
    assert said.next(Completion(RUN, "Hello", calls=calls[:1])) == {}
    assert said.next(Completion(RUN, "Hello", calls=calls[:1])) is None
    assert said.next(Completion(RUN, "Hello", calls=calls)) == {}
    assert said.next(Completion(RUN, "Hello!", calls=calls)) == {}
    assert said.began


def test_the_boxes_ask_for_what_they_hold():
    form = structure(Asked(answer_schema="{}", tools='{"name": "f"}', tool_choice="f", extra='{"top_k": 3}'))
    assert form.response_format == {"type": "json_object"}
    assert form.tool_choice == {"type": "function", "function": {"name": "f"}}
    assert (form.extra, len(form.tools)) == ({"top_k": 3}, 1)
    assert not Asked().structured
    assert Asked(tools="x").structured
