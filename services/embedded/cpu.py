"""What this machine's processor can do. Knows where each system tells it; knows nothing about models."""

from __future__ import annotations

import ctypes
import platform
import subprocess
from pathlib import Path

_PF_AVX2 = 40  # winnt.h, PF_AVX2_INSTRUCTIONS_AVAILABLE

_SENTENCE = (
    "This computer's processor lacks AVX2, which the chat model's runtime is built for. "
    "Use an API key for chat; pictures and speech work here."
)


def lacks_instructions(machine: str = platform.machine(), flags: str | None = None) -> str:
    """Why llama.cpp's wheel would stop the process here, as a sentence; nothing if it can run.

    The x86 wheels need AVX2, and a processor without it ends the process at the first sum. Where the flags can't be
    read, the runtime gets its chance.
    """
    if machine.lower() not in ("x86_64", "amd64"):
        return ""
    known = _flags() if flags is None else flags
    return _SENTENCE if known and "avx2" not in known.lower().split() else ""


def _flags() -> str:
    """The processor's features as words; nothing when the system does not tell."""
    system = platform.system()
    try:
        if system == "Linux":
            lines = Path("/proc/cpuinfo").read_text().splitlines()
            return next((line.partition(":")[2] for line in lines if line.startswith("flags")), "")
        if system == "Darwin":
            command = ["/usr/sbin/sysctl", "-n", "machdep.cpu.leaf7_features"]
            return subprocess.run(command, capture_output=True, text=True, timeout=5, check=True).stdout
        if system == "Windows":
            kernel = ctypes.CDLL("kernel32")
            return "avx2" if kernel.IsProcessorFeaturePresent(_PF_AVX2) else "none"
    except (OSError, subprocess.SubprocessError):
        return ""
    return ""
