"""Build hook: a wheel carries the bundled front end and the compiled Chinese texts, so installing needs no Node."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class FrontEnd(BuildHookInterface[Any]):
    """Runs the page kit's set-up before the files of a wheel are collected."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """An installation in place (`pip install -e`) leaves this to `make env`."""
        if version != "editable":
            command = [sys.executable, "-m", "kajing.ui.build", "assets", "messages"]
            subprocess.run(command, cwd=self.root, check=True)
