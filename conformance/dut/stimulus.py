"""Causes that only a bench can produce. On the simulated camera they go through its stimulus channel: a message heats
a target, closes an alarm input, fills the memory, or advances the camera's clock.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from conformance.catalogue.json_types import JsonObject

if TYPE_CHECKING:
    import aiohttp

__all__ = ["Stimulus", "StimulusError"]

_TIMEOUT_S = 60.0


class StimulusError(Exception):
    """The stimulus channel refused or cannot be reached. The fault is the bench's, not the camera's."""


class Stimulus:
    """The stimulus channel of a simulated camera at `host:port`."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self._client: aiohttp.ClientSession | None = None

    async def do(self, what: str, **facts: Any) -> JsonObject:
        """Produce one cause (`heat`, `alarm-input`, `memory-full`, ...); returns the camera's state. Raises
        StimulusError.
        """
        # aiohttp is slow to import, and most runs do not need it.
        import aiohttp

        if self._client is None:
            self._client = aiohttp.ClientSession(
                f"http://{self.host}:{self.port}", timeout=aiohttp.ClientTimeout(total=_TIMEOUT_S), trust_env=False
            )
        try:
            async with self._client.post("/stimulus", json={"do": what, **facts}) as answer:
                text = await answer.text()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise StimulusError(f"the stimulus channel does not answer: {error}") from None
        if answer.status != 200:
            raise StimulusError(f"stimulus {what}: {text[:200]}")
        state: JsonObject = json.loads(text)
        return state

    async def close(self) -> None:
        """Release the connection."""
        if self._client is not None:
            await self._client.close()
