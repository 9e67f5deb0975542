"""Gradio's blocks with words of ours where an input is refused. Knows nothing about what is on the page."""

from __future__ import annotations

import logging
from typing import Any

import gradio as gr

log = logging.getLogger("playground")

REFUSED = (
    "A value was not accepted: it is of the wrong kind, or a file that was not uploaded here. "
    "Compare it with “Use via API” on the page, and upload files first."
)


class PlainBlocks(gr.Blocks):
    """What a component refuses becomes one sentence; Gradio's own words quote paths and the library's insides."""

    async def preprocess_data(self, *args: Any, **kwargs: Any) -> Any:
        """Check what came in, as Gradio does. Raises gr.Error for whatever is refused."""
        try:
            return await super().preprocess_data(*args, **kwargs)
        except Exception as refused:  # noqa: BLE001 - whatever a component raises, it refused this
            log.warning("an input was refused: %s", type(refused).__name__)
            raise gr.Error(REFUSED, print_exception=False) from None
