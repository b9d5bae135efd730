# ruff: noqa: F403 - the names stand once, in `__all__` of each module
"""The bench: a file that says what is wired to what, and the instruments in the hands of a run.

Every public name of the modules below can be imported from here. A module is loaded when one of its names is first
used: the guardian is a process that must start quickly and cost little, and it needs only a few of them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from hil.bench.bench import *
    from hil.bench.certificates import *
    from hil.bench.check import *
    from hil.bench.errors import *
    from hil.bench.file import *
    from hil.bench.model import *
    from hil.bench.operator import *
    from hil.bench.reference import *
else:
    _MODULES: Final = ("errors", "model", "operator", "file", "certificates", "reference", "bench", "check")
    """The modules above in the order in which a name is looked for: first those that load quickly."""

    def __getattr__(name: str) -> Any:
        if not name.startswith("_"):
            for module in _MODULES:
                found = import_module(f"{__name__}.{module}")
                if name in found.__all__:
                    return getattr(found, name)
        raise AttributeError(f"module {__name__} has no {name}")
