"""Appendix V, one state: values that are set over one transport are shown over the other."""

from __future__ import annotations

from conformance import checks
from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from conformance.rules.verdict import CaseInconclusive
from conformance.steps.capabilities import capabilities_of
from conformance.steps.pairs import PAIRS, Pair, compared


@cases(
    Case(
        f"A5/same-state-after-set/{put.cmdtype}",
        f"{put.title}: values that are set over one transport are shown over the other",
        put.safety,
        requirement="A5/same-state-after-set",
        capabilities=("http.login", *capabilities_of(put)),
        writes=(f"pair:{put.cmdtype}",),
        command=put,
    )
    for put, _ in PAIRS
)
async def test_both_transports_show_what_was_set(case: Case, dut: Device) -> None:
    pair, before = await Pair.of(dut, case.subject)
    http = await dut.http()
    for number, writer, reader in ((0, dut.control, http), (1, http, dut.control)):
        message = pair.variant(number, before)
        reply = await pair.send(message, client=writer)
        if not reply.ok:
            raise CaseInconclusive(f"preamble: command {pair.command.cmdtype} answered {checks.describe(reply)}")
        shown = await pair.read(client=reader)
        dut.check(compared("the values set over the other transport", pair.shows(message, shown)))
