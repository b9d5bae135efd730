"""Whole configurations: two legal messages of a set command that differ in every field, and two with extreme values.

A case for a single value changes one thing. These messages change everything at once. Every list has several entries,
and no two neighbouring values are alike, so that a value in the wrong field, entry or command is noticed.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from conformance.catalogue.constraints import HOLDS
from conformance.catalogue.formats import FORMATS
from conformance.catalogue.json_types import Json, JsonObject
from conformance.catalogue.model import Command, Field
from conformance.catalogue.sizes import DOCUMENT_SIZES, ImageSizes

__all__ = ["EXTREMES", "extreme", "field_to_change", "variant"]

EXTREMES: Final = ("lowest", "highest")
"""The configurations at the ends of what the document allows."""

_ORDERED: Final = (("low_temp", "high_temp"), ("isot_low", "isot_high"))

# Never varied: fields that would cut the link or the picture, and fields whose legal values the device itself lists.
_KEPT: Final = frozenset(
    {"ipaddr", "netmask", "gateway", "mode", "card", "ip_version", "tcp_port", "rtsp_port", "http_port"}
)
_SWITCHES: Final = frozenset({"flag", "alarm_flag", "trace_flag", "high_flag", "low_flag"})
_DEVICE_LISTS: Final = frozenset({"audio_index", "audio_play_index", "gear", "encodec", "preset"})


@dataclass(slots=True)
class _Maker:
    """Makes the values of variant `number` (0 or 1); `salt` goes up with every value, so that neighbours differ."""

    number: int
    sizes: ImageSizes
    cmdtype: int
    salt: int = 0

    def whole(self, fields: Iterable[Field]) -> JsonObject:
        made = {each.name: self.value(each) for each in fields if self._takes(each)}
        return self._settled(made)

    def _takes(self, field: Field) -> bool:
        if field.secret or field.read_only or not field.source.startswith("table"):
            return False
        if field.name in _DEVICE_LISTS or field.format == "resolution":
            return False
        return not (self.cmdtype in (9, 11) and field.name in _KEPT)

    def value(self, field: Field) -> Json:
        self.salt += 1
        special = _SPECIAL.get(field.name)
        if special is not None:
            return special(self, field)
        if field.enum is not None:
            members = list(field.enum)
            return members[(self.salt + self.number) % len(members)]
        match field.type:
            case "object":
                return self.whole(field.fields)
            case "array":
                return self.entries(field, (3, 2)[self.number])
            case "bool":
                return self.number == 1
            case "string":
                return self._text(field)
        return self._number(field)

    def entries(self, field: Field, count: int) -> list[Json]:
        assert field.items is not None
        return [self.value(field.items) for _ in range(count)]

    def typed(self, field: Field) -> list[JsonObject]:
        """One entry for each member of its `type`."""
        assert field.items is not None
        kinds = next(each.enum for each in field.items.fields if each.name == "type") or {}
        return [{**self.value(field.items), "type": kind} for kind in kinds]

    def _number(self, field: Field) -> float:
        low = 0 if field.minimum is None else field.minimum
        high = low + 1000 if field.maximum is None else field.maximum
        if field.type == "float":
            share = (0.1 + 0.037 * (self.salt % 10) + 0.45 * self.number) % 1
            return round(low + (high - low) * share, 1 if high - low > 3 else 2)
        span = int(high) - int(low) + 1
        return int(low) + (5 * self.salt + 3 + self.number * (span // 2)) % span

    def _text(self, field: Field) -> str:
        match field.format:
            case None:
                return f"{'ab'[self.number]}{self.salt} {field.name.removesuffix('[]')}"[: field.max_length]
            case "color":
                return f"#{(self.salt * 0x1A2B3 + self.number * 0x40C0E1) & 0xFFFFFF:06x}"
            case "ipv4":
                return f"10.{self.number + 1}.{self.salt % 250}.53"
        return FORMATS[field.format].sample

    def _settled(self, made: JsonObject) -> JsonObject:
        """The object `made`, changed so that the rules between its fields hold."""
        for hold, flag in HOLDS.items():
            if made.get(flag) == 0:
                made.pop(hold, None)  # a device may show 0 then (R50)
        if "emiss_mode" in made and "emiss" in made:
            made["emiss_mode"] = 2 - self.number
            made["emiss"] = (round(0.5 + self.salt % 40 / 100, 2), 0.93)[self.number]
        for low, high in _ORDERED:
            if low in made and high in made:
                made[low], made[high] = sorted((made[low], made[high]))
        if "fps" in made and "gop_size" in made:
            made["fps"] = 10 + self.salt % 8 + 7 * self.number
            made["gop_size"] = 2 * made["fps"] - self.salt % 5
        return made

    def point(self, eighth_x: int, eighth_y: int) -> dict[str, int]:
        """A point of the infrared image, near an eighth of it."""
        self.salt += 1
        return {
            "x": self.sizes["ir_output_w"] * eighth_x // 8 + self.salt % 7 + 8 * self.number,
            "y": self.sizes["ir_output_h"] * eighth_y // 8 + self.salt % 5 + 6 * self.number,
        }


_SHAPES: Final[Mapping[int, tuple[tuple[int, int], ...]]] = {
    1: ((4, 4),),
    2: ((2, 2), (6, 6)),
    3: ((2, 2), (6, 2), (6, 6), (2, 6)),
    4: ((2, 1), (6, 2), (5, 4), (4, 6), (1, 4)),
    5: ((4, 2), (4, 6), (2, 4), (6, 4)),
}
_SEVEN: Final = ((3, 1), (5, 1), (6, 3), (6, 5), (4, 6), (2, 5), (1, 3))
"""As many points as a polygon may have."""


def _rules(maker: _Maker, field: Field) -> list[JsonObject]:
    """Rules of different shapes. An alarm_time of 15 minutes keeps them from alarming during a case."""
    assert field.items is not None
    rules: list[JsonObject] = []
    extreme = isinstance(maker, _Extreme)
    for kind in (4, 3) if extreme else ((1, 4, 3), (5, 2))[maker.number]:
        rule = maker.value(field.items)
        points = _SEVEN if extreme and kind == 4 else _SHAPES[kind]
        rule |= {"type": kind, "points": [maker.point(x, y) for x, y in points]}
        # Two of the same name may be refused.
        own = {"rule_name": rule["rule_name"][:-1] + "z"} if rules else {}
        rules.append(rule | (own if extreme else {"alarm_time": 900 + maker.salt % 90}))
    return rules


def _week(maker: _Maker, field: Field) -> list[JsonObject]:
    return [
        {
            "day": day,
            "period": [
                {"start": f"0{day}:1{maker.number}:00", "end": f"11:3{day}:0{maker.number}"},
                {"start": f"13:0{day}:05", "end": f"2{maker.number}:4{day}:59"},
            ],
        }
        for day in range(1, 8)
    ]


def _recipients(maker: _Maker, field: Field) -> list[str]:
    return [f"{'ab'[maker.number]}{index}@example.com" for index in range((5, 2)[maker.number])]


def _holidays(maker: _Maker, field: Field) -> list[JsonObject]:
    months = ((1, 6, 12), (3, 11))[maker.number]
    return [{"mon": month, "data": [1 + month, 15 + maker.number, 30]} for month in months]


def _shielded(maker: _Maker, field: Field) -> list[dict[str, int]]:
    size = {"w": maker.sizes["ir_output_w"] // 5 + maker.number, "h": maker.sizes["ir_output_h"] // 6}
    return [{**maker.point(1, 2), **size}, {**maker.point(5, 4), **size, "w": size["w"] - 3}]


def _corner(eighths: int, size: str) -> Callable[[_Maker, Field], int]:
    return lambda maker, field: maker.sizes[size] * eighths // 8 + maker.salt % 9 + 10 * maker.number


_SPECIAL: Final[Mapping[str, Callable[[_Maker, Field], Json]]] = {
    "rule_list": _rules,
    "effect_day": _week,
    "mailto": _recipients,
    "month_data": _holidays,
    "rects": _shielded,
    "params": _Maker.typed,
    "store": _Maker.typed,
    # Never fewer than the connections that a run has open (R156).
    "max_connectios": lambda maker, field: 14 + 3 * maker.number,
    "bit_size": lambda maker, field: 1000 + maker.salt + 500 * maker.number,
    "smtp_server": lambda maker, field: f"192.168.1.{21 + maker.number}",
    "sip_server": lambda maker, field: f"192.168.1.{31 + maker.number}",
    "serverip": lambda maker, field: f"192.168.1.{41 + maker.number}",
    "smtp_port": lambda maker, field: 2525 + maker.number,
    "top_left_x": _corner(1, "ir_output_w"),
    "top_left_y": _corner(1, "ir_output_h"),
    "bo_right_x": _corner(5, "ir_output_w"),
    "bo_right_y": _corner(5, "ir_output_h"),
    "w": lambda maker, field: maker.sizes["ir_output_w"] // 4 + maker.number,
    "h": lambda maker, field: maker.sizes["ir_output_h"] // 4 + maker.number,
    "x": lambda maker, field: 20 + maker.salt % 50 + 60 * maker.number,
    "y": lambda maker, field: 30 + maker.salt % 40 + 50 * maker.number,
}


@dataclass(slots=True)
class _Extreme(_Maker):
    """Makes the lowest or the highest number, the first or the last member, an empty or the longest text.

    Switches stay off, because they would start alarms or call servers. The two variants have both states of them.
    """

    def value(self, field: Field) -> Json:
        if field.enum is not None and field.name not in _SPECIAL:
            self.salt += 1
            return list(field.enum)[0 if field.name in _SWITCHES else -self.number]
        return _Maker.value(self, field)

    def _number(self, field: Field) -> float:
        if field.minimum is None or field.maximum is None:
            return _Maker._number(self, field)
        return (field.minimum, field.maximum)[self.number]

    def _text(self, field: Field) -> str:
        if field.format is not None:
            return _Maker._text(self, field)
        return (string.ascii_letters * 3)[: field.max_length or 12] if self.number else ""

    def _settled(self, made: JsonObject) -> JsonObject:
        result = _Maker._settled(self, dict(made))
        if "emiss_mode" in made and "emiss" in made:
            result |= {"emiss_mode": 2, "emiss": made["emiss"]}
        for low, high in _ORDERED:
            if low in made and high in made:
                # The document does not say what an empty interval means.
                result |= {low: -40, high: (-30, 2000)[self.number]}
        if made.get("serverport") == 0:  # it says that there is no server (R128)
            result["serverport"] = 1
        if "fps" in made and "gop_size" in made:
            result |= {"fps": made["fps"], "gop_size": 2 * made["fps"]}
        return result


def extreme(command: Command, number: int, sizes: ImageSizes | None = None) -> JsonObject:
    """The content of `message` with everything at its lowest (0) or at its highest (1), and the longest lists."""
    known = {**DOCUMENT_SIZES, **(sizes or {})}
    return _Extreme(number, known, command.cmdtype).whole(each.limited_to(known) for each in command.request)


def variant(command: Command, number: int, sizes: ImageSizes | None = None) -> JsonObject:
    """The content of `message` in variant 0 or 1 of set `command`: every field that a client may choose freely.

    It leaves out secrets, fields that only an example shows, addresses and ports (a change would end the link), and
    indices into lists of the device. `sizes` are the device's image sizes (default: the document's example).
    """
    known = {**DOCUMENT_SIZES, **(sizes or {})}
    return _Maker(number, known, command.cmdtype).whole(each.limited_to(known) for each in command.request)


def field_to_change(command: Command) -> str:
    """The name of a harmless top field of set `command`, for a case that only needs some change."""
    fields = variant(command, 0)
    tops = [each for each in command.request if each.name in fields and each.name not in HOLDS]
    numbers = [each for kind in ("int", "float", "string") for each in tops if each.type == kind and each.enum is None]
    return next(iter((*numbers, *tops))).name
