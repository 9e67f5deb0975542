"""Makes `.venv`, fills it and brings the chat weights, side by side. Standard library only; knows nothing of the page.

`python scripts/prepare.py [--dev]`: with `--dev` the tools of requirements-dev.txt come too. When nothing has changed
since the last time, nothing is installed. An environment that a broken install left behind is made anew.
"""

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "installed.json"  # the Python and each file's SHA-256; written last, so that it vouches for the rest
PYTHON = VENV / "bin" / "python"
OLDEST = (3, 11)

# The lines of uv and pip that show a person that something is happening; the rest is kept for when it fails.
NEWS = re.compile(r"\s*(Downloading|Building|Resolved|Prepared|Installing collected) ")


def main() -> int:
    """Prepare, or say in one sentence why not."""
    names = ["requirements.txt"] + ["requirements-dev.txt"] * ("--dev" in sys.argv[1:])
    wanted = {"python": sys.version, **{name: digest(name) for name in names}}
    installed = stamped()
    try:
        if wanted.items() <= installed.items():
            fetch_weights().wait()
            return 0
        refuse_what_cannot_work()
        if installed.get("python") != sys.version:
            make_environment()
        STAMP.unlink(missing_ok=True)
        with fetch_weights():  # it needs Python and pip only, so it need not wait for the packages
            install(names)
            STAMP.write_text(json.dumps(wanted))
        return 0
    except KeyboardInterrupt:  # the same Ctrl-C has reached the programs started here
        return 130


def digest(name: str) -> str:
    return hashlib.sha256((ROOT / name).read_bytes()).hexdigest()


def stamped() -> "dict[str, str]":
    """Read what the environment was filled from; empty if there is none that can be trusted."""
    try:
        return json.loads(STAMP.read_text()) if PYTHON.exists() else {}
    except (OSError, ValueError):
        return {}


def refuse_what_cannot_work() -> None:
    """Stop with one sentence where this Python can't make an environment."""
    if sys.version_info < OLDEST:
        sys.exit(
            "The playground needs Python {}.{} or newer; this is {}.{}. ".format(*OLDEST, *sys.version_info[:2])
            + "Name another one: make run PYTHON=python3.12"
        )
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        sys.exit("This Python can't make environments. On Debian or Ubuntu: apt install python3-venv")


def make_environment() -> None:
    print("Making .venv", flush=True)
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], capture_output=True, text=True)
    if made.returncode:
        sys.exit(f"Python could not make .venv:\n{made.stdout}{made.stderr}")


def fetch_weights() -> "subprocess.Popen[bytes]":
    """Start bringing the chat weights. It draws its own bar, and without them everything but chat still works."""
    command = [str(PYTHON), "-m", "services.embedded.weights"]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def install(names: "list[str]") -> None:
    """Install with uv, which takes a fraction of the time, or with pip where uv can't."""
    files = [part for name in names for part in ("-r", str(ROOT / name))]
    print("Installing the packages (about 270 MB to download)", flush=True)
    uv = find_uv()
    if uv:
        code, _ = follow([uv, "pip", "install", "--python", str(PYTHON), *files], env=uv_environment())
        if code == 0:
            return
        say("uv could not install the packages; pip takes over, which needs a minute or two")
    code, output = follow([*PIP, "install", "--progress-bar", "off", *files])
    if code:
        sys.exit(f"{output}\nThe packages could not be installed; what pip said is above. make run tries again.")


PIP = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input"]


def find_uv() -> "str | None":
    """Find uv on the PATH, or bring it into the environment; None where there is none for this machine."""
    if shutil.which("uv"):
        return shutil.which("uv")
    follow([*PIP, "install", "--quiet", "--only-binary=:all:", "uv"])
    return shutil.which("uv", path=str(PYTHON.parent))


def uv_environment() -> "dict[str, str]":
    """Hand on what pip was told about its registry: uv does not read pip's settings.

    Only a registry in place of the public one and a certificate are carried over; with anything more elaborate uv may
    fail, and pip takes over.
    """
    listed = subprocess.run([*PIP, "config", "list"], capture_output=True, text=True).stdout
    told = dict(re.findall(r"^\S*\.(index-url|cert)='(.*)'$", listed, re.MULTILINE))
    names = {"index-url": "UV_DEFAULT_INDEX", "cert": "SSL_CERT_FILE"}
    return {**{names[key]: value for key, value in told.items()}, **os.environ}


def follow(command: "list[str]", env: "dict[str, str] | None" = None) -> "tuple[int, str]":
    """Run a command and show its news; return its exit code and all that it said."""
    running = subprocess.Popen(
        command,
        cwd=ROOT,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said = []
    for line in running.stdout or []:
        said.append(line)
        if NEWS.match(line):
            say(line.rstrip()[:100])
    return running.wait(), "".join(said)


def say(line: str) -> None:
    """Print a line without tearing the weights' bar, which is drawn again at its next step."""
    print(("\r\033[2K" if sys.stdout.isatty() else "") + line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
