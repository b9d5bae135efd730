"""Command 524: turning off ends the present alarm, and leaves the settings for the next one as they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from conformance import checks
from conformance.catalogue import Safety
from conformance.catalogue.json_types import JsonObject
from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from conformance.steps.capabilities import capabilities_of
from conformance.steps.linkage import EVENTS, event_of, happen, linkage_of
from conformance.steps.pairs import CATALOGUE, Pair


@cases(
    Case(
        f"IV.524/keeps/{number}",
        f"Command 524 must not change what command {number} has set",
        Safety.REVERSIBLE,
        requirement="IV.524/keeps",
        capabilities=capabilities_of(524, number),
        writes=(f"pair:{number}",),
        command=CATALOGUE.commands[number],
    )
    for number in (event.number for event in EVENTS)
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
        dut.demand(
            not found,
            "the settings as they were, because only the present alarm ends",
            "; ".join(found) or "as expected",
        )


def _switched_on(settings: JsonObject) -> JsonObject:
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
        f"Command 524 must be accepted {what}",
        CATALOGUE.commands[524].safety,
        requirement="IV.524/done",
        capabilities=capabilities_of(524),
        command=CATALOGUE.commands[524],
        data=message,
        quick=label == "output",
    )
    for label, what, message in (
        ("sound", "for the sound", {"type": 0}),
        ("output", "for the output", {"type": 1}),
        ("both", "for both sound and output", {"type": 2}),
        ("without-type", "without a type", {}),
    )
)
async def test_turning_off_is_done(case: Case[dict[str, int]], dut: Device) -> None:
    await dut.succeeds(524, case.data)


_ALARM = event_of(21)


class _TurnOff(NamedTuple):
    """A message of 524, and what is on after it."""

    message: Mapping[str, int]
    left: Mapping[str, bool]


def _state(on: Mapping[str, object]) -> str:
    return ", ".join(f"the {name} {'on' if flag else 'off'}" for name, flag in on.items())


@cases(
    Case(
        f"IV.524/turns-off/{label}",
        f"Command 524 must stop what an alarm has set off: {what}",
        Safety.REVERSIBLE,
        requirement="IV.524/effect",
        capabilities=("measurement", "temperature-alarm", "alarm-output"),
        stimuli=("clock",),
        writes=("pair:21", "pair:3"),
        waits_s=20,
        data=turn_off,
    )
    for label, what, turn_off in (
        ("sound", "the sound for type 0", _TurnOff({"type": 0}, {"output": True, "sound": False})),
        ("output", "the output for type 1", _TurnOff({"type": 1}, {"output": False, "sound": True})),
        ("both", "sound and output for type 2", _TurnOff({"type": 2}, {"output": False, "sound": False})),
        ("without-type", "the output without a type", _TurnOff({}, {"output": False, "sound": True})),
    )
)
async def test_what_was_set_off_is_turned_off(case: Case[_TurnOff], dut: Device) -> None:
    """R80; it is not said whether the flash belongs to the output."""
    left = case.data.left
    sound = {**linkage_of(_ALARM, "sound"), "audio_playvalue": 60}
    await _ALARM.apply_settings(dut, **linkage_of(_ALARM, "output"), **sound)
    await happen(dut, _ALARM)
    await dut.succeeds(524, case.data.message)
    state = await dut.stimulus.do("state")
    found = {name: state.get(name) for name in left}
    dut.demand(found == left, _state(left), _state(found))
    await dut.succeeds(524, {"type": 2})
