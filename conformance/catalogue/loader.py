"""Reads the YAML of the catalogue into the model, refusing whatever is doubled, unknown or of the wrong type."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any, Final

import yaml

from conformance.catalogue.model import (
    MISSING,
    Capability,
    Catalogue,
    CodeReading,
    Command,
    Constraint,
    Exclusion,
    Field,
    Group,
    Keyword,
    Parameter,
    Push,
    Reading,
    Requirement,
    ReturnCode,
    Safety,
    Tolerance,
    Upload,
    VideoField,
)

__all__ = ["CatalogueError", "load", "load_directory", "load_yaml"]


class CatalogueError(Exception):
    """The catalogue itself is wrong; names the file and the place."""


_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _StrictLoader(_Base):  # type: ignore[misc]
    """YAML 1.2 core schema (so `off` is a word and `12:30` is not a number), without duplicate keys."""


_StrictLoader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("null", r"^(?:~|null|)$", "~n\0"),
    ("bool", r"^(?:true|false)$", "tf"),
    ("int", r"^[-+]?(?:0|[1-9][0-9]*)$", "-+0123456789"),
    ("float", r"^[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$", "-+0123456789"),
):
    _StrictLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))
_StrictLoader.yaml_implicit_resolvers[""] = [("tag:yaml.org,2002:null", re.compile("^$"))]


_SCALARS: Final[Mapping[str, Callable[[str], Any]]] = {
    "tag:yaml.org,2002:null": lambda text: None,
    "tag:yaml.org,2002:bool": lambda text: text == "true",
    "tag:yaml.org,2002:int": int,
    "tag:yaml.org,2002:float": float,
    "tag:yaml.org,2002:str": str,
}


def _value_of(node: Any) -> Any:
    """The value of a composed node: three times as quick as PyYAML's own constructor, and deaf to every other tag."""
    if isinstance(node, yaml.ScalarNode):
        if node.tag not in _SCALARS:
            raise CatalogueError(f"line {node.start_mark.line + 1}: the tag {node.tag} is not known here")
        return _SCALARS[node.tag](node.value)
    if isinstance(node, yaml.SequenceNode):
        return [_value_of(entry) for entry in node.value]
    result: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            raise CatalogueError(f"line {key_node.start_mark.line + 1}: a key must be a word or a number")
        key = _value_of(key_node)
        if key in result:
            raise CatalogueError(f"line {key_node.start_mark.line + 1}: the key {key!r} stands twice")
        result[key] = _value_of(value_node)
    return result


def load_yaml(text: str, source: str) -> Any:
    """The value of a YAML 1.2 document. Raises CatalogueError, naming `source`, for bad YAML or a doubled key."""
    try:
        node = yaml.compose(text, Loader=_StrictLoader)
        return None if node is None else _value_of(node)
    except CatalogueError as error:
        raise CatalogueError(f"{source}: {error}") from None
    except yaml.YAMLError as error:
        raise CatalogueError(f"{source}: not YAML: {error}") from None


