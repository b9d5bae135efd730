from __future__ import annotations

from typing import Any

import pytest

from conformance import checks
from conformance.catalogue import Catalogue, Field, values
from conformance.catalogue.model import Tolerance
from conformance.rules.verdict import Severity

SIZES = {"ir_output_w": 512, "ir_output_h": 384, "ir_model_w": 256, "ir_model_h": 192}
STAMP = "2026-07-01 12:00:00"


def field(type: str = "int", name: str = "a", **facts: Any) -> Field:
    return Field(name, f"message.{name}", type, **facts)


def judged(fields: Field | tuple[Field, ...], message: dict[str, Any], **how: Any) -> list[tuple[str, Severity]]:
    """Check and severity of each finding."""
    fields = (fields,) if isinstance(fields, Field) else fields
    return [(each.check, each.severity) for each in checks.conforms(fields, message, SIZES, **how).findings]


def seen(fields: Field | tuple[Field, ...], message: dict[str, Any]) -> tuple[int, list[tuple[str, str]]]:
    """How many findings, and the observations."""
    fields = (fields,) if isinstance(fields, Field) else fields
    result = checks.conforms(fields, message, SIZES)
    return len(result.findings), [(each.reading, each.found) for each in result.observations]


TYPE = [("type", Severity.MAJOR)]
VALUE = [("value", Severity.MAJOR)]
PRESENCE = [("presence", Severity.MAJOR)]

# Types


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        ("int", [0, -1, 2**70], [1.5, True, "1", None, [1], {}]),
        ("uint64", [0, 2**64 - 1], [-1, 2**64, 1.0, True, "1"]),
        ("float", [0.5, 1, -3], [True, "0.5", None]),
        ("string", ["", "热像仪"], [1, None, ["a"]]),
        ("bool", [True, False], [0, 1, "true"]),
        ("array", [[], [1]], [{}, "a", None]),
        ("object", [{}, {"b": 1}], [[], "a", None]),
    ],
)
def test_a_value_has_its_type_and_no_neighbouring_one(kind: str, right: list[Any], wrong: list[Any]) -> None:
    assert [judged(field(kind), {"a": value}) for value in right] == [[] for _ in right]
    assert [judged(field(kind), {"a": value}) for value in wrong] == [TYPE for _ in wrong]


def test_a_whole_number_written_with_a_point_is_a_minor_fault() -> None:
    assert judged(field("int"), {"a": 1.0}) == [("type", Severity.MINOR)]
    assert judged(field("float"), {"a": 1}) == []


def test_a_type_nobody_knows_is_our_own_mistake() -> None:
    with pytest.raises(ValueError, match="no such type: number"):
        checks.has_type("number", 1)


def test_null_is_legal_where_the_catalogue_says_so() -> None:
    assert judged(field("string", nullable=True), {"a": None}) == []
    assert judged(field("string"), {"a": None}) == TYPE


# Values


def test_only_members_of_an_enumeration_are_legal() -> None:
    switch = field(enum={0: "off", 1: "on"})
    assert [judged(switch, {"a": value}) for value in (0, 1, 2, -1)] == [[], [], VALUE, VALUE]
    assert judged(field("string", enum={"a": "", "b": ""}), {"a": "c"}) == VALUE


def test_limits_are_inclusive() -> None:
    number = field("float", minimum=0.1, maximum=200.0)
    legal, illegal = (0.1, 200, 1), (0.0999, 200.1, -1, float("inf"), float("nan"))
    assert [judged(number, {"a": value}) for value in legal] == [[] for _ in legal]
    assert [judged(number, {"a": value}) for value in illegal] == [VALUE for _ in illegal]
    assert judged(field(minimum=1, maximum=100), {"a": 0}) == VALUE


def test_single_precision_may_pass_a_limit_by_its_rounding() -> None:
    assert judged(field("float", minimum=0.1, maximum=1.0), {"a": 0.09999999403953552}) == []


def test_a_listed_material_is_legal_outside_the_range() -> None:
    emissivity = field("float", minimum=0.1, maximum=1.0, listed={"copper": 0.06})
    assert [judged(emissivity, {"a": value}) for value in (0.06, 0.055, 0.065, 0.05, 0.07)] == [
        [], [], [], VALUE, VALUE,
    ]  # fmt: skip


