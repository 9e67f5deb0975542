"""Code that makes a call again, exactly as it was made. Knows three languages; knows no key: the code reads its own."""

from __future__ import annotations

from dataclasses import dataclass

from services.runs import Ended
from services.snippets import curl, javascript, python
from services.snippets.again import again

__all__ = ["Code", "code"]


@dataclass(frozen=True)
class Code:
    """Whole programs: for bash with curl; for Python with `openai` (chat) or `requests`; for Node 18 and later."""

    curl: str
    python: str
    javascript: str


def code(ended: Ended) -> Code | None:
    """The code for the call that a run made; None when it sent nothing, or more than is kept.

    Each program prints the answer, or saves the media beside itself under a name that says what they are.
    """
    wanted = again(ended)
    return Code(curl.written(wanted), python.written(wanted), javascript.written(wanted)) if wanted else None
