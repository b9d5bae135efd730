"""Every instrument is brought to its safe state, whatever becomes of the others."""

from __future__ import annotations

from typing import Any

import pytest

from hil.bench import Station
from hil.bench.safety import make_all_safe, rescue
from hil.instruments import BadReply, LinkLost

STATIONS = {
    "board": Station("board", "lcus", "COM1"),
    "hot": Station("hot", "fluke-418x", "COM2"),
    "hand": Station("hand", "manual"),
}


def test_what_heats_comes_first_and_no_failure_keeps_the_others_from_their_turn() -> None:
    order: list[str] = []

    def bring(station: Station, ambient_degc: float) -> None:
        order.append(station.name)
        if station.name == "hot":
            raise ZeroDivisionError("a mistake of ours")
        if station.name == "hand":
            raise LinkLost("no operator")

    reasons = make_all_safe(STATIONS, 23.0, 0.0, bring)
    assert order == ["hot", "hand", "board"]
    assert reasons == {"hot": "ZeroDivisionError: a mistake of ours", "hand": "no operator"}


def test_an_instrument_is_tried_again_until_it_answers() -> None:
    tries: list[str] = []

    def bring(station: Station, ambient_degc: float) -> None:
        tries.append(station.name)
        if len(tries) < 3:
            raise LinkLost("the port is taken")

    assert make_all_safe({"hot": STATIONS["hot"]}, 23.0, 60.0, bring) == {}
    assert tries == ["hot"] * 3


def test_an_operator_who_is_not_there_is_not_waited_for() -> None:
    reasons = make_all_safe({"hand": Station("hand", "manual", options={"low": 0, "high": 100})}, 23.0, 3600.0)
    assert reasons == {"hand": "hand: no operator answers"}


def test_an_instrument_that_refuses_to_start_is_made_safe_all_the_same(lab: Any) -> None:
    hot = lab.emulators["hot"]
    hot.physics.command(100.0)
    hot.physics.switch(True)
    hot.faults.wrong_unit = True  # someone turned it to °F, and it stays there
    with pytest.raises(BadReply):
        rescue(lab.file().stations["hot"], 23.0)
    assert not hot.physics.output
