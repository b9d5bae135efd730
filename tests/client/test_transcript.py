from __future__ import annotations

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.client import Transcript, render, video_header
from conformance.client.redaction import Redaction
from conformance.client.transcript import PAYLOAD_BYTES

_SECRET = "7d358ef09eaa11ecaf4d00151810ca9d"


@pytest.mark.parametrize("key", ["token", "password", "oldpassword", "newpassword", "reg_password", "Token", "TOKEN"])
@pytest.mark.parametrize(
    "text",
    [
        '{"KEY":"SECRET"}',
        '{"KEY" :\n "SECRET", "a":1}',
        '{" KEY ":"SECRET"}',
        '{"a":{"KEY":"SECRET"}}',
        '{"KEY":"SECRET',
        '{"KEY":"SEC\\"RET"}',
        "{'KEY':'SECRET'}",
        '{KEY:"SECRET"}',
        '{"KEY":SECRET}',
        '{"a":"{\\"KEY\\":\\"SECRET\\"}"}',
        "/path?KEY=SECRET&a=1",
        "KEY: SECRET\r\n",
    ],
)
def test_a_secret_is_hidden_by_its_key_however_badly_it_is_written(text: str, key: str, transcript: Transcript) -> None:
    payload = text.replace("KEY", key).replace("SEC", _SECRET[:16]).replace("RET", _SECRET[16:])
    entry = transcript.add("<", "control", "text", payload)
    assert _SECRET[:16].encode() not in entry.payload
    assert _SECRET[16:].encode() not in entry.payload
    assert b"[redacted" in entry.payload
    assert entry.size == len(payload)


def test_what_is_hidden_leaves_its_length_and_valid_json(transcript: Transcript) -> None:
    entry = transcript.add(">", "control", "text", json.dumps({"token": _SECRET, "message": {"password": "geheim"}}))
    assert json.loads(entry.payload) == {"token": "[redacted 32]", "message": {"password": "[redacted 6]"}}


@pytest.mark.parametrize("payload", ['{"token":""}', '{"token":null}', '{"tokens":"abc"}', '{"mytoken":"abc"}'])
def test_what_is_no_secret_stays(payload: str, transcript: Transcript) -> None:
    assert transcript.add("<", "control", "text", payload).payload == payload.encode()


def test_the_token_of_an_upload_is_hidden_in_the_path(transcript: Transcript) -> None:
    entry = transcript.add(">", "http", "http", f"POST /upload/apppkg/{_SECRET} HTTP/1.1\r\n\r\n\x00\xff")
    assert entry.payload.startswith(b"POST /upload/apppkg/[redacted 32] HTTP/1.1\r\n")


@pytest.mark.parametrize("magic", [b"\x71\x85\x73\x68", b"GUID"])
def test_the_token_of_a_video_header_is_hidden(magic: bytes, transcript: Transcript) -> None:
    entry = transcript.add(">", "video", "binary", video_header(1, 2, _SECRET, magic=magic))
    assert entry.payload == magic + b"\x01\x01\x02[redacted 32]"
    assert entry.size == 39


def test_a_video_header_cut_short_hides_what_it_holds_of_the_token(transcript: Transcript) -> None:
    entry = transcript.add(">", "video", "binary", video_header(1, 2, _SECRET)[:20])
    assert entry.payload.endswith(b"\x01\x01\x02[redacted 13]")


@pytest.mark.parametrize("spelling", ['a"b/é', json.dumps('a"b/é')[1:-1], 'a\\"b\\/é', "a%22b%2F%C3%A9"])
def test_a_registered_secret_is_hidden_anywhere_in_any_spelling(spelling: str, transcript: Transcript) -> None:
    transcript.hide('a"b/é')
    entry = transcript.add("<", "control", "text", f"before {spelling} after")
    assert entry.payload == b"before [redacted %d] after" % len(spelling.encode())


def test_a_secret_cut_by_the_limit_leaves_no_part_of_itself(transcript: Transcript) -> None:
    transcript.hide(_SECRET)
    for shift in range(1, 32):
        entry = transcript.add("<", "control", "text", "x" * (PAYLOAD_BYTES - shift) + _SECRET + "y")
        assert _SECRET[:1].encode() not in entry.payload
    keyed = transcript.add("<", "control", "text", "x" * (PAYLOAD_BYTES - 20) + '"token":"' + "Z" * 99 + '"')
    assert b"Z" not in keyed.payload


