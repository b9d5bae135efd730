"""Command 501: who can log in, who is refused, and what locks an account."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import NamedTuple

from conformance import checks
from conformance.catalogue import Safety
from conformance.catalogue.json_types import JsonObject
from conformance.client import ControlClient, LinkError, Reply, ReplyTimeout, clear_text
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.rules.verdict import CaseInconclusive
from conformance.steps.accounts import SPARE
from conformance.steps.heartbeats import is_answered

_SAFE = Safety.REVERSIBLE


# Who can log in


@case(
    "IV.501/login", "A login with the right password must return a token", _SAFE, requirement="IV.501/token", quick=True
)
async def test_a_right_password_earns_a_token(case: Case, dut: Device) -> None:
    client = await dut.open()
    reply = await dut.link.login(client)
    dut.check(checks.success(reply))
    dut.conforms(dut.catalogue.commands[501], reply)
    token = (reply.message or {}).get("token")
    dut.demand(isinstance(token, str) and len(token) == 32, "a token of 32 characters", f"{len(str(token))} characters")
    await dut.succeeds(505, {}, client=client)


@case("IV.501/two-tokens", "Two logins must return two tokens", _SAFE)
async def test_two_logins_earn_two_tokens(case: Case, dut: Device) -> None:
    tokens = [(await dut.logged_in(name)).token for name in ("one", "two", "three")]
    same = len(tokens) - len(set(tokens))
    dut.demand(not same, "another token at each login", f"{same} of {len(tokens)} tokens had been given before")


@case(
    "IV.501/clear-text",
    "A password in clear must be accepted, or refused with a documented code",
    _SAFE,
    parameters=("public_key", "admin_password"),
)
async def test_a_password_in_clear_is_observed(case: Case, dut: Device) -> None:
    user, password = _account(dut)
    reply = await (await dut.open()).login(user, password, clear_text)
    outcome = "accepted: passwords can be read in the traffic" if reply.ok else f"refused with {reply.retcode}"
    dut.judgement.observe("R62", outcome)
    known = {code for code, row in dut.catalogue.return_codes.items() if row.documented}
    dut.demand(reply.retcode in known, "accepted, or refused with a documented code (R62)", checks.describe(reply))
    await _clears_the_counter(dut)


@case("IV.501/unknown-user", "An unknown user must be refused", _SAFE, quick=True)
async def test_an_unknown_user_is_refused(case: Case, dut: Device) -> None:
    client = await dut.open()
    reply = await client.login("nobody-of-that-name", "wrong", dut.link.cipher)
    dut.check(checks.envelope(reply.request, reply))
    dut.check(checks.refused(dut.catalogue, reply, "R24"))


@case(
    "IV.501/wrong-password",
    "A wrong password must be refused with the number of attempts left",
    _SAFE,
    quick=True,
)
async def test_a_wrong_password_is_refused(case: Case, dut: Device) -> None:
    reply = await _wrong_login(dut)
    dut.check(checks.refused(dut.catalogue, reply, "R28"))
    left = _count(reply)
    dut.demand(left is not None and left >= 0, "count says how many attempts are left (R28)", f"count {left!r}")
    dut.demand("token" not in (reply.message or {}), "no token with a refusal", "a token")
    await _clears_the_counter(dut)


_NEARLY: dict[str, Callable[[str], str]] = {
    "prefix": lambda password: password[:-1],
    "suffix": lambda password: password + "x",
    "case": lambda password: password.swapcase(),
    "doubled": lambda password: password * 2,
    "blank-after": lambda password: password + " ",
    "empty": lambda _: "",
}


@cases(
    Case(
        f"IV.501/password-{label}",
        f"A password that is nearly right ({label}) must be refused",
        _SAFE,
        requirement="IV.501/exact-password",
        parameters=("admin_password",),
        data=change,
        quick=label == "prefix",
    )
    for label, change in _NEARLY.items()
)
async def test_a_nearly_right_password_is_refused(case: Case[Callable[[str], str]], dut: Device) -> None:
    user, password = _account(dut)
    nearly = case.data(password)
    if nearly == password:
        raise CaseInconclusive("this password has no such variant")
    reply = await (await dut.open()).login(user, nearly, dut.link.cipher)
    dut.check(checks.refused(dut.catalogue, reply, "R28", *(() if nearly else ("R20", "R22", "R23"))))
    await _clears_the_counter(dut)


@cases(
    Case(
        f"IV.501/clear-{label}",
        f"A password in clear that is nearly right ({label}) must be refused",
        _SAFE,
        requirement="IV.501/exact-password",
        parameters=("admin_password",),
        data=change,
    )
    for label, change in {"first-letter": lambda password: password[:1], **_NEARLY}.items()
)
async def test_a_nearly_right_password_in_clear_is_refused(case: Case[Callable[[str], str]], dut: Device) -> None:
    """It is open whether clear text is accepted at all (R62); a wrong password is wrong either way."""
    user, password = _account(dut)
    nearly = case.data(password)
    if nearly == password:
        raise CaseInconclusive("this password has no such variant")
    reply = await (await dut.open()).login(user, nearly, clear_text)
    dut.check(checks.refused(dut.catalogue, reply, "R28", "R22", *(() if nearly else ("R20", "R23"))))
    await _clears_the_counter(dut)


_OTHER_NAMES: dict[str, Callable[[str], str]] = {
    "prefix": lambda user: user[:-1],
    "suffix": lambda user: user + "x",
}


@cases(
    Case(
        f"IV.501/username-{label}",
        f"A user name that is nearly right ({label}) must be refused with the right password",
        _SAFE,
        requirement="IV.501/unknown-user",
        parameters=("admin_password",),
        data=change,
    )
    for label, change in _OTHER_NAMES.items()
)
async def test_a_nearly_right_user_name_is_refused(case: Case[Callable[[str], str]], dut: Device) -> None:
    user, password = _account(dut)
    nearly = case.data(user)
    known = {dut.profile[f"{who}_user"] for who in ("admin", "second", "operator")}
    if not nearly or nearly in known:
        raise CaseInconclusive("this user name has no such variant")
    reply = await (await dut.open()).login(nearly, password, dut.link.cipher)
    dut.check(checks.refused(dut.catalogue, reply, "R24", "R22"))


class _Malformed(NamedTuple):
    """A field that is left out of a login (empty: none), and fields that are changed."""

    left_out: str
    changed: JsonObject


@cases(
    Case(
        f"IV.501/{label}",
        f"A login with {title} must be refused",
        _SAFE,
        requirement="IV.501/message",
        data=malformed,
    )
    for label, title, malformed in (
        ("without-username", "no user name", _Malformed("username", {})),
        ("without-password", "no password", _Malformed("password", {})),
        ("username-number", "a number as user name", _Malformed("", {"username": 5})),
        ("password-number", "a number as password", _Malformed("", {"password": 5})),
        ("password-garbage", "a password that is no ciphertext", _Malformed("", {"password": "!!! no base64 !!!"})),
    )
)
async def test_a_malformed_login_is_refused(case: Case[_Malformed], dut: Device) -> None:
    """It is open which of several faults a device names first (R150): no ciphertext is a wrong password, too."""
    user, _ = _account(dut)
    message: JsonObject = {"username": user, "password": dut.link.cipher.encrypt("surely-wrong")}
    message |= case.data.changed
    message.pop(case.data.left_out, None)
    reply = await dut.ask(501, message, client=await dut.open(), legal=False)
    dut.check(checks.refused(dut.catalogue, reply, "R20", "R22", "R23", "R24", "R28"))
    await _clears_the_counter(dut)


@case(
    "IV.501/count",
    "The number of attempts left must go down with each failure, and back up with the right password",
    _SAFE,
    writes=("pair:29",),
    quick=True,
)
async def test_failures_use_up_attempts(case: Case, dut: Device) -> None:
    await dut.must(29, {"allow_count": 5})
    counts = [_count(await _wrong_login(dut)) for _ in range(3)]
    dut.demand(_goes_down(counts), "count goes down by one with each failure (R28, R157)", f"counts {counts}")
    await _clears_the_counter(dut)
    again = _count(await _wrong_login(dut))
    dut.demand(again == counts[0], f"count {counts[0]} after a right password", f"count {again}")
    await _clears_the_counter(dut)


@case(
    "IV.501/lock",
    "The right password must be refused after allow_count failures, until the lock ends",
    _SAFE,
    parameters=(*SPARE, "lockout_s"),
    writes=("pair:29",),
    waits_s=300,
)
async def test_an_account_locks(case: Case, dut: Device) -> None:
    user, right = _account(dut)
    await dut.must(29, {"allow_count": 3})
    try:
        replies = [await _wrong_login(dut) for _ in range(3)]
        for reply in replies[:-1]:
            dut.check(checks.refused(dut.catalogue, reply, "R28"))
        # It is open whether the failure that locks returns 10009, with count 0, or already 10010 (R157).
        dut.check(checks.refused(dut.catalogue, replies[-1], "R28", "R29"))
        counts = [_count(reply) for reply in replies]
        dut.demand(_goes_down(counts), "count goes down by one with each failure (R28, R157)", f"counts {counts}")
        for password in (right, "surely-wrong", right):
            locked = await (await dut.open("locked")).login(user, password, dut.link.cipher)
            dut.check(checks.refused(dut.catalogue, locked, "R29"))
        if dut.profile["admin_user"] != user:
            await dut.succeeds(505)  # The lock is the account's: others go on.
    finally:
        await dut.clock.sleep(dut.profile["lockout_s"] + 1)
    await _clears_the_counter(dut, "after the lock (R157)")


def _goes_down(counts: list[int | None]) -> bool:
    """Whether counts go down by one each time; the last may be None, where the account is locked already."""
    known = [count for count in counts if count is not None]
    whole = len(known) >= len(counts) - 1
    return whole and all(after == before - 1 for before, after in itertools.pairwise(known))


def _account(dut: Device) -> tuple[str, str]:
    """The account whose logins fail: not the run's own if there is another, so that the run is never locked out."""
    user, password = dut.profile.spare_account
    return (user, password) if user else (dut.profile["admin_user"], dut.profile["admin_password"])


