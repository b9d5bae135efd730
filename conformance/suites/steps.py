"""What the suites of functions and of the head do before they judge: read the clock, fetch a file, make room."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from conformance.catalogue import load
from conformance.client import LinkError, RemoteProtocolError, Reply
from conformance.verdict import CaseInconclusive
from fixtures.device import Device

__all__ = [
    "DATETIME",
    "LIMITS",
    "add_group",
    "add_preset",
    "capabilities",
    "device_time",
    "download",
    "entries",
    "free",
    "group",
    "patient",
    "preset",
    "restart",
    "shift",
    "until",
    "work_file",
    "zone_offsets",
]

DATETIME = "%Y-%m-%d %H:%M:%S"

LIMITS: Mapping[str, str] = {
    "index": "ptz_presets",
    "cruise_index": "ptz_cruise_groups",
    "linescan_index": "ptz_linescans",
    "trace_index": "ptz_traces",
}
"""Fields of the head whose largest value the profile knows (R90)."""

_BUSY = (10021, 10022)
_BUSY_S = 5.0
_RESTART_S = 10.0
_DOORS = 5
_ZONES = timedelta(minutes=15)


def capabilities(*numbers: int) -> tuple[str, ...]:
    """The capabilities that these commands need, none twice."""
    needed = [load().commands[number].capability for number in numbers]
    return tuple(dict.fromkeys(name for name in needed if name))


async def device_time(dut: Device) -> datetime:
    """The device's time as it says now; without one nothing about its past can be asked."""
    shown = (await dut.must(500)).get("datetime")
    try:
        return datetime.strptime(str(shown), DATETIME)
    except ValueError:
        raise CaseInconclusive(f"500 shows no time: {shown!r}") from None


def zone_offsets(zone: Any) -> list[float]:
    """What zone `zone` of command 15 may add, in seconds: its distance to UTC or to the UTC+8 of zone 0, to and fro."""
    label = (load().commands[15].request_field("message.time_zone").enum or {}).get(zone, "")
    found = re.search(r"UTC([+-])([0-9]+)(?::([0-9]+))?", label)
    if found is None:
        return []
    own = (int(found[2]) * 3600 + int(found[3] or 0) * 60) * (-1 if found[1] == "-" else 1)
    return [sign * (own - base) for base in (0, 8 * 3600) for sign in (1, -1)]


async def shift(dut: Device) -> timedelta:
    """How far the time that 500 shows is from the one that is set (R165), in whole quarters of an hour.

    Sets the clock to what it shows: for a case that writes it.
    """
    shown = await device_time(dut)
    await dut.must(506, {"datetime": shown.strftime(DATETIME)})
    found = _ZONES * round((await device_time(dut) - shown) / _ZONES)
    if found:
        # What was set is the time as it is shown: back to the one that was.
        await dut.must(506, {"datetime": (await device_time(dut) - 2 * found).strftime(DATETIME)})
    return found


async def patient(dut: Device, cmdtype: int, message: Any, **how: Any) -> Reply:
    """Ask, and again while the device says that the shutter or the range is being switched (R14), for 5 s at most."""
    waited = 0.0
    while True:
        reply = await dut.ask(cmdtype, message, **how)
        if reply.retcode not in _BUSY or waited >= _BUSY_S:
            return reply
        dut.judgement.observe("R14", str(reply.retcode))
        await dut.clock.sleep(0.5)
        waited += 0.5


async def download(dut: Device, url: str) -> bytes:
    """The bytes of a file that the device named; that it can be fetched is judged.

    Nothing says that a download needs a login, and one more login may end the run's own session (R12): only a device
    that asks for it gets one.
    """
    if not dut.context.target.http_port:
        raise CaseInconclusive("no HTTP port is known")
    path = url if url.startswith(("/", "http://", "https://")) else f"/{url}"
    try:
        answer = await dut.plain_http().fetch(path)
        if answer.status in (401, 403):
            answer = await (await dut.http()).fetch(path)
    except RemoteProtocolError as error:
        dut.demand(False, f"{url!r} can be fetched", str(error))
        return b""
    dut.demand(answer.status == 200, f"{url} can be fetched", f"status {answer.status}")
    return bytes(answer.body) if answer.status == 200 else b""


async def work_file(work: Callable[[], Any]) -> Any:
    """Decode something large without stopping the clock of the run's own sessions."""
    return await asyncio.to_thread(work)


async def until(dut: Device, met: Callable[[], Awaitable[bool]], seconds: float, step: float = 0.5) -> bool:
    """Whether `met` becomes true within `seconds` of the device's time; asked at least once, every `step` seconds."""
    waited = 0.0
    while not await met():
        if waited >= seconds:
            return False
        await dut.clock.sleep(step)
        waited += step
    return True


async def restart(dut: Device) -> None:
    """Restart the device and wait until it is back; the case goes on in a new session."""
    await dut.succeeds(508, {})
    if not await dut.control.wait_closed(_RESTART_S):
        await dut.control.close()
    for _ in range(_DOORS):
        dut.begin(await dut.context.session())
        # A device may open its door before it is done, and drop who came in.
        await dut.clock.sleep(1)
        try:
            await dut.ask(500)
        except LinkError:
            await dut.control.close()
        else:
            return


# The lists of the head


async def entries(dut: Device, number: int, key: str, index: str) -> dict[int, dict[str, Any]]:
    """The entries that a query of the head shows, by their index."""
    listed = (await dut.must(number)).get(key)
    known = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    return {entry.get(index, 0): entry for entry in known}


def free(present: Mapping[int, Any], last: int, count: int = 1) -> list[int]:
    """The `count` highest indices that are not in use, so that nobody's entry is touched; the very last one only if
    need be, because a case about something else should not stand or fall by a limit.
    """
    found = [number for number in (*range(last - 1, 0, -1), last) if number not in present][:count]
    if len(found) < count:
        raise CaseInconclusive(f"of {last} entries fewer than {count} are free")
    return found


def preset(*stops: tuple[int, str, int]) -> dict[str, Any]:
    """A message of presets, each by index, name and param."""
    return {"presets": [{"index": index, "name": name, "param": param} for index, name, param in stops]}


def group(index: int, name: str, stops: list[dict[str, Any]]) -> dict[str, Any]:
    """A message of one cruise group."""
    return {"cruise_groups": [{"cruise_index": index, "cruise_name": name, "cruise_param": 0, "presets": stops}]}


async def add_preset(dut: Device, count: int = 1) -> list[int]:
    """Add `count` presets at free indices, one by one; returns the indices."""
    present = await entries(dut, 601, "presets", "index")
    indices = free(present, dut.profile["ptz_presets"], count)
    for index in indices:
        await dut.must(602, preset((index, f"p{index}", 0)))
    return indices


async def add_group(dut: Device, count: int = 2, duration: int = 10) -> tuple[int, list[dict[str, Any]]]:
    """Add a cruise group of `count` new presets at a free index; returns it and its stops."""
    stops = [
        {"index": index, "name": f"p{index}", "param": 0, "duration": duration}
        for index in await add_preset(dut, count)
    ]
    present = await entries(dut, 606, "cruise_groups", "cruise_index")
    (index,) = free(present, dut.profile["ptz_cruise_groups"])
    await dut.must(607, group(index, "round", stops))
    return index, stops
