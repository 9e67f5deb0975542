"""The two ways by which a page reads the news of its conversation: a stream of this app's own, past Gradio's queue,
and the queue where that stream can't be had. Knows HTTP and events; knows nothing about what the news say.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any
from uuid import uuid4

import gradio as gr
from pydantic import ValidationError
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from components import alerts
from components.desk import Order
from components.exchange import Exchange, News
from components.job import Job
from components.visitor import SESSION_HEADER, visitor_of
from services import logs
from services.errors import InvalidInput, ServiceError

BODY = 8_000_000
# Proxies that gather what is small, or pack it, would hold the words back.
HEADERS = {"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"}


def route(exchange: Exchange) -> Route:
    """`POST /lane`: an order as JSON in, its news out, one JSON object a line. For this page's own script only."""

    async def lane(request: Request) -> Response:
        body = await posted(request)
        return body if isinstance(body, Response) else Lines(told(exchange, body, request))

    return Route("/lane", lane, methods=["POST"])


async def posted(request: Request) -> bytes | Response:
    """The JSON that this page's own script sent, or the refusal of what can't be that."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return PlainTextResponse("Another site's page may not order here.", 403)
    if request.headers.get("content-type", "").split(";")[0] != "application/json":
        return PlainTextResponse("JSON, please.", 415)  # a type that another site can't send unasked
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > BODY:
            return PlainTextResponse("Too large.", 413)
    return bytes(body)


async def told(exchange: Exchange, text: str | bytes, request: Any) -> AsyncGenerator[News]:
    """The news of an order in JSON; what can't be an order is news too."""
    try:
        order = Order.model_validate_json(text)
        visitor = visitor_of(request, order.desk)
    except (ValidationError, ServiceError) as wrong:
        yield {"notice": alerts.failure(alerts.logged(plain(wrong))), "refused": True, "running": False}
        return
    async with aclosing(exchange.carry_out(order, visitor)) as all_news:
        async for news in all_news:
            yield news


def plain(wrong: ValidationError | ServiceError) -> ServiceError:
    """What is wrong with an order, in words."""
    if isinstance(wrong, ServiceError):
        return wrong
    where = ".".join(str(step) for step in wrong.errors()[0]["loc"]) or "the order"
    return InvalidInput(
        f"This can't be sent: “{where}” is not of the right kind.", remedy="Change it, or reload the page."
    )


class Lines(Response):
    """One JSON object a line, until the news end or nobody listens any more; the news are closed either way.

    Starlette's own streaming answer is cancelled when the browser goes, again at each `await` of what cleans up, so
    that the upstream would stay open.
    """

    media_type = "application/x-ndjson"

    def __init__(self, all_news: AsyncGenerator[News]) -> None:
        super().__init__(headers=HEADERS)
        del self.headers["content-length"]
        self._news = all_news

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start: Message = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        listening = Job()
        watcher = asyncio.create_task(_gone(receive, listening))
        try:
            with logs.about(session=logs.short(Headers(scope=scope).get(SESSION_HEADER, ""))):
                async with aclosing(listening.each(self._news)) as all_news:
                    async for news in all_news:
                        if start:
                            await send(start)
                            start = {}
                        await send({"type": "http.response.body", "body": _line(news), "more_body": True})
        finally:
            watcher.cancel()
        if start:
            await send(start)
        await send({"type": "http.response.body", "body": b""})


async def _gone(receive: Receive, listening: Job) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    listening.stop()


def _line(news: News) -> bytes:
    try:
        return json.dumps(news, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    except UnicodeEncodeError:  # half of a pair that was cut between two events: the page puts it together
        return json.dumps(news, separators=(",", ":")).encode() + b"\n"


async def gathered(all_news: AsyncGenerator[News]) -> AsyncGenerator[News]:
    """For the queue, which may leave one update out for a later one: each with all that was told so far."""
    whole: News = {"id": uuid4().hex}  # else the same news twice would be no change
    async with aclosing(all_news):
        async for news in all_news:
            if "add" in news:
                last = whole["messages"][-1]
                content = [{**last["content"][0], "text": last["content"][0]["text"] + news["add"]}]
                whole = {**whole, "messages": [*whole["messages"][:-1], {**last, "content": content}]}
            else:
                whole = {**whole, **news}
            yield whole


def queued(exchange: Exchange) -> Any:
    """The same by one queued event: the order as text in, the news so far out."""

    async def answer(order: str, request: gr.Request) -> AsyncGenerator[News]:
        async with aclosing(gathered(told(exchange, order, request))) as all_news:
            async for news in all_news:
                yield news

    return answer
