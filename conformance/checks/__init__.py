"""The oracles: pure functions from what was sent and received to findings. Every suite judges through them.

Each returns a `Result`: the findings (violations), and the observations (which legal choice the device made).
Tolerance is data (the catalogue's readings), never a branch in a suite.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from conformance.catalogue.model import Catalogue, Field, Push, Tolerance
from conformance.catalogue.sizes import DOCUMENT_SIZES
from conformance.client.codec import PushMessage, Reply, envelope_problems
from conformance.rules.verdict import Finding, Observation, Severity

__all__ = [
    "Result",
    "conforms",
    "differences",
    "envelope",
    "has_type",
    "pushed",
    "refused",
    "short",
    "shows",
    "success",
]


@dataclass
class Result:
    """What one check found; `expected` and `observed` are the words of the report when it found nothing wrong."""

    expected: str
    observed: str = ""
    findings: list[Finding] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    choices: list[Observation] = field(default_factory=list)
    """What a device chose, canonical or not, where a reading leaves a choice that it may have to keep to."""

    def fail(self, expected: str, observed: str, check: str, severity: Severity = Severity.MAJOR) -> None:
        """Add a finding."""
        self.findings.append(Finding(expected, observed, severity, check=check))

    def observe(self, reading: str, found: str) -> None:
        """Add an observation."""
        self.observations.append(Observation(reading, found))


def short(value: Any, limit: int = 120) -> str:
    """`value` in one line of at most `limit` characters."""
    text = repr(value)
    return text if len(text) <= limit else f"{text[: limit - 20]}... ({len(text)} characters)"


def describe(reply: Reply) -> str:
    """A reply in a few words: its return code and text."""
    return f"retcode {short(reply.retcode)} ({short(reply.retmsg, 60)})"


def envelope(request: Mapping[str, Any], reply: Reply) -> Result:
    """The reply's envelope answers the request: action, cmdtype, sequence, retcode, retmsg, message, from and to
    (II, R01-R10).
    """
    result = Result(
        "an envelope that answers the request", f"cmdtype {short(reply.cmdtype)}, sequence {short(reply.sequence)}"
    )
    for problem in envelope_problems(request, reply.envelope):
        result.fail("an envelope that answers the request (II.6, R01-R10)", problem, "envelope")
    return result


def success(reply: Reply) -> Result:
    """The command succeeded: retcode 0 (Appendix I)."""
    result = Result("retcode 0", describe(reply))
    if not reply.ok:
        result.fail("retcode 0 (success)", describe(reply), "retcode")
    return result


def refused(catalogue: Catalogue, reply: Reply, *readings: str, only: int | None = None) -> Result:
    """The command is refused with the code that one of `readings` (R20-R33) gives this stimulus.

    Tolerated codes are observations; another documented code is minor; success or an undocumented code is major.
    `only` is the one of their canonical codes that this stimulus has (R31 has one for each kind of address).
    """
    canonical: set[int] = set()
    tolerated: set[int] = set()
    for reading in readings:
        codes = catalogue.readings[reading].codes
        assert codes is not None, f"reading {reading} has no return codes"
        canonical.update(codes.canonical)
        tolerated.update(codes.tolerated)
    if only is not None:
        canonical = {only}
    expected = f"refused with {_alternatives(canonical)} ({', '.join(readings)})"
    result = Result(expected, describe(reply))
    code = reply.retcode
    if code in canonical:
        return result
    if code in tolerated:
        for reading in readings:
            result.observe(reading, str(code))
    elif code != 0 and code in catalogue.return_codes:
        result.fail(expected, describe(reply), "retcode", Severity.MINOR)
    else:
        result.fail(expected, describe(reply), "retcode")
    return result


def _alternatives(codes: Iterable[int]) -> str:
    return " or ".join(str(code) for code in sorted(codes))


def has_type(kind: str, value: Any) -> bool:
    """Whether a decoded JSON value is of the catalogue's type `kind`; true and false are no numbers, 1.0 is no int."""
    match kind:
        case "int":
            return isinstance(value, int) and not isinstance(value, bool)
        case "uint64":
            return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**64
        case "float":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "string":
            return isinstance(value, str)
        case "bool":
            return isinstance(value, bool)
        case "array":
            return isinstance(value, list)
        case "object":
            return isinstance(value, dict)
        case "null":
            return value is None
    raise ValueError(f"no such type: {kind}")


