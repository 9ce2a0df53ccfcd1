"""The files of deploy/ against the product: commands that exist, variables that are read, settings fit for production."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
COMMANDS = {path.stem.replace("_", "-") for path in (ROOT / "kajing").glob("*/management/commands/*.py")} | {
    "migrate",
    "createcachetable",
}


def variables() -> dict[str, str]:
    """The environment that deploy/kajing.env describes."""
    lines = (DEPLOY / "kajing.env").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_production_settings_pass_the_deployment_checks(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        **variables(),
        "KAJING_HOME": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "kajing.config.settings",
    }
    environment.pop("DATABASE_URL")
    environment.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)  # browser tests set it for their own process
    command = [sys.executable, "-m", "kajing.config.cli", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["Containerfile", "README.md", "kajing.service", "kajing-backup.service"])
def test_only_commands_that_exist_are_called(name: str) -> None:
    text = (DEPLOY / name).read_text(encoding="utf-8")
    called = set(re.findall(r"(?:bin/|`|&& |exec |\")kajing ([a-z][a-z-]+)", text))
    assert called
    assert called <= COMMANDS


@pytest.mark.parametrize("name", ["kajing.env", "compose.yaml", "Containerfile"])
def test_only_variables_that_are_read_are_set(name: str) -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "kajing" / "config").rglob("*.py"))
    told = re.findall(
        r"^\s*(?:ENV )?(KAJING_[A-Z_]+|DATABASE_URL)[=:]", (DEPLOY / name).read_text(encoding="utf-8"), re.MULTILINE
    )
    assert told
    assert [variable for variable in told if variable not in source] == []


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze here")
def test_systemd_reads_the_units(tmp_path: Path) -> None:
    for path in DEPLOY.glob("kajing*.[st]*"):
        text = path.read_text(encoding="utf-8").replace("/opt/kajing/bin/kajing", sys.executable)
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    units = [str(path) for path in sorted(tmp_path.iterdir())]
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)
    assert [line for line in done.stderr.splitlines() if "kajing" in line] == []
