"""A stand-in for the camera: the parts are tested without servers, and the test sets the time."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from importlib import resources
from typing import Any, cast

import pytest

from conformance.catalogue.strict_yaml import load_yaml
from fixtures.camera.alarms.alarms import Alarms
from fixtures.camera.causes import Causes
from fixtures.camera.core import Account, Call, Camera, Refusal, Session
from fixtures.camera.options import CameraOptions
from fixtures.camera.physics.image_correction import Correction
from fixtures.camera.physics.scene import Scene
from fixtures.camera.physics.thermometry import Thermometry
from fixtures.camera.picture.imaging import Imaging
from fixtures.camera.picture.video import Video
from fixtures.camera.ptz.ptz import Ptz
from fixtures.camera.settings.by_name import SettingsByName
from fixtures.camera.settings.settings import Settings
from fixtures.camera.storage.storage import Store
from fixtures.camera.wire.sessions import Sessions

STEP_S = 0.5


class StandInClock:
    """Camera time that stands still until it is advanced."""

    def __init__(self) -> None:
        self.uptime = 100.0
        self._wall = datetime(2026, 3, 2, 8, 0, 10)  # a Monday

    def now(self) -> float:
        return self.uptime

    def wall(self) -> datetime:
        return self._wall + timedelta(seconds=self.uptime - 100.0)

    def set_wall(self, value: datetime) -> None:
        self._wall = value - timedelta(seconds=self.uptime - 100.0)


class StandInStore:
    """Keeps files in memory, and notes the recordings that were requested."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.recordings: list[tuple[str, int, float]] = []

    def add_file(self, name: str, content: bytes) -> str:
        return self.replace_file(f"/files/{name}", content)

    def replace_file(self, url: str, content: bytes) -> str:
        self.files[url] = content
        return url

    def add_picture(self, stream: str, kind: int, jpeg: bytes) -> str:
        return self.add_file(f"{len(self.files)}-{stream}-{kind}.jpg", jpeg)

    def record(self, stream: str, kind: int, seconds: float) -> str:
        self.recordings.append((stream, kind, seconds))
        return f"/files/{len(self.recordings)}-{stream}.h264"

    def capacity(self) -> dict[str, int]:
        return {"total": 1024, "free": 10, "limit": 64}


class StandInSessions:
    """The live tokens."""

    def __init__(self) -> None:
        self.by_token: dict[str, Session] = {}

    def find(self, token: object) -> Session | None:
        return self.by_token.get(token) if isinstance(token, str) else None

    def live(self) -> list[Session]:
        return list(self.by_token.values())

    def login(self, name: str = "admin") -> Session:
        session = Session(f"{len(self.by_token):032x}", Account(name, name), 1e9)
        self.by_token[session.token] = session
        return session


class StandInSettings(SettingsByName):
    """Lays changes over the factory values, object by object."""

    def __init__(self) -> None:
        text = resources.files("fixtures.camera.settings").joinpath("factory.yaml").read_text(encoding="utf-8")
        document = load_yaml(text, "factory.yaml")
        self.values: dict[int, dict[str, Any]] = document["factory"]
        for settings in self.values.values():
            if settings.get("effect_day") == "every_day":
                settings["effect_day"] = copy.deepcopy(document["every_day"])

    def obeyed(self, get_cmdtype: int) -> dict[str, Any]:
        return self.values[get_cmdtype]

    def change(self, get_cmdtype: int, sent: dict[str, Any]) -> None:
        merged = dict(self.values[get_cmdtype])
        for name, value in sent.items():
            merged[name] = {**merged.get(name, {}), **value} if isinstance(value, dict) else value
        self.values[get_cmdtype] = merged


