"""Reads what an upstream says when it refuses. Knows the error envelopes of the contract; knows no HTTP library."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from services.errors import (
    MalformedReply,
    NotAllowed,
    NotFound,
    OutOfCredit,
    RateLimited,
    Refused,
    ServiceError,
    Unauthorized,
    Unavailable,
)

UPSTREAM_TEXT = 300
BILLING_PAGE = "https://aimlapi.com/app/billing"
_ABOUT_CREDIT = re.compile(r"credit|funds|balance|billing|resource limit|verif|payment|quota", re.IGNORECASE)
_ABOUT_MODEL = re.compile(
    r"model[\w\s'\"`]*(not[ _]found|does not exist|unknown)|(no such|unknown|invalid) model", re.IGNORECASE
)


def message_of(body: bytes) -> str:
    """The upstream's own words: `message`, `error.message`, `error`, `title`, else raw text; "" for HTML and the empty.

    Validation trees (`meta`, every `_errors` list with its path) follow the message. At most 300 characters.
    """
    text = body.decode("utf-8-sig", "replace").strip()
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        said = text
    return words_of(said)


def words_of(said: Any) -> str:
    """The same of a body that was read already."""
    words = _words(said)
    return "" if words.startswith("<") else words  # a page, be it within JSON: nothing for a person to read


def _words(said: Any) -> str:
    if not isinstance(said, Mapping):
        return shortened(said) if isinstance(said, str) else ""
    error = said.get("error")
    nested = error.get("message") if isinstance(error, Mapping) else error
    message = next((m for m in (said.get("message"), nested, said.get("title"), said.get("detail")) if m), "")
    if isinstance(message, list):
        message = "; ".join(_part(part) for part in message)
    hints = "; ".join(_hints(said.get("meta")))
    return shortened(f"{message} ({hints})" if hints else str(message))


def _part(part: Any) -> str:
    """One of several messages; servers built with FastAPI send objects with `loc` and `msg`."""
    if not isinstance(part, Mapping) or "msg" not in part:
        return str(part)
    where = part.get("loc")
    return f"{'.'.join(str(step) for step in where)}: {part['msg']}" if isinstance(where, list) else str(part["msg"])


def shortened(text: str) -> str:
    """One line of text that can be encoded, at most 300 characters."""
    # JSON may hold half of a surrogate pair, which no encoder takes.
    line = " ".join(text.encode("utf-8", "replace").decode("utf-8").split())
    return line if len(line) <= UPSTREAM_TEXT else line[: UPSTREAM_TEXT - 1] + "…"


def _hints(tree: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    if not isinstance(tree, Mapping) or len(path) > 8:
        return
    for key, value in tree.items():
        if key == "_errors" and isinstance(value, list):
            yield from (f"{'.'.join(path)}: {said}" if path else str(said) for said in value)
        else:
            yield from _hints(value, (*path, str(key)))


def request_id_of(headers: Mapping[str, str], body: bytes = b"") -> str:
    """The id to quote to the upstream's support, from the headers or the envelope; "" when there is none."""
    for name in ("x-request-id", "x-inference-id", "request-id"):
        if found := headers.get(name):
            return found[:128]
    try:
        said = json.loads(body) if body else {}
    except (ValueError, RecursionError):
        return ""
    return shortened(str(said.get("requestId") or ""))[:128] if isinstance(said, dict) else ""


def retry_after_of(headers: Mapping[str, str]) -> float:
    """Seconds the upstream asks us to wait, said as a number or as a date; 0 when it says nothing that makes sense."""
    said = headers.get("retry-after", "").strip()
    try:
        seconds = float(said)
    except ValueError:
        seconds = _until(said, headers.get("date", ""))
    return seconds if 0 < seconds < 86_400 else 0


