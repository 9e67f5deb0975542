"""The runs that ended last, by whose they are: for the inspector. Knows how many may be kept; knows nothing of HTTP."""

from __future__ import annotations

from collections import Counter, OrderedDict
from dataclasses import dataclass, replace

from pydantic import SecretStr

from services.blotter import Blotter
from services.endpoint import Endpoint
from services.errors import ServiceError
from services.record import Record
from services.rows import Model
from services.run import Attempt, Run


@dataclass(frozen=True)
class Failure:
    """Why a run has no result: the error's name (`Stopped` for one that a person ended), its words and its remedy."""

    kind: str
    message: str
    remedy: str = ""
    request_id: str = ""


@dataclass(frozen=True)
class Ended:
    """One call that ended, well or not; `endpoint` has no key any more, `run` is what was known of it by then."""

    model: Model
    endpoint: Endpoint
    record: Record
    run: Run | None = None
    failure: Failure | None = None
    attempts: tuple[Attempt, ...] = ()

    @classmethod
    def of(
        cls, model: Model, endpoint: Endpoint, record: Record, run: Run | None, broken: BaseException | None
    ) -> Ended:
        """What is kept of a call; the record is sealed, so that no key of its endpoint is in it."""
        blot = Blotter(endpoint.key.get_secret_value())
        record.seal(blot)
        failure = None
        if broken is not None:
            failure = Failure("Stopped", "Stopped before it was finished.")
        if isinstance(broken, ServiceError):
            failure = Failure(type(broken).__name__, broken.message, broken.remedy, broken.request_id)
        elif isinstance(broken, Exception):
            failure = Failure("Unexpected", "Something went wrong on our side.")
        attempts = getattr(broken, "attempts", ()) or (run.attempts if run else ())
        if run:
            run = replace(run, request_id=blot.text(run.request_id), notice=blot.text(run.notice))
        return cls(model, replace(endpoint, key=SecretStr("")), record, run, failure, attempts)


class Runs:
    """In this process only; what was not looked at for longest goes first."""

    def __init__(self, most: int = 60, most_bytes: int = 24_000_000) -> None:
        self._most, self._most_bytes = most, most_bytes
        self._kept: OrderedDict[tuple[str, str], Ended] = OrderedDict()
        self._weights: dict[tuple[str, str], int] = {}
        self._of: Counter[str] = Counter()
        self._bytes = 0

    def keep(self, session: str, ended: Ended) -> None:
        """Keep it for whoever names this session; a caller without one could not ask for it, nor could anyone else."""
        if not session or not ended.record.exchanges:
            return
        name = (session, ended.record.id)
        self._forget(name)
        self._kept[name], self._weights[name] = ended, ended.record.weight
        self._of[session] += 1
        self._bytes += self._weights[name]
        while self._of[session] > self._most:
            self._forget(next(other for other in self._kept if other[0] == session))
        while self._bytes > self._most_bytes:
            self._forget(next(iter(self._kept)))

    def get(self, session: str, run_id: str) -> Ended | None:
        """A run of this session."""
        found = self._kept.get((session, run_id))
        if found:
            self._kept.move_to_end((session, run_id))
        return found

    def _forget(self, name: tuple[str, str]) -> None:
        if self._kept.pop(name, None) is None:
            return
        self._bytes -= self._weights.pop(name)
        self._of[name[0]] -= 1
        if not self._of[name[0]]:
            del self._of[name[0]]
