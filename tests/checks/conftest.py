from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from conformance.client import Reply
from conformance.client.codec import reply_from


@pytest.fixture
def answer() -> Callable[..., Reply]:
    """A reply made by hand: its code, its message, any other key of its envelope."""

    def make(retcode: int = 0, message: Any = None, **envelope: Any) -> Reply:
        frame = {"action": "response", "cmdtype": 1, "sequence": 7, "retcode": retcode, "retmsg": "said."}
        return reply_from({**frame, "message": message, **envelope}, "", 0.0)

    return make
