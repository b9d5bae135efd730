from __future__ import annotations

import re
from pathlib import Path

from conformance.client.session import TRANSITIONS, State
from conformance.client.session_diagram import session_diagram

_PAGE = Path(__file__).parent.parent.parent / "docs" / "reference" / "session.md"


def test_the_drawing_of_the_documentation_is_the_table_of_the_code() -> None:
    drawing = re.search(r"```mermaid\n(.*?)```", _PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert drawing is not None
    assert drawing[1] == session_diagram()


def test_every_state_and_every_change_of_state_is_drawn() -> None:
    drawing = session_diagram()
    assert all(f'"{state.value}"' in drawing for state in State)
    changes = [row for row in TRANSITIONS.items() if row[0][0] is not row[1]]
    assert drawing.count(" --> ") == len(changes) + 1
