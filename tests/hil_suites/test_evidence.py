"""Raw data are filed so that the hash of a measurement can be checked by anybody."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np

from hil.procedures.raw_data import FOLDER, file_raw


def test_the_hash_is_that_of_the_file(tmp_path: Path) -> None:
    digest = file_raw(
        tmp_path, "HIL/error/range-0 at 50 degC", {"time_s": [1.0, 2.5], "degc": [50.01, 50.02]}, {"a": 1}
    )
    (file,) = (tmp_path / FOLDER).iterdir()
    assert hashlib.sha256(file.read_bytes()).hexdigest() == digest
    assert file.name == f"hil-error-range-0-at-50-degc-{digest[:12]}.csv"
    lines = file.read_text().splitlines()
    assert lines[0] == "# a: 1"
    assert lines[1] == "series,number,value"
    assert lines[-1] == "degc,2,50.02"


def test_a_stack_of_pixels_is_an_archive_with_its_notes(tmp_path: Path) -> None:
    frames = np.arange(24.0).reshape(2, 3, 4)
    digest = file_raw(tmp_path, "noise", {"frames": frames}, {"case": "HIL/noise"})
    (file,) = (tmp_path / FOLDER).iterdir()
    assert hashlib.sha256(file.read_bytes()).hexdigest() == digest
    with np.load(file) as kept:
        assert np.array_equal(kept["frames"], frames)
        assert json.loads(str(kept["notes"])) == {"case": "HIL/noise"}


def test_the_same_data_make_the_same_file(tmp_path: Path) -> None:
    data = {"frames": np.ones((2, 2, 2))}
    assert file_raw(tmp_path / "a", "x", data, {}) == file_raw(tmp_path / "b", "x", data, {})
