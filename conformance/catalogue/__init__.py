"""The protocol document as data: what every message holds, what every code means, how every contradiction is read."""

from conformance.catalogue.errors import CatalogueError
from conformance.catalogue.model import MISSING, Catalogue, Command, Field, Group, Push, Safety, Upload
from conformance.catalogue.reader import load, load_directory

__all__ = [
    "MISSING",
    "Catalogue",
    "CatalogueError",
    "Command",
    "Field",
    "Group",
    "Push",
    "Safety",
    "Upload",
    "load",
    "load_directory",
]
