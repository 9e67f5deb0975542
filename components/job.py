"""One piece of work that a person can stop. Knows nothing about what the work is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import aclosing
from typing import Any, TypeVar

from services.errors import InvalidInput

T = TypeVar("T")


class Job:
    """Kept in the session's state while it runs, so that Stop finds it.

    Stop ends the work from within: its last update is the last thing that the page gets, in order. (Gradio's own
    `cancels=` leaves updates under way that arrive after whatever Stop has shown.)
    """

    def __init__(self) -> None:
        self.running = True
        self._stop = asyncio.Event()

    @classmethod
    def after(cls, earlier: Job | None) -> Job:
        """A new job. Raises InvalidInput while the earlier one runs."""
        if earlier is not None and earlier.running:
            raise InvalidInput("Something is still running here.", remedy="Wait for it, or stop it first.")
        return cls()

    def stop(self) -> None:
        self._stop.set()

    @property
    def stopped(self) -> bool:
        return self._stop.is_set()

    async def each(self, items: AsyncGenerator[T]) -> AsyncGenerator[T]:
        """The items until the source ends or the job is stopped; the source is closed either way."""
        stop = asyncio.create_task(self._stop.wait())
        async with aclosing(items):
            coming: asyncio.Task[T] | None = None
            try:
                while not self.stopped:
                    coming = asyncio.create_task(anext(items))
                    await asyncio.wait({coming, stop}, return_when=asyncio.FIRST_COMPLETED)
                    if not coming.done():
                        return
                    try:
                        item = coming.result()
                    except StopAsyncIteration:
                        return
                    yield item
            finally:
                await _ended(coming, stop)
                self.running = False

    async def result(self, work: Coroutine[Any, Any, T]) -> T | None:
        """What the work gives, or None when the job is stopped; the work is cancelled then."""
        stop, task = asyncio.create_task(self._stop.wait()), asyncio.create_task(work)
        try:
            await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
            return await task if task.done() else None
        finally:
            await _ended(task, stop)
            self.running = False


async def telling(work: Callable[[Callable[..., None]], Awaitable[T]]) -> AsyncGenerator[str | T]:
    """The notes that the work gives on its way, in words or of its own kind, then what it gives."""
    notes: asyncio.Queue[Any] = asyncio.Queue()
    task = asyncio.ensure_future(work(notes.put_nowait))
    task.add_done_callback(lambda _: notes.put_nowait(None))
    try:
        while (note := await notes.get()) is not None:
            yield note
        yield await task
    finally:
        await _ended(task)


async def _ended(*tasks: asyncio.Future[Any] | None) -> None:
    """Cancel what still runs and wait until it is gone."""
    for task in tasks:
        if task is not None and not task.done():
            task.cancel()
            await asyncio.wait({task})


async def stop(job: Job | None) -> None:
    """What a Stop button does."""
    if job is not None:
        job.stop()
