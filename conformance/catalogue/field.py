"""One row of a field table of the protocol document: a field, and what readings tolerate of it.

Paths are written as `message.rule_list[].emiss`: dots enter an object, `[]` enters the entries of an array.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from conformance.catalogue.json_types import Json, JsonMapping
from conformance.catalogue.sizes import SIZE_NAMES, ImageSizes

__all__ = ["MISSING", "Field", "Tolerance"]


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING: Final = _Missing()
"""Stands for "the document prints no default"; `None` cannot, because null is a JSON value."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How a reading lets a device show one field otherwise than its field table says.

    reading      the reading that says so, such as R48
    types        other JSON types: the days of a holiday as strings (13, R44)
    names        other names: `record_time` for `record_delay` (19, R47)
    values       other values: 0 for a hold of 10 to 300 s (25, R50). Beside `names` they hold under those names alone
    when         `values` hold only while the sibling fields have these values: `{light_flag: 0}` for that hold
    max_length   a longer text, in characters (15, R115)
    instead_of   canonical values that such a device never sends: one that numbers its modes 1 and 2 has no 0 (40, R53)
    padding      entries that only fill up an array and do not count: the recipients "" (32, R51)
    trailing_space   white space at the end of a text: the line break after a version (507, R66)
    """

    reading: str
    types: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    values: tuple[Json, ...] = ()
    when: JsonMapping | None = None
    max_length: int | None = None
    instead_of: tuple[Json, ...] = ()
    padding: tuple[Json, ...] = ()
    trailing_space: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a message: one row of a field table.

    `type` is int, float, string, bool, array, object or uint64, in the canonical reading. `minimum` and `maximum` are
    inclusive and as printed; `max_length` counts characters. `fields` are those of an object, `items` is one entry of
    an array. These attributes need an example:

    bound       The size of the device that replaces `maximum` on a real device: the x of a point is 1 to 512 in the
                table of command 3, and 1 to `ir_output_w` of command 500 on a device (R58). `ir_model_w-1` is one less.
    listed      Values that are legal beside the range, by their meanings: an emissivity is 0.1 to 1.0, or that of a
                listed material, such as 0.06 (1, R40).
    source      Where the document shows the field. `table`: in its field table. `table-only`: in the table, but in no
                example, so that a get may leave it out (`sip_id` of 43). `example`: in an example, but in no table
                (`free` of 14, R44). `reading`: nowhere; a reading of ours adds it.
    absent      The reading that lets a device leave the field out of what it sends: R111 for the `id` of a rule (4).
    own_values  The reading that lets a device have values beside `enum`: R49 for the sizes of a stream (23). Every text
                in the written form of `format` is legal then, and what the device shows may be written back to it.
    tolerates   How else a device may show the field: under the name `record_time` instead of `record_delay` (20, R47).
    """

    name: str
    path: str
    type: str
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    bound: str | None = None
    enum: Mapping[Json, str] | None = None
    listed: Mapping[str, float] | None = None
    max_length: int | None = None
    min_items: int | None = None
    max_items: int | None = None
    unit: str | None = None
    format: str | None = None
    default: Json = MISSING
    readings: tuple[str, ...] = ()
    source: str = "table"
    absent: str | None = None
    own_values: str | None = None
    tolerates: tuple[Tolerance, ...] = ()
    read_only: bool = False
    secret: bool = False
    nullable: bool = False
    text: str = ""
    fields: tuple[Field, ...] = ()
    items: Field | None = None
    has_bound: bool = field(init=False, repr=False, compare=False)
    """Whether a size of the device limits this field or one below it."""
    _limited: dict[tuple[int | None, ...], Field] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "has_bound", any(each.bound is not None for each in self.walk()))

    @property
    def names(self) -> tuple[str, ...]:
        """The names under which a device may show the field: its own, then those that readings tolerate."""
        return (self.name, *(name for tolerance in self.tolerates for name in tolerance.names))

    def walk(self) -> Iterator[Field]:
        """This field and everything below it, parents first."""
        yield self
        for child in self.fields:
            yield from child.walk()
        if self.items is not None:
            yield from self.items.walk()

    def child(self, name: str) -> Field:
        """The field `name` of this object, or of the objects of this array. Raises KeyError."""
        for candidate in (self.items or self).fields:
            if candidate.name == name:
                return candidate
        raise KeyError(f"{self.path} has no field {name!r}")

    def limited_to(self, sizes: ImageSizes) -> Field:
        """The same field with the device's own `sizes` as `maximum` where it is bound to one of them (R58)."""
        if not self.has_bound:
            return self
        # Every message asks for the same few sizes: a field keeps its answers.
        key = tuple(sizes.get(name) for name in SIZE_NAMES)
        if key not in self._limited:
            self._limited[key] = self._with_maximum(sizes)
        return self._limited[key]

    def _with_maximum(self, sizes: ImageSizes) -> Field:
        name, _, less = (self.bound or "").partition("-")
        maximum = sizes[name] - int(less or 0) if name in sizes else self.maximum
        fields = tuple(child.limited_to(sizes) for child in self.fields)
        items = None if self.items is None else self.items.limited_to(sizes)
        return replace(self, maximum=maximum, fields=fields, items=items)
