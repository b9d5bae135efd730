"""What one model of camera claims to have (ICS) and the values the document leaves to it (IXIT).

A profile answers every capability of the catalogue with `yes`, `no` or `probe` (the run asks the device at its start),
and may set parameters. An unknown or missing key is an error that names the nearest known one: nothing is ever skipped
silently.
"""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias, TypedDict

from conformance.catalogue.model import Catalogue, Parameter
from conformance.catalogue.strict_yaml import StrictYamlError, load_yaml

__all__ = ["ParameterValue", "Profile", "ProfileError", "PublicProfile", "read_profile"]

ANSWERS = ("yes", "no", "probe")
_NUMBERS = {"int": int, "float": float}


ParameterValue: TypeAlias = Any
"""The value of one parameter, of the type that its row in the catalogue states; `read_profile` checks it."""


class _PublicBody(TypedDict):
    name: str
    device: dict[str, str]
    capabilities: dict[str, str]
    parameters: dict[str, ParameterValue]


class PublicProfile(_PublicBody):
    """A profile as the record shows it; `sha256` is taken over all other keys."""

    sha256: str


class ProfileError(Exception):
    """A profile that cannot be used; the message says what is wrong, where, and the nearest known word."""


@dataclass(frozen=True)
class Profile:
    """A checked profile. `capabilities` maps every id of the catalogue to yes, no or probe; `parameters` has a value
    for every key of the catalogue; `secrets` are the keys of parameters that no report may show.
    """

    name: str
    device: Mapping[str, str]
    capabilities: Mapping[str, str]
    parameters: Mapping[str, ParameterValue] = field(repr=False)  # passwords are among them
    secrets: frozenset[str] = frozenset()

    def has(self, capability: str) -> bool:
        """Whether the device has `capability`. One that has not been probed yet counts as present."""
        return self.capabilities[capability] != "no"

    def __getitem__(self, key: str) -> ParameterValue:
        return self.parameters[key]

    @property
    def spare_account(self) -> tuple[str, str]:
        """Name and password of an account that cases may make unusable for a while: the second account, else that of
        the operator. Both are empty where neither account is known with its password.
        """
        for who in ("second", "operator"):
            if self[f"{who}_user"] and self[f"{who}_password"]:
                return self[f"{who}_user"], self[f"{who}_password"]
        return "", ""

    def answered(self, answers: Mapping[str, bool]) -> Profile:
        """The same profile with answers of the device (capability: present) in place of its own."""
        found = {key: "yes" if value else "no" for key, value in answers.items()}
        return replace(self, capabilities={**self.capabilities, **found})

    def with_parameters(self, **values: ParameterValue) -> Profile:
        """The same profile with these parameters, which must have the right types: what only a run knows."""
        return replace(self, parameters={**self.parameters, **values})

    def public(self) -> PublicProfile:
        """What a report may print: every answer and every value but secrets, with a hash over all of it."""
        parameters = {
            key: ("(set)" if value else "") if key in self.secrets else value
            for key, value in sorted(self.parameters.items())
        }
        body: _PublicBody = {
            "name": self.name,
            "device": dict(self.device),
            "capabilities": dict(sorted(self.capabilities.items())),
            "parameters": parameters,
        }
        digest = hashlib.sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()
        return {**body, "sha256": digest}


def read_profile(
    catalogue: Catalogue, text: str, source: str, base: Path = Path(), settings: Iterable[str] = ()
) -> Profile:
    """The profile in the YAML `text`, which errors call `source`; each of `settings` (KEY=VALUE) replaces a value.

    Paths in it are relative to the folder `base`. Raises ProfileError.
    """
    try:
        document = load_yaml(text, source)
    except StrictYamlError as error:
        raise ProfileError(str(error)) from None
    return _build(catalogue, document, source, base, list(settings))


