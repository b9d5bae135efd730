"""Which cases may run: the safety classes, from reading to what cannot be undone."""

from __future__ import annotations

from conformance.catalogue.model import Safety

__all__ = ["default_class", "permits"]


def permits(allowed: Safety, needed: Safety) -> bool:
    """Whether a run that allows `allowed` may do something of class `needed`."""
    return needed.rank <= allowed.rank


def default_class(*, simulated: bool) -> Safety:
    """Everything on the simulated camera; on a real one nothing that drops its link or cannot be undone."""
    return Safety.DESTRUCTIVE if simulated else Safety.REVERSIBLE
