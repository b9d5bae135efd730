"""The values that the catalogue is made of: plain and frozen, without behaviour of a client, a camera or a judge.

A `Command`, `Push` or `Upload` is one section of the protocol document. A `Field` is one row of its field table; it has
a module of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from conformance.catalogue.field import MISSING, Field, Tolerance
from conformance.catalogue.json_types import Json

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
