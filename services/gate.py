"""The one way to a route: who asks too often, too much at once or too dear is told so before anything is sent.

Knows visitors, places and budgets; knows nothing about widgets, and nothing of what is asked but its size.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

from services.budget import Budget, Calendar, Left, Reservation
from services.catalog import Task
from services.chat import Completion
from services.errors import Interrupted, MalformedReply, OutOfCredit, RateLimited, ServiceError
from services.ledger import FileLedger, Ledger, SharedLedger
from services.limits import Limits
from services.rates import Rates, in_words, shared_storage
from services.record import Record
from services.routes import Route, Routes
from services.run import Run
from services.runs import Ended, Runs
from services.settings import Settings
from services.slots import Slots, Tell
from services.visitor import Visitor
from services.worth import Asked, partly, reserved

log = logging.getLogger(__name__)

LARGE = 1_000_000  # bytes
_OF = {"session": "of yours", "nameless": "of callers without a session", "address": "from your network"}


class HasRun(Protocol):
    """Any result of ours."""

    @property
    def run(self) -> Run: ...


Result = TypeVar("Result", bound=HasRun)


@dataclass
class Call:
    """A call that was let in: where it goes, and what has come of it so far."""

    route: Route
    asked: Asked
    run: Run | None = None
    written: int = 0
    began: bool = False

    def saw(self, result: Result) -> Result:
        """Take note of a result or of a growing answer, for the bill; hands it on."""
        self.run = result.run
        if isinstance(result, Completion):
            called = sum(len(call.arguments) for call in result.calls)
            self.written = len(result.text) + len(result.reasoning) + called
        return result

    def ended(self, broken: BaseException | None) -> Ended:
        """What is kept of it; nothing more is sent."""
        return Ended.of(self.route.model, self.route.endpoint, self.route.record, self.run, broken)


@dataclass
class _Flying:
    """A visitor's calls under way, and the actions that they belong to."""

    starts: list[float] = field(default_factory=list)
    actions: Counter[str] = field(default_factory=Counter)


