"""A real standalone Spark cluster on loopback from the PyPI package: one master, two workers, gone with the block."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

PATIENCE = 180.0  # seconds; workers register slowly on a busy machine


@contextlib.contextmanager
def spark_cluster(folder: Path) -> Iterator[str]:
    """Its URL, once both workers have registered. Logs are in `folder`."""
    import pyspark

    home = Path(pyspark.__file__).parent
    environment = os.environ | {
        "SPARK_HOME": str(home),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_DAEMON_MEMORY": "256m",
        "SPARK_DAEMON_JAVA_OPTS": "-XX:TieredStopAtLevel=1",
        "PYSPARK_PYTHON": sys.executable,
    }
    started: list[subprocess.Popen[bytes]] = []

    def start(name: str, kind: str, *arguments: str) -> Path:
        log = folder / f"{name}.log"
        command = [str(home / "bin/spark-class"), f"org.apache.spark.deploy.{kind}", "--host", "127.0.0.1"]
        with log.open("wb") as sink:
            started.append(
                subprocess.Popen(
                    [*command, "--webui-port", "0", *arguments],
                    stdout=sink,
                    stderr=sink,
                    env=environment,
                    start_new_session=True,
                )
            )
        return log

    folder.mkdir(parents=True)
    try:
        log = start("master", "master.Master", "--port", "0")
        said(log, "I have been elected leader", 1)
        [url] = re.findall(r"Starting Spark master at (spark://[\d.:]+)", log.read_text())
        for n in (1, 2):
            work = str(folder / f"work-{n}")
            start(f"worker-{n}", "worker.Worker", "--cores", "1", "--memory", "1g", "--work-dir", work, url)
        said(log, "Registering worker", 2)
        yield url
    finally:
        for process in reversed(started):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        for process in started:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(20)


def said(log: Path, words: str, times: int, clock: Callable[[], float] = time.monotonic) -> None:
    """Wait until a log has some words so often. Raises TimeoutError with its end."""
    until = clock() + PATIENCE
    while log.read_text(errors="replace").count(words) < times:
        if clock() > until:
            raise TimeoutError(f"{log.name} did not say {words!r} {times} times: {log.read_text()[-1500:]}")
        time.sleep(0.3)