def conforms(
    fields: tuple[Field, ...],
    message: Mapping[str, Any] | None,
    sizes: Mapping[str, int],
    *,
    complete: bool = False,
    what: str = "message",
) -> Result:
    """What a device sent has the fields of the catalogue: presence, type, range, enumeration, length, format.

    `sizes` are the device's own image sizes in pixels (R58). With `complete`, fields that the table calls optional must
    be there as well (a get shows its whole configuration), unless a reading frees them.
    """
    result = Result(f"{what} as the field table says", f"{what} with {len(message or ())} fields")
    _object(_limited(fields, sizes), message or {}, result, complete)
    result.choices = [replace(choice, message=what) for choice in result.choices]
    return result


_LIMITED: dict[tuple[int | None, ...], tuple[tuple[Field, ...], tuple[Field, ...]]] = {}


def _limited(fields: tuple[Field, ...], sizes: Mapping[str, int]) -> tuple[Field, ...]:
    """The fields with the device's own bounds; kept, because every reply of a command asks for the same."""
    key = (id(fields), *(sizes.get(name) for name in DOCUMENT_SIZES))
    known = _LIMITED.get(key)
    if known is None:
        known = _LIMITED[key] = (fields, tuple(each.limited_to(sizes) for each in fields))
    return known[1]


def _object(fields: tuple[Field, ...], value: Mapping[str, Any], result: Result, complete: bool) -> None:
    for each in fields:
        name, tolerance = _spelling(each, value)
        if name is None:
            needed = each.required or (complete and each.source == "table")
            if needed and each.absent is None:
                result.fail(f"{each.path} is there", f"{each.path} is missing", "presence")
            continue
        if tolerance is not None:
            result.observe(tolerance.reading, name)
        if each.tolerates:
            _choose(each, name, value[name], result)
        _value(each, value[name], value, result, complete, name)
    known = {each.name for each in fields}
    for key in value:
        if key not in known and key.strip() in known:
            result.fail(f"{key.strip()} without blanks (R04)", f"the key {short(key)}", "key")


def _choose(each: Field, name: str, value: Any, result: Result) -> None:
    """The name, the type, the numbering by which a device shows a field that a reading lets it show otherwise."""
    for tolerance in each.tolerates:
        found = ""
        if tolerance.names:
            found = name
        elif tolerance.types:
            found = _written_as(value)
        elif tolerance.instead_of:
            found = "canonical" if value in tolerance.instead_of else "tolerated" if value in tolerance.values else ""
        if found:
            result.choices.append(Observation(tolerance.reading, found, field=each.path))


def _written_as(value: Any) -> str:
    """`int` or `string` for a number, which can be written as either; nothing for what leaves no choice."""
    if has_type("int", value):
        return "int"
    return "string" if isinstance(value, str) and re.fullmatch(r"-?[0-9]+", value) else ""


def _spelling(each: Field, value: Mapping[str, Any]) -> tuple[str | None, Tolerance | None]:
    if each.name in value:
        return each.name, None
    for tolerance in each.tolerates:
        for name in tolerance.names:
            if name in value:
                return name, tolerance
    return None, None


def _value(
    each: Field, value: Any, siblings: Mapping[str, Any], result: Result, complete: bool, name: str = ""
) -> None:
    if value is None and each.nullable:
        return
    if isinstance(value, list):
        value = _trimmed(each, value)
    if not has_type(each.type, value) or _outside(each, value) is not None:
        tolerance = _tolerated(each, value, siblings, name)
        if tolerance is not None:
            result.observe(tolerance.reading, short(value, 40))
            return
    if not has_type(each.type, value):
        integral = each.type == "int" and isinstance(value, float) and value.is_integer()
        result.fail(
            f"{each.path} is of type {each.type}",
            f"{each.path} is {short(value)}",
            "type",
            Severity.MINOR if integral else Severity.MAJOR,
        )
        return
    problem = _outside(each, value)
    if problem is not None:
        result.fail(f"{each.path}: {problem}", f"{each.path} is {short(value)}", "value")
    elif each.enum is not None and value not in each.enum:
        # Legal as a size of the device's own; one that a reading names is that reading all the same (R49).
        tolerance = _tolerated(each, value, siblings, name)
        if tolerance is not None:
            result.observe(tolerance.reading, short(value, 40))
    if "R66" in each.readings and isinstance(value, str) and value != value.rstrip():
        result.observe("R66", "white space at the end")
    if each.fields:
        _object(each.fields, value, result, complete)
    if each.items is not None:
        for entry in value:
            _value(each.items, entry, siblings, result, complete)