_NUMBER: Final = (int, float)
_FIELD_KEYS: Final[Mapping[str, tuple[type, ...]]] = {
    "type": (str,),
    "required": (bool,),
    "min": _NUMBER,
    "max": _NUMBER,
    "bound": (str,),
    "enum": (dict, list, str),
    "listed": (str,),
    "max_length": (int,),
    "min_items": (int,),
    "max_items": (int,),
    "unit": (str,),
    "format": (str,),
    "default": (int, float, str, list, dict, bool),
    "source": (str,),
    "absent": (str,),
    "tolerates": (list,),
    "read_only": (bool,),
    "secret": (bool,),
    "nullable": (bool,),
    "readings": (list,),
    "text": (str,),
    "fields": (dict,),
    "items": (dict,),
}
_TYPES: Final = frozenset({"int", "float", "string", "bool", "array", "object", "uint64"})
_SOURCES: Final = frozenset({"table", "table-only", "example", "reading"})
_BOUND: Final = re.compile(r"^ir_(?:output|model)_[wh](?:-1)?$")
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
        self.raw: dict[str, list[tuple[str, Any]]] = {key: [] for key in _TOP}
        self.enums: dict[str, dict[Any, Any]] = {}
        self.groups: dict[str, dict[str, Any]] = {}
        self.envelope: dict[str, dict[str, Any]] = {}
        for source, text in files:
            document = load_yaml(text, source)
            if not isinstance(document, dict):
                raise CatalogueError(f"{source}: a mapping is expected at the top")
            for key, value in document.items():
                if key not in _TOP:
                    raise CatalogueError(f"{source}: unknown top-level key {key!r}; known: {', '.join(sorted(_TOP))}")
                if key == "enums":
                    _merge(self.enums, value, source, "enumeration")
                elif key == "groups":
                    _merge(self.groups, value, source, "group")
                elif key == "envelope":
                    _merge(self.envelope, value, source, "envelope")
                elif key != "chapter":
                    if not isinstance(value, list):
                        raise CatalogueError(f"{source}: {key} must be a list")
                    self.raw[key].extend((source, entry) for entry in value)

    def fields(self, spec: Any, prefix: str, where: str) -> tuple[Field, ...]:
        if not isinstance(spec, dict):
            raise CatalogueError(f"{where}: a mapping of fields is expected, found {type(spec).__name__}")
        merged: dict[str, Any] = {}
        self._flatten(spec, merged, where)
        return tuple(self.field(name, body, f"{prefix}{name}", where) for name, body in merged.items())

    def _flatten(self, spec: Mapping[str, Any], into: dict[str, Any], where: str) -> None:
        for name, body in spec.items():
            if name == "use" and isinstance(body, list):
                for group in body:
                    if group not in self.groups:
                        raise CatalogueError(f"{where}: there is no group {group!r}")
                    self._flatten(self.groups[group], into, f"{where}, group {group}")
            else:
                into[name] = body

    def field(self, name: str, body: Any, path: str, where: str) -> Field:
        where = f"{where}, {path}"
        if not isinstance(name, str) or not isinstance(body, dict):
            raise CatalogueError(f"{where}: a field is `name: {{type: ...}}`")
        for key, value in body.items():
            if key not in _FIELD_KEYS:
                raise CatalogueError(f"{where}: unknown key {key!r}")
            _typed(value, _FIELD_KEYS[key], f"{where}: {key}")
        kind = body.get("type")
        if kind not in _TYPES:
            raise CatalogueError(f"{where}: type {kind!r} is none of {', '.join(sorted(_TYPES))}")
        if body.get("source", "table") not in _SOURCES:
            raise CatalogueError(f"{where}: source {body['source']!r} is none of {', '.join(sorted(_SOURCES))}")
        if "bound" in body and not _BOUND.match(body["bound"]):
            raise CatalogueError(f"{where}: bound {body['bound']!r} is no size of command 500")
        if ("fields" in body) and kind != "object":
            raise CatalogueError(f"{where}: only an object has fields")
        if ("items" in body) != (kind == "array"):
            raise CatalogueError(f"{where}: an array has items, and nothing else has")
        enum = body.get("enum")
        if isinstance(enum, str):
            enum = self._enum(enum, where)
        elif isinstance(enum, list):
            enum = dict.fromkeys(enum, "")
        if enum is not None:
            kinds: tuple[type, ...] = {"int": (int,), "uint64": (int,), "string": (str,), "float": _NUMBER}.get(
                kind, ()
            )
            if not all(isinstance(value, kinds) and not isinstance(value, bool) for value in enum):
                raise CatalogueError(f"{where}: a member of the enumeration is not of type {kind}")
        listed = body.get("listed")
        return Field(
            name=name,
            path=path,
            type=kind,
            required=body.get("required", False),
            minimum=body.get("min"),
            maximum=body.get("max"),
            bound=body.get("bound"),
            enum=enum,
            listed=None if listed is None else self._enum(listed, where),
            max_length=body.get("max_length"),
            min_items=body.get("min_items"),
            max_items=body.get("max_items"),
            unit=body.get("unit"),
            format=body.get("format"),
            default=body.get("default", MISSING),
            readings=tuple(body.get("readings", ())),
            source=body.get("source", "table"),
            absent=body.get("absent"),
            tolerates=tuple(_tolerance(entry, where) for entry in body.get("tolerates", ())),
            read_only=body.get("read_only", False),
            secret=body.get("secret", False),
            nullable=body.get("nullable", False),
            text=body.get("text", ""),
            fields=self.fields(body["fields"], f"{path}.", where) if "fields" in body else (),
            items=self.items(body["items"], path, where) if "items" in body else None,
        )

    def items(self, body: dict[str, Any], path: str, where: str) -> Field:
        return self.field(f"{path.rsplit('.', 1)[-1]}[]", body, f"{path}[]", where)

    def _enum(self, name: str, where: str) -> dict[Any, Any]:
        if name not in self.enums:
            raise CatalogueError(f"{where}: there is no enumeration {name!r}")
        return self.enums[name]

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
            request_envelope=self.fields(self.envelope.get("request", {}), "", "envelope"),
            reply_envelope=self.fields(self.envelope.get("reply", {}), "", "envelope"),
            push_envelope=self.fields(self.envelope.get("push", {}), "", "envelope"),
            enums=self.enums,
            exclusions=tuple(self._simple("exclusions", Exclusion)),
        )
        _cross_check(catalogue)
        return catalogue

    def _commands(self) -> Iterator[Command]:
        keys = set(
            "cmdtype clause title group pair safety capability token message restore returns constraints readings "
            "envelope request reply text".split()
        )
        for source, entry in self.raw["commands"]:
            where = f"{source}, command {entry.get('cmdtype')}"
            _only(entry, keys, where)
            if entry.get("message", "required") not in ("required", "optional"):
                raise CatalogueError(f"{where}: message is required or optional")
            yield Command(
                cmdtype=_need(entry, "cmdtype", int, where),
                clause=_need(entry, "clause", str, where),
                title=_need(entry, "title", str, where),
                group=_member(Group, _need(entry, "group", str, where), where),
                safety=_member(Safety, _need(entry, "safety", str, where), where),
                capability=entry.get("capability"),
                pair=entry.get("pair"),
                token=entry.get("token", True),
                message_required=entry.get("message", "required") == "required",
                envelope=self.fields(entry.get("envelope", {}), "", where),
                request=self.fields(entry.get("request", {}), "message.", where),
                reply=self.fields(entry.get("reply", {}), "message.", where),
                constraints=tuple(entry.get("constraints", ())),
                returns=tuple(entry.get("returns", ())),
                readings=tuple(entry.get("readings", ())),
                restore=None if entry.get("restore") == "none" else entry.get("restore"),
                text=entry.get("text", ""),
            )

    def _pushes(self) -> Iterator[Push]:
        for source, entry in self.raw["pushes"]:
            where = f"{source}, push {entry.get('cmdtype')}"
            _only(entry, set("cmdtype clause title body capability envelope fields readings text".split()), where)
            body = _need(entry, "body", str, where)
            if body not in ("content", "message"):
                raise CatalogueError(f"{where}: body is content or message")
            yield Push(
                cmdtype=_need(entry, "cmdtype", int, where),
                clause=_need(entry, "clause", str, where),
                title=_need(entry, "title", str, where),
                body=body,
                capability=entry.get("capability"),
                envelope=self.fields(entry.get("envelope", {}), "", where),
                fields=self.fields(entry.get("fields", {}), f"{body}.", where),
                readings=tuple(entry.get("readings", ())),
                text=entry.get("text", ""),
            )

    def _readings(self) -> Iterator[Reading]:
        for source, entry in self.raw["readings"]:
            where = f"{source}, reading {entry.get('id')}"
            _only(entry, set("id where says canonical tolerated codes open consistent".split()), where)
            if entry.get("consistent", "run") not in ("run", "command", "field"):
                raise CatalogueError(f"{where}: consistent is run, command or field")
            codes = entry.get("codes")
            if codes is not None:
                _only(codes, {"canonical", "tolerated"}, where)
                codes = CodeReading(tuple(codes["canonical"]), tuple(codes.get("tolerated", ())))
            yield Reading(
                id=_need(entry, "id", str, where),
                where=str(entry.get("where", "")),
                says=str(entry.get("says", "")),
                canonical=str(entry.get("canonical", "")),
                tolerated=str(entry.get("tolerated", "")),
                codes=codes,
                open=entry.get("open", False),
                consistent=entry.get("consistent", ""),
            )

    def _parameters(self) -> Iterator[Parameter]:
        for source, entry in self.raw["parameters"]:
            where = f"{source}, parameter {entry.get('key')}"
            _only(entry, set("key type text default min max enum unit secret".split()), where)
            yield Parameter(
                key=_need(entry, "key", str, where),
                type=_need(entry, "type", str, where),
                text=_need(entry, "text", str, where),
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
        for source, entry in self.raw["requirements"]:
            where = f"{source}, requirement {entry.get('id')}"
            _only(entry, set("id clause keyword text cases excluded readings each except".split()), where)
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
                    id=fill(_need(entry, "id", str, where)),
                    clause=fill(entry.get("clause", "{clause}" if subject is not None else "")),
                    keyword=_member(Keyword, _need(entry, "keyword", str, where), where),
                    text=fill(_need(entry, "text", str, where)),
                    cases=tuple(fill(case) for case in entry.get("cases", ())),
                    excluded=entry.get("excluded"),
                    readings=tuple(entry.get("readings", ())),
                )

    def _video(self) -> Iterator[VideoField]:
        for source, entry in self.raw["video"]:
            where = f"{source}, video field {entry.get('name')}"
            _only(entry, set("name size values constant text".split()), where)
            constant = entry.get("constant")
            yield VideoField(
                name=_need(entry, "name", str, where),
                size=_need(entry, "size", int, where),
                values=entry.get("values"),
                constant=None if constant is None else bytes.fromhex(constant),
                text=entry.get("text", ""),
            )

    def _simple(self, key: str, kind: Callable[..., Any], **convert: Callable[[Any], Any]) -> Iterator[Any]:
        """Blocks whose keys are the attributes of `kind`; lists become tuples."""
        for source, entry in self.raw[key]:
            where = f"{source}, {key} {next(iter(entry.values()), '')}"
            values = {
                name: convert[name](value) if name in convert else tuple(value) if isinstance(value, list) else value
                for name, value in entry.items()
            }
            try:
                yield kind(**values)
            except TypeError as error:
                raise CatalogueError(f"{where}: {error}") from None


