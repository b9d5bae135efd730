"""A legal request of each command 505 to 617 that the device has to obey in its present state.

Periods end now, numbers are free ones, entries that a command acts on are added first, and what could move or record is
stopped rather than started: the request is then legal in every respect, and has no effect that lasts.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from conformance.catalogue import Command, values
from conformance.catalogue.formats import DATETIME
from conformance.catalogue.json_types import JsonObject
from conformance.dut.device import Device
from conformance.steps import device_time, ptz_lists

__all__ = ["device_text", "end_period", "legal_request"]


async def legal_request(dut: Device, command: Command) -> JsonObject:
    """A request of `command` that the device has to obey in its present state; entries it acts on are added first."""
    prepare = _PREPARED.get(command.cmdtype)
    if prepare is not None:
        return {"message": await prepare(dut)}
    request = values.request(command, dut.sizes)
    message = request["message"]
    if command.cmdtype in (513, 514, 515):
        end_period(message, await device_time.read(dut))
    if command.cmdtype == 515:
        message["report"] = 0
    if command.cmdtype == 506:
        message["datetime"] = device_text(await device_time.read(dut))
    if command.cmdtype == 509:
        # A stop while nothing is recorded; with stream 0 every subtype but 4 is illegal anyway (R131).
        request.update(subtype=3, message={"record_stream": 1})
    if command.cmdtype == 516:
        message["push_report"] = 0
    if command.cmdtype == 517:
        message["interval"] = 1
    if command.cmdtype == 600:
        message.update(ptz_command=12, ptz_action=1, ptz_param1=5)
    if command.cmdtype == 615:
        message.update(trace_index=dut.profile["ptz_traces"], trace_record_action=1)
    if command.cmdtype == 616:
        message.update(trace_index=dut.profile["ptz_traces"], trace_action=1)
    return request


def end_period(message: JsonObject, now: datetime) -> None:
    """Let the hour or the month that a message of 513, 514 or 515 asks for end `now`; other messages stay."""
    for start, end in (("starttime", "endtime"), ("query_start_time", "query_end_time")):
        if start in message:
            message.update({start: device_text(now - timedelta(hours=1)), end: device_text(now)})
    if "year" in message:
        message.update(year=now.year, month=now.month)


def device_text(moment: datetime) -> str:
    """A time as the protocol writes it."""
    return moment.strftime(DATETIME)


async def _new_preset(dut: Device) -> JsonObject:
    (index,) = await ptz_lists.free_presets(dut)
    return ptz_lists.preset((index, "north", 0))


async def _old_preset(dut: Device) -> JsonObject:
    (index,) = await ptz_lists.add_preset(dut)
    return ptz_lists.preset((index, "south", 0))


async def _preset_to_delete(dut: Device) -> JsonObject:
    (index,) = await ptz_lists.add_preset(dut)
    return {"presets": [{"index": index}]}


async def _preset_to_approach(dut: Device) -> JsonObject:
    (index,) = await ptz_lists.add_preset(dut)
    return {"index": index}


async def _new_group(dut: Device) -> JsonObject:
    (stop,) = await ptz_lists.add_preset(dut)
    (index,) = await ptz_lists.free_groups(dut)
    return ptz_lists.group(index, "round", [ptz_lists.stop_at(stop)])


async def _old_group(dut: Device) -> JsonObject:
    index, stops = await ptz_lists.add_group(dut, 1)
    return ptz_lists.group(index, "again", stops)


async def _group_to_delete(dut: Device) -> JsonObject:
    index, _ = await ptz_lists.add_group(dut, 1)
    return {"cruise_groups": [{"cruise_index": index}]}


async def _group_to_stop(dut: Device) -> JsonObject:
    index, _ = await ptz_lists.add_group(dut, 1)
    return {"cruise_index": index, "cruise_action": 1}


async def _scan_to_change(dut: Device) -> JsonObject:
    last = dut.profile["ptz_linescans"]
    shown = (await ptz_lists.entries(dut, 611, "linescan_groups", "linescan_index")).get(last, {})
    settings = values.request(dut.catalogue.commands[612])["message"]
    return {key: shown.get(key, value) for key, value in {**settings, "linescan_index": last}.items()}


async def _scan_to_stop(dut: Device) -> JsonObject:
    return {"linescan_index": dut.profile["ptz_linescans"], "linescan_action": 1}


_PREPARED: dict[int, Callable[[Device], Awaitable[JsonObject]]] = {
    602: _new_preset,
    603: _preset_to_delete,
    604: _old_preset,
    605: _preset_to_approach,
    607: _new_group,
    608: _group_to_delete,
    609: _old_group,
    610: _group_to_stop,
    612: _scan_to_change,
    613: _scan_to_stop,
}
