from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.client import RemoteProtocolError, split_access_units
from conformance.client.access_units import AccessUnitSplitter

_SPS = b"\x00\x00\x00\x01\x67\x42\x00\x1e"
_PPS = b"\x00\x00\x00\x01\x68\xce\x38"
_SEI = b"\x00\x00\x01\x06\x05\x01"
_AUD = b"\x00\x00\x00\x01\x09\xf0"
_IDR = b"\x00\x00\x00\x01\x65\x88\x84"
_FIRST = b"\x00\x00\x00\x01\x41\x9a\x01"
_NEXT_SLICE = b"\x00\x00\x01\x41\x3a\x02"
_END = b"\x00\x00\x01\x0a"

_STREAMS = [
    [_SPS + _PPS + _IDR, _FIRST, _FIRST],
    [_AUD + _SPS + _PPS + _IDR, _AUD + _FIRST, _AUD + _FIRST],
    [_SPS + _PPS + _IDR, _FIRST + _NEXT_SLICE + _NEXT_SLICE, _SEI + _FIRST],
    [_SPS + _PPS + _SEI + _IDR, _SPS + _PPS + _IDR + _END],
    [_SPS + _PPS],
    [b"no start code at all"],
]


@pytest.mark.parametrize("units", _STREAMS)
@pytest.mark.parametrize("piece", [1, 2, 3, 5, 1000])
def test_units_begin_at_delimiters_parameter_sets_and_first_slices(units: list[bytes], piece: int) -> None:
    stream = b"".join(units)
    splitter = AccessUnitSplitter()
    found = [unit for start in range(0, len(stream), piece) for unit in splitter.feed(stream[start : start + piece])]
    found.append(splitter.flush())
    assert found == units
    assert split_access_units(stream) == units


def test_an_empty_stream_has_no_units() -> None:
    assert split_access_units(b"") == []


@settings(deadline=None, max_examples=200)
@given(st.lists(st.sampled_from([_SPS, _PPS, _AUD, _IDR, _FIRST, _NEXT_SLICE, b"\x00", b"\x00\x00\x01", b"\x41"])))
def test_no_byte_is_lost_or_added_whatever_comes(parts: list[bytes]) -> None:
    stream = b"".join(parts)
    units = split_access_units(stream)
    assert b"".join(units) == stream
    assert all(units)


def test_a_unit_without_end_is_refused() -> None:
    splitter = AccessUnitSplitter(max_bytes=1_000)
    with pytest.raises(RemoteProtocolError) as refusal:
        splitter.feed(_IDR + b"\xff" * 1_000)
    assert refusal.value.reason == "too-large"