def _until(date: str, sent: str) -> float:
    """Seconds from when the reply was sent, by the upstream's own clock if it says: ours may be wrong by a day."""
    try:
        end = parsedate_to_datetime(date).timestamp()
    except (ValueError, OverflowError):
        return 0
    try:
        return end - parsedate_to_datetime(sent).timestamp()
    except (ValueError, OverflowError):
        return end - time.time()


def refusal(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    model: str,
    path: str,
    who: str = "The API",
    keyed: bool = True,
) -> ServiceError:
    """The error that a status outside 2xx means.

    `model` and `path` are what was asked for, of `who`; `keyed` says whether a key went along.
    """
    said = message_of(body)
    words: dict[str, Any] = {"request_id": request_id_of(headers, body), "status": status, "detail": said}
    quoted = f" It says: “{said}”" if said else ""
    match status:
        case 401:
            cause = "refused the key" if keyed else "wants a key"
            remedy = "Check the key under “Use my own key”, or go on with a model of the embedded engine."
            return Unauthorized(f"{who} {cause} (401).", remedy=remedy, **words)
        case 402:
            return _out_of_credit(words)
        case 403 if _ABOUT_CREDIT.search(said):
            return _out_of_credit(words)
        case 403:
            return NotAllowed(
                f"This key may not use {model or path} (403).{quoted}",
                remedy="Choose another model or key.",
                **words,
            )
        case 404:
            return _not_found(body, said, model, path, who, words)
        case 413:
            return Refused(
                f"That was too large for {who[0].lower()}{who[1:]} (413).{quoted}",
                remedy="Send something smaller.",
                **words,
            )
        case 408:
            return Unavailable(f"{who} took too long to read the request (408).", remedy="Try again.", **words)
        case 409:
            return Unavailable(f"{who} is busy with the same request (409).", remedy="Try again in a moment.", **words)
        case 429:
            wait, when = _again(headers, "Wait a moment, then try again.")
            return RateLimited(f"{who} asks us to slow down (429).{quoted}", remedy=when, retry_after=wait, **words)
        case _ if 400 <= status < 500:
            return Refused(
                f"{who} did not accept the request ({status}).{quoted}",
                remedy="Change the parameter it names, or choose another model.",
                **words,
            )
        case _ if status >= 500:
            wait, when = _again(headers, "Try again in a moment.")
            return Unavailable(
                f"{who} has trouble right now ({status}).{quoted}", remedy=when, retry_after=wait, **words
            )
        case _:
            return MalformedReply(f"{who} sent us elsewhere ({status}).", remedy="Check the base URL.", **words)


def _again(headers: Mapping[str, str], otherwise: str) -> tuple[float, str]:
    """When to try again: seconds (0 when nothing was said of it) and words."""
    wait = retry_after_of(headers)
    return wait, f"Try again in about {in_words(wait)}." if wait else otherwise


def in_words(seconds: float) -> str:
    """A wait as a person says it."""
    size, unit = (1, "second") if seconds < 90 else (60, "minute") if seconds < 5400 else (3600, "hour")
    number = max(1, round(seconds / size))
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def _out_of_credit(words: dict[str, Any]) -> OutOfCredit:
    return OutOfCredit(
        f"The key is fine, but no credit is left ({words['status']}).",
        remedy=f"Top up at {BILLING_PAGE}, or use another key.",
        **words,
    )


def _not_found(body: bytes, said: str, model: str, path: str, who: str, words: dict[str, Any]) -> NotFound:
    # As a word of its own: a model named "chat" is not named by the path /v1/chat/completions.
    named = rf"(?<![\w/.-]){re.escape(model)}(?![\w/-])"
    text = body.decode("utf-8", "replace").replace("\\/", "/")
    if (model and re.search(named, text)) or _ABOUT_MODEL.search(said):
        error = NotFound(f"{who} has no model {model} (404).", remedy="Choose one from the list.", **words)
        error.names_model = True
        return error
    return NotFound(
        f"{who} has nothing at {path} (404).",
        remedy="Choose another model, or check the base URL and the dialect.",
        **words,
    )