def test_the_size_of_the_device_replaces_the_printed_one() -> None:
    column = field(minimum=1, maximum=512, bound="ir_output_w")
    result = [checks.conforms((column,), {"a": 600}, {"ir_output_w": width}).findings for width in (640, 512)]
    assert [len(findings) for findings in result] == [0, 1]
    pixel = field(minimum=0, maximum=255, bound="ir_model_w-1")
    assert [judged(pixel, {"a": value}) for value in (255, 256)] == [[], VALUE]


def test_a_text_has_a_length_in_characters_not_in_bytes() -> None:
    assert [judged(field("string", max_length=3), {"a": text}) for text in ("热像仪", "热像仪x")] == [[], VALUE]


def test_an_array_has_a_number_of_entries() -> None:
    points = field("array", min_items=1, max_items=2, items=field("int"))
    assert [judged(points, {"a": entries}) for entries in ([1], [1, 2], [], [1, 2, 3])] == [[], [], VALUE, VALUE]


@pytest.mark.parametrize(
    ("form", "right", "wrong"),
    [
        ("datetime", [STAMP, "2024-02-29 00:00:00"], ["2023-02-29 00:00:00", "2026-07-01T12:00:00", f"{STAMP}\n"]),
        ("time", ["00:00:00", "23:59:59"], ["24:00:00", "1:00:00", "00:00:00\n", "٠٠:٠٠:٠٠"]),
        ("color", ["#ff0000", "#FF00aa"], ["ff0000", "#ff000", "#gg0000", "#ff0000\n"]),
        ("mac", ["00:15:18:10:CA:9D", "00-15-18-10-ca-9d"], ["00:15:18:10:CA", "001518 10CA9D", "00:15:18:10:CA:9D\n"]),
        ("resolution", ["1920x1080"], ["1920*1080", "01x10", "1920x1080\n", "x"]),
        ("ipv4", ["0.0.0.0", "192.168.1.168", "fe80::1"], ["192.168.1.256", "192.168.1", "camera", "1.2.3.4 "]),
        ("token", ["7d358ef09eaa11ecaf4d00151810ca9d"], ["7d358ef0", "7d358ef09eaa11ec f4d00151810ca9d", "热" * 32]),
        ("base64", ["QUJD", "QUI=", "data:image/png;base64,QUJD", "QU\r\nJD"], ["QUJD=", "QUJ", "Q*JD", "data:QUJD"]),
        ("jpeg-base64", ["/9j/4AAQ"], ["QUJD", "QUJ", "iVBORw0KGgo="]),
        ("url", ["/picture/1.jpg", "anything"], []),
    ],
)  # fmt: skip
def test_a_text_has_its_form_and_none_like_it(form: str, right: list[str], wrong: list[str]) -> None:
    text = field("string", format=form, required=True)
    assert [judged(text, {"a": value}) for value in right] == [[] for _ in right]
    assert [judged(text, {"a": value}) for value in wrong] == [VALUE for _ in wrong]


def test_an_empty_text_has_no_form_unless_it_is_required() -> None:
    assert judged(field("string", format="ipv4"), {"a": ""}) == []
    assert judged(field("string", format="ipv4", required=True), {"a": ""}) == VALUE


def test_every_entry_of_every_level_is_looked_at() -> None:
    point = field("object", fields=(field(name="x", required=True, maximum=9),))
    rules = field("array", items=field("object", fields=(field("array", name="points", items=point),)))
    message = {"a": [{"points": [{"x": 1}, {"x": 10}]}, {"points": [{}, 5]}]}
    assert judged(rules, message) == VALUE + PRESENCE + TYPE


# Presence


@pytest.mark.parametrize(
    ("facts", "always", "in_a_get"),
    [
        ({"required": True}, PRESENCE, PRESENCE),
        ({}, [], PRESENCE),
        ({"source": "example"}, [], []),
        ({"source": "table-only"}, [], []),
        ({"source": "reading"}, [], []),
        ({"absent": "R133"}, [], []),
        ({"required": True, "absent": "R133"}, [], []),
    ],
)
def test_what_the_table_names_must_be_there_in_a_get_unless_a_reading_frees_it(
    facts: dict[str, Any], always: list[Any], in_a_get: list[Any]
) -> None:
    assert judged(field(**facts), {}) == always
    assert judged(field(**facts), {}, complete=True) == in_a_get
    nested = field("object", name="b", fields=(field(**facts),))
    assert judged(nested, {"b": {}}, complete=True) == in_a_get


def test_a_missing_message_is_an_empty_one() -> None:
    assert len(checks.conforms((field(required=True),), None, SIZES).findings) == 1
    assert checks.conforms((), None, SIZES).findings == []


