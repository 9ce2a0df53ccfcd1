"""Kept forms that arrive later: done once by their key, never twice, and never under somebody else's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import RequestFactory
from django.utils import timezone

from kajing.org.later import with_moment
from kajing.workflow.models import Task
from tests.factories.workflow import task

KEY = {"Idempotency-Key": "5f2c9f0e-1b1e-4d52-9a53-6c9d0f1f8f11", "X-Requested-With": "kajing"}


def finish(client, one, **headers):
    return client.post(f"/tasks/{one.pk}/done/", {"outcome": "DONE", "version": one.version}, headers=headers)


def test_the_same_key_twice_is_done_once(ana, sign_in):
    one, client = task(ana), sign_in(ana)
    first, again = finish(client, one, **KEY), finish(client, one, **KEY)
    assert first.status_code < 400
    assert again.status_code == 204
    assert Task.objects.get(pk=one.pk).state == "DONE"


def test_a_refused_form_leaves_the_key_free(ana, sign_in):
    one, client = task(ana), sign_in(ana)
    assert client.post(f"/tasks/{one.pk + 1000}/done/", {}, headers=KEY).status_code == 404
    assert finish(client, one, **KEY).status_code < 400
    assert Task.objects.get(pk=one.pk).state == "DONE"


def test_keys_belong_to_people_and_pages(ana, lee, sign_in):
    mine, theirs = task(ana), task(lee)
    assert finish(sign_in(ana), mine, **KEY).status_code < 400
    assert finish(sign_in(lee), theirs, **KEY).status_code < 400
    assert Task.objects.get(pk=theirs.pk).state == "DONE"


@pytest.mark.parametrize(
    ("told", "added"),
    [
        (timedelta(minutes=40), True),
        (timedelta(days=3), False),  # older than a key is kept
        (-timedelta(minutes=5), False),  # a clock that is ahead proves nothing
        (None, False),
    ],
)
def test_the_moment_is_told_when_it_can_be_true(told, added):
    now = timezone.now()
    form = {} if told is None else {"noted_at": (now - told).isoformat()}
    request = RequestFactory().post("/", form)
    assert with_moment(request, "door", now).startswith("door (") is added


@pytest.mark.parametrize("wrong", ["yesterday", "2026-11-23T09:00", "9999-99-99T99:99:99Z", "\x00"])
def test_a_moment_nobody_can_read_is_left_out(wrong):
    request = RequestFactory().post("/", {"noted_at": wrong})
    assert with_moment(request, "door", timezone.now()) == "door"
