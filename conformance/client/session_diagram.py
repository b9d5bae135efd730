"""Draws the state table of a session, for the documentation."""

from __future__ import annotations

from conformance.client.session import TRANSITIONS, State

__all__ = ["session_diagram"]


def session_diagram() -> str:
    """`conformance.client.session.TRANSITIONS` as a mermaid `stateDiagram-v2`, one arrow for each row.

    An event that leaves the state as it is has no arrow.
    """
    lines = ["stateDiagram-v2"]
    lines += [f'    state "{state.value}" as {state.name}' for state in State]
    lines.append(f"    [*] --> {State.LOGGED_OUT.name}")
    lines += [
        f"    {before.name} --> {after.name}: {event.value}"
        for (before, event), after in TRANSITIONS.items()
        if after is not before
    ]
    return "\n".join([*lines, ""])
