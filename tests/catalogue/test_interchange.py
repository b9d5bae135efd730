"""The interchange form is exactly what outside tools compare."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest

from conformance.catalogue import Catalogue, Field, load
from conformance.catalogue.export import FORMATS
from conformance.catalogue.export.interchange import as_interchange

ROW = ["path", "name", "direction", "type", "required", "min", "max", "enum", "max_length", "unit", "readings"]
ENVELOPE = ["action", "cmdtype", "sequence", "message", "retcode", "retmsg", "from", "to"]


@pytest.fixture(scope="module")
def interchange(catalogue: Catalogue) -> dict[str, Any]:
    return as_interchange(catalogue)


def rows(document: dict[str, Any], cmdtype: int, part: str = "commands") -> list[dict[str, Any]]:
    (found,) = (entry["fields"] for entry in document[part] if entry["cmdtype"] == cmdtype)
    return list(found)


def at(document: dict[str, Any], cmdtype: int, path: str, part: str = "commands") -> list[dict[str, Any]]:
    return [row for row in rows(document, cmdtype, part) if row["path"] == path]


def test_it_has_the_four_parts_and_nothing_else(interchange: dict[str, Any]) -> None:
    assert list(interchange) == ["commands", "pushes", "uploads", "return_codes"]
    assert [len(part) for part in interchange.values()] == [105, 12, 8, 19]


def test_entries_have_exactly_the_agreed_keys(interchange: dict[str, Any]) -> None:
    for entry in interchange["commands"] + interchange["pushes"]:
        assert list(entry) == ["cmdtype", "section", "title", "group", "fields"]
        assert all(list(row) == ROW for row in entry["fields"])
    assert all(list(entry) == ["cmdtype", "path"] for entry in interchange["uploads"])
    assert all(list(entry) == ["code", "text"] for entry in interchange["return_codes"])


def test_it_is_json_and_the_same_every_time(catalogue: Catalogue) -> None:
    text = FORMATS["json"](catalogue)
    assert text == FORMATS["json"](load())
    assert json.loads(text) == as_interchange(catalogue)


def test_the_envelope_stands_in_every_command(interchange: dict[str, Any]) -> None:
    for entry in interchange["commands"]:
        paths = {row["path"] for row in entry["fields"]}
        assert paths >= set(ENVELOPE), entry["cmdtype"]
        assert at(interchange, entry["cmdtype"], "cmdtype")[0]["enum"] == [entry["cmdtype"]]


def test_login_and_general_information_have_no_token_in_the_request(interchange: dict[str, Any]) -> None:
    without = [entry["cmdtype"] for entry in interchange["commands"] if not at(interchange, entry["cmdtype"], "token")]
    assert without == [500, 501]
    assert at(interchange, 501, "message.token")[0]["direction"] == "reply"


def test_only_the_heartbeat_is_a_notification(interchange: dict[str, Any]) -> None:
    requests = {
        entry["cmdtype"]: next(row["enum"] for row in entry["fields"] if row["path"] == "action")
        for entry in interchange["commands"]
    }
    assert {number for number, words in requests.items() if "notify" in words} == {9999}


def test_a_field_alike_in_both_directions_stands_once(interchange: dict[str, Any]) -> None:
    (sequence,) = at(interchange, 1, "sequence")
    assert (sequence["direction"], sequence["type"], sequence["min"]) == ("both", "uint64", None)


def test_a_field_that_differs_between_directions_stands_twice(interchange: dict[str, Any]) -> None:
    asked, answered = at(interchange, 1, "action")
    assert (asked["direction"], asked["enum"]) == ("request", ["request"])
    assert (answered["direction"], answered["enum"]) == ("reply", ["response"])
    distance = at(interchange, 531, "message.x")
    assert [(row["direction"], row["type"]) for row in distance] == [("request", "int"), ("reply", "float")]


def test_a_field_of_a_set_command_is_of_the_request_and_of_its_get_of_the_reply(interchange: dict[str, Any]) -> None:
    (taken,) = at(interchange, 3, "message.rule_list[].emiss")
    (shown,) = at(interchange, 4, "message.rule_list[].emiss")
    assert (taken["direction"], shown["direction"]) == ("request", "reply")
    assert (taken["name"], taken["min"], taken["max"]) == ("emiss", 0.1, 1.0)
    assert "R40" in taken["readings"]


def test_the_entries_of_a_scalar_array_have_a_row_and_objects_show_their_fields(interchange: dict[str, Any]) -> None:
    (entry,) = at(interchange, 31, "message.mailto[]")
    assert (entry["name"], entry["type"], entry["max_length"]) == ("mailto", "string", 128)
    assert not at(interchange, 3, "message.rule_list[]")


def test_the_extra_rows_of_an_envelope_are_there(interchange: dict[str, Any]) -> None:
    assert at(interchange, 509, "subtype")[0]["enum"] == [1, 2, 3, 4, 5, 6, 7]
    assert at(interchange, 512, "subtype")[0]["enum"] == [1, 2]
    assert at(interchange, 527, "subtype")[0]["enum"] == [0, 1, 2]


def test_fields_of_pushes_are_replies_and_keep_their_body(interchange: dict[str, Any]) -> None:
    for entry in interchange["pushes"]:
        assert {row["direction"] for row in entry["fields"]} == {"reply"}
        assert [row["path"] for row in entry["fields"]].count("action") == 1
    assert at(interchange, 1002, "content.limit", "pushes")[0]["unit"] == "MB"
    assert at(interchange, 1009, "message.alarm_points[].temperature", "pushes")


def test_return_codes_are_the_documented_ones(interchange: dict[str, Any]) -> None:
    assert [row["code"] for row in interchange["return_codes"]] == [0, *range(10001, 10019)]


def test_no_field_of_the_catalogue_is_lost(catalogue: Catalogue, interchange: dict[str, Any]) -> None:
    def paths(fields: Iterable[Field]) -> set[str]:
        every = (field for top in fields for field in top.walk())
        return {field.path for field in every if not (field.path.endswith("[]") and field.type == "object")}

    for command in catalogue.commands.values():
        listed = rows(interchange, command.cmdtype)
        asked = {row["path"] for row in listed if row["direction"] in ("request", "both")}
        answered = {row["path"] for row in listed if row["direction"] in ("reply", "both")}
        assert paths(command.envelope + command.request) <= asked, command.clause
        assert paths(command.reply) <= answered, command.clause
