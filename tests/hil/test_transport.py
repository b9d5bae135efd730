"""The wire itself: urls, transcripts, threads."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from hil.instruments import LineSettings, LinkLost, NoReply
from hil.instruments.codecs import fluke418x
from hil.instruments.exchange import Exchange, lines
from hil.instruments.transport import Transcript, open_link
from hil.instruments.values import shown

QUICK = LineSettings(timeout_s=0.2)


def test_a_loop_returns_what_is_sent() -> None:
    link = open_link("loop://", QUICK, "loop")
    assert link.perform(Exchange(b"hello\r", bytes, lines())) == b"hello\r"
    assert [str(entry) for entry in link.transcript] == [
        "> 'hello\\r'",
        *(f"< {shown(bytes([b]))}" for b in b"hello\r"),
    ] or [str(entry) for entry in link.transcript] == ["> 'hello\\r'", "< 'hello\\r'"]
    link.close()
    with pytest.raises(LinkLost, match="closed the port"):
        link.perform(Exchange(b"hello\r", bytes, lines()))


def test_an_error_names_the_instrument_and_carries_the_bytes(assemble: Any, impatient: Any) -> None:
    bench = assemble("fluke-418x")
    bench.emulator.faults.truncated = True
    with impatient(bench, 0.3), pytest.raises(NoReply) as caught:
        bench.instrument._do(fluke418x.TEMPERATURE.ask())
    assert caught.value.instrument == "it"
    assert caught.value.request == b"SOUR:SENS:DATA?\r"
    assert caught.value.reply in (b"23.", b"23")


def test_a_transcript_has_every_byte_in_order_and_is_bounded(assemble: Any) -> None:
    bench = assemble("fluke-418x")
    bench.instrument.read()
    entries = list(bench.instrument.transcript)
    assert b"".join(entry.data for entry in entries if entry.direction == ">").startswith(b"*CLS\r*IDN?\r")
    assert [entry.t_ns for entry in entries] == sorted(entry.t_ns for entry in entries)
    short = Transcript(limit=3)
    for number in range(10):
        short.add(">", bytes([number]))
    assert [entry.data for entry in short] == [b"\x07", b"\x08", b"\x09"]


def test_threads_do_not_take_each_others_replies(assemble: Any) -> None:
    bench = assemble("fluke-418x")
    bench.instrument.set_output(True)
    bench.instrument.set_point(100.0)
    bench.clock.advance(3600)
    wrong: list[object] = []

    def ask(method: Any, expected: object) -> None:
        wrong.extend(method for _ in range(40) if method() != expected)

    jobs = [
        (bench.instrument.read_set_point, 100.0),
        (bench.instrument.stable, True),
        (bench.instrument.output, True),
    ]
    threads = [threading.Thread(target=ask, args=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_port_of_this_host_is_taken_by_one_alone(serve: Any) -> None:
    from hil.emulators import Fluke418xEmulator

    url = serve(Fluke418xEmulator()).url
    if "://" in url:
        pytest.skip("a socket has no owner")
    link = open_link(url, QUICK, "first")
    with pytest.raises(LinkLost, match=r"second: cannot open"):
        open_link(url, QUICK, "second")
    link.close()
    open_link(url, QUICK, "third").close()


def test_bytes_are_shown_as_text_where_they_are_text() -> None:
    assert shown(b"23.50\r") == "'23.50\\r'"
    assert shown(b"\x01\x03") == "01 03"
    assert shown(b"") == "nothing"
    assert shown("a\nb") == "'a\\nb'"
