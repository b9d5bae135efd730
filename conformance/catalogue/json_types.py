"""Names for JSON: what a device sends or is sent, and the documents that the catalogue is exported to.

Whatever is ours has a type of its own instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

__all__ = ["Json", "JsonMapping", "JsonObject"]

Json: TypeAlias = Any
"""Any JSON value: null, true, a number, a string, an array or an object."""

JsonObject: TypeAlias = dict[str, Any]
"""A JSON object that may be changed."""

JsonMapping: TypeAlias = Mapping[str, Any]
"""A JSON object that is only read."""
