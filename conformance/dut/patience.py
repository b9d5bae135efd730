"""How long a run puts up with a camera: every case comes to an end, and so does a run that is kept waiting.

Whatever a peer does, the time of a run is bounded by what right answers take, plus the patience below.
"""

from __future__ import annotations

from conformance.rules.verdict import Verdict

__all__ = ["CASE_S", "Patience"]

CASE_S = 120.0
"""Real seconds that the body of a case may take beyond what it says it waits."""

_REPLIES = 60


class Patience:
    """Sums up what cases that did not pass have taken in real time; the time of those that passed was well spent.

    It is over after 60 times `reply_timeout_s`, and never before a minute.
    """

    def __init__(self, reply_timeout_s: float) -> None:
        self.allowed_s = max(60.0, _REPLIES * reply_timeout_s)
        self.spent_s = 0.0

    def after(self, verdict: Verdict, seconds: float, waits_s: float) -> str:
        """Count a case that has taken `seconds`, of which `waits_s` were its own; says why no more cases can be run,
        or nothing.
        """
        if verdict is not Verdict.PASS:
            self.spent_s += max(0.0, seconds - waits_s)
        if self.spent_s <= self.allowed_s:
            return ""
        return (
            f"not run: the cases that did not pass have taken {self.spent_s:.0f} s, more than the "
            f"{self.allowed_s:.0f} s that a run waits for a camera in vain"
        )