def _tolerance(entry: Any, where: str) -> Tolerance:
    _only(entry, {"reading", "types", "names", "values", "when", "max_length", "instead_of"}, f"{where}, tolerates")
    return Tolerance(
        reading=_need(entry, "reading", str, where),
        types=tuple(entry.get("types", ())),
        names=tuple(entry.get("names", ())),
        values=tuple(entry.get("values", ())),
        when=entry.get("when"),
        max_length=entry.get("max_length"),
        instead_of=tuple(entry.get("instead_of", ())),
    )


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


def _cross_check(catalogue: Catalogue) -> None:
    """Names must lead somewhere: pairs, capabilities, constraints, readings."""
    for command in catalogue.commands.values():
        where = f"command {command.cmdtype}"
        if command.pair is not None:
            partner = catalogue.commands.get(command.pair)
            if partner is None or partner.pair != command.cmdtype:
                raise CatalogueError(f"{where}: its pair {command.pair} does not name it back")
        _known(command.constraints, catalogue.constraints, where, "constraint")
        _known(command.readings + command.returns, catalogue.readings, where, "reading")
        if command.capability is not None:
            _known((command.capability,), catalogue.capabilities, where, "capability")
        _fields_known(command.envelope + command.request + command.reply, catalogue, where)
    for push in catalogue.pushes.values():
        _known(push.readings, catalogue.readings, f"push {push.cmdtype}", "reading")
        if push.capability is not None:
            _known((push.capability,), catalogue.capabilities, f"push {push.cmdtype}", "capability")
        _fields_known(push.envelope + push.fields, catalogue, f"push {push.cmdtype}")
    for upload in catalogue.uploads.values():
        _known(upload.readings, catalogue.readings, f"upload {upload.kind}", "reading")
    for constraint in catalogue.constraints.values():
        _known(constraint.readings, catalogue.readings, f"constraint {constraint.name}", "reading")
    for code in catalogue.return_codes.values():
        _known(code.readings, catalogue.readings, f"return code {code.code}", "reading")
    for requirement in catalogue.requirements.values():
        _known(requirement.readings, catalogue.readings, f"requirement {requirement.id}", "reading")


