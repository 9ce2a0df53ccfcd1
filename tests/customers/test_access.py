"""Who sees what: scope on every way in, masks by role, nothing clear in any answer, nothing clear at rest."""

from __future__ import annotations

import pytest
from django.db import connection

from kajing.audit.models import AuditRow
from kajing.customers import personal, selectors
from kajing.customers.models import ContactPoint, Customer
from kajing.org.models import IdempotencyKey
from kajing.reference.services import load_reference
from tests.factories.customers import account, card, customer, figures

pytestmark = pytest.mark.django_db
PARTIAL = {"HTTP_HX_REQUEST": "true", "HTTP_HX_REQUEST_TYPE": "partial"}
PHONE = "12900001234"
ID_NUMBER = "110101199001011234"  # fails the GB 11643 check digit
ADDRESS = "上海市浦东新区世纪大道100号"
CLEAR = (PHONE, ID_NUMBER, "世纪大道", "alice@x.com")


def with_secrets(manager, **values) -> Customer:
    found = customer(
        manager,
        id_number_enc=personal.seal("id_number", ID_NUMBER),
        id_number_idx=personal.blind("id_number", ID_NUMBER),
        address_enc=personal.seal("address", ADDRESS),
        employer_enc=personal.seal("employer", "远洋贸易公司"),
        annual_income=15_000_000,
        **values,
    )
    for kind, value in (("MOBILE", PHONE), ("EMAIL", "alice@x.com")):
        ContactPoint.objects.create(
            customer=found,
            kind=kind,
            value_enc=personal.seal(kind.lower(), value),
            value_idx=personal.blind(kind.lower(), value),
            tail_idx=personal.blind_tail(value) if kind == "MOBILE" else "",
        )
    figures(found)
    card(account(found), last4="8841")
    return found


@pytest.fixture
def mine(ana):
    return with_secrets(ana, name="王小明", initials="wxm")


@pytest.fixture
def theirs(ben):
    return with_secrets(ben, name="赵别人", initials="zbr")


def addresses(pk: str) -> list[str]:
    sections = ("access", "cards", "consents", "history", "relations", "rules", "score", "spending", "transactions")
    own = [f"/customers/{pk}/{tail}" for tail in ("", "peek/", "place/?order=-spend", "timeline/")]
    api = [f"/api/v1/customers/{pk}{tail}" for tail in ("", "/timeline", "/features")]
    return own + api + [f"/customers/{pk}/section/{name}/" for name in sections]


def test_a_foreign_customer_is_missing_everywhere(ana, theirs, sign_in):
    browser = sign_in(ana)
    assert {url: browser.get(url, **PARTIAL).status_code for url in addresses(theirs.pk)} == dict.fromkeys(
        addresses(theirs.pk), 404
    )


@pytest.mark.parametrize("act", ["reveal/mobile/", "consent/", "relation/", "relation/1/remove/"])
def test_no_act_on_a_foreign_customer(ana, theirs, sign_in, act):
    sent = {"reason": "call", "purpose": "MARKETING", "channel": "ANY", "given": "1", "other": "C1", "role": "SPOUSE"}
    assert sign_in(ana).post(f"/customers/{theirs.pk}/{act}", sent, **PARTIAL).status_code == 404
    assert not AuditRow.objects.filter(customer_id=theirs.pk).exists()


def test_lists_search_and_export_leak_nothing(lee, ana, mine, theirs, sign_in):
    browser = sign_in(lee)
    pages = [
        browser.get("/customers/"),
        browser.get("/customers/rows/", **PARTIAL),
        browser.get("/customers/?search=赵"),
        browser.get("/customers/?search=1234"),
        browser.get("/api/v1/customers"),
        browser.get("/ui/search/?q=1234", HTTP_ACCEPT="application/json"),
        browser.post("/customers/export/", {"all": "1", "query": "order=-spend", "reason": "monthly check"}),
        browser.post("/customers/export/", {"ids": [theirs.pk, mine.pk], "reason": "monthly check"}),
    ]
    for page in pages:
        assert page.status_code == 200
        assert theirs.pk not in page.content.decode()
    assert mine.pk in pages[0].content.decode()
    assert mine.pk in pages[-1].content.decode()


def test_admin_sees_no_customer(admin, mine, sign_in):
    assert sign_in(admin).get("/customers/").status_code == 403
    assert sign_in(admin).get(f"/customers/{mine.pk}/").status_code == 403


@pytest.mark.parametrize(
    ("role", "name"),
    [
        ("ana", "王小明"),
        ("lee", "王小明"),
        ("head", "王小明"),
        ("risk", "王**"),
        ("service", "王**"),
        ("compliance", "王**"),
        ("auditor", "王**"),
    ],
)
def test_names_by_role(role, name, request, mine, sign_in):
    person = request.getfixturevalue(role)
    assert selectors.shown_name(person, mine) == name
    page = sign_in(person).get(f"/customers/{mine.pk}/").content.decode()
    assert name in page
    assert ("王小明" in page) == (name == "王小明")


def test_nothing_clear_in_any_answer(ana, mine, sign_in):
    browser = sign_in(ana)
    for url in [*addresses(mine.pk), "/customers/", "/customers/rows/", "/api/v1/customers", "/ui/search/?q=1234"]:
        found = browser.get(url)
        text = found.content.decode()
        assert not [clear for clear in CLEAR if clear in text], url
        assert "no-store" in found["Cache-Control"], url


