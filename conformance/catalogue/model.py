"""The values that the catalogue is made of: plain and frozen, without behaviour of a client, a camera or a judge.

A `Field` is one row of a field table of the protocol document; a `Command`, `Push` or `Upload` is one section of it.
Paths are written as `message.rule_list[].emiss`: dots enter an object, `[]` enters the entries of an array.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from conformance.catalogue.json_types import Json, JsonMapping
from conformance.catalogue.sizes import SIZE_NAMES, ImageSizes

__all__ = [
    "MISSING",
    "BodyPlace",
    "BodyTolerance",
    "Capability",
    "Catalogue",
    "CodeReading",
    "Command",
    "Constraint",
    "Exclusion",
    "Field",
    "Group",
    "Keyword",
    "Parameter",
    "Push",
    "Reading",
    "Requirement",
    "ReturnCode",
    "Safety",
    "Tolerance",
    "Upload",
    "VideoField",
]


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING: Final = _Missing()
"""Stands for "the document prints no default"; `None` cannot, because null is a JSON value."""


class Group(StrEnum):
    """The purpose of a command, which decides the general rules for it."""

    SET = "set"
    GET = "get"
    FUNCTION = "function"
    PTZ = "ptz"
    SESSION = "session"


class Safety(StrEnum):
    """How much harm a command may do to a device, from none to harm that we cannot undo."""

    READ_ONLY = "read-only"
    REVERSIBLE = "reversible"
    DISRUPTIVE = "disruptive"
    DESTRUCTIVE = "destructive"

    @property
    def rank(self) -> int:
        """0 for read-only up to 3 for destructive."""
        return list(Safety).index(self)


class Keyword(StrEnum):
    """Strength of a requirement (RFC 2119)."""

    MUST = "MUST"
    SHOULD = "SHOULD"


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


@dataclass(frozen=True, slots=True)
class Command:
    """One request command and its reply.

    `envelope` holds request fields beside `message` (a `subtype`, say) on top of the common envelope; `request` and
    `reply` hold the fields inside `message`. `pair` is the other command of a get/set pair. `returns` names the
    readings R20-R33 whose stimulus this command can be given, beyond those that follow from its group.
    """

    cmdtype: int
    clause: str
    title: str
    group: Group
    safety: Safety
    capability: str | None = None
    pair: int | None = None
    token: bool = True
    message_required: bool = True
    envelope: tuple[Field, ...] = ()
    request: tuple[Field, ...] = ()
    reply: tuple[Field, ...] = ()
    constraints: tuple[str, ...] = ()
    returns: tuple[str, ...] = ()
    readings: tuple[str, ...] = ()
    restore: str | None = None
    text: str = ""

    def __hash__(self) -> int:
        # Commands are keys of caches, and their fields hold dictionaries, which have no hash.
        return hash(self.cmdtype)

    def request_field(self, path: str) -> Field:
        """The request field at `path` (`message.a.b` or `message.a[].b`). Raises KeyError."""
        return _at(self.envelope + self.request, path, f"request of {self.cmdtype}")

    def reply_field(self, path: str) -> Field:
        """The reply field at `path`. Raises KeyError."""
        return _at(self.reply, path, f"reply of {self.cmdtype}")


class BodyPlace(StrEnum):
    """Where a push has its fields: under one of two keys of the frame, or beside the keys of the frame."""

    CONTENT = "content"
    MESSAGE = "message"
    TOP_LEVEL = "top level"


@dataclass(frozen=True, slots=True)
class BodyTolerance:
    """Another place where a reading lets a device put the fields of a push: the top level for 1006 (R67)."""

    reading: str
    body: BodyPlace


@dataclass(frozen=True, slots=True)
class Push:
    """One message that the device sends unasked.

    `body` is the place of its fields, `content` or `message`; `tolerates` are the other places that readings accept.
    """

    cmdtype: int
    clause: str
    title: str
    body: BodyPlace
    tolerates: tuple[BodyTolerance, ...] = ()
    capability: str | None = None
    envelope: tuple[Field, ...] = ()
    fields: tuple[Field, ...] = ()
    readings: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Upload:
    """One upload endpoint: a file sent to `path`/<token>, answered with `cmdtype`."""

    cmdtype: int
    clause: str
    title: str
    path: str
    kind: str
    capability: str | None = None
    safety: Safety = Safety.DESTRUCTIVE
    readings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReturnCode:
    """One row of Appendix I; `documented` is false for codes only seen on devices (R14)."""

    code: int
    text: str
    documented: bool = True
    readings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VideoField:
    """One field of the header that opens a video stream (Appendix II); `size` in bytes."""

    name: str
    size: int
    values: Mapping[int, str] | None = None
    constant: bytes | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class CodeReading:
    """Which return codes a stimulus may earn: `canonical` (any of), then `tolerated`."""

    canonical: tuple[int, ...]
    tolerated: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """How one contradiction or gap of the document is read.

    `consistent` says where a device must keep to its first choice: everywhere (`run`), in all messages of one number
    (`command`), in one field of one message (`field`), or nowhere (empty).
    """

    id: str
    where: str
    says: str
    canonical: str
    tolerated: str = ""
    codes: CodeReading | None = None
    open: bool = False
    consistent: str = ""


@dataclass(frozen=True, slots=True)
class Constraint:
    """A rule between fields, or about a whole message, that a range cannot express."""

    name: str
    clause: str
    text: str
    readings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Capability:
    """Something a device may have or not. `probe` is the read-only command that shows it; None: the profile says it."""

    id: str
    title: str
    probe: int | None = None


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value the document leaves to the device (IXIT). `type` is int, float, string, path, list or map."""

    key: str
    type: str
    text: str
    default: Json = None
    minimum: float | None = None
    maximum: float | None = None
    enum: tuple[str, ...] = ()
    unit: str | None = None
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Requirement:
    """One demand of the document, and the cases that judge it, or the reason why none does."""

    id: str
    clause: str
    keyword: Keyword
    text: str
    cases: tuple[str, ...] = ()
    excluded: str | None = None
    readings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Request fields that no boundary case touches, as patterns over `cmdtype:path`, and the reason."""

    fields: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Catalogue:
    """The document as data."""

    commands: Mapping[int, Command]
    pushes: Mapping[int, Push]
    uploads: Mapping[int, Upload]
    return_codes: Mapping[int, ReturnCode]
    readings: Mapping[str, Reading]
    constraints: Mapping[str, Constraint]
    capabilities: Mapping[str, Capability]
    parameters: Mapping[str, Parameter]
    requirements: Mapping[str, Requirement]
    video: tuple[VideoField, ...]
    request_envelope: tuple[Field, ...]
    reply_envelope: tuple[Field, ...]
    push_envelope: tuple[Field, ...]
    enums: Mapping[str, Mapping[Json, str]] = field(default_factory=dict)
    exclusions: tuple[Exclusion, ...] = ()

    def pairs(self) -> Iterator[tuple[Command, Command]]:
        """Every (set, get) pair, by number."""
        for command in self.commands.values():
            if command.group is Group.SET and command.pair is not None:
                yield command, self.commands[command.pair]


def _at(fields: tuple[Field, ...], path: str, where: str) -> Field:
    for top in fields:
        for candidate in top.walk():
            if candidate.path == path:
                return candidate
    raise KeyError(f"the {where} has no field {path!r}")
