"""A blackbody's temperature over time: ramp, settling, overshoot, drift, trip. Pure: the caller advances the time.

Between two commands the temperature is known in closed form. So the result does not depend on the steps in which time
is advanced, and an hour costs no more than a second.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, replace

__all__ = ["BlackbodyPhysics", "Thermal", "VirtualClock"]

Clock = Callable[[], float]
"""Seconds that never run backwards."""


class VirtualClock:
    """A clock that stands still until it is advanced."""

    def __init__(self, now_s: float = 0.0) -> None:
        self._now_s = now_s

    def __call__(self) -> float:
        return self._now_s

    def advance(self, seconds: float) -> None:
        """Lets `seconds` pass, 0 or more."""
        if not seconds >= 0:
            raise ValueError(f"time does not pass by {seconds} s")
        self._now_s += seconds


@dataclass(frozen=True, slots=True)
class Thermal:
    """The properties of a blackbody. Temperatures in degC, times in s.

    `ramp` is the controlled rate in degC/min, `settling_s` the time constant with which the temperature follows it.
    It then overshoots by the part `overshoot` of the step, most of all `overshoot_s` after the ramp. `cooling_s` is the
    time constant with the output off. The sensor reads `sensor_offset` + `sensor_gain` * (temperature - ambient)
    + drift above the true temperature, and `noise` (one standard deviation) on top; the controller holds the sensor,
    not the truth. `trip` is the temperature of the cut-out; `wobble` the amplitude of a blackbody that never settles.
    """

    ambient: float = 23.0
    ramp: float = 30.0
    settling_s: float = 20.0
    overshoot: float = 0.02
    overshoot_s: float = 60.0
    cooling_s: float = 600.0
    sensor_offset: float = 0.0
    sensor_gain: float = 0.0
    drift_per_hour: float = 0.0
    noise: float = 0.0
    trip: float = math.inf
    wobble: float = 0.3
    wobble_period_s: float = 97.0
    stable_window_s: float = 60.0


@dataclass(frozen=True, slots=True)
class _Leg:
    """One stretch between two commands: from `begin` towards `target`, by ramp, or by itself with the output off."""

    at_s: float
    begin: float
    target: float
    driven: bool

    def temperature(self, thermal: Thermal, t_s: float) -> float:
        """The temperature, as the sensor would read it without noise, at the time `t_s`."""
        elapsed = t_s - self.at_s
        step = self.target - self.begin
        if not self.driven:
            return self.target - step * math.exp(-elapsed / thermal.cooling_s)
        rate = math.copysign(thermal.ramp / 60.0, step)
        tau = thermal.settling_s
        ramp_s = step / rate
        if elapsed <= ramp_s:
            return self.begin + rate * (elapsed - tau * -math.expm1(-elapsed / tau))
        behind = rate * tau * -math.expm1(-ramp_s / tau)
        late = elapsed - ramp_s
        bump = late / thermal.overshoot_s * math.exp(1 - late / thermal.overshoot_s)
        return self.target - behind * math.exp(-late / tau) + thermal.overshoot * step * bump


class BlackbodyPhysics:
    """The state of one blackbody; `advance_to` lets time pass, everything else reads or commands it."""

    def __init__(self, thermal: Thermal | None = None, *, seed: int = 0) -> None:
        self.thermal = thermal or Thermal()
        self.never_stable = False
        self._chance = random.Random(seed)
        self._now_s = 0.0
        self._output = False
        self._tripped = False
        self._set_point = self.thermal.ambient
        self._leg = _Leg(0.0, self.thermal.ambient, self.thermal.ambient, driven=False)

    @property
    def now_s(self) -> float:
        """Seconds since it was made."""
        return self._now_s

    @property
    def set_point(self) -> float:
        """The set point in degC."""
        return self._set_point

    @property
    def output(self) -> bool:
        """Whether it heats and cools."""
        return self._output

    @property
    def tripped(self) -> bool:
        """Whether the cut-out has acted."""
        return self._tripped

    def advance_to(self, now_s: float) -> None:
        """Lets time pass until `now_s`; an earlier time changes nothing."""
        if now_s <= self._now_s:
            return
        if self._output and self._hottest_since(self._now_s, now_s) >= self.thermal.trip:
            self._now_s = self._crossing(self._now_s, now_s)
            self.trip()
        self._now_s = now_s

    def advance(self, seconds: float) -> None:
        """Lets `seconds` pass."""
        self.advance_to(self._now_s + seconds)

    def command(self, set_point: float) -> None:
        """Sets the set point to `set_point` degC."""
        self._set_point = set_point
        self._begin()

    def switch(self, on: bool) -> None:
        """Switches heating and cooling; a tripped cut-out keeps them off."""
        wanted = on and not self._tripped
        if wanted != self._output:
            self._output = wanted
            self._begin()

    def trip(self) -> None:
        """Triggers the cut-out: the output stays off until it is cleared and switched on again."""
        self._tripped = True
        self.switch(False)

    def clear_trip(self) -> None:
        """Resets the cut-out."""
        self._tripped = False

    def set_ramp(self, degc_per_min: float) -> None:
        """Changes the controlled rate."""
        self.thermal = replace(self.thermal, ramp=degc_per_min)
        self._begin()

    def controlled(self, t_s: float | None = None) -> float:
        """The sensor's reading without noise, which the controller holds, at `t_s` (default: now)."""
        t_s = self._now_s if t_s is None else t_s
        value = self._leg.temperature(self.thermal, t_s)
        if self.never_stable and self._output:
            value += self.thermal.wobble * math.sin(2 * math.pi * t_s / self.thermal.wobble_period_s)
        return value

    def indicated(self) -> float:
        """The temperature that the instrument shows: with noise, which is drawn for each call."""
        noise = self._chance.gauss(0.0, self.thermal.noise) if self.thermal.noise else 0.0
        return self.controlled() + noise

    def true(self) -> float:
        """The temperature in degC as which the target radiates: the indication less the error of the sensor."""
        thermal = self.thermal
        drift = thermal.drift_per_hour * self._now_s / 3600.0
        # indication = true + offset + gain * (true - ambient) + drift, solved for the truth
        return (self.controlled() - thermal.sensor_offset - drift + thermal.sensor_gain * thermal.ambient) / (
            1.0 + thermal.sensor_gain
        )

    def variation(self) -> float:
        """How far the temperature has moved within the window of the stable flag, in degC."""
        since = max(self._leg.at_s, self._now_s - self.thermal.stable_window_s)
        seen = [self.controlled(since + (self._now_s - since) * part / 24) for part in range(25)]
        return max(seen) - min(seen)

    def stable(self, limit: float) -> bool:
        """Whether it is on, near its set point, and has varied by no more than `limit` degC for a whole window."""
        return (
            self._output
            and self._now_s - self._leg.at_s >= self.thermal.stable_window_s
            and self.variation() <= limit
            and abs(self.controlled() - self._set_point) <= limit
        )

    def _begin(self) -> None:
        target = self._set_point if self._output else self.thermal.ambient
        self._leg = _Leg(self._now_s, self._leg.temperature(self.thermal, self._now_s), target, self._output)

    def _hottest_since(self, since_s: float, until_s: float) -> float:
        # The extremes lie at known times: the end of the ramp, the top of the overshoot, and both ends of the window.
        step_s = abs(self._leg.target - self._leg.begin) / (self.thermal.ramp / 60.0)
        knee = self._leg.at_s + step_s
        looked_at = [since_s, until_s, knee]
        looked_at += [knee + self.thermal.overshoot_s * part / 4 for part in range(1, 17)]
        return max(self.controlled(t_s) for t_s in looked_at if since_s <= t_s <= until_s)

    def _crossing(self, since_s: float, until_s: float) -> float:
        steps = 1000
        for place in range(steps + 1):
            t_s = since_s + (until_s - since_s) * place / steps
            if self.controlled(t_s) >= self.thermal.trip:
                return t_s
        return until_s
