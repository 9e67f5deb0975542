"""Gradio's blocks with words of ours where an input is refused. Knows nothing about what is on the page."""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import gradio as gr
from gradio.blocks import BlocksConfig
from gradio.queueing import Queue

from components.alerts import logged
from services import logs

NOTHING: Mapping[str, Any] = MappingProxyType({})  # one for all: a session has some 250 components
UNREAD = 500  # ended calls by plain HTTP whose results may still be read
REFUSED = (
    "A value was not accepted: it is of the wrong kind, or a file that was not uploaded here. "
    "Compare it with “Use via API” on the page, and upload files first."
)


class PlainBlocks(gr.Blocks):
    """What a component refuses becomes one sentence; Gradio's own words quote paths and the library's insides."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.default_config = _Config(self)
        self._ended: deque[str] = deque()

    def queue(self, *, max_size: int | None = None, default_concurrency_limit: int | None = None) -> PlainBlocks:
        """Take so many events at most. Gradio's own builds a whole web application each time, which launch() builds
        anew: a tenth of the start. Called by Gradio too, while the blocks are made."""
        self._queue = Queue(
            live_updates=True,
            concurrency_count=self.max_threads,
            update_intervals=1,
            max_size=max_size,
            blocks=self,
            default_concurrency_limit=default_concurrency_limit,
        )
        return self

    async def process_api(self, *args: Any, **kwargs: Any) -> Any:
        """Carry out any event of the page, the API or MCP. Raises gr.Error alone: what else is raised, Gradio prints
        with all its words, which may be a visitor's."""
        session, event, more = kwargs.get("session_hash"), kwargs.get("event_id"), False
        with logs.about(session=logs.short(str(session or ""))):
            try:
                done = await super().process_api(*args, **kwargs)
                more = bool(done.get("is_generating"))
                return done
            except gr.Error:
                raise
            except Exception as error:  # noqa: BLE001 - the last place before Gradio's own
                raise gr.Error(logged(error).sentence, print_exception=False) from None
            finally:
                if session and session == event and not more:
                    self._forget(session)

    def _forget(self, session: str) -> None:
        """Drop what Gradio made for a call by plain HTTP: a session of its own, named like the event, that nobody can
        come back to. It would keep 40 kB of each until there are ten thousand."""
        self.state_holder.session_data.pop(session, None)
        self.state_holder.time_last_used.pop(session, None)
        self._ended.append(session)  # what came of it is read now; the queue would keep the empty places for good
        while len(self._ended) > UNREAD:
            oldest = self._ended.popleft()
            self._queue.pending_messages_per_session.pop(oldest, None)
            self._queue.pending_event_ids_session.pop(oldest, None)

    async def postprocess_data(self, block_fn: Any, predictions: Any, state: Any) -> list[Any]:
        """Work on the outputs that an update names. Gradio builds each of the others anew too, a dozen for a token."""
        named = [output for output in block_fn.outputs if isinstance(predictions, dict) and output in predictions]
        if not named or len(named) < len(predictions):  # no update by components, or a wrong one: Gradio says so
            return await super().postprocess_data(block_fn, predictions, state)
        few = copy.copy(block_fn)
        few.outputs = named
        # Gradio takes the one value of a single output bare, and fails where it comes in a dictionary.
        update = predictions if len(named) > 1 else predictions[named[0]]
        done = dict(zip(named, await super().postprocess_data(few, update, state), strict=True))
        return [done[it] if it in done else None if it.stateful else gr.skip() for it in block_fn.outputs]

    async def preprocess_data(self, *args: Any, **kwargs: Any) -> Any:
        """Check what came in, as Gradio does. Raises gr.Error for whatever is refused."""
        try:
            return await super().preprocess_data(*args, **kwargs)
        except Exception as refused:  # noqa: BLE001 - whatever a component raises, it refused this
            logs.log.info("refused", outcome="input", kind=type(refused).__name__)
            raise gr.Error(REFUSED, print_exception=False) from None


class _Config(BlocksConfig):
    """The page's components and events, of which each session gets a copy that configures nothing.

    Gradio works out what a page shows for every component of every session, 40 ms and 0.2 MB of it, and reads that for
    deep links alone, which are closed here (components/web.py).
    """

    def __copy__(self) -> Any:
        session: Any = super().__copy__()  # type: ignore[no-untyped-call]
        session.config_for_block = _configured
        return session


def _configured(number: int, rendered: list[int], block: Any, renderable: Any = None) -> Mapping[str, Any]:
    """The configuration of what a session renders itself, nothing for what the page has for everybody."""
    return BlocksConfig.config_for_block(number, rendered, block, renderable) if renderable else NOTHING
