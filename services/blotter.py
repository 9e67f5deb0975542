"""Blots one key out of text and bytes, however it is written there. Knows the key by value, and nothing around it."""

from __future__ import annotations

import base64
import html
import json
import re
from urllib.parse import quote, quote_plus

HIDDEN = "[key]"
SHORTEST = 6  # what is shorter is no key, and would blot half of every line
URL_SAFE = str.maketrans("+/", "-_")
_REST = r"[\w%+/=.~*…-]*"


class Blotter:
    """Made for one call and thrown away with it: it holds the key."""

    def __init__(self, secret: str) -> None:
        written = sorted(forms(secret), key=len, reverse=True) if len(secret) >= SHORTEST else ()
        self.forms = tuple((form[: max(SHORTEST, len(form) // 2)], form) for form in written)
        self._heads = tuple(head.encode() for head, _ in self.forms)

    def text(self, text: str) -> str:
        """The text without the key: plain, cut short, reversed, base64, URL-encoded."""
        return blotted(text, self.forms)

    def bytes(self, data: bytes) -> bytes:
        """The same of bytes; those without the key come back as they are."""
        if not any(head in data for head in self._heads):
            return data
        return self.text(data.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")


def blotted(text: str, known: tuple[tuple[str, str], ...]) -> str:
    """The text without these (head, whole) pairs; what begins with a head goes as far as a key could."""
    for head, whole in known:
        if head in text:
            text = text.replace(whole, HIDDEN)
            text = re.sub(re.escape(head) + _REST, HIDDEN, text)
    return text


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


def _inside(data: bytes, shift: int) -> str:
    """What of a secret's base64 is the same whatever stands before it (`shift` bytes, modulo 3) and after it."""
    coded = base64.b64encode(bytes(shift) + data).decode().rstrip("=")
    end = len(coded) - (1 if (shift + len(data)) % 3 else 0)
    return coded[(0, 2, 3)[shift] : end]
