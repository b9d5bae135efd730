from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.client import Limits, LocalMessageError, RemoteProtocolError, decode, encode
from conformance.client.codec import push_from, reply_from

_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
_SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | _TEXT
)
_VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4), max_leaves=12
)
_MESSAGES = st.dictionaries(_TEXT, _VALUES, max_size=5)


def _same(one: Any, other: Any) -> bool:
    """Equal in value and in type: 1, 1.0 and true are three things."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


@settings(deadline=None, max_examples=60)
@given(_MESSAGES)
def test_what_is_written_is_read_back_the_same(message: dict[str, Any]) -> None:
    text = encode(message)
    assert _same(decode(text), message)
    assert _same(decode(text.encode("utf-8")), message)


@settings(deadline=None, max_examples=150)
@given(st.text() | st.binary())
def test_any_input_is_read_or_refused_with_a_reason(data: str | bytes) -> None:
    try:
        outcome: object = decode(data)
    except RemoteProtocolError as error:
        outcome = error.reason
    assert isinstance(outcome, dict) or outcome


@pytest.mark.parametrize(
    "number",
    ["0", "-1", "9007199254740993", "18446744073709551615", "1.0", "-0.5", "1e3", "123456789012345678901234567890"],
)
def test_numbers_keep_their_kind_and_every_digit(number: str) -> None:
    value = decode(f'{{"n":{number}}}')["n"]
    assert isinstance(value, float if any(mark in number for mark in ".e") else int)
    assert json.dumps(value) == json.dumps(json.loads(number))


def test_text_beyond_ascii_goes_out_as_it_is() -> None:
    assert encode({"名": "°C\u00e9"}) == '{"名":"°C\u00e9"}'


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("", "not-json"),
        ("{", "not-json"),
        ("{'a':1}", "not-json"),
        ('{"a":1,}', "not-json"),
        ('{"a":01}', "not-json"),
        ('{"a":"\t"}', "not-json"),
        ('{"a":1}{"a":1}', "not-json"),
        ("\ufeff{}", "not-json"),
        ("[]", "not-object"),
        ("null", "not-object"),
        ("1", "not-object"),
        ('"text"', "not-object"),
        ('{"a":1,"a":1}', "duplicate-key"),
        ('{"a":[{"b":1,"\\u0062":2}]}', "duplicate-key"),
        ('{"a":NaN}', "not-a-number"),
        ('{"a":[Infinity]}', "not-a-number"),
        ('{"a":-Infinity}', "not-a-number"),
        ('{"a":1e400}', "number-too-large"),
        ('{"a":%s}' % ("9" * 1_000_000), "number-too-long"),
        ('{"a":0.%s}' % ("9" * 1_000_000), "number-too-long"),
        ('{"a":"\\ud800"}', "lone-surrogate"),
        ('{"\\udfff":1}', "lone-surrogate"),
        ('{"a":["\\ud83d x \\ude00"]}', "lone-surrogate"),
        ('{"a":"\ud800"}', "lone-surrogate"),
        (b'{"a":"\xff"}', "invalid-utf8"),
        (b'{"a":"\xed\xa0\x80"}', "invalid-utf8"),
        (b'{"a":"\xc3', "invalid-utf8"),
        ("[" * 100_000, "too-deep"),
        ('{"a":' * 100_000 + "1" + "}" * 100_000, "too-deep"),
    ],
)  # fmt: skip
def test_what_is_no_strict_json_object_is_refused_by_name(data: str | bytes, reason: str) -> None:
    with pytest.raises(RemoteProtocolError) as refusal:
        decode(data)
    assert refusal.value.reason == reason


def test_a_pair_of_surrogate_escapes_is_one_character() -> None:
    assert decode('{"a":"\\ud83d\\ude00"}') == {"a": "\U0001f600"}


def test_nesting_is_allowed_up_to_the_limit() -> None:
    limits = Limits(max_depth=3)
    assert decode('{"a":[{"b":"[[[["}]}', limits)
    with pytest.raises(RemoteProtocolError) as refusal:
        decode('{"a":[{"b":[]}]}', limits)
    assert refusal.value.reason == "too-deep"


def test_nesting_beyond_what_the_host_can_follow_is_refused_too() -> None:
    with pytest.raises(RemoteProtocolError) as refusal:
        decode('{"a":' + "[" * 100_000 + "]" * 100_000 + "}", Limits(max_depth=10**9))
    assert refusal.value.reason == "too-deep"


@pytest.mark.parametrize("data", ['{"a":"éé"}', '{"a":"éé"}'.encode()])
def test_size_counts_bytes_not_characters(data: str | bytes) -> None:
    assert decode(data, Limits(max_bytes=12))
    with pytest.raises(RemoteProtocolError) as refusal:
        decode(data, Limits(max_bytes=11))
    assert refusal.value.reason == "too-large"


def test_many_tiny_values_are_refused_before_they_fill_the_memory() -> None:
    with pytest.raises(RemoteProtocolError) as refusal:
        decode('{"a":[' + "[]," * 2_000 + "[]]}", Limits(max_parts=1_000))
    assert refusal.value.reason == "too-many-values"


def test_the_error_tells_whose_answer_a_doubled_key_spoilt() -> None:
    with pytest.raises(RemoteProtocolError) as refusal:
        decode('{"sequence":7,"cmdtype":2,"message":{"a":1,"a":2}}')
    assert refusal.value.frame is not None
    assert refusal.value.frame["sequence"] == 7


def test_an_error_carries_no_more_than_the_beginning() -> None:
    with pytest.raises(RemoteProtocolError) as refusal:
        decode("x" * 1_000_000)
    assert len(refusal.value.data) == 4096


@pytest.mark.parametrize(
    "message",
    [
        {"a": float("nan")},
        {"a": [float("inf")]},
        {"a": "\ud800"},
        {"\udfff": 1},
        {1: "a"},
        {"a": {None: 1}},
        {"a": b"bytes"},
        {"a": {1, 2}},
    ],
    ids=repr,
)
def test_what_json_cannot_carry_is_our_own_error(message: dict[Any, Any]) -> None:
    with pytest.raises(LocalMessageError) as refusal:
        encode(message)
    assert refusal.value.problems


def test_a_message_that_holds_itself_is_our_own_error() -> None:
    message: dict[str, Any] = {}
    message["a"] = message
    with pytest.raises(LocalMessageError):
        encode(message)


_REPLY = {"action": "response", "cmdtype": 2, "sequence": 7, "retcode": 0, "retmsg": "success", "message": None}


@pytest.mark.parametrize("message", [None, {}, {"a": 1}])
def test_a_reply_is_judged_by_its_code_alone(message: dict[str, Any] | None) -> None:
    reply = reply_from(_REPLY | {"message": message, "retmsg": "failed"}, "raw", 1.5)
    assert reply.ok
    assert reply.message == message
    assert (reply.raw, reply.received) == ("raw", 1.5)


@pytest.mark.parametrize("change", [{"retcode": "0"}, {"sequence": 1.0}, {"cmdtype": True}, {"message": []}], ids=repr)
def test_a_reply_without_a_usable_envelope_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(RemoteProtocolError) as refusal:
        reply_from(_REPLY | change, "raw", 0.0)
    assert refusal.value.reason == "bad-envelope"


def test_a_reply_shows_no_token_in_its_representation() -> None:
    secret = "0123456789abcdef0123456789abcdef"
    envelope = _REPLY | {"message": {"token": secret}}
    assert secret not in repr(reply_from(envelope, json.dumps(envelope), 0.0))


@pytest.mark.parametrize(
    ("keys", "body"),
    [
        ({"content": {"a": 1}}, {"a": 1}),
        ({"message": {"a": 1}}, {"a": 1}),
        ({"content": {"a": 1}, "message": {"b": 1}}, {"a": 1}),
        ({"content": None, "message": {"b": 1}}, {"b": 1}),
        ({}, {}),
    ],
    ids=repr,
)
def test_the_body_of_a_push_is_its_content_or_its_message(keys: dict[str, Any], body: dict[str, Any]) -> None:
    assert push_from({"action": "notify", "cmdtype": 1000, "sequence": 1} | keys, "raw", 0.0).body == body
