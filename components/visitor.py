"""What a request says about its visitor. The key lives in the request's header and nowhere else."""

from __future__ import annotations

import gradio as gr
from pydantic import SecretStr

from services.endpoint import cleaned_key
from services.errors import InvalidInput

KEY_HEADER = "x-aiml-key"


def key_of(request: gr.Request | None) -> SecretStr | None:
    """The visitor's own key, or None. Raises InvalidInput for what can't be a key."""
    said = request.headers.get(KEY_HEADER, "") if request is not None and request.headers else ""
    if not said.strip():
        return None
    key = cleaned_key(said)
    if not key.get_secret_value():  # whoever sends a header means a key of their own, never the owner's
        raise InvalidInput("The key is empty.", remedy="Send your key, or leave the header out.")
    return key