def _fields_known(fields: tuple[Field, ...], catalogue: Catalogue, where: str) -> None:
    for top in fields:
        for each in top.walk():
            names = each.readings + tuple(tolerance.reading for tolerance in each.tolerates)
            names += (each.absent,) if each.absent else ()
            _known(names, catalogue.readings, f"{where}, {each.path}", "reading")


def _known(names: tuple[str, ...], known: Mapping[str, Any], where: str, kind: str) -> None:
    for name in names:
        if name not in known:
            raise CatalogueError(f"{where}: there is no {kind} {name!r}")


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


def _only(entry: Any, keys: set[str], where: str) -> None:
    if not isinstance(entry, dict):
        raise CatalogueError(f"{where}: a mapping is expected")
    for key in entry:
        if key not in keys:
            raise CatalogueError(f"{where}: unknown key {key!r}")


def _need(entry: Mapping[str, Any], key: str, kind: type, where: str) -> Any:
    if key not in entry:
        raise CatalogueError(f"{where}: {key} is missing")
    _typed(entry[key], (kind,), f"{where}: {key}")
    return entry[key]


def _typed(value: Any, kinds: tuple[type, ...], where: str) -> None:
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        wanted = " or ".join(kind.__name__ for kind in kinds)
        raise CatalogueError(f"{where} must be {wanted}, found {value!r}")


def _member(kind: Any, value: str, where: str) -> Any:
    try:
        return kind(value)
    except ValueError:
        raise CatalogueError(f"{where}: {value!r} is none of {', '.join(member.value for member in kind)}") from None


def load_directory(directory: Path) -> Catalogue:
    """The catalogue held by the YAML files of `directory`. Raises CatalogueError."""
    return _Reader(
        (path.name, path.read_text(encoding="utf-8")) for path in sorted(directory.glob("*.yaml"))
    ).catalogue()


_cache: list[Catalogue] = []


def load() -> Catalogue:
    """The catalogue that ships with the project, read once per process. Raises CatalogueError."""
    if not _cache:
        with resources.as_file(resources.files("conformance.catalogue") / "data") as directory:
            _cache.append(load_directory(directory))
    return _cache[0]
