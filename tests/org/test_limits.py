"""The API's limit: bursts pass, floods wait, one caller's flood is not another's, and the answer says so."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client

from kajing.org import services
from kajing.org.limits import Buckets
from kajing.org.models import Person


class Clock:
    """A clock that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_empties_at_once_and_fills_within_a_minute():
    clock = Clock()
    buckets = Buckets(60, clock)
    assert [buckets.take("a")[0] for _ in range(60)] == list(range(59, -1, -1))
    left, wait = buckets.take("a")
    assert (left, wait) == (0, pytest.approx(1.0))
    clock.now = 1.0
    assert buckets.take("a") == (0, 0.0)
    clock.now = 600.0
    assert buckets.take("a") == (59, 0.0)  # never more than one minute's worth


def test_waiting_is_not_made_longer_by_asking():
    clock = Clock()
    buckets = Buckets(1, clock)
    buckets.take("a")
    for second in range(1, 60):
        clock.now = float(second)
        assert buckets.take("a")[1] == pytest.approx(60 - second)
    clock.now = 60.0
    assert buckets.take("a")[1] == 0.0


def test_callers_have_buckets_of_their_own():
    buckets = Buckets(1, Clock())
    assert buckets.take("a")[1] == 0.0
    assert buckets.take("b")[1] == 0.0
    assert buckets.take("a")[1] > 0


def test_the_api_says_what_is_left_and_then_to_wait(settings, ana: Person, at: datetime):
    settings.KAJING_API_PER_MINUTE = 2
    _held, text = services.make_token(person=ana, name="t", actor="A", at=at)
    client = Client(headers={"Authorization": f"Bearer {text}"})
    first, second, third = (client.get("/api/v1/me") for _ in range(3))
    assert (first.status_code, first["RateLimit-Policy"]) == (200, '"caller";q=2;w=60')
    assert [first["RateLimit"], second["RateLimit"]] == ['"caller";r=1;t=0', '"caller";r=0;t=0']
    assert third.status_code == 429
    assert third["Content-Type"] == "application/problem+json"
    assert 1 <= int(third["Retry-After"]) <= 30


def test_a_session_and_a_token_do_not_share(settings, ana: Person, sign_in, at: datetime):
    settings.KAJING_API_PER_MINUTE = 1
    _held, text = services.make_token(person=ana, name="t", actor="A", at=at)
    browser = sign_in(ana)
    assert browser.get("/api/v1/me").status_code == 200
    assert browser.get("/api/v1/me").status_code == 429
    assert Client(headers={"Authorization": f"Bearer {text}"}).get("/api/v1/me").status_code == 200


def test_without_a_limit_nothing_is_said(ana: Person, sign_in):
    answer = sign_in(ana).get("/api/v1/me")
    assert answer.status_code == 200
    assert "RateLimit" not in answer


def test_a_refused_write_leaves_its_key_free(settings, ana: Person, sign_in):
    settings.KAJING_API_PER_MINUTE = 1
    browser = sign_in(ana)
    browser.get("/api/v1/me")
    refused = browser.post(
        "/api/v1/tasks", {"title": "x"}, content_type="application/json", headers={"Idempotency-Key": "k1"}
    )
    assert refused.status_code == 429
    settings.KAJING_API_PER_MINUTE = 0
    again = browser.post(
        "/api/v1/tasks", {"title": "x"}, content_type="application/json", headers={"Idempotency-Key": "k1"}
    )
    assert again.status_code != 429
