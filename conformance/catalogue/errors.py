"""The exceptions of the catalogue:

StrictYamlError   a YAML text of ours, of any room, is not what the strict reader accepts
CatalogueError    the catalogue itself is wrong
"""

from __future__ import annotations

__all__ = ["CatalogueError", "StrictYamlError"]


class StrictYamlError(Exception):
    """A text is not strict YAML; the message names the source and the line."""


class CatalogueError(Exception):
    """The catalogue itself is wrong; the message names the file and the place."""
