"""What pages say of parameters that nothing reads is true of the code."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import translation

from kajing.reference import wording
from kajing.reference.models import Parameter
from kajing.reference.services import load_reference
from kajing.reference.unread import UNREAD

ROOT = Path(wording.__file__).resolve().parents[1]
PHRASES = ("forbidden_phrases_", "doubtful_phrases_", "sensitive_words_")  # read by their topic
FAMILIES = ("alert_level_", "duplicate_")  # read by names that code puts together


def read_in_code() -> set[str]:
    """The keys that stand in the product's code."""
    files = [path for path in ROOT.rglob("*.py") if "migrations" not in path.parts and path.name != "unread.py"]
    code = "\n".join(path.read_text(encoding="utf-8") for path in files)
    return {key for key in wording.names() if f'"{key}"' in code or f"'{key}'" in code}


def test_what_is_said_to_be_unread_stands_nowhere_in_the_code():
    assert set(wording.names()) >= UNREAD
    assert UNREAD & read_in_code() == set()


def test_everything_else_is_read():
    rest = set(wording.names()) - UNREAD - read_in_code()
    assert {key for key in rest if not key.startswith((*PHRASES, *FAMILIES))} == set()


def test_families_are_read():
    code = "\n".join(path.read_text(encoding="utf-8") for path in ROOT.rglob("*.py"))
    assert [family for family in FAMILIES if f'"{family}' not in code] == []


@pytest.mark.django_db
def test_pages_and_the_api_say_so(sign_in, admin, at):
    load_reference(actor="system", at=at)
    admin.language = "en"
    admin.save()
    client = sign_in(admin)
    said = "Nothing in Kajing reads this value yet"
    for key, unread in (("handover_undo_days", True), ("undo_days", False)):
        page = client.get(reverse("reference:parameter", args=[key])).content.decode()
        assert (said in page) is unread
        assert client.get(f"/api/v1/parameters/{key}").json()[0]["is_read"] is not unread
        row = Parameter.objects.filter(key=key, valid_from__lte=date.max).first()
        assert row is not None
        with translation.override("en"):
            assert (row.effect == "kept for reference") is unread
    page = client.get(reverse("reference:list"), {"search": "handover_undo"}).content.decode()
    assert "kept for reference" in page
