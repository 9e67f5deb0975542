"""Keeps the embedded engine running as a process of its own. Knows where it is; knows nothing of its insides."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from pydantic import SecretStr

from services.endpoint import Endpoint
from services.errors import Unreachable

PROJECT = Path(__file__).resolve().parent.parent
COMMAND = (sys.executable, "-m", "services.embedded", "--until-stdin-closes")
# libgomp's spinning makes two threads slower than one on a shared machine (measured: up to 20 times).
QUIET_THREADS = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "0"}


class EmbeddedEngine:
    """Starts the engine when it is first asked for, and after a crash; it ends when our end of its input closes."""

    def __init__(self, command: Sequence[str] = COMMAND) -> None:
        self._command = command
        self._lock = threading.Lock()
        self.starts = 0  # how often a process was started
        self._process: subprocess.Popen[bytes] | None = None
        self._endpoint: Endpoint | None = None

    @property
    def running(self) -> bool:
        """Whether the process is there; it may still be waking up."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the process if none runs; returns at once, while the engine is still waking up."""
        with self._lock:
            if not self.running:
                self._start()

    async def endpoint(self) -> Endpoint:
        """Where the running engine listens. Raises Unreachable when it can't be started."""
        if self._endpoint and self.running:
            return self._endpoint
        return await asyncio.to_thread(self._ready)

    def stop(self) -> None:
        """End the process; the next call would start another."""
        with self._lock:
            process, self._process, self._endpoint = self._process, None, None
        if process and process.stdin:
            process.stdin.close()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()

    def _start(self) -> None:
        key = secrets.token_urlsafe(24)
        environment = {**os.environ, **QUIET_THREADS, "AIML_ENGINE_KEY": key}
        environment.pop("AIML_API_KEY", None)  # the owner's key is for the owner's base only
        self._endpoint, self._key = None, SecretStr(key)
        self.starts += 1
        self._process = subprocess.Popen(
            self._command, cwd=PROJECT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def _ready(self) -> Endpoint:
        with self._lock:
            if not self.running:
                self._start()
            if self._endpoint is None:
                self._endpoint = self._listening()
            return self._endpoint

    def _listening(self) -> Endpoint:
        assert self._process
        assert self._process.stdout
        said = self._process.stdout.readline()
        try:
            port = int(json.loads(said)["port"])
        except (ValueError, KeyError, TypeError) as broken:
            raise Unreachable(
                "The embedded engine could not start.",
                remedy="The server's log says why; a key of your own works without it.",
                detail=said[:200].decode("utf-8", "replace"),
            ) from broken
        return Endpoint.at(f"http://127.0.0.1:{port}/v1", self._key, "v1", embedded=True)
