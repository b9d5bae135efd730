from __future__ import annotations

from typing import Any

import pytest

from conformance import checks
from conformance.catalogue import Field
from conformance.catalogue.model import Tolerance


def field(type: str = "int", name: str = "a", **facts: Any) -> Field:
    return Field(name, f"message.{name}", type, **facts)


TREE = (
    field("int", "a"),
    field("string", "color", format="color"),
    field("string", "password", secret=True),
    field("int", "free", read_only=True),
    field("string", "encodec", tolerates=(Tolerance("R49", names=("encoder",)),)),
    field("object", "b", fields=(field("float", "c"),)),
    field("array", "list", items=field("object", fields=(field("int", "x"), field("int", "y")))),
    field("array", "effect_day", items=field("object", fields=(field("int", "day"), field("int", "on")))),
    field("array", "mailto", items=field("string"), tolerates=(Tolerance("R51", padding=("",)),)),
    field("int", "shown_by_example", source="example"),
)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, ["message.a: 1 -> 2"]),
        ({"a": 1}, {}, ["message.a: vanished"]),
        ({}, {"a": 1}, ["message.a: appeared"]),
        (None, None, []),
        ({"color": "#FF00aa"}, {"color": "#ff00AA"}, []),
        ({"password": "x"}, {"password": "y"}, []),
        ({"free": 1}, {"free": 2}, []),
        ({"encodec": "H264"}, {"encoder": "H264"}, []),
        ({"encodec": "H264"}, {"encoder": "H265"}, ['message.encodec: "H264" -> "H265"']),
        ({"b": {"c": 0.5}}, {"b": {"c": 0.50001}}, []),
        ({"b": {"c": 0.5}}, {"b": {"c": 0.51}}, ["message.c: 0.5 -> 0.51"]),
        ({"b": {"c": 1}}, {"b": {"c": 1.0}}, []),
        ({"b": {}}, {"b": None}, ["message.b: {} -> null"]),
        ({"list": [{"x": 1}]}, {"list": [{"x": 2}]}, ["message.x: 1 -> 2"]),
        ({"list": [{"x": 1}]}, {"list": []}, ["message.list: 1 entries -> 0"]),
        ({"list": []}, {"list": None}, []),
        ({"mailto": ["a", ""]}, {"mailto": ["a"]}, []),
        ({"unknown": 1}, {"unknown": 2}, []),
    ],
)
def test_two_configurations_differ_where_a_person_would_say_so(before: Any, after: Any, told: list[str]) -> None:
    assert checks.differences(TREE, before, after) == told


@pytest.mark.parametrize(
    ("sent", "shown", "told"),
    [
        ({"a": 1}, {"a": 1, "color": "#000000"}, []),
        ({"a": 1}, {"a": 2}, ["message.a: sent 1, shown 2"]),
        ({"a": 1}, {}, ["message.a: sent 1, not shown"]),
        ({"shown_by_example": 1}, {}, []),
        ({"shown_by_example": 1}, {"shown_by_example": 2}, ["message.shown_by_example: sent 1, shown 2"]),
        ({"password": "x"}, {}, []),
        ({"encodec": "H264"}, {"encoder": "H264"}, []),
        ({"b": {"c": 1}}, {"b": {"c": 2, "d": 0}}, ["message.c: sent 1, shown 2"]),
        ({"list": [{"x": 1}, {"x": 2}]}, {"list": [{"x": 2}, {"x": 1}]}, 2),
        ({"list": [{"x": 1}]}, {"list": [{"x": 1}, {"x": 2}]}, ["message.list: sent 1 entries, shown 2"]),
        ({"effect_day": [{"day": 7, "on": 1}]}, {"effect_day": [{"day": 1}, {"day": 7, "on": 1}]}, []),
        ({"effect_day": [{"day": 7, "on": 1}]}, {"effect_day": [{"day": 7, "on": 0}]}, 1),
        ({"effect_day": [{"day": 7}]}, {"effect_day": [{"day": 1}]}, 1),
        ({"effect_day": [{"day": 7}]}, {"effect_day": [{"day": []}, {}, 5, None]}, 1),
        ({"mailto": ["a"]}, {"mailto": ["a", "", ""]}, []),
    ],
)
def test_what_was_sent_is_shown_whatever_else_is_shown(sent: Any, shown: Any, told: Any) -> None:
    found = checks.shows(TREE, sent, shown)
    assert (found if isinstance(told, list) else len(found)) == told


def test_an_emissivity_may_come_back_rounded_to_hundredths() -> None:
    emissivity = (field("float", "emiss", listed={"water": 0.96}),)
    assert checks.differences(emissivity, {"emiss": 0.955}, {"emiss": 0.96}) == []
    assert checks.differences(emissivity, {"emiss": 0.95}, {"emiss": 0.96}) != []