def _tolerated(each: Field, value: Any, siblings: Mapping[str, Any], name: str) -> Tolerance | None:
    for tolerance in each.tolerates:
        if tolerance.names and name not in tolerance.names:
            continue
        if tolerance.when is not None and any(siblings.get(key) != wanted for key, wanted in tolerance.when.items()):
            continue
        if any(value == legal and isinstance(value, bool) == isinstance(legal, bool) for legal in tolerance.values):
            return tolerance
        if any(has_type(kind, value) for kind in tolerance.types) and _holds(each, value):
            return tolerance
        if tolerance.max_length is not None and isinstance(value, str):
            limit = each.max_length if each.max_length is not None else math.inf
            if limit < len(value) <= tolerance.max_length:
                return tolerance
    return None


def _holds(each: Field, value: Any) -> bool:
    """Whether a value of a tolerated type holds a legal value of the canonical one ("4" where 4 is due)."""
    if value is None or not has_type("string", value) or each.type not in ("int", "float", "uint64"):
        return True
    if each.type != "float" and not re.fullmatch(r"-?[0-9]{1,20}", value):
        return not value
    try:
        number: float = int(value) if each.type != "float" else float(value)
    except ValueError:
        return False
    return _outside(each, number) is None


def _outside(each: Field, value: Any) -> str | None:
    """The rule of the catalogue that `value`, of the right type, breaks; None when it breaks none."""
    if (
        each.enum is not None
        and value not in each.enum
        and not (each.format == "resolution" and _own_size(each, value))
    ):
        return (
            f"one of {', '.join(map(str, each.enum)) if len(each.enum) < 12 else f'the {len(each.enum)} listed values'}"
        )
    if isinstance(value, int | float) and not isinstance(value, bool):
        if not math.isfinite(value):
            return "a finite number"
        low, high = each.minimum, each.maximum
        outside = (low is not None and value < low - _slack(low)) or (high is not None and value > high + _slack(high))
        if outside and not any(abs(value - material) <= _EMISSIVITY for material in (each.listed or {}).values()):
            return f"in {'' if low is None else low} .. {'' if high is None else high}"
    if isinstance(value, str):
        if each.max_length is not None and len(value) > each.max_length:
            return f"at most {each.max_length} characters"
        if each.format is not None and not _has_format(each, value):
            return f"of the form {each.format}"
    if isinstance(value, list):
        if each.min_items is not None and len(value) < each.min_items:
            return f"at least {each.min_items} entries"
        if each.max_items is not None and len(value) > each.max_items:
            return f"at most {each.max_items} entries"
    return None


def _own_size(each: Field, value: Any) -> bool:
    """A stream may have a size of the device's own beside the printed ones (R49); whether it does, the video tells."""
    return "R49" in each.readings and isinstance(value, str) and bool(_RESOLUTION.fullmatch(value))


_EMISSIVITY = 0.005 + 1e-9
"""How far an emissivity may be from the one it stands for (R112): half a hundredth, inclusive."""


_COARSE = {"degC": 0.05 - 1e-9, "m": 0.05 - 1e-9}
"""How far a float of this unit may be from what was set: the precision is not stated, but a tenth has to survive."""


def _slack(bound: float) -> float:
    """Room for a device that keeps single-precision floats: 0.1 read back as 0.10000000149."""
    return 1e-6 * max(1.0, abs(bound)) if isinstance(bound, float) else 0.0


