"""What the log's lines are: one JSON object each, and nothing of a person in it."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from typing import Any

import pytest

from kajing.api.logs import JsonLines, Redact
from kajing.api.middleware import REQUEST_ID


def line(**given: Any) -> dict[str, Any]:
    """A record through the filter and the formatter of the settings."""
    plain: dict[str, Any] = {"level": 40, "pathname": "", "lineno": 1, "args": (), "exc_info": None}
    record = logging.LogRecord("kajing.x", **plain | given)
    assert Redact().filter(record)
    text = JsonLines().format(record)
    assert "\n" not in text
    return dict(json.loads(text))


def test_a_line_says_what_where_and_in_which_request():
    token = REQUEST_ID.set("abcdefgh")
    try:
        told = line(msg="王 %s\ncalled %s", args=("12955550001", "a@b.cn"))
    finally:
        REQUEST_ID.reset(token)
    assert told.pop("timestamp").endswith("Z")
    assert told == {
        "event": "王 [redacted]\ncalled [redacted]", "level": "error", "logger": "kajing.x", "request_id": "abcdefgh",
    }  # fmt: skip


def test_of_an_exception_its_words_are_redacted_and_its_place_is_told():
    with pytest.raises(ValueError, match="card") as caught:
        raise ValueError("card 6222021234567890 of a@b.cn")
    told = line(msg="failed", exc_info=(caught.type, caught.value, caught.tb))
    kind, words, place = told["exc_info"]
    assert (kind, words) == ("ValueError", "card [redacted] of [redacted]")
    assert "test_logs.py:" in place


def test_starting_up_loads_nothing_for_colours_on_a_terminal():
    """Every process of the product pays for what logging loads."""
    code = "import sys, kajing.api.logs; sys.exit('rich' in sys.modules or 'pygments' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
