"""How long a run waits for a camera in vain: every case ends, and so does a run that is kept waiting.

The time of a run is bounded by the time that correct answers take, plus the patience below, whatever the peer does.
"""

from __future__ import annotations

from conformance.rules.verdict import Verdict

__all__ = ["CASE_S", "Patience"]

CASE_S = 120.0
"""Real seconds that the body of a case may take beyond what it says it waits."""

_REPLIES = 60


class Patience:
    """Adds up the real time of the cases that did not pass. Time spent on cases that passed does not count.

    The patience ends after 60 times `reply_timeout_s`, and never before a minute.
    """

    def __init__(self, reply_timeout_s: float) -> None:
        self.allowed_s = max(60.0, _REPLIES * reply_timeout_s)
        self.spent_s = 0.0

    def after(self, verdict: Verdict, seconds: float, waits_s: float) -> str:
        """Count a case that has taken `seconds`, of which it meant to wait `waits_s`.

        Returns the reason why no more cases are run, or "".
        """
        if verdict is not Verdict.PASS:
            self.spent_s += max(0.0, seconds - waits_s)
        if self.spent_s <= self.allowed_s:
            return ""
        return (
            f"not run: the cases that did not pass have taken {self.spent_s:.0f} s, more than the "
            f"{self.allowed_s:.0f} s that a run waits for a camera in vain"
        )
