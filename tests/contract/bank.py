"""A small bank made, imported, aged by a night and served by the product's own commands, as an outsider would."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
UNTIL = "2026-11-22"


@dataclass
class Answer:
    """One HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def _lower(headers: Message) -> dict[str, str]:
    """Header names are told apart without regard to case."""
    return {name.lower(): value for name, value in headers.items()}


@dataclass
class Bank:
    """Where the bank lives and how to reach it."""

    home: Path
    port: int = 0

    @property
    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("KAJING_", "DJANGO_", "DATABASE_URL"))}
        return kept | {"KAJING_HOME": str(self.home), "KAJING_DEMO_PASSWORD": "a long demo password", "LANG": "C.UTF-8"}

    def run(self, *arguments: str, codes: tuple[int, ...] = (0,)) -> subprocess.CompletedProcess[str]:
        """Run `kajing ARGUMENTS` and check its exit code."""
        command = [sys.executable, str(REPOSITORY / "manage.py"), *arguments]
        done = subprocess.run(
            command, env=self.environment, cwd=self.home, capture_output=True, text=True, timeout=600, check=False
        )
        assert done.returncode in codes, f"{arguments}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def serve(self) -> subprocess.Popen[bytes]:
        """Start the production server and wait until it answers."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = [sys.executable, str(REPOSITORY / "manage.py"), "serve", "--port", str(self.port)]
        server = subprocess.Popen(command, env=self.environment, cwd=self.home)
        for _ in range(240):
            time.sleep(0.25)
            try:
                if self.call("GET", "/healthz").status == 200:
                    return server
            except OSError:
                continue
        server.terminate()
        raise AssertionError("the server did not answer within a minute")

    def call(
        self, method: str, path: str, *, token: str = "", body: Any = None, headers: dict[str, str] | None = None
    ) -> Answer:
        """One request, with a bearer token and a JSON body if given."""
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data=data, method=method)
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        if data is not None:
            request.add_header("Content-Type", "application/json")
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return Answer(answer.status, _lower(answer.headers), answer.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, _lower(error.headers), error.read())

    def token(self, person: str) -> str:
        """The token that `kajing token PERSON` prints: its last word that looks like one."""
        words = self.run("token", person).stdout.split()
        return max((word for word in words if len(word) >= 30), key=len)
