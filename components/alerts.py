"""Where an error of ours becomes what a person sees. Knows widgets and sentences; knows nothing about causes."""

from __future__ import annotations

import functools
import html
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import Any, ParamSpec, TypeVar

import gradio as gr

from components.arguments import fitted
from services import logs
from services.errors import Interrupted, InvalidInput, NotFound, OutOfCredit, ServiceError, Unauthorized
from services.gate import Call

Updates = dict[Any, Any]
Admitted = Callable[[Call], None]
P = ParamSpec("P")
T = TypeVar("T")

RETRY = ("retry", "Retry")
CONTINUE = ("continue", "Continue")
INSPECT = ("inspect", "Inspect")
KEY = ("key", "Open key panel")

OUR_FAULT = ServiceError(
    "Something went wrong on our side.", remedy="Try again; if it stays, reload the page. Nothing you wrote is lost."
)


def card(kind: str, title: str, text: str, *actions: tuple[str, str], aside: str = "", run: str = "") -> str:
    """A notice of ours: `kind` is cut, failed or info; actions are (name, label) pairs that page.js carries out.

    `run` is the id of the run that it is about, by which the inspector finds it.
    """
    buttons = "".join(f'<button type="button" data-act="{act}">{html.escape(label)}</button>' for act, label in actions)
    role = "alert" if kind == "failed" else "status"
    extra = f" <code>{html.escape(aside)}</code>" if aside else ""
    about = f' data-run="{html.escape(run)}"' if run else ""
    return (
        f'<div class="notice {kind}" role="{role}"{about}><p><b>{html.escape(title)}</b> {html.escape(text)}{extra}</p>'
        f'<span class="acts">{buttons}</span></div>'
    )


def failure(error: ServiceError, *actions: tuple[str, str]) -> str:
    """The card for an error: cause, remedy, request id, and what can be pressed."""
    kind = "cut" if isinstance(error, (Interrupted, InvalidInput)) else "failed"
    if isinstance(error, (Unauthorized, OutOfCredit)):
        actions = (KEY, *actions)
    if isinstance(error, (InvalidInput, NotFound)):
        actions = tuple(action for action in actions if action not in (RETRY, CONTINUE))
    if error.run_id:
        actions = (*actions, INSPECT)
    aside = f"request {error.request_id}" if error.request_id else ""
    return card(kind, error.message, error.remedy, *actions, aside=aside, run=error.run_id)


def stopped(calls: Sequence[Call], again: tuple[str, str] = RETRY) -> str:
    """The card for what a person stopped before anything came of it; no call: it had not been let in."""
    sent = [call.route for call in calls if call.route.record.exchanges]
    if not sent:
        return card("cut", "Stopped.", "Nothing was sent.", again)
    billed = "" if sent[-1].endpoint.embedded else " It may be billed all the same."
    return card("cut", "Stopped.", f"Nothing came back.{billed}", again, INSPECT, run=sent[-1].record.id)


def logged(error: BaseException) -> ServiceError:
    """What a person may see of it. What ended an action has its line in the log by then; all else gets one here."""
    if logs.tell_once(error):
        if isinstance(error, ServiceError):
            logs.log.info("refused", outcome=type(error).__name__, status=error.status, request=error.request_id)
        else:
            logs.log.error("unexpected", outcome=type(error).__name__, exc_info=error)
    return error if isinstance(error, ServiceError) else OUR_FAULT


def alerting(
    settle: Callable[[Updates, ServiceError], Updates],
) -> Callable[[Callable[P, AsyncGenerator[Updates]]], Callable[P, AsyncGenerator[Updates]]]:
    """For an event of the page: what was shown so far and the error become the last update."""

    def wrap(handler: Callable[P, AsyncGenerator[Updates]]) -> Callable[P, AsyncGenerator[Updates]]:
        @functools.wraps(handler)
        async def guarded(*args: P.args, **kwargs: P.kwargs) -> AsyncGenerator[Updates]:
            shown: Updates = {}
            try:
                async with aclosing(handler(*args, **kwargs)) as updates:
                    async for update in updates:
                        shown = {**shown, **update}
                        yield update
            except Exception as error:  # noqa: BLE001 - the one place that catches
                yield settle(shown, logged(error))

        return guarded

    return wrap


def answering(call: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """For an endpoint of the API: an error becomes one sentence that the caller receives."""

    @functools.wraps(call)
    async def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await call(*fitted(call, args), **kwargs)
        except Exception as error:  # noqa: BLE001 - the one place that catches
            raise gr.Error(logged(error).sentence, print_exception=False) from None

    return guarded


def answering_stream(call: Callable[P, AsyncGenerator[T]]) -> Callable[P, AsyncGenerator[T]]:
    """The same for an endpoint that streams."""

    @functools.wraps(call)
    async def guarded(*args: P.args, **kwargs: P.kwargs) -> AsyncGenerator[T]:
        try:
            async with aclosing(call(*fitted(call, args), **kwargs)) as items:
                async for item in items:
                    yield item
        except Exception as error:  # noqa: BLE001 - the one place that catches
            raise gr.Error(logged(error).sentence, print_exception=False) from None

    return guarded
