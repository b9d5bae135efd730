"""Reads the YAML files of the catalogue, block by block, into the model.

Whatever is doubled, unknown or of the wrong type is refused with the file and the place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

from conformance.catalogue.cross_check import check_names
from conformance.catalogue.entries import member_of, only_keys, required_key
from conformance.catalogue.errors import CatalogueError, StrictYamlError
from conformance.catalogue.field_tables import FieldTables
from conformance.catalogue.model import (
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
    "chapter enums groups constraints commands pushes uploads return_codes video readings capabilities parameters "
    "requirements envelope exclusions".split()
)
_EACH: Final[Mapping[str, Callable[[Command], bool]]] = {
    **{group.value: (lambda command, group=group: command.group is group) for group in Group},  # type: ignore[misc]
    "command": lambda command: True,
    "pair": lambda command: command.group is Group.SET and command.pair is not None,
}


class _Reader:
    """One load: collects raw blocks of all files first, so that a group may stand in any file."""

    def __init__(self, files: Iterator[tuple[str, str]]) -> None:
        self._raw: dict[str, list[tuple[str, Any]]] = {key: [] for key in _TOP}
        self._enums: dict[str, dict[Any, Any]] = {}
        self._groups: dict[str, dict[str, Any]] = {}
        self._envelope: dict[str, dict[str, Any]] = {}
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
                elif key != "chapter":
                    if not isinstance(value, list):
                        raise CatalogueError(f"{source}: {key} must be a list")
                    self._raw[key].extend((source, entry) for entry in value)
        self._tables = FieldTables(self._enums, self._groups)

    def catalogue(self) -> Catalogue:
        commands = _index(self._commands(), "cmdtype")
        pushes = _index(self._pushes(), "cmdtype")
        uploads = _index(self._simple("uploads", Upload, safety=Safety), "cmdtype")
        catalogue = Catalogue(
            commands=commands,
            pushes=pushes,
            uploads=uploads,
            return_codes=_index(self._simple("return_codes", ReturnCode), "code"),
            readings=_index(self._readings(), "id"),
            constraints=_index(self._simple("constraints", Constraint), "name"),
            capabilities=_index(self._simple("capabilities", Capability), "id"),
            parameters=_index(self._parameters(), "key"),
            requirements=_index(self._requirements(commands, pushes, uploads), "id"),
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
            only_keys(entry, set("cmdtype clause title body capability envelope fields readings text".split()), where)
            body = required_key(entry, "body", str, where)
            if body not in ("content", "message"):
                raise CatalogueError(f"{where}: body is content or message")
            yield Push(
                cmdtype=required_key(entry, "cmdtype", int, where),
                clause=required_key(entry, "clause", str, where),
                title=required_key(entry, "title", str, where),
                body=body,
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
            each = entry.get("each")
            subjects: list[Any]
            if each is None:
                subjects = [None]
            elif each == "push":
                subjects = list(pushes.values())
            elif each == "upload":
                subjects = list(uploads.values())
            elif each in _EACH:
                subjects = [command for command in commands.values() if _EACH[each](command)]
            else:
                raise CatalogueError(f"{where}: each {each!r} is unknown")
            skipped = set(entry.get("except", ()))
            for subject in subjects:
                if subject is not None and subject.cmdtype in skipped:
                    continue
                fill = _filler(subject)
                yield Requirement(
                    id=fill(required_key(entry, "id", str, where)),
                    clause=fill(entry.get("clause", "{clause}" if subject is not None else "")),
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

    def _simple(self, key: str, kind: Callable[..., Any], **convert: Callable[[Any], Any]) -> Iterator[Any]:
        """Blocks whose keys are the attributes of `kind`; lists become tuples."""
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


def _filler(subject: Any) -> Callable[[str], str]:
    if subject is None:
        return lambda text: text
    values = {
        "{clause}": subject.clause,
        "{cmdtype}": str(subject.cmdtype),
        "{title}": subject.title,
        "{kind}": getattr(subject, "kind", ""),
    }

    def fill(text: str) -> str:
        for key, value in values.items():
            text = text.replace(key, value)
        return text

    return fill


def _merge(into: dict[str, Any], value: Any, source: str, kind: str) -> None:
    if not isinstance(value, dict):
        raise CatalogueError(f"{source}: {kind}s are a mapping")
    for name, body in value.items():
        if name in into:
            raise CatalogueError(f"{source}: the {kind} {name!r} is defined twice")
        into[name] = body


def _index(values: Iterator[Any], key: str) -> dict[Any, Any]:
    result: dict[Any, Any] = {}
    for value in values:
        name = getattr(value, key)
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
