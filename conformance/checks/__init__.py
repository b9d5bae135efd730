"""The checks: pure functions from what was sent and received to findings. Every suite judges through them.

Each check returns a `Result`: the findings (violations), the observations (which tolerated reading the device follows)
and its choices. What a device may do beside the canonical form is data of the catalogue, never a branch in a check.
A check knows nothing of sessions and times: the same reply always gets the same findings.

    result        what a check returns
    envelope      the keys around a message
    codes         return codes
    message       the fields of a message
    written_form  times, addresses, base64 and other forms of a text
    push          pushes
    comparison    two configurations
    files         files that a device hands out
    matrix        the temperature matrix of command 530
"""

from __future__ import annotations

from conformance.checks.codes import describe, refused, success
from conformance.checks.comparison import differences, shows
from conformance.checks.envelope import envelope, envelope_problems
from conformance.checks.message import conforms, has_type
from conformance.checks.push import pushed
from conformance.checks.result import Result, short

__all__ = [
    "Result",
    "conforms",
    "describe",
    "differences",
    "envelope",
    "envelope_problems",
    "has_type",
    "pushed",
    "refused",
    "short",
    "shows",
    "success",
]