_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]")
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_MAC = re.compile(r"[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}")
_TOKEN = re.compile(r"[!-~]{32}")
_JPEG = b"\xff\xd8\xff"
_RESOLUTION = re.compile(r"[1-9][0-9]{1,4}x[1-9][0-9]{1,4}")


def _has_format(each: Field, value: str) -> bool:
    if value == "" and not each.required:
        return True
    if "R66" in each.readings:
        value = value.rstrip()
    match each.format:
        case "datetime":
            return _is_datetime(value)
        case "time":
            return bool(_TIME.fullmatch(value))
        case "color":
            return bool(_COLOR.fullmatch(value))
        case "mac":
            return bool(_MAC.fullmatch(value))
        case "resolution":
            return bool(_RESOLUTION.fullmatch(value))
        case "ipv4":
            return _is_address(value)
        case "token":
            return bool(_TOKEN.fullmatch(value))
        case "base64" | "image-base64":
            return bool(_decoded(value))
        case "jpeg-base64":
            return (_decoded(value) or b"").startswith(_JPEG)
    return True  # url, ciphertext: any text; what a url leads to is judged by following it


def _is_datetime(value: str) -> bool:
    try:
        return datetime.strptime(value, "%Y-%m-%d %H:%M:%S").strftime("%Y-%m-%d %H:%M:%S") == value
    except ValueError:
        return False


def _is_address(value: str) -> bool:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


def _decoded(value: str) -> bytes | None:
    """The bytes of base64 text, with or without the head of a data url and line breaks; None for anything else."""
    head, comma, tail = value.partition("base64,")
    text = tail if comma and head.startswith("data:") else value
    text = text.replace("\n", "").replace("\r", "")
    if len(text) % 4:
        return None  # Python forgives padding that is too long
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def pushed(catalogue: Catalogue, message: PushMessage, sizes: Mapping[str, int]) -> Result:
    """A push is a well-formed notification of its kind (VI)."""
    push: Push | None = catalogue.pushes.get(message.cmdtype)
    result = Result("a push as its field table says", f"push {message.cmdtype}")
    if push is None:
        result.fail("a push of the document (1000-1011)", f"cmdtype {short(message.cmdtype)}", "push")
        return result
    frame = message.envelope
    if frame.get("action") != "notify":
        result.fail("action notify", f"action {short(frame.get('action'))}", "push")
    if not has_type("uint64", frame.get("sequence")):
        result.fail("sequence is a uint64", f"sequence {short(frame.get('sequence'))}", "push")
    body, other = frame.get(push.body), "message" if push.body == "content" else "content"
    fields = push.fields
    if body is None and isinstance(frame.get(other), dict) and "R92" in push.readings:
        body = frame[other]
        result.observe("R92", other)
    elif body is None and "R67" in push.readings:
        body = frame
        result.observe("R67", "top level")
    for reading in ("R67", "R92"):
        if reading in push.readings and isinstance(body, dict):
            place = "top level" if body is frame else push.body if body is frame.get(push.body) else other
            result.choices.append(Observation(reading, place))
    if not isinstance(body, dict):
        result.fail(f"an object under {push.body}", f"{push.body} is {short(body)}", "push")
        return result
    inner = conforms(fields, body, sizes, what=f"push {push.cmdtype}")
    result.findings += inner.findings
    result.observations += inner.observations
    result.choices += inner.choices
    return result


_IDENTITY = {"params": "type", "store": "type", "effect_day": "day", "month_data": "mon"}
"""Arrays whose entries are told apart by a field of theirs, so that their order and their company do not matter."""


def shows(fields: tuple[Field, ...], sent: Mapping[str, Any], shown: Mapping[str, Any]) -> list[str]:
    """Where a configuration read back does not show what was sent; fields that were not sent are not looked at."""
    found: list[str] = []
    _shows(fields, sent, shown, found)
    return found


