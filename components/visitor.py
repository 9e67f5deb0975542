"""What a request says about its visitor. The key lives in the request's header and nowhere else."""

from __future__ import annotations

import re

import gradio as gr
from pydantic import SecretStr
from starlette.requests import Request

from services.endpoint import cleaned_key
from services.errors import InvalidInput
from services.visitor import Visitor

KEY_HEADER = "x-aiml-key"
SESSION_HEADER = "x-aiml-session"
_SESSION = re.compile(r"[\w-]{16,64}", re.ASCII)
# Gradio invents a session for each call that comes by plain HTTP without one: the call's own id.
_NAMELESS = re.compile(r"/gradio_api/(call|mcp)/")
# It hands all callers of its MCP server on in one session of its own, with this header (its mcp.py).
_TOOLS = ("x-gradio-user", "mcp")


def key_of(request: gr.Request | Request | None) -> SecretStr | None:
    """The visitor's own key, or None. Raises InvalidInput for what can't be a key."""
    said = request.headers.get(KEY_HEADER, "") if request is not None and request.headers else ""
    if not said.strip():
        return None
    key = cleaned_key(said)
    if not key.get_secret_value():  # whoever sends a header means a key of their own, never the owner's
        raise InvalidInput("The key is empty.", remedy="Send your key, or leave the header out.")
    return key


def visitor_of(request: gr.Request | Request | None, session: str = "") -> Visitor:
    """Who asks, from a Gradio event or a route of our own. Raises InvalidInput for what can't be a key.

    The session is the one given, else the one that the page names in its header, else Gradio's.
    """
    if request is None:
        return Visitor(session)
    forwarded = request.headers.get("x-forwarded-for", "") if request.headers else ""
    client = getattr(request, "client", None)
    return Visitor(
        session=session or _session_of(request),
        key=key_of(request),
        peer=str(client.host) if client else "",
        forwarded=tuple(part.strip() for part in forwarded.split(",") if part.strip()),
    )


def _session_of(request: gr.Request | Request) -> str:
    named = str(request.headers.get(SESSION_HEADER, "")) if request.headers else ""
    if _SESSION.fullmatch(named):
        return named
    name, value = _TOOLS
    by_mcp = bool(request.headers) and request.headers.get(name) == value
    invented = by_mcp or _NAMELESS.search(str(getattr(request, "url", "")))
    return "" if invented or not isinstance(request, gr.Request) else str(request.session_hash or "")
