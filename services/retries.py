"""The one retry loop: what is sent again, after which wait, and what is told meanwhile. Knows errors; knows no HTTP.

| failed with                        | sent again                                   |
|------------------------------------|----------------------------------------------|
| 429                                | twice, if it asks for no more than `longest` |
| 408, 409                           | once                                         |
| 5xx                                | once where the work is repeatable, else never |
| nothing was sent (no connection)   | once, while the limit for connecting lasts   |
| anything else                      | never                                        |

A call that may have been carried out is never sent again for a person: a picture or a clip would be paid for twice.
"""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections import OrderedDict
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from services.errors import RateLimited, ServiceError, Unavailable, Unreachable
from services.run import Attempt

if TYPE_CHECKING:
    from tenacity import RetryCallState

Send = Callable[[], Awaitable[None]]
MOST = 1000


@dataclass(frozen=True)
class Manners:
    """How an upstream in trouble is treated; times in seconds.

    A resend waits `first` to twice as long, the next one double, never above `longest`; who asks for a longer wait is
    not sent to again. `reserve` resends are free, then each call earns a `share` of one, and so does each `refill`.
    After `failures` in a row nothing is sent for `cooldown`.
    """

    first: float = 1.0
    longest: float = 5.0
    unsent: float = 0.2
    reserve: float = 5.0
    share: float = 0.08
    refill: float = 30.0
    failures: int = 5
    cooldown: float = 5.0


class Budget:
    """Resends that are left for one root, so that an outage is not made worse by those who try again."""

    def __init__(self, manners: Manners) -> None:
        self._manners, self._left, self._counted = manners, manners.reserve, time.monotonic()

    def earn(self) -> None:
        """One more call."""
        now = time.monotonic()
        earned = self._manners.share + (now - self._counted) / self._manners.refill
        self._left, self._counted = min(2 * self._manners.reserve, self._left + earned), now

    def spend(self) -> bool:
        """Whether one more resend is left; it is taken."""
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Budgets:
    """One for each root, of the roots that were called last."""

    def __init__(self, manners: Manners) -> None:
        self._manners = manners
        self._budgets: OrderedDict[str, Budget] = OrderedDict()

    def of(self, root: str) -> Budget:
        budget = self._budgets.setdefault(root, Budget(self._manners))
        self._budgets.move_to_end(root)
        if len(self._budgets) > MOST:
            self._budgets.popitem(last=False)
        return budget


@dataclass
class Course:
    """One call: until when it may take, whether its work may be done twice, and what became of it so far.

    `end` and `connected` (until when an unsent call may be sent again) are seconds of the monotonic clock.
    """

    manners: Manners
    budget: Budget
    end: float
    connected: float
    repeatable: bool = False
    resends: int = 2
    began: float = field(default_factory=time.monotonic)
    attempts: tuple[Attempt, ...] = ()

    async def run(self, send: Send) -> AsyncGenerator[str]:
        """Send until it is answered; each item is a word to whoever waits. Raises the last failure."""
        from tenacity import AsyncRetrying

        self.budget.earn()
        # The waits are ours, so that they can be told second by second.
        async for attempt in AsyncRetrying(retry=self._again, sleep=_at_once, reraise=True):
            if self.attempts:
                async for words in countdown(self.attempts[-1].wait, self._why):
                    yield words
            with attempt, self._recorded():
                await send()

    @property
    def _why(self) -> str:
        last = self.attempts[-1]
        busy = last.status in (408, 409, 429)
        return "The API is busy." if busy else "The API has trouble." if last.status else "The API can't be reached."

    @contextmanager
    def _recorded(self) -> Iterator[None]:
        began = time.monotonic()
        found = Attempt(began - self.began, 0.0)
        try:
            yield
        except ServiceError as failure:
            found = replace(found, failure=type(failure).__name__, reason=failure.message, status=failure.status)
            raise
        finally:
            found = replace(found, duration=time.monotonic() - began)
            self.attempts = (*self.attempts, found)

    def _again(self, state: RetryCallState) -> bool:
        failure = state.outcome.exception() if state.outcome else None
        if not isinstance(failure, ServiceError):
            return False
        wait = self._wait(failure)
        again = wait is not None and self.budget.spend()
        if again and wait:
            self.attempts = (*self.attempts[:-1], replace(self.attempts[-1], wait=wait))
        failure.attempts = self.attempts
        return again

    def _wait(self, failure: ServiceError) -> float | None:
        """Seconds to wait before this is sent again; None where it is not."""
        tried, manners = len(self.attempts), self.manners
        if tried > min(self.resends, resends(failure, self.repeatable)):
            return None
        unsent = isinstance(failure, Unreachable)
        usual = random.uniform(1, 2) * (manners.unsent if unsent else manners.first * 2 ** (tried - 1))
        wait = failure.retry_after or min(usual, manners.longest)
        last = self.connected if unsent else self.end
        return wait if wait <= manners.longest and time.monotonic() + wait < last else None


def resends(failure: ServiceError, repeatable: bool) -> int:
    """How often a call may be sent again that failed so; the table above."""
    if isinstance(failure, RateLimited):
        return 2
    if isinstance(failure, Unavailable) and failure.status:
        return 1 if repeatable or failure.status < 500 else 0
    return 1 if isinstance(failure, Unreachable) and failure.unsent else 0


async def countdown(seconds: float, why: str) -> AsyncGenerator[str]:
    """Wait, and say so each second if it takes more than one."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if seconds > 1:
            yield f"{why} Trying again in {math.ceil(left)} s …"
        left = max(0.0, end - time.monotonic())
        await asyncio.sleep(left - max(0, math.ceil(left) - 1))


async def _at_once(seconds: float) -> None:
    """The loop's own wait."""
