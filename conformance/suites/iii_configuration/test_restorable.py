"""III, restorability: values that were there before are accepted again in the place of others.

Judged before other cases, because the run writes no more to a device on which this fails: it could not be restored, and
its other cases could only end in errors.
"""

from __future__ import annotations

from conformance import checks
from conformance.dut.device import Device
from conformance.restoration import writable
from conformance.rules.case import Case, cases
from conformance.steps.pairs import LINK_COMMANDS, PAIRS, Pair, compared, set_case


@cases(
    set_case(command, "there-and-back", "back", "values from before are accepted again in the place of others")
    for command, _ in PAIRS
    if command.cmdtype not in LINK_COMMANDS
)
async def test_what_was_there_is_written_back(case: Case, dut: Device) -> None:
    """Other cases judge whether a whole configuration is accepted; one that is must replace the last."""
    pair, before = await Pair.of(dut, case.subject)
    own = writable(case.subject, before)
    for message in (pair.variant(0, before), pair.variant(1, before), own):
        reply = await pair.send(message)
        after = await pair.read()
        found = pair.shows(message, after) if reply.ok else []
        dut.check(compared("the values that were sent last, and none from before", found))
        # A device must accept what it shows, where the table allows it; not what it shows by a tolerance (a hold of 0).
        legal = checks.conforms(case.subject.request, own, dut.sizes)
        if message is own and not legal.findings and not legal.observations:
            dut.check(checks.success(reply))
