"""One visitor: an open page as the server sees it, with the page's own duties (it keeps the conversation)."""

from __future__ import annotations

import asyncio
import json
import random
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from scripts.soak.house import House
from scripts.soak.weather import CANARY

SETTINGS = {"model": "openai/gpt-4o-mini", "system": "", "temperature": 1.0, "top_p": 1.0, "max_tokens": 1024}
PATIENCE = 40.0


@dataclass
class Tally:
    """What all visitors saw together."""

    actions: int = 0
    ended: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    leaked: list[str] = field(default_factory=list)
    server_errors: list[str] = field(default_factory=list)
    slowed: int = 0
    first_words: list[float] = field(default_factory=list)


class Gone(Exception):
    """The server went away meanwhile."""


class Visitor:
    """Asks, reads, keeps. Every message carries a canary of its own, which no one else may ever read."""

    def __init__(self, number: int, house: House, tally: Tally, secret: str) -> None:
        self.number, self._house, self._tally, self._secret = number, house, tally, secret
        self.desk = secrets.token_hex(16)
        self.turns: list[dict[str, Any]] = []
        self._said: list[str] = []
        self._answered: set[str] = set()
        self._random = random.Random(number)
        # What a page may keep open at once; a tab that is closed is a connection that is closed.
        self._http = httpx.AsyncClient(base_url=house.url, trust_env=False, timeout=PATIENCE, headers=self._headers())

    def _headers(self) -> dict[str, str]:
        return {"x-aiml-session": self.desk, "sec-fetch-site": "same-origin"}

    def _canary(self) -> str:
        canary = f"canary-{self.number}-{len(self._said)}-{secrets.token_hex(4)}"
        self._said.append(canary)
        return canary

    async def live(self, until: float, pause: float) -> None:
        """Act, wait as a person does, act again."""
        async with self._http:
            await asyncio.sleep(self._random.uniform(0, pause))
            while time.monotonic() < until:
                await self._house.up.wait()
                kind = self._random.choices(("chat", "image", "speech"), (80, 10, 10))[0]
                self._tally.actions += 1
                try:
                    how = await (self.chat() if kind == "chat" else self.media(kind))
                except (Gone, httpx.TransportError):
                    how = "server gone"
                self._tally.ended[f"{kind}: {how}"] += 1
                await asyncio.sleep(self._random.uniform(0.5 * pause, 1.5 * pause))
            self.audit()

    async def chat(self) -> str:
        """One question; how it ended."""
        canary = self._canary()
        text = f"{canary} please say this back to me"
        order = {"desk": self.desk, "act": "ask", "after": len(self.turns), "text": text, "images": []}
        order["settings"] = SETTINGS
        began, last, grown = time.monotonic(), {}, ""
        try:
            for again in (False, True):
                missing = False
                async for news in self._news(order | ({"turns": self.turns} if again else {})):
                    missing = missing or bool(news.get("missing"))
                    self._take(news)
                    if "add" in news:
                        grown += news["add"]
                        if not last.get("add"):
                            self._tally.first_words.append(time.monotonic() - began)
                    last = news if "left" not in news else last
                if not missing:
                    break
        except Gone:
            self._asked_at_least(text)
            raise
        return self._judged(canary, text, last)

    def _judged(self, canary: str, text: str, last: dict[str, Any]) -> str:
        notice = last.get("notice") or ""
        if last.get("running") is not False:
            self._asked_at_least(text)
            return "server gone"
        if last.get("refused"):
            self._said.remove(canary)
            return "given back"
        answer = self.turns[-1] if self.turns else {}
        if answer.get("role") == "assistant" and answer.get("finish_reason") == "stop":
            if "You said: " not in answer["content"] or text not in answer["content"]:
                self._tally.lost.append(f"{canary}: answered by {answer['content'][:80]!r}")
            self._answered.add(canary)
            return "answered"
        if 'class="notice' not in notice:
            self._tally.lost.append(f"{canary}: ended without an answer and without a word")
        return "slowed down" if "limit" in notice else "said why not"

    def _asked_at_least(self, text: str) -> None:
        """The page shows a question from the first moment and keeps it, whatever becomes of the server."""
        if not any(turn["role"] == "user" and turn["content"] == text for turn in self.turns):
            self.turns.append({"role": "user", "content": text})

    def _take(self, news: dict[str, Any]) -> None:
        if "turns" in news:
            self.turns = [*self.turns[: news["turns"]["keep"]], *news["turns"]["add"]]

    async def _news(self, order: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
        try:
            async with self._http.stream("POST", "/lane", json=order) as reply:
                if self._strange(reply, "lane"):
                    return
                async for line in reply.aiter_lines():
                    self._read(line)
                    yield json.loads(line)
        except (httpx.TransportError, json.JSONDecodeError) as away:
            raise Gone from away

    async def media(self, kind: str) -> str:
        """One picture or clip by the public API, with the page's session; how it ended."""
        canary = self._canary()
        name = {"image": "generate_image", "speech": "synthesize"}[kind]
        asked = {"prompt": f"a boat, {canary}"} if kind == "image" else {"text": f"Hello, {canary}."}
        posted = await self._http.post(f"/gradio_api/call/v2/{name}", json=asked)
        if self._strange(posted, name):
            return f"status {posted.status_code}"
        got = await self._http.get(f"/gradio_api/call/{name}/{posted.json()['event_id']}")
        if self._strange(got, name):
            return f"status {got.status_code}"
        self._read(got.text)
        return "made" if "event: complete" in got.text else "said why not" if '"error"' in got.text else "nothing"

    def _strange(self, reply: httpx.Response, what: str) -> bool:
        if reply.status_code >= 500:
            self._tally.server_errors.append(f"{what}: {reply.status_code}")
        return reply.status_code != 200

    def _read(self, text: str) -> None:
        """Whatever the server says: nobody else's words, and no secret."""
        for found in CANARY.finditer(text):
            if int(found[1]) != self.number:
                self._tally.foreign.append(found[0])
        if self._secret in text:
            self._tally.leaked.append(text[:200])

    def audit(self) -> None:
        """Every question stands in the conversation exactly once, every answer that was whole is still there."""
        asked = Counter(
            found[0] for turn in self.turns if turn["role"] == "user" for found in CANARY.finditer(turn["content"])
        )
        self._tally.doubled += [canary for canary, times in asked.items() if times > 1]
        whole = " ".join(turn["content"] for turn in self.turns if turn["role"] == "assistant")
        self._tally.lost += [canary for canary in self._answered if canary not in whole or not asked[canary]]


class Flooder(Visitor):
    """Twenty orders a second, whatever is said."""

    async def flood(self, until: float) -> None:
        async with self._http:
            while time.monotonic() < until:
                await self._house.up.wait()
                try:
                    self._tally.ended[f"flood: {await self.chat()}"] += 1
                except (Gone, httpx.TransportError):
                    self._tally.ended["flood: server gone"] += 1
                await asyncio.sleep(0.05)
