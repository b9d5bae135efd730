"""Blocking calls for coroutines, in threads that do not keep the program alive.

A program that ends waits for asyncio's own threads: an operator who does not answer, or a kernel that waits for an
edge, would keep it alive for ever.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["in_thread"]

T = TypeVar("T")


async def in_thread(function: Callable[..., T], *arguments: Any, **keywords: Any) -> T:
    """Calls `function` in a thread of its own; returns or raises what it does."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]

    def run() -> None:
        result: T | None = None
        failure: BaseException | None = None
        try:
            result = function(*arguments, **keywords)
        except BaseException as error:
            failure = error
        try:
            loop.call_soon_threadsafe(settle, result, failure)
        except RuntimeError:
            pass  # the loop is closed: nobody waits for the result any more

    threading.Thread(target=run, name=f"bench: {getattr(function, '__name__', 'call')}", daemon=True).start()
    return await future
