"""Logins, locks, passwords and rights (501-504), and the life of a token (9999)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from conformance.catalogue import load
from conformance.catalogue.model import Group
from fixtures.camera import dialects

pytestmark = pytest.mark.asyncio

# Appendix IV and V, lines joined.
SAMPLE_OF_ADMIN = (
    "S8futiRVYyinbIVFFMemGLcgFAEir93HWSLhCerQ1BnacBcZttM1yy9DynNw/6uG1Zk49CMki+9+fFOiYONYZS+GvdrhADA9Q2ji1lt1HTuou"
    "Rd2jp2b5nkp/4P+rmVxr+RqLJUiEfbkf6Fzmcd+Ao8YReV5NPV5J0Ec7zdT0S4="
)
SAMPLE_OF_ROOT = (
    "NrlHEqC5HzF6Xw8ShD6ig1Fx+Vl6sfk7h63dbqkK26uTjH5ucXuoEW0Z3vg/LgsGN5BVx5U5RR3wRHljLhR8+I0LrksJD03ma1N+j996a3bX"
    "A18r1Bz162na9aon7af34i476HeMqcXYs5S9rAc1L6unGD4mrMGnFVAYLTc7zYM="
)


@pytest.mark.parametrize("user", ["admin", "root", "operator"])
async def test_each_account_logs_in_with_its_encrypted_password(bench: Any, user: str) -> None:
    client = await bench.anonymous()

    reply = await client.login(user)

    assert reply["retcode"] == 0
    assert set(reply["message"]) == {"token"}
    assert re.fullmatch("[0-9a-f]{32}", reply["message"]["token"])


@pytest.mark.parametrize(("user", "password"), [("admin", SAMPLE_OF_ADMIN), ("root", SAMPLE_OF_ROOT)])
async def test_the_samples_of_the_document_log_in(bench: Any, user: str, password: str) -> None:
    client = await bench.anonymous()

    assert await client.code(501, {"username": user, "password": password}) == 0


async def test_the_sample_of_one_user_is_not_the_password_of_another(bench: Any) -> None:
    client = await bench.anonymous()

    assert await client.code(501, {"username": "admin", "password": SAMPLE_OF_ROOT}) == 10009


async def test_an_unknown_user_is_told_so(bench: Any, cipher: Callable[[str], str]) -> None:
    client = await bench.anonymous()

    for user in ("nobody", "", "Admin", "admin "):
        assert await client.code(501, {"username": user, "password": cipher("admin")}) == 10004


@pytest.mark.parametrize("password", ["admin", "", "A" * 172, "=" * 172, "QUJD", "ä" * 172])
async def test_what_is_no_ciphertext_is_a_wrong_password(bench: Any, password: str) -> None:
    client = await bench.anonymous()

    reply = await client.ask(501, {"username": "admin", "password": password})

    assert (reply["retcode"], reply["message"]) == (10009, {"count": 4})


async def test_clear_text_logs_in_where_the_dialect_allows_it(bench: Any) -> None:
    dialects.apply(bench.camera, ["R62"])
    client = await bench.anonymous()

    assert await client.code(501, {"username": "admin", "password": "wrong"}) == 10009
    assert await client.code(501, {"username": "admin", "password": "admin"}) == 0
    assert (await client.login())["retcode"] == 0


@pytest.mark.parametrize("message", [None, {}, {"username": "admin"}, {"password": "x"}])
async def test_a_login_without_its_fields_is_refused(bench: Any, message: Any) -> None:
    client = await bench.anonymous()

    assert await client.code(501, message) == (10001 if message is None else 10003)


async def test_an_account_locks_after_the_allowed_failures_and_opens_again(bench: Any, admin: Any) -> None:
    await admin.get(29, {"allow_count": 3})
    client = await bench.anonymous()

    failures = [await client.login("root", "wrong") for _ in range(3)]
    locked = [await client.login("root"), await client.login("root", "wrong")]

    assert [reply["retcode"] for reply in failures] == [10009] * 3
    assert [reply["message"]["count"] for reply in failures] == [2, 1, 0]
    assert [reply["retcode"] for reply in locked] == [10010] * 2
    assert (await client.login("operator"))["retcode"] == 0
    told = await admin.push(1005)
    assert told["content"]["user"] == "root"
    assert told["content"]["ip"] == "127.0.0.1"

    bench.advance(299)
    assert (await client.login("root"))["retcode"] == 10010
    bench.advance(2)
    assert (await client.login("root", "wrong"))["message"] == {"count": 2}
    assert (await client.login("root"))["retcode"] == 0


async def test_a_right_password_forgets_the_failures(bench: Any) -> None:
    client = await bench.anonymous()

    for _ in range(3):
        for _ in range(4):
            await client.login("root", "wrong")
        assert (await client.login("root"))["retcode"] == 0


# ------------------------------------------------------------------ tokens


@pytest.mark.parametrize("action", ["notify", "request"])
async def test_a_token_lives_two_minutes_after_the_last_heartbeat(bench: Any, admin: Any, action: str) -> None:
    async def beat() -> None:
        frame = {"action": action, "cmdtype": 9999, "sequence": 9, "token": admin.token, "message": {}}
        await admin.websocket.send(json.dumps(frame))
        if action == "request":
            assert (await admin.reply())["retcode"] == 0

    for _ in range(4):
        bench.advance(100)
        await beat()
        assert await admin.code(2) == 0
    bench.advance(121)

    assert await admin.code(2) == 10005
    assert (await admin.ask(9999))["retcode"] == 10005


async def test_other_traffic_does_not_keep_a_token_alive(bench: Any, admin: Any) -> None:
    for _ in range(5):
        bench.advance(23)
        assert await admin.code(2) == 0
    bench.advance(6)

    assert await admin.code(2) == 10005


async def test_a_logout_ends_the_token_with_and_without_the_name(bench: Any) -> None:
    for message in ({}, {"username": "admin"}, None):
        client = await bench.client()
        assert await client.code(502, message) == 0
        assert await client.code(2) == 10005
        assert await client.code(502, message) == 10005


async def test_a_token_works_on_another_websocket_and_outlives_its_own(bench: Any, admin: Any) -> None:
    other = await bench.anonymous()
    other.token = admin.token

    assert await other.code(2) == 0
    await admin.websocket.close()
    assert await other.code(2) == 0


async def test_two_logins_of_one_account_live_side_by_side(bench: Any, admin: Any) -> None:
    other = await bench.client()

    assert admin.token != other.token
    assert [await admin.code(2), await other.code(2)] == [0, 0]


async def test_one_login_more_than_allowed_is_refused_until_one_leaves(bench: Any, admin: Any) -> None:
    await admin.get(11, {"max_connectios": 3})
    clients = [await bench.client() for _ in range(2)]
    late = await bench.anonymous()
    assert (await late.login())["retcode"] == 10018

    await clients[0].get(502)
    assert (await late.login())["retcode"] == 0
    assert (await clients[0].login())["retcode"] == 10018

    await clients[1].websocket.close()
    assert (await clients[0].login())["retcode"] == 0
    later = await bench.anonymous()
    assert (await later.login())["retcode"] == 10018

    bench.advance(121)
    assert (await later.login())["retcode"] == 0


# ------------------------------------------------------------------ passwords


async def test_a_new_password_replaces_the_old_one_and_ends_other_sessions(bench: Any, cipher: Any) -> None:
    mine, other, root = await bench.client(), await bench.client(), await bench.client("root")
    message = {"username": "admin", "oldpassword": cipher("admin"), "newpassword": cipher("Pässwort 2")}

    assert await mine.code(503, message) == 0

    assert (await other.push(1001))["content"]["msg"]
    assert [await mine.code(2), await other.code(2), await root.code(2)] == [0, 10005, 0]
    assert (await other.login("admin", "admin"))["retcode"] == 10009
    assert (await other.login("admin", "Pässwort 2"))["retcode"] == 0


async def test_a_password_change_that_cannot_be_made_changes_nothing(admin: Any, bench: Any, cipher: Any) -> None:
    right, wrong, new = cipher("admin"), cipher("wrong"), cipher("new")
    refused = [
        ({"username": "admin", "oldpassword": wrong, "newpassword": new}, 10006),
        ({"username": "admin", "oldpassword": "admin", "newpassword": new}, 10006),
        ({"username": "admin", "oldpassword": right, "newpassword": "new"}, 10006),
        ({"username": "admin", "oldpassword": right, "newpassword": cipher("")}, 10006),
        ({"username": "nobody", "oldpassword": right, "newpassword": new}, 10004),
        ({"username": "admin", "oldpassword": right}, 10003),
    ]

    for message, code in refused:
        assert await admin.code(503, message) == code

    assert (await bench.client()).token


async def test_a_reset_sets_the_default_password_and_opens_a_locked_account(bench: Any, admin: Any) -> None:
    root, client = await bench.client("root"), await bench.anonymous()
    for _ in range(5):
        await client.login("root", "wrong")

    assert await admin.code(504, {"username": "root"}) == 0

    assert (await root.push(1001))["content"]["msg"]
    assert await root.code(2) == 10005
    assert (await client.login("root", "admin"))["retcode"] == 0
    assert await admin.code(504, {"username": "nobody"}) == 10004


# ------------------------------------------------------------------ rights


async def test_an_operator_may_look_and_not_touch(bench: Any, cipher: Any) -> None:
    operator = await bench.client("operator")
    sets = [command.cmdtype for command in load().commands.values() if command.group is Group.SET]
    gets = [command.cmdtype for command in load().commands.values() if command.group is Group.GET]

    assert {number: await operator.code(number, {}) for number in sets} == dict.fromkeys(sets, 10007)
    assert {number: await operator.code(number, {}) for number in gets} == dict.fromkeys(gets, 0)
    for number in (504, 506, 508, 511, 512, 517, 518, 524, 525, 527, 529, 600, 602, 605):
        assert await operator.code(number, {}) == 10007, number
    for number in (505, 507, 510, 520, 522, 528, 530, 601, 606, 611, 614, 617, 9999):
        assert await operator.code(number, {}) == 0, number
    assert await operator.code(509, {"record_stream": 0}, subtype=4) == 0
    assert await operator.code(509, {"record_stream": 1}, subtype=1) == 10007


async def test_an_operator_changes_its_own_password_alone(bench: Any, cipher: Any) -> None:
    operator = await bench.client("operator")

    others = {"username": "admin", "oldpassword": cipher("admin"), "newpassword": cipher("new")}
    own = {"username": "operator", "oldpassword": cipher("operator"), "newpassword": cipher("new")}

    assert await operator.code(503, others) == 10007
    assert await operator.code(503, own) == 0