class Gate:
    """Made once for all handlers. Counts in this process, but for what the storage and the ledger share."""

    def __init__(
        self,
        settings: Settings,
        routes: Routes,
        *,
        clock: Callable[[], float] = time.monotonic,
        calendar: Calendar | None = None,
        ledger: Ledger | None = None,
        runs: Runs | None = None,
        refused: Callable[[ServiceError], None] = lambda error: None,
    ) -> None:
        self._refused = refused
        self.runs = runs or Runs()
        self._settings, self._routes, self._clock = settings, routes, clock
        self._limits, self._hops = settings.limit, settings.trusted_hops
        self._rates = Rates(self._limits, self._hops, settings.storage.get_secret_value(), clock)
        caps = {"day_usd": settings.budget_day_usd, "visitor_usd": settings.budget_visitor_usd}
        if ledger is None and any(cap is not None for cap in caps.values()):
            ledger = _ledger(settings)
        self._budget = Budget(ledger, **caps, calendar=calendar or Calendar())
        self._flying: dict[str, _Flying] = {}
        self._slots: dict[tuple[Task, bool], Slots] = {
            (task, embedded): Slots(places, self._limits.queue, clock=clock)
            for task, places in _places(self._limits).items()
            for embedded in (False, True)
        }

    @asynccontextmanager
    async def admit(
        self,
        visitor: Visitor,
        task: Task,
        model: str | None = None,
        asked: Asked = Asked(),
        *,
        tell: Tell = lambda words: None,
        action: str = "",
    ) -> AsyncIterator[Call]:
        """Let one call in; `tell` hears in words what a wait is for. Calls of one `action` (a comparison) count once.

        Raises RateLimited with `retry_after`, OutOfCredit for a budget that is used up, and what `Routes.resolve`
        raises. Give every result to `Call.saw`: what nothing is known of is booked at the most it can have cost.
        """
        call: Call | None = None
        try:
            async with self._let_in(visitor, task, model, asked, tell, action) as call:
                yield call
        except (RateLimited, OutOfCredit) as error:
            if call is None:  # ours, not the upstream's
                self._refused(error)
            raise

    @asynccontextmanager
    async def _let_in(
        self, visitor: Visitor, task: Task, model: str | None, asked: Asked, tell: Tell, action: str
    ) -> AsyncIterator[Call]:
        record = Record()
        with self._at_once(visitor, task) as flying:
            if self._settings.rate_limit and not 0 < flying.actions[action] < self._limits.session_calls:
                await self._rates.action(visitor)
            if action:
                flying.actions[action] += 1
            route = await self._routes.resolve(task, model, visitor.key)
            call = Call(replace(route, record=record), asked)
            held = await self._reserved(visitor, call)
            broken: BaseException | None = None
            try:
                async with self._slots[task, call.route.endpoint.embedded].place(tell):
                    call.began = True
                    record.admit()
                    yield call
            except BaseException as error:
                broken = error
                if isinstance(error, ServiceError):
                    error.record = record
                raise
            finally:
                await self._settle(held, call, broken)
                await self._keep(visitor.session, call, broken)

    async def left(self, visitor: Visitor) -> Left | None:
        """What the visitor may still spend of the owner's budget today; None where nothing of theirs counts to it."""
        if visitor.own_key or not self._routes.spends:
            return None
        return await self._budget.left(visitor.account(self._hops))

    async def left_today(self) -> Left | None:
        """What all visitors together may still spend of the owner's budget today; None without one."""
        return await self._budget.today()

    def waiting(self, task: Task) -> int:
        """How many wait for a place, for metrics."""
        return sum(slots.waiting for (kind, _), slots in self._slots.items() if kind == task)

    @contextmanager
    def _at_once(self, visitor: Visitor, task: Task) -> Iterator[_Flying]:
        """Count a call as under way within the block; what else the session has under way comes along."""
        whose = list(self._counted_as(visitor))
        for name, limit in whose if self._settings.rate_limit else ():
            if len(known := self._flying.get(name, _Flying()).starts) >= limit:
                raise self._too_many(f"{limit} calls {_OF[name.split()[0]]} are under way", known, task)
        start, mine = self._clock(), [self._flying.setdefault(name, _Flying()) for name, _ in whose]
        for flying in mine:
            flying.starts.append(start)
        try:
            yield mine[0]
        finally:
            for name, _ in whose:
                self._flying[name].starts.remove(start)
                if not self._flying[name].starts:
                    del self._flying[name]

    def _counted_as(self, visitor: Visitor) -> Iterator[tuple[str, int]]:
        """The names under which calls are counted, the narrowest first, with how many each may have under way."""
        address = visitor.address(self._hops)
        if visitor.session:
            yield f"session {visitor.session}", self._limits.session_calls
        elif not address:
            yield "nameless", self._limits.nameless_calls
        if address:
            yield f"address {address}", self._limits.address_calls

    def _too_many(self, what: str, starts: list[float], task: Task) -> RateLimited:
        typical = self._slots[task, False].typical
        seconds = max((typical or 0) - (self._clock() - min(starts)), 1)
        about = f", in about {in_words(seconds)}" if typical else ""
        return RateLimited(
            f"{what}, which is the limit.",
            remedy=f"Go on when one of them is done{about}, or stop one.",
            retry_after=seconds,
        )

    async def _reserved(self, visitor: Visitor, call: Call) -> Reservation | None:
        endpoint = call.route.endpoint
        if visitor.own_key or endpoint.embedded or not endpoint.key.get_secret_value():
            return None
        usd = reserved(call.route.model, call.asked, self._limits, self._settings.budget_unknown_usd)
        return await self._budget.reserve(visitor.account(self._hops), usd)

    async def _keep(self, session: str, call: Call, broken: BaseException | None) -> None:
        """For the inspector; looking for keys in megabytes of pictures takes a tenth of a second."""
        large = call.route.record.weight > LARGE
        self.runs.keep(session, await asyncio.to_thread(call.ended, broken) if large else call.ended(broken))

    async def _settle(self, held: Reservation | None, call: Call, broken: BaseException | None) -> None:
        usd = spent(call, broken)
        if held is None or usd is None:
            return
        try:
            await held.settle(usd)
        except ServiceError as unwritten:  # the answer is not lost for it; the most it can have cost stays booked
            log.warning("a call was not settled: %s", unwritten.detail)


def spent(call: Call, broken: BaseException | None) -> float | None:
    """US dollars that a call cost: nothing when it was refused, what came when it broke off; None: the most."""
    if not call.began or call.asked.paid:
        return 0.0
    if isinstance(broken, ServiceError) and not isinstance(broken, (Interrupted, MalformedReply)):
        return 0.0
    if call.run is not None and call.run.cost.usd is not None:
        return call.run.cost.usd
    return partly(call.route.model, call.asked, call.written) if broken and call.route.model.task == "chat" else None


def _places(limits: Limits) -> dict[Task, int]:
    return {
        "chat": limits.chats,
        "image": limits.images,
        "transcription": limits.transcriptions,
        "speech": limits.speeches,
    }


def _ledger(settings: Settings) -> Ledger:
    uri = settings.storage.get_secret_value()
    return FileLedger(settings.data) if uri.startswith("memory:") else SharedLedger(shared_storage(uri))
