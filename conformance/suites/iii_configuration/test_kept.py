"""III, kept values: a get shows what was set, long lists and texts are kept whole, and a restart changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from conformance import checks
from conformance.catalogue import Command, Safety, values
from conformance.catalogue.configurations import EXTREMES
from conformance.catalogue.json_types import JsonObject
from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from conformance.rules.verdict import CaseInconclusive
from conformance.steps.capabilities import capabilities_of
from conformance.steps.pairs import (
    CATALOGUE,
    LINK_COMMANDS,
    PAIRS,
    Pair,
    change_all,
    compared,
    everywhere,
    get_case,
    set_case,
    snapshot,
)
from conformance.steps.restart import restart

# What a get shows of what was set

_CONFIGURATIONS = {
    "0": "one whole configuration",
    "1": "another whole configuration",
    **{which: f"the configuration with every value at its {which}" for which in EXTREMES},
}


@cases(
    get_case(
        get,
        f"set-before/{label}",
        f"the get shows {title}, after a set of it",
        safety=put.safety,
        writes=(f"pair:{put.cmdtype}",),
        data=number,
    )
    for put, get in PAIRS
    for number, (label, title) in enumerate(_CONFIGURATIONS.items())
)
async def test_a_get_shows_what_was_set(case: Case[int], dut: Device) -> None:
    """A set that does not keep its values fails here too: a wrong set and a wrong get look the same from outside."""
    pair, before = await Pair.of(dut, case.subject)
    message = pair.variant(case.data, before)
    reply = await pair.send(message)
    if not reply.ok:
        # The set's own cases judge whether the device must accept it.
        raise CaseInconclusive(f"preamble: command {pair.command.cmdtype} answered {checks.describe(reply)}")
    await dut.get(case.subject.cmdtype)
    dut.check(compared("the values that were set", pair.shows(message, await pair.read())))


# Long lists


_MANY = 12


@cases([set_case(CATALOGUE.commands[3], "rule_list/many", "many", f"{_MANY} rules are kept, or refused")])
async def test_many_rules_are_kept_or_refused(case: Case, dut: Device) -> None:
    """The document does not say how many rules a device has; it must keep those that it accepts."""
    pair, before = await Pair.of(dut, case.subject)
    rule = values.request(CATALOGUE.commands[3], dut.sizes)["message"]["rule_list"][0]
    facts = {"alarm_flag": 0, "type": 1}
    rules = [
        {**rule, **facts, "rule_name": f"object {number}", "points": [{"x": 20 + 9 * number, "y": 30 + 7 * number}]}
        for number in range(_MANY)
    ]
    message = {"rule_list": rules}
    reply = await pair.send(message)
    if not reply.ok:
        dut.judgement.observe("3", f"{_MANY} rules: {reply.retcode}")
        dut.check(checks.refused(CATALOGUE, reply, "R22", "R33"))
        await pair.is_still(before)
        return
    after = await pair.read()
    dut.check(compared("the rules that were set", pair.shows(message, after)))
    shown = len(after.get("rule_list") or [])
    dut.demand(shown == _MANY, f"{_MANY} rules", f"{shown} rules")


# Long texts

_TEXTS: Mapping[int, tuple[str, ...]] = {
    15: ("name", "copyright"),
    31: ("from", "subject", "username"),
    33: ("username", "deviceid"),
    45: ("user", "devicename"),
    49: ("user",),
}


class _Longest(NamedTuple):
    """A text field, and how many characters it may have."""

    name: str
    length: int


def _long_texts() -> Iterator[Case[_Longest]]:
    for number, names in _TEXTS.items():
        command = CATALOGUE.commands[number]
        for name in names:
            yield set_case(
                command,
                f"{name}/longest-in-chinese",
                "characters",
                f"{name} counts characters, not bytes",
                data=_Longest(name, _longest(command, name)),
            )


def _longest(command: Command, name: str) -> int:
    length = command.request_field(f"message.{name}").max_length
    assert length is not None
    return length


@cases(_long_texts())
async def test_a_text_is_as_long_in_every_script(case: Case[_Longest], dut: Device) -> None:
    name, length = case.data
    pair, before = await Pair.of(dut, case.subject)
    text = ("\u5317\u95e8\u70ed\u50cf\u4eea" * length)[:length]
    await pair.keeps({name: text})
    await pair.is_still(before, but={name: text})


# A restart

_RESTARTED = "restarted"


@cases(
    Case(
        f"{put.clause}/set/restart",
        f"{put.title}: a restart keeps the values that were set",
        Safety.DISRUPTIVE,
        requirement=f"{put.clause}/restart",
        capabilities=capabilities_of(put),
        writes=everywhere(),
        shares=_RESTARTED,
        command=put,
    )
    for put, _ in PAIRS
)
async def test_what_was_set_outlives_a_restart(case: Case, dut: Device) -> None:
    number, get = case.subject.cmdtype, CATALOGUE.commands[case.subject.pair or 0]
    before, after = await _restarted(dut)
    if number not in before:
        raise CaseInconclusive(f"preamble: command {get.cmdtype} could not be read")
    found = checks.differences(get.reply, before[number], after.get(number, {}))
    dut.check(compared("what was set before the restart (R166)", found))


async def _restarted(dut: Device) -> tuple[Mapping[int, JsonObject], Mapping[int, JsonObject]]:
    """The configurations before and after the one restart that serves all these cases."""
    known = dut.facts.learnt
    if known.over_restart is None:
        await change_all(dut)
        for number in LINK_COMMANDS:
            pair, shown = await Pair.of(dut, CATALOGUE.commands[number])
            await pair.send(pair.variant(1, shown))
        before = await snapshot(dut)
        await restart(dut)
        known.over_restart = before, await snapshot(dut)
    else:
        await dut.ask(500)  # a case must not pass without the device
    return known.over_restart
