"""Chapter VI: each push is provoked by its cause, well-formed, and sent to those it is due."""

from __future__ import annotations

from typing import Any

from conformance import checks
from conformance.case import Case, case, cases
from conformance.catalogue import Safety, load, values
from conformance.catalogue.model import Keyword
from conformance.client import ControlClient, LinkError, ReplyTimeout
from fixtures.device import Device

_CATALOGUE = load()
_SAFE = Safety.REVERSIBLE
_ALWAYS = [{"day": day, "period": [{"start": "00:00:00", "end": "23:59:59"}]} for day in range(1, 8)]


async def _rule(dut: Device, **changes: Any) -> None:
    """One rectangular rule in the middle of the image, of emissivity 1, that alarms at once above 150 degC."""
    rule = values.request(dut.catalogue.commands[3], dut.sizes)["message"]["rule_list"][0]
    width, height = _size(dut)
    left, top, right, bottom = width // 4, height // 4, width // 2, height // 2
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    rule.update(
        rule_name="bench",
        type=3,
        points=[{"x": x, "y": y} for x, y in corners],
        alarm_flag=1,
        alarm_type=1,
        alarm_condition=1,
        high_temp=150,
        alarm_time=0,
        emiss_mode=2,
        emiss=1.0,
    )
    rule.update(changes)
    await dut.must(3, {"show_type": 1, "rule_list": [rule]})


def _size(dut: Device) -> tuple[int, int]:
    return dut.sizes.get("ir_output_w", 512), dut.sizes.get("ir_output_h", 384)


async def _heat(dut: Device, temperature: float) -> None:
    """A target of `temperature` degC that covers the rule."""
    width, height = _size(dut)
    await dut.stimulus.do(
        "heat", name="bench", x=width // 4, y=height // 4, w=width // 4, h=height // 4, temperature=temperature
    )


async def _judge_alarm(dut: Device, number: int, since: int) -> None:
    # The document has two messages for one alarm and does not say which is due when: 1000 must come, 1009 should.
    keyword = Keyword.MUST if number == 1000 else Keyword.SHOULD
    message = await dut.push(number, since=since, keyword=keyword)
    if message is None:
        return
    kind = "type" if number == 1000 else "alarm_type"
    found = message.body.get(kind)
    dut.demand(found == 1, f"{kind} 1 (temperature of an object)", f"{kind} {found!r}")


@cases(
    Case(
        f"VI.{number}/threshold",
        f"VI.{number}/cause",
        f"{_CATALOGUE.pushes[number].title}: a threshold that sinks below the temperature of its rule",
        f"VI.{number}",
        _SAFE,
        capabilities=("measurement", "temperature-alarm"),
        writes=("pair:3", "pair:21"),
        waits_s=4,
        quick=True,
        data=number,
    )
    for number in (1000, 1009)
)
async def test_a_sinking_threshold_is_pushed(case: Case, dut: Device) -> None:
    await dut.must(21, {"alarm_flag": 1, "effect_day": _ALWAYS})
    await _rule(dut, high_temp=2000)
    await dut.clock.sleep(1)
    mark = dut.control.pushes.mark()
    await _rule(dut, high_temp=-40)
    await dut.clock.sleep(2)
    await _judge_alarm(dut, case.data, mark)


@cases(
    Case(
        f"VI.{number}/above",
        f"VI.{number}/cause",
        f"{_CATALOGUE.pushes[number].title}: a rule whose temperature rises above its threshold",
        f"VI.{number}",
        _SAFE,
        capabilities=("measurement", "temperature-alarm"),
        stimuli=("heat", "clock"),
        writes=("pair:3", "pair:21"),
        waits_s=5,
        data=number,
    )
    for number in (1000, 1009)
)
async def test_a_hot_rule_is_pushed(case: Case, dut: Device) -> None:
    await dut.must(21, {"alarm_flag": 1, "effect_day": _ALWAYS})
    await _rule(dut)
    await dut.clock.sleep(1)
    mark = dut.control.pushes.mark()
    try:
        await _heat(dut, 300)
        await dut.clock.sleep(3)
        await _judge_alarm(dut, case.data, mark)
    finally:
        await dut.stimulus.do("cool", name="bench")
        await dut.clock.sleep(1)


@case(
    "VI.1001/forced",
    "VI.1001/cause",
    "A session whose token is taken away is told by 1001",
    "VI.1001",
    Safety.DISRUPTIVE,
    parameters=("second_user", "second_password"),
    waits_s=2,
)
async def test_a_forced_logout_is_told(case: Case, dut: Device) -> None:
    """R12, R155: whether another login or a changed password ends a session is open; an end without 1001 is not."""
    user, password = dut.profile["second_user"], dut.profile["second_password"]
    cipher = dut.context.cipher
    old = await dut.logged_in("old", second=True)
    new = await dut.logged_in("new", second=True)
    await dut.succeeds(
        503,
        {"username": user, "oldpassword": cipher.encrypt(password), "newpassword": cipher.encrypt(password)},
        client=new,
    )
    told = await _told(dut, old)
    try:
        alive = (await dut.ask(505, {}, client=old)).ok
    except LinkError:
        alive = False
    dut.judgement.observe("R12", "both live on" if alive else "the old session ends")
    dut.demand(
        alive or told,
        "1001 before a token dies (R12)",
        f"{'told' if told else 'not told'}, token {'alive' if alive else 'dead'}",
    )
    if told and alive:
        dut.demand(False, "a session that was told 1001 is over", "its token still works")


