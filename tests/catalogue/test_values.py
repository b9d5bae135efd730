"""Legal values are legal, illegal ones are not, and both are the same in every run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from conformance.catalogue import Catalogue, Command, Field, load
from conformance.catalogue.constraints import broken
from conformance.catalogue.export.jsonschema import as_jsonschema, field_schema
from conformance.catalogue.formats import FORMATS
from conformance.catalogue.messages import reply_fields
from conformance.catalogue.paths import value_at
from conformance.catalogue.sizes import DOCUMENT_SIZES
from conformance.catalogue.values import legal, legals, legals_in, message, request, request_with, violations

SIZES = {"ir_output_w": 640, "ir_output_h": 512, "ir_model_w": 640, "ir_model_h": 512}

UNSAYABLE = {
    f"bad-format-{label}": "a pattern knows no calendar and decodes nothing"
    for form in FORMATS.values()
    for label in form.impossible
}
"""Illegal values a JSON Schema cannot tell from legal ones, and why."""


def requested(catalogue: Catalogue) -> Iterator[tuple[Command, Field]]:
    for command in catalogue.commands.values():
        for top in command.envelope + command.request:
            yield from ((command, field) for field in top.walk())


def field_of(catalogue: Catalogue, cmdtype: int, path: str) -> Field:
    return catalogue.commands[cmdtype].request_field(path)


def labels(field: Field) -> dict[str, Any]:
    return {value.label: value.payload for value in (*legals(field), *violations(field))}


def envelope(command: Command) -> dict[str, Any]:
    action = "notify" if command.cmdtype == 9999 else "request"
    return {"action": action, "cmdtype": command.cmdtype, "sequence": 1, "token": "0" * 32}


@pytest.mark.parametrize("sizes", [None, SIZES])
def test_every_legal_value_passes_the_schema_of_its_field(catalogue: Catalogue, sizes: dict[str, int] | None) -> None:
    for command, field in requested(catalogue):
        schema = Draft202012Validator(field_schema(field.limited_to(sizes or DOCUMENT_SIZES), reply=False))
        for value in (legal(field, sizes), *legals(field, sizes)):
            assert schema.is_valid(value.payload), f"{command.clause} {field.path} {value}"
            assert value.violates is None


def test_every_illegal_value_fails_the_schema_of_its_field(catalogue: Catalogue) -> None:
    for command, field in requested(catalogue):
        schema = Draft202012Validator(field_schema(field.limited_to(DOCUMENT_SIZES), reply=False))
        for value in violations(field):
            assert value.violates, f"{command.clause} {field.path} {value} does not say what it violates"
            accepted = schema.is_valid(value.payload)
            assert accepted is (value.label in UNSAYABLE), f"{command.clause} {field.path} {value}"


def test_a_whole_request_passes_and_fails_with_its_values(catalogue: Catalogue) -> None:
    schemas = as_jsonschema(catalogue, DOCUMENT_SIZES)
    for command in catalogue.commands.values():
        schema = Draft202012Validator(schemas[f"request-{command.cmdtype}"])
        for only_required in (False, True):
            whole = {**envelope(command), **request(command, only_required=only_required)}
            assert schema.is_valid(whole), f"{command.clause}: {next(schema.iter_errors(whole)).message}"
        for top in command.envelope + command.request:
            for value in violations(top)[:2]:
                changed = {**envelope(command), **request_with(command, top.path, value.payload)}
                assert not schema.is_valid(changed), f"{command.clause} {top.path} {value}"


def test_a_whole_reply_passes(catalogue: Catalogue) -> None:
    schemas = as_jsonschema(catalogue, DOCUMENT_SIZES)
    for command in catalogue.commands.values():
        fields = [field for field in reply_fields(catalogue, command) if field.name != "retcode"]
        reply = {**message(fields, whole=True), "retcode": 0}
        schema = Draft202012Validator(schemas[f"reply-{command.cmdtype}"])
        assert schema.is_valid(reply), f"{command.clause}: {next(schema.iter_errors(reply)).message}"


def test_a_request_obeys_the_rules_between_its_fields(catalogue: Catalogue) -> None:
    for command in catalogue.commands.values():
        fields = command.envelope + command.request
        for sizes in (None, SIZES):
            assert broken(request(command, sizes), fields, command.constraints, sizes=sizes) == (), command.clause


def test_every_legal_value_but_a_few_can_be_carried_by_some_request(catalogue: Catalogue) -> None:
    lost = {
        f"{field.path} {value.payload}"
        for command, field in requested(catalogue)
        for value in legals(field)
        if value not in legals_in(command, field)
    }
    corners = {
        f"message.{area}.{corner}"
        for area in ("area1", "area2")
        for corner in ("top_left_x 512", "top_left_y 384", "bo_right_x 1", "bo_right_y 1")
    }
    areas = {f"message.rects[].{side}" for side in ("x 512", "y 384", "w 512", "h 384")}
    assert lost == {"message.params[].gop_size 150", "message.params[].gop_size 76", *corners, *areas}


def test_a_request_with_an_illegal_value_can_always_be_built_and_carries_it(catalogue: Catalogue) -> None:
    for command, field in requested(catalogue):
        for value in violations(field, None, command.constraints):
            sent = request_with(command, field.path, value.payload)
            assert repr(value_at(sent, field.path)) == repr(value.payload), f"{command.clause} {field.path} {value}"


def test_labels_are_unique_within_a_field(catalogue: Catalogue) -> None:
    for command, field in requested(catalogue):
        every = [value.label for value in (*legals(field), *violations(field))]
        assert len(set(every)) == len(every), f"{command.clause} {field.path}"


def test_no_value_is_both_legal_and_illegal(catalogue: Catalogue) -> None:
    for command, field in requested(catalogue):
        good = {repr(value.payload) for value in legals(field)}
        assert not good & {repr(value.payload) for value in violations(field)}, f"{command.clause} {field.path}"


def test_values_are_the_same_in_every_run(catalogue: Catalogue) -> None:
    field = field_of(catalogue, 1, "message.show_desc")
    assert [value.label for value in legals(field)] == [
        "empty",
        "max-length",
        "non-ascii",
        "escapes",
        "ordinary",
    ]
    assert legal(field).payload == "show_desc"


def test_a_range_gives_its_limits_and_what_lies_beyond(catalogue: Catalogue) -> None:
    values = labels(field_of(catalogue, 1, "message.humi"))
    assert (values["min"], values["max"], values["below-min"], values["above-max"]) == (1, 100, 0, 101)
    assert values["negative"] == -1
    assert values["wrong-type-fraction"] == 1.5
    assert values["null"] is None


def test_beyond_the_emissivity_range_no_listed_material_is_met(catalogue: Catalogue) -> None:
    field = field_of(catalogue, 1, "message.emiss")
    assert labels(field)["below-min"] == 0.0
    assert labels(field)["listed-copper-plate"] == 0.06


def test_an_enumeration_gives_every_member_and_the_gaps(catalogue: Catalogue) -> None:
    assert (
        len([label for label in labels(field_of(catalogue, 1, "message.color_bar")) if label.startswith("enum-")]) == 26
    )
    gappy = Field("a", "message.a", "int", enum={1: "", 2: "", 4: ""})
    assert labels(gappy)["outside-enum-gap"] == 3


def test_a_text_gives_its_lengths(catalogue: Catalogue) -> None:
    values = labels(field_of(catalogue, 1, "message.show_desc"))
    assert (len(values["max-length"]), len(values["over-length"])) == (42, 43)


def test_a_uint64_is_legal_up_to_its_end() -> None:
    values = labels(Field("n", "n", "uint64", minimum=0, maximum=2**64 - 1))
    assert values["beyond-2-53"] == 2**53 + 1
    assert (values["max"], values["above-max"], values["below-min"]) == (2**64 - 1, 2**64, -1)


def test_an_array_gives_too_many_and_too_few(catalogue: Catalogue) -> None:
    values = labels(field_of(catalogue, 3, "message.rule_list[].points"))
    assert (len(values["max-items"]), len(values["too-many-items"]), len(values["too-few-items"])) == (7, 8, 0)


def test_an_interval_ends_after_it_starts(catalogue: Catalogue) -> None:
    asked = request(catalogue.commands[513])["message"]
    assert asked["starttime"] < asked["endtime"]


def test_what_a_rule_makes_legal_is_no_violation(catalogue: Catalogue) -> None:
    areas, cursor = catalogue.commands[17], catalogue.commands[521]
    x = {value.label for value in violations(areas.request_field("message.rects[].x"), None, areas.constraints)}
    assert not x & {"below-min", "above-max"}
    assert "negative" in x
    cursor_x = violations(cursor.request_field("message.cursor_x"), None, cursor.constraints)
    assert not {"negative"} & {value.label for value in cursor_x}
    assert {"below-min", "above-max"} <= {value.label for value in cursor_x}


def test_what_only_a_device_says_is_not_sent(catalogue: Catalogue) -> None:
    sent = request(catalogue.commands[13])["message"]
    assert "free" not in sent
    assert "save_days" in sent
    assert "free" in message(catalogue.commands[14].reply, whole=True)["message"]


def test_the_bounds_of_the_device_replace_the_printed_ones(catalogue: Catalogue) -> None:
    field = field_of(catalogue, 521, "message.cursor_x")
    assert {value.label: value.payload for value in legals(field, SIZES)}["max"] == 640
    assert {value.label: value.payload for value in violations(field, SIZES)}["above-max"] == 641


@pytest.mark.parametrize(
    ("cmdtype", "path", "payload", "settled"),
    [
        (3, "message.rule_list[].type", 5, {"points": 4}),
        (3, "message.rule_list[].emiss", 0.06, {"emiss_mode": 1}),
        (3, "message.rule_list[].emiss", 0.5, {"emiss_mode": 2}),
        (19, "message.light_hold", 10, {"light_flag": 1}),
        (23, "message.params[].gop_size", 50, {"fps": 25}),
        (23, "message.params[].fps", 1, {"gop_size": 2}),
        (23, "message.params[].type", 4, {"ratio": "256x192"}),
        (23, "message.params[].ratio", "1920x1080", {"type": 1}),
        (49, "message.serverport", 0, {"flag": 0}),
        (509, "message.record_stream", 0, {"subtype": 4}),
    ],
)
def test_the_other_fields_follow_the_value_at_hand(
    catalogue: Catalogue, cmdtype: int, path: str, payload: Any, settled: dict[str, Any]
) -> None:
    command = catalogue.commands[cmdtype]
    changed = request_with(command, path, payload)
    assert broken(changed, command.envelope + command.request, command.constraints) == ()
    owner = changed["message"]
    for name, value in settled.items():
        found = next(each[name] for each in (owner, *_entries(owner), changed) if name in each)
        assert (len(found) if isinstance(found, list) else found) == value


def _entries(body: dict[str, Any]) -> list[dict[str, Any]]:
    return [entry for value in body.values() if isinstance(value, list) for entry in value if isinstance(entry, dict)]


@pytest.mark.parametrize(
    ("cmdtype", "path", "payload", "rule"),
    [
        (3, "message.rule_list[].points", [], "points-per-type"),
        (9, "message.netmask", "255.0.255.0", "netmask-valid"),
        (9, "message.netmask", "0.0.0.255", "netmask-valid"),
        (9, "message.gateway", "10.0.0.1", "gateway-in-subnet"),
        (19, "message.light_hold", 9, "hold-needs-flag"),
        (23, "message.params[].gop_size", 150, "gop-within-two-fps"),
        (45, "message.serverport", 0, "port-zero-needs-flag-off"),
        (51, "message.area1.top_left_x", 512, "area-forms-rectangle"),
    ],
)
def test_a_value_that_no_other_field_can_save_breaks_its_rule(
    catalogue: Catalogue, cmdtype: int, path: str, payload: Any, rule: str
) -> None:
    command = catalogue.commands[cmdtype]
    changed = request_with(command, path, payload)
    assert rule in broken(changed, command.envelope + command.request, command.constraints)


@settings(max_examples=60, deadline=None)
@given(
    width=st.integers(64, 4096),
    height=st.integers(64, 4096),
    cmdtype=st.sampled_from([3, 7, 17, 23, 51, 55, 521, 527, 531]),
)
def test_requests_are_legal_on_a_device_of_any_size(width: int, height: int, cmdtype: int) -> None:
    sizes = {"ir_output_w": width, "ir_output_h": height, "ir_model_w": width, "ir_model_h": height}
    command = load().commands[cmdtype]
    sent = request(command, sizes)
    assert broken(sent, command.envelope + command.request, command.constraints, sizes=sizes) == ()
    for top in command.request:
        if top.name in sent["message"]:
            schema = Draft202012Validator(field_schema(top.limited_to(sizes), reply=False))
            assert schema.is_valid(sent["message"][top.name])


def test_a_request_follows_its_command_and_not_only_the_number(catalogue: Catalogue) -> None:
    command = catalogue.commands[11]
    shorter = replace(command, request=command.request[:1])
    assert list(request(shorter)["message"]) == [command.request[0].name]
    assert len(request(command)["message"]) > 1


def test_a_request_that_a_caller_changes_is_made_anew_for_the_next(catalogue: Catalogue) -> None:
    request(catalogue.commands[3])["message"].clear()
    assert request(catalogue.commands[3])["message"]


def test_a_field_is_limited_to_each_size_that_is_asked_for(catalogue: Catalogue) -> None:
    column = field_of(catalogue, 3, "message.rule_list[].points[].x")
    assert [column.limited_to({"ir_output_w": width}).maximum for width in (640, 320, 640)] == [640, 320, 640]
    assert column.limited_to({}).maximum == 512
