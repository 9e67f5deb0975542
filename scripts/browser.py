"""Sees to what the tests run beside Python: a Chromium (here, Debian's, or Playwright's own) and curl.

Knows nothing of the tests.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path


def main() -> int:
    """Find a browser and curl, or bring them; otherwise say what to install."""
    if not (shutil.which("curl") or (is_debian_root() and from_debian("curl"))):
        print(
            "The tests run the page's cURL code, and there is no curl here.\n"
            "Install it (on Debian: sudo apt-get install curl) and run make test again.",
            file=sys.stderr,
        )
        return 1
    if here() or (is_debian_root() and from_debian("chromium")) or from_playwright():
        return 0
    print(
        "The tests visit the page with Chromium, which could not be installed here.\n"
        "Install it (on Debian: sudo apt-get install chromium) and run make test again.",
        file=sys.stderr,
    )
    return 1


def here() -> bool:
    """Tell whether a Chromium is there that the tests will find: on the PATH, or Playwright's own."""
    if shutil.which("chromium"):
        return True
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path).exists()


def is_debian_root() -> bool:
    """Tell Debian from its relatives: Ubuntu's package of that name is only a pointer to a snap."""
    try:
        system = platform.freedesktop_os_release().get("ID")
    except OSError:
        return False
    return system == "debian" and os.geteuid() == 0


def from_debian(package: str) -> bool:
    print(f"Installing Debian's {package}", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}

    def apt(*arguments: str) -> bool:
        command = ["apt-get", "-qq", "-y", "--no-install-recommends", *arguments]
        return succeeds(command, environment=environment)

    apt("update")  # an old list may do as well: what counts is the install
    return apt("install", package)


def from_playwright() -> bool:
    print("Installing Playwright's Chromium", flush=True)
    return succeeds([sys.executable, "-m", "playwright", "install", "chromium"])


def succeeds(command: list[str], environment: dict[str, str] | None = None) -> bool:
    return subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
