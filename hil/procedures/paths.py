"""The four ways by which a camera states a temperature: spot (521), object (520), matrix (530), report (1007).

Each path gives the mean of the same region, so that it can be compared with a reference and with the other paths.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from conformance.catalogue.json_types import JsonObject
from conformance.checks.matrix import MatrixError, decode_matrix
from conformance.client import PushMessage
from conformance.rules.verdict import CaseFailed, CaseInconclusive
from hil.procedures.measuring import Measuring
from hil.procedures.preparation import RULE_NAME, ask_while_busy
from hil.procedures.region import Region

__all__ = ["PATHS", "Matrix", "NotRepresentable", "Objects", "Path", "Report", "Spot", "path_of"]

PATHS: Final = {"521": "measurement", "520": "measurement", "530": "matrix", "1007": "report"}
"""The paths by name, each with the capability that it needs."""

_HUNDREDTH_K: Final = 0.01
_INT16: Final = (-32768, 32767)
_MANY: Final = 6
_CERTAINLY_K: Final = 1.0
_MINUTE_S: Final = 60.0
_STEP_S: Final = 5.0
_LATE_S: Final = 10.0


class NotRepresentable(Exception):
    """The matrix's numbers cannot hold this temperature (R77); `high` says at which end of the scale they are."""

    def __init__(self, sentence: str, *, high: bool) -> None:
        super().__init__(sentence)
        self.high = high


class Path(Protocol):
    """One way to a temperature of the region."""

    @property
    def name(self) -> str:
        """The number of the command or push."""

    @property
    def step_k(self) -> float:
        """The resolution of its temperatures, in K."""

    async def begin(self) -> None:
        """What has to be done before the first reading."""

    async def read(self) -> float:
        """The region's temperature now, in degC."""

    async def end(self) -> None:
        """Leaves nothing behind."""


class Shown:
    """What needs no beginning and no end; its step is what it has shown so far."""

    name = ""

    def __init__(self, measuring: Measuring, region: Region) -> None:
        self.measuring, self.region = measuring, region
        self._shown: list[float] = []

    @property
    def step_k(self) -> float:
        """The step that what it has shown so far allows: 0.01 K as soon as one reading is no multiple of 0.1 K; 1 K
        only where many different readings are all whole.
        """
        if not self._shown or not all(_multiple(value, 0.1) for value in self._shown):
            return _HUNDREDTH_K
        whole = len(set(self._shown)) >= _MANY and all(_multiple(value, 1.0) for value in self._shown)
        return 1.0 if whole else 0.1

    async def begin(self) -> None:
        """Nothing is needed."""

    async def end(self) -> None:
        """Nothing is left."""

    def number(self, value: object, what: str) -> float:
        """A temperature the camera has shown, noted. Raises CaseInconclusive for what is none."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise CaseInconclusive(f"{what} is no temperature: {value!r}")
        self._shown.append(float(value))
        return float(value)


class Spot(Shown):
    """Command 521 at nine pixels of the region in turn, beginning in the middle."""

    name = "521"

    def __init__(self, measuring: Measuring, region: Region) -> None:
        super().__init__(measuring, region)
        self._spots = region.spots()
        self._next = 0

    async def read(self) -> float:
        x, y = self._spots[self._next % len(self._spots)]
        self._next += 1
        reply = await ask_while_busy(self.measuring, 521, {"cursor_x": x, "cursor_y": y, "cursor_type": 0})
        if not reply.ok:
            raise CaseInconclusive(f"command 521 answered {reply.retcode} for the pixel {x}, {y}")
        return self.number((reply.message or {}).get("value"), "value of 521")


class Objects(Shown):
    """Command 520: the average of the rule that lies over the region; `extremes` are its last maximum and minimum."""

    name = "520"

    def __init__(self, measuring: Measuring, region: Region) -> None:
        super().__init__(measuring, region)
        self.extremes = (float("nan"), float("nan"))

    async def read(self) -> float:
        reply = await ask_while_busy(self.measuring, 520, {})
        if not reply.ok:
            raise CaseInconclusive(f"command 520 answered {reply.retcode}")
        entry = _ours((reply.message or {}).get("rule_list"), "rule_name")
        if entry is None:
            raise CaseInconclusive("520 does not show the object that was set by 3")
        high, low = (self.number(entry.get(key), f"{key} of 520") for key in ("max_temp", "min_temp"))
        self.extremes = (high, low)
        return self.number(entry.get("avg_temp"), "avg_temp of 520")


class Matrix(Shown):
    """Command 530: the mean of the region's pixels, the last of which are `pixels` in degC.

    R77: sixteen bits are signed, unless 521 sees heat where signed numbers are negative; a number at the end of what
    the bits can hold is no temperature.
    """

    name = "530"
    step_k = _HUNDREDTH_K

    def __init__(self, measuring: Measuring, region: Region, kind: int = 0) -> None:
        super().__init__(measuring, region)
        self.kind = kind
        self.pixels: NDArray[np.float64] = np.empty((0, 0))
        self.bits = 0
        self._unsigned: bool | None = None
        model = measuring.dut.sizes.get("ir_model_w", 0)
        self._model_width = model if model > 0 else region.width

    async def read(self) -> float:
        raw = await self.raw()
        lowest, highest = (0, 65535) if self._unsigned else _INT16
        if self.bits == 16 and bool(np.isin(raw, (lowest, highest)).any()):
            raise NotRepresentable(
                f"the matrix shows {float(raw.min()) / 100:g} to {float(raw.max()) / 100:g} degC, "
                f"an end of what its {'unsigned' if self._unsigned else 'signed'} 16 bits hold",
                high=bool((raw == highest).any()),
            )
        self.pixels = raw / 100.0
        return float(self.pixels.mean())

    async def raw(self) -> NDArray[np.int64]:
        """The region's numbers as they came, sign as found out (R77)."""
        reply = await ask_while_busy(self.measuring, 530, {"type": self.kind})
        if not reply.ok:
            raise CaseInconclusive(f"command 530 answered {reply.retcode}")
        try:
            matrix = decode_matrix(reply.message or {}, self.kind).raw
        except MatrixError as error:
            self.measuring.dut.demand(False, "a matrix (R77)", str(error))
            raise CaseFailed(str(error)) from None
        self.bits = 8 * matrix.dtype.itemsize
        self.measuring.dut.follows("R77", "int32" if self.bits == 32 else "16 bits")
        stride = max(1, round(matrix.shape[1] / self._model_width))
        part = self.region.cut(matrix, stride)
        if self.bits == 16 and bool((part == 0).any()) and not bool((part < 0).any()) and await self._sees_cold():
            self.measuring.dut.judgement.observe("R77", "uint16")
            raise NotRepresentable("the matrix shows 0 degC, the lower end of what unsigned 16 bits hold", high=False)
        if self.bits == 16 and bool((part < 0).any()):
            if self._unsigned is None:
                self._unsigned = await self._sees_heat()
            if self._unsigned:
                part = np.ascontiguousarray(part).view("<u2")
        return part.astype(np.int64)

    async def _sees_cold(self) -> bool:
        """Whether 521 shows what unsigned numbers cannot hold where the matrix is 0."""
        return await Spot(self.measuring, self.region).read() < -_CERTAINLY_K

    async def _sees_heat(self) -> bool:
        """Whether 521 shows more than signed numbers can hold where the matrix is negative."""
        unsigned = await Spot(self.measuring, self.region).read() > _INT16[1] / 100
        if unsigned:
            self.measuring.dut.judgement.observe("R77", "uint16, or wrapped")
        return unsigned


