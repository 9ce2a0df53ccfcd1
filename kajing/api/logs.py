"""JSON logs with a deny-by-default redactor: long digit runs and addresses never reach a log file (platform R16)."""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from kajing.api.middleware import REQUEST_ID

_SECRET = re.compile(r"\d{6,}|[^\s@]+@[^\s@]+")


class Redact(logging.Filter):
    """Removes anything that looks like a number of a person, card or phone, or an e-mail address."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redacted(record.getMessage()), ()
        record.request_id = REQUEST_ID.get()
        return True


class JsonLines(logging.Formatter):
    """One JSON object a line. Of an exception: its class, its words redacted, and where it was raised."""

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, Any] = {"event": record.getMessage()}
        if record.exc_info and record.exc_info[1]:
            told["exc_info"] = [record.exc_info[1].__class__.__name__, redacted(str(record.exc_info[1]))]
            told["exc_info"] += _place(record.exc_info[2])
        if record.stack_info:
            told["stack_info"] = record.stack_info
        told |= {
            "level": record.levelname.lower(),
            "logger": record.name,
            "timestamp": datetime.fromtimestamp(record.created, UTC)
            .isoformat(timespec="microseconds")
            .replace("+00:00", "Z"),
            "request_id": getattr(record, "request_id", ""),
        }
        return json.dumps(told, ensure_ascii=False)


def redacted(text: str) -> str:
    """The text without what looks like a number or an address."""
    return _SECRET.sub("[redacted]", text)


def _place(trace: TracebackType | None) -> list[str]:
    """File and line of the innermost frame."""
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return [f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"] if trace is not None else []