async def _wrong_login(dut: Device) -> Reply:
    client = await dut.open("wrong")
    reply = await client.login(_account(dut)[0], "surely-wrong", dut.link.cipher)
    dut.check(checks.envelope(reply.request, reply))
    return reply


def _count(reply: Reply) -> int | None:
    count = (reply.message or {}).get("count")
    return count if isinstance(count, int) and not isinstance(count, bool) else None


async def _clears_the_counter(dut: Device, when: str = "after failures that were not too many") -> None:
    """Judge that a good login succeeds; it also resets the counter, so that no other case is locked out."""
    user, password = _account(dut)
    client = await dut.open("good")
    if password:
        reply = await client.login(user, password, dut.link.cipher)
    else:
        reply = await dut.link.login(client)
    dut.demand(reply.ok, f"a right password logs in {when}", checks.describe(reply))


@case(
    "IV.501/second-login",
    "A second login of an account must leave the first session alone, or send it 1001",
    _SAFE,
    quick=True,
)
async def test_a_second_login_ends_the_first_with_1001_if_at_all(case: Case, dut: Device) -> None:
    old = await dut.logged_in("old")
    await dut.logged_in("new")
    alive = await is_answered(dut, old)
    dut.judgement.observe("R12", "both live on" if alive else "the earlier session ends")
    informed = await _receives_1001(dut, old) if not alive else False
    seen = f"the first is {'alive' if alive else 'over'}, {'with' if informed else 'without'} 1001"
    dut.demand(alive or informed, "both sessions live, or 1001 to the first (R12)", seen)


