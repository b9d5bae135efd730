"""Return codes: whether a command succeeded, and whether it was refused with the right code (Appendix I)."""

from __future__ import annotations

from conformance.catalogue.model import Catalogue
from conformance.checks.result import Result, short
from conformance.client.codec import Reply
from conformance.rules.verdict import Severity

__all__ = ["describe", "refused", "success"]


def describe(reply: Reply) -> str:
    """A reply in a few words: its return code and text."""
    return f"retcode {short(reply.retcode)} ({short(reply.retmsg, 60)})"


def success(reply: Reply) -> Result:
    """The command succeeded: retcode 0 (Appendix I)."""
    result = Result("retcode 0", describe(reply))
    if not reply.ok:
        result.fail("retcode 0 (success)", describe(reply), "retcode")
    return result


def refused(catalogue: Catalogue, reply: Reply, *readings: str, only: int | None = None) -> Result:
    """The command is refused with the code that one of `readings` (R20-R33) gives this stimulus.

    Tolerated codes are observations; another documented code is minor; success or an undocumented code is major.
    `only` narrows the canonical codes to the one of this stimulus (R31 has one for each kind of address).
    """
    canonical: set[int] = set()
    tolerated: set[int] = set()
    for reading in readings:
        codes = catalogue.readings[reading].codes
        assert codes is not None, f"reading {reading} has no return codes"
        canonical.update(codes.canonical)
        tolerated.update(codes.tolerated)
    if only is not None:
        canonical = {only}
    alternatives = " or ".join(str(code) for code in sorted(canonical))
    expected = f"refused with {alternatives} ({', '.join(readings)})"
    result = Result(expected, describe(reply))
    code = reply.retcode
    if code in canonical:
        return result
    if code in tolerated:
        for reading in readings:
            result.observe(reading, str(code))
    elif code != 0 and code in catalogue.return_codes:
        result.fail(expected, describe(reply), "retcode", Severity.MINOR)
    else:
        result.fail(expected, describe(reply), "retcode")
    return result
