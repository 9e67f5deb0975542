"""Makes JSON short enough to be looked at: media become a word about them. Knows base64; knows no replies."""

from __future__ import annotations

import re
from typing import Any

import pybase64

from services.media import sniff

LONG = 512  # characters from which a text may be media
DEEPEST = 60
_HEAD = re.compile(r"(?:data:([\w./+-]*)(?:;[\w=.+-]+)*;base64,)?([\w+/-]{256})", re.ASCII | re.IGNORECASE)


def brief(value: Any, depth: int = 0) -> Any:
    """The same JSON with `{"$media": "image/png, 482 kB"}` in place of every picture and sound within it."""
    if isinstance(value, str):
        return value if len(value) < LONG else _media(value)
    if depth > DEEPEST:
        return "…"
    if isinstance(value, list):
        return [brief(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {name: brief(item, depth + 1) for name, item in value.items()}
    return value


def _media(text: str) -> Any:
    found = _HEAD.match(text)
    if found is None:
        return text
    head = found[2].translate(str.maketrans("-_", "+/"))
    kind = sniff(pybase64.b64decode(head))
    named = found[1] or (kind.media_type if kind else "")
    if not named and any(sign in text[:4000] for sign in " \n"):
        return text
    return placeholder(named or "base64", (len(text) - found.start(2)) * 3 // 4)


def placeholder(kind: str, size: int) -> dict[str, str]:
    """What stands in place of media: its kind and its size."""
    return {"$media": f"{kind}, {told(size)}"}


def told(size: int) -> str:
    """Bytes as people say them."""
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB" if size >= 1000 else f"{size} bytes"
