"""Whether a case applies to a device: by its profile, and by the causes that can be produced."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.catalogue.model import Catalogue
from conformance.rules.case import NEEDED, Case
from conformance.rules.profile import Profile

__all__ = ["has", "missing"]

_SHOWN_BY = {"presets": 601, "cruise-groups": 606, "linescans": 611, "dead-pixels": 528, "recording": 509, "ptz": 617}
"""The command that shows a thing that cases write."""


def missing(case: Case[Any], profile: Profile, *, stimuli: bool, bench: bool = False) -> str | None:
    """Why `case` is not applicable, or None. `stimuli`: whether a channel can produce the causes that the profile
    lists; `bench`: whether the run has a bench.
    """
    for capability in case.capabilities:
        if not profile.has(capability):
            return f"the profile says no to {capability}"
    for stimulus in case.stimuli:
        if stimulus == NEEDED:
            if not bench:
                return "no bench is connected (--bench)"
        elif not stimuli or stimulus not in profile["stimuli"]:
            return f"the bench cannot produce: {stimulus}"
    for parameter in case.parameters:
        if not any(_knows(profile, word) for word in parameter.split("|")):
            return f"the profile does not know {parameter.replace('|', ' or ')}"
    return None


def has(what: str, profile: Profile, catalogue: Catalogue) -> bool:
    """Whether the device has `what` a case writes: a case over all pairs (`pair:51`) leaves out those it has not."""
    kind, _, number = what.partition(":")
    shown_by = int(number) if kind == "pair" else _SHOWN_BY.get(kind)
    command = None if shown_by is None else catalogue.commands[shown_by]
    return command is None or command.capability is None or profile.has(command.capability)


def _knows(profile: Profile, word: str) -> bool:
    """Whether the profile has the parameter, or the entry of a map (`packages.lowpkg.good`), that `word` names."""
    value: Any = profile.parameters
    for key in word.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return bool(value)
