"""The rules between fields that a request has to obey, by their names in the catalogue.

Each rule says whether a message breaks it. It can also settle a message, which means: it changes the fields that a case
does not care about, so that the rule holds; or, if the case sends a wrong value, so that nothing else can be the reason
for a refusal. Rules of the catalogue that are not here concern replies or the state of the device, and a message alone
cannot break them.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Final

from conformance.catalogue.json_types import Json, JsonMapping, JsonObject
from conformance.catalogue.model import Field
from conformance.catalogue.paths import copied
from conformance.catalogue.sizes import DOCUMENT_SIZES, ImageSizes

__all__ = ["HOLDS", "RULES", "Draft", "Rule", "broken", "settle", "spared"]


@dataclass(frozen=True, slots=True)
class Draft:
    """A message being settled: its `fields`, the path whose value stays (`keep`), the device's `sizes` in pixels."""

    message: JsonObject
    fields: tuple[Field, ...]
    sizes: ImageSizes
    keep: str = ""
    _found: list[JsonObject] = dataclass_field(default_factory=list)

    def keeps(self, *names: str) -> bool:
        """Whether `keep` is the path of a field with one of these names."""
        return self.keep.rsplit(".", 1)[-1].removesuffix("[]") in names

    def objects(self, *names: str) -> Iterator[JsonObject]:
        """Every object of the message that has all these fields, at any depth."""
        if not self._found:  # gathered once, because no rule adds or removes an object
            self._found.extend(_objects(self.message))
        yield from (each for each in self._found if all(name in each for name in names))

    def field(self, name: str) -> Field:
        """The first field called `name`. Raises KeyError."""
        for top in self.fields:
            for each in top.walk():
                if each.name == name:
                    return each
        raise KeyError(f"the message has no field {name!r}")


