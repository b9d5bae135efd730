"""The rooms of the house and their arrows: the table that the test of imports and the drawing of the house are made of.

A room is a folder with modules of ours; a module directly in a top folder is a room of its own. Each has one row, which
names the rooms that it may import from beside its own modules. An import for the sake of a type is an arrow too.
"""

from __future__ import annotations

TOP = ("thermoproof", "conformance", "fixtures", "hil", "reports")

# Inside conformance each room may use what stands before it.
_CATALOGUE = ["conformance.catalogue"]
_SPEAKING = [*_CATALOGUE, "conformance.client"]
_RULES = [*_CATALOGUE, "conformance.rules"]
_JUDGING = [*_SPEAKING, "conformance.rules", "conformance.checks"]
_RESTORING = [*_JUDGING, "conformance.restoration"]
_DUT = [*_RESTORING, "conformance.dut"]
_STEPS = [*_DUT, "conformance.steps"]
_SUITE = _STEPS

_INSTRUMENTS = ["hil.instruments", "hil.instruments.codecs"]
_BENCH = [*_INSTRUMENTS, "hil.metrology", "hil.bench"]
_REPORTS = ["reports.document", "reports.record", "reports.render"]

# The rooms of the simulated camera share its core; the camera itself puts them together.
_CAMERA_PARTS = [
    f"fixtures.camera.{name}" for name in ("alarms", "physics", "picture", "ptz", "settings", "storage", "wire")
]
_CAMERA = ["conformance.catalogue", "conformance.client.codec", "conformance.client.errors", "fixtures.camera"]
_CAMERA_CHANGED = [*_CAMERA, *_CAMERA_PARTS]
_MUTANTS = [
    f"fixtures.camera.mutants.{name}"
    for name in (
        "ii_description",
        "iii_configuration",
        "iii_linkage",
        "iv_accounts",
        "iv_system",
        "iv_storage",
        "iv_imaging",
        "iv_ptz",
        "v_upload",
        "vi_push",
        "a2_video",
        "a5_http",
    )
]

ALLOWED: dict[str, list[str]] = {
    "conformance.catalogue": [],
    "conformance.catalogue.export": _CATALOGUE,
    "conformance.client": _CATALOGUE,
    "conformance.rules": _CATALOGUE,
    "conformance.checks": [*_SPEAKING, "conformance.rules"],
    "conformance.restoration": _JUDGING,
    "conformance.dut": _RESTORING,
    "conformance.steps": _DUT,
    "conformance.suites": _RULES,
    "conformance.suites.p_profile": _SUITE,
    "conformance.suites.ii_description": _SUITE,
    "conformance.suites.iii_configuration": _SUITE,
    "conformance.suites.iii_linkage": _SUITE,
    "conformance.suites.iv_accounts": _SUITE,
    "conformance.suites.iv_system": _SUITE,
    "conformance.suites.iv_storage": _SUITE,
    "conformance.suites.iv_imaging": _SUITE,
    "conformance.suites.iv_ptz": _SUITE,
    "conformance.suites.v_upload": _SUITE,
    "conformance.suites.vi_push": _SUITE,
    "conformance.suites.a2_video": _SUITE,
    "conformance.suites.a5_http": _SUITE,
    "conformance.coverage": _RULES,
    "hil.instruments": _INSTRUMENTS,
    "hil.instruments.codecs": _INSTRUMENTS,
    "hil.emulators": ["hil.instruments.codecs"],
    "hil.metrology": [],
    "hil.bench": [*_INSTRUMENTS, "hil.metrology", "conformance.catalogue"],
    "hil.twin": [*_BENCH, "hil.emulators"],
    "hil.procedures": [*_STEPS, *_BENCH],
    "hil.suites": [*_CATALOGUE, "conformance.rules", "conformance.dut", "hil.bench", "hil.procedures"],
    "reports.document": [],
    "reports.record": ["reports.document"],
    "reports.render": ["reports.document", "reports.record"],
    "fixtures.camera": [*_CAMERA, *_CAMERA_PARTS, "fixtures.camera.mutants", "fixtures.camera.dialects"],
    **{part: [*_CAMERA, *_CAMERA_PARTS] for part in _CAMERA_PARTS},
    "fixtures.camera.mutants": [*_CAMERA_CHANGED, *_MUTANTS],
    **{folder: [*_CAMERA_CHANGED, "fixtures.camera.mutants"] for folder in _MUTANTS},
    "fixtures.camera.dialects": [*_CAMERA_CHANGED, "fixtures.camera.mutants"],
    "fixtures.hostile": [*_CATALOGUE, "fixtures.camera", "fixtures.run"],
    "fixtures.transcripts": _CATALOGUE,
    "fixtures.profiles": _RULES,
    "fixtures.run": [*_DUT, *_BENCH, "hil.twin", *_REPORTS, "fixtures.camera", "fixtures.profiles"],
    "fixtures.plugin": [*_DUT, *_BENCH, *_REPORTS, "fixtures.run"],
    "fixtures.proof": [
        *_RULES,
        *_REPORTS,
        "conformance.suites",
        "fixtures.camera",
        "fixtures.camera.mutants",
        "fixtures.camera.dialects",
        "fixtures.run",
    ],
    "thermoproof.cli": ["thermoproof", "thermoproof.commands"],
    "thermoproof.__main__": ["thermoproof.cli"],
    "thermoproof.commands": [
        *_DUT,
        *_REPORTS,
        "conformance.catalogue.export",
        "conformance.coverage",
        "conformance.suites",
        "fixtures.camera",
        "fixtures.camera.dialects",
        "fixtures.camera.mutants",
        "fixtures.profiles",
        "fixtures.proof",
        "fixtures.run",
        "hil.bench",
        "hil.suites",
        "thermoproof",
    ],
}
"""A row per room: what it may import of ours beside its own modules."""

DESCRIBED_ONLY = frozenset(TOP)
"""Top folders hold a docstring, and no code of their own."""

VERSION = "conformance"
"""The top folder that holds the version beside its docstring; every room may read it."""