def test_what_the_table_does_not_name_is_no_fault() -> None:
    assert judged(field(), {"a": 1, "vendor": {"anything": None}}) == []


# Tolerances


def test_another_name_is_an_observation() -> None:
    encoding = field("string", tolerates=(Tolerance("R49", names=("encoder", "encoded")),), required=True)
    assert seen(encoding, {"encoder": "H264"}) == (0, [("R49", "encoder")])
    assert seen(encoding, {"a": "H264", "encoder": 5}) == (0, [])
    assert seen(encoding, {"encodex": "H264"}) == (1, [])
    assert seen(encoding, {"encoder": 5}) == (1, [("R49", "encoder")])


def test_another_type_is_tolerated_while_it_holds_a_legal_value() -> None:
    port = field(minimum=1, maximum=65535, tolerates=(Tolerance("R54", types=("string",)),))
    assert seen(port, {"a": "1883"}) == (0, [("R54", '"1883"')])
    assert seen(port, {"a": ""}) == (0, [("R54", '""')])
    assert [seen(port, {"a": value})[0] for value in ("0", "70000", "1.5", "x", 1.5, True)] == [1] * 6


def test_another_value_is_tolerated_while_its_switch_is_off() -> None:
    hold = field(minimum=10, maximum=300, tolerates=(Tolerance("R50", values=(0,), when={"flag": 0}),))
    assert seen(hold, {"a": 0, "flag": 0}) == (0, [("R50", "0")])
    assert [seen(hold, {"a": value, "flag": flag})[0] for value, flag in ((0, 1), (5, 0), (False, 0))] == [1, 1, 1]
    assert seen(hold, {"a": 0})[0] == 1


def test_a_longer_text_is_tolerated_up_to_its_own_length() -> None:
    name = field("string", max_length=3, tolerates=(Tolerance("R115", max_length=5),))
    assert seen(name, {"a": "xxx"}) == (0, [])
    assert seen(name, {"a": "xxxxx"}) == (0, [("R115", '"xxxxx"')])
    assert seen(name, {"a": "xxxxxx"})[0] == 1


def test_padding_does_not_count_as_a_recipient(catalogue: Catalogue) -> None:
    mailto = catalogue.commands[32].reply_field("message.mailto")
    assert seen(mailto, {"mailto": ["a@b"] * 5 + [""] * 3})[0] == 0
    assert seen(mailto, {"mailto": ["a@b"] * 6})[0] == 1


def test_white_space_at_the_end_of_a_version_is_no_matter(catalogue: Catalogue) -> None:
    versions = catalogue.commands[507].reply_field("message.versions")
    assert seen(versions, {"versions": [{"desc": "", "time": f"{STAMP}\r\n", "version": "1.2\r\n"}]})[0] == 0
    assert seen(versions, {"versions": [{"desc": "", "time": f"\r\n{STAMP}", "version": "1.2"}]})[0] == 1


def test_a_stream_may_have_a_size_of_the_devices_own(catalogue: Catalogue) -> None:
    ratio = catalogue.commands[24].reply_field("message.params[].ratio")
    assert [seen(ratio, {"ratio": text})[0] for text in ("1920x1080", "640x512", "huge")] == [0, 0, 1]


# The whole catalogue


def test_a_legal_reply_of_every_command_and_a_legal_push_of_every_kind_are_accepted(catalogue: Catalogue) -> None:
    messages = {each.clause: each.reply for each in catalogue.commands.values()}
    messages |= {each.clause: each.fields for each in catalogue.pushes.values()}
    for clause, fields in messages.items():
        bodies = list(values.message(fields, SIZES, whole=True).values()) or [{}]
        result = checks.conforms(fields, bodies[0], SIZES, complete=True)
        assert (result.findings, result.observations) == ([], []), clause


def test_every_fact_of_a_field_that_a_reply_violates_is_found(catalogue: Catalogue) -> None:
    unjudged = {
        ("url", "format url"),  # what an address leads to is judged by following it
        ("image-base64", "format image-base64"),  # the kinds of pictures are not told
    }
    missed = set()
    for command in catalogue.commands.values():
        for each in (below for top in command.reply for below in top.walk() if not below.path.endswith("[]")):
            for value in values.violations(each, SIZES, command.constraints):
                result = checks.conforms((each,), {each.name: value.payload}, SIZES)
                if not result.findings and (each.format, value.violates) not in unjudged:
                    missed.add((each.path, value.label, *(seen.reading for seen in result.observations)))
    assert missed == {("message.name", "over-length", "R115")}
