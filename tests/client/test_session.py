from __future__ import annotations

from typing import Any

import pytest

from conformance.client import (
    KEEP,
    OMIT,
    Answer,
    Lease,
    LocalError,
    Pushed,
    Session,
    State,
    UnexpectedFrame,
    WhyUnexpected,
)
from conformance.client.session import Event, Pending


def _reply(request: dict[str, Any], **replaced: Any) -> dict[str, Any]:
    frame = {"action": "response", "cmdtype": request["cmdtype"], "sequence": request["sequence"]}
    return frame | {"retcode": 0, "retmsg": "success", "message": None} | replaced


def _send(session: Session, cmdtype: int = 2, at: float = 0.0, **options: Any) -> tuple[dict[str, Any], Pending]:
    frame = session.build(cmdtype, **options)
    return frame, session.expect(frame, at)


def test_every_request_has_its_own_sequence() -> None:
    session = Session(first_sequence=2**64 - 2)
    numbers = [_send(session)[0]["sequence"] for _ in range(4)]
    assert numbers == [2**64 - 2, 2**64 - 1, 0, 1]


def test_a_sequence_still_waiting_is_not_given_again() -> None:
    session = Session()
    _send(session, sequence=1)
    assert session.build(2)["sequence"] == 2


def test_a_request_carries_token_and_addresses() -> None:
    session = Session("client", "device")
    session.logged_in("secret", 0.0)
    frame = session.build(20, {"default": 1}, extra={"subtype": 3})
    assert frame == {
        "action": "request",
        "cmdtype": 20,
        "sequence": 1,
        "token": "secret",
        "from": "client",
        "to": "device",
        "subtype": 3,
        "message": {"default": 1},
    }


@pytest.mark.parametrize("cmdtype", [500, 501])
def test_general_information_and_login_carry_no_token(cmdtype: int) -> None:
    session = Session()
    session.token = "secret"
    assert "token" not in session.build(cmdtype)
    assert session.build(cmdtype, token="forced")["token"] == "forced"


@pytest.mark.parametrize(("token", "sent"), [(KEEP, "secret"), ("", ""), ("other", "other")])
def test_the_token_of_one_request_can_be_chosen(token: Any, sent: str) -> None:
    session = Session()
    session.token = "secret"
    assert session.build(2, token=token)["token"] == sent


def test_token_and_message_can_be_left_out() -> None:
    session = Session()
    session.token = "secret"
    assert session.build(2, OMIT, token=OMIT).keys() == {"action", "cmdtype", "sequence"}
    assert session.build(2, None)["message"] is None


def test_extra_keys_cannot_replace_those_with_an_argument() -> None:
    with pytest.raises(LocalError, match="sequence"):
        Session().build(2, extra={"sequence": 5})


def test_replies_find_their_requests_in_any_order() -> None:
    session = Session()
    sent = [_send(session, cmdtype) for cmdtype in (2, 4, 6)]
    for frame, pending in reversed(sent):
        answer = session.receive(_reply(frame), "raw", 1.0)
        assert isinstance(answer, Answer)
        assert answer.pending is pending
        assert answer.reply is not None
        assert answer.reply.cmdtype == frame["cmdtype"]
    assert session.pending == []


def test_the_sequence_alone_finds_the_request_even_if_the_command_is_wrong() -> None:
    session = Session()
    frame, pending = _send(session, 39)
    answer = session.receive(_reply(frame, cmdtype=41), "raw", 1.0)
    assert isinstance(answer, Answer)
    assert answer.pending is pending
    assert answer.reply is not None
    assert answer.reply.request is frame


@pytest.mark.parametrize("sequence", [2, 1.0, True, "1", None, 2**64 + 1])
def test_another_sequence_finds_no_request(sequence: Any) -> None:
    session = Session()
    frame, _ = _send(session)
    unexpected = session.receive(_reply(frame, sequence=sequence), "raw", 1.0)
    assert isinstance(unexpected, UnexpectedFrame)
    assert unexpected.why is WhyUnexpected.NO_SUCH_SEQUENCE
    assert len(session.pending) == 1


def test_sequences_beyond_two_to_the_53_are_told_apart() -> None:
    session = Session()
    frame, _ = _send(session, sequence=2**53 + 1)
    assert isinstance(session.receive(_reply(frame, sequence=2**53), "raw", 1.0), UnexpectedFrame)
    assert isinstance(session.receive(_reply(frame), "raw", 1.0), Answer)


def test_one_sequence_used_twice_is_answered_by_command_then_in_order() -> None:
    session = Session()
    sent = [_send(session, cmdtype, sequence=9) for cmdtype in (2, 4, 2)]
    found = [session.receive(_reply(sent[index][0]), "raw", 1.0) for index in (1, 0, 2)]
    assert [answer.pending for answer in found if isinstance(answer, Answer)] == [sent[1][1], sent[0][1], sent[2][1]]


def test_a_second_answer_is_unexpected() -> None:
    session = Session()
    frame, _ = _send(session)
    session.receive(_reply(frame), "raw", 1.0)
    unexpected = session.receive(_reply(frame), "raw", 2.0)
    assert isinstance(unexpected, UnexpectedFrame)
    assert unexpected.why is WhyUnexpected.SECOND_ANSWER


