"""Blots keys out of text on its way to a log, a screen or a file. Knows secrets by value; knows no widgets."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from pydantic import SecretStr

from services.blotter import HIDDEN, SHORTEST, Blotter, blotted
from services.errors import ServiceError

E = TypeVar("E", bound=ServiceError)

# What may be a key, whoever's it is: long, and with a digit ("Bearer authentication" is a word of the API's own).
LONG = re.compile(r"[\w.~+/-]{12,}=*")
PREFIXED = re.compile(r"(?<![A-Za-z0-9])(?:sk|pk|rk|hf|gh[opsur]|github_pat|xox[abprs])[-_][\w-]{9,}")
SCHEME = re.compile(r"(?:\bbearer|authorization\W{1,4}basic)\s+$", re.IGNORECASE)
NAME = re.compile(
    r"(?:key|token|authorization|secret|password|credentials?)\W{0,3}(?:is|was|provided)?\W{1,3}$", re.IGNORECASE
)
BEFORE = 30  # characters in which a name or a scheme stands before its key
NAMELESS = 32  # what follows a name is a key from this length on


class Redactor:
    """Knows the owner's secrets for good, and a visitor's key only while a call with it is under way."""

    def __init__(self, *secrets: SecretStr) -> None:
        self._lock = threading.Lock()
        self._calls: Counter[str] = Counter()
        self._known: dict[str, tuple[tuple[str, str], ...]] = {}
        self._forms: tuple[tuple[str, str], ...] = ()
        for secret in secrets:
            self._learn(secret.get_secret_value())

    @contextmanager
    def knowing(self, secret: SecretStr | None) -> Iterator[None]:
        """Blot this secret out as well, until the block is left."""
        value = secret.get_secret_value() if secret else ""
        self._learn(value)
        try:
            yield
        finally:
            self._forget(value)

    def clean(self, text: str) -> str:
        """The text without known secrets (plain, cut short, reversed, base64, URL-encoded) and what looks like one."""
        return LONG.sub(_blotted, self.blotted(text))

    def blotted(self, text: str) -> str:
        """The text without known secrets, and nothing else changed: code must stay what it is."""
        return blotted(text, self._forms)

    def hide(self, error: E) -> E:
        """The same error, fit for a screen."""
        error.message, error.remedy = self.clean(error.message), self.clean(error.remedy)
        error.request_id, error.detail = self.clean(error.request_id), self.clean(error.detail)
        error.args = (error.message,)
        return error

    def _learn(self, value: str) -> None:
        if len(value) < SHORTEST:
            return
        with self._lock:
            self._calls[value] += 1
            if value not in self._known:
                self._known[value] = Blotter(value).forms
                self._forms = tuple(form for known in self._known.values() for form in known)

    def _forget(self, value: str) -> None:
        if len(value) < SHORTEST:
            return
        with self._lock:
            self._calls[value] -= 1
            if not self._calls[value]:
                del self._calls[value], self._known[value]
                self._forms = tuple(form for known in self._known.values() for form in known)


def _blotted(found: re.Match[str]) -> str:
    """A long word without the key that it holds or is."""
    word, before = found[0], found.string[max(0, found.start() - BEFORE) : found.start()]
    if not any(character.isdigit() for character in word):
        return word
    if SCHEME.search(before) or (len(word) >= NAMELESS and NAME.search(before)):
        return HIDDEN
    return PREFIXED.sub(HIDDEN, word)
