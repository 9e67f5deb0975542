"""Small replies that want to become large ones, each made without ever being held whole. Knows bytes only."""

from __future__ import annotations

import base64
import json
import zlib

from upstream import Answer
from upstream.explosives import png, silence

Bombs = dict[str, tuple[str, Answer]]


def BOMBS() -> Bombs:  # noqa: N802 - a table that takes seconds to make
    """name: (the work that is asked for, what the upstream says)."""
    return {
        "a picture that claims 50,000 × 50,000": ("image", _picture(png(50_000, 50_000, 1))),
        "a picture that is 13,000 × 13,000": ("image", _picture(png(13_000, 13_000, 13_000))),
        "400 MB of spaces, packed": ("image", _packed(400)),
        "63 MB of base64": ("image", Answer(body=b'{"data": [{"b64_json": "' + b"A" * 63_000_000 + b'"}]}', **JSON)),
        "30 million brackets": ("image", Answer(body=b"[" * 30_000_000, **JSON)),
        "an hour of silence in a small clip": ("speech", Answer(body=silence(3700, 8000), content_type="audio/flac")),
        "400 MB of spaces in place of a clip": ("speech", _packed(400)),
    }


JSON = {"content_type": "application/json"}


def _picture(picture: bytes) -> Answer:
    return Answer(body=json.dumps({"data": [{"b64_json": base64.b64encode(picture).decode()}]}), **JSON)


def _packed(megabytes: int) -> Answer:
    squeeze = zlib.compressobj(9, wbits=31)
    body = b"".join(squeeze.compress(b" " * 1_000_000) for _ in range(megabytes)) + squeeze.flush()
    return Answer(body=body, headers={"content-encoding": "gzip"}, **JSON)