def test_an_answer_to_a_request_given_up_is_late() -> None:
    session = Session()
    frame, pending = _send(session)
    session.give_up(pending)
    unexpected = session.receive(_reply(frame), "raw", 2.0)
    assert isinstance(unexpected, UnexpectedFrame)
    assert unexpected.why is WhyUnexpected.LATE_ANSWER


def test_an_answer_to_a_notification_is_known_for_what_it_is() -> None:
    session = Session()
    frame = session.build(9999, action="notify")
    session.notified(frame)
    unexpected = session.receive(_reply(frame), "raw", 1.0)
    assert isinstance(unexpected, UnexpectedFrame)
    assert unexpected.why is WhyUnexpected.ANSWER_TO_NOTIFICATION


def test_a_reply_that_cannot_be_read_still_answers_its_request() -> None:
    session = Session()
    frame, pending = _send(session)
    answer = session.receive(_reply(frame, retcode="0"), "raw", 1.0)
    assert isinstance(answer, Answer)
    assert answer.pending is pending
    assert answer.reply is None
    assert answer.problem is not None
    assert answer.problem.reason == "bad-envelope"


def test_a_request_sent_back_answers_itself_badly() -> None:
    session = Session()
    frame, pending = _send(session)
    answer = session.receive(frame, "raw", 1.0)
    assert isinstance(answer, Answer)
    assert answer.pending is pending
    assert answer.problem is not None


def test_a_notification_of_the_device_is_a_push() -> None:
    pushed = Session().receive({"action": "notify", "cmdtype": 1000, "sequence": 1, "content": {"a": 1}}, "raw", 3.0)
    assert isinstance(pushed, Pushed)
    assert (pushed.push.cmdtype, pushed.push.body, pushed.push.received) == (1000, {"a": 1}, 3.0)


def test_a_push_with_a_return_code_is_still_a_push() -> None:
    frame = {"action": "notify", "cmdtype": 1000, "sequence": 1, "retcode": 0, "content": {}}
    assert isinstance(Session().receive(frame, "raw", 0.0), Pushed)


def test_a_reply_that_calls_itself_a_notification_answers_its_request() -> None:
    session = Session()
    frame, _ = _send(session)
    assert isinstance(session.receive(_reply(frame, action="notify"), "raw", 0.0), Answer)


@pytest.mark.parametrize(
    "frame",
    [
        {},
        {"action": "request", "cmdtype": 2, "sequence": 5},
        {"cmdtype": 1000},
        {"action": "notify", "cmdtype": "1000"},
    ],
    ids=repr,
)
def test_what_is_neither_reply_nor_push_is_unexpected(frame: dict[str, Any]) -> None:
    session = Session()
    _send(session)
    unexpected = session.receive(frame, "raw", 0.0)
    assert isinstance(unexpected, UnexpectedFrame)
    assert unexpected.why is WhyUnexpected.NEITHER


def test_login_and_logout_change_state_and_token() -> None:
    session = Session()
    assert session.state is State.LOGGED_OUT
    session.logged_in("secret", 10.0)
    assert (session.state, session.token, session.lease.expires_at) == (State.LOGGED_IN, "secret", 130.0)
    session.logged_out()
    assert (session.state, session.token, session.lease.expires_at) == (State.LOGGED_OUT, None, None)


def test_the_end_of_the_lease_is_seen_when_its_time_has_come() -> None:
    session = Session(keep_alive_s=120.0)
    session.logged_in("secret", 0.0)
    assert session.state_at(119.9) is State.LOGGED_IN
    assert session.state_at(120.0) is State.EXPIRED


def test_a_refused_token_is_noticed_only_for_the_own_token() -> None:
    session = Session()
    session.logged_in("secret", 0.0)
    frame, _ = _send(session, token="other")
    session.receive(_reply(frame, retcode=10005), "raw", 1.0)
    before = session.state
    frame, _ = _send(session)
    session.receive(_reply(frame, retcode=10005), "raw", 1.0)
    assert (before, session.state) == (State.LOGGED_IN, State.REFUSED)


def test_a_forced_logout_is_noticed_and_the_token_kept_for_proof() -> None:
    session = Session()
    session.logged_in("secret", 0.0)
    session.receive({"action": "notify", "cmdtype": 1001, "sequence": 1, "content": {"msg": "x"}}, "raw", 1.0)
    assert (session.state, session.token) == (State.FORCED_OUT, "secret")


def test_nothing_is_sent_after_the_link_has_ended() -> None:
    session = Session()
    session.transition(Event.LINK_END)
    with pytest.raises(LocalError, match="the link of this session has ended"):
        session.build(2)


def test_an_event_that_cannot_happen_is_our_own_error() -> None:
    with pytest.raises(LocalError, match="the lease ended cannot happen"):
        Session().transition(Event.LEASE_END)


def test_a_lease_lives_while_heartbeats_come_in_time() -> None:
    lease = Lease(120.0)
    lease.start(0.0)
    for at in (119.0, 238.0, 357.5):
        assert lease.alive(at)
        assert lease.renew(at)
    assert lease.expires_at == 477.5
    assert lease.remaining(470.0) == 7.5


def test_a_heartbeat_after_the_end_revives_nothing() -> None:
    lease = Lease(120.0)
    lease.start(0.0)
    assert not lease.renew(120.0)
    assert lease.expires_at == 120.0
    assert lease.remaining(500.0) == 0.0


def test_without_a_login_there_is_no_lease() -> None:
    lease = Lease()
    assert lease.expires_at is None
    assert not lease.renew(0.0)
    assert not lease.alive(0.0)
