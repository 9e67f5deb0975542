"""Small pieces that several answers share: the free bill, and work that ends when nobody waits for it any more."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect, Request

Result = TypeVar("Result")


def meta(notice: str = "") -> dict[str, Any]:
    """`meta` of an answer: it cost nothing; and what a person should be told about it, if anything."""
    usage: dict[str, Any] = {"usage": {"credits_used": 0, "usd_spent": 0}}
    return {**usage, "notice": notice} if notice else usage


async def while_connected(request: Request, work: Coroutine[Any, Any, Result]) -> Result:
    """The result of the work, which is cancelled when the client hangs up; the request's body must be read by then."""
    task, gone = asyncio.create_task(work), asyncio.create_task(_hung_up(request))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise ClientDisconnect
        return task.result()
    finally:
        for other in (task, gone):
            other.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await other


async def _hung_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
