"""Command 524: turning off ends the present alarm, and leaves the settings for the next one as they are."""

from __future__ import annotations

from typing import Any

from conformance import checks
from conformance.catalogue import Safety
from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from conformance.steps.capabilities import capabilities_of
from conformance.steps.pairs import CATALOGUE, Pair

_LINKED = (19, 21, 25, 27, 29, 47, 51, 55, 57)
"""The commands that set what an event switches on."""


@cases(
    Case(
        f"IV.524/keeps/{number}",
        f"Turning off must not change what {number} has set",
        Safety.REVERSIBLE,
        requirement="IV.524/keeps",
        capabilities=capabilities_of(524, number),
        writes=(f"pair:{number}",),
        command=CATALOGUE.commands[number],
    )
    for number in _LINKED
)
async def test_turning_off_leaves_what_is_set(case: Case, dut: Device) -> None:
    pair, before = await Pair.of(dut, case.subject)
    sent = [pair.variant(variant, before) for variant in (0, 1)]
    for settings in (*sent, _switched_on(sent[0])):
        # A refusal is judged by the command itself; what counts here is what is set now.
        await pair.send(settings)
        wanted = await pair.read()
        for message in ({"type": 0}, {"type": 1}, {"type": 2}, {}):
            await dut.succeeds(524, message)
        found = checks.differences(pair.get.reply, wanted, await pair.read())
        dut.demand(not found, "the settings as they were: only the present alarm ends", "; ".join(found) or "so")


def _switched_on(settings: dict[str, Any]) -> dict[str, Any]:
    """The same settings with everything switched on that an event may set off."""
    changed = dict(settings)
    for name in settings:
        if name.endswith("_flag"):
            changed[name] = 1
        elif name.endswith("_hold"):
            changed[name] = 30
    return changed


@cases(
    Case(
        f"IV.524/{label}",
        f"Command 524 must turn off {what}",
        CATALOGUE.commands[524].safety,
        requirement="IV.524/done",
        capabilities=capabilities_of(524),
        command=CATALOGUE.commands[524],
        data=message,
        quick=label == "output",
    )
    for label, what, message in (
        ("sound", "the sound", {"type": 0}),
        ("output", "the output", {"type": 1}),
        ("both", "both sound and output", {"type": 2}),
        ("without-type", "an alarm without a type", {}),
    )
)
async def test_turning_off_is_done(case: Case[dict[str, int]], dut: Device) -> None:
    await dut.succeeds(524, case.data)
