"""Leaves an upstream alone while it is down, and tries again by itself. Knows no calls and no waiting.

Of the ready ones, pybreaker and aiobreaker keep their times by the wall clock, and circuitbreaker lets everybody
through at once when it is time to try again and takes a cancelled call for a success.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

from services.errors import ServiceError, Unavailable, Unreachable
from services.refusals import in_words

MOST = 1000


class Breaker:
    """Shut after `failures` in a row; then one call in each `cooldown` seconds finds out, until one is answered."""

    def __init__(self, failures: int, cooldown: float) -> None:
        self._failures, self._cooldown = failures, cooldown
        self._row = 0
        self._next = 0.0

    @property
    def shut_for(self) -> float:
        """Seconds until somebody may try again; 0 when anybody may call."""
        return max(0.0, self._next - time.monotonic()) if self._row >= self._failures else 0.0

    def admit(self) -> None:
        """Take the place of the one who tries, where it is taken in turns. Only when `shut_for` is 0."""
        if self._row >= self._failures:
            self._next = time.monotonic() + self._cooldown

    def failed(self) -> None:
        self._row += 1
        if self._row == self._failures:  # later ones are old calls, or the one who tried: their time is set
            self._next = time.monotonic() + self._cooldown

    def answered(self) -> None:
        self._row = 0


class Breakers:
    """One for each root that can't be reached, and one for each model there that fails.

    Apart, so that a visitor who asks for a broken model, or sends what breaks it, shuts that model off and not the root
    for everybody. No key has a part in it: one that is refused is an answer.
    """

    def __init__(self, failures: int, cooldown: float) -> None:
        self._failures, self._cooldown = failures, cooldown
        self._breakers: OrderedDict[tuple[str, str], Breaker] = OrderedDict()

    @contextmanager
    def guarding(self, root: str, model: str, who: str) -> Iterator[None]:
        """Around one sending until it is answered. Raises Unavailable at once while `who` is left alone."""
        reached, works = self._of(root, ""), self._of(root, model or "?")
        wait = max(reached.shut_for, works.shut_for)
        if wait:
            raise Unavailable(
                f"{who} does not answer at the moment; we try again in {in_words(wait)}.",
                remedy="Send it again then, or choose a model of the embedded engine.",
                retry_after=wait,
            )
        reached.admit()
        works.admit()
        try:
            yield
        except ServiceError as failure:
            if isinstance(failure, Unreachable) and failure.unsent:
                reached.failed()
                raise
            reached.answered()
            if isinstance(failure, Unreachable) or failure.status >= 500:
                works.failed()
            else:
                works.answered()
            raise
        reached.answered()
        works.answered()

    def _of(self, root: str, model: str) -> Breaker:
        key = (root, model)
        if key not in self._breakers:
            self._breakers[key] = Breaker(self._failures, self._cooldown)
            if len(self._breakers) > MOST:
                self._breakers.popitem(last=False)
        self._breakers.move_to_end(key)
        return self._breakers[key]
