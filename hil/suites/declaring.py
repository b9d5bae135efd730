"""How a case of the bench is declared: what all of them have in common, written once."""

from __future__ import annotations

from typing import Final, TypeVar

from conformance.catalogue import Safety
from conformance.rules.case import NEEDED, Case
from hil.procedures.preparation import WRITES

__all__ = ["GEARS", "SETTLING_S", "bench_case"]

T = TypeVar("T")

GEARS: Final = (0, 1, 2)
"""The ranges that cases are declared for; the cases of a range that a camera does not list are not applicable."""

SETTLING_S: Final = 4 * 3600.0
"""The longest that a blackbody takes from one end to the other and to settle there."""


def bench_case(
    quantity: str,
    name: str,
    title: str,
    *capabilities: str,
    requirement: str = "",
    writes: tuple[str, ...] = (),
    waits_s: float = SETTLING_S,
    quick: bool = False,
    data: T = None,  # type: ignore[assignment]  # a case without data is a Case[None]
) -> Case[T]:
    """A case `HIL/<quantity>/<name>`, which measures temperatures on the bench; the module is `test_<quantity>`.

    It needs the capability `measurement` and `capabilities`. `requirement` is the catalogue's row without its head, by
    default `quantity`. `writes` are added to what the preparation of the camera changes. `waits_s` is the longest that
    the case may take at a bench of real instruments; most of it is settling.
    """
    return Case(
        f"HIL/{quantity}/{name}",
        title,
        Safety.REVERSIBLE,
        requirement=f"HIL/{requirement or quantity}",
        clause=f"HIL.{quantity}",
        capabilities=tuple(dict.fromkeys(("measurement", *capabilities))),
        stimuli=(NEEDED,),
        writes=(*WRITES, *writes),
        waits_s=waits_s,
        quick=quick,
        data=data,
    )
