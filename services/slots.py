"""Places for one kind of work, and the queue before them. Knows durations; knows nothing about the work."""

from __future__ import annotations

import asyncio
import heapq
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from services.errors import RateLimited

REMEMBERED = 20
Tell = Callable[[str], None]


class Slots:
    """First come, first served. Whoever waits is told how many are before them and about how long it takes, from how
    long the last ones took."""

    def __init__(
        self, places: int, queue: int, *, clock: Callable[[], float] = time.monotonic, told_every: float = 1.0
    ) -> None:
        self._places, self._most, self._clock, self._told_every = places, queue, clock, told_every
        self._starts: dict[object, float] = {}
        self._taken = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._took: deque[float] = deque(maxlen=REMEMBERED)

    @property
    def typical(self) -> float | None:
        """Seconds that one of these takes, None while nobody knows."""
        return sum(self._took) / len(self._took) if self._took else None

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    @asynccontextmanager
    async def place(self, tell: Tell) -> AsyncIterator[None]:
        """A place within the block. Raises RateLimited when too many wait already."""
        await self._enter(tell)
        me, start = object(), self._clock()
        self._starts[me] = start
        try:
            yield
        finally:
            del self._starts[me]
            self._took.append(self._clock() - start)
            self._leave()

    async def _enter(self, tell: Tell) -> None:
        if self._taken < self._places:
            self._taken += 1
            return
        if len(self._waiting) >= self._most:
            raise self._full()
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            while not turn.done():
                tell(self._words(self._waiting.index(turn)))
                await asyncio.wait({turn}, timeout=self._told_every)
        except BaseException:
            if turn.done():  # the place was given to whoever does not want it any more
                self._leave()
            else:
                self._waiting.remove(turn)
            raise

    def _leave(self) -> None:
        """Hand the place on, so that nobody who comes now is before those who wait."""
        if self._waiting:
            self._waiting.popleft().set_result(None)
        else:
            self._taken -= 1

    def expected(self, before: int) -> float | None:
        """Seconds until there is a place for whoever has so many others before them, None while nobody knows."""
        typical, now = self.typical, self._clock()
        if typical is None:
            return None
        ends = [max(typical - (now - start), 1.0) for start in self._starts.values()]
        ends += [typical] * (self._taken - len(ends))  # places that were handed on and not yet taken up
        heapq.heapify(ends)
        for _ in range(before):
            heapq.heapreplace(ends, ends[0] + typical)
        return ends[0] if ends else 0.0

    def _words(self, before: int) -> str:
        seconds = self.expected(before)
        whose = f"{before} before you" if before else "you are next"
        return f"Busy: {whose}" + (f", about {max(seconds, 1):.0f} s" if seconds is not None else "")

    def _full(self) -> RateLimited:
        seconds = self.expected(len(self._waiting)) or 0
        when = f"in about {seconds:.0f} seconds" if seconds else "in a moment"
        return RateLimited(
            f"Too many are waiting for this already: {len(self._waiting)}.",
            remedy=f"Try again {when}.",
            retry_after=seconds,
        )