class Bench:
    """The parts of the camera, with a clock, settings and a store that the test controls."""

    def __init__(self, options: CameraOptions) -> None:
        self.options = options
        self.clock = StandInClock()
        self.causes = Causes()
        self.settings = StandInSettings()
        self.store = StandInStore()
        self.sessions = StandInSessions()
        self.pushes: list[tuple[int, dict[str, Any], Session | None]] = []
        self.lines: list[str] = []
        camera = cast("Camera", self)
        sessions, settings, store = (
            cast("Sessions", self.sessions),
            cast("Settings", self.settings),
            cast("Store", self.store),
        )
        self.scene = Scene(camera)
        self.thermometry = Thermometry(camera, self.scene, sessions, store)
        self.imaging = Imaging(camera, self.scene, self.thermometry, store)
        self.correction = Correction(camera, self.scene, settings)
        self.video = Video(camera, self.imaging, sessions)
        self.alarms = Alarms(camera, self.thermometry, self.imaging, store)
        self.ptz = Ptz(camera)
        self.parts = (self.scene, self.thermometry, self.imaging, self.correction, self.video, self.alarms, self.ptz)

    def push(self, cmdtype: int, body: dict[str, Any], *, to: Session | Iterable[Session] | None = None) -> None:
        self.pushes.append((cmdtype, body, to if isinstance(to, Session) else None))

    def log(self, text: str) -> None:
        self.lines.append(text)

    def set(self, get_cmdtype: int, **values: Any) -> None:
        """Change settings as the set command of `get_cmdtype` would."""
        self.settings.change(get_cmdtype, values)

    def ask(self, cmdtype: int, *, session: Session | None = None, subtype: int | None = None, **message: Any) -> Any:
        """Send a command as if it had passed the catalogue's checks."""
        envelope = {"action": "request", "cmdtype": cmdtype, "sequence": 1, "message": message}
        if subtype is not None:
            envelope["subtype"] = subtype
        for part in self.parts:
            handler = part.handlers().get(cmdtype)
            if handler is not None:
                return handler(Call(cmdtype, message, envelope, session, "ws", "127.0.0.1"))
        raise LookupError(f"nobody answers {cmdtype}")

    def refusal(self, cmdtype: int, *, subtype: int | None = None, **message: Any) -> int:
        """The return code of a refusal, 0 if the command is not refused."""
        try:
            self.ask(cmdtype, subtype=subtype, **message)
        except Refusal as refusal:
            return refusal.code
        return 0

    def advance(self, seconds: float) -> None:
        """Let camera time pass with ticks as the camera gives them."""
        left = seconds
        while left > 1e-9:
            step = min(left, STEP_S)
            self.clock.uptime += step
            left -= step
            for part in self.parts:
                part.tick(self.clock.uptime)

    def pushed(self, cmdtype: int) -> list[dict[str, Any]]:
        """The bodies of the pushes of that number, oldest first."""
        return [body for number, body, _ in self.pushes if number == cmdtype]


RULE: dict[str, Any] = {
    "id": 1,
    "rule_name": "furnace",
    "show_location": 1,
    "type": 3,
    "points": [{"x": 101, "y": 101}, {"x": 140, "y": 101}, {"x": 140, "y": 140}, {"x": 101, "y": 140}],
    "alarm_flag": 1,
    "high_temp": 60.0,
    "low_temp": 5.0,
    "diff_temp": 100.0,
    "rate_temp": 500.0,
    "alarm_type": 1,
    "alarm_condition": 1,
    "temp_mod": 0.5,
    "alarm_time": 0,
    "avg_temp": 50.0,
    "emiss_mode": 2,
    "emiss": 0.95,
    "humi": 50,
    "dist": 0.5,
    "ref_temp": 23.0,
    "atmo_trans": 1.0,
    "opti_trans": 1.0,
}
"""A rectangle of 40 x 40 pixels that alarms above 60 degC."""


def rule(**changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(RULE), **changes}


@pytest.fixture
def bench() -> Bench:
    return Bench(CameraOptions(seed=3))


@pytest.fixture
def small_bench() -> Bench:
    """A camera with a small visible picture, for tests that draw and encode."""
    return Bench(replace(CameraOptions(seed=3), vl_output_w=320, vl_output_h=192))
