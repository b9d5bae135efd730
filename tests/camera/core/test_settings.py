"""Chapter III: the camera keeps and shows the values that were set; a refused set changes nothing."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from conformance.catalogue import load
from conformance.catalogue.model import Field

pytestmark = pytest.mark.asyncio

PAIRS = [(put.cmdtype, get.cmdtype) for put, get in load().pairs()]
SECRETS = ("password", "reg_password")
SHARP = ("int", "uint64", "float", "string", "bool")
RULE = {
    "rule_name": "boiler",
    "show_location": 1,
    "type": 1,
    "points": [{"x": 10, "y": 20}],
    "alarm_flag": 0,
    "high_temp": 60,
    "low_temp": 10,
    "diff_temp": 0,
    "rate_temp": 0,
    "alarm_type": 1,
    "alarm_condition": 1,
    "temp_mod": 0,
    "alarm_time": 3,
    "avg_temp": 30,
    "emiss_mode": 2,
    "emiss": 0.5,
    "humi": 50,
    "dist": 0.5,
    "ref_temp": 23,
    "atmo_trans": 1,
    "opti_trans": 1,
}
SQUARE = [{"x": 1, "y": 1}, {"x": 9, "y": 1}, {"x": 9, "y": 9}, {"x": 1, "y": 9}]


def outside(field: Field) -> Iterator[Any]:
    """Values that `field` of the catalogue forbids."""
    if field.type in ("int", "uint64", "float"):
        yield from ("text", None, True, [], {})
    if field.type == "int":
        yield 1.5
    if field.type == "string":
        yield from (3, None, False, [])
    if field.type in ("array", "object"):
        yield from ("text", 3, None)
    if field.enum is not None and field.type == "int":
        yield from (max(field.enum) + 1, min(field.enum) - 1)
    elif field.type in ("int", "float"):
        if field.maximum is not None:
            yield field.maximum + 1
        if field.minimum is not None:
            yield field.minimum - 1
    if field.max_length is not None:
        yield "x" * (field.max_length + 1)


@pytest.mark.parametrize(("put", "get"), PAIRS)
async def test_the_factory_values_can_be_set_and_read_back(steady: Any, put: int, get: int) -> None:
    factory, present = await steady.get(get, {"default": 1}), await steady.get(get)

    assert await steady.code(put, factory) == 0
    assert await steady.get(get, {"default": 0}) == factory
    assert await steady.code(put, present) == 0


@pytest.mark.parametrize(("put", "get"), PAIRS)
async def test_every_field_of_the_catalogue_is_in_the_reply(steady: Any, put: int, get: int) -> None:
    reply = await steady.get(get)

    assert {field.name for field in load().commands[get].reply} == set(reply)


@pytest.mark.parametrize(("put", "get"), PAIRS)
async def test_a_set_without_a_message_is_refused(steady: Any, put: int, get: int) -> None:
    assert await steady.code(put, None) == 10001


@pytest.mark.parametrize(("put", "get"), PAIRS)
async def test_a_value_outside_its_row_is_refused_and_changes_nothing(steady: Any, put: int, get: int) -> None:
    before = await steady.get(get)
    wrong = [
        (field.name, value)
        for field in load().commands[put].request
        if not field.read_only
        for value in outside(field)
        # A rule between fields restricts it further.
        if (put, field.name, value) != (45, "serverport", 0)
    ]

    replies = {(name, repr(value)): await steady.code(put, {**before, name: value}) for name, value in wrong}

    assert wrong
    assert {key: code for key, code in replies.items() if code != 10002} == {}
    assert await steady.get(get) == before


@pytest.mark.parametrize(("put", "get"), PAIRS)
async def test_a_required_field_that_is_missing_is_refused(steady: Any, put: int, get: int) -> None:
    before = await steady.get(get)
    for field in load().commands[put].request:
        if field.required:
            assert await steady.code(put, {k: v for k, v in before.items() if k != field.name}) == 10003


async def test_a_partial_set_leaves_the_other_fields_alone(admin: Any) -> None:
    before = await admin.get(2)

    assert await admin.code(1, {"emiss": 0.42, "gear": 1}) == 0
    assert await admin.get(2) == {**before, "emiss": 0.42, "gear": 1}


async def test_a_partial_object_leaves_its_other_fields_alone(admin: Any) -> None:
    before = await admin.get(6)

    assert await admin.code(5, {"ir_config": {"brightness": 7}}) == 0
    assert await admin.get(6) == {**before, "ir_config": {**before["ir_config"], "brightness": 7}}


async def test_one_wrong_field_keeps_the_right_ones_from_being_set(admin: Any) -> None:
    before = await admin.get(2)

    assert await admin.code(1, {"emiss": 0.5, "humi": 0}) == 10002
    assert await admin.get(2) == before


async def test_unknown_keys_are_ignored_at_every_depth(admin: Any) -> None:
    before = await admin.get(6)

    assert await admin.code(5, {"surprise": 1, "ir_config": {"surprise": 2}}) == 0
    assert await admin.get(6) == before


async def test_an_empty_message_changes_nothing(admin: Any) -> None:
    before = await admin.get(2)

    assert await admin.code(1, {}) == 0
    assert await admin.get(2) == before


async def test_a_get_works_without_a_message(admin: Any) -> None:
    assert (await admin.ask(2, None))["retcode"] == 0


@pytest.mark.parametrize("default", [2, -1, "1", True, None])
async def test_default_is_a_flag(steady: Any, default: Any) -> None:
    assert await steady.code(2, {"default": default}) == 10002


async def test_default_one_shows_the_factory_values_after_a_set(admin: Any) -> None:
    factory = await admin.get(2, {"default": 1})
    await admin.get(1, {"emiss": 0.33})

    assert await admin.get(2, {"default": 1}) == factory
    assert (await admin.get(2, {"default": 0}))["emiss"] == 0.33


@pytest.mark.parametrize(("put", "get"), [(31, 32), (33, 34), (43, 44), (45, 46), (49, 50)])
async def test_a_password_is_never_shown_and_an_empty_one_keeps_it(bench: Any, admin: Any, put: int, get: int) -> None:
    name = "reg_password" if put == 43 else "password"

    assert await admin.code(put, {name: "secret"}) == 0
    shown = await admin.get(get)
    assert shown[name] == ""
    assert await admin.code(put, shown) == 0
    assert bench.camera.settings.obeyed(get)[name] == "secret"


# ------------------------------------------------------------------ emissivity, rules


@pytest.mark.parametrize(("sent", "kept"), [(0.06, 0.06), (0.09, 0.09), (0.98, 0.98), (0.961, 0.96), (0.855, 0.85)])
async def test_a_standard_material_is_kept_as_listed(admin: Any, sent: float, kept: float) -> None:
    assert await admin.code(1, {"emiss_mode": 1, "emiss": sent}) == 0
    assert (await admin.get(2))["emiss"] == kept


@pytest.mark.parametrize(("mode", "value"), [(1, 0.5), (1, 0.1), (2, 0.06), (2, 0.09), (2, 1.01)])
async def test_an_emissivity_that_its_mode_does_not_know_is_refused(steady: Any, mode: int, value: float) -> None:
    assert await steady.code(1, {"emiss_mode": mode, "emiss": value}) == 10002
    assert (await steady.get(2))["emiss_mode"] == 2


async def test_there_are_as_many_gears_as_general_information_says(admin: Any) -> None:
    gears = (await admin.get(500))["gears"]

    assert await admin.code(1, {"gear": len(gears) - 1}) == 0
    assert await admin.code(1, {"gear": len(gears)}) == 10002


async def test_rules_are_numbered_and_read_back(admin: Any) -> None:
    rules = [RULE, {**RULE, "id": 0, "type": 3, "points": SQUARE}, {**RULE, "id": 2, "rule_name": "ä" * 20}]

    assert await admin.code(3, {"rule_list": rules}) == 0

    kept = (await admin.get(4))["rule_list"]
    assert [rule["id"] for rule in kept] == [1, 3, 2]
    assert [{**rule, "id": 0, "flag": 0} for rule in rules] == [{**rule, "id": 0} for rule in kept]
    assert [rule["rule_id"] for rule in (await admin.get(520))["rule_list"]] == [1, 3, 2]


@pytest.mark.parametrize(
    ("shape", "points", "code"),
    [
        (1, 0, 10002),
        (1, 1, 0),
        (2, 1, 10002),
        (2, 2, 0),
        (3, 3, 10002),
        (3, 4, 0),
        (4, 2, 10002),
        (4, 3, 0),
        (4, 7, 0),
        (4, 8, 10002),
        (5, 3, 10002),
        (5, 4, 0),
    ],
)
async def test_a_shape_has_its_number_of_points(admin: Any, shape: int, points: int, code: int) -> None:
    rule = {**RULE, "type": shape, "points": [{"x": 1 + n * n, "y": 40 - 2 * n} for n in range(points)]}

    assert await admin.code(3, {"rule_list": [rule]}) == code


@pytest.mark.parametrize(("x", "y", "code"), [(512, 384, 0), (513, 1, 10002), (1, 385, 10002), (0, 1, 10002)])
async def test_points_lie_in_the_infrared_output(admin: Any, x: int, y: int, code: int) -> None:
    assert await admin.code(3, {"rule_list": [{**RULE, "points": [{"x": x, "y": y}]}]}) == code


async def test_the_output_size_bounds_coordinates(opened: Any) -> None:
    bench = await opened(ir_output_w=640, ir_output_h=480)
    admin = await bench.client()

    assert await admin.code(3, {"rule_list": [{**RULE, "points": [{"x": 640, "y": 480}]}]}) == 0
    assert await admin.code(3, {"rule_list": [{**RULE, "points": [{"x": 641, "y": 480}]}]}) == 10002


async def test_a_rule_without_a_required_field_is_refused(admin: Any) -> None:
    for name in RULE:
        rule = {key: value for key, value in RULE.items() if key != name}
        assert await admin.code(3, {"rule_list": [rule]}) == 10003, name


async def test_two_rules_with_one_id_are_refused(admin: Any) -> None:
    assert await admin.code(3, {"rule_list": [{**RULE, "id": 5}, {**RULE, "id": 5}]}) == 10002


# ------------------------------------------------------------------ network


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"ipaddr": "192.168.1.77"}, 0),
        ({"ipaddr": "192.168.1.256"}, 10014),
        ({"ipaddr": "192.168.1"}, 10014),
        ({"ipaddr": ""}, 10014),
        ({"ipaddr": "0.0.0.0"}, 10014),
        ({"ipaddr": "127.0.0.1"}, 10014),
        ({"ipaddr": "224.0.0.1"}, 10014),
        ({"ipaddr": "255.255.255.255"}, 10014),
        ({"ipaddr": "192.168.1.255"}, 10014),
        ({"ipaddr": "192.168.1.200"}, 10015),
        ({"ipaddr": "192.168.1.1"}, 10015),
        ({"netmask": "255.255.255.300"}, 10016),
        ({"netmask": "255.0.255.0"}, 10016),
        ({"netmask": "0.0.0.0"}, 10016),
        ({"netmask": "255.255.0.0"}, 0),
        ({"gateway": "192.168.2.1"}, 10017),
        ({"gateway": "nonsense"}, 10017),
        ({"gateway": "192.168.1.254"}, 0),
        ({"ipaddr": "10.0.0.5"}, 10017),
        ({"ipaddr": "10.0.0.5", "gateway": "10.0.0.1", "netmask": "255.0.0.0"}, 0),
        ({"ipaddr": 5}, 10002),
        ({"dns1": "8.8.8.8"}, 0),
        ({"dns1": "8.8.8"}, 10002),
        ({"host_name": "x" * 16}, 10002),
        ({"mac": "00:00:00:00:00:01"}, 0),
    ],
)
async def test_a_network_address_has_to_make_sense(admin: Any, message: dict[str, Any], code: int) -> None:
    before = await admin.get(10)

    assert await admin.code(9, message) == code

    changed = {**before, **message, "mac": before["mac"]} if code == 0 else before
    assert await admin.get(10) == changed


async def test_ports_show_what_listens_until_a_client_chooses_others(bench: Any, admin: Any) -> None:
    ports = await admin.get(12)
    assert (ports["tcp_port"], ports["http_port"]) == (bench.camera.control.port, bench.camera.web.port)

    assert await admin.code(11, {"tcp_port": 9990, "http_port": 80, "rtsp_port": 554}) == 0
    assert await admin.code(11, {"tcp_port": 1023}) == 10002
    assert await admin.code(11, {"http_port": 81}) == 10002

    assert {**ports, "tcp_port": 9990, "http_port": 80, "rtsp_port": 554} == await admin.get(12)


# ------------------------------------------------------------------ storage, system, shielding


async def test_dates_that_do_not_exist_are_passed_over(admin: Any) -> None:
    months = [
        {"mon": 2, "data": [1, 29, 30, 31]},
        {"mon": 13, "data": [1]},
        {"mon": 0, "data": [1]},
        {"mon": 4, "data": [0, 30, 31, -5, 99]},
    ]

    assert await admin.code(13, {"month_data": months}) == 0
    assert (await admin.get(14))["month_data"] == [{"mon": 2, "data": [1, 29]}, {"mon": 4, "data": [30]}]


async def test_storage_facts_cannot_be_set(admin: Any) -> None:
    before = await admin.get(14)

    assert await admin.code(13, {**before, "total": 7, "free": 8, "type": "disk", "format_status": "x"}) == 0
    assert await admin.get(14) == before


async def test_a_logo_is_an_image_of_at_most_500k(admin: Any, png: Callable[[int], str]) -> None:
    good = png(490_000)

    assert await admin.code(15, {"logo": good}) == 0
    assert (await admin.get(16))["logo"] == good
    assert (await admin.get(500))["logo"] == good
    assert await admin.code(15, {"logo": png(700_000)}) == 10002
    assert await admin.code(15, {"logo": "%%%"}) == 10002
    assert await admin.code(15, {"logo": base64.b64encode(b"GIF89a").decode()}) == 10002
    assert await admin.code(15, {"logo": ""}) == 0


async def test_the_name_and_language_show_in_general_information(admin: Any) -> None:
    await admin.get(15, {"name": "Kiln 4 Süd", "language": 1})

    information = await admin.get(500)
    assert (information["systemname"], information["language"]) == ("Kiln 4 Süd", "english")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ((0, 0, 10, 10), (1, 1, 10, 10)),
        ((500, 380, 100, 100), (500, 380, 13, 5)),
        ((1, 1, 512, 384), (1, 1, 512, 384)),
        ((512, 384, 1, 1), (512, 384, 1, 1)),
    ],
)
async def test_a_shielded_area_is_cut_at_the_border(admin: Any, sent: tuple[int, ...], kept: tuple[int, ...]) -> None:
    assert await admin.code(17, {"rects": [dict(zip("xywh", sent, strict=True))]}) == 0
    assert await admin.get(18) == {"rects": [dict(zip("xywh", kept, strict=True))]}


async def test_two_shielded_areas_are_accepted_and_three_refused(admin: Any) -> None:
    area = {"x": 1, "y": 1, "w": 5, "h": 5}

    assert await admin.code(17, {"rects": [area, area]}) == 0
    assert await admin.code(17, {"rects": [area, area, area]}) == 10002
    assert await admin.code(17, {"rects": [{**area, "w": 0}]}) == 10002
    assert await admin.code(17, {"rects": [{**area, "x": 513}]}) == 10002
    assert await admin.get(18) == {"rects": [area, area]}
    assert await admin.code(17, {"rects": []}) == 0


# ------------------------------------------------------------------ holds, video, exceptions, mail, servers


@pytest.mark.parametrize(
    ("put", "get"), [(19, 20), (21, 22), (27, 28), (29, 30), (47, 48), (51, 52), (55, 56), (57, 58)]
)
async def test_a_hold_may_be_zero_only_while_its_flag_is_zero(admin: Any, put: int, get: int) -> None:
    assert await admin.code(put, {"output_flag": 0, "output_hold": 0}) == 0
    assert await admin.code(put, {"output_flag": 1}) == 10002
    assert await admin.code(put, {"output_flag": 1, "output_hold": 9}) == 10002
    assert await admin.code(put, {"output_flag": 0, "output_hold": 9}) == 10002
    assert await admin.code(put, {"output_flag": 1, "output_hold": 10}) == 0
    assert (await admin.get(get))["output_hold"] == 10


async def test_an_entry_of_the_video_parameters_changes_its_stream_alone(admin: Any) -> None:
    before = (await admin.get(24))["params"]

    assert await admin.code(23, {"params": [{"type": 3, "fps": 20, "gop_size": 40}, {"fps": 3}]}) == 0

    after = (await admin.get(24))["params"]
    assert after == [{**entry, "fps": 20, "gop_size": 40} if entry["type"] == 3 else entry for entry in before]


@pytest.mark.parametrize(
    "entry",
    [
        {"type": 1, "gop_size": 51},
        {"type": 1, "fps": 24},
        {"type": 1, "ratio": "512x384"},
        {"type": 3, "ratio": "1920x1080"},
        {"type": 1, "ratio": "1x1"},
        {"type": 5},
        {"type": 1, "fps": 26},
    ],
)
async def test_video_parameters_that_do_not_fit_are_refused(admin: Any, entry: dict[str, Any]) -> None:
    before = await admin.get(24)

    assert await admin.code(23, {"params": [{"type": 4, "level": 6}, entry]}) == 10002
    assert await admin.get(24) == before


async def test_an_entry_of_the_storage_exceptions_changes_its_type_alone(admin: Any) -> None:
    before = (await admin.get(26))["store"]

    assert await admin.code(25, {"store": [{"type": 2, "sendmail": 1}]}) == 0
    assert await admin.code(25, {"store": [{"sendmail": 1}]}) == 10003
    assert await admin.code(25, {"store": [{"type": 2, "output_flag": 1, "output_hold": 0}]}) == 10002

    assert (await admin.get(26))["store"] == [{**e, "sendmail": 1} if e["type"] == 2 else e for e in before]


async def test_five_recipients_are_accepted_and_six_refused(admin: Any) -> None:
    five = [f"someone{n}@example.org" for n in range(5)]

    assert await admin.code(31, {"mailto": [*five, "", "", ""]}) == 0
    assert (await admin.get(32))["mailto"] == five
    assert await admin.code(31, {"mailto": [*five, "six@example.org"]}) == 10002
    assert await admin.code(31, {"mailto": ["x" * 129]}) == 10002
    assert (await admin.get(32))["mailto"] == five


@pytest.mark.parametrize(("put", "get"), [(45, 46), (49, 50)])
async def test_a_port_is_zero_only_while_its_server_is_not_used(admin: Any, put: int, get: int) -> None:
    assert await admin.code(put, {"flag": 0, "serverport": 0}) == 0
    assert await admin.code(put, {"flag": 1}) == 10002
    assert await admin.code(put, {"flag": 1, "serverport": 65535}) == 0
    assert await admin.code(put, {"serverport": 0}) == 10002
    assert await admin.code(put, {"serverport": 65536}) == 10002
    assert (await admin.get(get))["serverport"] == 65535
