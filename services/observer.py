"""Sees every action from begin to end: one line in the log, and the counts. Knows outcomes; changes no answer."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from services import logs
from services.endpoint import Endpoint
from services.errors import InvalidInput, ServiceError
from services.metrics import Metrics
from services.redaction import Redactor
from services.run import Run, Stopwatch

CAUSES = 5
STOPPED, UNEXPECTED, DONE = "Stopped", "Unexpected", "ok"
_MODEL = re.compile(r"[\w./:@#+-]{1,80}")
_FINISH = re.compile(r"[a-z_ ]{1,20}")


@dataclass
class Action:
    """What is under way; whoever works on it leaves the run here as soon as there is one."""

    task: str
    endpoint: Endpoint
    model: str
    run: Run | None = None
    finish: str = ""


class Observer:
    """One for the whole playground."""

    def __init__(self, redactor: Redactor, metrics: Metrics) -> None:
        self.redactor, self.metrics = redactor, metrics

    @contextmanager
    def action(self, task: str, endpoint: Endpoint, model: str = "") -> Iterator[Action]:
        """Around one action. Its key is blotted out of all that is written meanwhile, its error included."""
        action, watch, error = Action(task, endpoint, model), Stopwatch(), None
        in_flight = self.metrics.in_flight.labels(task)
        in_flight.inc()
        with self.redactor.knowing(endpoint.key):
            try:
                yield action
            except BaseException as failed:
                error = self.redactor.hide(failed) if isinstance(failed, ServiceError) else failed
                raise
            finally:
                in_flight.dec()
                self._tell(action, watch.seconds, error)

    def _tell(self, action: Action, seconds: float, error: BaseException | None) -> None:
        outcome, run = _outcome(error), action.run
        sent = len(getattr(error or run, "attempts", ())) or (1 if run else 0)
        self.metrics.ended(action.task, _who(action.endpoint), outcome, seconds, sent, run)
        facts: dict[str, Any] = {"task": action.task, "model": _plain(_MODEL, run.model if run else action.model)}
        facts |= {"endpoint": action.endpoint.name, "outcome": outcome}
        facts |= {"seconds": round(seconds, 3), "attempts": sent}
        if run:
            facts |= _facts(run) | {"finish": _plain(_FINISH, action.finish)}
        if isinstance(error, ServiceError):
            facts |= {"status": error.status or None, "request": error.request_id, "cause": _cause(error)}
        if outcome == UNEXPECTED:
            facts["exc_info"] = error
        if error:
            logs.tell_once(error)
        logs.log.log(_level(error), "action", **{name: fact for name, fact in facts.items() if fact not in (None, "")})


def _outcome(error: BaseException | None) -> str:
    """One of a short list: ok, the name of an error of ours, Stopped, Unexpected."""
    if error is None:
        return DONE
    if isinstance(error, ServiceError):
        return type(error).__name__
    return STOPPED if isinstance(error, (asyncio.CancelledError, GeneratorExit)) else UNEXPECTED


def _cause(error: BaseException | None) -> str:
    """The kind of what a library said first, "" where no library did."""
    for _ in range(CAUSES):  # an error that was raised from itself is its own cause, without end
        if isinstance(error, ServiceError):
            error = error.__cause__
    return type(error).__name__ if error and not isinstance(error, ServiceError) else ""


def _level(error: BaseException | None) -> int:
    if error is None or isinstance(error, InvalidInput) or _outcome(error) == STOPPED:
        return logging.INFO
    return logging.WARNING if isinstance(error, ServiceError) else logging.ERROR


def _who(endpoint: Endpoint) -> str:
    return "engine" if endpoint.embedded else "api" if endpoint.is_aimlapi else "other"


def _facts(run: Run) -> dict[str, Any]:
    return {
        "run": run.id,
        "request": run.request_id,
        "first_token": None if run.first_token is None else round(run.first_token, 3),
        "prompt_tokens": run.usage.prompt_tokens,
        "completion_tokens": run.usage.completion_tokens,
        "usd": run.cost.usd,
        "cost": run.cost.kind,
    }


def _plain(pattern: re.Pattern[str], text: str) -> str:
    """A visitor may write anything where an id is meant; only what looks like one is repeated."""
    return text if not text or pattern.fullmatch(text) else "(odd)"
