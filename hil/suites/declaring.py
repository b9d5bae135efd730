"""How a case of the bench is declared: what all of them have in common, said once."""

from __future__ import annotations

from typing import Any, Final

from conformance.catalogue import Safety
from conformance.rules.case import Case
from hil.procedures.preparation import WRITES

__all__ = ["GEARS", "SETTLING_S", "bench_case"]

GEARS: Final = (0, 1, 2)
"""Ranges that cases are declared for; a camera that lists fewer makes the others not applicable."""

SETTLING_S: Final = 4 * 3600.0
"""A blackbody on its way from one end to the other, and settled there."""


def bench_case(
    chapter: str,
    name: str,
    title: str,
    *capabilities: str,
    requirement: str = "",
    writes: tuple[str, ...] = (),
    waits_s: float = SETTLING_S,
    **facts: Any,
) -> Case[Any]:
    """A case `HIL/<chapter>/<name>` that needs the bench, measures temperatures and changes what they depend on.

    `waits_s` is the longest it may take at a bench of real instruments, where settling is most of it.
    """
    return Case(
        f"HIL/{chapter}/{name}",
        title,
        Safety.REVERSIBLE,
        requirement=f"HIL/{requirement or chapter}",
        clause=f"HIL.{chapter}",
        capabilities=tuple(dict.fromkeys(("measurement", *capabilities))),
        stimuli=("bench",),
        writes=(*WRITES, *writes),
        waits_s=waits_s,
        **facts,
    )
