"""What a run knows of the device: found out once, at the first contact or by a case, and used by all that follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

from conformance.catalogue.json_types import JsonObject
from conformance.dut.target import Target
from conformance.rules.consistency import ChosenReadings

__all__ = ["HTTP_PATHS", "CapabilityAnswer", "DeviceFacts", "Learnt", "Sixteenths"]

HTTP_PATHS = ("/getmsginfo", "/api/v1/msg")
"""The two paths of commands over HTTP that the document prints (R100)."""


Sixteenths: TypeAlias = tuple[int, int, int, int]
"""Left, top, right and bottom of a rectangle, in sixteenths of the infrared image."""


@dataclass(frozen=True, slots=True)
class CapabilityAnswer:
    """The answer to one question about a capability: there, not there, or None where what was `seen` does not tell."""

    found: bool | None
    seen: str


@dataclass
class Learnt:
    """What cases have found out about the device or its scene and need not find out again.

    The scene keeps still at `still_place` and was seen to move at `moving_places`. The time of pushes is
    `push_zone_s` seconds behind that of command 500; the time of the history is `history_zone` ahead of it (R165).
    `history_since` is the first whole minute of the objects that the cases of 515 share. `over_restart` holds the
    configurations, by the number of their set command, before and after the restart that several cases share.
    """

    still_place: Sixteenths | None = None
    moving_places: tuple[Sixteenths, ...] = ()
    push_zone_s: int | None = None
    history_zone: timedelta | None = None
    history_since: datetime | None = None
    over_restart: tuple[Mapping[int, JsonObject], Mapping[int, JsonObject]] | None = None


@dataclass
class DeviceFacts:
    """The device as it has shown itself.

    `general` is what command 500 showed at the first contact. `identity` holds the texts of command 505: model,
    version, serial, fpga_version, measure_version, as far as they are there. `sizes` are the image sizes in pixels
    (R58). `http_path` is the path of HTTP commands, where the profile left it to be found out (R100). `forces_out`: a
    second login of an account ends its earlier session (R12). `answers` are those to the capabilities that the profile
    left to probing. `notes` are sentences for the record.
    """

    readings: ChosenReadings
    general: JsonObject = field(default_factory=dict)
    identity: dict[str, str] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    http_path: str | None = None
    forces_out: bool = False
    answers: dict[str, CapabilityAnswer] = field(default_factory=dict)
    learnt: Learnt = field(default_factory=Learnt)
    notes: list[str] = field(default_factory=list)

    @property
    def usual_http_path(self) -> str:
        """The path that was found to answer, else the one that devices in the field have (R100)."""
        return self.http_path or HTTP_PATHS[0]

    def as_record(self, target: Target) -> dict[str, str | int | bool]:
        """The camera in the record of the run: where it was reached, its image sizes, its identity."""
        record: dict[str, str | int | bool] = {"host": target.host, "control_port": target.control_port}
        record |= {"http_port": target.http_port, "simulated": target.simulated, **self.sizes, **self.identity}
        return record if self.http_path is None else {**record, "http_path": self.http_path}
