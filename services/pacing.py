"""Thins a fast stream for a slow reader. Knows nothing about what flows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TypeVar

T = TypeVar("T")

# A page draws at most about 25 updates a second (10-18 ms of its main thread each), a core gives about 400.
SHORTEST = 0.04


async def paced(source: AsyncGenerator[T], interval: float = SHORTEST) -> AsyncGenerator[T]:
    """The first item at once, then the latest at most every `interval` seconds, the last one always.

    The source is read by a task of its own, so that it may use time-outs; leaving the generator ends the task and
    closes the source. An error of the source comes after the last item that was read.
    """
    latest: list[T] = []
    news = asyncio.Event()

    async def read() -> None:
        try:
            async with aclosing(source) as items:
                async for item in items:
                    latest[:] = [item]
                    news.set()
        finally:
            news.set()

    reader = asyncio.create_task(read())
    try:
        while not reader.done() or latest:
            await news.wait()
            news.clear()
            if latest:
                yield latest.pop()
            if not reader.done():
                await asyncio.wait({reader}, timeout=interval)
        await reader
    finally:
        reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)
