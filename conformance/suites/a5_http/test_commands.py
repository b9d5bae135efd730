"""Appendix V, commands over HTTP (II.5): after a login, the same messages and the same state as over the websocket."""

from __future__ import annotations

from collections.abc import Mapping

from conformance import checks
from conformance.catalogue import Group, Safety, load, values
from conformance.catalogue.json_types import Json
from conformance.client import OMIT, RawAnswer, RemoteProtocolError, decode
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.steps.frames import MALFORMED, Frame, request
from conformance.steps.heartbeats import http_heartbeat, http_token_lives_by_heartbeats
from conformance.steps.tokens import INVALID_TOKENS, TOKEN_TITLES, every_read_is_refused
from conformance.steps.waiting import ask_when_ready

_CATALOGUE = load()
_LOGIN = ("http.login",)
_PATHS = ("/getmsginfo", "/api/v1/msg")
_JSON = {"Content-Type": "application/json"}
_HEARTBEAT = 9999


@case(
    "A5/500", "General information over HTTP must need no login", requirement="A5/open", capabilities=_LOGIN, quick=True
)
async def test_general_information_over_http(case: Case, dut: Device) -> None:
    client = dut.plain_http()
    reply = await dut.ask(500, {}, client=client, token=OMIT)
    dut.check(checks.success(reply))
    dut.conforms(dut.catalogue.commands[500], reply)


@case("A5/paths", "Commands must be served at one of the printed paths at least", capabilities=_LOGIN)
async def test_a_printed_path_serves_commands(case: Case, dut: Device) -> None:
    served = []
    for path in _PATHS:
        answer = await dut.plain_http(path).raw("POST", path, content=request().encode(), headers=_JSON)
        if answer.status == 200 and _code(answer) == 0:
            served.append(path)
    dut.judgement.observe("R100", " and ".join(served) or "neither")
    dut.demand(
        bool(served),
        f"{' or '.join(_PATHS)} answers command 500 (R100)",
        f"{' and '.join(served)} answers" if served else "neither answers",
    )


@case("A5/login", "A login over HTTP must return a token", Safety.REVERSIBLE, capabilities=_LOGIN, quick=True)
async def test_a_login_over_http(case: Case, dut: Device) -> None:
    client = dut.plain_http()
    reply = await dut.link.login(client)
    dut.check(checks.success(reply))
    dut.conforms(dut.catalogue.commands[501], reply)
    await dut.get(10, client=client)


@case(
    "A5/wrong-password",
    "A login over HTTP with a wrong password must be refused",
    Safety.REVERSIBLE,
    requirement="A5/login",
    capabilities=_LOGIN,
)
async def test_a_wrong_password_over_http(case: Case, dut: Device) -> None:
    user = dut.profile["second_user"] or dut.profile["admin_user"]
    reply = await dut.plain_http().login(user, "surely-wrong", dut.link.cipher)
    dut.check(checks.refused(dut.catalogue, reply, "R28"))
    # One good login resets the counter, so that no other case meets the lock.
    who = "second" if dut.profile["second_user"] else "admin"
    dut.check(checks.success(await dut.link.login(dut.plain_http(), second=who == "second")))


@case(
    "A5/logout", "A logout over HTTP must end the token", Safety.REVERSIBLE, requirement="A5/login", capabilities=_LOGIN
)
async def test_a_logout_over_http(case: Case, dut: Device) -> None:
    client = dut.plain_http()
    dut.check(checks.success(await dut.link.login(client)))
    token = client.token
    dut.check(checks.success(await client.logout(client.user)))
    reply = await dut.ask(10, {}, client=client, token=token)
    dut.check(checks.refused(dut.catalogue, reply, "R25"))


@cases(
    Case(
        f"A5/{label}-token" if label != "missing" else "A5/without-token",
        f"A command over HTTP must be refused {token}, while another client is logged in",
        requirement="A5/token",
        capabilities=_LOGIN,
        data=label,
        quick=label == "missing",
    )
    for label, token in TOKEN_TITLES.items()
)
async def test_a_command_over_http_needs_a_token(case: Case[str], dut: Device) -> None:
    await dut.http()  # the client that is logged in
    await every_read_is_refused(dut, dut.plain_http(), INVALID_TOKENS[case.data])


@cases(
    Case(
        f"A5/same-state/{get.cmdtype}",
        f"{get.title}: HTTP shows the same as the websocket",
        requirement="A5/same-state",
        capabilities=_LOGIN + ((get.capability,) if get.capability else ()),
        command=get,
        quick=get.cmdtype in (2, 10),
    )
    for _, get in _CATALOGUE.pairs()
)
async def test_http_and_websocket_show_the_same_state(case: Case, dut: Device) -> None:
    command = case.subject
    over_http = await dut.get(command.cmdtype, client=await dut.http())
    over_websocket = await dut.get(command.cmdtype)
    found = checks.differences(command.reply, over_websocket, over_http)
    dut.demand(not found, "the same configuration over both", "; ".join(found) or "no difference")


_STEADY = frozenset({505, 507, 601, 606, 611, 614})
"""Functions that answer the same from one moment to the next."""


