"""One line for each thing that happens, without keys and without what people write. Knows no tasks and no widgets.

Ours, uvicorn's, Gradio's and everybody else's lines go through one chain and one handler; JSON unless it is a terminal.
"""

from __future__ import annotations

import hashlib
import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from services.redaction import Redactor

Form = Literal["auto", "json", "text"]
NAME = "playground"
# Libraries that write a whole request, prompt and all, at DEBUG (OPENAI_LOG=debug turns one on) are heard from WARNING.
TALKATIVE = (NAME, "uvicorn", "gradio")
UVICORN = ("uvicorn", "uvicorn.error", "uvicorn.access")
ROOT = Path(__file__).resolve().parent.parent
FRAMES = 6
TOLD = "told"

log: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(NAME)


def set_up(redactor: Redactor, level: str = "INFO", form: Form = "auto", stream: TextIO | None = None) -> None:
    """Send every line to `stream` (standard error) by way of the redactor; a second call replaces the first."""
    stream = stream or sys.stderr
    readable = form == "text" or (form == "auto" and stream.isatty())
    show: Processor = structlog.dev.ConsoleRenderer() if readable else structlog.processors.JSONRenderer()
    facts: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *facts, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    handler = logging.StreamHandler(stream)
    handler.name = NAME
    handler.addFilter(_is_ours_or_matters)
    handler.setFormatter(
        _Redacting(
            redactor,
            foreign_pre_chain=[*facts, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, faults, show],
        )
    )
    root = logging.getLogger()
    root.handlers = [*(other for other in root.handlers if other.name != NAME), handler]
    logging.getLogger(NAME).setLevel(level)
    logging.captureWarnings(True)


def adopt_uvicorn() -> None:
    """Uvicorn brings handlers of its own when it starts; its lines go with all others instead."""
    for name in UVICORN:
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True


@contextmanager
def about(**facts: Any) -> Iterator[None]:
    """These facts stand on every line that is written inside the block."""
    with structlog.contextvars.bound_contextvars(**facts):
        yield


def short(session: str) -> str:
    """A session's name for the log: enough to tell two apart, too little to take part in one."""
    return hashlib.blake2s(session.encode(), digest_size=4).hexdigest() if session else "-"


def tell_once(error: BaseException) -> bool:
    """Whether nobody has written a line about this error yet; from now on somebody has."""
    if TOLD in getattr(error, "__notes__", ()):
        return False
    error.add_note(TOLD)
    return True


def faults(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    """An exception as kind and places. Its words stay out: they may quote a prompt, a file's name or a whole reply."""
    error = line.pop("exc_info", None)
    error = error[1] if isinstance(error, tuple) else sys.exception() if error is True else error
    line.pop("exception", None)
    line.pop("stack_info", None)
    for name in ("fault", "because", "before"):
        if not isinstance(error, BaseException):
            break
        line[name] = _told(error)
        earlier = error.__cause__ or error.__context__
        error = earlier if earlier is not error else None
    return line


def _told(error: BaseException) -> str:
    reason = f" ({error.strerror})" if isinstance(error, OSError) and error.strerror else ""
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    places = " > ".join(f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames)
    return f"{type(error).__name__}{reason} at {places or 'no place'}"


def _short(path: str) -> str:
    """A file as its package or the project knows it."""
    return path.rsplit("site-packages/", 1)[-1].removeprefix(f"{ROOT}/").rsplit("/lib/", 1)[-1]


def _is_ours_or_matters(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING or record.name.split(".")[0] in TALKATIVE


class _Redacting(structlog.stdlib.ProcessorFormatter):
    """The last thing that happens to a line: it is one string by now, so no field is forgotten."""

    def __init__(self, redactor: Redactor, **chain: Any) -> None:
        super().__init__(**chain)
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        return self._redactor.clean(super().format(record))
