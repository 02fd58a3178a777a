"""Finds a Chromium for the browser tests, installs it where that can be done."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DEBIAN = Path("/etc/debian_version")
HOW = "apt-get install chromium, or any Chromium or Chrome in PATH"
INSTALL_SECONDS_MAX = 600


def chromium() -> str | None:
    """The path of the machine's Chromium, or None."""
    found = (
        shutil.which(name) or shutil.which(name, path="/usr/bin") for name in NAMES
    )
    return next((path for path in found if path), None)


def install() -> None:
    """Install Debian's Chromium without a word; trouble leaves things as they were."""
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (
        ["update", "-qq"],
        ["install", "-y", "-qq", "--no-install-recommends", "chromium"],
    ):
        try:
            subprocess.run(
                ["apt-get", *arguments],
                env=quiet,
                check=False,
                capture_output=True,
                timeout=INSTALL_SECONDS_MAX,
            )
        except (OSError, subprocess.TimeoutExpired):
            return


def verdict(found: str | None, environ: Mapping[str, str]) -> tuple[int, str]:
    """The exit status and the line to print, which is empty when all is well."""
    if found:
        return 0, ""
    if environ.get("CI") == "true":
        return 1, f"No Chromium for the browser tests; CI needs one: {HOW}."
    return 0, f"No Chromium: the browser tests will be skipped. To run them: {HOW}."


def main() -> int:
    """Look, install if that can help, look again; return the exit status."""
    if chromium() is None and DEBIAN.exists() and os.geteuid() == 0:
        install()
    status, line = verdict(chromium(), os.environ)
    if line:
        sys.stderr.write(line + "\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
