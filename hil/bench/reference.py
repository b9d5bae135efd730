"""A reference of known temperature: set, waited for and read; its certificate corrects it and enters the budget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from hil.bench.errors import NotStable
from hil.bench.handles import Caller
from hil.bench.interlock import common_limits
from hil.bench.model import Calibration, Geometry, Settling, Station
from hil.instruments.roles import Blackbody, SetPointLimits
from hil.metrology.budget import Component
from hil.metrology.stability import Stability, StabilityGate, TimedValue

__all__ = ["BenchClock", "Reference", "ReferenceReading", "Settled"]

_LEAST_READINGS = 4


class BenchClock(Protocol):
    """The time of the bench: the host's own, or that of a simulation."""

    async def sleep(self, seconds: float) -> None: ...

    def monotonic(self) -> float:
        """Seconds from any fixed beginning."""


@dataclass(frozen=True, slots=True)
class ReferenceReading:
    """One reading of a reference: seconds of bench time, its indication and the true temperature by its certificate."""

    time_s: float
    indicated: float
    degc_true: float
    stable: bool | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """A reference that has settled.

    `degc_true` is the mean of the window with the certificate's correction: the radiometric temperature at the set
    emissivity where the calibration is radiometric, otherwise the temperature of the surface. `components` (K,
    sensitivity 1) are what the reference adds to a budget; the emissivity of a surface is not among them, because its
    effect depends on the camera. `readings` are those of the window.
    """

    set_point: float
    degc_true: float
    indicated: float
    components: tuple[Component, ...]
    readings: tuple[ReferenceReading, ...]
    stability: Stability


class Reference:
    """A blackbody of the bench. Every call raises BenchBroken when it, or the bench before it, has failed."""

    def __init__(
        self,
        bench: Caller,
        station: Station,
        blackbody: Blackbody,
        settling: Settling,
        clock: BenchClock,
    ) -> None:
        self._bench = bench
        self._station = station
        self._blackbody = blackbody
        self._clock = clock
        self._aimed: float | None = None
        self.settling = settling

    @property
    def name(self) -> str:
        """Its name in the bench file."""
        return self._station.name

    @property
    def calibration(self) -> Calibration | None:
        """Its certificate, if it has one."""
        return self._station.calibration

    @property
    def geometry(self) -> Geometry | None:
        """Where its target is; None where the bench file does not say."""
        return self._station.geometry

    @property
    def limits(self) -> SetPointLimits:
        """The set points that the instrument and the bench file both allow."""
        return common_limits(self._blackbody.limits, self._station.limits, self.name)

    async def go(self, degc: float) -> None:
        """Sets the set point in degC and switches the output on, without waiting; Refused outside `limits`."""
        await self._bench.command(self._set_point, degc)
        if self._blackbody.has_output_switch:
            await self._bench.command(self._blackbody.set_output, True)
        self._aimed = degc

    def _set_point(self, degc: float) -> None:
        self.limits.check(degc)
        self._blackbody.set_point(degc)

    async def read(self) -> ReferenceReading:
        """Its indication now, and the true temperature as far as a certificate covers it."""
        await self._bench.query(self._blackbody.check)
        indicated = await self._bench.query(self._blackbody.read)
        stable = await self._bench.query(self._blackbody.stable)
        return ReferenceReading(self._clock.monotonic(), indicated, self._true(indicated), stable)

    async def settle(self, degc: float) -> Settled:
        """Goes to `degc` and waits until it has settled there.

        Raises NotStable when that takes longer than the bench file allows, and Refused outside `limits` and where the
        certificate does not reach.
        """
        if self.calibration is not None:
            self.calibration.at(degc)
        if self._aimed != degc:
            await self.go(degc)
        gate = self._gate()
        began = self._clock.monotonic()
        readings: list[ReferenceReading] = []
        while True:
            readings.append(await self.read())
            now = readings[-1].time_s
            # One reading from before the window is kept: it shows that the window is full.
            while len(readings) > 2 and readings[1].time_s < now - gate.window_s:
                del readings[0]
            stability = gate.judge([TimedValue(one.time_s, one.indicated, one.stable) for one in readings], degc)
            if stability.stable:
                window = [one for one in readings if one.time_s >= now - gate.window_s - 1e-6]
                return self._settled(degc, window, stability)
            if now - began >= self.settling.timeout_s:
                raise NotStable(
                    f"{self.name} did not settle at {degc:g} °C within {self.settling.timeout_s:g} s: "
                    + "; ".join(stability.reasons)
                )
            await self._clock.sleep(self.settling.period_s)

    def components(self, indicated: float, stability: Stability | None = None) -> tuple[Component, ...]:
        """What the reference adds to a budget when it indicates `indicated` degC.

        These are certificate, drift, uniformity, stability (the larger of that of the window and the stated one) and
        the step of its set point.
        """
        found: list[Component] = []
        calibration = self.calibration
        if calibration is not None:
            _, u_k = calibration.at(self._covered(calibration, indicated))
            source = f"certificate {calibration.certificate}, {calibration.laboratory}"
            found.append(Component.normal(f"{self.name}: calibration", 2 * u_k, 2.0, source=source))
            for what, width in (("drift", calibration.drift_k), ("uniformity", calibration.uniformity_k)):
                if width:
                    found.append(Component.rectangular(f"{self.name}: {what}", width, source="bench file"))
        found += self._stability(stability)
        step = float(getattr(self._blackbody, "resolution_degc", 0.0))
        if step:
            found.append(Component.resolution(f"{self.name}: resolution", step, source="instrument"))
        return tuple(found)

    def _stability(self, stability: Stability | None) -> list[Component]:
        name = f"{self.name}: stability"
        seen = None
        if stability is not None and stability.s is not None:
            seen = Component.standard(name, stability.s, dof=stability.count - 1, source="readings of the window")
        width = self.calibration.stability_k if self.calibration is not None else 0.0
        stated = Component.rectangular(name, width, source="bench file") if width else None
        known = [component for component in (seen, stated) if component is not None]
        return [max(known, key=lambda component: component.u)] if known else []

    def _gate(self) -> StabilityGate:
        settling = self.settling
        return StabilityGate(
            limit_s=settling.sd_k,
            closeness=settling.close_k,
            window_s=settling.window_s,
            # A reading takes time too; only after twice the period is one missing.
            interval_s=min(2 * settling.period_s, settling.window_s),
            least=_LEAST_READINGS,
        )

    def _settled(self, degc: float, readings: list[ReferenceReading], stability: Stability) -> Settled:
        assert stability.mean is not None
        mean = stability.mean
        components = self.components(mean, stability)
        return Settled(degc, self._corrected(mean), mean, components, tuple(readings), stability)

    def _corrected(self, indicated: float) -> float:
        calibration = self.calibration
        if calibration is None:
            return indicated
        return indicated + calibration.at(self._covered(calibration, indicated))[0]

    def _covered(self, calibration: Calibration, indicated: float) -> float:
        # At the very end of a certificate a reference may settle just outside it, by what the bench file tolerates.
        nearest = min(max(indicated, calibration.low), calibration.high)
        return nearest if abs(indicated - nearest) <= self.settling.close_k else indicated

    def _true(self, indicated: float) -> float:
        # On its way a reference passes temperatures that its certificate does not cover.
        calibration = self.calibration
        if calibration is None:
            return indicated
        return indicated + calibration.at(min(max(indicated, calibration.low), calibration.high))[0]
