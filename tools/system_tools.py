"""What the full test run wants of the system beyond Python: a browser, Chinese fonts, Java, PostgreSQL, an IMAP server.

Root on a Debian kind of machine gets what is missing by apt-get; otherwise this says what will be skipped. With
KAJING_REQUIRE_ALL=1 (continuous integration) something missing is an error. ``--have-browser`` only answers.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from with_postgres import binaries


def has_browser() -> bool:
    """Whether Chromium or Chrome is on the path."""
    return any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))


def has_fonts() -> bool:
    """Whether a font with Chinese characters is installed."""
    if not shutil.which("fc-list"):
        return False
    return bool(subprocess.run(["fc-list", ":lang=zh"], capture_output=True, check=False).stdout.strip())


def has_java() -> bool:
    """Whether there is a Java to run Spark on."""
    return shutil.which("java") is not None


def has_imap() -> bool:
    """Whether there is an IMAP server to receive mail from."""
    return bool(shutil.which("dovecot")) or Path("/usr/sbin/dovecot").exists()


WANTED: dict[str, tuple[Callable[[], bool], str]] = {
    "chromium": (has_browser, "browser tests"),
    "fonts-noto-cjk": (has_fonts, "Chinese characters in screenshots"),
    "default-jre-headless": (has_java, "tests on Spark"),
    "dovecot-imapd": (has_imap, "e-mail round trip through a real IMAP server"),
    "postgresql": (lambda: binaries() is not None, "tests on PostgreSQL"),
}


def missing() -> list[str]:
    """Packages that are not there."""
    return [package for package, (present, _) in WANTED.items() if not present()]


def install(packages: list[str]) -> None:
    """Try apt-get; the caller looks again at what is there."""
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        subprocess.run(["apt-get", "-qq", *command], env=quiet, check=False, stdout=subprocess.DEVNULL)


def main() -> int:
    """0, or 1 when something required is missing."""
    lacking = missing()
    if lacking and os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"installing {' '.join(lacking)} by apt-get")
        install(lacking)
        lacking = missing()
    for package in lacking:
        print(f"SKIPPED: {WANTED[package][1]}, because {package} is not installed")
    return 1 if lacking and os.environ.get("KAJING_REQUIRE_ALL") == "1" else 0


if __name__ == "__main__":
    sys.exit(0 if has_browser() else 5) if "--have-browser" in sys.argv else sys.exit(main())
