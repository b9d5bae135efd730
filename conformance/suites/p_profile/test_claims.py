"""P, claims: the device has what the profile claims, and lacks what the profile denies."""

from __future__ import annotations

from conformance import checks
from conformance.catalogue import Safety, load
from conformance.catalogue.model import Capability, Keyword
from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from conformance.steps import waiting

_CATALOGUE = load()


@cases(
    Case(
        f"P/{capability.id}",
        f"The claim of the profile must be true: {capability.title}",
        requirement="P/claims",
        quick=True,
        data=capability,
    )
    for capability in _CATALOGUE.capabilities.values()
    if capability.probe is not None
)
async def test_the_profile_tells_the_truth(case: Case[Capability], dut: Device) -> None:
    capability = case.data
    assert capability.probe is not None
    reply = await waiting.ask_when_ready(dut, capability.probe, {})
    if dut.profile.has(capability.id):
        dut.demand(
            reply.ok,
            f"command {capability.probe} succeeds, as the profile says yes to {capability.id}",
            checks.describe(reply),
        )
    else:
        dut.demand(
            not reply.ok,
            f"command {capability.probe} is refused, as the profile says no to {capability.id}",
            checks.describe(reply),
            keyword=Keyword.SHOULD,
        )


@cases(
    Case(
        f"P/{capability.id}",
        f"The claim of the profile must be true: {capability.title}",
        Safety.REVERSIBLE if capability.id.startswith("upload.") else Safety.READ_ONLY,
        requirement="P/claims",
        data=capability,
    )
    for capability in _CATALOGUE.capabilities.values()
    if capability.id.startswith(("http.", "upload.", "video.", "fire."))
)
async def test_the_profile_tells_the_truth_of_ports_and_paths(case: Case[Capability], dut: Device) -> None:
    capability = case.data
    answer = await dut.claims(capability.id)
    if dut.profile.has(capability.id):
        dut.demand(answer.found is not False, f"{capability.id} is there, as the profile says yes to it", answer.seen)
    else:
        denied = f"{capability.id} is not there, as the profile says no to it"
        dut.demand(answer.found is not True, denied, answer.seen, keyword=Keyword.SHOULD)
