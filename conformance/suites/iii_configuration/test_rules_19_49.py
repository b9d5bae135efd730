"""III.19 to III.49, the rules that no single field states: dependencies, counts, ranges that depend on each other."""

from __future__ import annotations

from typing import NamedTuple

from conformance import checks
from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from conformance.steps.pairs import CATALOGUE, Pair, set_case

_COMMANDS = CATALOGUE.commands


# 19 and after: durations and their flags

_HOLDING = {19: "light", 21: "light", 27: "light", 29: "light", 47: "output", 51: "output", 55: "output", 57: "output"}


class _Hold(NamedTuple):
    """A hold by the name of what is held, and how long it is."""

    name: str
    seconds: int

    @property
    def legal(self) -> bool:
        return 10 <= self.seconds <= 300


@cases(
    set_case(
        _COMMANDS[number],
        f"hold/{hold.seconds}",
        "hold",
        f"a hold of {hold.seconds} s is {'kept' if hold.legal else 'refused'} while its flag is 1",
        data=hold,
    )
    for number, name in _HOLDING.items()
    for hold in (_Hold(name, seconds) for seconds in (9, 10, 300, 301))
)
async def test_a_hold_is_10_to_300_seconds(case: Case[_Hold], dut: Device) -> None:
    hold = case.data
    pair, _ = await Pair.of(dut, case.subject)
    message = {f"{hold.name}_flag": 1, f"{hold.name}_hold": hold.seconds}
    if hold.legal:
        await pair.keeps(message)
    else:
        await pair.refuses(message, "R22")


@cases(
    set_case(
        _COMMANDS[number],
        "hold/0-and-flag-0",
        "hold",
        "a hold of 0 s is accepted or refused while its flag is 0",
        data=name,
    )
    for number, name in _HOLDING.items()
)
async def test_a_hold_of_0_needs_flag_0(case: Case[str], dut: Device) -> None:
    pair, before = await Pair.of(dut, case.subject)
    message = {f"{case.data}_flag": 0, f"{case.data}_hold": 0}
    reply = await pair.send(message)
    dut.judgement.observe("R160", str(reply.retcode))
    if not reply.ok:
        dut.check(checks.refused(CATALOGUE, reply, "R22"))
    await pair.is_still(before, but=message if reply.ok else None)


# 23: main frames


class _MainFrames(NamedTuple):
    """The type of a stream, its frame rate, and its interval of main frames in pictures."""

    kind: int
    fps: int
    gop_size: int

    @property
    def legal(self) -> bool:
        return self.gop_size <= 2 * self.fps


@cases(
    set_case(
        _COMMANDS[23],
        f"gop-size/{label}-{kind}",
        "gop",
        f"gop_size {gop_size} is {'kept' if gop_size <= 2 * fps else 'refused'} at {fps} fps for the stream {kind}",
        data=_MainFrames(kind, fps, gop_size),
    )
    for kind in (1, 2, 3, 4)
    for label, fps, gop_size in (
        ("twice-fps", 10, 20),
        ("above-twice-fps", 10, 21),
        ("twice-fps-25", 25, 50),
        ("above-twice-fps-25", 25, 51),
    )
)
async def test_a_main_frame_comes_within_two_seconds(case: Case[_MainFrames], dut: Device) -> None:
    kind, fps, gop_size = case.data
    pair, _ = await Pair.of(dut, case.subject)
    message = {"params": [{"type": kind, "fps": fps, "gop_size": gop_size}]}
    if case.data.legal:
        await pair.keeps(message)
    else:
        await pair.refuses(message, "R22")


@cases(
    [set_case(_COMMANDS[23], "gop-size/above-present-fps", "gop", "a gop_size above twice the present fps is refused")]
)
async def test_gop_size_is_held_against_the_present_fps(case: Case, dut: Device) -> None:
    pair, _ = await Pair.of(dut, case.subject)
    await pair.send({"params": [{"type": 1, "fps": 10, "gop_size": 20}]})
    await pair.refuses({"params": [{"type": 1, "gop_size": 21}]}, "R22")


# 31, 45, 49: recipients and ports


_MOST_RECIPIENTS = 5


@cases(
    set_case(
        _COMMANDS[31],
        f"recipients/{count}",
        "recipients",
        f"a list of length {count} is {'kept' if count <= _MOST_RECIPIENTS else 'refused'}",
        data=count,
    )
    for count in (1, 5, 6, 8)
)
async def test_up_to_five_recipients_are_kept(case: Case[int], dut: Device) -> None:
    pair, _ = await Pair.of(dut, case.subject)
    message = {"mailto": [f"someone-{index}@example.com" for index in range(case.data)]}
    if case.data <= _MOST_RECIPIENTS:
        await pair.keeps(message)
    else:
        await pair.refuses(message, "R22")


@cases(
    set_case(_COMMANDS[number], "port-0-and-flag-1", "port", "port 0 is refused while the flag is 1")
    for number in (45, 49)
)
async def test_port_0_needs_flag_0(case: Case, dut: Device) -> None:
    pair, _ = await Pair.of(dut, case.subject)
    await pair.refuses({"flag": 1, "serverport": 0}, "R22")


# 39: two modes, counted from 0 or from 1 (R53)


@cases([set_case(_COMMANDS[39], "two-modes", "set", "two modes are kept, and all others are refused")])
async def test_there_are_two_infrared_modes(case: Case, dut: Device) -> None:
    pair, before = await Pair.of(dut, case.subject)
    for mode in (0, 1, 0):
        await pair.keeps({"mode": mode})
    for mode in (-1, 2, 3):
        await pair.refuses({"mode": mode}, "R22")
    await pair.send({"mode": before["mode"]})