def _objects(value: Json) -> Iterator[JsonObject]:
    if isinstance(value, dict):
        yield value
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _objects(child)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `spares` says, by path, which values the rule makes legal although the field table does not."""

    broken: Callable[[Draft], bool] = lambda draft: False
    settle: Callable[[Draft], None] = lambda draft: None
    spares: Mapping[str, Callable[[Json], bool]] | None = None


def settle(
    message: JsonMapping,
    fields: Iterable[Field],
    constraints: Iterable[str],
    *,
    keep: str = "",
    sizes: ImageSizes | None = None,
) -> JsonObject:
    """A copy of `message` changed so that the named rules hold as far as the value at `keep` lets them.

    `fields` are those of the message, `sizes` the device's image sizes in pixels (default: the document's example).
    """
    draft = Draft(copied(dict(message)), tuple(fields), sizes or DOCUMENT_SIZES, keep)
    for name in constraints:
        if name in RULES:
            RULES[name].settle(draft)
    return draft.message


def broken(
    message: JsonMapping,
    fields: Iterable[Field],
    constraints: Iterable[str],
    *,
    sizes: ImageSizes | None = None,
) -> tuple[str, ...]:
    """The names of the rules that `message` breaks; the types of its values must be legal."""
    draft = Draft(dict(message), tuple(fields), sizes or DOCUMENT_SIZES)
    return tuple(name for name in constraints if name in RULES and RULES[name].broken(draft))


def spared(path: str, payload: Json, constraints: Iterable[str]) -> bool:
    """Whether one of the rules makes `payload` legal at `path` although the field there does not allow it."""
    rules = (RULES[name].spares or {} for name in constraints if name in RULES)
    return any(path in spares and spares[path](payload) for spares in rules)


def _whole(value: Json) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


# standard-emissivity (1, 3; R40, R112)


def _emissivity_broken(draft: Draft) -> bool:
    listed = (draft.field("emiss").listed or {}).values()
    for each in draft.objects("emiss_mode", "emiss"):
        value, standard = each["emiss"], each["emiss_mode"] == 1
        if standard and not any(abs(value - known) <= 0.005 for known in listed):
            return True
        if not standard and value < (draft.field("emiss").minimum or 0):
            return True
    return False


def _settle_emissivity(draft: Draft) -> None:
    listed = tuple((draft.field("emiss").listed or {}).values())
    for each in draft.objects("emiss_mode", "emiss"):
        if draft.keeps("emiss"):
            each["emiss_mode"] = 1 if each["emiss"] in listed else 2
        elif each["emiss_mode"] == 1 and listed:
            each["emiss"] = listed[0]


# points-per-type (3; R161)

_FEWEST_POINTS: Final = {1: 1, 2: 2, 3: 4, 4: 3, 5: 4}
_MOST_POINTS: Final = 7
_TYPE_FOR_POINTS: Final = {1: 1, 2: 2, 3: 4, 4: 3, 5: 4, 6: 4, 7: 4}
_SHAPES: Final = {
    1: ((4, 4),),
    2: ((2, 2), (6, 6)),
    3: ((2, 2), (6, 2), (6, 6), (2, 6)),
    4: ((2, 2), (6, 2), (4, 6)),
    5: ((4, 2), (4, 6), (2, 4), (6, 4)),
}
"""Points of each shape in eighths of the image; a circle by its top, bottom, left and right (III.3)."""


def _points_broken(draft: Draft) -> bool:
    return any(
        not _FEWEST_POINTS.get(each["type"], 0) <= len(each["points"]) <= _MOST_POINTS
        for each in draft.objects("type", "points")
    )


def _settle_points(draft: Draft) -> None:
    width, height = draft.sizes["ir_output_w"], draft.sizes["ir_output_h"]
    for each in draft.objects("type", "points"):
        if draft.keeps("points"):
            if isinstance(each["points"], list):
                each["type"] = _TYPE_FOR_POINTS.get(len(each["points"]), each["type"])
        elif ".points[]" not in draft.keep and _whole(each["type"]) in _SHAPES:
            each["points"] = [{"x": width * x // 8, "y": height * y // 8} for x, y in _SHAPES[each["type"]]]


# netmask-valid, gateway-in-subnet (9; R31)


def _mask(text: Json) -> int | None:
    """A mask as a number; None when it is no address or has a zero before a one."""
    try:
        mask = int(ipaddress.IPv4Address(text)) if isinstance(text, str) else -1
    except ValueError:
        return None
    zeros = ~mask & 0xFFFFFFFF
    return mask if mask >= 0 and zeros & (zeros + 1) == 0 else None


def _network(each: JsonMapping) -> ipaddress.IPv4Network | None:
    mask = _mask(each["netmask"])
    try:
        return None if mask is None else ipaddress.IPv4Network(f"{each['ipaddr']}/{mask.bit_count()}", strict=False)
    except ValueError:
        return None


def _mask_broken(draft: Draft) -> bool:
    return any(_mask(each["netmask"]) is None for each in draft.objects("netmask"))


def _settle_mask(draft: Draft) -> None:
    for each in draft.objects("netmask"):
        if not draft.keeps("netmask"):
            each["netmask"] = "255.255.255.0"


def _gateway_broken(draft: Draft) -> bool:
    for each in draft.objects("ipaddr", "netmask", "gateway"):
        network = _network(each)
        if network is not None and ipaddress.IPv4Address(each["gateway"]) not in network:
            return True
    return False


def _settle_gateway(draft: Draft) -> None:
    for each in draft.objects("ipaddr", "netmask", "gateway"):
        network = _network(each)
        if network is not None and not draft.keeps("gateway"):
            hosts = network.hosts()
            each["gateway"] = str(next((host for host in hosts if str(host) != each["ipaddr"]), network[0]))


# hold-needs-flag (19-30, 47-58; R50, R160)

HOLDS: Final[Mapping[str, str]] = {
    "record_delay": "record_flag",
    "light_hold": "light_flag",
    "alarm_out_delay": "alarm_out_flag",
    "output_hold": "output_flag",
}
"""The fields that hold a duration, each with the flag that switches it on (R50)."""
_SHORTEST_HOLD: Final = 10


def _hold_broken(draft: Draft) -> bool:
    return any(
        each[flag] == 1 and each[hold] < _SHORTEST_HOLD
        for hold, flag in HOLDS.items()
        for each in draft.objects(hold, flag)
    )


def _settle_hold(draft: Draft) -> None:
    for hold, flag in HOLDS.items():
        for each in draft.objects(hold, flag):
            if draft.keeps(hold):
                each[flag] = 1


# gop-within-two-fps, ratio-per-stream (23; R49, R148)


def _gop_broken(draft: Draft) -> bool:
    return any(each["gop_size"] > 2 * each["fps"] for each in draft.objects("gop_size", "fps"))


def _settle_gop(draft: Draft) -> None:
    for each in draft.objects("gop_size", "fps"):
        gop, fps = _whole(each["gop_size"]), _whole(each["fps"])
        if draft.keeps("gop_size"):
            fastest = draft.field("fps").maximum
            each["fps"] = each["fps"] if fastest is None else int(fastest)
        elif gop is not None and fps is not None and fps > 0:
            each["gop_size"] = min(gop, 2 * fps)


def _stream_sizes(draft: Draft) -> dict[str, list[str]]:
    """The sizes of each stream by its name; the infrared ones are the device's output and half of it."""
    width, height = draft.sizes["ir_output_w"], draft.sizes["ir_output_h"]
    sizes: dict[str, list[str]] = {}
    for size, stream in (draft.field("ratio").enum or {}).items():
        sizes.setdefault(stream, []).append(size)
    return sizes | {"Infrared main": [f"{width}x{height}"], "Infrared sub": [f"{width // 2}x{height // 2}"]}


def _ratio_broken(draft: Draft) -> bool:
    streams = draft.field("type").enum or {}
    sizes = _stream_sizes(draft)
    return any(
        each["ratio"] not in sizes.get(streams.get(each["type"], ""), ()) for each in draft.objects("ratio", "type")
    )


