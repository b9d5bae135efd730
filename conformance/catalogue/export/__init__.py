"""The catalogue in the forms other tools read: pure functions of the catalogue, each imported when asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Final

from conformance.catalogue.json_types import Json
from conformance.catalogue.model import Catalogue

__all__ = ["FORMATS"]


def _text(document: Json) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)


def _table(catalogue: Catalogue) -> str:
    from conformance.catalogue.export.table import as_table

    return as_table(catalogue)


def _interchange(catalogue: Catalogue) -> str:
    from conformance.catalogue.export.interchange import as_interchange

    return _text(as_interchange(catalogue))


def _jsonschema(catalogue: Catalogue) -> str:
    from conformance.catalogue.export.jsonschema import as_bundle

    return _text(as_bundle(catalogue))


def _asyncapi(catalogue: Catalogue) -> str:
    from conformance.catalogue.export.asyncapi import as_asyncapi

    return _text(as_asyncapi(catalogue))


def _openapi(catalogue: Catalogue) -> str:
    from conformance.catalogue.export.openapi import as_openapi

    return _text(as_openapi(catalogue))


FORMATS: Final[Mapping[str, Callable[[Catalogue], str]]] = {
    "table": _table,
    "json": _interchange,
    "jsonschema": _jsonschema,
    "asyncapi": _asyncapi,
    "openapi": _openapi,
}
"""What `thermoproof catalogue --format NAME` prints, by name (without a line end)."""