@cases(
    Case(
        f"A5/same-answer/{command.cmdtype}",
        f"{command.title}: the answer over HTTP has the same fields as over the websocket",
        requirement="A5/same-answer",
        capabilities=_LOGIN + ((command.capability,) if command.capability else ()),
        command=command,
    )
    for command in _CATALOGUE.commands.values()
    if command.safety is Safety.READ_ONLY and command.group not in (Group.GET, Group.SET) and command.token
    if command.cmdtype != _HEARTBEAT
)
async def test_a_function_answers_the_same_over_both(case: Case, dut: Device) -> None:
    command = case.subject
    asked = values.request(command, dut.sizes)
    message = asked.pop("message")
    here, there = [
        await ask_when_ready(dut, command.cmdtype, message, client=client, extra=asked, legal=False)
        for client in (dut.control, await dut.http())
    ]
    dut.demand(there.retcode == here.retcode, f"{checks.describe(here)} over HTTP too", checks.describe(there))
    if here.ok and there.ok:
        missing, more = _fields(here.message) - _fields(there.message), _fields(there.message) - _fields(here.message)
        words = [*(f"{name} missing" for name in sorted(missing)), *(f"{name} added" for name in sorted(more))]
        if command.cmdtype in _STEADY:
            words += checks.differences(command.reply, here.message or {}, there.message or {})
        dut.demand(not words, "the same over HTTP as over the websocket", "; ".join(words) or "no difference")


def _fields(value: Json, path: str = "message") -> set[str]:
    """The paths of all fields of a message; for a list, of those that any of its entries has."""
    if isinstance(value, Mapping):
        return {path}.union(*(_fields(child, f"{path}.{name}") for name, child in value.items()))
    if isinstance(value, list):
        return {path}.union(*(_fields(child, f"{path}[]") for child in value))
    return {path}


@case(
    "A5/set",
    "Values that are set over HTTP must be shown over the websocket, also text that is not ASCII",
    Safety.REVERSIBLE,
    requirement="A5/same-state",
    capabilities=_LOGIN,
    writes=("pair:15", "pair:29"),
    quick=True,
)
async def test_a_set_over_http_is_seen(case: Case, dut: Device) -> None:
    http = await dut.http()
    for number, message in ((29, {"allow_count": 7}), (29, {"allow_count": 4}), (15, {"name": "Tür 5 热像仪"})):
        await dut.succeeds(number, message, client=http)
        for client in (dut.control, http):
            found = checks.shows(
                _CATALOGUE.commands[number + 1].reply, message, await dut.get(number + 1, client=client)
            )
            dut.demand(not found, f"{checks.short(message)} over both", "; ".join(found) or "no difference")


@cases(
    Case(
        f"A5/sequence/{label}",
        f"A reply over HTTP must echo sequence {number}",
        requirement="A5/envelope",
        capabilities=_LOGIN,
        data=number,
    )
    for label, number in (("0", 0), ("2-53-plus-1", 2**53 + 1), ("2-64-minus-1", 2**64 - 1))
)
async def test_http_echoes_the_sequence(case: Case[int], dut: Device) -> None:
    extra = {"from": "thermoproof", "to": "camera"}
    for number in (500, 38):
        client = dut.plain_http()
        reply = await dut.ask(number, {}, client=client, token=OMIT, sequence=case.data, extra=extra, legal=False)
        dut.demand(reply.sequence == case.data, f"sequence {case.data}", f"sequence {reply.sequence!r}")


@case("A5/undefined", "An undefined command over HTTP must be refused", requirement="A5/envelope", capabilities=_LOGIN)
async def test_an_undefined_command_over_http(case: Case, dut: Device) -> None:
    reply = await dut.ask(38, {}, client=await dut.http(), legal=False)
    known = {code for code, row in dut.catalogue.return_codes.items() if row.documented and code}
    dut.demand(reply.retcode in known, "a documented non-zero code (R15)", checks.describe(reply))


@case("A5/heartbeat", "A heartbeat over HTTP must do no harm", requirement="A5/envelope", capabilities=_LOGIN)
async def test_a_heartbeat_over_http(case: Case, dut: Device) -> None:
    http = await dut.http()
    await http_heartbeat(dut, http)
    await dut.succeeds(505, {}, client=http)


@case(
    "A5/lease",
    "A token of HTTP must die after the keep-alive time, unless a heartbeat was accepted over HTTP",
    Safety.REVERSIBLE,
    capabilities=_LOGIN,
    waits_s=125,
    beside_group="session",
    sessions=3,
)
async def test_a_token_over_http_lives_by_heartbeats(case: Case, dut: Device) -> None:
    await http_token_lives_by_heartbeats(dut)


_BODIES = (
    "not-json",
    "empty",
    "truncated",
    "array",
    "no-cmdtype",
    "cmdtype-string",
    "invalid-utf8",
    "deep",
    "not-a-number",
)


@cases(
    Case(
        f"A5/malformed/{label}",
        f"The device must survive {MALFORMED[label].title} over HTTP",
        requirement="A5/malformed",
        capabilities=_LOGIN,
        data=MALFORMED[label],
        quick=label == "not-json",
    )
    for label in _BODIES
)
async def test_a_malformed_body_does_no_harm(case: Case[Frame], dut: Device) -> None:
    frame = case.data
    content = frame.content()
    client = dut.plain_http()
    answer = await client.raw("POST", client.path, content=content, headers=_JSON)
    code = _code(answer)
    dut.judgement.observe("R21", f"{frame.title} over HTTP: status {answer.status}, retcode {code}")
    if answer.status == 200:
        known = set(dut.catalogue.return_codes)
        wanted = known if frame.must == "any" else known - {0}
        dut.demand(code in wanted, "refused with 10002, or an HTTP status 4xx (R21)", f"retcode {code!r}")
    else:
        dut.demand(400 <= answer.status < 600, "a status 200 or 4xx", f"status {answer.status}")
    dut.check(checks.success(await dut.ask(500, {}, client=client, token=OMIT)))


def _code(answer: RawAnswer) -> Json:
    """The return code in an answer, or why it has none."""
    try:
        return decode(answer.body).get("retcode")
    except RemoteProtocolError as error:
        return error.reason
