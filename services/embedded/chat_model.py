"""The chat model itself: llama.cpp with a GGUF file. Knows tokens and sampling; knows nothing about HTTP or queues."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit

CONTEXT = 4096
"""Tokens that prompt and answer may have together; what SmolLM2 reads at once fits."""

LONGEST_ANSWER = 2048

_BLOCK = 1024
"""Old turns go in blocks of so many tokens: the prompt's beginning then stays the same for some turns, and the runtime
need not read all of it anew each time."""

_PER_MESSAGE = 8
"""Tokens of the template around one message, at most."""

# Measured with benchmarks/chat.py: so small a model is so unsure of its first word (asked for the capital of France,
# "The" is hardly likelier than "La") that any chance costs right answers. A repeat_penalty does too, since it punishes
# the words of the question; DRY only punishes loops.
_SAMPLING = {"temperature": 0.0, "dry_multiplier": 0.8}

Messages = Sequence[Mapping[str, str]]


class TooLong(ValueError):
    """The system text and the last message alone do not fit; the message says how much does."""


class ChatModel:
    """A loaded model. `generate` blocks; it is meant for one thread at a time."""

    def __init__(self, weights: Path, *, threads: int) -> None:
        import xllamacpp

        self._key = token_hex(16)
        self._server = xllamacpp.Server(_parameters(xllamacpp, weights, threads, self._key))

    def generate(self, messages: Messages, options: Mapping[str, Any], each: Callable[[dict[str, Any]], bool]) -> None:
        """Feed `each` with the runtime's chunks until it returns True; `ValueError` for options that it can't serve."""
        request = {
            **_SAMPLING,
            **options,
            "messages": list(messages),
            "stream": True,
            "stream_options": {"include_usage": True},
            # Told about every batch of the prompt, we can stop there too.
            "return_progress": True,
        }
        failures: list[str] = []

        def chunk(data: dict[str, Any]) -> bool:
            if "error" in data:
                failures.append(str(data["error"].get("message", "")))
                return True
            return each(data)

        self._server.handle_chat_completions(request, chunk)
        if failures:
            raise ValueError(failures[0])

    def count(self, text: str) -> int:
        """Tokens of a text, by the model's own tokenizer (only the runtime's loopback server offers it)."""
        address = urlsplit(self._server.listening_address)
        connection = http.client.HTTPConnection(address.hostname or "127.0.0.1", address.port, timeout=10)
        try:
            headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
            connection.request("POST", "/tokenize", json.dumps({"content": text}), headers)
            return len(json.loads(connection.getresponse().read())["tokens"])
        finally:
            connection.close()


def fit(messages: Messages, answer: int, count: Callable[[str], int]) -> tuple[list[Mapping[str, str]], int]:
    """The messages that fit beside an answer of so many tokens, and how many old ones were left out.

    System text and the last message always stay. Raises `TooLong` when these alone are too much.
    """
    room = CONTEXT - answer
    # A token is at least one byte, so short conversations need no counting.
    if sum(len(message["content"].encode()) + _PER_MESSAGE for message in messages) <= room:
        return list(messages), 0
    sizes = [count(message["content"]) + _PER_MESSAGE for message in messages]
    last = len(messages) - 1
    staying = {last, *(i for i, message in enumerate(messages) if message["role"] == "system")}
    needed = sum(sizes[i] for i in staying)
    if needed > room:
        raise TooLong(f"this is about {needed} tokens long; beside the answer, the model reads {room}.")
    excess = -(-max(0, sum(sizes) - room) // _BLOCK) * _BLOCK
    dropped: set[int] = set()
    for turn in range(last):
        answers_a_dropped_one = turn - 1 in dropped and messages[turn]["role"] == "assistant"
        if turn not in staying and (sum(sizes[i] for i in dropped) < excess or answers_a_dropped_one):
            dropped.add(turn)
    return [message for i, message in enumerate(messages) if i not in dropped], len(dropped)


def _parameters(xllamacpp: Any, weights: Path, threads: int, key: str) -> Any:
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(weights)
    parameters.n_ctx = CONTEXT
    parameters.n_parallel = 1
    parameters.n_batch = parameters.n_ubatch = 64  # a job that is given up ends after the batch at hand
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = threads
    parameters.cache_ram_mib = 0
    parameters.fit_params = False
    parameters.verbosity = 0
    # The runtime opens a loopback port of its own, for any page in the browser unless it asks for a key.
    parameters.api_keys = [key]
    parameters.ui = False
    return parameters
