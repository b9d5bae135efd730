"""The envelope of a reply: the keys around its message, judged by the request that it answers (II.6)."""

from __future__ import annotations

from conformance.catalogue.json_types import JsonMapping
from conformance.checks.result import Result, short
from conformance.client.codec import Reply, is_int, kind_of

__all__ = ["envelope", "envelope_problems"]

_SHOWN_CHARACTERS = 80


def envelope(request: JsonMapping, reply: Reply) -> Result:
    """The envelope of the reply answers the request: action, cmdtype, sequence, retcode, retmsg, message, from and to
    (II.6, R01-R10).
    """
    result = Result(
        "an envelope that answers the request", f"cmdtype {short(reply.cmdtype)}, sequence {short(reply.sequence)}"
    )
    for problem in envelope_problems(request, reply.envelope):
        result.fail("an envelope that answers the request (II.6, R01-R10)", problem, "envelope")
    return result


def envelope_problems(request: JsonMapping, reply: JsonMapping) -> list[str]:
    """Every way in which the envelope of a reply breaks the rules, given the request it answers.

    `retmsg` is any text that is not empty: what it says does not count (R02). The sequence must be the very integer of
    the request (R03, R10). `message` may be an object, null or left out (R01).
    """
    problems = []
    if reply.get("action") != "response":
        problems.append(f'action: "response" expected, found {_shown(reply, "action")}')
    for key in ("cmdtype", "sequence"):
        if not is_int(reply.get(key)):
            problems.append(f"{key}: an integer expected, found {_shown(reply, key)}")
        elif reply[key] != request.get(key):
            problems.append(f"{key}: {_shown(request, key)} expected as in the request, found {_shown(reply, key)}")
    if not is_int(reply.get("retcode")):
        problems.append(f"retcode: an integer expected, found {_shown(reply, 'retcode')}")
    retmsg = reply.get("retmsg")
    if not isinstance(retmsg, str) or not retmsg:
        problems.append(f"retmsg: a string that is not empty expected, found {_shown(reply, 'retmsg')}")
    message = reply.get("message")
    if message is not None and not isinstance(message, dict):
        problems.append(f"message: an object, null or nothing expected, found {kind_of(message)}")
    problems.extend(_address_problems(request, reply))
    return problems


def _address_problems(request: JsonMapping, reply: JsonMapping) -> list[str]:
    """The two addresses come back unchanged or swapped; the device may leave out either (R06)."""
    unchanged = {"from": "from", "to": "to"}
    swapped = {"from": "to", "to": "from"}
    # The document does not say what a device puts there when the request had no addresses: anything is accepted then.
    given = [key for key in ("from", "to") if key in reply] if request.keys() & {"from", "to"} else []
    for order in (unchanged, swapped):
        if all(order[key] in request and reply[key] == request[order[key]] for key in given):
            return []
    return [
        f"{key}: {_shown(request, key)} expected as in the request, found {_shown(reply, key)}"
        for key in given
        if key not in request or reply[key] != request[key]
    ]


def _shown(frame: JsonMapping, key: str) -> str:
    """The value of a key in a few words: a container only by its kind, because it may be long."""
    if key not in frame:
        return "nothing"
    value = frame[key]
    return kind_of(value) if isinstance(value, dict | list) else short(value, _SHOWN_CHARACTERS)
