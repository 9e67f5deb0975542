"""The same chat made with two other libraries, in an environment of their own. Knows nothing of Gradio.

The environment is made once, outside of the project, and never becomes a requirement of it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

NAMES = ("nicegui", "streamlit")
HERE = Path(__file__).parent
WANTED = ("nicegui", "streamlit", "openai")


def environment(folder: Path | None = None) -> Path:
    """The Python of the peers' environment, which is made when it is not there. Blocking, minutes."""
    folder = folder or Path(tempfile.gettempdir()) / "playground-bench-peers"
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    ready = folder / "ready"
    if not ready.exists():
        print("Making an environment for the peers; this takes minutes, once.", file=sys.stderr)
        for command in installing(folder, python, shutil.which("uv")):
            subprocess.run(command, check=True)
        ready.touch()
    return python


def installing(folder: Path, python: Path, uv: str | None) -> list[list[str]]:
    """How the environment is made: with uv where it is there, else with what comes with Python."""
    if uv:
        return [
            [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)],
            [uv, "pip", "install", "--quiet", "--python", str(python), *WANTED],
        ]
    return [
        [sys.executable, "-m", "venv", "--clear", str(folder)],
        [str(python), "-m", "pip", "install", "-q", *WANTED],
    ]


def command(name: str, port: int) -> list[str]:
    """How a peer's page is started."""
    python, page = str(environment()), str(HERE / f"peer_{name}.py")
    if name == "streamlit":
        quiet = ("--server.headless=true", "--browser.gatherUsageStats=false")
        return [python, "-m", "streamlit", "run", page, f"--server.port={port}", *quiet]
    return [python, page, str(port)]
