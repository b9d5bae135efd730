from __future__ import annotations

from typing import Any

import pytest

from conformance.catalogue import Catalogue
from conformance.client import OMIT, LocalMessageError, Session, check_request

_TOKEN = "0123456789abcdef0123456789abcdef"
_RULE = {
    "rule_name": "one", "show_location": 1, "type": 1, "points": [{"x": 1, "y": 1}], "alarm_flag": 0, "high_temp": 60,
    "low_temp": -10.5, "diff_temp": 5, "rate_temp": 1, "alarm_type": 1, "alarm_condition": 1, "temp_mod": 0.5,
    "alarm_time": 0, "avg_temp": 20, "emiss_mode": 2, "emiss": 0.95, "humi": 50, "dist": 1.5, "ref_temp": 23,
    "atmo_trans": 1, "opti_trans": 1,
}  # fmt: skip


def _frame(cmdtype: int, message: Any, **options: Any) -> dict[str, Any]:
    session = Session()
    session.token = _TOKEN
    return session.build(cmdtype, message, **options)


def _problems(catalogue: Catalogue, frame: dict[str, Any], **options: Any) -> list[str]:
    with pytest.raises(LocalMessageError) as refusal:
        check_request(catalogue, frame, **options)
    return refusal.value.problems


@pytest.mark.parametrize(
    ("cmdtype", "message"),
    [
        (500, {}),
        (501, {"username": "admin", "password": "cipher"}),
        (502, {"username": "admin"}),
        (9999, {}),
        (2, {"default": 1}),
        (1, {"emiss": 0.5, "humi": 100, "isot_high_color": "#Ff0000", "show_desc": "é" * 42}),
        (1, {"emiss_mode": 1, "emiss": 0.06}),
        (3, {"show_type": 1, "rule_list": [_RULE]}),
        (11, {"http_port": 80, "rtsp_port": 554}),
        (506, {"datetime": "2024-02-29 23:59:59"}),
    ],
    ids=repr,
)
def test_what_the_catalogue_allows_passes(catalogue: Catalogue, cmdtype: int, message: dict[str, Any]) -> None:
    check_request(catalogue, _frame(cmdtype, message))


@pytest.mark.parametrize(
    ("cmdtype", "message", "path"),
    [
        (1, {"flag": "1"}, "message.flag"),
        (1, {"flag": True}, "message.flag"),
        (1, {"flag": 1.0}, "message.flag"),
        (1, {"flag": None}, "message.flag"),
        (1, {"flag": 2}, "message.flag"),
        (1, {"humi": 0}, "message.humi"),
        (1, {"humi": 101}, "message.humi"),
        (1, {"dist": "0.5"}, "message.dist"),
        (1, {"dist": float("nan")}, "message.dist"),
        (1, {"emiss": 0.05}, "message.emiss"),
        (1, {"show_desc": "x" * 43}, "message.show_desc"),
        (1, {"isot_high_color": "red"}, "message.isot_high_color"),
        (1, {"nonsense": 1}, "message.nonsense"),
        (3, {"rule_list": {}}, "message.rule_list"),
        (3, {"rule_list": [_RULE | {"emiss": 2}]}, "message.rule_list[0].emiss"),
        (3, {"rule_list": [_RULE, _RULE | {"points": []}]}, "message.rule_list[1].points"),
        (3, {"rule_list": [_RULE | {"points": [{"x": 1}]}]}, "message.rule_list[0].points[0].y"),
        (3, {"rule_list": [_RULE | {"points": [{"x": 1, "y": 1}] * 8}]}, "message.rule_list[0].points"),
        (9, {"ipaddr": "192.168.1.256"}, "message.ipaddr"),
        (13, {"free": 1}, "message.free"),
        (506, {"datetime": "2023-02-29 00:00:00"}, "message.datetime"),
        (506, {"datetime": "2024-02-29T23:59:59"}, "message.datetime"),
        (501, {"username": "admin"}, "message.password"),
        (2, [], "message"),
        (506, None, "message"),
        (506, OMIT, "message"),
    ],
    ids=repr,
)
def test_each_violation_is_named_by_its_path(catalogue: Catalogue, cmdtype: int, message: Any, path: str) -> None:
    frame = _frame(cmdtype, message if message is not None and isinstance(message, dict) else OMIT)
    if message is not OMIT:
        frame["message"] = message
    assert [problem.split(": ")[0] for problem in _problems(catalogue, frame)] == [path]


def test_all_violations_are_listed_at_once(catalogue: Catalogue) -> None:
    problems = _problems(catalogue, _frame(1, {"flag": 7, "humi": 0, "zzz": 1}))
    assert len(problems) == 3


def test_an_unknown_command_is_refused(catalogue: Catalogue) -> None:
    assert _problems(catalogue, _frame(37, {})) == ["cmdtype: a command of the catalogue expected, found 37"]
    assert _problems(catalogue, _frame(2, {}) | {"cmdtype": True}) == [
        "cmdtype: a command of the catalogue expected, found true"
    ]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"action": "response"}, "action"),
        ({"sequence": -1}, "sequence"),
        ({"sequence": 2**64}, "sequence"),
        ({"sequence": "1"}, "sequence"),
        ({"token": 5}, "token"),
        ({"token": ""}, "token"),
        ({"from": 1}, "from"),
        ({"subtype": 1}, "subtype"),
    ],
    ids=repr,
)
def test_the_envelope_is_checked_too(catalogue: Catalogue, change: dict[str, Any], path: str) -> None:
    assert [each.split(": ")[0] for each in _problems(catalogue, _frame(2, {}) | change)] == [path]


def test_a_token_is_required_unless_the_request_is_signed(catalogue: Catalogue) -> None:
    frame = _frame(2, {}, token=OMIT)
    assert _problems(catalogue, frame) == ["token: required, but missing"]
    check_request(catalogue, frame, signed=True)


def test_a_command_without_token_takes_none(catalogue: Catalogue) -> None:
    check_request(catalogue, _frame(500, {}, token=""))
    assert _problems(catalogue, _frame(500, {}, token="x")) == ["token: command 500 must have none (R09)"]


def test_the_devices_own_size_replaces_the_printed_bound(catalogue: Catalogue) -> None:
    frame = _frame(3, {"rule_list": [_RULE | {"points": [{"x": 640, "y": 1}]}]})
    assert len(_problems(catalogue, frame)) == 1
    check_request(catalogue, frame, {"ir_output_w": 640, "ir_output_h": 512})


def test_a_secret_is_not_printed(catalogue: Catalogue) -> None:
    problems = _problems(catalogue, _frame(501, {"username": "admin", "password": 4711}))
    assert len(problems) == 1
    assert "4711" not in problems[0]
