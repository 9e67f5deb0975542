"""A run as it is told to whoever looks: what was sent, what came, when. Knows records; knows no page and no HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from services.brief import brief, placeholder
from services.media import sniff
from services.record import REPLY, Exchange, Part, Record
from services.run import Attempt, Run
from services.runs import Ended, Failure

REQUEST = 256_000  # characters of a request that are told


def told(ended: Ended) -> dict[str, Any]:
    """The facts, the failure, every call and the timeline, in JSON's own types; media are shortened."""
    record = ended.record
    return {
        "id": record.id,
        "task": ended.model.task,
        "model": ended.model.id,
        "answered_by": ended.endpoint.name,
        "embedded": ended.endpoint.embedded,
        "at": record.at.isoformat(timespec="milliseconds"),
        "facts": facts(ended.run, record) | _named(ended.failure),
        "failure": _failure(ended.failure),
        "attempts": [_attempt(attempt) for attempt in ended.attempts],
        "calls": [call(exchange, record) for exchange in record.exchanges],
        "timeline": [
            {"name": name, "from": record.since(begin), "to": record.since(end), "call": index}
            for name, begin, end, index in timeline(record)
        ],
    }


def facts(run: Run | None, record: Record) -> dict[str, Any]:
    """The run's figures; of a run that never came to be, how long it took."""
    if run is None:
        duration = record.since(record.ended or record.began)
        run = Run("", "", duration=duration)
    usage = run.usage
    return {
        "first_token": run.first_token,
        "duration": run.duration,
        "tokens_per_second": run.tokens_per_second,
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
        "cached_tokens": usage.cached_tokens,
        "cost_usd": run.cost.usd,
        "cost_kind": run.cost.kind,
        "request_id": run.request_id,
        "notice": run.notice,
    }


def call(exchange: Exchange, record: Record) -> dict[str, Any]:
    """One HTTP call."""
    return {
        "method": exchange.method,
        "url": exchange.url,
        "request_headers": exchange.headers,
        "request_body": _request(exchange.body),
        "request_bytes": exchange.size,
        "parts": [_part(part) for part in exchange.parts],
        "status": exchange.status,
        "reply_headers": exchange.reply_headers,
        "reply": _reply(exchange),
        "reply_bytes": exchange.reply_size,
        "began": record.since(exchange.began),
    }


def timeline(record: Record) -> Iterator[tuple[str, float, float, int]]:
    """What the time went into: name, begin, end (monotonic seconds) and which call, -1 for none of them.

    `connect` is there where a connection was made anew; `first byte` ends with the first of the reply's body, `tokens`
    with its last; `decode` is what we did with the last of it.
    """
    last = record.admitted or record.began
    yield "queue", record.began, last, -1
    for index, it in enumerate(record.exchanges):
        end = it.ended if it.ended is not None else record.ended or it.began
        sent = it.began
        if it.connecting is not None:
            sent = it.connected or end
            yield "connect", it.connecting, sent, index
        yield "first byte", sent, it.first or end, index
        if it.first is not None:
            yield "tokens", it.first, max(end, it.first), index
        last = max(last, end)
    if record.ended is not None and record.exchanges:
        yield "decode", last, max(last, record.ended), -1


def _named(failure: Failure | None) -> dict[str, str]:
    """The id by which the API knows what it refused."""
    return {"request_id": failure.request_id} if failure and failure.request_id else {}


def _failure(failure: Failure | None) -> dict[str, str] | None:
    return {"kind": failure.kind, "message": failure.message, "remedy": failure.remedy} if failure else None


def _attempt(attempt: Attempt) -> dict[str, Any]:
    rounded = {name: round(getattr(attempt, name), 4) for name in ("began", "duration", "wait")}
    return asdict(attempt) | rounded


def _part(part: Part) -> dict[str, Any]:
    return {
        "name": part.name,
        "filename": part.filename,
        "media_type": part.media_type,
        "bytes": part.size,
        "text": part.text,
    }


def _request(body: bytes | None) -> Any:
    if body is None:
        return None
    return _capped(_json(body), REQUEST)


def _reply(exchange: Exchange) -> Any:
    body = b"".join(exchange.reply)
    if not body:
        return None
    if kind := sniff(body):
        return placeholder(kind.media_type, exchange.reply_size)
    label = _header(exchange.reply_headers, "content-type").split(";")[0]
    if label.startswith(("image/", "audio/", "video/")):
        return placeholder(label, exchange.reply_size)
    return _capped(_json(body), REPLY)


def _header(headers: Mapping[str, str], wanted: str) -> str:
    return next((value for name, value in headers.items() if name.lower() == wanted), "")


def _json(body: bytes) -> Any:
    """JSON with its media shortened, or else the text that it is."""
    try:
        return brief(json.loads(body))
    except (ValueError, RecursionError):
        return body.decode("utf-8", "replace")


def _capped(value: Any, most: int) -> Any:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return value if len(text) <= most else f"{text[:most]}… ({len(text) - most:,} characters more)"
