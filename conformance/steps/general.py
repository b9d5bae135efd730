"""General information (500) against the settings that it repeats: two commands that have to agree.

Either of the two can be the one that is wrong, so each of these steps is judged for 500 and for the command that sets.
"""

from __future__ import annotations

import base64
from typing import NamedTuple

from conformance import checks
from conformance.dut.device import Device
from conformance.rules.verdict import CaseInconclusive
from conformance.steps.capabilities import capabilities_of
from conformance.steps.needs import Needs

__all__ = ["TEXTS", "Text", "judge_gears", "judge_infrared_mode", "judge_language", "judge_text", "setting_needs"]

_FAR_GEAR = 60
# A picture as long as a small logo; a device need not decode it.
_LOGO = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 2).decode()


class Text(NamedTuple):
    """A text that command 15 sets as `name` and 500 shows as `shown_as`, and values to set it to."""

    name: str
    shown_as: str
    values: tuple[str, ...]


TEXTS = (
    Text("name", "systemname", ("gate 7 north", "yard")),
    Text("copyright", "copyright", ("(c) somebody, 2031", "nobody")),
    Text("logo", "logo", (_LOGO,)),
)


def setting_needs(number: int) -> Needs:
    """What a case about a setting of command `number` needs and writes."""
    return {"capabilities": capabilities_of(number), "writes": (f"pair:{number}",)}


async def judge_text(dut: Device, setting: Text) -> None:
    """Judge that 500 shows the text that command 15 sets."""
    set_now, shown_now = (await dut.must(16)).get(setting.name), (await dut.must(500)).get(setting.shown_as)
    if set_now != shown_now:
        # A device may show a text of its own there; only what followed command 15 before has to follow it now.
        dut.judgement.observe("500", f"{setting.shown_as} is not the {setting.name} of command 16")
    for value in setting.values:
        reply = await dut.ask(15, {setting.name: value}, legal=False)
        if not reply.ok or (await dut.must(16)).get(setting.name) != value:
            raise CaseInconclusive(f"preamble: {setting.name} is not kept (III.15)")
        shown = (await dut.get(500)).get(setting.shown_as)
        follows = shown == value or shown is None or (set_now != shown_now and shown == shown_now)
        dut.demand(follows, f"{setting.shown_as} {value[:40]!r}", f"{setting.shown_as} {str(shown)[:40]!r}")


async def judge_language(dut: Device) -> None:
    """Judge that 500 shows the language that command 15 sets (R142)."""
    words = {"chinese": 0, "english": 1}
    for language in (1, 0, 1):
        if not (await dut.ask(15, {"language": language}, legal=False)).ok:
            dut.judgement.observe("500", f"language {language} is not supported")
            continue
        shown = (await dut.get(500)).get("language")
        if shown not in words:
            dut.judgement.observe("R142", f"language {language}: {shown!r}")
        dut.demand(
            words.get(str(shown), language) == language, f"the language {language} (R142)", f"language {shown!r}"
        )


async def judge_infrared_mode(dut: Device) -> None:
    """Judge that 500 shows the infrared mode that command 39 sets (R53)."""
    # It is open from which number 39 counts (R53): the lower of the two that it accepts is the single light.
    seen = [
        (await dut.get(500)).get("ir_mode") for mode in (0, 1, 2) if (await dut.ask(39, {"mode": mode}, legal=False)).ok
    ]
    if len(seen) != 2:
        raise CaseInconclusive(f"{len(seen)} modes are accepted, not two (III.39)")
    dut.demand(seen in ([None, None], [0, 1]), "ir_mode 0, then 1 (R53)", f"ir_mode {seen[0]!r}, then {seen[1]!r}")


async def judge_gears(dut: Device) -> None:
    """Judge that the gears that 500 lists are those that command 1 accepts."""
    gears = [gear for gear in (await dut.get(500)).get("gears") or [] if isinstance(gear, dict)]
    upside_down = [gear for gear in gears if {"min", "max"} <= gear.keys() and gear["min"] >= gear["max"]]
    dut.demand(
        not upside_down,
        "gears whose min is below their max",
        checks.short(upside_down) if upside_down else "as expected",
    )
    if "gear" not in await dut.must(2):
        dut.judgement.observe("500", "command 2 shows no gear")
        return
    accepted = [
        gear for gear in (*range(len(gears) + 2), _FAR_GEAR) if (await dut.ask(1, {"gear": gear}, legal=False)).ok
    ]
    if _FAR_GEAR in accepted:
        # No range is printed: a device that accepts any number shows nothing about its gears here.
        dut.judgement.observe("500", "any gear is accepted")
        return
    # A device with nothing to choose lists none, and its only gear may still be set. Whether gears count from 0 or 1 is
    # not said.
    right = len(accepted) == len(gears) or (not gears and len(accepted) <= 1)
    dut.demand(right, f"{len(gears)} gears to be set, as many as are listed", f"gears {accepted} are accepted")
