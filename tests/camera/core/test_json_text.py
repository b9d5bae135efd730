"""The fast reader of requests: it accepts nothing that the codec would refuse, and reads the same values."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.client.codec import decode
from conformance.client.errors import RemoteProtocolError
from fixtures.camera.wire.json_text import read_request

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def outcome(read: Any, text: str) -> Any:
    try:
        return json.dumps(read(text), sort_keys=True)
    except RemoteProtocolError as error:
        return error.reason


@given(value=VALUES, ascii_only=st.booleans())
@settings(max_examples=150, deadline=None)
def test_any_json_is_read_like_the_codec_reads_it(value: Any, ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only)

    assert outcome(read_request, text) == outcome(decode, text)


@given(text=st.text(alphabet='{}[]",:0123456789.eE+-\\utrufalsn x', max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_like_the_codec_reads_it(text: str) -> None:
    assert outcome(read_request, text) == outcome(decode, text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"a":1,"a":1}', "duplicate-key"),
        ('{"a":NaN}', "not-a-number"),
        ('{"a":1e999}', "number-too-large"),
        ('{"a":"\\ud800"}', "lone-surrogate"),
        ('{"a":' * 40 + "1" + "}" * 40, "too-deep"),
        ('{"a":' + "9" * 5000 + "}", "number-too-long"),
        ("[1]", "not-object"),
        ("", "not-json"),
    ],
)
def test_what_is_no_request_is_told_by_its_reason(text: str, reason: str) -> None:
    with pytest.raises(RemoteProtocolError) as error:
        read_request(text)

    assert error.value.reason == reason
