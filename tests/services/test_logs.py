"""What stands in the log, and what never does: through our own lines, other libraries', and tracebacks."""

from __future__ import annotations

import base64
import io
import json
import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
import structlog
from pydantic import SecretStr

from services import logs
from services.redaction import Redactor

KEY = "sk-canary/of+the=log-7f3a91"
FORMS = [KEY, KEY[::-1], quote(KEY, safe=""), *(base64.b64encode(b"x" * n + KEY.encode()).decode() for n in range(3))]


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What the log holds; the set-up of the process is as before afterwards."""
    for name in logs.UVICORN:  # a server of another test may have silenced them
        monkeypatch.setattr(logging.getLogger(name), "propagate", True)
        monkeypatch.setattr(logging.getLogger(name), "level", logging.NOTSET)
        logging.getLogger(name).manager._clear_cache()
    stream, root = io.StringIO(), logging.getLogger()
    before = list(root.handlers), logging.getLogger(logs.NAME).level
    logs.set_up(Redactor(SecretStr(KEY)), "DEBUG", "json", stream)
    yield stream
    root.handlers = before[0]
    logging.getLogger(logs.NAME).setLevel(before[1])
    logging.captureWarnings(False)
    structlog.reset_defaults()


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def core(form: str) -> str:
    return form[4:-4]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("way", ["ours", "field", "library", "uvicorn", "exception", "extra"])
def test_no_form_of_a_key_gets_into_the_log(log, form, way):
    match way:
        case "ours":
            logs.log.warning(f"it was {form}")
        case "field":
            logs.log.warning("it", nested={"deep": [form]})
        case "library":
            logging.getLogger("some.library").warning("it was %s", form)
        case "uvicorn":
            access = logging.getLogger("uvicorn.access")
            access.setLevel("INFO")
            access.info('%s - "%s %s" %d', "127.0.0.1:1", "GET", f"/?q={form}", 200)
        case "exception":
            try:
                raise ValueError(form)
            except ValueError:
                logging.getLogger("asyncio").exception("it failed with %s", form)
        case "extra":
            logging.getLogger("some.library").error("it", extra={"headers": {"authorization": form}})
    assert len(lines(log)) == 1
    assert core(form) not in log.getvalue()


def test_a_line_has_its_facts_level_and_time(log):
    with logs.about(session="1a2b"):
        logs.log.info("action", task="chat", seconds=0.2)
    [line] = lines(log)
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "action", "level": "info", "session": "1a2b", "task": "chat", "seconds": 0.2}


def test_an_exception_is_told_by_kind_and_place_and_without_its_words(log):
    try:
        try:
            {}["a prompt of a visitor"]
        except KeyError as missing:
            raise ValueError("a prompt of a visitor") from missing
    except ValueError:
        logging.getLogger("some.library").exception("failed")
    [line] = lines(log)
    assert line["fault"].startswith("ValueError at ")
    assert "tests/services/test_logs.py:" in line["fault"]
    assert line["because"].startswith("KeyError at ")
    assert "prompt" not in log.getvalue()
    assert str(logs.ROOT) not in log.getvalue()


@pytest.mark.parametrize("name", ["openai._base_client", "httpx", "httpcore.http11", "urllib3.connectionpool"])
def test_libraries_that_write_whole_requests_when_told_to_debug_are_not_heard(log, name):
    logger = logging.getLogger(name)
    before = logger.level
    logger.setLevel(logging.DEBUG)  # what OPENAI_LOG=debug does
    logger.debug("Request options: {'json_data': {'messages': 'a prompt'}}")
    logger.setLevel(before)
    assert log.getvalue() == ""


def test_uvicorns_lines_go_through_the_same_chain(log):
    logger = logging.getLogger("uvicorn.error")
    logger.addHandler(logging.StreamHandler(own := io.StringIO()))
    logs.adopt_uvicorn()
    logger.error("a line")
    assert not own.getvalue()
    assert [line["event"] for line in lines(log)] == ["a line"]


def test_a_second_set_up_replaces_the_first(log):
    logs.set_up(Redactor(), "WARNING", "text", again := io.StringIO())
    logs.log.info("too quiet")
    logs.log.warning("loud", task="chat")
    assert not log.getvalue()
    assert "loud" in again.getvalue()
    assert "too quiet" not in again.getvalue()
    with pytest.raises(ValueError):
        json.loads(again.getvalue())


def test_an_error_has_one_line_only():
    error = ValueError()
    assert logs.tell_once(error)
    assert not logs.tell_once(error)


def test_a_session_is_told_apart_and_can_not_be_taken_over():
    assert logs.short("a7b8c9d0e1") != logs.short("a7b8c9d0e2")
    assert "a7b8" not in logs.short("a7b8c9d0e1")
    assert len(logs.short("a7b8c9d0e1")) == 8
    assert logs.short("") == "-"
