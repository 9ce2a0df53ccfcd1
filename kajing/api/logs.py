"""JSON logs with a deny-by-default redactor: long digit runs and addresses never reach a log file (platform R16)."""

from __future__ import annotations

import logging
import re

import structlog

from kajing.api.middleware import REQUEST_ID

_SECRET = re.compile(r"\d{6,}|[^\s@]+@[^\s@]+")


class Redact(logging.Filter):
    """Removes anything that looks like a number of a person, card or phone, or an e-mail address."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = _SECRET.sub("[redacted]", record.getMessage()), ()
        record.request_id = REQUEST_ID.get()
        return True


def formatter() -> logging.Formatter:
    """One JSON object a line."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.stdlib.ExtraAdder(allow=["request_id"]),
        ],
        processor=structlog.processors.JSONRenderer(ensure_ascii=False),
    )
