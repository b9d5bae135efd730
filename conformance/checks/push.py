"""Judges a push: a notification of a documented number, with the fields of its table (chapter VI)."""

from __future__ import annotations

from conformance.catalogue.model import BodyPlace, Catalogue
from conformance.catalogue.sizes import ImageSizes
from conformance.checks.message import conforms, has_type
from conformance.checks.result import Result, short
from conformance.client.codec import PushMessage
from conformance.rules.verdict import Observation

__all__ = ["pushed"]


def pushed(catalogue: Catalogue, message: PushMessage, sizes: ImageSizes) -> Result:
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
    place, body = push.body, frame.get(push.body)
    if body is None:
        for tolerance in push.tolerates:
            elsewhere = frame if tolerance.body is BodyPlace.TOP_LEVEL else frame.get(tolerance.body)
            if isinstance(elsewhere, dict):
                place, body = tolerance.body, elsewhere
                result.observe(tolerance.reading, str(place))
                break
    if not isinstance(body, dict):
        result.fail(f"an object under {push.body}", f"{push.body} is {short(body)}", "push")
        return result
    result.choices += [Observation(tolerance.reading, str(place)) for tolerance in push.tolerates]
    result.take_over(conforms(push.fields, body, sizes, what=f"push {push.cmdtype}"))
    return result
