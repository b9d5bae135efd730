"""The raw data of a measurement: files beside the record, each under the hash that the measurement states.

Series of numbers become CSV files that any spreadsheet opens, stacks of pixels become numpy archives (`.npz`). The name
of a file ends with the first characters of its SHA-256; `sha256sum` over the file prints all of it.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from conformance.catalogue.json_types import Json
from hil.metrology import raw_data_hash

__all__ = ["FOLDER", "Columns", "Note", "file_raw"]

FOLDER = "raw"
"""The folder of these files within the folder of a run."""

_SHOWN = 12

Columns = Mapping[str, Sequence[float] | NDArray[Any]]
"""Series of numbers, or stacks of pixels, by their names."""

Note = Json
"""One fact about the readings, as JSON."""


def file_raw(run: Path, name: str, columns: Columns, notes: Mapping[str, Note]) -> str:
    """File `columns` under `name` and return the SHA-256 of the file in hexadecimal.

    `notes` are JSON: what was measured, and under which conditions. Raises OSError, because a measurement without its
    evidence must not go on.
    """
    arrays = {key: np.asarray(value) for key, value in columns.items()}
    flat = all(array.ndim <= 1 for array in arrays.values())
    content = _csv(arrays, notes) if flat else _npz(arrays, notes)
    digest = raw_data_hash(content)
    slug = re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-")
    folder = run / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{slug}-{digest[:_SHOWN]}.{'csv' if flat else 'npz'}").write_bytes(content)
    return digest


def _csv(arrays: Mapping[str, NDArray[Any]], notes: Mapping[str, Note]) -> bytes:
    lines = [f"# {key}: {json.dumps(value, sort_keys=True)}" for key, value in notes.items()]
    lines.append("series,number,value")
    for key, array in arrays.items():
        lines += [f"{key},{number},{float(value)!r}" for number, value in enumerate(np.atleast_1d(array), start=1)]
    return ("\n".join(lines) + "\n").encode("utf-8")


def _npz(arrays: Mapping[str, NDArray[Any]], notes: Mapping[str, Note]) -> bytes:
    buffer = io.BytesIO()
    kept: dict[str, Any] = {"notes": np.array(json.dumps(dict(notes), sort_keys=True)), **arrays}
    np.savez_compressed(buffer, **kept)
    return buffer.getvalue()
