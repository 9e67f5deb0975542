"""Thins a fast stream for a slow reader. Knows nothing about what flows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import TypeVar

T = TypeVar("T")

# A page draws at most about 25 updates a second (10-18 ms of its main thread each), a core gives about 400.
SHORTEST = 0.04
A_SHARE = 0.0025
# Who waits this long for an item has read everything that was there.
DRY = 0.003
GRACE = 0.01  # seconds in which a source whose last item was read may end by itself
MOST = 1000  # items that wait for a reader who is busy elsewhere


class Pace:
    """How often each of the answers under way may be updated: less often as they become more."""

    def __init__(self) -> None:
        self._live = 0

    def interval(self) -> float:
        """Seconds between two updates of one answer."""
        return max(SHORTEST, A_SHARE * self._live)

    async def gulps(
        self,
        packets: AsyncGenerator[bytes],
        began: Callable[[], bool] = lambda: True,
        last: Callable[[bytes], bool] = lambda packet: False,
    ) -> AsyncGenerator[bytes]:
        """One more answer: its bytes in as many pieces as it may have updates; at once while it has not `began`.

        A stream often opens with an event that holds a role and no word; the first word is not to wait behind it.
        """
        self._live += 1
        try:
            interval = lambda: self.interval() if began() else 0.0  # noqa: E731
            async with aclosing(paced(packets, interval, b"".join, rest=True, last=last)) as gulps:
                async for gulp in gulps:
                    yield gulp
        finally:
            self._live -= 1


def latest(items: Sequence[T]) -> T:
    return items[-1]


async def paced(
    source: AsyncGenerator[T],
    interval: float | Callable[[], float] = SHORTEST,
    fold: Callable[[Sequence[T]], T] = latest,
    rest: bool = False,
    last: Callable[[T], bool] = lambda item: False,
) -> AsyncGenerator[T]:
    """The first item at once, then at most one every `interval` seconds, the last one always.

    What came meanwhile is made one item by `fold`. The source is read by a task of its own, so that it may use
    time-outs; leaving the generator ends the task and closes the source. An error of the source comes after the last
    item that was read. With `rest`, a source that was read dry is left alone for an interval, so that what flows in
    meanwhile costs one waking up and not many; not after the `last` item, when the source has a moment to end, since
    a connection that was read to its end can be used again.
    """
    seconds = interval if callable(interval) else lambda: float(interval)
    came: list[T] = []
    news, over = asyncio.Event(), asyncio.Event()

    async def read() -> None:
        now = asyncio.get_running_loop().time
        try:
            async with aclosing(source) as items:
                asked = now()
                async for item in items:
                    came.append(item)
                    news.set()
                    while len(came) >= MOST:  # noqa: ASYNC110 - nobody takes them: the sender waits, the memory does not grow
                        await asyncio.sleep(seconds())
                    if last(item):
                        over.set()
                    elif rest and now() - asked > DRY:
                        await asyncio.sleep(seconds())
                    asked = now()
        finally:
            news.set()

    reader = asyncio.create_task(read())
    try:
        while not reader.done() or came:
            await news.wait()
            news.clear()
            if came:
                item = fold(came)
                came.clear()
                yield item
            if not reader.done():
                await asyncio.wait({reader}, timeout=seconds())
        await reader
    finally:
        if over.is_set():
            await asyncio.wait({reader}, timeout=GRACE)
        reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)
