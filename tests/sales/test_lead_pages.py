"""Pages of leads: list, form, detail, board, funnel; what is refused is told and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kajing.org.models import Person, Unit
from kajing.products.models import Product
from kajing.records.models import Reversal
from kajing.sales.models import Lead, LeadActivity
from kajing.sales.services import leads as services
from tests.factories.customers import customer
from tests.factories.sales import facts, lead
from tests.workflow.test_gates import gate, move

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
PARTIAL = {"HTTP_HX_REQUEST": "true", "HTTP_HX_REQUEST_TYPE": "partial"}


def typed(**values: Any) -> dict[str, Any]:
    """The form of a new lead, filled in."""
    at = timezone.localtime() - timedelta(minutes=5)
    return {
        "name": "李晓梅", "phone": "12955510001", "source": "BRANCH", "consent_version": "LEAD-2026-01",
        "consent_at": f"{at:%Y-%m-%dT%H:%M}", **values,
    }  # fmt: skip


class TestList:
    def test_rows_views_search_and_budget(self, ana: Person, units: dict[str, Unit], sign_in: SignIn) -> None:
        for _each in range(60):
            lead(ana)
        lead(unit=units["T01"], said=facts(name="单小明", phone="12955517702"))
        client = sign_in(ana)
        client.get("/leads/?show=open&limit=50")
        with CaptureQueriesContext(connection) as queries:
            page = client.get("/leads/?show=open&limit=50").content.decode()
        assert len(queries) <= 12, [one["sql"][:90] for one in queries]
        assert page.count("<tr data-row") == 50 and "12955517702" not in page
        for text, count in {"sxm": 1, "单小": 1, "7702": 1, "12955517702": 1, "L9999999": 0, "李晓": 50}.items():
            found = client.get("/leads/", {"search": text, "show": "all", "limit": "50"}).content.decode()
            assert found.count("<tr data-row") == count, text
        pool = client.get("/leads/rows/?whose=pool", **PARTIAL).content.decode()
        assert "单**" in pool and "单小明" not in pool and "认领" in pool

    def test_strangers(self, service: Person, sign_in: SignIn) -> None:
        assert sign_in(service).get("/leads/").status_code == 403


class TestNew:
    def test_registered_and_shown(self, ana: Person, sign_in: SignIn) -> None:
        client = sign_in(ana)
        assert client.get("/leads/new/").status_code == 200
        answer = client.post("/leads/new/", typed(expected_limit="50000"))
        one = Lead.objects.get()
        assert answer.status_code == 303 and answer.url == f"/leads/{one.pk}/"  # type: ignore[attr-defined]
        assert one.expected_limit == 5_000_000
        page = client.get(f"/leads/{one.pk}/").content.decode()
        assert "李晓梅" in page and "129****0001" in page and "12955510001" not in page and "¥50,000.00" in page

    def test_faults_stand_at_their_fields_and_what_was_typed_stays(self, ana: Person, sign_in: SignIn) -> None:
        answer = sign_in(ana).post("/leads/new/", typed(phone="12", source="ACTIVITY"))
        page = answer.content.decode()
        assert answer.status_code == 422 and 'value="12"' in page and "李晓梅" in page
        assert page.count('aria-invalid="true"') == 2

    def test_who_is_on_file_is_shown_with_claim_or_owner(
        self, ana: Person, ben: Person, units: dict[str, Unit], sign_in: SignIn
    ) -> None:
        lead(ben, said=facts(name="司徒远方", phone="12955510003"))
        free = lead(unit=units["T02"], said=facts(phone="12955510004"))
        client = sign_in(ana)
        page = client.post("/leads/new/", typed(phone="12955510003"), **PARTIAL).content.decode()
        assert ben.name in page and "司徒" not in page and 'name="claim"' not in page
        page = client.post("/leads/new/", typed(phone="12955510004"), **PARTIAL).content.decode()
        assert 'name="claim"' in page
        answer = client.post("/leads/new/", typed(phone="12955510004", claim="1"), **PARTIAL)
        free.refresh_from_db()
        assert answer.headers["HX-Redirect"] == f"/leads/{free.pk}/" and free.owner == ana

    def test_edited_by_who_knows_it(self, ana: Person, units: dict[str, Unit], sign_in: SignIn) -> None:
        one, pooled = lead(ana, said=facts(phone="12955510005")), lead(unit=units["T01"])
        client = sign_in(ana)
        assert "12955510005" in client.get(f"/leads/{one.pk}/edit/").content.decode()
        assert client.get(f"/leads/{pooled.pk}/edit/").status_code == 403
        answer = client.post(f"/leads/{one.pk}/edit/", typed(phone="12955510005", name="李晓", version="1"))
        one.refresh_from_db()
        assert answer.status_code == 303 and one.name == "李晓"
        assert client.post(f"/leads/{one.pk}/edit/", typed(version="1")).status_code == 409


class TestDetail:
    def test_budget_of_a_lead_with_all_there_may_be(
        self, ana: Person, lee: Person, sign_in: SignIn, at: datetime
    ) -> None:
        """A customer, a product, a gate in force, changes, activities of two people, hands that it went through."""
        gate("lead", move("CONTACTED"), at=at)
        wanted = Product.objects.create(product_id="P-GOLD", name_zh="金卡", annual_fee=0)
        one = lead(ana, customer=customer(ana), product=wanted, said=facts(phone="12955510009"))
        services.log_activity(actor=ana, lead=one, kind="NOTE", note="问过", at=at)
        services.assign(actor=lee, lead=one, owner=lee, at=at)
        services.log_activity(actor=lee, lead=one, kind="NOTE", note="再问", at=at)
        services.assign(actor=lee, lead=one, owner=ana, at=at)
        client = sign_in(ana)
        client.post(f"/leads/{one.pk}/edit/", typed(phone="12955510009", expected_limit="80000", version="5"))
        for who in (client, sign_in(lee)):
            who.get(f"/leads/{one.pk}/")
            with CaptureQueriesContext(connection) as queries:
                page = who.get(f"/leads/{one.pk}/").content.decode()
            assert len(queries) <= 12, [q["sql"][:90] for q in queries]
            assert page.count("<") - page.count("</") < 1500 and "再问" in page
        panels = client.get(f"/ui/panels/lead/{one.pk}/", **PARTIAL).content.decode()
        assert 'id="lead-moves"' in panels and f"/moves/lead/{one.pk}/CONTACTED/" in panels

    def test_why_nobody_calls_now(self, ana: Person, sign_in: SignIn, monkeypatch: Any, at: datetime) -> None:
        one = lead(ana)
        for hour, held in ((23, True), (10, False)):
            monkeypatch.setattr("kajing.sales.panels.timezone.now", lambda hour=hour: at.replace(hour=hour))
            panels = sign_in(ana).get(f"/ui/panels/lead/{one.pk}/", **PARTIAL).content.decode()
            assert ('id="lead-light"' in panels) is held

    def test_acts(self, ana: Person, sign_in: SignIn) -> None:
        one = lead(ana)
        client = sign_in(ana)
        sent = {"kind": "CALL", "outcome": "REACHED", "note": "下周再联系"}
        assert client.post(f"/leads/{one.pk}/activity/", sent, **PARTIAL).status_code == 204
        assert LeadActivity.objects.get().note == "下周再联系"
        assert "下周再联系" in client.get(f"/leads/{one.pk}/", **PARTIAL).content.decode()
        bad = client.post(f"/leads/{one.pk}/activity/", {"kind": "CALL", "note": "留着"}, **PARTIAL)
        assert bad.status_code == 422 and "留着" in bad.content.decode()

    def test_lost_reopened_released_linked_assigned(
        self, ana: Person, lee: Person, units: dict[str, Unit], sign_in: SignIn
    ) -> None:
        one = lead(ana)
        client, leader = sign_in(ana), sign_in(lee)
        assert client.get(f"/leads/{one.pk}/lose/", **PARTIAL).status_code == 200
        assert client.post(f"/leads/{one.pk}/lose/", {"reason": "RIVAL"}, **PARTIAL).status_code == 422
        lost = client.post(f"/leads/{one.pk}/lose/", {"reason": "PRICE", "version": "1"}, **PARTIAL)
        assert lost.status_code == 204 and '"undo": "/undo/' in lost.headers["HX-Trigger"]
        assert "年费" in client.get(f"/leads/{one.pk}/").content.decode()
        assert client.post(f"/leads/{one.pk}/reopen/", {"to": "CONTACTED"}, **PARTIAL).status_code == 204
        assert client.post(f"/leads/{one.pk}/link/", {"customer_id": "C404"}, **PARTIAL).status_code == 422
        assert client.post(f"/leads/{one.pk}/release/", {"reason": "x"}, **PARTIAL).status_code == 422
        assert client.post(f"/leads/{one.pk}/release/", {"reason": "不在本地"}, **PARTIAL).status_code == 204
        assert leader.post(f"/leads/{one.pk}/assign/", {"owner": ana.person_no}, **PARTIAL).status_code == 204
        one.refresh_from_db()
        assert (one.owner, one.stage) == (ana, "CONTACTED")

    def test_what_changed_is_told_without_personal_values(self, ana: Person, sign_in: SignIn) -> None:
        one = lead(ana, said=facts(phone="12955510007"))
        client = sign_in(ana)
        client.post(f"/leads/{one.pk}/edit/", typed(phone="12955510008", expected_limit="80000", version="1"))
        page = client.get(f"/ui/panels/lead/{one.pk}/", **PARTIAL).content.decode()
        assert "— → ¥80,000.00" in page and "脱敏 → 脱敏" in page and "1295551000" not in page
        alone = client.get(f"/ui/panel/lead-changes/{one.pk}/", **PARTIAL).content.decode()
        assert "— → ¥80,000.00" in alone and f"/ui/panel/lead-changes/{one.pk}/" in alone

    def test_a_customers_page_shows_the_leads_about_them(self, ana: Person, ben: Person, sign_in: SignIn) -> None:
        own = customer(ana)
        one = lead(ana, customer=own)
        lead(ben, customer=own)
        panels = sign_in(ana).get(f"/ui/panels/customer/{own.pk}/", **PARTIAL).content.decode()
        assert f"/leads/{one.pk}/" in panels and panels.count("/leads/") == 2
        form = sign_in(ana).get(f"/leads/new/?customer={own.pk}").content.decode()
        assert f'value="{own.pk}"' in form and 'value="CROSS_SELL" selected' in form

    def test_claimed_from_the_page(self, ana: Person, units: dict[str, Unit], sign_in: SignIn) -> None:
        one = lead(unit=units["T01"])
        client = sign_in(ana)
        page = client.get(f"/leads/{one.pk}/").content.decode()
        assert "李**" in page and f"/leads/{one.pk}/claim/" in page and "/reveal/" not in page
        assert client.post(f"/leads/{one.pk}/claim/").status_code == 303
        assert client.post(f"/leads/{one.pk}/reveal/phone/", {"reason": "约见"}, **PARTIAL).status_code == 200

    def test_its_page_comes_anew_with_the_panels_of_who_claimed_or_reopened_it(
        self, ana: Person, units: dict[str, Unit], sign_in: SignIn
    ) -> None:
        one, lost = lead(unit=units["T01"]), lead(ana, stage="LOST", loss_reason="PRICE")
        client = sign_in(ana)
        for found, act, data in ((one, "claim", {}), (lost, "reopen", {"to": "LEAD", "note": "又有意", "version": 1})):
            here = {**PARTIAL, "HTTP_HX_CURRENT_URL": f"http://testserver/leads/{found.pk}/"}
            answer = client.post(f"/leads/{found.pk}/{act}/", data, **here)
            assert answer.status_code == 204 and answer.headers["HX-Refresh"] == "true", act
        answer = client.post(f"/leads/{lead(unit=units['T01']).pk}/claim/", **PARTIAL)
        assert '"leads:changed"' in answer.headers["HX-Trigger"]

    def test_a_foreign_lead_is_not_there(self, ana: Person, ben: Person, sign_in: SignIn) -> None:
        one = lead(ben)
        client = sign_in(ana)
        for path in ("", "edit/", "move/", "lose/", "reopen/", "release/", "link/"):
            assert client.get(f"/leads/{one.pk}/{path}").status_code == 404, path
        for path in ("claim/", "activity/", "reveal/phone/"):
            assert client.post(f"/leads/{one.pk}/{path}", {"reason": "约见"}).status_code == 404, path
        assert client.post("/leads/board/move/", {"card": one.pk, "to": "CONTACTED"}).status_code == 404


class TestBoard:
    def test_columns_with_count_sum_and_budget(self, ana: Person, sign_in: SignIn) -> None:
        for stage in ("LEAD", "INTENT", "SUBMITTED", "LOST"):
            for _each in range(15):
                lead(ana, stage=stage, expected_limit=1_000_000)
        client = sign_in(ana)
        client.get("/leads/board/?show=all")
        with CaptureQueriesContext(connection) as queries:
            page = client.get("/leads/board/?show=all").content.decode()
        assert len(queries) <= 12, [q["sql"][:90] for q in queries]
        assert page.count("data-card=") == 48 and page.count("还有 3") == 4
        assert page.count("¥15万") == 4
        assert page.count("<") - page.count("</") < 1500

    def test_a_drop_moves_and_can_be_undone(self, ana: Person, sign_in: SignIn) -> None:
        one = lead(ana)
        client = sign_in(ana)
        answer = client.post("/leads/board/move/", {"card": one.pk, "to": "CONTACTED", "version": "1"}, **PARTIAL)
        one.refresh_from_db()
        assert (
            answer.status_code == 204 and one.stage == "CONTACTED" and "leads:changed" in answer.headers["HX-Trigger"]
        )
        undo = Reversal.objects.get()
        assert client.post(f"/undo/{undo.pk}/do/").status_code == 302
        one.refresh_from_db()
        assert one.stage == "LEAD" and list(one.stays.values_list("stage", "left_at")) == [("LEAD", None)]

    def test_the_gate_lists_what_is_missing(self, ana: Person, sign_in: SignIn, at: datetime) -> None:
        gate("lead", move("SUBMITTED", facts=["id_number"], files=2), move("CONTACTED"), at=at)
        one = lead(ana, stage="INTENT")
        answer = sign_in(ana).post("/leads/board/move/", {"card": one.pk, "to": "SUBMITTED"}, **PARTIAL)
        page = answer.content.decode()
        one.refresh_from_db()
        assert answer.status_code == 422 and one.stage == "INTENT"
        assert (
            "证件号" in page and "2" in page and page.count("<li>") == 2 and f"/moves/lead/{one.pk}/SUBMITTED/" in page
        )

    def test_lost_asks_why_back_asks_for_words_and_later_stages_refuse(self, ana: Person, sign_in: SignIn) -> None:
        one = lead(ana, stage="INTENT")
        client = sign_in(ana)

        def drop(to: str) -> Any:
            return client.post("/leads/board/move/", {"card": one.pk, "to": to}, **PARTIAL)

        lost, back, later, unknown = drop("LOST"), drop("LEAD"), drop("ISSUED"), drop("X")
        assert lost.status_code == 422 and 'name="rival"' in lost.content.decode()
        assert back.status_code == 422 and 'name="note"' in back.content.decode()
        assert later.status_code == 204 and '"tone": "bad"' in later.headers["HX-Trigger"]
        assert unknown.status_code == 422
        one.refresh_from_db()
        assert one.stage == "INTENT"
        assert client.post("/leads/board/move/", {"card": "x", "to": "LEAD"}).status_code == 404

    def test_without_script_and_on_a_phone_the_select_does_the_same(self, ana: Person, sign_in: SignIn) -> None:
        one = lead(ana)
        client = sign_in(ana)
        assert "<select" in client.get(f"/leads/{one.pk}/move/").content.decode()
        assert client.post(f"/leads/{one.pk}/move/", {"to": "INTENT"}).status_code == 303
        one.refresh_from_db()
        assert one.stage == "INTENT"


class TestFunnel:
    def test_reached_shares_and_median_days(self, ana: Person, ben: Person, sign_in: SignIn, at: datetime) -> None:
        from kajing.sales.selectors import leads as selectors
        from kajing.sales.services import leads as services

        for days in (2, 4, 9):
            services.move(actor=ana, lead=lead(ana), to="INTENT", at=at + timedelta(days=days))
        lost = services.move(actor=ana, lead=lead(ana), to="CONTACTED", at=at + timedelta(days=1))
        services.lose(actor=ana, lead=lost, reason="PRICE", at=at + timedelta(days=2))
        lead(ana)
        lead(ben)
        found = selectors.funnel(ana, at.date(), 3)
        steps = {one.stage: one for one in found.steps}
        assert (found.entered, found.lost) == (5, 1)
        assert [steps[name].reached for name in ("LEAD", "CONTACTED", "INTENT", "SUBMITTED")] == [5, 4, 3, 0]
        assert steps["INTENT"].share is not None and float(steps["INTENT"].share) == 0.75
        assert steps["LEAD"].days == 3.0 and steps["CONTACTED"].days == 1.0 and steps["INTENT"].days is None
        assert found.months == [("2026-11", [5, 4, 3, 0, 0, 0, 0, 0, 0])]
        page = sign_in(ana).get("/leads/funnel/?months=3").content.decode()
        assert "75%" in page


class TestMany:
    def test_assign_lose_tag_and_take_back(
        self, ana: Person, lee: Person, ben: Person, units: dict[str, Unit], sign_in: SignIn
    ) -> None:
        ids = [lead(unit=units["T01"]).pk, lead(ana).pk]
        client = sign_in(lee)
        assert client.post("/leads/many/assign/", {"ids": ids, "owner": ana.person_no}).status_code == 302
        assert (
            set(Lead.objects.values_list("owner", flat=True)) == {ana.pk} or Lead.objects.filter(owner=ana).count() == 2
        )
        assert client.post("/leads/many/tag/", {"ids": ids, "tag": "车展", "off": "0"}).status_code == 302
        assert client.get("/leads/?tag=车展").content.decode().count("<tr data-row") == 2
        refused = client.post("/leads/many/lose/", {"ids": ids, "reason": "RIVAL"}, **PARTIAL)
        assert refused.status_code == 422 and refused.content.decode().count("<li>") == 2
        done = {"ids": ids, "reason": "RIVAL", "rival": "某银行", "rival_card": "金卡"}
        assert client.post("/leads/many/lose/", done).status_code == 302
        assert Lead.objects.filter(stage="LOST", rival="某银行").count() == 2
        client.post(f"/undo/{Reversal.objects.get(kind='sales.lose_many_leads').pk}/do/")
        assert not Lead.objects.filter(stage="LOST").exists()

    def test_the_list_as_a_file_is_masked(self, lee: Person, ana: Person, auditor: Person, sign_in: SignIn) -> None:
        lead(ana, said=facts(phone="12955510006"))
        sent = {"all": "1", "query": "show=open&columns=name,phone,number", "reason": "周报", "form": "csv"}
        file = sign_in(lee).post("/leads/export/", sent)
        text = file.content.decode("utf-8-sig")
        assert file.status_code == 200 and "129****0006" in text and "12955510006" not in text
        assert sign_in(ana).post("/leads/export/", sent).status_code == 403


def test_the_search_of_the_product_finds_leads(ana: Person, ben: Person, sign_in: SignIn) -> None:
    lead(ana, said=facts(name="单小明"))
    lead(ben, said=facts(name="单远方"))
    page = sign_in(ana).get("/ui/search/?q=单小明").content.decode()
    assert "单小明" in page and "单远" not in page
