from __future__ import annotations

import pytest

from conformance.catalogue.paths import value_at, with_value, without

MESSAGE = {"message": {"a": {"b": 1}, "list": [{"x": 1}, {"x": 2}], "empty": [], "words": ["u", "v"]}}


@pytest.mark.parametrize(
    ("path", "value"),
    [("message.a.b", 1), ("message.list[].x", 1), ("message.words[]", "u"), ("message.list[]", {"x": 1})],
)
def test_a_path_reads_objects_and_first_entries(path: str, value: object) -> None:
    assert value_at(MESSAGE, path) == value


@pytest.mark.parametrize("path", ["message.a.b", "message.list[].x", "message.words[]", "message.new", "new.c.d"])
def test_a_value_can_be_put_anywhere_and_the_original_stays(path: str) -> None:
    before = repr(MESSAGE)
    assert value_at(with_value(MESSAGE, path, 9), path) == 9
    assert repr(MESSAGE) == before


def test_only_the_first_entry_is_changed() -> None:
    assert with_value(MESSAGE, "message.list[].x", 9)["message"]["list"] == [{"x": 9}, {"x": 2}]


def test_the_first_entry_of_an_empty_array_can_be_put() -> None:
    assert with_value(MESSAGE, "message.empty[]", 9)["message"]["empty"] == [9]


def test_a_payload_is_not_shared_with_the_message() -> None:
    payload = [1]
    changed = with_value(MESSAGE, "message.a", payload)
    payload.append(2)
    assert changed["message"]["a"] == [1]


@pytest.mark.parametrize("path", ["message.empty[].x", "message.a.b.c", "message.list.x", "message.a[]"])
def test_a_place_that_cannot_be_is_refused(path: str) -> None:
    with pytest.raises(LookupError, match="message has no"):
        with_value(MESSAGE, path, 9)


def test_a_field_can_be_taken_away() -> None:
    changed = without(MESSAGE, "message.list[].x")
    assert changed["message"]["list"] == [{}, {"x": 2}]
    assert MESSAGE["message"]["list"] == [{"x": 1}, {"x": 2}]


@pytest.mark.parametrize("path", ["message.c", "message.empty[]", "message.empty[].x", "other.x"])
def test_taking_away_what_is_not_there_is_refused(path: str) -> None:
    with pytest.raises(LookupError, match="message has no"):
        without(MESSAGE, path)
