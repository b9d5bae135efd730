"""Names in the catalogue must lead somewhere: pairs, capabilities, constraints, readings."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.catalogue.errors import CatalogueError
from conformance.catalogue.model import Catalogue, Field

__all__ = ["check_names"]


def check_names(catalogue: Catalogue) -> None:
    """Raises CatalogueError for the first name that is not defined: a pair, capability, constraint or reading."""
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
        readings = push.readings + tuple(each.reading for each in push.tolerates)
        _known(readings, catalogue.readings, f"push {push.cmdtype}", "reading")
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
            names += tuple(name for name in (each.absent, each.own_values) if name)
            _known(names, catalogue.readings, f"{where}, {each.path}", "reading")


def _known(names: tuple[str, ...], known: Mapping[str, object], where: str, kind: str) -> None:
    for name in names:
        if name not in known:
            raise CatalogueError(f"{where}: there is no {kind} {name!r}")
