"""Gradio's queue as its page speaks it: POST queue/join, GET queue/data. Knows any Gradio page by its config."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from benchmarks.page.wire import Ear, Timed, get, request


@dataclass(frozen=True)
class Form:
    """A page's form as its config describes it: the events that one press of the button starts, in order."""

    config: dict[str, Any]
    events: Sequence[dict[str, Any]]
    opening: Sequence[dict[str, Any]] = ()

    @classmethod
    async def of(cls, url: str, box: str, trigger: str = "submit", chain: Sequence[int] = (0,)) -> Form:
        """The form whose box or button has this element id (or type); `chain` picks among the events that follow."""
        config = (await get(url, "/config")).json
        owner = next(it["id"] for it in config["components"] if box in (it["props"].get("elem_id"), it["type"]))
        found = [next(it for it in config["dependencies"] if [owner, trigger] in map(list, it["targets"]))]
        while followers := [it for it in config["dependencies"] if it.get("trigger_after") == found[-1]["id"]]:
            found.append(followers[0])
        loaded = [
            it for it in config["dependencies"] if it["backend_fn"] and any(t[1] == "load" for t in it["targets"])
        ]
        return cls(config, [found[place] for place in chain], loaded)

    def data(self, event: dict[str, Any], **wanted: Any) -> list[Any]:
        """The inputs of one event: what was asked for by label or type, else what the page starts with."""
        parts = {it["id"]: it for it in self.config["components"]}
        return [self._value(parts[number], wanted) for number in event["inputs"]]

    @staticmethod
    def _value(part: dict[str, Any], wanted: dict[str, Any]) -> Any:
        for name in (part["props"].get("label"), part["type"]):
            if name in wanted:
                return wanted[name]
        return None if part["type"] == "state" else part["props"].get("value")


class Session:
    """One visitor's page, as far as the queue sees it."""

    def __init__(self, url: str, form: Form) -> None:
        self._url, self._form, self._hash = url, form, secrets.token_hex(6)

    @classmethod
    async def open(cls, url: str, form: Form) -> Session:
        """What a browser does as it opens the page: the server has its session before anything is asked."""
        session = cls(url, form)
        for event in form.opening:
            await session.run(event, form.data(event))
        return session

    async def ask(self, tokens: int, **wanted: Any) -> Timed:
        """Start the form's events one after the other; they are listened to from the beginning of the first."""
        ear = Ear(tokens)
        for event in self._form.events:
            await self.run(event, self._form.data(event, **wanted), ear)
        return ear.done()

    async def run(self, event: dict[str, Any], data: list[Any], ear: Ear | None = None) -> Any:
        """What an event gives in the end. Raises RuntimeError when it fails or ends without an answer."""
        final = None
        async with aclosing(self.messages(event, data, ear)) as messages:
            async for message in messages:
                final = message if b'"process_completed"' in message else final
        if final is None:
            raise RuntimeError("the queue ended without an answer")
        said = json.loads(final)
        if not said["success"]:
            raise RuntimeError(f"refused: {str(said['output'])[:300]}")
        return said["output"]

    async def messages(self, event: dict[str, Any], data: list[Any], ear: Ear | None = None) -> AsyncGenerator[bytes]:
        """Start an event and read what the queue says of it, message by message, in JSON."""
        body = {"data": data, "fn_index": event["id"], "session_hash": self._hash}
        joined = await get(
            self._url, "/gradio_api/queue/join", "POST", {**body, "trigger_id": None, "event_data": None}
        )
        if joined.status != 200:
            raise RuntimeError(f"not let in: {joined.body[:300]!r}")
        rest = b""
        async with request(self._url, "GET", f"/gradio_api/queue/data?session_hash={self._hash}") as reply:
            async for piece in reply.pieces():
                if ear:
                    ear.hear(piece)
                *said, rest = (rest + piece).split(b"\n\n")
                for message in said:
                    yield message.removeprefix(b"data: ")
