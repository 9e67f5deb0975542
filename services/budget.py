"""What the owner's key may spend: reserved before a call, settled after it. Knows sums and days; knows no models."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from services.errors import OutOfCredit
from services.ledger import Ledger
from services.rates import in_words

MICRO = 1_000_000
DAY = 86_400.0
EVERYBODY = "everybody"


@dataclass(frozen=True)
class Left:
    """US dollars that are left of today's budget, and the seconds until it starts anew."""

    usd: float
    of_usd: float
    resets_in: float

    @property
    def words(self) -> str:
        """One line for the page."""
        return f"{dollars(self.usd)} of {dollars(self.of_usd)} left for today, anew in {in_words(self.resets_in)}"


class Calendar:
    """The time of day (UTC) by the wall clock at its start and steady from then on: a clock that is set while we run
    neither opens a new day nor closes this one."""

    def __init__(self, wall: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic) -> None:
        self._steady, self._offset = steady, wall() - steady()

    @property
    def now(self) -> float:
        return self._steady() + self._offset

    @property
    def today(self) -> str:
        return datetime.fromtimestamp(self.now, UTC).date().isoformat()

    @property
    def until_tomorrow(self) -> float:
        return DAY - self.now % DAY


class Budget:
    """Holds the owner's two caps; with neither of them everything fits and nothing is written."""

    def __init__(
        self,
        ledger: Ledger | None,
        *,
        day_usd: float | None = None,
        visitor_usd: float | None = None,
        calendar: Calendar,
    ) -> None:
        self._ledger, self._day_usd, self._visitor_usd, self._calendar = ledger, day_usd, visitor_usd, calendar

    async def reserve(self, account: str, usd: float) -> Reservation:
        """Set the sum aside, for this visitor and for the day. Raises OutOfCredit when it does not fit in what is left.

        What is set aside counts as spent until it is settled, also after a crash: the call may have been billed.
        """
        day, caps, amount = self._calendar.today, self._caps(account), _micro(usd)
        if self._ledger is None or not caps:
            return Reservation(None, day, (), 0)
        if not await self._ledger.reserve(day, caps, amount):
            raise await self._refusal(account, usd)
        return Reservation(self._ledger, day, tuple(caps), amount)

    async def left(self, account: str) -> Left | None:
        """The smaller of what is left for this visitor and for the day; None without a budget."""
        caps = self._caps(account)
        if self._ledger is None or not caps:
            return None
        day, until = self._calendar.today, self._calendar.until_tomorrow
        sums = [(cap - await self._ledger.spent(day, name), cap) for name, cap in caps.items()]
        left, of = min(sums)
        return Left(max(left, 0) / MICRO, of / MICRO, until)

    async def today(self) -> Left | None:
        """What is left for all visitors together; None without a budget for the day. Raises Unavailable."""
        if self._ledger is None or self._day_usd is None:
            return None
        spent = await self._ledger.spent(self._calendar.today, EVERYBODY) / MICRO
        return Left(max(self._day_usd - spent, 0), self._day_usd, self._calendar.until_tomorrow)

    def _caps(self, account: str) -> dict[str, int]:
        caps = {EVERYBODY: self._day_usd, account: self._visitor_usd}
        return {name: math.floor(usd * MICRO) for name, usd in caps.items() if usd is not None}

    async def _refusal(self, account: str, usd: float) -> OutOfCredit:
        left = await self.left(account)
        assert left
        return OutOfCredit(
            f"This can cost {dollars(usd)}; {dollars(left.usd)} is left of today's {dollars(left.of_usd)}.",
            remedy=(
                f"Use a key of your own, a cheaper model or the embedded engine; "
                f"the budget starts anew in {in_words(left.resets_in)}."
            ),
            retry_after=left.resets_in,
        )


@dataclass
class Reservation:
    """A sum that is set aside on some accounts of a day."""

    ledger: Ledger | None
    day: str
    accounts: tuple[str, ...]
    amount: int

    async def settle(self, usd: float) -> None:
        """Put what it really was in the place of what was set aside."""
        really = _micro(usd)
        difference, self.amount = really - self.amount, really
        if self.ledger is not None and difference:
            await self.ledger.add(self.day, self.accounts, difference)


def _micro(usd: float) -> int:
    """In millionths, rounded up, but not for the last digit of a binary fraction."""
    return math.ceil(round(usd * MICRO, 3))


def dollars(usd: float) -> str:
    """As many digits as it takes to see something: $2.00, $0.015, less than $0.0001."""
    if 0 < usd < 0.0001:
        return "less than $0.0001"
    whole, _, digits = f"{usd:,.4f}".partition(".")
    return f"${whole}.{digits.rstrip('0'):0<2}"
