"""The suites: one module per part of the document, bodies of a few lines: a stimulus and one check."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from types import ModuleType

import pytest

from conformance.case import Case

__all__ = ["all_cases", "declared"]


def all_cases() -> list[Case]:
    """Every case of every module, in the order of their declaration."""
    return declared(sys.modules[__name__])


def declared(package: ModuleType) -> list[Case]:
    """Every case of every module of a package of suites, in the order of their declaration."""
    found: list[Case] = []
    for module in pkgutil.iter_modules(package.__path__):
        suite = importlib.import_module(f"{package.__name__}.{module.name}")
        for function in vars(suite).values():
            for mark in getattr(function, "pytestmark", ()):
                if isinstance(mark, pytest.Mark) and mark.name == "parametrize" and mark.args[0] == "case":
                    found += [param.values[0] for param in mark.args[1]]
    return found
