"""A visitor's page of the playground as far as the wire sees it: orders what chat.js orders, by the lane or the queue.

The only module here that knows the playground's own protocol (components/exchange.py says what the news are).
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any, Literal, get_args

from benchmarks.page.queued import Form, Session
from benchmarks.page.upstream import SCRIPTED
from benchmarks.page.wire import Ear, Timed, request

Way = Literal["lane", "queue"]
WAYS: tuple[Way, ...] = get_args(Way)
BOX = "#message textarea"
LIMITS_OFF = {"AIML_RATE_LIMIT": "0", "AIML_LIMIT_CHATS": "1000"}
SETTINGS = {"model": SCRIPTED, "system": "", "temperature": 1.0, "top_p": 1.0, "max_tokens": 8192}


def address(url: str, way: Way) -> str:
    """Where a browser is sent, so that its page asks this way."""
    return url if way == "lane" else f"{url}/?lane=off"


async def form(url: str) -> Form:
    """The page's queued order, which is how it asks where the lane can't be had."""
    return await Form.of(url, "act-queue", "click")


class Visitor:
    """One open page; its conversation, `turns`, grows with each question."""

    def __init__(self, url: str, session: Session, form: Form, way: Way = "lane") -> None:
        self._url, self._session, self._form, self._way = url, session, form, way
        self._desk = secrets.token_urlsafe(24)
        self.turns: list[dict[str, Any]] = []

    @classmethod
    async def open(cls, url: str, form: Form, way: Way = "lane") -> Visitor:
        """What a browser does as it opens the page, before anything is asked."""
        return cls(url, await Session.open(url, form), form, way)

    async def ask(self, script: str, tokens: int, *, lay: bool = False) -> Timed:
        """Send a message that names its script; with `lay` what was said before goes along, as after a restart.

        Raises RuntimeError when refused, AssertionError when the answer is not whole.
        """
        order = {"desk": self._desk, "act": "ask", "after": len(self.turns), "text": script, "images": []}
        ear = Ear(tokens)
        by = self._by_lane if self._way == "lane" else self._by_queue
        news = await by({**order, "settings": SETTINGS, **({"turns": self.turns} if lay else {})}, ear)
        if news.get("refused") or news.get("missing") or news.get("running") is not False:
            raise RuntimeError(f"not answered: {str(news)[:300]}")
        self.turns = [*self.turns[: news["turns"]["keep"]], *news["turns"]["add"]]
        return ear.done()

    async def _by_lane(self, order: Mapping[str, Any], ear: Ear) -> dict[str, Any]:
        rest = last = b""
        async with request(self._url, "POST", "/lane", order) as reply:
            async for piece in reply.pieces():
                ear.hear(piece)
                *lines, rest = (rest + piece).split(b"\n")
                last = lines[-1] if lines else last
        if reply.status != 200:
            raise RuntimeError(f"the lane is closed: {reply.status} {(last or rest)[:300]!r}")
        said: dict[str, Any] = json.loads(last)
        return said

    async def _by_queue(self, order: Mapping[str, Any], ear: Ear) -> dict[str, Any]:
        output = await self._session.run(self._form.events[0], [json.dumps(order)], ear)
        said: dict[str, Any] = output["data"][0]
        return said