async def _receives_1001(dut: Device, client: ControlClient) -> bool:
    try:
        await dut.hear(client, 1001, timeout=dut.profile["push_tolerance_s"])
    except (ReplyTimeout, LinkError):
        return False
    return True


@case(
    "IV.501/transports",
    "A token must always work over the other transport, or never",
    _SAFE,
    capabilities=("http.login",),
)
async def test_a_token_over_the_other_transport_is_observed(case: Case, dut: Device) -> None:
    client = await dut.logged_in()
    http = dut.plain_http()
    over_http = [(await dut.ask(505, {}, client=http, token=client.token)).retcode for _ in range(2)]
    await dut.succeeds(505, {}, client=client)
    own = await dut.http()
    over_websocket = [(await dut.ask(505, {}, client=await dut.open(), token=own.token)).retcode for _ in range(2)]
    dut.judgement.observe("R155", f"token of a websocket over HTTP: {over_http[0]}")
    dut.judgement.observe("R155", f"token of HTTP over a websocket: {over_websocket[0]}")
    for found in (over_http, over_websocket):
        dut.demand(set(found) in ({0}, {10005}), "0 or 10005, the same each time (R155)", f"retcodes {found}")


@case(
    "IV.501/websocket-gone",
    "A token whose websocket is closed must be accepted or refused with 10005",
    _SAFE,
    requirement="IV.501/transports",
)
async def test_a_token_without_its_websocket_is_observed(case: Case, dut: Device) -> None:
    client = await dut.logged_in()
    token = client.token
    await client.close()
    reply = await dut.ask(505, {}, client=await dut.open("after"), token=token)
    dut.judgement.observe("R155", f"token after its websocket is closed: {reply.retcode}")
    dut.demand(reply.retcode in (0, 10005), "0 or 10005 (R155)", checks.describe(reply))
