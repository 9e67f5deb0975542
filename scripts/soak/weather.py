"""The upstream's good and bad days: a share of faults, an outage, a bomb now and then. Knows no visitors."""

from __future__ import annotations

import gzip
import random
import re
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

from upstream import Answer, Call, Upstream
from upstream.raw import event

CANARY = re.compile(r"canary-(\d+)-(\d+)-[0-9a-f]{8}")
BOMB = gzip.compress(b" " * 100_000_000)
WORK = ("chat", "image", "speech", "transcription", "job")


class Weather:
    """Answers a call, or spoils it. `sent` counts the calls of each message by its canary."""

    def __init__(self, faults: float, seed: int = 7) -> None:
        self._faults, self._random = faults, random.Random(seed)
        self.outage_until = 0.0
        self.spoiled: Counter[str] = Counter()
        self.sent: Counter[str] = Counter()
        self.doubled: list[str] = []
        self.work = 0

    def upstream(self) -> Upstream:
        return Upstream({"v1"}, script=self.answer, rate=60, first_token=0.05)

    def answer(self, call: Call) -> Answer | None:
        if call.task not in WORK:
            return None
        self.work += 1
        self._note(call)
        if time.monotonic() < self.outage_until:
            self.spoiled["outage"] += 1
            return Answer.refusing(503, "Service unavailable")
        if self._random.random() >= self._faults:
            return None
        name, answer = self._random.choice(_chat_faults() if call.task == "chat" else _media_faults())
        self.spoiled[name] += 1
        return answer

    def _note(self, call: Call) -> None:
        """Which message this is for, and that no question stands in a conversation twice."""
        if call.task == "chat":
            said = [str(turn["content"]) for turn in call.json["messages"] if turn["role"] == "user"]
            asked = [found[0] for text in said for found in CANARY.finditer(text)]
            self.doubled += [canary for canary, times in Counter(asked).items() if times > 1]
            whose = asked[-1] if asked else ""
        else:
            found = CANARY.search(str(call.fields.get("prompt") or call.fields.get("text") or ""))
            whose = found[0] if found else ""
        self.sent[f"{call.task} {whose}"] += 1

    @property
    def resent(self) -> list[str]:
        """Pictures and clips that were asked for more than once."""
        return [what for what, times in self.sent.items() if times > 1 and what.startswith(("image c", "speech c"))]


def _chat_faults() -> list[tuple[str, Answer]]:
    two = [event("You "), event("said: ")]
    return [
        ("503", Answer.refusing(503, "Service unavailable")),
        ("429", Answer.refusing(429, "Too Many Requests", "flat", headers={"retry-after": "1"})),
        ("HTML", Answer(status=200, body="<html><h1>Gateway</h1></html>", content_type="text/html")),
        ("cut", Answer(chunks=two, content_type="text/event-stream", cut=True)),
        ("ended early", Answer(chunks=two, content_type="text/event-stream")),
        ("stalled", Answer(chunks=[*two, *[b""] * 100], content_type="text/event-stream", pause=0.1)),
        ("garbage", Answer(chunks=[*two, b"data: {nonsense\n\n"], content_type="text/event-stream")),
        ("bomb", Answer(body=BOMB, content_type="application/json", headers={"content-encoding": "gzip"})),
    ]


def _media_faults() -> list[tuple[str, Answer]]:
    return [
        ("500", Answer.refusing(500, "Internal server error")),
        ("HTML", Answer(status=200, body="<html><h1>Gateway</h1></html>", content_type="text/html")),
        ("empty", Answer(json={})),
        ("cut", Answer(chunks=[b'{"data": ['], content_type="application/json", cut=True)),
        ("bomb", Answer(body=BOMB, content_type="application/json", headers={"content-encoding": "gzip"})),
    ]
