"""One model and its queue: loaded at first use, one job at a time, given back after idle. Knows nothing about HTTP."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import logging
import sys
import threading
import time
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from services.embedded.problems import Problem

log = logging.getLogger(__name__)

Model = TypeVar("Model")
Item = TypeVar("Item")
Emit = Callable[[Any], bool]
"""Hands one item to who asked; True when they have gone and the job should end."""


TRY_AGAIN_SECONDS = 30.0
"""How long a model that failed to load answers with the reason before it is tried again."""


@dataclass(frozen=True)
class Waiting:
    """A job that has not begun: what it waits for, in a few words."""

    reason: str


class Unavailable(Exception):
    """A model that can't run here; the message says why and what to do."""


class Worker(Generic[Model]):
    """Owns one thread, in which its model lives; whoever goes away frees the place at once, or ends the running job."""

    def __init__(self, name: str, load: Callable[[Worker[Model]], Model], *, limit: int = 20) -> None:
        self.name = name
        self._load = load
        self.limit = limit
        self._model: Model | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._lock = threading.Lock()
        self._running = 0
        self._waiting = 0
        self._usual = 0.0
        self.state = "cold"
        self.message = ""
        self.progress = (0, 0)
        self.forgotten = False
        """Given back after idle: not to be got ready again before somebody asks."""
        self.used = 0.0
        """When somebody last wanted something of it, by the monotonic clock; 0: never."""
        self.touched = time.monotonic()
        self._try_again = 0.0

    @property
    def busy(self) -> bool:
        return bool(self._running or self._waiting)

    @property
    def expected_wait(self) -> float | None:
        """Seconds until a job handed in now would begin, from how long earlier ones took; None when that is unknown."""
        if not self.busy:
            return 0.0
        return (self._running + self._waiting) * self._usual if self._usual else None

    def status(self) -> dict[str, Any]:
        """The row of this model in the engine's status."""
        received, total = self.progress
        wait = self.expected_wait
        return {
            "state": self.state,
            "received": received,
            "total": total,
            "running": self._running,
            "waiting": self._waiting,
            "expected_wait": None if wait is None else round(wait, 1),
            "message": self.message,
        }

    async def stream(self, job: Callable[[Model, Emit], None], *, wanted: bool = True) -> AsyncGenerator[Any, None]:
        """The items that the job emits, preceded by `Waiting` notes as long as it has not begun.

        Closing the generator ends the job. Raises `Problem` 503 when the queue is full or the model can't run.
        """
        with self._lock:
            if self._waiting >= self.limit:
                after = max(1, round(self.expected_wait or 10))
                raise Problem(503, f"{self._waiting} others wait for this model; try again later.", retry_after=after)
            place = self._waiting + self._running
            self._waiting += 1
            self.used = time.monotonic() if wanted else self.used
        loop, items, end = asyncio.get_running_loop(), asyncio.Queue[Any](), object()
        begun, gone = threading.Event(), threading.Event()

        def emit(item: Any) -> bool:
            if not gone.is_set():
                loop.call_soon_threadsafe(items.put_nowait, item)
            return gone.is_set()

        future = loop.run_in_executor(self._thread, self._run, job, emit, begun, gone)
        future.add_done_callback(lambda _: items.put_nowait(end))
        started = False
        try:
            while True:
                try:
                    item = await asyncio.wait_for(items.get(), None if started else 0.5)
                except TimeoutError:
                    yield Waiting(self._why(place))
                    continue
                if item is end:
                    break
                started = True
                yield item
            self._raise(future)
        finally:
            with self._lock:
                gone.set()
                self._waiting -= not begun.is_set()
            if not future.done():
                future.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def call(self, job: Callable[[Model], Item], *, wanted: bool = True) -> Item:
        """The one result of a job; cancelling the call takes it out of the queue."""
        results = [
            item async for item in self.stream(lambda model, emit: _emit_result(job, model, emit), wanted=wanted)
        ]
        result: Item = next(item for item in results if not isinstance(item, Waiting))
        return result

    async def warm(self) -> None:
        """Load the model if it is not; a failure is kept in `state` and `message`, for whoever asks next."""
        try:
            await self.call(lambda model: None, wanted=False)
        except Problem as problem:
            log.warning("%s: %s", self.name, problem.message)

    def forget(self) -> None:
        """Give the model's memory back; it is loaded again when it is needed."""
        if not self.busy:
            self.forgotten = True
            self._thread.submit(self._unload)

    def _run(
        self, job: Callable[[Model, Emit], None], emit: Emit, begun: threading.Event, gone: threading.Event
    ) -> None:
        with self._lock:
            if gone.is_set():
                return
            begun.set()
            self._waiting -= 1
            self._running = 1
        try:
            model = self._loaded()
            began = time.monotonic()
            job(model, emit)
            took = time.monotonic() - began
            if took > 0.01:  # getting ready is no job to learn from
                self._usual = took if not self._usual else 0.7 * self._usual + 0.3 * took
        finally:
            self.touched = time.monotonic()
            self._running = 0

    def _loaded(self) -> Model:
        if self._model is not None:
            return self._model
        if self.state == "unavailable" and time.monotonic() < self._try_again:
            raise Unavailable(self.message)
        self.state = "loading"
        try:
            self._model = self._load(self)
        except (Unavailable, ImportError, OSError, RuntimeError) as problem:
            known = isinstance(problem, Unavailable)
            self.message = str(problem) if known else f"{self.name} could not be loaded on this machine ({problem})."
            self.state, self._try_again = "unavailable", time.monotonic() + TRY_AGAIN_SECONDS
            raise Unavailable(self.message) from problem
        self.state, self.message, self.forgotten = "warm", "", False
        return self._model

    def _unload(self) -> None:
        self._model = None
        self.state = "cold"
        gc.collect()
        if sys.platform == "linux":
            ctypes.CDLL(None).malloc_trim(0)  # glibc keeps freed memory unless told

    def _why(self, place: int) -> str:
        received, total = self.progress
        if self.state == "fetching":
            return f"fetching {received / 1e6:.0f} of {total / 1e6:.0f} MB"
        if self.state == "loading":
            return "loading the model"
        wait = f", about {place * self._usual:.0f} s" if self._usual and place else ""
        return f"queue {place}{wait}" if place else "starting"

    @staticmethod
    def _raise(future: asyncio.Future[None]) -> None:
        try:
            future.result()
        except Unavailable as reason:
            raise Problem(503, str(reason)) from reason


def _emit_result(job: Callable[[Model], Item], model: Model, emit: Emit) -> None:
    emit(job(model))
