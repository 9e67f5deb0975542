"""`python -m services.embedded`: the engine as a server of its own. Knows sockets and processes, no models."""

from __future__ import annotations

import os

# Read by libgomp when it is loaded, so before anything native: on shared cores, threads that spin while they wait make
# the chat model up to twenty times slower.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "0")

import argparse
import json
import logging
import socket
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress

import uvicorn

from services.embedded.app import build_app
from services.embedded.settings import EngineSettings


class Announced(uvicorn.Server):
    """A server that says on standard output where it listens, in one line of JSON, once it does."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and sockets:
            print(json.dumps({"port": sockets[0].getsockname()[1], "pid": os.getpid()}), flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted, or until standard input closes when that was asked for."""
    parser = argparse.ArgumentParser(prog="python -m services.embedded", description="The embedded engine as a server.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    parser.add_argument(
        "--port", type=int, default=0, help="port; 0 (default) lets the system pick, see the first line"
    )
    parser.add_argument("--until-stdin-closes", action="store_true", help="end when standard input reaches its end")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    try:
        settings = EngineSettings.from_environment()
    except ValueError as problem:
        parser.error(str(problem))
    config = uvicorn.Config(
        build_app(settings), log_config=None, access_log=False, lifespan="on", timeout_graceful_shutdown=2
    )
    server = Announced(config)
    if chosen.until_stdin_closes:
        threading.Thread(target=_end_with_stdin, args=(server,), daemon=True).start()
    with suppress(KeyboardInterrupt):
        server.run(sockets=[listening(chosen.host, chosen.port)])
    # A model's thread may be in the middle of native code; nobody waits for its result any more.
    sys.stderr.flush()
    os._exit(0)


def listening(host: str, port: int) -> socket.socket:
    """A listener whose connections send at once, as asyncio's own do.

    It is not asyncio's, so that asyncio leaves Nagle's algorithm on: on a connection that is used again the body of a
    reply then waits until the client has acknowledged the head, which it does 40 ms late.
    """
    listener = socket.create_server((host, port))
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _end_with_stdin(server: uvicorn.Server) -> None:
    while sys.stdin.buffer.read(4096):
        pass
    server.should_exit = True


if __name__ == "__main__":
    sys.exit(main())