def _settle_ratio(draft: Draft) -> None:
    streams = draft.field("type").enum or {}
    sizes = _stream_sizes(draft)
    for each in draft.objects("ratio", "type"):
        if draft.keeps("ratio"):
            fitting = (kind for kind, stream in streams.items() if each["ratio"] in sizes.get(stream, ()))
            each["type"] = next(fitting, each["type"])
        elif _whole(each["type"]) in streams and each["ratio"] not in sizes[streams[each["type"]]]:
            each["ratio"] = sizes[streams[each["type"]]][0]


# port-zero-needs-flag-off (45, 49; R128)


def _port_broken(draft: Draft) -> bool:
    return any(each["serverport"] == 0 and each["flag"] == 1 for each in draft.objects("serverport", "flag"))


def _settle_port(draft: Draft) -> None:
    for each in draft.objects("serverport", "flag"):
        if draft.keeps("serverport") and _whole(each["serverport"]) == 0:
            each["flag"] = 0 if draft.field("serverport").minimum == 0 else 1


# area-forms-rectangle (51; R56)

_CORNERS: Final = (("top_left_x", "bo_right_x"), ("top_left_y", "bo_right_y"))


def _area_broken(draft: Draft) -> bool:
    return any(each[far] <= each[near] for near, far in _CORNERS for each in draft.objects(near, far))


def _settle_area(draft: Draft) -> None:
    for near, far in _CORNERS:
        for each in draft.objects(near, far):
            if draft.keeps(near):
                each[far] = int(draft.field(far).maximum or each[far])
            elif not draft.keeps(far):
                each[far] = int((draft.field(far).maximum or 8) * 3 // 4)
                each[near] = each[far] // 3
            else:
                each[near] = 1


# record-query (509; R131)


def _query_broken(draft: Draft) -> bool:
    subtype, stream = draft.message.get("subtype"), draft.message.get("message", {}).get("record_stream")
    return bool(subtype == 4) != bool(stream == 0)


def _settle_query(draft: Draft) -> None:
    for body in draft.objects("record_stream"):
        if draft.keeps("record_stream"):
            draft.message["subtype"] = 4 if body["record_stream"] == 0 else 1
        else:
            body["record_stream"] = 0 if draft.message.get("subtype") == 4 else 1


# shielding-clipped (17; R46, R159)

_SIDES: Final = (("x", "w", "ir_output_w"), ("y", "h", "ir_output_h"))


def _clip_broken(draft: Draft) -> bool:
    """Whether an area may be read back smaller than sent: R159 leaves open whether the border itself is inside."""
    return any(
        each[start] + each[length] > draft.sizes[size]
        for start, length, size in _SIDES
        for each in draft.objects(start, length)
    )


def _settle_clip(draft: Draft) -> None:
    for start, length, size in _SIDES:
        for each in draft.objects(start, length):
            begin, extent = _whole(each[start]), _whole(each[length])
            if begin is None or extent is None:
                continue
            if draft.keeps(start):
                each[length] = max(1, draft.sizes[size] - begin)
            else:
                each[start] = max(1, min(begin, draft.sizes[size] - extent))


RULES: Final[Mapping[str, Rule]] = {
    "standard-emissivity": Rule(_emissivity_broken, _settle_emissivity),
    "points-per-type": Rule(_points_broken, _settle_points),
    "netmask-valid": Rule(_mask_broken, _settle_mask),
    "gateway-in-subnet": Rule(_gateway_broken, _settle_gateway),
    "hold-needs-flag": Rule(_hold_broken, _settle_hold),
    "gop-within-two-fps": Rule(_gop_broken, _settle_gop),
    "ratio-per-stream": Rule(_ratio_broken, _settle_ratio),
    "port-zero-needs-flag-off": Rule(_port_broken, _settle_port),
    "area-forms-rectangle": Rule(_area_broken, _settle_area),
    "record-query": Rule(_query_broken, _settle_query),
    "shielding-zero-is-one": Rule(
        spares={f"message.rects[].{name}": lambda payload: _whole(payload) == 0 for name in ("x", "y")}
    ),
    "shielding-clipped": Rule(
        _clip_broken,
        _settle_clip,
        spares={
            f"message.rects[].{name}": lambda payload: 0 < (_whole(payload) or 0) < 2**16
            for name in ("x", "y", "w", "h")
        },
    ),
    "cursor-off-below-zero": Rule(
        spares={f"message.{name}": lambda payload: (_whole(payload) or 0) < 0 for name in ("cursor_x", "cursor_y")}
    ),
    "wrong-holidays-ignored": Rule(
        spares={f"message.month_data[].{name}": lambda payload: True for name in ("mon", "data[]")}
    ),
}
"""The rules by the names of `constraints` in the catalogue."""
