"""Blots keys out of text on its way to a log, a screen or a file. Knows secrets by value; knows no widgets."""

from __future__ import annotations

import base64
import html
import json
import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar
from urllib.parse import quote, quote_plus

from pydantic import SecretStr

from services.errors import ServiceError

HIDDEN = "[key]"
SHORTEST = 6  # what is shorter is no key, and would blot half of every line
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
_REST = r"[\w%+/=.~*…-]*"


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
        for head, whole in self._forms:
            if head in text:
                text = text.replace(whole, HIDDEN)
                text = re.sub(re.escape(head) + _REST, HIDDEN, text)
        return LONG.sub(_blotted, text)

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
                longest_first = sorted(forms(value), key=len, reverse=True)
                self._known[value] = tuple((form[: max(SHORTEST, len(form) // 2)], form) for form in longest_first)
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


def forms(secret: str) -> set[str]:
    """Every way of writing a secret that is looked for."""
    data = secret.encode()
    percent = "".join(f"%{byte:02X}" for byte in data)
    written = {secret, json.dumps(secret)[1:-1], repr(secret)[1:-1], html.escape(secret)}
    written |= {quote(secret, safe=""), quote(secret), quote_plus(secret), percent, percent.lower()}
    written |= {data.hex(), data.hex().upper(), secret[::-1]}
    for shift in range(3):
        written |= {_inside(data, shift), _inside(data, shift).translate(URL_SAFE)}
    return {form for form in written if len(form) >= SHORTEST}


URL_SAFE = str.maketrans("+/", "-_")


def _inside(data: bytes, shift: int) -> str:
    """What of a secret's base64 is the same whatever stands before it (`shift` bytes, modulo 3) and after it."""
    coded = base64.b64encode(bytes(shift) + data).decode().rstrip("=")
    end = len(coded) - (1 if (shift + len(data)) % 3 else 0)
    return coded[(0, 2, 3)[shift] : end]
