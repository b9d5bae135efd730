from __future__ import annotations

import hashlib
import json
import math
from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.metrology import (
    Budget,
    Component,
    Decision,
    GuardBand,
    Limits,
    Measurement,
    NonBinary,
    ReportOnly,
    raw_data_hash,
)

BUDGET = Budget("error at 100 degC", "K", (Component.normal("blackbody", 0.6, 2),))
WHOLE: dict[str, Any] = {
    "name": "error at 100 degC",
    "value": 1.3,
    "unit": "K",
    "limits": Limits.symmetric(2),
    "rule": NonBinary(),
    "budget": BUDGET,
    "raw_hash": raw_data_hash(b"101.2\n101.4\n"),
}


def test_a_whole_measurement_is_decided_by_its_rule() -> None:
    measured = Measurement(**WHOLE)
    assert measured.decision is Decision.PASS
    assert measured.reason == ""
    assert (measured.U, measured.k) == pytest.approx((0.6, 2.0), abs=1e-5)
    assert measured.conformance == pytest.approx(0.990185, abs=1e-6)
    assert Measurement(**WHOLE | {"value": 1.6}).decision is Decision.CONDITIONAL_PASS


@pytest.mark.parametrize(
    ("missing", "reason"),
    [
        ({"value": None}, "no value was measured"),
        ({"value": math.nan}, "not a finite number"),
        ({"value": -math.inf}, "not a finite number"),
        ({"value": "1.3"}, "not a finite number"),
        ({"value": True}, "not a finite number"),
        ({"budget": None}, "no uncertainty budget"),
        ({"limits": None}, "no limits"),
        ({"rule": None}, "no decision rule"),
        ({"raw_hash": ""}, "no SHA-256"),
        ({"raw_hash": "abc"}, "no SHA-256"),
        ({"unit": "mK"}, "the budget is in K, the value in mK"),
        ({"name": ""}, "no name"),
        ({"missing": "the blackbody never became stable"}, "the blackbody never became stable"),
        ({"rule": GuardBand(factor=5)}, "nothing could be accepted"),
    ],
)
def test_a_measurement_that_lacks_something_is_an_error(missing: dict[str, Any], reason: str) -> None:
    measured = Measurement(**WHOLE | missing)
    assert measured.decision is Decision.ERROR
    assert reason in measured.reason
    assert measured.conformance is None
    record = json.loads(json.dumps(measured.as_record(), allow_nan=False))
    assert record["decision"] == "error"
    assert reason in record["reason"]


def test_numbers_of_numpy_are_numbers() -> None:
    budget = Budget("e", "K", (Component.rectangular("one", np.float32(0.5), sensitivity=np.float32(2)),))
    record = Measurement(**WHOLE | {"value": np.float32(1.25), "budget": budget}).as_record()
    assert json.loads(json.dumps(record, allow_nan=False))["value"] == 1.25


def test_a_measurement_with_nothing_but_a_name_is_an_error() -> None:
    assert Measurement("error at 100 degC", None, "K").decision is Decision.ERROR


def test_a_quantity_nobody_limits_has_to_be_called_so() -> None:
    measured = Measurement(**WHOLE | {"limits": None, "rule": ReportOnly()})
    assert measured.decision is Decision.REPORTED
    assert not measured.decision.accepted
    assert Measurement(**WHOLE | {"value": math.nan, "rule": ReportOnly()}).decision is Decision.ERROR


@given(st.sets(st.sampled_from(["value", "limits", "rule", "budget", "raw_hash"]), min_size=1))
def test_no_set_of_missing_pieces_is_ever_accepted(pieces: set[str]) -> None:
    measured = Measurement(**WHOLE | {piece: "" if piece == "raw_hash" else None for piece in pieces})
    assert measured.decision is Decision.ERROR


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_any_number_at_all_gives_a_record_of_plain_json(value: float) -> None:
    record = Measurement(**WHOLE | {"value": value}).as_record()
    assert json.loads(json.dumps(record, allow_nan=False)) == record


def test_the_record_carries_what_a_certificate_needs() -> None:
    record = Measurement(**WHOLE).as_record()
    assert record["value"] == 1.3
    assert record["limits"] == {"lower": -2, "upper": 2}
    assert record["rule"].startswith("non-binary")
    assert record["budget"]["components"][0]["name"] == "blackbody"
    assert record["budget"]["U"] == record["U"]
    assert len(record["raw_sha256"]) == 64


def test_a_measurement_cannot_be_changed_nor_its_decision_dictated() -> None:
    measured = Measurement(**WHOLE)
    with pytest.raises(FrozenInstanceError):
        measured.value = 0.0  # type: ignore[misc]
    with pytest.raises(TypeError):
        Measurement(**WHOLE, decision=Decision.PASS)


def test_raw_data_are_hashed_as_filed_or_as_little_endian_doubles() -> None:
    assert raw_data_hash(b"abc") == hashlib.sha256(b"abc").hexdigest()
    numbers = [1.5, -2.0]
    assert raw_data_hash(numbers) == raw_data_hash(np.array(numbers)) == raw_data_hash(np.array(numbers, dtype=">f8"))
    assert raw_data_hash(numbers) == hashlib.sha256(bytes.fromhex("000000000000f83f00000000000000c0")).hexdigest()
    with pytest.raises(ValueError, match="no raw data"):
        raw_data_hash(b"")


def test_a_result_is_stated_with_its_uncertainty_and_its_decision() -> None:
    assert Measurement(**WHOLE).stated == "error at 100 degC: 1.3 K ± 0.6 K (k = 2.00), pass"
    doubtful = Measurement(**WHOLE | {"value": 1.6})
    assert doubtful.stated == "error at 100 degC: 1.6 K ± 0.6 K (k = 2.00), conditional pass"
    assert Measurement(**WHOLE | {"value": math.nan}).stated == (
        "error at 100 degC: no value (the value is not a finite number but nan)"
    )


@pytest.mark.parametrize(
    ("limits", "text"),
    [
        (Limits(-2, 3), "within -2 and 3 K"),
        (Limits(upper=3), "at most 3 K"),
        (Limits(lower=-2), "at least -2 K"),
    ],
)
def test_the_demand_names_the_limits_and_the_rule(limits: Limits, text: str) -> None:
    assert Measurement(**WHOLE | {"limits": limits}).demanded == f"error at 100 degC: {text} ({NonBinary().text})"


def test_a_ratio_is_stated_without_its_unit() -> None:
    budget = Budget("ratio", "1", (Component.normal("reference", 0.6, unit="1"),))
    ratio = Measurement(**WHOLE | {"unit": "1", "budget": budget})
    assert ratio.stated == "error at 100 degC: 1.3 ± 0.6 (k = 2.00), pass"
    assert ratio.demanded.startswith("error at 100 degC: within -2 and 2 (")


def test_nothing_is_demanded_of_a_value_that_is_only_reported() -> None:
    assert Measurement(**WHOLE | {"rule": ReportOnly()}).demanded == "error at 100 degC: a value, without limits"
