"""Counts and durations for Prometheus, in a registry of their own. Knows numbers; knows nothing about who asked.

Labels come from short lists of ours; nothing that a visitor or an upstream writes becomes one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from services.budget import Left
from services.run import Run

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.1, 0.3, 1, 3, 10, 30, 60, 120, 300, 600)
FIRST = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60)


class Metrics:
    """One playground's figures since its start."""

    def __init__(self) -> None:
        self._registry = own = CollectorRegistry()
        ProcessCollector(registry=own)
        which = ("task", "answered_by")
        self.actions = Counter("playground_actions", "Actions that ended.", (*which, "outcome"), registry=own)
        self.seconds = Histogram("playground_action_seconds", "How long.", which, registry=own, buckets=SECONDS)
        self.first = Histogram("playground_first_token_seconds", "Until it spoke.", which, registry=own, buckets=FIRST)
        self.in_flight = Gauge("playground_in_flight", "Actions under way.", ("task",), registry=own)
        self.attempts = Counter("playground_attempts", "Calls sent upstream.", which, registry=own)
        self.tokens = Counter("playground_tokens", "As the upstream counts.", (*which, "kind"), registry=own)
        self.spent = Counter("playground_spent_usd", "Billed, or estimated.", (*which, "kind"), registry=own)
        self._budget = Gauge("playground_budget_usd", "Of the owner's key, today.", ("what",), registry=own)
        self.refused = Counter("playground_refused", "Asked, but not begun.", ("reason",), registry=own)

    def watch(self, engine_up: Callable[[], bool], engine_starts: Callable[[], int]) -> None:
        """Ask these for the embedded engine's state whenever somebody reads the figures."""
        self._registry.register(_EngineFigures(engine_up, engine_starts))

    def gauge(self, name: str, about: str, value: Callable[[], float]) -> None:
        """One more figure that is asked for when somebody reads."""
        Gauge(f"playground_{name}", about, registry=self._registry).set_function(value)

    def budget(self, left: Left | None) -> None:
        """What is left of the owner's budget for today, and what it is in all; nothing is told where there is none."""
        if left is not None:
            self._budget.labels("left").set(left.usd)
            self._budget.labels("day").set(left.of_usd)

    def ended(self, task: str, answered_by: str, outcome: str, seconds: float, attempts: int, run: Run | None) -> None:
        """Count an action; `run` is None where nothing came."""
        self.actions.labels(task, answered_by, outcome).inc()
        self.seconds.labels(task, answered_by).observe(seconds)
        self.attempts.labels(task, answered_by).inc(attempts)
        if run is None:
            return
        if run.first_token is not None:
            self.first.labels(task, answered_by).observe(run.first_token)
        self.tokens.labels(task, answered_by, "prompt").inc(run.usage.prompt_tokens or 0)
        self.tokens.labels(task, answered_by, "completion").inc(run.usage.completion_tokens or 0)
        self.spent.labels(task, answered_by, run.cost.kind).inc(run.cost.usd or 0)

    def exposed(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self._registry)


class _EngineFigures(Collector):
    def __init__(self, up: Callable[[], bool], starts: Callable[[], int]) -> None:
        self._up, self._starts = up, starts

    def collect(self) -> Iterable[Metric]:
        yield GaugeMetricFamily("playground_engine_up", "Whether the embedded engine's process runs.", self._up())
        again = max(0, self._starts() - 1)
        yield CounterMetricFamily("playground_engine_restarts", "Starts of it after the first.", again)
