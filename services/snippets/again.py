"""What is to be sent again, and where in the reply the result lies. Knows records; knows no language."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from services.brief import brief
from services.catalog import Task
from services.media import Kind, sniff, unbase64
from services.record import Exchange, Part
from services.runs import Ended

Path = tuple[str | int, ...]

ENGINE = "http://127.0.0.1:8001"  # where the README starts one
ENGINE_NOTE = "The embedded engine answered. Start one of your own first: python -m services.embedded --port 8001"
MEDIA = ("b64_json", "image_base64", "url", "audio", "audio_url", "data", "base64")
EXTENSIONS: dict[str, str] = {"image": ".png", "speech": ".wav"}
MARK = "$media"
SUBTYPES = {"jpeg": "jpg", "mpeg": "mp3", "x-wav": "wav", "wave": "wav", "mp4": "m4a"}
PENDING = ("queued", "generating", "waiting", "active", "processing", "pending")


@dataclass(frozen=True)
class Found:
    """Media in a reply: the whole body (`path` is empty), or a string within it, a URL or base64.

    `many` is the path of the list that holds them, `path` goes on from its items; without a list it is None.
    """

    path: Path
    is_url: bool
    many: Path | None
    extension: str
    task: Task

    @property
    def file(self) -> str:
        """Under which name the first one is saved."""
        return f"{'image-1' if self.task == 'image' else 'speech'}{self.extension}"

    @property
    def whole(self) -> bool:
        return not self.path


@dataclass(frozen=True)
class Again:
    """One call. `body` is JSON as it was sent, or else there are `parts`; `text` is where the answer's words are.

    It is not `keyed` where none was sent, nor for the embedded engine: that one's key was made for this page alone.
    """

    task: Task
    url: str
    keyed: bool
    body: str
    parts: tuple[Part, ...]
    note: str
    streams: bool
    polls: str
    job: Path
    text: Path
    found: Found | None

    @property
    def fields(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)


def again(ended: Ended) -> Again | None:
    """What a run's code does; None when nothing was sent, or more than was kept."""
    sent = [exchange for exchange in ended.record.exchanges if exchange.method == "POST"]
    asked = next((it for it in reversed(sent) if 200 <= it.status < 300), sent[-1] if sent else None)
    if asked is None or not (asked.body or asked.parts):
        return None
    task, embedded, url = ended.model.task, ended.endpoint.embedded, asked.url
    if embedded:
        url = ENGINE + url.removeprefix(ended.endpoint.root)
    body, polls = (asked.body or b"").decode("utf-8", "replace"), url.endswith("/stt/create")
    said = _said(ended.record.exchanges[-1] if polls else asked)
    return Again(
        task=task,
        url=url,
        keyed=not embedded and any(name.lower() == "authorization" for name in asked.headers),
        body=body,
        parts=asked.parts,
        note=ENGINE_NOTE if embedded else "",
        streams=bool(body) and json.loads(body).get("stream") is True,
        polls=f"{url.removesuffix('/create')}/" if polls else "",
        job=_job(_said(asked)),
        text=_text(said) if task == "transcription" else (),
        found=_found(ended, asked, said) if task in EXTENSIONS else None,
    )


def _said(exchange: Exchange) -> Any:
    """A reply's JSON, {} for anything else."""
    try:
        return json.loads(b"".join(exchange.reply))
    except (ValueError, RecursionError):
        return {}


def _job(said: Any) -> Path:
    names = [name for name in ("generation_id", "id") if isinstance(said, dict) and said.get(name)]
    return (names[0] if names else "generation_id",)


def _text(said: Any) -> Path:
    """Where the words of a transcript are; () when that can't be said."""
    for outside in (("result",), ("output",), ()):
        for inside in (("text",), ("results", "channels", 0, "alternatives", 0, "transcript")):
            if isinstance(at(said, (*outside, *inside)), str):
                return (*outside, *inside)
    return ()


def _found(ended: Ended, asked: Exchange, said: Any) -> Found:
    """Where the media are: by the reply that came, else by what the contract says of this form."""
    default, task = EXTENSIONS[ended.model.task], ended.model.task
    kind = sniff(b"".join(asked.reply))
    if kind is not None:
        return Found((), False, None, kind.extension, task)
    place = next(_media(brief(said)), None)
    if place is None:
        return _promised(task, "/v1/" in urlsplit(asked.url).path)
    path, value = place
    is_url = isinstance(value, str) and value.lower().startswith(("http:", "https:"))
    extension = (_fetched(ended) if is_url else _coded(value)) or default
    last = max((index for index, step in enumerate(path) if isinstance(step, int)), default=-1)
    if last < 0:
        return Found(path, is_url, None, extension, task)
    return Found(path[last + 1 :], is_url, path[:last], extension, task)


def _promised(task: Task, v1: bool) -> Found:
    """Where the contract has the media of a call that was not answered."""
    extension = EXTENSIONS[task]
    if task == "speech":
        return Found(("audio", "url") if v1 else (), v1, None, extension, task)
    return Found(("url",) if v1 else ("image_base64",), v1, ("data",) if v1 else ("output", "choices"), extension, task)


def _media(said: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every place of a reply that holds a URL or base64 under a name that the contract gives to media."""
    if isinstance(said, dict) and MARK not in said:
        for name in sorted(said, key=lambda name: MEDIA.index(name) if name in MEDIA else len(MEDIA)):
            yield from _media(said[name], (*path, name))
    elif isinstance(said, list):
        for index, item in enumerate(said):
            yield from _media(item, (*path, index))
    elif said and (isinstance(said, dict) or (isinstance(said, str) and path and path[-1] in MEDIA)):
        yield path, said


def _fetched(ended: Ended) -> str:
    """The extension of what was fetched from a URL."""
    bodies = [b"".join(it.reply) for it in ended.record.exchanges if it.method == "GET" and it.status == 200]
    kinds = [kind for kind in map(sniff, bodies) if kind]
    return kinds[-1].extension if kinds else ""


def _coded(value: Any) -> str:
    """The extension of what came in base64, shortened or not."""
    if isinstance(value, dict):
        subtype = str(value[MARK]).partition(",")[0].rpartition("/")[2]
        return f".{SUBTYPES.get(subtype, subtype)}" if subtype.isalnum() and subtype != "base64" else ""
    try:
        kind: Kind | None = sniff(unbase64(value))
    except ValueError:
        return ""
    return kind.extension if kind else ""


def at(said: Any, path: Path) -> Any:
    """What lies at a path, None where it does not go on."""
    for step in path:
        if isinstance(step, int):
            said = said[step] if isinstance(said, list) and step < len(said) else None
        else:
            said = said.get(step) if isinstance(said, dict) else None
    return said
