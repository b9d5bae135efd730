"""The content of an alarm's push, compared with the device's clock, its rule, its temperatures and its files."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np
from PIL import Image, UnidentifiedImageError

from conformance.catalogue.formats import DATETIME
from conformance.catalogue.json_types import JsonMapping, JsonObject
from conformance.catalogue.model import Keyword
from conformance.checks import Result, short
from conformance.client import PushMessage, RemoteError
from conformance.dut.device import Device
from conformance.steps import device_time
from conformance.steps.alarms import NAME, SAME_K, ObjectTemperature
from conformance.steps.downloads import fetch

__all__ = [
    "content",
    "entries",
    "judge_config",
    "judge_files",
    "judge_flags",
    "judge_temperatures",
    "judge_time",
    "named_files",
    "number",
    "same_picture",
]

_QUARTER_S = 900
_THUMB, _NOISE = (64, 48), 6.0
"""Pictures are compared at this size; the same one taken twice differs by less than this, of 255."""
_LARGEST_ZONE_S = 15 * 3600
_FLAGS = {1: [1], 2: [2], 3: [0], 4: [1, 2, 3]}
"""By type of the rule: the temp_flag; for type 4 it may name the threshold that was passed (R163)."""
_VALID = {1: ("high_temp",), 2: ("low_temp",), 3: ("avg_temp",), 4: ("high_temp", "low_temp")}
"""By type of the rule: the temperatures of push 1000 that are valid, and the thresholds that were passed."""


def content(push: PushMessage) -> JsonMapping:
    """The fields of a push: under content, under message, or at the top (R67, R92)."""
    return push.body or push.envelope


def number(push: PushMessage, name: str, otherwise: float) -> float:
    """A number of a push; `otherwise` where it is missing or malformed, which the field table judges."""
    found = content(push).get(name)
    return float(found) if isinstance(found, int | float) else otherwise


def entries(push: PushMessage, name: str) -> list[JsonObject]:
    """The objects of a list of a push; malformed entries are left out, which the field table judges."""
    found = content(push).get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


async def judge_time(dut: Device, push: PushMessage, name: str = "time", *, waited_s: float = 0.0) -> None:
    """Judge that the time of the push is the device's, within the profile's tolerance and `waited_s` of its cause."""
    now, text = await device_time.read(dut), content(push).get(name)
    try:
        then = datetime.strptime(str(text), DATETIME)
    except ValueError:
        return  # the field table judges its form
    late = (now - then).total_seconds()
    allowed = dut.profile["push_tolerance_s"] + 2 + waited_s
    quarter = round(late / _QUARTER_S) * _QUARTER_S
    if abs(quarter) > _LARGEST_ZONE_S or abs(late - quarter) > allowed:
        quarter = 0
    # Pushes may differ from 500 by the zone (R165), but then by the same amount in every push of a run.
    learnt = dut.facts.learnt
    learnt.push_zone_s = zone = quarter if learnt.push_zone_s is None else learnt.push_zone_s
    if zone:
        dut.judgement.observe("R165", f"pushes are {zone / 3600:g} h off 500")
    expected = f"{name}: the device's time, {now - timedelta(seconds=zone)}, within {allowed:g} s"
    dut.demand(abs(late - zone) <= allowed, expected, short(text), check="time")


def judge_flags(dut: Device, push: PushMessage, kind: int) -> None:
    """Judge that the push is one of an object and names the temperature that alarmed, by the rule's type (VI.1000)."""
    body = content(push)
    dut.demand(body.get("type") == 1, "type 1 (temperature of an object)", f"type {body.get('type')!r}")
    if kind in _FLAGS:
        wanted = _FLAGS[kind]
        found = body.get("temp_flag")
        dut.demand(found in wanted, f"temp_flag {wanted} for alarm_type {kind}", f"temp_flag {found!r}")


