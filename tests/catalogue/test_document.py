"""The catalogue that ships is the whole document, and its facts agree with each other."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

import pytest

from conformance.catalogue import MISSING, Catalogue, Field, Group
from conformance.catalogue.constraints import RULES
from conformance.catalogue.formats import FORMATS

COMMANDS = [
    *range(1, 37),
    *range(39, 59),
    *range(500, 519),
    *range(520, 526),
    *range(527, 532),
    *range(600, 618),
    9999,
]


def every_field(catalogue: Catalogue) -> Iterator[tuple[str, Field]]:
    for command in catalogue.commands.values():
        for top in command.envelope + command.request:
            yield from ((f"request {command.cmdtype}", field) for field in top.walk())
        for top in command.reply:
            yield from ((f"reply {command.cmdtype}", field) for field in top.walk())
    for push in catalogue.pushes.values():
        for top in push.envelope + push.fields:
            yield from ((f"push {push.cmdtype}", field) for field in top.walk())


def test_every_command_of_the_document_is_there_and_no_other(catalogue: Catalogue) -> None:
    assert len(COMMANDS) == 105
    assert list(catalogue.commands) == COMMANDS


def test_every_push_and_upload_is_there(catalogue: Catalogue) -> None:
    assert list(catalogue.pushes) == list(range(1000, 1012))
    kinds = "lowpkg highpkg config apppkg ascpkg firebin fireparam distparam".split()
    assert [(upload.cmdtype, upload.path) for upload in catalogue.uploads.values()] == [
        (751 + index, f"/upload/{kind}") for index, kind in enumerate(kinds)
    ]


def test_the_return_codes_of_appendix_i_are_there(catalogue: Catalogue) -> None:
    documented = [code.code for code in catalogue.return_codes.values() if code.documented]
    assert documented == [0, *range(10001, 10019)]


def test_the_video_header_has_39_bytes(catalogue: Catalogue) -> None:
    assert sum(field.size for field in catalogue.video) == 39
    assert catalogue.video[0].constant == bytes.fromhex("71857368")


@pytest.mark.parametrize(
    ("cmdtype", "path", "members"),
    [
        (1, "message.color_bar", range(1, 27)),
        (15, "message.time_zone", range(97)),
        (600, "message.ptz_command", range(1, 36)),
    ],
)
def test_a_long_enumeration_is_complete(catalogue: Catalogue, cmdtype: int, path: str, members: range) -> None:
    field = catalogue.commands[cmdtype].request_field(path)
    assert list(field.enum or ()) == list(members)
    assert all((field.enum or {}).values()), "a member without a meaning"


def test_every_emissivity_material_is_listed_with_its_value(catalogue: Catalogue) -> None:
    listed = catalogue.commands[1].request_field("message.emiss").listed or {}
    assert len(listed) == 21
    assert min(listed.values()) == 0.06
    assert listed["Human skin"] == 0.98


def test_every_get_of_a_pair_can_ask_for_the_factory_values(catalogue: Catalogue) -> None:
    for setter, getter in catalogue.pairs():
        assert getter.group is Group.GET, getter.clause
        assert getter.request_field("message.default").enum == {0: "Present values", 1: "Factory values"}
        assert setter.cmdtype + 1 == getter.cmdtype


def test_what_a_set_command_takes_its_get_command_shows(catalogue: Catalogue) -> None:
    for setter, getter in catalogue.pairs():
        shown = {field.path for top in getter.reply for field in top.walk()}
        taken = {field.path for top in setter.request for field in top.walk()}
        assert taken <= shown, f"{getter.clause} lacks {sorted(taken - shown)}"


def test_clauses_are_unique_and_name_their_chapter(catalogue: Catalogue) -> None:
    parts = (catalogue.commands, catalogue.pushes, catalogue.uploads)
    clauses = [row.clause for part in parts for row in part.values()]
    assert len(set(clauses)) == len(clauses)
    assert all(re.fullmatch(r"(III|IV|V|VI)\.\d+", clause) for clause in clauses)


def test_no_path_stands_twice_in_a_message(catalogue: Catalogue) -> None:
    for where, fields in itertools.groupby(every_field(catalogue), key=lambda row: row[0]):
        paths = [field.path for _, field in fields]
        assert len(set(paths)) == len(paths), where


def test_ranges_are_not_empty_and_only_numbers_have_one(catalogue: Catalogue) -> None:
    for where, field in every_field(catalogue):
        if field.minimum is not None or field.maximum is not None:
            assert field.type in ("int", "float", "uint64"), f"{where} {field.path}"
        if field.minimum is not None and field.maximum is not None:
            assert field.minimum < field.maximum, f"{where} {field.path}"


def test_only_texts_have_a_length_or_a_form_and_only_arrays_a_number_of_items(catalogue: Catalogue) -> None:
    for where, field in every_field(catalogue):
        if field.max_length is not None or field.format is not None:
            assert field.type == "string", f"{where} {field.path}"
        if field.min_items is not None or field.max_items is not None:
            assert field.type == "array", f"{where} {field.path}"


def test_every_form_is_one_that_is_known(catalogue: Catalogue) -> None:
    unknown = {field.format for _, field in every_field(catalogue) if field.format is not None} - set(FORMATS)
    assert not unknown


def test_printed_defaults_have_the_type_of_their_field(catalogue: Catalogue) -> None:
    kinds: dict[str, type | tuple[type, ...]] = {"int": int, "float": (int, float), "string": str, "array": list}
    for where, field in every_field(catalogue):
        if field.default is not MISSING:
            assert isinstance(field.default, kinds[field.type]), f"{where} {field.path}"


def test_every_rule_between_fields_is_a_constraint_of_the_catalogue(catalogue: Catalogue) -> None:
    assert set(RULES) <= set(catalogue.constraints)


def test_secrets_are_marked(catalogue: Catalogue) -> None:
    for where, field in every_field(catalogue):
        if "password" in field.name or field.name == "token":
            assert field.secret, f"{where} {field.path}"
