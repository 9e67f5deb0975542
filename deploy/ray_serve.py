"""The embedded engine on Ray Serve: `serve run deploy.ray_serve:engine`. Knows Ray; the engine knows nothing of it.

Two replicas answer side by side, each with models of its own (about 0.8 GB). A transcription job lives in the replica
that took it, so use the synchronous `POST /stt` behind more than one; everything else keeps nothing between calls.
"""

from __future__ import annotations

import os

# Before anything native is loaded, as in services/embedded/__main__.py; Ray starts each replica from here.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "0")

from ray import serve

from services.embedded.app import build_app
from services.embedded.settings import EngineSettings


@serve.deployment(num_replicas=2, max_ongoing_requests=32)
@serve.ingress(lambda: build_app(EngineSettings.from_environment()))
class Engine:
    """The ASGI app as it stands."""


engine = Engine.bind()
