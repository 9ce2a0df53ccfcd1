"""Hostile input never makes a 5xx: texts that break databases, encodings and parsers (platform S10)."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from django.test import Client

NASTY = [
    "\x00", "a\x00b", "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "%", "_", "'", '"', "\\", "' OR 1=1 --",
    "９" * 300, "a" * 5000, "-1", "0", "9" * 40, "1e999", "NaN", "null", "[]", "{}", "../../etc/passwd", "<script>x</script>",
    "\u202e\u0000", "😀" * 50, "\r\nX-Injected: 1", "=cmd()", "T01/../T02", "%00", "%2e%2e%2f",
]  # fmt: skip
LISTS = [
    "/org/?search={}", "/org/?role={}", "/org/?unit={}", "/org/?page={}", "/audit/?actor={}", "/audit/?action={}",
    "/audit/?first_day={}", "/audit/?cursor={}", "/audit/?customer_id={}", "/audit/nights/?as_of={}", "/org/people/{}/",
    "/org/why/{}/", "/org/why/C1/?person={}", "/api/v1/people?search={}", "/api/v1/audit?actor={}&limit={}",
    "/api/v1/audit?cursor={}", "/api/v1/nights?limit={}", "/api/v1/{}", "/{}/", "/accounts/login/?next={}",
]  # fmt: skip


@pytest.mark.parametrize("path", LISTS)
def test_queries_and_paths(path, auditor, sign_in):
    client = sign_in(auditor)
    client.raise_request_exception = False
    bad = []
    for text in NASTY:
        response = client.get(path.replace("{}", quote(text, safe="")))
        if response.status_code >= 500 or "X-Injected" in response.headers:
            bad.append((text, response.status_code))
    assert bad == []


@pytest.mark.parametrize("text", NASTY)
def test_forms_and_headers(text, admin, ana, sign_in):
    client = sign_in(admin)
    client.raise_request_exception = False
    form = {
        "name": text,
        "days": text,
        "code": text,
        "granted_on": text,
        "substitute": text,
        "first_day": text,
        "role": text,
    }
    for path in (
        "/org/tokens/",
        "/org/people/P-ANA/licence/",
        "/org/people/P-ANA/substitute/",
        "/org/people/P-ANA/role/",
    ):
        assert client.post(path, form).status_code < 500, path
    assert client.get("/api/v1/me", headers={"Authorization": "Bearer " + quote(text)}).status_code == 401
    assert Client().post("/accounts/login/", {"login": text, "password": text}).status_code < 500


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[" * 100_000, b"\xff\xfe", b'{"to": "\\ud800", "fen": 1}', b"null", b"1" * 5000, '{"a": 1}'.encode("utf-16"),
        json.dumps({"a" * 10_000: 1}).encode(),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "kind", ["application/json", "text/plain", "multipart/form-data; boundary=x", "multipart/form-data", ""]
)
def test_bodies(body, kind, ana, sign_in):
    client = sign_in(ana)
    client.raise_request_exception = False
    for key in ({}, {"Idempotency-Key": "k1"}):
        response = client.generic("POST", "/api/v1/tasks", body, content_type=kind, headers=key)
        assert 400 <= response.status_code < 500
