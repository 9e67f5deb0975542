"""Decides which endpoint answers, which services there are, which page is shown. All else is handed what it needs."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from services import logs
from services.engine import EmbeddedEngine
from services.redaction import Redactor
from services.settings import Settings, sentences

if TYPE_CHECKING:
    import gradio as gr

# Gradio reads these when it is imported.
QUIET_GRADIO = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_ANALYTICS_CACHE_FREQUENCY": "1000",
    "HF_HUB_DISABLE_TELEMETRY": "1",
}


def main() -> None:
    """Start the page; the embedded engine wakes up beside the imports when it is what answers."""
    try:
        settings, engine = Settings(), EmbeddedEngine()
    except ValidationError as wrong:
        sys.exit(sentences(wrong))
    redactor = Redactor(*settings.secrets)
    logs.set_up(redactor, settings.log_level, settings.log)
    if not settings.names_an_api:
        engine.start()
    for name, value in QUIET_GRADIO.items():
        os.environ.setdefault(name, value)
    try:
        launch(settings, engine, redactor)
    except KeyboardInterrupt:
        pass
    except OSError as taken:  # the port; Gradio says which, and what to set
        sys.exit(str(taken))
    finally:
        engine.stop()


def launch(
    settings: Settings, engine: EmbeddedEngine, redactor: Redactor | None = None, *, block: bool = True, **options: Any
) -> gr.Blocks:
    """Build the page and serve it; `options` go to Gradio's own launch. Returns at once unless it is to block."""
    from gradio.utils import get_upload_folder

    from components import guard, keeping, lane, markup, models, outside, parameters, runs, theme, trial, web
    from components.page import build_playground
    from services.playground import assemble

    folder = Path(get_upload_folder()) / "results"
    folder.mkdir(parents=True, exist_ok=True)
    services = assemble(settings, engine, folder, redactor=redactor)
    page = build_playground(services, settings)
    page.blocks.space_id = None  # else a Space's page asks other hosts for fonts and its own description
    page.blocks.queue(default_concurrency_limit=None, max_size=settings.limit.queue or None)
    page.blocks.launch(
        prevent_thread_lock=True,
        theme=theme.theme(),
        css=theme.stylesheet(),
        head=f'<script src="{web.scripts_address()}" defer></script>',
        app_kwargs={
            "middleware": guard.middleware(services.observer.redactor),
            "lifespan": guard.lifespan,
            "routes": [
                *web.routes(services),
                *outside.routes(services, settings),
                *models.routes(services),
                *markup.routes(),
                *runs.routes(services),
                *keeping.routes(services),
                *parameters.routes(services),
                lane.route(page.exchange),
                *trial.routes(services, page.image.gallery),
            ],
            "openapi_url": None,
        },
        mcp_server=importlib.util.find_spec("mcp") is not None,
        max_threads=200,
        state_session_capacity=1000,  # pages that Stop finds its job for; some 20 kB each
        max_file_size=settings.limit.upload_bytes,
        run_history=False,
        enable_monitoring=False,
        ssr_mode=False,
        pwa=False,
        show_error=True,
        footer_links=["api"],
        **options,
    )
    logs.adopt_uvicorn()
    services.warm()
    if block:
        page.blocks.block_thread()
    return page.blocks


if __name__ == "__main__":
    main()