@settings(deadline=None, max_examples=100)
@given(st.text(min_size=6, max_size=20), st.text(max_size=30), st.text(max_size=30))
def test_no_secret_survives_as_json_text(secret: str, before: str, after: str) -> None:
    redaction = Redaction()
    redaction.hide(secret)
    for ascii_only in (True, False):
        spelt = json.dumps(secret, ensure_ascii=ascii_only)[1:-1].encode("utf-8", "surrogatepass")
        text = json.dumps(before + secret + after, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
        assert spelt not in redaction.apply(text)


@pytest.mark.parametrize(
    "payload",
    [b" " * 65536, b"\\" * 65536, b'"' * 65536, b"token" * 13107, b"token:" * 10922, b'"token":"' + b"\\" * 65000]
)  # fmt: skip
def test_no_payload_makes_redaction_slow(payload: bytes) -> None:
    # A search that went back and forth would need minutes for any of these.
    Redaction().apply(payload)


def test_a_payload_is_clipped_and_its_true_size_kept(transcript: Transcript) -> None:
    entry = transcript.add("<", "control", "text", "é" * 100_000)
    assert (len(entry.payload), entry.size, entry.note) == (PAYLOAD_BYTES, 200_000, "clipped")


def test_a_mark_finds_what_came_after_it(transcript: Transcript) -> None:
    transcript.event("control", "one")
    mark = transcript.mark()
    entries = [transcript.event("control", "two"), transcript.add("<", "video", "binary", b"\x00")]
    assert transcript.since(mark) == entries
    assert len(transcript.since(0)) == len(transcript) == 3
    assert transcript.since(transcript.mark()) == []


def test_above_the_limit_the_oldest_payloads_go_first() -> None:
    transcript = Transcript(limit_bytes=12_000)
    for number in range(8):
        transcript.add("<", "control", "text", str(number) * 2_000)
    entries = transcript.since(0)
    assert len(entries) == 8
    assert entries[0].payload == b""
    assert entries[0].size == 2_000
    assert "dropped" in entries[0].note
    assert entries[-1].payload == b"7" * 2_000


def test_above_the_limit_by_entries_alone_the_oldest_entries_go() -> None:
    transcript = Transcript(limit_bytes=10_000)
    for number in range(1_000):
        transcript.event("control", str(number))
    assert transcript.dropped > 900
    assert transcript.dropped + len(transcript) == transcript.mark() == 1_000
    assert transcript.since(990)[0].payload == b"990"
    assert transcript.since(0)[-1].payload == b"999"


@pytest.mark.parametrize(
    ("payload", "shown"),
    [
        (b"\x1b[31mred\x07", "\\x1b[31mred\\x07"),
        (b"\x00\x7f", "\\x00\\x7f"),
        ("\u202eabc\u2066", "\\u202eabc\\u2066"),
        ("\u0085\u2028", "\\u0085\\u2028"),
        ("高°\U0001f600", "\\u9ad8\\u00b0\\U0001f600"),
        ("\ud800", "\\ud800"),
        (b"a\xffb\xc3", "a\\xffb\\xc3"),
        ("C:\\x1b", "C:\\\\x1b"),
        ("a\nb", "a\\x0a\n    | b"),
        ("a\\x0ab", "a\\\\x0ab"),
        ("A" * 1000 + "==", "A" * 32 + "...[1002 characters of base64]"),
    ],
)
def test_what_could_act_upon_a_terminal_is_escaped(payload: str | bytes, shown: str, transcript: Transcript) -> None:
    transcript.add("<", "control", "text", payload)
    assert render(transcript).split("\n", 1)[1] == f"    | {shown}\n"


@settings(deadline=None, max_examples=150)
@given(st.text() | st.binary(), st.sampled_from(["text", "binary", "event", "http"]))
def test_rendering_is_printable_ascii_whatever_came(payload: str | bytes, kind: str) -> None:
    transcript = Transcript()
    transcript.add("<", "con\x1btrol", kind, payload)  # type: ignore[arg-type]
    text = transcript.render(transcript.since(0))
    lines = text.split("\n")
    assert all(" " <= character <= "~" for line in lines for character in line)
    assert all(line.startswith("    | ") for line in lines[1:-1])


def test_rendering_tells_time_direction_channel_and_size() -> None:
    transcript = Transcript()
    transcript.add(">", "control", "text", "{}", t=5_000_000_000)
    transcript.add("<", "video", "binary", bytes(100), t=6_500_000_000)
    assert transcript.render(transcript.since(0)).splitlines() == [
        "   +0.000000 > control text 2 bytes",
        "    | {}",
        "   +1.500000 < video binary 100 bytes",
        f"    | {' '.join(['00'] * 64)} ... 36 more bytes",
    ]


def test_of_a_long_transcript_the_beginning_and_the_end_are_kept() -> None:
    transcript = Transcript()
    for number in range(200):
        transcript.add(">", "control", "text", f"message {number} {'x' * 100}")
    text = render(transcript, 4_000)
    assert len(text) < 4_200
    assert "message 0 " in text
    assert "message 199 " in text
    assert "message 100 " not in text
    left_out = int(re.search(r"\.\.\. (\d+) entries are left out", text)[1])  # type: ignore[index]
    assert left_out + text.count("message") == 200
    assert text.index("message 198 ") < text.index("message 199 ")


def test_one_entry_that_is_too_long_is_cut() -> None:
    transcript = Transcript()
    transcript.add("<", "control", "text", "y " * 5_000)
    text = render(transcript, 1_000)
    assert "cut here" in text
    assert len(text) < 1_100
