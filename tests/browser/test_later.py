"""A phone without a network: what was filled in waits on the device, goes out once when the network is back."""

from __future__ import annotations

import pytest
from django.utils import timezone

from kajing.contact.models import Interaction
from kajing.contact.services import start_contact
from kajing.org.models import IdempotencyKey
from kajing.reference.services import load_reference

KEPT = """async () => new Promise(done => { const asked = indexedDB.open('kajing', 1); asked.onsuccess = () => {
  const all = asked.result.transaction('kept').objectStore('kept').getAll(); all.onsuccess = () => done(all.result.map(
  one => [one.url, new TextDecoder().decode(one.sealed)])); }; })"""


@pytest.fixture
def call(desk):
    """A running call of the desk's manager."""
    load_reference(actor="system", at=timezone.now())
    type(desk.manager).objects.filter(pk=desk.manager.pk).update(language="zh-hans", theme="light")
    return start_contact(
        actor=desk.manager, customer=desk.customers[4], channel="PHONE", purpose="SERVICE", at=timezone.now()
    )


@pytest.fixture
def phone(open_tab, desk, call):
    """The call sheet on a phone."""
    tab = open_tab(desk.manager, width=390)
    tab.open(f"/contact/call-sheet/{call.customer_id}/?purpose=SERVICE")
    return tab


def test_an_outcome_without_a_network_is_kept_sealed_and_sent_once(phone, call):
    page = phone.page
    page.context.set_offline(True)
    page.click("#call details.more-note summary")
    page.fill("#call-note", "客户要纸质账单")
    page.click("#call [data-key=r]")
    page.wait_for_selector("#kept")
    phone.shoot("phone.kept")
    assert Interaction.objects.get(pk=call.pk).state == "STARTED"
    ((url, sealed),) = page.evaluate(KEPT)
    assert url.endswith(f"/{call.pk}/outcome/")
    assert "客户" not in sealed
    phone.seen.take(page)  # a request that failed for want of a network is what this test is about
    page.context.set_offline(False)
    page.wait_for_selector("#kept", state="detached")
    done = Interaction.objects.get(pk=call.pk)
    assert (done.state, done.outcome) == ("DONE", "REACHED")
    assert done.note.startswith("客户要纸质账单 (")
    assert "无网络时记录" in done.note
    assert IdempotencyKey.objects.filter(key__startswith="page ").count() == 1
    assert page.evaluate(KEPT) == []
    assert phone.seen.take(page) == []


def test_what_the_server_refuses_is_shown_with_the_way_to_it(phone, call):
    page = phone.page
    page.context.set_offline(True)
    page.click("#call [data-key=r]")
    page.wait_for_selector("#kept")
    Interaction.objects.filter(pk=call.pk).update(state="DONE", outcome="NO_ANSWER", ended_at=timezone.now())
    page.context.set_offline(False)
    page.wait_for_selector("#kept.bad a[href]")
    assert Interaction.objects.get(pk=call.pk).outcome == "NO_ANSWER"
    page.once("dialog", lambda dialog: dialog.accept())
    page.click("#kept button")
    page.wait_for_selector("#kept", state="detached")


def test_signing_out_leaves_nothing_on_the_device(phone, call):
    page = phone.page
    page.route("**/outcome/", lambda route: route.abort("internetdisconnected"))
    page.click("#call [data-key=r]")
    page.wait_for_selector("#kept")
    page.once("dialog", lambda dialog: dialog.accept())
    with page.expect_navigation():
        page.evaluate("document.querySelector('form[action$=\"/logout/\"]').requestSubmit()")
    assert page.evaluate(KEPT) == []
    assert Interaction.objects.get(pk=call.pk).state == "STARTED"
