"""Help with words: what it says stands in rows, each with the way there; nothing of what one may not see."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from kajing.contact import services
from kajing.contact.models import Interaction
from kajing.contact.selectors import helping
from kajing.reference.services import load_reference
from tests.factories.contact import template
from tests.factories.customers import account, customer, figures
from tests.factories.risk import alert


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def about(ana, now):
    load_reference(actor="system", at=now)
    found = customer(ana, name="王小明")
    account(found)
    return found


def contacted(ana, about, at, **values):
    given = {
        "channel": "PHONE", "purpose": "SERVICE", "direction": "OUT", "began_at": at, "outcome": "REACHED",
        "note": "", "material_version": "", **values,
    }  # fmt: skip
    return services.log_contact(actor=ana, customer=about, at=timezone.now(), **given)


def texts(user, about, now):
    with translation.override("en"):
        return [str(line.text) for line in helping.summary(user, about, today=now.date(), at=now)]


def test_a_summary_counts_the_contacts_of_ninety_days_and_tells_the_last(ana, about, now):
    old = contacted(ana, about, now - timedelta(days=10), note="too long ago")
    Interaction.objects.filter(pk=old.pk).update(at=now - timedelta(days=100))
    contacted(ana, about, now - timedelta(days=9), outcome="NO_ANSWER")
    contacted(ana, about, now - timedelta(days=2), note="wants paper bills", direction="IN")
    found = texts(ana, about, now)
    assert any(line.startswith("2 contacts in 90 days (phone 2), 1 begun by the customer") for line in found)
    assert "wants paper bills" in found[-1]
    assert "too long ago" not in " ".join(found)


def test_without_contacts_it_says_so(ana, about, now):
    assert texts(ana, about, now)[-1] == "No contact in 90 days."


def test_every_line_leads_to_a_row_one_may_open(ana, about, now, sign_in):
    figures(about, dpd=8, bucket="M1", risk_band="HIGH")
    alert(about)
    contacted(ana, about, now - timedelta(days=2))
    client = sign_in(ana)
    lines = helping.summary(ana, about, today=now.date(), at=now)
    assert len(lines) >= 3
    for line in lines:
        assert client.get(line.url.split("#")[0]).status_code == 200, line


def test_the_page_the_dialog_and_the_api_say_the_same(ana, ben, about, sign_in):
    client = sign_in(ana)
    told = client.get(f"/api/v1/customers/{about.pk}/summary").json()
    page = client.get(f"/contact/summary/{about.pk}/").content.decode()
    part = client.get(f"/contact/summary/{about.pk}/", headers={"HX-Request": "true"}).content.decode()
    assert told
    assert all(line["url"].replace("&", "&amp;") in page for line in told)
    assert "<html" in page
    assert "<html" not in part
    assert sign_in(ben).get(f"/contact/summary/{about.pk}/").status_code == 404


def test_a_note_begins_with_what_is_known_and_keeps_what_was_typed(ana, about, now, sign_in):
    made = contacted(ana, about, now - timedelta(hours=2))
    Interaction.objects.filter(pk=made.pk).update(subject="annual fee", place="cafe", next_step="call_3")
    answer = sign_in(ana).get(f"/contact/{made.pk}/draft-note/", {"note": "typed first"}).content.decode()
    typed = answer.index("typed first")
    assert typed < answer.index("annual fee") < answer.index("3 天")
    assert "cafe" in answer
    assert Interaction.objects.get(pk=made.pk).note == ""  # only a draft


def test_the_text_that_fits_is_chosen_and_may_be_changed(ana, about, now, sign_in):
    figures(about, dpd=8, bucket="M1", overdue_amount=120_000)
    other, fitting = template(purpose="CARE"), template(purpose="COLLECTION")
    day = timezone.localdate()
    found = helping.fitting_template(ana, about, today=day)
    assert found is not None
    assert found.template.purpose == "COLLECTION"
    page = sign_in(ana).get(f"/contact/messages/new/?customer={about.pk}").content.decode()
    assert f'value="{fitting.pk}" selected' in page
    assert f'value="{other.pk}"' in page
