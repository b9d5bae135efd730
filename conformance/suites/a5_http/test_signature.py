"""Appendix V, signed requests (II.5, R101): a right signature serves without a login, and a wrong one is refused."""

from __future__ import annotations

from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.steps.signatures import (
    FORGED,
    SIGNED,
    Sign,
    is_bound_to_its_content,
    is_bound_to_its_path,
    is_refused_when_forged,
    is_served,
)


@case("A5/signed", "A signed request must be served without a login", capabilities=SIGNED, quick=True)
async def test_a_signed_request_is_served(case: Case, dut: Device) -> None:
    await is_served(dut)


_LABELS = ("wrong", "expired", "expired-lately", "half", "garbage", "other-key", "other-algorithm-signed")


@cases(
    Case(
        f"A5/signed/{label}",
        f"A signature {FORGED[label].title} must be refused",
        requirement="A5/signed-wrong",
        capabilities=SIGNED,
        data=FORGED[label].sign,
        quick=label == "wrong",
    )
    for label in _LABELS
)
async def test_a_wrong_signature_is_refused(case: Case[Sign], dut: Device) -> None:
    await is_refused_when_forged(dut, case.data)


@case(
    "A5/signed/used-before",
    "A signature that is right for one request must be refused for another",
    requirement="A5/signed-wrong",
    capabilities=SIGNED,
)
async def test_a_signature_is_good_for_its_own_content(case: Case, dut: Device) -> None:
    await is_bound_to_its_content(dut)


@case(
    "A5/signed/other-path",
    "A signature of the other printed path must be refused",
    requirement="A5/signed-wrong",
    capabilities=SIGNED,
)
async def test_a_signature_is_good_for_its_own_path(case: Case, dut: Device) -> None:
    await is_bound_to_its_path(dut)
