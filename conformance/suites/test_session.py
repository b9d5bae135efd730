"""Chapter II and the session commands: the envelope, login and logout, tokens, heartbeats, malformed frames."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from conformance import checks
from conformance.case import Case, case, cases
from conformance.catalogue import Group, Safety, load
from conformance.client import OMIT, ControlClient, Reply, ReplyTimeout
from conformance.verdict import CaseInconclusive
from fixtures.device import Device

_CATALOGUE = load()
_SAFE = Safety.REVERSIBLE


@case("IV.500/without-token", "IV.500/open", "General information needs no login", "IV.500", quick=True)
async def test_general_information_needs_no_token(case: Case, dut: Device) -> None:
    client = await dut.open()
    reply = await dut.ask(500, {}, client=client, token=OMIT)
    dut.check(checks.success(reply))
    dut.conforms(dut.catalogue.commands[500], reply)


@case("IV.500/empty-token", "IV.500/open", "An empty token is as good as none", "IV.500")
async def test_general_information_takes_an_empty_token(case: Case, dut: Device) -> None:
    client = await dut.open()
    dut.check(checks.success(await dut.ask(500, {}, client=client, token="")))


@case("IV.501/login", "IV.501/token", "A right password earns a token", "IV.501", _SAFE, quick=True)
async def test_a_right_password_earns_a_token(case: Case, dut: Device) -> None:
    client = await dut.open()
    reply = await dut.context.login(client)
    dut.check(checks.success(reply))
    dut.conforms(dut.catalogue.commands[501], reply)


@case("IV.501/unknown-user", "IV.501/unknown-user", "An unknown user is refused", "IV.501", _SAFE, quick=True)
async def test_an_unknown_user_is_refused(case: Case, dut: Device) -> None:
    client = await dut.open()
    reply = await client.login("nobody-of-that-name", "wrong", dut.context.cipher)
    dut.check(checks.refused(dut.catalogue, reply, "R24"))


@case(
    "IV.501/wrong-password",
    "IV.501/wrong-password",
    "A wrong password is refused, and the attempts left are told",
    "IV.501",
    _SAFE,
    quick=True,
)
async def test_a_wrong_password_is_refused(case: Case, dut: Device) -> None:
    client = await dut.open()
    reply = await client.login(dut.profile["admin_user"], "surely-wrong", dut.context.cipher)
    dut.check(checks.refused(dut.catalogue, reply, "R28"))
    left = (reply.message or {}).get("count")
    dut.demand(isinstance(left, int) and left >= 0, "count says how many attempts are left (R28)", f"count {left!r}")
    # One good login puts the counter back before any other case can run into the lock.
    dut.check(checks.success(await dut.context.login(client)))


@case("IV.502/logout", "IV.502/token-dies", "After logout the token is dead", "IV.502", _SAFE, quick=True)
async def test_logout_ends_the_token(case: Case, dut: Device) -> None:
    client = await dut.logged_in()
    token = client.token
    await dut.succeeds(502, {"username": dut.profile["admin_user"]}, client=client)
    reply = await dut.ask(2, {}, client=client, token=token)
    dut.check(checks.refused(dut.catalogue, reply, "R25"))


@case("IV.502/without-username", "IV.502/without-username", "Logout works without a user name", "IV.502", _SAFE)
async def test_logout_without_a_user_name(case: Case, dut: Device) -> None:
    client = await dut.logged_in()
    await dut.succeeds(502, {}, client=client)


_TOKENS: dict[str, Any] = {"missing": OMIT, "empty": "", "garbage": "0123456789abcdef0123456789abcdef"}


def _needing_a_token() -> Iterator[Case]:
    for command in _CATALOGUE.commands.values():
        if not command.token or command.cmdtype == 9999:
            continue
        for label in _TOKENS:
            yield Case(
                f"{command.clause}/token/{label}",
                f"{command.clause}/token",
                f"{command.title}: refused with the token {label}",
                command.clause,
                # Refused, nothing happens; a device that obeys all the same must not be hurt by a harmless class.
                command.safety,
                capabilities=(command.capability,) if command.capability else (),
                writes=_writes(command),
                quick=label == "missing" and command.cmdtype in (2, 500, 600),
                command=command,
                data=label,
            )


def _writes(command: Any) -> tuple[str, ...]:
    return (f"pair:{command.cmdtype}",) if command.group is Group.SET else ()


@cases(_needing_a_token())
async def test_without_a_valid_token_every_command_is_refused(case: Case, dut: Device) -> None:
    from conformance.catalogue import values

    command = case.subject
    request = values.request(command, dut.sizes)
    extra = {key: content for key, content in request.items() if key != "message"}
    client = await dut.open()
    # legal=False: leaving out the token is the stimulus.
    reply = await dut.ask(
        command.cmdtype, request["message"], client=client, token=_TOKENS[case.data], extra=extra, legal=False
    )
    dut.check(checks.refused(dut.catalogue, reply, "R25"))


_SEQUENCES = {"0": 0, "2-53-plus-1": 2**53 + 1, "2-63": 2**63, "2-64-minus-1": 2**64 - 1}


@cases(
    Case(f"II/sequence/{label}", "II/sequence", f"Sequence {number} is echoed exactly", "II.2", data=number, quick=True)
    for label, number in _SEQUENCES.items()
)
async def test_the_sequence_is_echoed_exactly(case: Case, dut: Device) -> None:
    reply = await dut.ask(500, {}, sequence=case.data)
    dut.demand(reply.sequence == case.data, f"sequence {case.data}", f"sequence {reply.sequence!r}")


@case(
    "II/sequence/pipelined",
    "II/sequence",
    "Several requests at once are answered to their sequences",
    "II.2",
    quick=True,
)
async def test_pipelined_requests_are_answered_each(case: Case, dut: Device) -> None:
    pending = [await dut.control.start(number, {}) for number in (500, 505, 500, 505, 500)]
    replies: list[Reply] = [await each for each in pending]
    for wanted, reply in zip((500, 505, 500, 505, 500), replies, strict=True):
        dut.demand(reply.cmdtype == wanted, f"cmdtype {wanted} under its sequence", f"cmdtype {reply.cmdtype!r}")


@cases(
    Case(
        f"II/envelope/{label}",
        "II/from-to",
        f"A request is accepted {title}",
        "II.6",
        quick=True,
        data=extra,
    )
    for label, title, extra in (
        ("from-to", "with from and to", {"from": "thermoproof", "to": "camera"}),
        ("without-from-to", "without from and to", {}),
        ("from-to-utf8", "with from and to that are not ASCII", {"from": "pr\u00fcfstand", "to": "\u70ed\u50cf\u4eea"}),
    )
)
async def test_from_and_to_are_accepted(case: Case, dut: Device) -> None:
    await dut.succeeds(500, {}, extra=case.data)


_MALFORMED: dict[str, tuple[str, str | bytes, bool]] = {
    "not-json": ("a frame that is not JSON", "this is not JSON", True),
    "array": ("a JSON array", "[1,2,3]", False),
    "number": ("a bare number", "42", False),
    "empty": ("an empty frame", "", True),
    "no-cmdtype": ("an object without cmdtype", '{"action":"request","sequence":7,"message":{}}', False),
    "cmdtype-string": (
        "a cmdtype that is a string",
        '{"action":"request","cmdtype":"500","sequence":7,"message":{}}',
        False,
    ),
    "cmdtype-fraction": (
        "a fractional cmdtype",
        '{"action":"request","cmdtype":500.5,"sequence":7,"message":{}}',
        False,
    ),
    "cmdtype-negative": ("a negative cmdtype", '{"action":"request","cmdtype":-500,"sequence":7,"message":{}}', False),
}


@cases(
    Case(f"II/malformed/{label}", "II/malformed", f"The device survives {title}", "II.2", data=label)
    for label, (title, _, _) in _MALFORMED.items()
)
async def test_a_malformed_frame_does_no_harm(case: Case, dut: Device) -> None:
    _, frame, may_close = _MALFORMED[case.data]
    client = await dut.open()
    await client.send_raw(frame)
    await _answered_or_closed(dut, client, may_close=may_close)
    # The device lives: a fresh connection is served.
    other = client if not client.closed else await dut.open()
    dut.check(checks.success(await dut.ask(500, {}, client=other)))


async def _answered_or_closed(dut: Device, client: ControlClient, *, may_close: bool) -> None:
    """R21: an error code, the connection open; for what is not JSON also a close. Silence is not judged here."""
    from conformance.client import LinkError, RemoteProtocolError, ReplyTimeout

    try:
        answer = await client.next_stray(dut.profile["reply_timeout_s"])
    except ReplyTimeout:
        dut.demand(False, "an error code for the malformed frame (R21)", "no answer")
        return
    except LinkError:
        dut.judgement.observe("R21", "closed")
        dut.demand(may_close, "an error code, the connection open (R21)", "the connection was closed")
        return
    if isinstance(answer, RemoteProtocolError):
        dut.demand(False, "an error code in strict JSON (R21)", str(answer))
        return
    code = answer.get("retcode")
    codes = dut.catalogue.readings["R21"].codes
    assert codes is not None
    if code in codes.tolerated:
        dut.judgement.observe("R21", str(code))
    dut.demand(code in codes.canonical + codes.tolerated, f"retcode {codes.canonical[0]} (R21)", f"retcode {code!r}")


_UNDEFINED = (0, 37, 38, 59, 499, 519, 526, 532, 599, 618, 9998)


@cases(
    Case(
        f"II/undefined/{number}",
        "II/undefined",
        f"Command {number}, which the document does not know, is refused",
        "II.2",
        data=number,
    )
    for number in _UNDEFINED
)
async def test_an_undefined_command_is_refused(case: Case, dut: Device) -> None:
    reply = await dut.ask(case.data, {}, legal=False)
    known = {code for code, row in dut.catalogue.return_codes.items() if row.documented and code}
    dut.demand(reply.retcode in known, "a documented non-zero code (R15)", checks.describe(reply))


@cases(
    Case(
        f"IV.9999/{action}",
        "IV.9999/heartbeat",
        f"A heartbeat sent as {action} is accepted",
        "IV.9999",
        data=action,
        quick=True,
    )
    for action in ("notify", "request")
)
async def test_a_heartbeat_is_accepted(case: Case, dut: Device) -> None:
    client = await dut.logged_in()
    answer = None
    # R08 leaves open whether it is answered; that it does no harm shows in what follows on the same connection.
    with contextlib.suppress(ReplyTimeout):
        answer = await client.heartbeat(as_request=case.data == "request")
    if case.data == "request":
        dut.judgement.observe("R08", "answered" if answer is not None else "not answered")
    if answer is not None:
        dut.check(checks.success(answer))
    await dut.succeeds(505, {}, client=client)


@case(
    "IV.9999/lease",
    "IV.9999/lease",
    "A token lives while heartbeats come and dies without them",
    "IV.9999",
    _SAFE,
    stimuli=("clock",),
    waits_s=360,
)
async def test_a_token_lives_by_heartbeats(case: Case, dut: Device) -> None:
    life = dut.profile["keep_alive_s"]
    client = await dut.logged_in()
    await dut.clock.sleep(life - 1)
    await client.heartbeat()
    await dut.succeeds(505, {}, client=client)
    await dut.clock.sleep(life - 1)
    await dut.succeeds(505, {}, client=client)
    await client.heartbeat()
    await dut.ask(500, {}, client=client)
    await dut.clock.sleep(life + 5)
    dut.check(checks.refused(dut.catalogue, await dut.ask(505, {}, client=client), "R25"))


@case(
    "IV.503/change",
    "IV.503/change",
    "A changed password is the one that logs in",
    "IV.503",
    Safety.DISRUPTIVE,
    parameters=("second_user", "second_password"),
)
async def test_a_changed_password_logs_in(case: Case, dut: Device) -> None:
    user, old = dut.profile["second_user"], dut.profile["second_password"]
    new = "Changed-4711"
    cipher = dut.context.cipher
    client = await dut.logged_in(second=True)
    await dut.succeeds(503, _passwords(dut, user, old, new), client=client)
    try:
        other = await dut.open("changed")
        dut.check(checks.success(await other.login(user, new, cipher)))
        refused = await (await dut.open("old")).login(user, old, cipher)
        dut.check(checks.refused(dut.catalogue, refused, "R28"))
    finally:
        back = await dut.open("back")
        if not (await back.login(user, new, cipher)).ok:
            raise CaseInconclusive("the new password does not log in: it could not be changed back")
        await dut.succeeds(503, _passwords(dut, user, new, old), client=back)


@case(
    "IV.503/wrong-old-password",
    "IV.503/wrong-old",
    "A wrong old password changes nothing",
    "IV.503",
    Safety.DISRUPTIVE,
    parameters=("second_user", "second_password"),
)
async def test_a_wrong_old_password_is_refused(case: Case, dut: Device) -> None:
    user, password = dut.profile["second_user"], dut.profile["second_password"]
    client = await dut.logged_in(second=True)
    reply = await dut.ask(503, _passwords(dut, user, "surely-wrong", "Changed-4711"), client=client)
    dut.check(checks.refused(dut.catalogue, reply, "R26"))
    dut.check(checks.success(await (await dut.open("still")).login(user, password, dut.context.cipher)))


@case(
    "IV.504/reset",
    "IV.504/reset",
    "A reset password is the default one",
    "IV.504",
    Safety.DESTRUCTIVE,
    parameters=("second_user", "second_password", "default_password"),
)
async def test_a_reset_password_is_the_default(case: Case, dut: Device) -> None:
    user, own, default = dut.profile["second_user"], dut.profile["second_password"], dut.profile["default_password"]
    await dut.succeeds(504, {"username": user})
    client = await dut.open("reset")
    dut.check(checks.success(await client.login(user, default, dut.context.cipher)))
    if own != default:
        await dut.succeeds(503, _passwords(dut, user, default, own), client=client)


def _passwords(dut: Device, user: str, old: str, new: str) -> dict[str, str]:
    cipher = dut.context.cipher
    return {"username": user, "oldpassword": cipher.encrypt(old), "newpassword": cipher.encrypt(new)}


@case(
    "III.29/right/operator",
    "II/rights",
    "An account without the right to configure is refused",
    "III.29",
    parameters=("operator_user", "operator_password"),
    safety=_SAFE,
    writes=("pair:1",),
)
async def test_an_operator_may_not_configure(case: Case, dut: Device) -> None:
    client = await dut.open("operator")
    reply = await client.login(dut.profile["operator_user"], dut.profile["operator_password"], dut.context.cipher)
    if not reply.ok:
        raise CaseInconclusive(f"preamble: the operator's login answered {checks.describe(reply)}")
    dut.check(checks.refused(dut.catalogue, await dut.ask(1, {"humi": 42}, client=client), "R27"))
