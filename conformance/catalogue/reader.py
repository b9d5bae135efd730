"""Reads the YAML files of the catalogue, block by block, into the model.

An entry that is defined twice, unknown or of the wrong type is refused, with the file and the place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final, TypeAlias, TypeVar

from conformance.catalogue.cross_check import check_names
from conformance.catalogue.entries import RawEntry, member_of, only_keys, required_key
from conformance.catalogue.errors import CatalogueError, StrictYamlError
from conformance.catalogue.field_tables import FieldTables, RawEnum
from conformance.catalogue.model import (
    BodyPlace,
    BodyTolerance,
    Capability,
    Catalogue,
    CodeReading,
    Command,
    Constraint,
    Exclusion,
    Group,
    Keyword,
    Parameter,
    Push,
    Reading,
    Requirement,
    ReturnCode,
    Safety,
    Upload,
    VideoField,
)
from conformance.catalogue.strict_yaml import load_yaml

__all__ = ["load", "load_directory"]

_TOP: Final = frozenset(
    "enums groups constraints commands pushes uploads return_codes video readings capabilities parameters "
    "requirements envelope exclusions".split()
)

_Subject: TypeAlias = Command | Push | Upload
"""A section of the document that a requirement row with `each` is written for."""
_Row = TypeVar("_Row")
_Key = TypeVar("_Key", int, str)


class _Reader:
    """One load. It collects the raw blocks of all files first, so that a group may be in any file."""

    def __init__(self, files: Iterator[tuple[str, str]]) -> None:
        self._raw: dict[str, list[tuple[str, RawEntry]]] = {key: [] for key in _TOP}
        self._enums: dict[str, RawEnum] = {}
        self._groups: dict[str, RawEntry] = {}
        self._envelope: dict[str, RawEntry] = {}
        for source, text in files:
            try:
                document = load_yaml(text, source)
            except StrictYamlError as error:
                raise CatalogueError(str(error)) from None
            if not isinstance(document, dict):
                raise CatalogueError(f"{source}: a mapping is expected at the top")
            for key, value in document.items():
                if key not in _TOP:
                    raise CatalogueError(f"{source}: unknown top-level key {key!r}; known: {', '.join(sorted(_TOP))}")
                if key == "enums":
                    _merge(self._enums, value, source, "enumeration")
                elif key == "groups":
                    _merge(self._groups, value, source, "group")
                elif key == "envelope":
                    _merge(self._envelope, value, source, "envelope")
                else:
                    if not isinstance(value, list):
                        raise CatalogueError(f"{source}: {key} must be a list")
                    self._raw[key].extend((source, entry) for entry in value)
        self._tables = FieldTables(self._enums, self._groups)

    def catalogue(self) -> Catalogue:
        commands = _index(self._commands(), key=lambda row: row.cmdtype)
        pushes = _index(self._pushes(), key=lambda row: row.cmdtype)
        uploads = _index(self._simple("uploads", Upload, safety=Safety), key=lambda row: row.cmdtype)
        catalogue = Catalogue(
            commands=commands,
            pushes=pushes,
            uploads=uploads,
            return_codes=_index(self._simple("return_codes", ReturnCode), key=lambda row: row.code),
            readings=_index(self._readings(), key=lambda row: row.id),
            constraints=_index(self._simple("constraints", Constraint), key=lambda row: row.name),
            capabilities=_index(self._simple("capabilities", Capability), key=lambda row: row.id),
            parameters=_index(self._parameters(), key=lambda row: row.key),
            requirements=_index(self._requirements(commands, pushes, uploads), key=lambda row: row.id),
            video=tuple(self._video()),
            request_envelope=self._tables.fields(self._envelope.get("request", {}), "", "envelope"),
            reply_envelope=self._tables.fields(self._envelope.get("reply", {}), "", "envelope"),
            push_envelope=self._tables.fields(self._envelope.get("push", {}), "", "envelope"),
            enums=self._enums,
            exclusions=tuple(self._simple("exclusions", Exclusion)),
        )
        check_names(catalogue)
        return catalogue

    def _commands(self) -> Iterator[Command]:
        keys = set(
            "cmdtype clause title group pair safety capability token message restore returns constraints readings "
            "envelope request reply text".split()
        )
        for source, entry in self._raw["commands"]:
            where = f"{source}, command {entry.get('cmdtype')}"
            only_keys(entry, keys, where)
            if entry.get("message", "required") not in ("required", "optional"):
                raise CatalogueError(f"{where}: message is required or optional")
            yield Command(
                cmdtype=required_key(entry, "cmdtype", int, where),
                clause=required_key(entry, "clause", str, where),
                title=required_key(entry, "title", str, where),
                group=member_of(Group, required_key(entry, "group", str, where), where),
                safety=member_of(Safety, required_key(entry, "safety", str, where), where),
                capability=entry.get("capability"),
                pair=entry.get("pair"),
                token=entry.get("token", True),
                message_required=entry.get("message", "required") == "required",
                envelope=self._tables.fields(entry.get("envelope", {}), "", where),
                request=self._tables.fields(entry.get("request", {}), "message.", where),
                reply=self._tables.fields(entry.get("reply", {}), "message.", where),
                constraints=tuple(entry.get("constraints", ())),
                returns=tuple(entry.get("returns", ())),
                readings=tuple(entry.get("readings", ())),
                restore=None if entry.get("restore") == "none" else entry.get("restore"),
                text=entry.get("text", ""),
            )

    def _pushes(self) -> Iterator[Push]:
        for source, entry in self._raw["pushes"]:
            where = f"{source}, push {entry.get('cmdtype')}"
            keys = "cmdtype clause title body tolerates capability envelope fields readings text"
            only_keys(entry, set(keys.split()), where)
            body = required_key(entry, "body", str, where)
            if body not in ("content", "message"):
                raise CatalogueError(f"{where}: body is content or message")
            yield Push(
                cmdtype=required_key(entry, "cmdtype", int, where),
                clause=required_key(entry, "clause", str, where),
                title=required_key(entry, "title", str, where),
                body=BodyPlace(body),
                tolerates=tuple(_body_tolerance(each, where) for each in entry.get("tolerates", ())),
                capability=entry.get("capability"),
                envelope=self._tables.fields(entry.get("envelope", {}), "", where),
                fields=self._tables.fields(entry.get("fields", {}), f"{body}.", where),
                readings=tuple(entry.get("readings", ())),
                text=entry.get("text", ""),
            )

    def _readings(self) -> Iterator[Reading]:
        for source, entry in self._raw["readings"]:
            where = f"{source}, reading {entry.get('id')}"
            only_keys(entry, set("id where says canonical tolerated codes open consistent".split()), where)
            if entry.get("consistent", "run") not in ("run", "command", "field"):
                raise CatalogueError(f"{where}: consistent is run, command or field")
            codes = entry.get("codes")
            if codes is not None:
                only_keys(codes, {"canonical", "tolerated"}, where)
                codes = CodeReading(tuple(codes["canonical"]), tuple(codes.get("tolerated", ())))
            yield Reading(
                id=required_key(entry, "id", str, where),
                where=str(entry.get("where", "")),
                says=str(entry.get("says", "")),
                canonical=str(entry.get("canonical", "")),
                tolerated=str(entry.get("tolerated", "")),
                codes=codes,
                open=entry.get("open", False),
                consistent=entry.get("consistent", ""),
            )

    def _parameters(self) -> Iterator[Parameter]:
        for source, entry in self._raw["parameters"]:
            where = f"{source}, parameter {entry.get('key')}"
            only_keys(entry, set("key type text default min max enum unit secret".split()), where)
            yield Parameter(
                key=required_key(entry, "key", str, where),
                type=required_key(entry, "type", str, where),
                text=required_key(entry, "text", str, where),
                default=entry.get("default"),
                minimum=entry.get("min"),
                maximum=entry.get("max"),
                enum=tuple(entry.get("enum", ())),
                unit=entry.get("unit"),
                secret=entry.get("secret", False),
            )

    def _requirements(
        self, commands: Mapping[int, Command], pushes: Mapping[int, Push], uploads: Mapping[int, Upload]
    ) -> Iterator[Requirement]:
        for source, entry in self._raw["requirements"]:
            where = f"{source}, requirement {entry.get('id')}"
            only_keys(entry, set("id clause keyword text cases excluded readings each except".split()), where)
            if ("cases" in entry) == ("excluded" in entry):
                raise CatalogueError(f"{where}: either cases or excluded, and one of them")
            fillers: list[Callable[[str], str]] = [lambda text: text]
            if "each" in entry:
                skipped = set(entry.get("except", ()))
                subjects = _subjects(entry["each"], commands, pushes, uploads, where)
                fillers = [_filler(each) for each in subjects if each.cmdtype not in skipped]
            for fill in fillers:
                yield Requirement(
                    id=fill(required_key(entry, "id", str, where)),
                    clause=fill(entry.get("clause", "{clause}" if "each" in entry else "")),
                    keyword=member_of(Keyword, required_key(entry, "keyword", str, where), where),
                    text=fill(required_key(entry, "text", str, where)),
                    cases=tuple(fill(case) for case in entry.get("cases", ())),
                    excluded=entry.get("excluded"),
                    readings=tuple(entry.get("readings", ())),
                )

    def _video(self) -> Iterator[VideoField]:
        for source, entry in self._raw["video"]:
            where = f"{source}, video field {entry.get('name')}"
            only_keys(entry, set("name size values constant text".split()), where)
            constant = entry.get("constant")
            yield VideoField(
                name=required_key(entry, "name", str, where),
                size=required_key(entry, "size", int, where),
                values=entry.get("values"),
                constant=None if constant is None else bytes.fromhex(constant),
                text=entry.get("text", ""),
            )

    def _simple(self, key: str, kind: Callable[..., _Row], **convert: Callable[[Any], Any]) -> Iterator[_Row]:
        """The entries of a block whose keys are the attributes of `kind`; lists become tuples."""
        for source, entry in self._raw[key]:
            where = f"{source}, {key} {next(iter(entry.values()), '')}"
            values = {
                name: convert[name](value) if name in convert else tuple(value) if isinstance(value, list) else value
                for name, value in entry.items()
            }
            try:
                yield kind(**values)
            except TypeError as error:
                raise CatalogueError(f"{where}: {error}") from None


def _subjects(
    each: str,
    commands: Mapping[int, Command],
    pushes: Mapping[int, Push],
    uploads: Mapping[int, Upload],
    where: str,
) -> Sequence[_Subject]:
    """The sections that `each` names: a chapter, a group, the set commands of pairs, the pushes, the uploads."""
    if each == "push":
        return list(pushes.values())
    if each == "upload":
        return list(uploads.values())
    if each == "pair":
        return [command for command in commands.values() if command.group is Group.SET and command.pair is not None]
    if each in ("III", "IV"):
        return [command for command in commands.values() if command.clause.startswith(f"{each}.")]
    if each in set(Group):
        return [command for command in commands.values() if command.group == each]
    raise CatalogueError(f"{where}: each {each!r} is unknown")


def _filler(subject: _Subject) -> Callable[[str], str]:
    """A function that replaces {clause}, {cmdtype}, {title} and {kind} in a text by those of `subject`."""
    values = {
        "{clause}": subject.clause,
        "{cmdtype}": str(subject.cmdtype),
        "{title}": subject.title,
        "{kind}": subject.kind if isinstance(subject, Upload) else "",
    }

    def fill(text: str) -> str:
        for key, value in values.items():
            text = text.replace(key, value)
        return text

    return fill


def _body_tolerance(entry: RawEntry, where: str) -> BodyTolerance:
    where = f"{where}, tolerates"
    only_keys(entry, {"reading", "body"}, where)
    place = member_of(BodyPlace, required_key(entry, "body", str, where), where)
    return BodyTolerance(required_key(entry, "reading", str, where), place)


def _merge(into: dict[str, _Row], value: object, source: str, kind: str) -> None:
    if not isinstance(value, dict):
        raise CatalogueError(f"{source}: {kind}s are a mapping")
    for name, body in value.items():
        if name in into:
            raise CatalogueError(f"{source}: the {kind} {name!r} is defined twice")
        into[name] = body


def _index(values: Iterable[_Row], key: Callable[[_Row], _Key]) -> dict[_Key, _Row]:
    result: dict[_Key, _Row] = {}
    for value in values:
        name = key(value)
        if name in result:
            raise CatalogueError(f"{type(value).__name__} {name!r} is defined twice")
        result[name] = value
    return dict(sorted(result.items()))


def load_directory(directory: Path) -> Catalogue:
    """The catalogue held by the YAML files of `directory`. Raises CatalogueError."""
    return _Reader(
        (path.name, path.read_text(encoding="utf-8")) for path in sorted(directory.glob("*.yaml"))
    ).catalogue()


@cache
def load() -> Catalogue:
    """The catalogue that ships with the project, read once per process. Raises CatalogueError."""
    with resources.as_file(resources.files("conformance.catalogue") / "data") as directory:
        return load_directory(directory)
