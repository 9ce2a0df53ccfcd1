"""A gateway on this machine for tests and the demo: it takes SMS, WeCom and mail, delivers after a moment, and answers.

It speaks the HTTP contract of docs/reference/channels.md exactly, signatures included, so whoever writes a real gateway
can read here what is expected. How a number ends decides what happens to its message: see `ENDINGS`.
"""

from __future__ import annotations

import json
import socketserver
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from kajing.lib import outgoing, webhooks

ENDINGS = {
    "00": "refused for good: no such number",
    "11": "busy the first time",
    "22": "taken, then not delivered",
    "33": "taken, no word of delivery",
    "77": "delivered; the customer answers TD",
    "88": "delivered; the customer says thank you",
    "99": "delivered; the customer complains",
}
REPLIES = {"77": "TD", "88": "好的，谢谢", "99": "再发我就投诉了"}
_LOOPBACK = outgoing.Reach(loopback=True)
_LARGEST = 64 * 1024


@dataclass
class Gateway:
    """What the gateway knows: who may ask, where to tell of deliveries, and every message it took."""

    secret: str
    callback: str = ""  # the address of Kajing, such as http://127.0.0.1:8000; empty: tells nothing
    delay: float = 1.0
    taken: dict[str, dict[str, Any]] = field(default_factory=dict)
    mails: list[bytes] = field(default_factory=list)
    offered: dict[str, int] = field(default_factory=dict)
    say: Callable[[str], None] = lambda text: None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, Any]]:
        """One call of Kajing: the status and the answer."""
        try:
            webhooks.verify(self.secret, headers, body, now=datetime.now(UTC))
        except webhooks.BadSignature as error:
            return 401, {"code": "bad_signature", "detail": str(error)}
        try:
            letter = json.loads(body)
            key, ending = str(uuid.UUID(letter["id"])), str(letter["to"])[-2:]
        except (ValueError, KeyError, TypeError, AttributeError):
            return 400, {"code": "bad_request", "detail": "id and to are needed"}
        with self._lock:
            self.offered[key] = self.offered.get(key, 0) + 1
            if key in self.taken:
                return 202, {"provider_id": f"sim-{key[:8]}"}
            if ending == "00":
                return 422, {"code": "number_unknown", "detail": "no such number", "address_invalid": True}
            if ending == "11" and self.offered[key] == 1:
                return 503, {"code": "busy"}
            self.taken[key] = letter
        self.say(f"{letter.get('channel')} to …{ending} taken")
        threading.Thread(target=self._carry, args=(letter, ending), daemon=True).start()
        return 202, {"provider_id": f"sim-{key[:8]}"}

    def _carry(self, letter: dict[str, Any], ending: str) -> None:
        """Deliver after a moment, and answer as the number's ending says."""
        time.sleep(self.delay)
        if ending == "22":
            self.tell(letter["channel"], "message.failed", {"id": letter["id"], "code": "absent"})
        elif ending != "33":
            self.tell(letter["channel"], "message.delivered", {"id": letter["id"]})
        if ending in REPLIES:
            data = {"from": letter["to"], "text": REPLIES[ending], "in_reply_to": letter["id"]}
            self.tell(letter["channel"], "message.reply", data)

    def tell(self, channel: str, kind: str, data: dict[str, Any], *, event_id: str = "") -> int:
        """Call Kajing back, again for a while when it does not answer; gives the last status, 0 without any."""
        body = json.dumps({"type": kind, "data": data}, ensure_ascii=False).encode()
        call = event_id or f"evt_{uuid.uuid4().hex}"
        url = f"{self.callback.rstrip('/')}/contact/channels/{channel.lower()}/callback/"
        for wait in (0.0, 1.0, 3.0, 10.0):
            time.sleep(wait)
            if not self.callback:
                return 0
            headers = webhooks.sign(self.secret, id=call, at=datetime.now(UTC), body=body)
            try:
                answer = outgoing.post(url, body, headers, reach=_LOOPBACK)
            except OSError:
                continue
            if answer.status < 500:
                return answer.status
        return 0


class _Http(BaseHTTPRequestHandler):
    gateway: Gateway

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(min(length, _LARGEST))
        status, told = self.gateway.take(dict(self.headers), body)
        answer = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: Any) -> None:
        """Quiet: addresses are personal data."""


class _Smtp(socketserver.StreamRequestHandler):
    """Just enough SMTP to take a mail."""

    gateway: Gateway

    def handle(self) -> None:
        self._say("220 simulator")
        while line := self.rfile.readline(2000):
            verb = line[:4].upper().strip()
            if verb == b"DATA":
                self._say("354 go on")
                self._data()
            self._say("221 bye" if verb == b"QUIT" else "250 ok")
            if verb == b"QUIT":
                return

    def _data(self) -> None:
        lines: list[bytes] = []
        while (line := self.rfile.readline(100_000)) and line not in {b".\r\n", b".\n"}:
            lines.append(line[1:] if line.startswith(b".") else line)
        self.gateway.mails = [*self.gateway.mails[-99:], b"".join(lines)]
        self.gateway.say("mail taken")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class _SmtpServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


class Simulator:
    """The gateway with its servers on loopback; a context manager, or `serve` until it is stopped."""

    def __init__(self, gateway: Gateway, *, port: int = 0, smtp_port: int | None = None) -> None:
        self.gateway = gateway
        self._http = ThreadingHTTPServer(("127.0.0.1", port), type("Http", (_Http,), {"gateway": gateway}))
        self._smtp: _SmtpServer | None = None
        if smtp_port is not None:
            self._smtp = _SmtpServer(("127.0.0.1", smtp_port), type("Smtp", (_Smtp,), {"gateway": gateway}))

    @property
    def url(self) -> str:
        """Where it takes SMS and WeCom messages."""
        return f"http://127.0.0.1:{self._http.server_address[1]}/"

    @property
    def smtp_port(self) -> int:
        """Where it takes mail; 0 when it does not."""
        return int(self._smtp.server_address[1]) if self._smtp else 0

    def __enter__(self) -> Self:
        for server in filter(None, (self._http, self._smtp)):
            threading.Thread(target=server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for server in filter(None, (self._http, self._smtp)):
            server.shutdown()
            server.server_close()
