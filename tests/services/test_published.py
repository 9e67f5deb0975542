"""A published document becomes parameters; a broken or hostile one becomes none."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from upstream.schemas import operation

from services.published import MOST_CHOICES, MOST_PARAMETERS, published

PATH = "/images/generations"


def read(properties: Any) -> dict[str, Any]:
    return {it.name: it for it in published(operation(properties), (), PATH)[0]}


def test_each_kind_of_field_becomes_its_kind_of_parameter():
    found = read(
        {
            "guidance_scale": {
                "type": "number",
                "minimum": 1,
                "maximum": 20,
                "default": 3.5,
                "description": "How close.",
            },
            "num_inference_steps": {"type": "integer", "minimum": 1, "maximum": 50},
            "style": {"type": "string"},
            "output_format": {"type": "string", "enum": ["jpeg", "png"], "default": "png"},
            "enable_safety_checker": {"type": "boolean", "default": True},
        }
    )
    assert {name: it.kind for name, it in found.items()} == {
        "guidance_scale": "number",
        "num_inference_steps": "integer",
        "style": "text",
        "output_format": "choice",
        "enable_safety_checker": "flag",
    }
    guidance = found["guidance_scale"]
    assert (guidance.minimum, guidance.maximum, guidance.default, guidance.help) == (1, 20, 3.5, "How close.")
    assert found["num_inference_steps"].label == "Num inference steps"
    assert found["num_inference_steps"].step == 1
    assert found["output_format"].choices == ("jpeg", "png")
    assert found["output_format"].default == "png"


def test_objects_become_the_fields_in_them():
    setting = {"type": "object", "properties": {"vol": {"type": "number"}, "emotion": {"enum": ["happy", "sad"]}}}
    found = read({"voice_setting": setting})
    assert list(found) == ["voice_setting.vol", "voice_setting.emotion"]


def test_of_several_forms_of_a_field_the_one_with_choices_is_taken():
    found = read(
        {
            "image_size": {"anyOf": [{"type": "object", "properties": {}}, {"enum": ["a", "b"]}], "default": "b"},
            "stop": {"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "string"}]},
            "old": {"type": ["null", "integer"], "exclusiveMinimum": 0},
        }
    )  # fmt: skip
    assert (found["image_size"].choices, found["image_size"].default) == (("a", "b"), "b")
    assert found["stop"].kind == "text"
    assert (found["old"].kind, found["old"].minimum) == ("integer", 0)


def test_what_a_form_can_not_show_is_named():
    shown, other = published(
        operation(
            {"tags": {"type": "array"}, "image": {"type": "string", "format": "binary"}, "x": {"type": "number"}}
        ),
        (),
        PATH,
    )
    assert [it.name for it in shown] == ["x"]
    assert other == ("tags", "image")


def test_references_and_parts_are_followed():
    found = operation(
        allOf=[{"$ref": "#/components/schemas/Base"}, {"properties": {"b": {"$ref": "#/components/schemas/B"}}}]
    )
    found["components"] = {
        "schemas": {"Base": {"properties": {"a": {"type": "number"}}}, "B": {"type": "integer", "default": 3}}
    }
    shown = published(found, (), PATH)[0]
    assert [(it.name, it.kind, it.default) for it in shown] == [("a", "number", None), ("b", "integer", 3)]


def test_of_several_models_the_one_that_was_meant_is_read():
    variants = [
        {"properties": {"model": {"enum": ["one"]}, "a": {"type": "number"}}},
        {"properties": {"model": {"enum": ["two", "zwei"]}, "b": {"type": "number"}}},
    ]
    shown = published(operation(anyOf=variants), ("zwei",), PATH)[0]
    assert [it.name for it in shown if it.name != "model"] == ["b"]
    with pytest.raises(ValueError, match="no fields"):
        published(operation(anyOf=variants), ("three",), PATH)


def looping() -> dict[str, Any]:
    found = operation(**{"$ref": "#/components/schemas/A"})
    found["components"] = {
        "schemas": {"A": {"$ref": "#/components/schemas/B"}, "B": {"$ref": "#/components/schemas/A"}}
    }
    return found


def inside_itself() -> dict[str, Any]:
    found = operation({"a": {"$ref": "#/components/schemas/A"}})
    found["components"] = {
        "schemas": {"A": {"properties": {f"x{i}": {"$ref": "#/components/schemas/A"} for i in range(60)}}}
    }
    return found


def doubling() -> dict[str, Any]:
    found = operation(**{"$ref": "#/components/schemas/S0"})
    found["components"] = {
        "schemas": {f"S{i}": {"allOf": [{"$ref": f"#/components/schemas/S{i + 1}"}] * 50} for i in range(50)}
    }
    return found


@pytest.mark.parametrize(
    "broken",
    [
        None,
        [],
        "text",
        {},
        {"paths": []},
        {"paths": {"/v1/images/generations": 7}},
        operation(),
        operation({}),
        looping(),
        doubling(),
        inside_itself(),
        operation({"a": {"type": "number"}}, "/v1/other"),
        operation(**{"$ref": "https://elsewhere.example/schema.json"}),
    ],
)
def test_what_can_not_be_read_is_said_to_be_unreadable(broken):
    with pytest.raises(ValueError):
        published(broken, ("m",), PATH)


def test_hostile_values_are_left_out():
    found = read(
        {
            "a": {"type": "number", "minimum": math.nan, "maximum": math.inf, "default": math.nan},
            "b": {"type": "integer", "minimum": 9, "maximum": 2, "default": "nine"},
            "c": {"enum": ["x" * 1000, {"deep": 1}, None, "ok", "fine", math.inf, 10**400]},
            "__proto__": {"type": "number"},
            "bad name": {"type": "number"},
            "<img src=x>": {"type": "number"},
            "d": {"type": {"not": "hashable"}},
            "only": {"type": "boolean", "enum": [False]},
            "t": {"type": "string", "description": "<img src=x onerror=alert(1)>See [here](https://x.example)\n\t`now`"},
        }
    )  # fmt: skip
    assert set(found) == {"a", "b", "c", "t"}
    assert (found["a"].minimum, found["a"].maximum, found["a"].default) == (None, None, None)
    assert (found["b"].minimum, found["b"].maximum, found["b"].default) == (None, None, None)
    assert found["c"].choices == ("ok", "fine")
    assert found["t"].help == "See here now"


def test_masses_are_cut():
    shown, _ = published(
        operation({f"f{i}": {"type": "number", "description": "x" * 9999} for i in range(9999)}), (), PATH
    )
    assert len(shown) == MOST_PARAMETERS
    assert all(len(it.help) <= 240 for it in shown)
    many = read({"c": {"enum": [f"v{i}" for i in range(9999)]}})
    assert len(many["c"].choices) == MOST_CHOICES


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["type", "enum", "anyOf", "allOf", "properties", "$ref", "default", "minimum", "a", "description"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(JSON)
def test_whatever_a_document_holds_it_is_read_or_refused(schema):
    try:
        shown, other = published(operation({"field": schema}), ("m",), PATH)
    except ValueError:
        return
    assert json.loads(json.dumps([vars(it) for it in shown], allow_nan=False)) is not None
    assert set(other) <= {"field"}
