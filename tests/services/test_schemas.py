"""What a person writes into the boxes of schema and tools: sent in the wire's form, or refused with the place."""

from __future__ import annotations

import json
import time

import pytest

from services.errors import InvalidInput
from services.schemas import read_response_format, read_tool_choice, read_tools

CITY = {
    "title": "A city!",
    "type": "object",
    "properties": {"name": {"type": "string"}, "people": {"type": "integer"}},
    "required": ["name", "people"],
    "additionalProperties": False,
}
WEATHER = {"name": "get_weather", "description": "Now.", "parameters": {"type": "object", "properties": {}}}


def test_an_empty_box_asks_for_nothing():
    assert read_response_format(" \n") is None
    assert read_tools(" \n") == read_tools("[]") == []
    assert read_tool_choice("required", []) is None


def test_an_empty_object_asks_for_any_json_object():
    assert read_response_format("{ }") == {"type": "json_object"}


def test_a_schema_is_named_by_its_title_and_strict_when_it_is_closed():
    assert read_response_format(json.dumps(CITY)) == {
        "type": "json_schema",
        "json_schema": {"name": "A_city", "schema": CITY, "strict": True},
    }
    for change in ({"additionalProperties": True}, {"required": ["name"]}, {"title": "", "required": []}):
        found = read_response_format(json.dumps({**CITY, **change}))
        assert found["json_schema"]["strict"] is False


def test_an_open_object_deep_within_is_not_strict():
    deep = {**CITY, "properties": {"name": {"type": "object"}, "people": {"type": "integer"}}}
    assert read_response_format(json.dumps(deep))["json_schema"]["strict"] is False


@pytest.mark.parametrize("outer", [False, True])
def test_openais_own_form_is_sent_as_it_is(outer):
    inner = {"name": "city", "description": "Just one.", "schema": CITY, "strict": False}
    text = json.dumps({"type": "json_schema", "json_schema": inner} if outer else inner)
    assert read_response_format(text) == {"type": "json_schema", "json_schema": inner}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"type": "object",}', "line 1, column 19"),
        ('{\n "type"\n}', "line 3, column 1"),
        ("[1]", "must be a JSON object"),
        ('{"minimum": NaN}', "NaN is no number"),
        ('{"type": "integr"}', "$.type"),
        ('{"properties": {"age": {"type": "integr"}}}', "$.properties.age.type"),
        ('{"properties": {"a": {"minLength": "x"}}}', "$.properties.a.minLength"),
        ('{"$ref": "http://127.0.0.1/secret"}', "nothing is ever fetched"),
        ('{"items": {"$ref": "file:///etc/passwd"}}', "$.items.$ref"),
        ('{"$ref": "#/$defs/nobody"}', "which is not in it"),
        ('{"properties": {"a": {"pattern": "("}}}', "$.properties.a.pattern"),
        ('{"pattern": "%s"}' % ("a" * 600), "500 characters"),
        ('{"name": "a b", "schema": {"type": "object"}}', "letters, digits"),
        ('{"a": ' * 4000 + "1" + "}" * 4000, "1,000 is the limit"),
        ('{"not": ' * 400 + "{}" + "}" * 400, "nested too deeply"),
        ("x" * 40_000, "32,000 is the limit"),
        ('{"enum": ["' + "9" * 5000 + '"], "minimum": ' + "9" * 5000 + "}", "can't be read"),
    ],
)
def test_what_is_no_schema_is_refused_with_the_place(text, said):
    began = time.monotonic()
    with pytest.raises(InvalidInput) as refused:
        read_response_format(text)
    assert said in refused.value.message
    assert len(refused.value.message) < 400
    assert time.monotonic() - began < 2


def test_references_within_and_data_that_look_like_some_are_fine():
    schema = {"$defs": {"a": {"type": "string"}}, "items": {"$ref": "#/$defs/a"}, "default": {"$ref": "http://x/"}}
    assert read_response_format(json.dumps(schema))["json_schema"]["schema"] == schema


def test_a_schema_of_an_older_draft_is_one_too():
    old = {"$schema": "http://json-schema.org/draft-07/schema#", "definitions": {"a": {}}, "$ref": "#/definitions/a"}
    assert read_response_format(json.dumps(old))


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(WEATHER),
        json.dumps([WEATHER]),
        json.dumps([{"type": "function", "function": WEATHER}]),
        json.dumps({"type": "function", "function": {**WEATHER, "unknown": 1}}),
    ],
)
def test_tools_are_sent_in_openais_form_however_they_are_written(text):
    assert read_tools(text) == [{"type": "function", "function": WEATHER}]


def test_a_tool_without_parameters_takes_none():
    [tool] = read_tools('{"name": "now"}')
    assert tool["function"]["parameters"] == {"type": "object", "properties": {}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[", "line 1"),
        ("[3]", "Tool 1"),
        ('[{"name": "a"}, {"description": "x"}]', "Tool 2"),
        ('{"name": "a b"}', "letters, digits"),
        ('{"name": "a", "parameters": []}', "must be a JSON schema"),
        ('{"name": "a", "description": 3}', "must be a text"),
        ('{"name": "a", "parameters": {"type": "nonsense"}}', "“a” is not valid at $.type"),
        ('[{"name": "a"}, {"name": "a"}]', "Two tools"),
        ('{"type": "function"}', "no function"),
        (json.dumps([{"name": f"a{number}"} for number in range(129)]), "128 is the limit"),
    ],
)
def test_what_is_no_tool_is_refused_by_name(text, said):
    with pytest.raises(InvalidInput) as refused:
        read_tools(text)
    assert said in refused.value.message


def test_the_choice_is_a_word_of_the_contract_or_a_tool_that_is_there():
    tools = read_tools(json.dumps(WEATHER))
    assert read_tool_choice("auto", tools) is None
    assert read_tool_choice("none", tools) == "none"
    assert read_tool_choice("get_weather", tools) == {"type": "function", "function": {"name": "get_weather"}}
    with pytest.raises(InvalidInput, match="get_time"):
        read_tool_choice("get_time", tools)
