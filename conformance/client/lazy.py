"""A package whose names are imported when they are first used.

Some names of this package need a large library (websockets, httpx, cryptography), others need nothing. Who only wants
the codec must not wait for the rest. The stub `__init__.pyi` beside the package lists every public name once, with the
module that defines it. Type checkers read the stub, and `lazy_import` reads it at run time.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

__all__ = ["lazy_import"]


def lazy_import(package: str, file: str) -> tuple[Callable[[str], object], list[str]]:
    """The `__getattr__` and the `__all__` of the package `package`, whose `__init__.py` is `file`.

    The returned function imports the module of a name and gives the name's value; it raises AttributeError for a name
    that the stub does not list.
    """
    stub = ast.parse(Path(file).with_suffix(".pyi").read_text(encoding="utf-8"))
    module_of = {
        name.name: statement.module
        for statement in stub.body
        if isinstance(statement, ast.ImportFrom) and statement.module is not None
        for name in statement.names
    }

    def value_of(name: str) -> object:
        if name not in module_of:
            raise AttributeError(f"module {package} has no attribute {name!r}")
        value: object = getattr(import_module(module_of[name]), name)
        # The next look at the name finds it in the package, without this function.
        vars(import_module(package))[name] = value
        return value

    return value_of, sorted(module_of)
