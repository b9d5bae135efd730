"""III, side effects: what a set does to the values that are there already.

A refused set changes nothing, a part of an object leaves the rest unchanged, equal names stay apart; and gets list what
the device has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from conformance import checks
from conformance.catalogue import Command, values
from conformance.catalogue.constraints import HOLDS
from conformance.catalogue.json_types import Json
from conformance.catalogue.model import Safety
from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from conformance.rules.verdict import CaseInconclusive
from conformance.steps.image_sizes import sizes_of
from conformance.steps.pairs import CATALOGUE, LINK_COMMANDS, PAIRS, Pair, compared, get_case, set_case

_COMMANDS = CATALOGUE.commands

# A refusal


def _wrong(command: Command, sizes: Mapping[str, int] | None = None) -> tuple[tuple[str, Json], ...]:
    """An illegal value of the first and one of the last field: of another type, or beyond its range."""
    found = []
    for top in command.request:
        if top.read_only or top.source != "table":
            continue
        for value in values.violations(top, sizes, command.constraints):
            if value.label.startswith(("wrong-type", "above-max", "over-length")):
                found.append((top.name, value.payload))
                break
    return (found[0], found[-1]) if found else ()


@cases(
    set_case(
        command,
        "refused/after-a-change",
        "refused-after-change",
        "a refused set leaves changed values as they are, and brings no factory values back",
    )
    for command, _ in PAIRS
    if command.cmdtype not in LINK_COMMANDS and _wrong(command)
)
async def test_a_refusal_leaves_what_was_changed(case: Case, dut: Device) -> None:
    pair, shown = await Pair.of(dut, case.subject)
    factory = await pair.read({"default": 1})
    # The variant that differs more from the factory's values comes first.
    messages = sorted(
        (pair.variant(0, shown), pair.variant(1, shown)), key=lambda each: -len(pair.shows(each, factory))
    )
    for message in messages:
        if (await pair.send(message)).ok:
            break
    else:
        raise CaseInconclusive(f"preamble: command {case.subject.cmdtype} accepts no whole configuration")
    before = await pair.read()
    for name, payload in _wrong(case.subject, sizes_of(dut)):
        reply = await pair.send({name: payload})
        dut.check(checks.refused(CATALOGUE, reply, "R22", "R23"))
        await pair.is_still(before)


# Parts, names, lengths


class _Part(NamedTuple):
    """An object, and one of its fields."""

    name: str
    field: str


@cases(
    set_case(
        _COMMANDS[5],
        f"part-of-{name}",
        "part",
        f"a set of one field of {name} leaves its other fields unchanged",
        data=_Part(name, field),
    )
    for name, field in (("vl_config", "brightness"), ("ir_config", "contrast"))
)
async def test_a_part_of_an_object_leaves_the_rest(case: Case[_Part], dut: Device) -> None:
    name, field = case.data
    pair, shown = await Pair.of(dut, case.subject)
    message = {name: pair.variant(1, shown)[name]}
    if not (await pair.send(message)).ok:
        raise CaseInconclusive(f"preamble: command 5 accepts no whole {name}")
    before = await pair.read()
    value = 41 if before[name].get(field) != 41 else 42
    reply = await pair.send({name: {field: value}})
    dut.check(checks.success(reply))
    wanted = {**before, name: {**before[name], field: value}}
    found = checks.differences(pair.get.reply, wanted, await pair.read())
    dut.check(compared(f"{field} {value}, and the other fields of {name} as they were", found))


@cases([set_case(_COMMANDS[3], "same-name", "same-name", "two rules of the same name stay two, or are refused")])
async def test_rules_of_the_same_name_stay_apart(case: Case, dut: Device) -> None:
    pair, before = await Pair.of(dut, case.subject)
    rule = values.request(_COMMANDS[3], dut.sizes)["message"]["rule_list"][0]
    point = {**rule, "alarm_flag": 0, "type": 1, "rule_name": "twin"}
    rules = [{**point, "points": [{"x": 40 + 20 * number, "y": 50}]} for number in range(2)]
    reply = await pair.send({"rule_list": rules})
    if not reply.ok:
        dut.judgement.observe("3", f"two rules of the same name: {reply.retcode}")
        await pair.is_still(before)
        return
    shown = [each.get("rule_name") for each in (await pair.read()).get("rule_list") or []]
    dut.demand(shown == ["twin", "twin"], "two rules called twin", checks.short(shown))


class _Longest(NamedTuple):
    """A text field, and how many characters it may have."""

    name: str
    length: int


@cases(
    set_case(
        _COMMANDS[number],
        f"{name}/longest-in-chinese",
        "characters",
        f"{name} counts characters, not bytes",
        data=_Longest(name, length),
    )
    for number, name, length in ((1, "show_desc", 42), (3, "rule_name", 20))
)
async def test_a_text_counts_its_characters(case: Case[_Longest], dut: Device) -> None:
    name, length = case.data
    pair, _ = await Pair.of(dut, case.subject)
    text = ("北门热像仪" * length)[:length]
    if name == "show_desc":
        await pair.keeps({name: text})
        return
    rule = values.request(_COMMANDS[3], dut.sizes)["message"]["rule_list"][0]
    await pair.keeps({"rule_list": [{**rule, "alarm_flag": 0, name: text}]})


_DOMAIN = "@example.com"
_LONGEST_RECIPIENT = 128


@cases(
    set_case(
        _COMMANDS[31],
        f"recipient/{length}",
        "recipient",
        f"a recipient of {length} characters is {'kept' if length <= _LONGEST_RECIPIENT else 'refused'}",
        data=length,
    )
    for length in (128, 129)
)
async def test_a_recipient_has_128_characters(case: Case[int], dut: Device) -> None:
    pair, _ = await Pair.of(dut, case.subject)
    message = {"mailto": ["x" * (case.data - len(_DOMAIN)) + _DOMAIN]}
    if case.data <= _LONGEST_RECIPIENT:
        await pair.keeps(message)
    else:
        await pair.refuses(message, "R22")


@cases(
    [
        set_case(
            _COMMANDS[13], "holidays/wrong-day-between", "holidays", "the days before and after a wrong day are kept"
        )
    ]
)
async def test_a_wrong_day_leaves_those_beside_it(case: Case, dut: Device) -> None:
    pair, _ = await Pair.of(dut, case.subject)
    dut.check(
        checks.success(await pair.send({"month_data": [{"mon": 5, "data": [3, 32, 9]}, {"mon": 6, "data": [8]}]}))
    )
    shown = (await pair.read()).get("month_data") or []
    found = {entry.get("mon"): set(entry.get("data") or []) for entry in shown if entry.get("data")}
    seen = checks.short({str(month): sorted(days, key=str) for month, days in found.items()})
    dut.demand(found == {5: {3, 9}, 6: {8}}, "the days 3 and 9 of May, 8 of June", f"the days {seen}")


# Holds


class _Hold(NamedTuple):
    """A hold by the name of its field, its length in seconds, and whether this is legal."""

    name: str
    seconds: int
    legal: bool


def _holds() -> Iterator[Case[_Hold]]:
    """Each hold that has a flag, at the ends of its range and beyond them, but not 0, which R160 leaves open."""
    for command, _ in PAIRS:
        fields = {each.name: each for each in command.request}
        for hold in ("light_hold", "output_hold"):
            if hold not in fields or HOLDS[hold] not in fields:
                continue
            field = fields[hold]
            low, high = int(field.minimum or 0), int(field.maximum or 0)
            for seconds in (low - 1, low, high, high + 1):
                legal = low <= seconds <= high
                yield set_case(
                    command,
                    f"{hold}/{seconds}-and-flag-1",
                    "hold",
                    f"{hold} {seconds} is {'kept' if legal else 'refused'} while its flag is 1",
                    data=_Hold(hold, seconds, legal),
                )


@cases(_holds())
async def test_a_hold_is_within_its_range(case: Case[_Hold], dut: Device) -> None:
    hold, seconds, legal = case.data
    pair, _ = await Pair.of(dut, case.subject)
    message = {HOLDS[hold]: 1, hold: seconds}
    if pair.renamed(f"message.{hold}") or pair.hides(f"message.{hold}", await pair.read()):
        dut.judgement.observe("R48", f"{hold} is not shown")
        dut.demand(True, "a hold that this device may lack (R48)", "it is not shown")
    elif legal:
        await pair.keeps(message)
    else:
        await pair.refuses(message, "R22")


# Lists that a get shows


@cases(
    [
        get_case(
            _COMMANDS[4],
            "rule-ids",
            "the ids of rules are those that 520 shows",
            requirement="rule-ids",
            safety=Safety.REVERSIBLE,
            writes=("pair:3",),
        )
    ]
)
async def test_the_ids_of_rules_are_those_of_520(case: Case, dut: Device) -> None:
    rule = values.request(_COMMANDS[3], dut.sizes)["message"]["rule_list"][0]
    point = {key: value for key, value in rule.items() if key not in ("id", "flag", "preset")} | {"alarm_flag": 0}
    names = ("one", "two", "three")
    rules = [
        {**point, "type": 1, "rule_name": name, "points": [{"x": 30 + 20 * number, "y": 40}]}
        for number, name in enumerate(names)
    ]
    await dut.must(3, {"rule_list": rules}, legal=False)
    await dut.clock.sleep(1)
    shown = [each.get("id") for each in (await dut.get(4)).get("rule_list") or [] if each.get("rule_name") in names]
    if None in shown:
        dut.judgement.observe("R111", "no ids shown")
        dut.demand(True, "ids in 4, if the device shows any (R111)", "no ids are shown")
        return
    dut.demand(
        len(set(shown)) == 3 and 0 not in shown, "three ids that differ and are not 0 (R111)", checks.short(shown)
    )
    if not dut.profile.has("measurement"):
        return
    ids = {each.get("rule_name"): each.get("rule_id") for each in (await dut.must(520)).get("rule_list") or []}
    wanted = [ids.get(name) for name in names]
    dut.demand(None in wanted or shown == wanted, f"the ids {checks.short(wanted)} of 520 (R111)", checks.short(shown))


_STREAMS = {1: "video.vl-main", 2: "video.vl-sub", 3: "video.ir-main", 4: "video.ir-sub"}


@cases([get_case(_COMMANDS[24], "streams", "every stream that the device has is listed", requirement="streams")])
async def test_every_stream_is_listed(case: Case, dut: Device) -> None:
    listed = {entry.get("type") for entry in (await dut.get(24)).get("params") or [] if isinstance(entry, dict)}
    missing = [number for number, name in _STREAMS.items() if dut.profile.has(name) and number not in listed]
    dut.demand(
        not missing,
        "the streams the profile claims",
        f"streams without type {missing}" if missing else f"streams of type {listed}",
    )


@cases(
    set_case(
        _COMMANDS[23],
        f"size-of-another-stream/{kind}",
        "size",
        f"the stream {kind} refuses a size of the visible main stream",
        data=kind,
    )
    for kind in (2, 3, 4)
)
async def test_a_stream_has_no_size_of_another(case: Case[int], dut: Device) -> None:
    pair, _ = await Pair.of(dut, case.subject)
    own = (dut.sizes.get("ir_output_w"), dut.sizes.get("ir_output_h"))
    # The infrared image of a product may be as large (R49).
    ratio = "1920x1080" if own != (1920, 1080) else "1280x960"
    await pair.refuses({"params": [{"type": case.data, "ratio": ratio}]}, "R22")
