"""Calls of tools, put together from whatever pieces a server sends, and sent back with their results."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.tools import MOST_CALLS, Calls, ToolCall


def together(*deltas, whole=False) -> list[tuple[str, str, str]]:
    calls = Calls()
    for delta in deltas:
        calls.take(delta, whole=whole)
    return [(it.id, it.name, it.arguments) for it in calls.all]


def piece(arguments="", **more):
    name = more.pop("name", None)
    return {**more, "function": {"arguments": arguments, **({"name": name} if name else {})}}


WEATHER = ("a", "get_weather", '{"city": "Paris"}')
TIME = ("b", "get_time", "{}")


@pytest.mark.parametrize(
    "deltas",
    [
        pytest.param(
            [
                [piece(index=0, id="a", name="get_weather")],
                [piece('{"city": ', index=0)],
                [piece('"Paris"}', index=0)],
                [piece("{}", index=1, id="b", name="get_time")],
            ],
            id="as published",
        ),
        pytest.param(
            [
                [piece('{"city": ', id="a", name="get_weather")],
                [piece('"Paris"}')],
                [piece("{}", id="b", name="get_time")],
            ],
            id="without an index",
        ),
        pytest.param(
            [
                [piece('{"city": "Paris"}', index=0, id="a", name="get_weather")],
                [piece("{}", index=0, id="b", name="get_time")],
            ],
            id="each at 0",
        ),
        pytest.param(
            [
                [piece('{"city": ', index=0, id="a", name="get_weather"), piece(index=1, id="b", name="get_time")],
                [piece("{}", index=1, id="b"), piece('"Paris"}', index=0, id="a", name="get_weather")],
            ],
            id="mixed, ids and names repeated",
        ),
        pytest.param(
            [
                [
                    {"index": 0, "id": "a", "function": {"name": "get_weather", "arguments": {"city": "Paris"}}},
                    piece("{}", index=1, id="b", name="get_time"),
                ]
            ],
            id="arguments as an object",
        ),
    ],
)
def test_the_pieces_of_two_calls_become_two_calls(deltas):
    assert together(*deltas) == [WEATHER, TIME]


def test_a_whole_message_has_its_calls_one_after_the_other_even_without_ids():
    said = [piece("{}", name="one"), piece("{}", name="two"), piece("{}", id="call_0", name="three")]
    assert together(said, whole=True) == [
        ("call_0", "one", "{}"),
        ("call_1", "two", "{}"),
        ("call_2", "three", "{}"),
    ]


def test_two_calls_of_one_id_can_be_told_apart():
    calls = together([piece(id="x", name="one"), piece(id="x", name="two")], whole=True)
    assert len({call_id for call_id, _, _ in calls}) == 2


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda it: st.lists(it, max_size=3)
)
ODD = st.fixed_dictionaries(
    {},
    optional={"index": JSON, "id": JSON, "function": JSON | st.fixed_dictionaries({"name": JSON, "arguments": JSON})},
)


@given(st.lists(JSON | st.lists(ODD | JSON, max_size=4), max_size=6), st.booleans())
def test_no_odd_shape_is_an_error_and_every_call_has_an_id_of_its_own(deltas, whole):
    calls = together(*deltas, whole=whole)
    assert len({call_id for call_id, _, _ in calls}) == len(calls)
    assert all(isinstance(part, str) for call in calls for part in call)


def test_more_calls_than_anybody_can_answer_are_too_many():
    calls = Calls()
    for number in range(MOST_CALLS + 1):
        calls.take([piece(index=number, id=str(number))])
    assert len(calls.all) == MOST_CALLS
    assert calls.size > 10**9


def test_a_call_goes_back_as_it_came_broken_arguments_included():
    call = ToolCall("a", "get_weather", '{"city": ', "rain")
    assert call.wire() == {"id": "a", "type": "function", "function": {"name": "get_weather", "arguments": '{"city": '}}
    assert json.loads(json.dumps(call.wire())) == call.wire()
