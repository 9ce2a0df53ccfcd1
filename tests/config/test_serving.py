"""`kajing serve`, as a real process: it answers, mends itself, and never serves strangers over plain http."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError
from django.test import Client

from kajing.config import serving
from tests.homes import Home, new_home


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, migrated: Home) -> Iterator[Home]:
    """A migrated, otherwise empty installation."""
    with new_home(tmp_path_factory.mktemp("serve"), like=migrated) as home:
        yield home


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _healthy(port: int, seconds: float = 60) -> float:
    """Seconds until `/healthz` answers."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
                assert json.load(answer) == {"status": "ok"}
                return time.monotonic() - began
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    raise AssertionError("no answer")


def _children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _both(pid: int) -> set[int]:
    """The web server and the worker, once both run."""
    for _ in range(150):
        if len(children := _children(pid)) == 2:
            return set(children)
        time.sleep(0.2)
    raise AssertionError("the server does not keep two children")


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks at processes through /proc")
def test_server_answers_and_mends_itself(home: Home) -> None:
    port = _free_port()
    server = home.start("-m", "kajing.config.cli", "serve", "--port", str(port))
    try:
        _healthy(port)
        before = _both(server.pid)
        for child in before:
            os.kill(child, signal.SIGKILL)
        time.sleep(1)
        _healthy(port)
        after = _both(server.pid)
        assert not before & after
    finally:
        server.terminate()
        assert server.wait(30) == 0
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), 1):
        pass


@pytest.mark.slow
def test_taken_port_is_told_plainly(home: Home) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        done = home.run("serve", "--port", str(other.getsockname()[1]), check=False)
    assert done.returncode == 1
    assert "choose another --port" in done.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "bank.example"])
def test_plain_http_is_for_this_machine_only(settings: Any, host: str) -> None:
    settings.KAJING_DEMO, settings.HTTPS = False, False
    with pytest.raises(CommandError, match="KAJING_PUBLIC_URL"):
        serving.check_address(host)
    settings.HTTPS = True
    serving.check_address(host)
    settings.KAJING_DEMO = True
    with pytest.raises(CommandError, match="demo"):
        serving.check_address(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_loopback_is_always_served(host: str) -> None:
    serving.check_address(host)


def test_child_that_keeps_ending_is_started_with_growing_patience() -> None:
    said: list[str] = []
    child = serving.Child("sleeper", ["false"])
    child.start()
    for _ in range(3):
        assert child.process is not None
        child.process.wait()
        child.look_after(said.append)
        assert child.process is None
        child.not_before = 0
        child.look_after(said.append)
    assert len(said) == 3
    assert child.patience == 4.0
    child.end()


def test_health_says_nothing_but_its_state(db: None) -> None:
    answer = Client().get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_health_is_503_without_a_database(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError

    from kajing.config import health

    def down() -> None:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(health, "_ask_database", down)
    answer = Client().get("/healthz")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert "closed" not in answer.content.decode()
