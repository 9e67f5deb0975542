"""How often visitors may act: moving windows of a minute. Knows counts and clocks; knows nothing about what is done."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from typing import Any

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, Storage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import ConfigurationError, StorageError
from limits.storage import storage_from_string

from services.errors import RateLimited, Unavailable
from services.limits import Limits
from services.visitor import Visitor

Clock = Callable[[], float]
FORGOTTEN = 3600.0  # seconds after which a session that was away is a new one
MOST_SESSIONS = 10_000
_WHO = {
    "session": "You have asked {n} times within a minute, which is the limit here.",
    "address": "{n} times within a minute was asked from your network, which is the limit here.",
    "nameless": "{n} calls within a minute came from callers without a session, which is the limit for all of them.",
    "new": "Very many new visitors came within this minute.",
    "all": "Very many people are asking at this minute.",
}


class SteadyStorage(MemoryStorage):
    """The library's moving window in memory, on a clock that nobody sets: its own storage counts by the wall clock.

    (After the wall clock was set back by a day, that one would refuse everybody for a day.)
    """

    STORAGE_SCHEME = ["async+steady"]  # noqa: RUF012 - the library's own form

    def __init__(self, clock: Clock = time.monotonic) -> None:
        super().__init__()
        self.clock = clock
        self._hits: OrderedDict[str, deque[float]] = OrderedDict()  # by key, the one that was hit last at the end

    async def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        hits = self._within(key, expiry)
        if len(hits) + amount > limit:
            return False
        hits.extend([self.clock()] * amount)
        self._hits[key] = hits
        self._hits.move_to_end(key)
        oldest = next(iter(self._hits))
        if not self._within(oldest, expiry):
            del self._hits[oldest]
        return True

    async def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        hits = self._within(key, expiry)
        return (hits[0] if hits else self.clock()), len(hits)

    def _within(self, key: str, expiry: int) -> deque[float]:
        hits, since = self._hits.get(key, deque()), self.clock() - expiry
        while hits and hits[0] <= since:
            hits.popleft()
        return hits


class Rates:
    """Counts actions by session and by client address, and, where addresses are not used, of all sessions together.

    Session names are chosen by the caller. So that a caller who takes a new name for each call finds an end, and those
    who are here already are not in it: new sessions have a limit of their own.
    """

    def __init__(
        self, limits: Limits, hops: int = 0, storage: str = "memory://", clock: Clock = time.monotonic
    ) -> None:
        self._limits, self._hops, self._clock = limits, hops, clock
        self._storage, self._now = _storage(storage, clock)
        self._windows = MovingWindowRateLimiter(self._storage)
        self._met: OrderedDict[str, float] = OrderedDict()

    async def action(self, visitor: Visitor) -> None:
        """Count one action. Raises RateLimited, and counts nothing, when it is one too many."""
        rules = [(RateLimitItemPerMinute(most), kind, who) for most, kind, who in self._rules(visitor)]
        try:
            for item, kind, who in rules:
                if not await self._windows.test(item, kind, who):
                    raise await self._refusal(item, kind, who)
            for item, kind, who in rules:  # another replica may have been faster
                if not await self._windows.hit(item, kind, who):
                    raise await self._refusal(item, kind, who)
        except StorageError as lost:
            raise Unavailable(
                "The place where visitors are counted can't be reached.",
                remedy="Try again in a moment.",
                detail=str(lost),
            ) from lost
        self._met[visitor.session] = self._clock()
        self._met.move_to_end(visitor.session)
        if len(self._met) > MOST_SESSIONS:
            self._met.popitem(last=False)

    def _rules(self, visitor: Visitor) -> Iterator[tuple[int, str, str]]:
        """Each limit that the visitor is under: how many, of what kind, whose."""
        if visitor.session:
            yield self._limits.session_actions, "session", visitor.session
        if address := visitor.address(self._hops):
            yield self._limits.address_actions, "address", address
            return
        yield self._limits.all_actions, "all", ""
        if not visitor.session:
            yield self._limits.nameless_actions, "nameless", ""
        elif self._clock() - self._met.get(visitor.session, -FORGOTTEN) >= FORGOTTEN:
            yield self._limits.new_sessions, "new", ""

    async def _refusal(self, item: RateLimitItemPerMinute, kind: str, who: str) -> RateLimited:
        window = await self._windows.get_window_stats(item, kind, who)
        seconds = min(max(window.reset_time - self._now(), 1), item.get_expiry())
        return RateLimited(
            _WHO[kind].format(n=item.amount), remedy=f"Go on in {in_words(seconds)}.", retry_after=seconds
        )


def in_words(seconds: float) -> str:
    """A wait as people say it, never shorter than it is."""
    whole = int(-(-seconds // 1))
    if whole < 100:
        return f"{whole} second{'' if whole == 1 else 's'}"
    minutes = -(-whole // 60)
    return f"{minutes} minutes" if minutes < 100 else f"{-(-minutes // 60)} hours"


def _storage(uri: str, clock: Clock) -> tuple[Storage, Clock]:
    """The storage, and the clock that its windows are told by."""
    if uri.startswith("memory:"):
        return SteadyStorage(clock), clock
    return shared_storage(uri), time.time


def shared_storage(uri: str) -> Any:
    """The library's Redis. Its windows are on the wall clocks of the replicas; one is forgotten a minute after its
    last hit by Redis's own count, so that a clock that jumps is felt for a minute at most."""
    try:
        return storage_from_string(f"async+{uri}", implementation="redispy", wrap_exceptions=True)
    except (ConfigurationError, ValueError) as wrong:  # the second for an address that can't be read
        raise OSError(f"AIML_STORAGE can't be used: {str(wrong).split(chr(10))[0]}. See the README.") from None
