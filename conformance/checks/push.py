"""Judges a push: a notification of a documented number, with the fields of its table (chapter VI)."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.catalogue.model import Catalogue
from conformance.checks.message import conforms, has_type
from conformance.checks.result import Result, short
from conformance.client.codec import PushMessage
from conformance.rules.verdict import Observation

__all__ = ["pushed"]


def pushed(catalogue: Catalogue, message: PushMessage, sizes: Mapping[str, int]) -> Result:
    """A push is a well-formed notification of its kind (VI); `sizes` are those of the device, in pixels (R58)."""
    push = catalogue.pushes.get(message.cmdtype)
    result = Result("a push as its field table says", f"push {message.cmdtype}")
    if push is None:
        result.fail("a push of the document (1000-1011)", f"cmdtype {short(message.cmdtype)}", "push")
        return result
    frame = message.envelope
    if frame.get("action") != "notify":
        result.fail("action notify", f"action {short(frame.get('action'))}", "push")
    if not has_type("uint64", frame.get("sequence")):
        result.fail("sequence is a uint64", f"sequence {short(frame.get('sequence'))}", "push")
    body, other = frame.get(push.body), "message" if push.body == "content" else "content"
    if body is None and isinstance(frame.get(other), dict) and "R92" in push.readings:
        body = frame[other]
        result.observe("R92", other)
    elif body is None and "R67" in push.readings:
        body = frame
        result.observe("R67", "top level")
    for reading in ("R67", "R92"):
        if reading in push.readings and isinstance(body, dict):
            place = "top level" if body is frame else push.body if body is frame.get(push.body) else other
            result.choices.append(Observation(reading, place))
    if not isinstance(body, dict):
        result.fail(f"an object under {push.body}", f"{push.body} is {short(body)}", "push")
        return result
    result.take_over(conforms(push.fields, body, sizes, what=f"push {push.cmdtype}"))
    return result
