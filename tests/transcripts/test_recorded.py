"""The conversations with real cameras that the document prints: our codec and our checks have to accept them."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from conformance import checks
from conformance.catalogue import Catalogue
from conformance.client import LocalMessageError, Reply, check_request, decode, encode
from conformance.client.codec import reply_from
from fixtures.profiles import load_profile
from fixtures.transcripts.recorded import Recorded, recorded

ALL = recorded()
SENT = [each for each in ALL if each.direction == ">"]
REPLIES = [each for each in ALL if each.direction == "<"]
_UUID_EPOCH = datetime(1582, 10, 15, tzinfo=UTC)


def the(appendix: str, direction: str, cmdtype: int) -> dict[str, Any]:
    """The one message of this kind, decoded."""
    (found,) = (each for each in ALL if (each.appendix, each.direction, each.cmdtype) == (appendix, direction, cmdtype))
    return decode(found.text)


def reply_of(message: Recorded) -> Reply:
    return reply_from(decode(message.text), message.text, 0.0)


def request_of(reply: Recorded) -> Mapping[str, Any]:
    """The request that a reply follows."""
    (asked,) = (each for each in SENT if each.appendix == reply.appendix and each.cmdtype == reply.cmdtype)
    return decode(asked.text)


def born(token: str) -> datetime:
    """When a token that is an identifier of version 1 was made."""
    return _UUID_EPOCH + timedelta(microseconds=uuid.UUID(token).time // 10)


def test_both_appendices_are_there_whole() -> None:
    assert [(each.direction, each.cmdtype) for each in ALL if each.appendix == "IV"] == [
        (">", 500), ("<", 500), (">", 501), ("<", 501), (">", 9999), (">", 16), ("<", 16), (">", 502), ("<", 502),
    ]  # fmt: skip
    assert [(each.direction, each.cmdtype) for each in ALL if each.appendix == "V"] == [
        (">", 500), ("<", 500), (">", 501), ("<", 501), (">", 10), ("<", 10),
    ]  # fmt: skip


def test_each_exchange_teaches_something_by_readings_that_exist(catalogue: Catalogue) -> None:
    for message in ALL:
        assert message.teaches, str(message)
        assert set(message.readings) <= set(catalogue.readings), str(message)
        for lesson in message.teaches:
            print(f"{message!s:15} {', '.join(message.readings):40} {lesson}")


@pytest.mark.parametrize("message", ALL, ids=str)
def test_the_codec_reads_every_recorded_text(message: Recorded) -> None:
    frame = decode(message.text)
    assert decode(message.text.encode("utf-8")) == frame
    assert frame["cmdtype"] == message.cmdtype
    assert decode(encode(frame)) == frame


@pytest.mark.parametrize("reply", REPLIES, ids=str)
def test_the_envelope_of_every_recorded_reply_is_accepted(reply: Recorded) -> None:
    assert checks.envelope_problems(request_of(reply), decode(reply.text)) == []
    assert checks.envelope(request_of(reply), reply_of(reply)).findings == []
    assert checks.success(reply_of(reply)).findings == []


@pytest.mark.parametrize("reply", REPLIES, ids=str)
def test_the_fields_of_every_recorded_reply_are_accepted(
    reply: Recorded, catalogue: Catalogue, sizes: Mapping[str, int]
) -> None:
    command = catalogue.commands[reply.cmdtype]
    complete = command.group == "get" or reply.cmdtype == 500
    result = checks.conforms(command.reply, reply_of(reply).message, sizes, complete=complete)
    assert result.findings == []
    seen = {(observation.reading, observation.found) for observation in result.observations}
    assert seen == ({("R61", "control_url")} if str(reply) == "V.2 < 500" else set())


@pytest.mark.parametrize("request_", SENT, ids=str)
def test_the_catalogue_allows_every_recorded_request(request_: Recorded, catalogue: Catalogue) -> None:
    frame = decode(request_.text)
    check_request(catalogue, frame)
    with pytest.raises(LocalMessageError):
        check_request(catalogue, {**frame, "message": {**frame["message"], "nonsense": 1}})


def test_the_websocket_was_opened_where_its_camera_says_it_is() -> None:
    shown = the("IV", "<", 500)["message"]
    url = urlsplit(next(each.url for each in ALL if each.appendix == "IV"))
    assert (url.port, url.path) == (shown["control_port"], shown["control_uri"])


def test_the_printed_ciphertexts_are_as_long_as_the_published_key(catalogue: Catalogue) -> None:
    key = load_pem_public_key(load_profile(catalogue, "nc200")["public_key"].encode("ascii"))
    assert isinstance(key, RSAPublicKey)
    for appendix in ("IV", "V"):
        cipher = base64.b64decode(the(appendix, ">", 501)["message"]["password"], validate=True)
        assert len(cipher) == key.key_size // 8
        assert int.from_bytes(cipher, "big") < key.public_numbers().n


def test_the_profile_of_the_sample_camera_logs_in_with_the_printed_ciphertext(catalogue: Catalogue) -> None:
    profile = load_profile(catalogue, "nc200")
    printed = the("IV", ">", 501)["message"]
    assert (profile["admin_user"], profile["admin_ciphertext"]) == (printed["username"], printed["password"])
    shown = the("IV", "<", 500)["message"]
    for name in ("ir_output_w", "ir_output_h", "ir_model_w", "ir_model_h"):
        assert profile[name] == shown[name]


def test_the_login_over_http_is_known_byte_by_byte() -> None:
    lengths = {each.cmdtype: (int(each.headers["Content-Length"]), len(each.text)) for each in SENT if each.headers}
    assert lengths == {500: (95, 60), 501: (299, 299), 10: (115, 102)}


def test_a_token_is_made_of_the_time_of_the_login_and_of_the_hardware_address() -> None:
    mac = the("V", "<", 10)["message"]["mac"].replace(":", "").lower()
    (login,) = (each for each in REPLIES if (each.appendix, each.cmdtype) == ("V", 501))
    for token in (the("IV", "<", 501)["message"]["token"], decode(login.text)["message"]["token"]):
        assert token.endswith(mac)
        assert uuid.UUID(token).version == 1
    assert born(decode(login.text)["message"]["token"]).replace(microsecond=0) == parsedate_to_datetime(
        login.headers["Date"]
    )


def test_the_third_token_is_of_a_session_that_is_not_printed() -> None:
    first, second = the("V", "<", 501)["message"]["token"], the("V", ">", 10)["token"]
    assert first != second
    assert timedelta(minutes=4) < born(second) - born(first) < timedelta(minutes=6)


def test_500_shows_the_local_time_of_time_zone_0_which_is_eight_hours_ahead() -> None:
    (asked,) = (each for each in REPLIES if (each.appendix, each.cmdtype) == ("V", 500))
    shown = datetime.fromisoformat(decode(asked.text)["message"]["datetime"]).replace(tzinfo=UTC)
    assert shown - parsedate_to_datetime(asked.headers["Date"]) == timedelta(hours=8)
    assert the("IV", "<", 16)["message"]["time_zone"] == 0
    shown = datetime.fromisoformat(the("IV", "<", 500)["message"]["datetime"]).replace(tzinfo=UTC)
    login = born(the("IV", "<", 501)["message"]["token"])
    assert abs(shown - login - timedelta(hours=8)) < timedelta(minutes=10)