def _build(catalogue: Catalogue, document: Any, source: str, base: Path, settings: list[str]) -> Profile:
    if not isinstance(document, dict):
        raise ProfileError(f"{source}: a mapping with profile, device, capabilities and parameters was expected")
    for key in document:
        if key not in ("profile", "device", "capabilities", "parameters"):
            raise ProfileError(f"{source}: {_unknown('key', key, ('profile', 'device', 'capabilities', 'parameters'))}")
    capabilities = document.get("capabilities") or {}
    parameters = document.get("parameters") or {}
    device = document.get("device") or {}
    for part, value in (("capabilities", capabilities), ("parameters", parameters), ("device", device)):
        if not isinstance(value, dict):
            raise ProfileError(f"{source}: {part} must be a mapping")
    others = capabilities.pop("others", None)
    if others is not None and others not in ANSWERS:
        raise ProfileError(f"{source}: others must be yes, no or probe, found {_shown(others)}")
    for key, answer in capabilities.items():
        if key not in catalogue.capabilities:
            raise ProfileError(f"{source}: {_unknown('capability', key, catalogue.capabilities)}")
        if answer not in ANSWERS:
            raise ProfileError(f"{source}: capability {key} must be yes, no or probe, found {_shown(answer)}")
    answers = {key: capabilities.get(key, others) for key in catalogue.capabilities}
    missing = [key for key, answer in answers.items() if answer is None]
    if missing:
        raise ProfileError(f"{source}: no answer for {', '.join(missing)} (answer each, or add `others: probe`)")
    for key in parameters:
        if key not in catalogue.parameters:
            raise ProfileError(f"{source}: {_unknown('parameter', key, catalogue.parameters)}")
    values = {
        key: _checked(row, parameters[key], source) if key in parameters else row.default
        for key, row in catalogue.parameters.items()
    }
    for setting in settings:
        key, equals, text = setting.partition("=")
        if not equals:
            raise ProfileError(f"--set {setting}: KEY=VALUE was expected")
        if key in catalogue.capabilities:
            if text not in ANSWERS:
                raise ProfileError(f"--set {setting}: a capability must be yes, no or probe")
            answers[key] = text
        elif key in catalogue.parameters:
            values[key] = _checked(catalogue.parameters[key], _parsed(catalogue.parameters[key], text), f"--set {key}")
        else:
            raise ProfileError(
                f"--set {setting}: {_unknown('key', key, [*catalogue.parameters, *catalogue.capabilities])}"
            )
    return Profile(
        name=str(document.get("profile", Path(source).stem)),
        device={str(key): str(value) for key, value in device.items()},
        capabilities=answers,
        parameters=_resolved(values, base, {row.kind for row in catalogue.uploads.values()}),
        secrets=frozenset(key for key, row in catalogue.parameters.items() if row.secret),
    )


def _parsed(row: Parameter, text: str) -> ParameterValue:
    """The value of `--set KEY=TEXT`: text for a string, YAML flow syntax for everything else."""
    if row.type == "string":
        return text
    try:
        return load_yaml(text, f"--set {row.key}")
    except StrictYamlError as error:
        raise ProfileError(str(error)) from None


def _checked(row: Parameter, value: ParameterValue, source: str) -> ParameterValue:
    where = f"{source}: parameter {row.key}"
    if row.type in _NUMBERS:
        if isinstance(value, bool) or not isinstance(value, (int, float) if row.type == "float" else int):
            raise ProfileError(f"{where} must be a number ({row.type}), found {_shown(value)}")
        if (row.minimum is not None and value < row.minimum) or (row.maximum is not None and value > row.maximum):
            raise ProfileError(f"{where} must lie in {row.minimum} .. {row.maximum}, found {_shown(value)}")
    elif row.type == "string":
        if not isinstance(value, str):
            raise ProfileError(f"{where} must be a string, found {_shown(value)} (put it in quotes)")
        if row.enum and value not in row.enum:
            raise ProfileError(f"{where} must be one of {', '.join(row.enum)}, found {_shown(value)}")
    elif row.type == "list":
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            raise ProfileError(f"{where} must be a list of words, found {_shown(value)}")
        for entry in value:
            if row.enum and entry not in row.enum:
                raise ProfileError(f"{where}: {_unknown('word', entry, row.enum)}")
    elif row.type == "map" and not isinstance(value, dict):
        raise ProfileError(f"{where} must be a mapping, found {_shown(value)}")
    return value


def _resolved(values: dict[str, ParameterValue], base: Path, kinds: set[str]) -> dict[str, ParameterValue]:
    """The values with the paths of packages resolved: in a profile they are relative to its file.

    `kinds` are the kinds of packages that a device accepts.
    """
    packages = values.get("packages") or {}
    resolved: dict[str, dict[str, str]] = {}
    for kind, entries in packages.items():
        if kind not in kinds:
            raise ProfileError(f"packages: {_unknown('kind', kind, kinds)}")
        if not isinstance(entries, dict):
            raise ProfileError(f"packages: {kind} must be a mapping {{good: FILE, same: FILE, older: FILE}}")
        resolved[kind] = {}
        for role, name in entries.items():
            if role not in ("good", "same", "older"):
                raise ProfileError(f"packages: {kind}: {_unknown('role', role, ('good', 'same', 'older'))}")
            resolved[kind][role] = str(base / str(name))
    return {**values, "packages": resolved}


def _shown(value: ParameterValue) -> str:
    """A value of the file as JSON, so that true and "true" look different."""
    return json.dumps(value, ensure_ascii=False, default=str)


def _unknown(kind: str, word: Any, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(str(word), list(known), n=1)
    return f"unknown {kind} {word!r}" + (f"; did you mean {near[0]!r}?" if near else "")
