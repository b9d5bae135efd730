"""Rights (R27): what an account without the right to configure may not, over either transport, and what it may."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance import checks
from conformance.catalogue import Command, Safety, load, values
from conformance.catalogue.model import Keyword
from conformance.dut.device import Device
from conformance.restoration.keeper import writable
from conformance.rules.case import Case, case, cases
from conformance.rules.verdict import CaseInconclusive
from conformance.steps.accounts import OPERATOR, operator

_CATALOGUE = load()
_SAFE = Safety.REVERSIBLE
_LINK = (9, 11)  # what touches the link, even if it is set to what it is


def _wide(command: Command) -> tuple[str, ...]:
    return (command.capability,) if command.capability else ()


def _configuring() -> Iterator[Case[Any]]:
    for command, _ in _CATALOGUE.pairs():
        yield Case(
            f"{command.clause}/right/operator",
            f"{command.title}: refused to an account without the right to configure",
            command.safety,
            requirement=f"{command.clause}/right",
            capabilities=_wide(command),
            parameters=OPERATOR,
            writes=(f"pair:{command.cmdtype}",),
            quick=command.cmdtype == 29,
            command=command,
        )


@cases(_configuring())
async def test_an_operator_may_not_configure(case: Case, dut: Device) -> None:
    """What is set is what is there already, so that a device that obeys is not hurt."""
    command = case.subject
    message = await _as_it_is(dut, command)
    reply = await dut.ask(command.cmdtype, message, client=await operator(dut), legal=False)
    dut.check(checks.refused(dut.catalogue, reply, "R27"))


async def _as_it_is(dut: Device, command: Command) -> dict[str, Any]:
    """The message that sets what is set."""
    assert command.pair is not None
    before = await dut.must(command.pair)
    return {
        **values.request(command, dut.sizes, only_required=True)["message"],
        **writable(dut.catalogue, command, before),
    }


@case(
    "A5/right/operator",
    "Every set is refused over HTTP to an account without the right to configure",
    _SAFE,
    requirement="A5/right",
    capabilities=("http.login",),
    parameters=OPERATOR,
    writes=tuple(f"pair:{command.cmdtype}" for command, _ in _CATALOGUE.pairs() if command.cmdtype not in _LINK),
)
async def test_an_operator_may_not_configure_over_http(case: Case, dut: Device) -> None:
    http = dut.plain_http()
    user, password = dut.profile["operator_user"], dut.profile["operator_password"]
    if not (await http.login(user, password, dut.link.cipher)).ok:
        raise CaseInconclusive("preamble: the operator's login over HTTP is refused")
    for command, _ in dut.catalogue.pairs():
        if command.cmdtype not in _LINK and all(dut.profile.has(name) for name in _wide(command)):
            message = await _as_it_is(dut, command)
            reply = await dut.ask(command.cmdtype, message, client=http, legal=False)
            dut.check(checks.refused(dut.catalogue, reply, "R27"))


@case(
    "II/rights/over-http",
    "An account without the right to configure has it over HTTP neither",
    _SAFE,
    requirement="II/rights-kept",
    clause="II.2",
    capabilities=("http.login",),
    parameters=OPERATOR,
    writes=("pair:29",),
)
async def test_rights_are_the_same_over_http(case: Case, dut: Device) -> None:
    """What is set is what is there already, so that a device that obeys is not hurt."""
    message = await _as_it_is(dut, _CATALOGUE.commands[29])
    http = dut.plain_http()
    reply = await http.login(dut.profile["operator_user"], dut.profile["operator_password"], dut.link.cipher)
    if not reply.ok:
        raise CaseInconclusive("preamble: the operator's login over HTTP is refused")
    dut.check(checks.refused(dut.catalogue, await dut.ask(29, message, client=http, legal=False), "R27"))


_COMMON = (1, 5, 15, 29, 35)


@case(
    "II/rights/after-an-administrator",
    "What an administrator has configured, an account without the right may not, though logged in before and after",
    _SAFE,
    requirement="II/rights-kept",
    clause="II.2",
    parameters=OPERATOR,
    writes=tuple(f"pair:{number}" for number in _COMMON),
)
async def test_rights_are_not_those_of_another_session(case: Case, dut: Device) -> None:
    """What is set is what is there already, one session right after the other."""
    early = await operator(dut)
    done: dict[int, dict[str, Any]] = {}
    for command, _ in dut.catalogue.pairs():
        if command.cmdtype in _COMMON and all(dut.profile.has(name) for name in _wide(command)):
            done[command.cmdtype] = await _as_it_is(dut, command)
            await dut.must(command.cmdtype, done[command.cmdtype], legal=False)
            reply = await dut.ask(command.cmdtype, done[command.cmdtype], client=early, legal=False)
            dut.check(checks.refused(dut.catalogue, reply, "R27"))
    late = await operator(dut)
    for number, message in done.items():
        dut.check(checks.refused(dut.catalogue, await dut.ask(number, message, client=late, legal=False), "R27"))


_CHANGING = {506: "clock", 518: "pair:5", 527: "dead-pixels", 602: "presets", 607: "cruise-groups", 612: "linescans"}


@cases(
    Case(
        f"IV.{number}/right/operator",
        f"{_CATALOGUE.commands[number].title}: refused to an account without the right to configure",
        _CATALOGUE.commands[number].safety,
        requirement="II/rights-functions",
        capabilities=_wide(_CATALOGUE.commands[number]),
        parameters=OPERATOR,
        writes=(kept,),
        command=_CATALOGUE.commands[number],
    )
    for number, kept in _CHANGING.items()
)
async def test_an_operator_should_not_change_what_is_kept(case: Case, dut: Device) -> None:
    """R27 speaks of configuration commands; whether these functions are some is not said: a warning, no failure."""
    command = case.subject
    request = values.request(command, dut.sizes)
    extra = {key: content for key, content in request.items() if key != "message"}
    message = request["message"]
    if command.cmdtype == 506:
        message = {"datetime": dut.clock.now().strftime("%Y-%m-%d %H:%M:%S")}
    reply = await dut.ask(command.cmdtype, message, client=await operator(dut), extra=extra)
    seen = checks.describe(reply)
    dut.demand(reply.retcode == 10007, "refused with 10007 (R27)", seen, keyword=Keyword.SHOULD)


@case(
    "II/rights/reads",
    "An account without the right to configure may look",
    requirement="II/rights-reads",
    clause="II.2",
    parameters=OPERATOR,
)
async def test_an_operator_may_look(case: Case, dut: Device) -> None:
    client = await operator(dut)
    await dut.succeeds(500, {}, client=client)
    for _, get in dut.catalogue.pairs():
        if all(dut.profile.has(name) for name in _wide(get)):
            reply = await dut.ask(get.cmdtype, {}, client=client)
            dut.demand(reply.ok, f"{get.cmdtype}: retcode 0", checks.describe(reply), keyword=Keyword.SHOULD)
