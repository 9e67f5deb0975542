"""Whether an answer fits its schema: told with the place, fetched from nowhere, and never at the price of the page."""

from __future__ import annotations

import json
import time

import pytest

from services.conforming import Verdict, verdict

CITY = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "pattern": r"^\p{Lu}"},
        "rivers": {"type": "array", "items": {"$ref": "#/$defs/river"}, "uniqueItems": True},
    },
    "required": ["name"],
    "additionalProperties": False,
    "$defs": {"river": {"type": "object", "properties": {"km": {"type": "number"}}, "required": ["km"]}},
}


def told(answer: object, schema=CITY) -> Verdict:
    text = answer if isinstance(answer, str) else json.dumps(answer)
    return verdict(text, {"type": "json_schema", "json_schema": {"name": "x", "schema": schema, "strict": False}})


def test_an_answer_that_fits_matches():
    assert told({"name": "Écully", "rivers": [{"km": 812.5}]}) == Verdict(True)


@pytest.mark.parametrize(
    ("answer", "where", "why"),
    [
        ({"name": "Lyon", "rivers": [{"km": "long"}]}, "$.rivers[0].km", "'long' is not of type 'number'"),
        ({"rivers": []}, "$:", "'name' is a required property"),
        ({"name": "lyon"}, "$.name", "does not match"),
        ({"name": "Lyon", "mayor": 1}, "$:", "'mayor' was unexpected"),
        ({"name": "Lyon", "rivers": [{"km": 1}, {"km": 1}]}, "$.rivers", "non-unique"),
        ("Lyon, of course.", "not JSON", "line 1"),
        ('```json\n{"name": "Lyon"}\n```', "not JSON", "block of code"),
        ('{"name": "Lyon"} Anything else?', "not JSON", "Extra data"),
        ('{"name": "Ly', "not JSON", "Unterminated"),
        ('{"name": NaN}', "not JSON", "can be read"),
        ("[" * 100_000, "not JSON", "can be read"),
        ("9" * 5000, "not JSON", "can be read"),
    ],
)
def test_an_answer_that_does_not_fit_is_told_where_and_why(answer, where, why):
    found = told(answer)
    assert found.matches is False
    assert where in found.said
    assert why in found.said
    assert len(found.said) < 500


def test_any_object_will_do_when_no_schema_was_given():
    asked = {"type": "json_object"}
    assert verdict('{"a": 1}', asked) == Verdict(True)
    assert verdict("[1]", asked).matches is False
    assert verdict("one", asked).matches is False


def test_a_huge_value_is_not_repeated_whole():
    assert len(told({"name": "x" * 100_000}).said) < 500


ENDLESS = {
    "a pattern that backtracks": ({"pattern": "^(a|aa)+$"}, json.dumps("a" * 60 + "b")),
    "a pattern for names": ({"patternProperties": {"^(a+)+$": {}}, "additionalProperties": False}, {"a" * 40 + "b": 1}),
    "references that double": (
        {
            "$defs": {
                **{
                    f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}, {"$ref": f"#/$defs/d{n + 1}"}]}
                    for n in range(40)
                },
                "d40": {},
            },
            "$ref": "#/$defs/d0",
        },
        {},
    ),
    "a reference to itself": ({"$ref": "#"}, {}),
    "many things that differ": ({"uniqueItems": True}, [{"a": [n]} for n in range(20_000)]),
    "many things at all": ({"items": {"anyOf": [{"type": "string"}] * 50 + [{"type": "integer"}]}}, [1] * 60_000),
}


@pytest.mark.parametrize("case", ENDLESS)
def test_what_would_take_too_long_is_given_up_and_said(case):
    schema, answer = ENDLESS[case]
    began = time.monotonic()
    found = told(answer, schema)
    assert found.matches is None
    assert found.said
    assert time.monotonic() - began < 2


def test_nothing_is_fetched_for_a_schema(monkeypatch):
    asked = []
    monkeypatch.setattr("urllib.request.urlopen", lambda *what, **how: asked.append(what))
    assert told({}, {"$ref": "http://127.0.0.1:9/schema.json"}).matches is None
    assert not asked