async def _told(dut: Device, client: ControlClient) -> bool:
    try:
        message = await client.pushes.wait(1001, since=0, timeout=dut.profile["push_tolerance_s"] / 2)
    except (ReplyTimeout, LinkError):
        return False
    dut.check(checks.pushed(dut.catalogue, message, dut.sizes))
    return True


@cases(
    Case(
        f"VI.{number}/{label}",
        f"VI.{number}/cause",
        f"{_CATALOGUE.pushes[number].title}: {label}",
        f"VI.{number}",
        _SAFE,
        capabilities=tuple(filter(None, (_CATALOGUE.pushes[number].capability,))),
        stimuli=(stimulus, "clock"),
        waits_s=3,
        quick=True,
        data=(number, stimulus, on, off),
    )
    for number, label, stimulus, on, off in (
        (1002, "the memory is full", "memory-full", {"on": True}, {"on": False}),
        (1003, "the storage fails", "storage-failure", {"on": True}, {"on": False}),
        (1004, "a stream fails", "stream-failure", {"type": 2}, {"type": 0}),
        (1008, "the gateway does not answer", "network-failure", {"on": True}, {"on": False}),
        (1008, "the address is in conflict", "ip-conflict", {"on": True}, {"on": False}),
    )
)
async def test_a_failure_is_pushed(case: Case, dut: Device) -> None:
    number, stimulus, on, off = case.data
    mark = dut.control.pushes.mark()
    try:
        await dut.stimulus.do(stimulus, **on)
        await dut.clock.sleep(2)
        await dut.push(number, since=mark)
    finally:
        await dut.stimulus.do(stimulus, **off)
        await dut.clock.sleep(1)


@case(
    "VI.1005/lock",
    "VI.1005/cause",
    "An account that is being locked is told by 1005",
    "VI.1005",
    _SAFE,
    parameters=("second_user", "lockout_s"),
    stimuli=("clock",),
    waits_s=310,
    quick=True,
)
async def test_illegal_access_is_pushed(case: Case, dut: Device) -> None:
    allowed = (await dut.must(30)).get("allow_count", 5)
    user, right, cipher = dut.profile["second_user"], dut.profile["second_password"], dut.context.cipher
    mark = dut.control.pushes.mark()
    counts = []
    try:
        for attempt in range(allowed):
            client = await dut.open(f"attempt-{attempt}")
            reply = await client.login(user, "surely-wrong", cipher)
            dut.check(checks.refused(dut.catalogue, reply, "R28", "R29"))
            counts.append((reply.message or {}).get("count"))
            await client.close()
        whole = [count for count in counts if isinstance(count, int)]
        dut.demand(whole == sorted(whole, reverse=True), "count never rises while failing (R157)", f"counts {counts}")
        message = await dut.push(1005, since=mark)
        assert message is not None
        dut.demand(message.body.get("user") == user, f"user {user!r}", f"user {message.body.get('user')!r}")
        locked = await (await dut.open("locked")).login(user, right, cipher)
        dut.check(checks.refused(dut.catalogue, locked, "R29"))
    finally:
        await dut.clock.sleep(dut.profile["lockout_s"] + 1)
    dut.check(checks.success(await (await dut.open("unlocked")).login(user, right, cipher)))


@case(
    "VI.1006/record",
    "VI.1006/cause",
    "Recording status: a recording that starts is told by 1006",
    "VI.1006",
    _SAFE,
    capabilities=("recording",),
    writes=("recording",),
    quick=True,
)
async def test_a_recording_is_pushed(case: Case, dut: Device) -> None:
    mark = dut.control.pushes.mark()
    await dut.succeeds(509, {"record_stream": 1}, extra={"subtype": 1})
    await dut.push(1006, since=mark, match=lambda message: _status(message) == 1)
    await dut.succeeds(509, {"record_stream": 1}, extra={"subtype": 3})


def _status(message: Any) -> Any:
    """The recording status, under `content` or at the top (R67)."""
    return message.body.get("status", message.envelope.get("status"))


