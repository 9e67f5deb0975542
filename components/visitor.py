"""What a request says about its visitor. The key lives in the request's header and nowhere else."""

from __future__ import annotations

import gradio as gr
from pydantic import SecretStr

from services.endpoint import cleaned_key

KEY_HEADER = "x-aiml-key"


def key_of(request: gr.Request | None) -> SecretStr | None:
    """The visitor's own key, or None. Raises InvalidInput for what can't be a key."""
    said = request.headers.get(KEY_HEADER, "") if request is not None and request.headers else ""
    return cleaned_key(said) if said.strip() else None