def _shows(fields: tuple[Field, ...], sent: Mapping[str, Any], shown: Mapping[str, Any], found: list[str]) -> None:
    for each in fields:
        wanted, _ = _spelling(each, sent)
        if wanted is None or each.secret or each.read_only:
            continue
        name, _ = _spelling(each, shown)
        if name is None:
            if each.source.startswith("table") and each.absent is None:
                found.append(f"{each.path}: sent {short(sent[wanted])}, not shown")
            continue
        left, right = sent[wanted], shown[name]
        if isinstance(left, dict) and isinstance(right, dict) and each.fields:
            _shows(each.fields, left, right, found)
        elif each.items is not None and isinstance(left, list) and isinstance(right, list):
            _shows_list(each, left, right, found)
        elif not _same(each, left, right):
            found.append(f"{each.path}: sent {short(left)}, shown {short(right)}")


def _shows_list(each: Field, sent: list[Any], shown: list[Any], found: list[str]) -> None:
    assert each.items is not None
    key = _IDENTITY.get(each.name)
    if key is not None:
        entries = [entry for entry in shown if isinstance(entry, dict)]
        pairs = [(one, next((each for each in entries if each.get(key) == one.get(key)), None)) for one in sent]
    else:
        sent, shown = _trimmed(each, sent), _trimmed(each, shown)
        if len(sent) != len(shown):
            found.append(f"{each.path}: sent {len(sent)} entries, shown {len(shown)}")
            return
        pairs = list(zip(sent, shown, strict=True))
    for left, right in pairs:
        if each.items.fields and isinstance(left, dict):
            if not isinstance(right, dict):
                found.append(f"{each.path}: an entry that was sent is not shown: {short(left)}")
            else:
                _shows(each.items.fields, left, right, found)
        elif not _same(each.items, left, right):
            found.append(f"{each.items.path}: sent {short(left)}, shown {short(right)}")


def differences(fields: tuple[Field, ...], before: Any, after: Any) -> list[str]:
    """Where two configurations of the same fields differ, as `path: before -> after`.

    Secrets and read-only facts are not compared (R129); numbers may differ by the rounding of single precision, an
    emissivity by 0.005 (R112); fields that only one of the two shows are compared too.
    """
    found: list[str] = []
    if before != after:
        _compare(fields, before or {}, after or {}, found)
    return found


def _compare(fields: tuple[Field, ...], before: Mapping[str, Any], after: Mapping[str, Any], found: list[str]) -> None:
    for each in fields:
        if each.secret or each.read_only:
            continue
        left_name, _ = _spelling(each, before)
        right_name, _ = _spelling(each, after)
        if left_name is None and right_name is None:
            continue
        if left_name is None or right_name is None:
            found.append(f"{each.path}: {'appeared' if left_name is None else 'vanished'}")
            continue
        _compare_value(each, before[left_name], after[right_name], found)


def _compare_value(each: Field, left: Any, right: Any, found: list[str]) -> None:
    if isinstance(left, dict) and isinstance(right, dict) and each.fields:
        _compare(each.fields, left, right, found)
    elif isinstance(left, list) and isinstance(right, list) and each.items is not None:
        left, right = _trimmed(each, left), _trimmed(each, right)
        if len(left) != len(right):
            found.append(f"{each.path}: {len(left)} entries -> {len(right)}")
            return
        for one, other in zip(left, right, strict=True):
            _compare_value(each.items, one, other, found)
    elif not _same(each, left, right):
        found.append(f"{each.path}: {short(left)} -> {short(right)}")


def _trimmed(each: Field, entries: list[Any]) -> list[Any]:
    """A recipient list without its padding (R51)."""
    return [entry for entry in entries if entry != ""] if any(t.reading == "R51" for t in each.tolerates) else entries


def _same(each: Field, left: Any, right: Any) -> bool:
    numbers = (int, float)
    if (
        isinstance(left, numbers)
        and isinstance(right, numbers)
        and not isinstance(left, bool) | isinstance(right, bool)
    ):
        slack = 1e-4 if isinstance(left, float) or isinstance(right, float) else 0
        slack = _EMISSIVITY if each.listed else _COARSE.get(each.unit or "", slack) if slack else 0
        return abs(left - right) <= max(slack, 1e-6 * abs(left) if slack else 0)
    if each.format == "color" and isinstance(left, str) and isinstance(right, str):
        return left.lower() == right.lower()
    return bool(left == right) or (left in (None, []) and right in (None, []))