class Report:
    """Push 1007, once a minute: the average of the rule that lies over the region.

    Where the document is silent, the unit of the period in 516's reply is found out (R72), so that the former period
    can be set again.
    """

    name = "1007"

    def __init__(self, measuring: Measuring, region: Region) -> None:
        self.dut, self.clock = measuring.dut, measuring.clock
        self._plain = Shown(measuring, region)
        self._mark = 0
        self._former: int | None = None

    @property
    def step_k(self) -> float:
        """As for the other paths."""
        return self._plain.step_k

    async def begin(self) -> None:
        former = (await self.dut.must(516, {"push_report": 1})).get("interval")
        await self.dut.must(517, {"interval": 1})
        now = (await self.dut.must(516, {"push_report": 1})).get("interval")
        if isinstance(former, int) and isinstance(now, int) and former > 0 and now in (1, 60):
            self._former = max(1, former // now)
        self._mark = self.dut.control.pushes.mark()

    async def read(self) -> float:
        waited = 0.0
        while True:
            push = await self._next()
            if push is not None:
                entry = _ours((push.body or push.envelope).get("obj_list"), "measurer_name")
                value = (entry or {}).get("avg_temp")
                return self._plain.number(value, "avg_temp of 1007")
            if waited >= _MINUTE_S + _LATE_S:
                raise CaseInconclusive(f"no push 1007 came within {waited:g} s of its period of {_MINUTE_S:g} s")
            await self.clock.sleep(_STEP_S)
            waited += _STEP_S

    async def end(self) -> None:
        await self.dut.ask(516, {"push_report": 0})
        if self._former not in (None, 1):
            await self.dut.ask(517, {"interval": self._former})

    async def _next(self) -> PushMessage | None:
        # What was pushed before the reply to this question was sent has arrived with it.
        await self.dut.ask(505)
        inbox = self.dut.control.pushes
        for push in inbox.since(self._mark):
            self._mark += 1
            if push.cmdtype == 1007:
                return push
        return None


def path_of(name: str, measuring: Measuring, region: Region) -> Path:
    """The path `name` (521, 520, 530 or 1007) to `region`."""
    return _PATHS[name](measuring, region)


_PATHS: Final[dict[str, Callable[[Measuring, Region], Path]]] = {
    "521": Spot,
    "520": Objects,
    "530": Matrix,
    "1007": Report,
}


def _multiple(value: float, step: float) -> bool:
    return abs(value / step - round(value / step)) < 1e-6


def _ours(entries: object, key: str) -> JsonObject | None:
    """The entry of our rule; a camera that shows one object without its name shows ours."""
    listed = [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    for entry in listed:
        if entry.get(key) == RULE_NAME:
            return entry
    return listed[0] if len(listed) == 1 and not listed[0].get(key) else None
