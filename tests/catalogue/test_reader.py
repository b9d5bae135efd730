"""The reader of the catalogue refuses malformed blocks and fields, and names the place."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.catalogue import Catalogue, CatalogueError, load_directory

COMMAND = "{cmdtype: 1, clause: III.1, title: T, group: set, safety: reversible, request: {%s}}"


def catalogue_of(directory: Path, **files: str) -> Catalogue:
    for name, text in files.items():
        (directory / f"{name}.yaml").write_text(text, encoding="utf-8")
    return load_directory(directory)


def with_field(directory: Path, field: str, **files: str) -> Catalogue:
    return catalogue_of(directory, commands=f"commands: [{COMMAND % field}]", **files)


def test_a_small_catalogue_loads(tmp_path: Path) -> None:
    catalogue = with_field(tmp_path, "a: {type: int, min: 1, max: 3, default: 2}")
    field = catalogue.commands[1].request_field("message.a")
    assert (field.type, field.minimum, field.maximum, field.default) == ("int", 1, 3, 2)


def test_groups_stand_in_for_their_fields_and_later_fields_replace_them(tmp_path: Path) -> None:
    catalogue = with_field(
        tmp_path,
        "use: [g], b: {type: string}",
        groups="groups: {g: {a: {type: int}, b: {type: int}}}",
    )
    assert [(field.name, field.type) for field in catalogue.commands[1].request] == [("a", "int"), ("b", "string")]


def test_a_doubled_key_deep_inside_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="'max' stands twice"):
        with_field(tmp_path, "a: {type: int, max: 1, max: 2}")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- 1", "a mapping is expected at the top"),
        ("comands: []", "unknown top-level key 'comands'"),
        ("commands: {}", "commands must be a list"),
        ("groups: []", "groups are a mapping"),
        ("commands: [{cmdtype: 1}]", "clause is missing"),
        ("commands: [{cmdtype: 1, clausse: III.1}]", "unknown key 'clausse'"),
        ("commands: [{cmdtype: '1', clause: III.1}]", "cmdtype must be int, found '1'"),
        ("commands: [{cmdtype: true, clause: III.1}]", "cmdtype must be int, found True"),
        ("commands: [{cmdtype: 1, clause: III.1, title: T, group: sets, safety: reversible}]", "'sets' is none of set"),
        ("commands: [{cmdtype: 1, clause: III.1, title: T, group: set, safety: harmless}]", "'harmless' is none of"),
        ("pushes: [{cmdtype: 1000, clause: VI.1000, title: T, body: payload}]", "body is content or message"),
        (
            "pushes: [{cmdtype: 1000, clause: V, title: T, body: content, tolerates: [{reading: R67, body: x}]}]",
            "'x' is none of content, message, top level",
        ),
        ("uploads: [{cmdtype: 751, pth: /upload}]", "pth"),
        ("readings: [{id: R01, why: x}]", "unknown key 'why'"),
        ("requirements: [{id: a, keyword: MUST, text: t}]", "either cases or excluded"),
        ("requirements: [{id: a, keyword: MUST, text: t, cases: [x], excluded: y}]", "either cases or excluded"),
        ("requirements: [{id: a, keyword: MAY, text: t, cases: [x]}]", "'MAY' is none of MUST, SHOULD"),
        ("requirements: [{id: a, each: sets, keyword: MUST, text: t, cases: [x]}]", "each 'sets' is unknown"),
    ],
)
def test_a_malformed_block_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(CatalogueError, match=message):
        catalogue_of(tmp_path, f=text)


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("a: int", "a field is"),
        ("a: {type: integer}", "type 'integer' is none of"),
        ("a: {min: 1}", "type None is none of"),
        ("a: {type: int, maximum: 3}", "unknown key 'maximum'"),
        ("a: {type: int, min: '1'}", "min must be int or float, found '1'"),
        ("a: {type: int, min: true}", "min must be int or float, found True"),
        ("a: {type: int, required: 1}", "required must be bool, found 1"),
        ("a: {type: string, max_length: 1.5}", "max_length must be int, found 1.5"),
        ("a: {type: int, enum: [a]}", "not of type int"),
        ("a: {type: string, enum: [1]}", "not of type string"),
        ("a: {type: int, enum: [true]}", "not of type int"),
        ("a: {type: object, enum: [1]}", "not of type object"),
        ("a: {type: int, enum: nowhere}", "no enumeration 'nowhere'"),
        ("a: {type: float, listed: nowhere}", "no enumeration 'nowhere'"),
        ("a: {type: int, bound: ir_output_x}", "is no size of command 500"),
        ("a: {type: int, source: rumour}", "source 'rumour' is none of"),
        ("a: {type: int, fields: {}}", "only an object has fields"),
        ("a: {type: array}", "an array has items"),
        ("a: {type: int, items: {type: int}}", "an array has items"),
        ("use: [nowhere]", "no group 'nowhere'"),
        ("a: {type: int, readings: [R99]}", "no reading 'R99'"),
        ("a: {type: array, items: {type: int, readings: [R99]}}", "no reading 'R99'"),
        ("a: {type: int, tolerates: [{reading: R99, types: [string]}]}", "no reading 'R99'"),
        ("a: {type: string, own_values: R99}", "no reading 'R99'"),
        ("a: {type: int, tolerates: [{reading: R99}]}", "an entry must have one of instead_of, max_length"),
        ("a: {type: string, tolerates: [{reading: R99, trailing_space: 1}]}", "trailing_space must be bool, found 1"),
    ],
)
def test_a_malformed_field_is_refused(tmp_path: Path, field: str, message: str) -> None:
    with pytest.raises(CatalogueError, match=message):
        with_field(tmp_path, field)


def test_the_message_names_file_command_and_field(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=r"commands\.yaml, command 1, .*message\.a\.b: unknown key 'x'"):
        with_field(tmp_path, "a: {type: object, fields: {b: {type: int, x: 1}}}")


@pytest.mark.parametrize("key", ["enums", "groups"])
def test_a_name_defined_in_two_files_is_refused(tmp_path: Path, key: str) -> None:
    body = f"{key}: {{x: {{}}}}"
    with pytest.raises(CatalogueError, match="'x' is defined twice"):
        catalogue_of(tmp_path, a=body, b=body)


def test_a_number_given_to_two_commands_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="Command 1 is defined twice"):
        catalogue_of(tmp_path, a=f"commands: [{COMMAND % ''}, {COMMAND % ''}]")


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ("pair: 2", "its pair 2 does not name it back"),
        ("capability: wings", "no capability 'wings'"),
        ("constraints: [fair]", "no constraint 'fair'"),
        ("readings: [R99]", "no reading 'R99'"),
        ("returns: [R99]", "no reading 'R99'"),
    ],
)
def test_a_name_that_leads_nowhere_is_refused(tmp_path: Path, facts: str, message: str) -> None:
    command = f"{{cmdtype: 1, clause: III.1, title: T, group: set, safety: reversible, {facts}}}"
    with pytest.raises(CatalogueError, match=message):
        catalogue_of(tmp_path, a=f"commands: [{command}]")


def test_a_requirement_for_each_command_of_a_group_is_written_once(tmp_path: Path) -> None:
    requirement = "{each: set, id: '{clause}/reply', keyword: MUST, text: '{title}', cases: ['{clause}/set/*']}"
    catalogue = catalogue_of(tmp_path, a=f"commands: [{COMMAND % ''}]\nrequirements: [{requirement}]")
    assert catalogue.requirements["III.1/reply"].cases == ("III.1/set/*",)
