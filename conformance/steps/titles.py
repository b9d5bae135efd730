"""How the title of a case shows a value."""

from __future__ import annotations

import json

from conformance.catalogue.json_types import Json

__all__ = ["as_json"]


def as_json(value: Json, limit: int = 40) -> str:
    """A value as the JSON that is sent, in at most `limit` characters."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= limit else f"{text[: limit - 20]}... ({len(text)} characters)"
