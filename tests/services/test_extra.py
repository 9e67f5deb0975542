"""Further fields: what a person writes is checked before anything is sent, and said where it is wrong."""

from __future__ import annotations

import json

import pytest

from services.errors import InvalidInput
from services.extra import MOST_CHARACTERS, MOST_DEPTH, as_form, checked_extra, merged


@pytest.mark.parametrize("text", ["", "  \n ", "{}"])
def test_an_empty_box_adds_nothing(text):
    assert checked_extra(text) == {}


def test_fields_come_as_they_were_written():
    assert checked_extra('{"top_k": 40, "tags": ["a"], "nested": {"x": true}}') == {
        "top_k": 40,
        "tags": ["a"],
        "nested": {"x": True},
    }


def test_a_field_that_is_null_is_not_sent():
    assert checked_extra('{"seed": null, "top_k": 1}') == {"top_k": 1}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": 1,\n  "b" 2}', r"not JSON.*\(line 2, column 7\)"),
        ("[1, 2]", r"one JSON object \(line 1, column 1\)"),
        ("\n  7", r"one JSON object \(line 2, column 3\)"),
        ('{"a": NaN}', r"hold NaN.*\(line 1, column 7\)"),
        ('{"a": [1,\n-Infinity]}', r"hold -Infinity.*\(line 2, column 1\)"),
        ('{"a": 1e999}', r"hold 1e999.*\(line 1, column 7\)"),
        ('{"a": ' + "9" * 5000 + "}", r"which is no number of JSON \(line 1, column 7\)"),
        ('{"a":\n {"b": ' * 9 + "1" + "}" * 18, r"more than 16 deep \(line 9, column"),
        ("[" * 20_000, "more than 16 deep"),
        ('{"a": "' + "x" * MOST_CHARACTERS + '"}', "characters; 32,000 is the limit"),
        ('{"a": "\\ud83d"}', "half of a character"),
        ('{"top_k": 1,\n "model": "x"}', r"can't set “model”.*\(line 2, column 2\)"),
        ('{"a": "open', "not JSON"),
    ],
)
def test_what_can_not_be_sent_is_refused_and_said_where(text, said):
    with pytest.raises(InvalidInput, match=said):
        checked_extra(text)


def test_what_stands_in_a_text_is_no_number_and_no_depth():
    text = json.dumps({"a": 'NaN \\" [[[[[[[[[[[[[[[[[[[[[[ 1e999', "b": -1.5e3})
    assert checked_extra(text)["b"] == -1500


def test_the_deepest_that_is_allowed_is_taken():
    text = '{"a":' * MOST_DEPTH + "1" + "}" * MOST_DEPTH
    assert checked_extra(text)


@pytest.mark.parametrize(
    ("task", "field"),
    [("chat", "messages"), ("chat", "stream"), ("image", "prompt"), ("speech", "script"), ("transcription", "audio")],
)
def test_what_has_a_place_of_its_own_is_not_set_here(task, field):
    with pytest.raises(InvalidInput, match=f"can't set “{field}”"):
        checked_extra(json.dumps({field: "x"}), task)


def test_a_hint_for_a_transcriber_and_the_sound_of_an_answer_may_be_set():
    assert checked_extra('{"prompt": "names: Ada"}', "transcription") == {"prompt": "names: Ada"}
    assert checked_extra('{"audio": {"voice": "alloy"}}', "chat") == {"audio": {"voice": "alloy"}}


def test_further_fields_come_last_and_objects_become_one():
    body = {"model": "m", "n": 1, "voice_settings": {"speed": 1.1}}
    assert merged(body, {"n": 2, "voice_settings": {"stability": 0.4}}) == {
        "model": "m",
        "n": 2,
        "voice_settings": {"speed": 1.1, "stability": 0.4},
    }
    assert body == {"model": "m", "n": 1, "voice_settings": {"speed": 1.1}}


def test_in_a_form_what_is_nested_goes_as_json_text():
    fields = {"language": "en", "diarize": True, "utt_split": 0.8, "search": ["a", "ü"], "nested": {"x": False}}
    assert as_form(fields) == {
        "language": "en",
        "diarize": "true",
        "utt_split": 0.8,
        "search": '["a","ü"]',
        "nested": '{"x":false}',
    }
