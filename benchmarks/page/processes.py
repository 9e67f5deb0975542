"""Starts what is measured, each in a process of its own, and reads its processor time and memory. Knows no rows."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.page import wire

PROJECT = Path(__file__).resolve().parents[2]
PATIENCE = 120.0


@dataclass(frozen=True)
class Site:
    """Something that is served: where, by which process, and how long it took from nothing to its first page (s)."""

    url: str
    pid: int
    boot: float

    @property
    def cpu(self) -> float:
        """Processor seconds so far, user and system."""
        if Path("/proc/self/stat").exists():
            fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
            return (int(fields[11]) + int(fields[12])) / float(os.sysconf("SC_CLK_TCK"))
        hours = [float(part) for part in re.split("[:-]", _ps(self.pid, "cputime"))]
        return sum(part * 60.0**place for place, part in enumerate(reversed(hours)))

    @property
    def memory(self) -> float:
        """Megabytes that are resident."""
        return int(_ps(self.pid, "rss")) / 1000


def _ps(pid: int, what: str) -> str:
    return subprocess.run(["ps", "-o", f"{what}=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()


@asynccontextmanager
async def served(
    command: Sequence[str], port: int, environment: Mapping[str, str] | None = None, cwd: Path = PROJECT
) -> AsyncIterator[Site]:
    """Run a command until the block ends; it is there as soon as its page answers."""
    began = time.perf_counter()
    process = subprocess.Popen(  # noqa: ASYNC220 - milliseconds, before anything is measured
        command, cwd=cwd, env={**os.environ, **(environment or {})}, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    silence = asyncio.create_task(asyncio.to_thread(_errors, process))
    url = f"http://127.0.0.1:{port}"
    try:
        while not await _answers(url):
            if process.poll() is not None:
                raise RuntimeError(f"{' '.join(command)} ended: {await silence}")
            if time.perf_counter() - began > PATIENCE:
                raise TimeoutError(f"{' '.join(command)} did not answer within {PATIENCE:.0f} s")
            await asyncio.sleep(0.05)
        yield Site(url, process.pid, time.perf_counter() - began)
    finally:
        process.terminate()
        try:
            await asyncio.to_thread(process.wait, 10)
        except subprocess.TimeoutExpired:
            process.kill()
        await silence


def _errors(process: subprocess.Popen[bytes]) -> str:
    """Read on, lest the process waits for us; keep the end."""
    said = b""
    while process.stderr and (line := process.stderr.readline()):
        said = (said + line)[-2000:]
    return said.decode("utf-8", "replace")


async def _answers(url: str) -> bool:
    try:
        reply = await wire.get(url, "/")
    except (ConnectionError, EOFError):
        return False
    return reply.status == 200


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
    return port


def module(name: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", f"benchmarks.page.{name}", *arguments]