async def judge_config(dut: Device, push: PushMessage, rule: JsonMapping) -> None:
    """Judge that the config of the push is that of the rule.

    It identifies the alarm (R122), so it must have the type and the thresholds that were passed; other fields are
    judged if they are there. Points are as they were sent, or as command 4 shows them.
    """
    config, kind = content(push).get("config"), rule["alarm_type"]
    if not isinstance(config, dict):
        return  # the field table judges that
    names = {"type": "alarm_type", "condition": "alarm_condition", "objtype": "type"}
    names |= {name: name for name in ("high_temp", "low_temp", "avg_temp", "points")}
    due = {"type", *_VALID.get(kind, ())}
    result = Result("config as the rule was set", short(config))
    for name, source in names.items():
        if name not in config:
            if name in due:
                result.fail(f"config.{name} of the rule that alarmed", f"config without {name}", "config")
            continue
        left, right = config[name], rule[source]
        numbers = isinstance(left, int | float) and isinstance(right, int | float)
        same = abs(left - right) < 0.01 if numbers else left == right
        if not same and name == "points":
            shown = (await dut.must(4)).get("rule_list") or [{}]
            same = any(isinstance(each, dict) and each.get("points") == left for each in shown)
        if not same:
            result.fail(f"config.{name} {short(right)}, as the rule was set", f"config.{name} {short(left)}", "config")
    dut.check(result)
    if content(push).get("name") not in (None, "", NAME):
        dut.judgement.observe("R122", "name is not that of the rule")


def judge_temperatures(dut: Device, push: PushMessage, kind: int, *readings: ObjectTemperature) -> None:
    """Judge that the temperatures that are valid for the rule's type are those of 520 before or after the push."""
    body = content(push)
    result = Result("temperatures as 520 shows them", f"push {push.cmdtype}")
    for name in _VALID.get(kind, ()):
        found = body.get(name)
        seen = [{"high_temp": at.maximum, "low_temp": at.minimum, "avg_temp": at.average}[name] for at in readings]
        if isinstance(found, int | float) and not min(seen) - SAME_K <= found <= max(seen) + SAME_K:
            result.fail(f"{name} {seen}, as 520 shows, within {SAME_K:g} K", f"{name} {found}", "temperature")
    three = [body.get(name) for name in ("low_temp", "avg_temp", "high_temp")]
    # One that is not valid for the alarm may be 0.
    if all(isinstance(each, int | float) and each for each in three) and three != sorted(three):  # type: ignore[type-var]
        result.fail("high_temp >= avg_temp >= low_temp (R126)", f"high, avg, low {three[::-1]}", "order")
    dut.check(result)


def named_files(push: PushMessage) -> Iterator[tuple[str, str]]:
    """Name and text of every field about pictures and videos, in either spelling (R91, R123), that is not empty."""
    for name, text in content(push).items():
        if name.endswith(("_url", "_content")) and isinstance(text, str) and text:
            yield name, text


async def judge_files(dut: Device, push: PushMessage) -> dict[str, bytes]:
    """Judge that the files that the push names can be fetched and are what it says; returns the pictures."""
    found: dict[str, bytes] = {}
    for name, text in named_files(push):
        if name.endswith("_content"):
            found[name] = _decoded(text)
            dut.demand(*_picture(name, found[name]), check="picture")
            continue
        if not dut.link.target.http_port:
            continue
        try:
            answer = await fetch(dut, text)
        except RemoteError as error:
            dut.demand(False, f"{name} can be fetched", f"{short(text)}: {error}", check="picture")
            continue
        if not dut.demand(answer.status == 200, f"{name} can be fetched", f"{short(text)}: status {answer.status}"):
            continue
        if "video" in name:
            size = len(answer.body)
            dut.demand(size > 0, f"{name}: a video", f"{size} bytes", keyword=Keyword.SHOULD)
        else:
            found[name] = bytes(answer.body)
            dut.demand(*_picture(name, found[name]), check="picture")
    return found


def same_picture(one: bytes, other: bytes) -> bool:
    """Whether two files are the same picture, noise apart; false where one of them is not a picture."""
    shown = []
    try:
        for data in (one, other):
            with Image.open(io.BytesIO(data)) as image:
                shown.append(np.asarray(image.convert("L").resize(_THUMB), float))
    except (UnidentifiedImageError, OSError):
        return False
    return float(np.abs(shown[0] - shown[1]).mean()) < _NOISE


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text.rpartition("base64,")[2])
    except ValueError:
        return b""


def _picture(name: str, data: bytes) -> tuple[bool, str, str]:
    try:
        with Image.open(io.BytesIO(data)) as image:
            image.load()
            return image.format == "JPEG", f"{name}: a JPEG picture", f"{image.format}, {image.size}"
    except (UnidentifiedImageError, OSError) as error:
        return False, f"{name}: a JPEG picture", f"{len(data)} bytes: {error}"
