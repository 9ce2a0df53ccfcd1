"""A ClickHouse server for tests: the HTTP interface as far as our client uses it, the engine itself embedded behind it.

Answers are ClickHouse's own (chdb), so what is tried here is the way there: URL, settings, inserts, streams, errors.
"""

from __future__ import annotations

import contextlib
import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

OF_TRANSPORT = {"query", "database", "query_id", "session_id", "default_format", "wait_end_of_query", "compress"}


@contextlib.contextmanager
def clickhouse_peer(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Its URL and the settings it was asked for, one line each."""
    from chdb.session import Session

    session, lock = Session(str(folder)), threading.Lock()
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or self._chunks())

        def _chunks(self) -> bytes:
            if "chunked" not in self.headers.get("Transfer-Encoding", ""):
                return b""
            parts = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)

        def _answer(self, body: bytes) -> None:
            wanted = dict(parse_qsl(urlsplit(self.path).query))
            try:
                with lock:
                    answer, status = _run(session, wanted, body, asked), 200
            except RuntimeError as error:
                answer, status = str(error).encode(), 500
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.send_header("X-ClickHouse-Timezone", "UTC")
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_arguments: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"clickhouse://default@127.0.0.1:{server.server_port}?compress=false", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        session.close()


def _run(session: Any, wanted: dict[str, str], body: bytes, asked: list[str]) -> bytes:
    for name, value in wanted.items():
        if name not in OF_TRANSPORT:
            asked.append(f"{name}={value}")
            session.query(f"SET {name} = '{value}'")
    if database := wanted.get("database"):
        session.query(f"USE {database}")
    if "query" not in wanted:
        return _bytes(session.query(body.decode(), wanted.get("default_format", "TabSeparated")))
    query = wanted["query"]
    if not body:
        return _bytes(session.query(query, wanted.get("default_format", "TabSeparated")))
    with tempfile.NamedTemporaryFile() as file:
        file.write(body)
        file.flush()
        into, _, form = query.partition(" FORMAT ")
        session.query(f"{into} FROM INFILE '{file.name}' FORMAT {form}")
    return b""


def _bytes(result: Any) -> bytes:
    found: bytes = result.bytes() if result is not None and hasattr(result, "bytes") else b""
    return found