@case(
    "VI.1007/report",
    "VI.1007/cause",
    "Object information comes to the session that subscribed, each period, and to no other",
    "VI.1007",
    _SAFE,
    capabilities=("report", "measurement"),
    writes=("pair:3",),
    waits_s=190,
    quick=True,
)
async def test_the_report_comes_to_who_subscribed(case: Case, dut: Device) -> None:
    await _rule(dut)
    mark = dut.control.pushes.mark()
    client = await dut.logged_in("subscriber")
    await dut.succeeds(517, {"interval": 1}, client=client)
    await dut.succeeds(516, {"push_report": 1}, client=client)
    for _ in range(3):
        await dut.clock.sleep(62)
        await client.heartbeat()
    pushes = [push for push in client.pushes.since(0) if push.cmdtype == 1007]
    for push in pushes:
        dut.check(checks.pushed(dut.catalogue, push, dut.sizes))
        interval = push.body.get("interval")
        if interval == 1:
            dut.judgement.observe("R72", "minutes")
        dut.demand(interval in (60, 1), "interval 60 s (R72)", f"interval {interval!r}")
    dut.demand(
        len(pushes) in (3, 4), "a report per minute: 3 in 186 s, and perhaps one at once (R169)", f"{len(pushes)}"
    )
    others = [push for push in dut.control.pushes.since(mark) if push.cmdtype == 1007]
    dut.demand(not others, "none to a session that did not subscribe (R95)", f"{len(others)}")
    await dut.succeeds(516, {"push_report": 0}, client=client)


@case(
    "VI.1010/kind",
    "VI.1010/cause",
    "The external input is told by 1010 when an open contact becomes an alarm by its kind",
    "VI.1010",
    _SAFE,
    capabilities=("external-input",),
    writes=("pair:47",),
    waits_s=4,
    quick=True,
)
async def test_the_kind_of_the_input_is_pushed(case: Case, dut: Device) -> None:
    """Whatever the contact does, one of its two kinds makes it an alarm (III.47)."""
    mark = dut.control.pushes.mark()
    for kind in (0, 1, 0):
        await dut.must(47, {"flag": 1, "type": kind, "effect_day": _ALWAYS})
        await dut.clock.sleep(1)
    # That a change of the setting is an alarm like a change of the contact is likely, not said.
    await dut.push(1010, since=mark, keyword=Keyword.SHOULD)


@case(
    "VI.1010/input",
    "VI.1010/cause",
    "The external input is told by 1010 when its contact closes",
    "VI.1010",
    _SAFE,
    capabilities=("external-input",),
    stimuli=("alarm-input", "clock"),
    writes=("pair:47",),
    waits_s=4,
)
async def test_the_external_input_is_pushed(case: Case, dut: Device) -> None:
    await dut.must(47, {"flag": 1, "type": 0, "effect_day": _ALWAYS})
    await dut.clock.sleep(1)
    mark = dut.control.pushes.mark()
    try:
        await dut.stimulus.do("alarm-input", closed=True)
        await dut.clock.sleep(2)
        await dut.push(1010, since=mark)
    finally:
        await dut.stimulus.do("alarm-input", closed=False)
        await dut.clock.sleep(1)


async def _watch_fire(dut: Device, fire_temp: float) -> None:
    """Fire detection by temperature or image over the whole image."""
    width, height = _size(dut)
    corners = {"top_left_x": 1, "top_left_y": 1, "bo_right_x": width, "bo_right_y": height}
    area = {**corners, "sensitivity": 50, "area_name": "all"}
    await dut.must(51, {"flag": 1, "fire_temp": fire_temp, "detect_mode": 1, "effect_day": _ALWAYS, "area1": area})


@case(
    "VI.1011/threshold",
    "VI.1011/cause",
    "A temperature of fire that sinks below the scene is told by 1011",
    "VI.1011",
    _SAFE,
    capabilities=("fire",),
    writes=("pair:51",),
    waits_s=4,
    quick=True,
)
async def test_a_sinking_temperature_of_fire_is_pushed(case: Case, dut: Device) -> None:
    await _watch_fire(dut, 2000)
    await dut.clock.sleep(1)
    mark = dut.control.pushes.mark()
    await _watch_fire(dut, -40)
    await dut.clock.sleep(2)
    await dut.push(1011, since=mark)


@case(
    "VI.1011/fire",
    "VI.1011/cause",
    "A fire inside a watched area is told by 1011",
    "VI.1011",
    _SAFE,
    capabilities=("fire",),
    stimuli=("heat", "flame", "clock"),
    writes=("pair:51",),
    waits_s=5,
)
async def test_a_fire_is_pushed(case: Case, dut: Device) -> None:
    await _watch_fire(dut, 120)
    await dut.clock.sleep(1)
    mark = dut.control.pushes.mark()
    try:
        await _heat(dut, 400)
        await dut.stimulus.do("flame", on=True)
        await dut.clock.sleep(3)
        await dut.push(1011, since=mark)
    finally:
        await dut.stimulus.do("flame", on=False)
        await dut.stimulus.do("cool", name="bench")
        await dut.clock.sleep(1)
