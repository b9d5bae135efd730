"""III, whole configurations: what a get shows, what a set keeps, and what a set must leave unchanged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from conformance import checks
from conformance.catalogue import Command
from conformance.catalogue.constraints import HOLDS
from conformance.catalogue.json_types import Json, JsonMapping, JsonObject
from conformance.client import OMIT
from conformance.dut.device import Device
from conformance.restoration import writable
from conformance.rules.case import Case, cases
from conformance.rules.verdict import CaseNotApplicable
from conformance.steps.pairs import (
    CATALOGUE,
    PAIRS,
    Pair,
    change_one,
    compared,
    everywhere,
    get_case,
    set_case,
    snapshot,
    unchanged,
)
from conformance.steps.titles import json_of

# What a get shows


@cases(get_case(get, "present", "the whole configuration is shown", quick=True) for _, get in PAIRS)
async def test_a_get_shows_the_whole_configuration(case: Case, dut: Device) -> None:
    await dut.get(case.subject.cmdtype)


@cases(get_case(get, "default-0", "a get with default 0 shows the same as one without default") for _, get in PAIRS)
async def test_default_0_shows_present_values(case: Case, dut: Device) -> None:
    command = case.subject
    plain = await dut.get(command.cmdtype)
    asked = await dut.get(command.cmdtype, {"default": 0})
    dut.check(compared("default 0 shows the present values (R57)", checks.differences(command.reply, plain, asked)))


@cases(get_case(get, "factory", "a get with default 1 shows factory values") for _, get in PAIRS)
async def test_default_1_shows_factory_values(case: Case, dut: Device) -> None:
    await dut.get(case.subject.cmdtype, {"default": 1})


@cases(
    get_case(
        get,
        "factory-and-present",
        "factory and present values do not change each other",
        safety=put.safety,
        writes=(f"pair:{put.cmdtype}",),
    )
    for put, get in PAIRS
)
async def test_factory_and_present_values_do_not_touch_each_other(case: Case, dut: Device) -> None:
    pair, before = await Pair.of(dut, case.subject)
    fields = case.subject.reply
    factory = await pair.read({"default": 1})
    await pair.is_still(before)
    message = next(each for each in (pair.variant(0, before), pair.variant(1, before)) if pair.shows(each, factory))
    # The set's own cases judge whether the device keeps all of it.
    accepted = (await dut.control.request(pair.command.cmdtype, pair.wire(message), legal=False)).ok
    again = await pair.read({"default": 1})
    dut.check(compared("the same factory values after a set (R57)", checks.differences(fields, factory, again)))
    shown = await pair.read({"default": 0})
    if accepted:
        changed = bool(checks.differences(fields, factory, shown))
        dut.demand(
            changed,
            "default 0 shows present values, not factory values",
            "present values" if changed else "factory values",
        )
    asked = await pair.read()
    dut.check(compared("default 0 shows the present values", checks.differences(fields, shown, asked)))


_DEFAULTS: Mapping[str, Json] = {
    "below": -1,
    "above": 2,
    "wrong-type-string": "1",
    "wrong-type-bool": True,
    "wrong-type-array": [1],
}


@cases(
    get_case(
        get, f"default/{label}", f"a get with default {json_of(value)} is refused", requirement="default", data=value
    )
    for _, get in PAIRS
    for label, value in _DEFAULTS.items()
)
async def test_another_default_is_refused(case: Case[Json], dut: Device) -> None:
    await dut.is_refused(case.subject.cmdtype, {"default": case.data}, "R22")


@cases(
    get_case(get, f"message-{label}", f"a get whose message is {label} is answered or refused", data=label)
    for _, get in PAIRS
    for label in ("null", "absent")
)
async def test_a_get_without_a_message_is_answered_or_refused(case: Case[str], dut: Device) -> None:
    command = case.subject
    plain = await dut.get(command.cmdtype)
    message = None if case.data == "null" else OMIT
    reply = await dut.ask(command.cmdtype, message, null=case.data == "null", legal=False)
    dut.judgement.observe("R154", "answered" if reply.ok else str(reply.retcode))
    if reply.ok:
        found = checks.differences(command.reply, plain, reply.message)
        dut.check(compared("the present values (R154)", found))
    else:
        dut.check(checks.refused(CATALOGUE, reply, "R20"))


# What a set keeps


@cases(
    set_case(put, "echo", "set", "a set accepts what the get shows, and the get shows it again", quick=True)
    for put, _ in PAIRS
)
async def test_what_was_got_can_be_set(case: Case, dut: Device) -> None:
    pair, before = await Pair.of(dut, case.subject)
    await pair.keeps(writable(pair.command, before))


@cases(set_case(put, "whole", "set", "a set of every field at once is kept", quick=True) for put, _ in PAIRS)
async def test_every_field_changed_at_once_is_kept(case: Case, dut: Device) -> None:
    pair, before = await Pair.of(dut, case.subject)
    for number in (0, 1):
        await pair.keeps(pair.variant(number, before))


def _parts(message: JsonMapping) -> Iterator[JsonObject]:
    """Each top field of a whole message, together with the fields without which it means nothing."""
    pairs = [("emiss_mode", "emiss"), *((flag, hold) for hold, flag in HOLDS.items())]
    together = {name: pair for pair in pairs for name in pair}
    for names in dict.fromkeys(together.get(name, (name,)) for name in message):
        yield {name: message[name] for name in names if name in message}


@cases(
    set_case(put, "part-of-changed", "legal", "a partial set leaves the rest of a changed configuration unchanged")
    for put, _ in PAIRS
    if len(put.request) > 1 and not any(each.required for each in put.request)
)
async def test_a_partial_set_leaves_a_changed_configuration_alone(case: Case, dut: Device) -> None:
    pair, before = await Pair.of(dut, case.subject)
    await pair.send(pair.variant(0, before))
    changed = await pair.read()
    for part in _parts(pair.variant(1, changed)):
        await pair.send(part)
        await pair.is_still(changed, but=part)
        changed = await pair.read()


# What a set must leave unchanged


@cases(
    set_case(
        put,
        "others-alone",
        "others",
        "a set changes no other command's configuration",
        writes=everywhere(but=tuple({9, 11} - {put.cmdtype})),
    )
    for put, _ in PAIRS
)
async def test_a_set_changes_no_other_configuration(case: Case, dut: Device) -> None:
    number = case.subject.cmdtype
    await change_one(dut, but=number)
    pair, present = await Pair.of(dut, case.subject)
    before = await snapshot(dut)
    for each in (0, 1):
        message = pair.variant(each, present)
        # Units are left out: other commands show their values in them.
        await pair.send(
            {name: value for name, value in message.items() if name not in ("dist_unit", "temperature_unit")}
        )
        await unchanged(dut, before, "the other commands' configurations as they were", but=number)


def _spoilt(command: Command, message: JsonMapping) -> Iterator[JsonObject]:
    """The message with its first or last field of another type, or a number too large inside one of its objects."""
    for name in dict.fromkeys((next(iter(message)), list(message)[-1])):
        yield {**message, name: {"not": "legal"} if isinstance(message[name], list) else [None]}
    for field in command.request:
        inside = message.get(field.name)
        limits = {each.name: each.maximum for each in field.fields if each.type == "int" and each.maximum is not None}
        if isinstance(inside, dict) and limits:
            name, largest = next(iter(limits.items()))
            yield {**message, field.name: {**inside, name: largest + 1}}


@cases(set_case(put, "refused-anywhere", "illegal", "a refused set changes nothing anywhere") for put, _ in PAIRS)
async def test_a_refused_set_changes_nothing_anywhere(case: Case, dut: Device) -> None:
    pair, present = await Pair.of(dut, case.subject)
    # Other values than the factory's come first, so that a refusal that falls back to these shows.
    await pair.send(pair.variant(1, present))
    before = await snapshot(dut)
    for message in _spoilt(pair.command, pair.variant(0, present)):
        dut.check(checks.refused(CATALOGUE, await pair.send(message), "R22"))
    await unchanged(dut, before, "a refused set changes nothing anywhere")


# Messages without fields, with unknown fields, with a whole number written as a fraction


@cases(set_case(put, "message-null", "empty", "a null message is refused") for put, _ in PAIRS)
async def test_a_null_message_is_refused(case: Case, dut: Device) -> None:
    pair, before = await Pair.of(dut, case.subject)
    await dut.is_refused(case.subject.cmdtype, None, "R20", null=True)
    await pair.is_still(before)


@cases(set_case(put, "message-absent", "empty", "a request without a message is refused") for put, _ in PAIRS)
async def test_a_set_without_a_message_is_refused(case: Case, dut: Device) -> None:
    pair, before = await Pair.of(dut, case.subject)
    await dut.is_refused(case.subject.cmdtype, OMIT, "R20")
    await pair.is_still(before)


@cases(set_case(put, "message-empty", "empty", "an empty message changes nothing") for put, _ in PAIRS)
async def test_an_empty_message_changes_nothing(case: Case, dut: Device) -> None:
    pair, before = await Pair.of(dut, case.subject)
    reply = await dut.ask(case.subject.cmdtype, {}, legal=False)
    required = any(each.required for each in case.subject.request)
    dut.judgement.observe("R151", str(reply.retcode))
    if required or not reply.ok:
        dut.check(checks.refused(CATALOGUE, reply, "R20", *(("R23",) if required else ())))
    await pair.is_still(before)


@cases(set_case(put, "unknown-key", "unknown", "an unknown key is ignored or refused") for put, _ in PAIRS)
async def test_an_unknown_key_is_ignored_or_refused(case: Case, dut: Device) -> None:
    pair, before = await Pair.of(dut, case.subject)
    message = writable(pair.command, before)
    reply = await pair.send({**message, "no_such_field": 7})
    dut.judgement.observe("R152", "ignored" if reply.ok else str(reply.retcode))
    if not reply.ok:
        dut.check(checks.refused(CATALOGUE, reply, "R22"))
    after = await pair.read()
    dut.demand("no_such_field" not in after, "no field that the document does not know", "no_such_field is shown")
    await pair.is_still(before)


@cases(set_case(put, "whole-as-fraction", "legal", "1.0 in place of 1 is read as 1 or refused") for put, _ in PAIRS)
async def test_a_whole_number_as_a_fraction_is_taken_or_refused(case: Case, dut: Device) -> None:
    pair, before = await Pair.of(dut, case.subject)
    message = writable(pair.command, before)
    name = next((name for name, value in message.items() if type(value) is int), None)
    if name is None:
        message = pair.variant(0, before)
        _first_entry_as_fraction(message)
    reply = await pair.send(message if name is None else {**message, name: float(message[name])})
    dut.judgement.observe("R153", f"1.0 for 1: {reply.retcode}")
    if not reply.ok:
        dut.check(checks.refused(CATALOGUE, reply, "R22"))
        await pair.is_still(before)
    else:
        dut.check(compared("the whole number that was set", pair.shows(message, await pair.read())))


def _first_entry_as_fraction(value: object) -> bool:
    """Turn the first whole number inside `value` into a fraction; whether there was one."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        if type(child) is int and key != "type":
            value[key] = float(child)  # type: ignore[index]
            return True
        if _first_entry_as_fraction(child):
            return True
    return False


# The same configuration for every session


@cases(set_case(put, "other-session", "session", "a set outlasts the session that sent it") for put, _ in PAIRS)
async def test_a_set_outlives_its_session(case: Case, dut: Device) -> None:
    pair, before = await Pair.of(dut, case.subject)
    message = pair.variant(0, before)
    second = bool(dut.profile["second_user"])
    if dut.facts.forces_out and not second:
        raise CaseNotApplicable("another login of the account ends the run's own session (R12)")
    other = await dut.logged_in(second=second)
    await pair.send(message, client=other)
    dut.check(compared("what another session has set", pair.shows(message, await pair.read())))
    await other.logout(other.user or dut.profile["admin_user"])
    await other.close()
    dut.check(compared("the same after that session ended", pair.shows(message, await pair.read())))
