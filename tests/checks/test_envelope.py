from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from conformance import checks
from conformance.checks import envelope_problems
from conformance.client import Reply

Answer = Callable[..., Reply]

_REQUEST = {"action": "request", "cmdtype": 2, "sequence": 7, "message": {}}
_REPLY = {"action": "response", "cmdtype": 2, "sequence": 7, "retcode": 0, "retmsg": "success", "message": None}


def test_every_fault_of_an_envelope_is_a_finding(answer: Answer) -> None:
    request = {"cmdtype": 1, "sequence": 7}
    assert checks.envelope(request, answer()).findings == []
    result = checks.envelope(request, answer(action="request", cmdtype=2, sequence=8, retmsg=""))
    assert len(result.findings) == 4
    assert {finding.check for finding in result.findings} == {"envelope"}


@pytest.mark.parametrize(
    "change",
    [{}, {"message": {}}, {"message": {"a": 1}}, {"retcode": 10002, "retmsg": "x"}, {"unknown": 1}],
    ids=repr,
)
def test_a_well_formed_reply_has_no_problems(change: dict[str, Any]) -> None:
    assert envelope_problems(_REQUEST, _REPLY | change) == []


def test_a_reply_may_leave_the_message_out() -> None:
    assert envelope_problems(_REQUEST, {key: _REPLY[key] for key in _REPLY if key != "message"}) == []


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("action", ["request", "notify", "Response", None, 1]),
        ("cmdtype", [3, "2", 2.0, True, None]),
        ("sequence", [8, "7", 7.0, True, None]),
        ("retcode", ["0", 0.0, False, None]),
        ("retmsg", ["", None, 0, []]),
        ("message", [[], "", 0, False]),
    ],
)
def test_each_wrong_key_of_a_reply_is_named(key: str, values: list[Any]) -> None:
    for value in values:
        problems = envelope_problems(_REQUEST, _REPLY | {key: value})
        assert [problem.split(":")[0] for problem in problems] == [key]
    if key != "message":
        missing = {name: value for name, value in _REPLY.items() if name != key}
        assert len(envelope_problems(_REQUEST, missing)) == 1


def test_true_is_not_the_sequence_one() -> None:
    assert envelope_problems(_REQUEST | {"sequence": 1}, _REPLY | {"sequence": True})


@pytest.mark.parametrize(
    ("addresses", "allowed"),
    [
        ({}, True),
        ({"from": "c", "to": "d"}, True),
        ({"from": "d", "to": "c"}, True),
        ({"from": "c"}, True),
        ({"to": "d"}, True),
        ({"from": "c", "to": "c"}, False),
        ({"from": "x", "to": "d"}, False),
        ({"from": "", "to": ""}, False),
        ({"from": None}, False),
    ],
    ids=repr,
)
def test_addresses_come_back_unchanged_swapped_or_not_at_all(addresses: dict[str, Any], allowed: bool) -> None:
    problems = envelope_problems(_REQUEST | {"from": "c", "to": "d"}, _REPLY | addresses)
    assert (problems == []) is allowed


def test_addresses_nobody_asked_for_are_no_problem() -> None:
    assert envelope_problems(_REQUEST, _REPLY | {"from": "", "to": "d"}) == []