def test_masks_of_the_page(ana, mine, sign_in):
    page = sign_in(ana).get(f"/customers/{mine.pk}/").content.decode()
    for shown in ("129****1234", "1****************4", "上海市浦东新区****", "a***@x.com", "10–20万"):
        assert shown in page


def test_no_clear_text_at_rest(mine, settings):
    assert personal.unseal("mobile", mine.contact_points.get(kind="MOBILE").value_enc) == PHONE
    with connection.cursor() as cursor:
        for table in ("customers_customer", "customers_contactpoint"):
            cursor.execute(f"SELECT * FROM {table}")
            stored = repr(
                [bytes(value) if isinstance(value, memoryview) else value for row in cursor.fetchall() for value in row]
            )
            assert not [clear for clear in CLEAR if clear in stored]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="reads the bytes of the database file")
def test_no_clear_text_in_the_bytes_of_the_file(mine):
    raw = connection.connection.serialize()
    assert mine.pk.encode() in raw  # the row is in the copy
    for clear in CLEAR:
        assert clear.encode() not in raw


class TestReveal:
    @pytest.fixture(autouse=True)
    def _limits(self, at):
        load_reference(actor="system", at=at)

    def test_asks_for_the_reason_first(self, ana, mine, sign_in):
        found = sign_in(ana).post(f"/customers/{mine.pk}/reveal/mobile/", **PARTIAL)
        assert found.status_code == 200
        assert PHONE not in found.content.decode()
        assert 'name="reason"' in found.content.decode()
        assert not AuditRow.objects.filter(action="customers.reveal").exists()

    def test_shows_and_audits(self, ana, mine, sign_in):
        found = sign_in(ana).post(f"/customers/{mine.pk}/reveal/mobile/", {"reason": "call back"}, **PARTIAL)
        text = found.content.decode()
        assert PHONE in text
        assert "data-clear" in text
        assert "129****1234" in text  # what it goes back to
        assert "no-store" in found["Cache-Control"]
        row = AuditRow.objects.get(action="customers.reveal")
        assert (row.actor, row.customer_id, row.reason, row.changes) == (
            ana.person_no,
            mine.pk,
            "call back",
            {"field": "mobile"},
        )
        assert PHONE not in repr(row.__dict__)

    def test_id_number_shows_first_six_and_last_four(self, ana, mine, sign_in):
        text = (
            sign_in(ana)
            .post(f"/customers/{mine.pk}/reveal/id_number/", {"reason": "verify"}, **PARTIAL)
            .content.decode()
        )
        assert "110101********1234" in text
        assert ID_NUMBER not in text

    def test_empty_reason_is_refused(self, ana, mine, sign_in):
        found = sign_in(ana).post(f"/customers/{mine.pk}/reveal/mobile/", {"reason": " "}, **PARTIAL)
        assert found.status_code == 422
        assert PHONE not in found.content.decode()

    def test_quota_ends_the_day(self, ana, mine, sign_in):
        browser = sign_in(ana)
        answers = [
            browser.post(f"/customers/{mine.pk}/reveal/mobile/", {"reason": "call back"}, **PARTIAL) for _n in range(41)
        ]
        assert [found.status_code for found in answers[:40]] == [200] * 40
        assert answers[40].status_code == 422
        assert PHONE not in answers[40].content.decode()
        assert AuditRow.objects.filter(action="customers.reveal").count() == 40

    def test_without_a_limit_in_force_nothing_shows(self, ana, mine, sign_in):
        from kajing.reference.models import Parameter

        Parameter.objects.filter(key="reveals_per_day").delete()
        found = sign_in(ana).post(f"/customers/{mine.pk}/reveal/mobile/", {"reason": "call back"}, **PARTIAL)
        assert found.status_code == 422
        assert PHONE not in found.content.decode()

    def test_roles_without_the_right(self, auditor, mine, sign_in):
        assert sign_in(auditor).post(f"/customers/{mine.pk}/reveal/mobile/", {"reason": "look"}).status_code == 403

    def test_over_the_api(self, ana, mine, sign_in):
        url = f"/api/v1/customers/{mine.pk}/reveal"
        found = sign_in(ana).post(url, {"field": "mobile", "reason": "call back"}, content_type="application/json")
        assert found.status_code == 200, found.content
        assert found.json()["value"] == PHONE
        assert found.json().keys() >= {"value", "expires_at"}
        assert AuditRow.objects.filter(action="customers.reveal").count() == 1
        missing = sign_in(ana).post(url, {"field": "mobile"}, content_type="application/json")
        assert missing.status_code == 422

    def test_the_answer_kept_for_a_repeated_key_holds_no_number(self, ana, mine, sign_in):
        url, asked = f"/api/v1/customers/{mine.pk}/reveal", {"field": "mobile", "reason": "call back"}
        first, again = (
            sign_in(ana).post(url, asked, content_type="application/json", headers={"Idempotency-Key": "k"})
            for _n in range(2)
        )
        assert (first.json()["value"], again.json()["value"]) == (PHONE, None)
        assert PHONE.encode() not in bytes(IdempotencyKey.objects.get().answer)

    def test_unknown_field(self, ana, mine, sign_in):
        assert sign_in(ana).post(f"/customers/{mine.pk}/reveal/pin/", {"reason": "look"}, **PARTIAL).status_code == 404
