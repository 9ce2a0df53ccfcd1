"""Pages of complaints: what people see and do there, by the hands of each role."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kajing.complaints import services
from kajing.complaints.models import Complaint
from kajing.customers.models import ContactHold
from kajing.records.models import BulkAct, FieldValue
from kajing.workflow.models import Task
from tests.factories.complaints import complaint
from tests.factories.customers import customer
from tests.factories.records import field

PARTIAL = {"HTTP_HX_REQUEST": "true", "HTTP_HX_REQUEST_TYPE": "partial"}


@pytest.fixture
def form(wang):
    """The form of a new complaint, as a browser sends it."""
    return {
        "customer": wang.pk, "kind": "COMPLAINT", "source": "PHONE", "received_at": "2026-11-23T08:30",
        "business": "B21", "channel": "A13", "description": "说好免年费，仍被收取", "demand": "退还年费", "who": "SELF",
        "regulatory": "on",
    }  # fmt: skip


class TestList:
    def test_the_fewest_days_left_first(self, sign_in, service, ana):
        near = complaint(customer(ana), due_on="2026-11-24")
        far = complaint(customer(ana), due_on="2026-12-20")
        page = sign_in(service).get("/complaints/").content.decode()
        assert page.index(near.number) < page.index(far.number)
        assert "剩 1 天" in page

    def test_twelve_statements_and_few_nodes(self, sign_in, service, ana, django_assert_max_num_queries):
        for _number in range(30):
            complaint(customer(ana), handler=service)
        client = sign_in(service)
        client.get("/complaints/")
        with django_assert_max_num_queries(12):
            page = client.get("/complaints/").content.decode()
        assert page.count("<") / 2 < 1500

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("show=overdue", {"late"}), ("show=near", {"near"}), ("show=ended", {"ended"}), ("whose=nobody", {"late"}),
            ("business=B2&show=all", {"late", "near"}), ("kind=QUERY&show=all", {"ended"}),
            ("where=handler+%3D+P-SERVICE+and+show+%3D+running", {"near"}), ("due=2026-11-25..2026-11-25", {"near"}),
            ("against=P-BEN&show=all", {"near"}),
        ],
    )  # fmt: skip
    def test_filters(self, sign_in, service, ana, ben, query, found):
        made = {
            "late": complaint(customer(ana), due_on="2026-11-20"),
            "near": complaint(customer(ana), due_on="2026-11-25", handler=service, against=ben),
            "ended": complaint(
                customer(ana), state="CLOSED", due_on="2026-11-10", handler=service, kind="QUERY", business="B9"
            ),
        }
        page = sign_in(service).get(f"/complaints/?{query}").content.decode()
        assert {name for name, one in made.items() if one.number in page} == found

    def test_the_file_says_where_it_comes_from(self, sign_in, service, wang):
        from python_calamine import CalamineWorkbook

        made = complaint(wang)
        sent = {"reason": "月度分析", "form": "xlsx", "all": "1", "query": "show=all", "columns": "shown"}
        answer = sign_in(service).post("/complaints/export/", sent)
        assert answer.status_code == 200, answer.content.decode()
        book = CalamineWorkbook.from_filelike(BytesIO(answer.content))
        rows = [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]
        assert any(made.number in str(row) for row in rows[0]) and len(rows) == 2
        assert "月度分析" in str(rows)


class TestNew:
    def test_from_the_customers_page(self, sign_in, service, wang):
        page = sign_in(service).get(f"/complaints/new/?customer={wang.pk}").content.decode()
        assert f'value="{wang.pk}"' in page

    def test_registered_it_opens(self, sign_in, service, form):
        answer = sign_in(service).post("/complaints/new/", form)
        made = Complaint.objects.get()
        assert answer.status_code == 303 and answer.url == f"/complaints/{made.pk}/"
        assert (made.demand, made.regulatory, made.priority) == ("退还年费", True, "HIGH")

    def test_what_is_the_same_is_asked_then_joined(self, sign_in, service, form, wang):
        first = complaint(wang)
        client = sign_in(service)
        asked = client.post("/complaints/new/", form)
        assert asked.status_code == 422 and first.number in asked.content.decode()
        assert Complaint.objects.count() == 1
        answer = client.post("/complaints/new/", form | {"same": str(first.pk)})
        assert answer.url == f"/complaints/{first.pk}/"
        assert Complaint.objects.get(merged_into=first).state == "CLOSED"

    def test_another_matter(self, sign_in, service, form, wang):
        complaint(wang)
        sign_in(service).post("/complaints/new/", form | {"same": "other"})
        assert Complaint.objects.filter(state="REGISTERED").count() == 2

    def test_while_it_is_filled_in(self, sign_in, service, wang):
        made = complaint(wang)
        asked = {"customer": wang.pk, "business": "B21"}
        part = sign_in(service).get("/complaints/same/", asked, **PARTIAL).content.decode()
        assert made.number in part and "<html" not in part

    def test_nothing_typed_is_lost(self, sign_in, service, form):
        answer = sign_in(service).post("/complaints/new/", form | {"business": ""})
        assert answer.status_code == 422 and "说好免年费" in answer.content.decode()

    def test_not_about_a_strangers_customer(self, sign_in, ana, ben, form):
        answer = sign_in(ana).post("/complaints/new/", form | {"customer": customer(ben).pk})
        assert answer.status_code == 422 and "没有这个客户号" in answer.content.decode()
        assert "说好免年费" in answer.content.decode()

    def test_a_required_own_field_is_asked_and_kept(self, sign_in, service, form, units):
        field(units["HQ"], "till", kind="complaint", label="柜台", required=True)
        client = sign_in(service)
        assert client.post("/complaints/new/", form).status_code == 422
        client.post("/complaints/new/", form | {"own-till": "3 号"})
        assert FieldValue.objects.get(object_id=str(Complaint.objects.get().pk)).text == "3 号"


class TestDetail:
    def test_both_clocks_acts_and_activity(self, sign_in, service, filed, django_assert_max_num_queries):
        made = filed()
        client = sign_in(service)
        client.get(f"/complaints/{made.pk}/")
        with django_assert_max_num_queries(12):
            page = client.get(f"/complaints/{made.pk}/").content.decode()
        for words in ("剩 15 天", "剩 5 个工作日", "投诉已登记"):
            assert words in page
        assert f"/complaints/{made.pk}/accept/" in page and f"/complaints/{made.pk}/close/" not in page

    def test_whoever_may_not_is_offered_nothing(self, sign_in, ana, filed):
        page = sign_in(ana).get(f"/complaints/{filed().pk}/").content.decode()
        assert "/accept/" not in page

    def test_the_side_panel_of_the_list(self, sign_in, ana, filed):
        part = sign_in(ana).get(f"/complaints/{filed().pk}/", **PARTIAL).content.decode()
        assert part.strip().startswith("<section") and "<h1" not in part

    def test_the_way_of_a_complaint(self, sign_in, service, filed, wang):
        made, client = filed(), sign_in(service)
        url = f"/complaints/{made.pk}/"
        steps = (
            ("accept", {}),
            ("begin", {}),
            ("answer", {"text": "经核实，已退还年费并致歉", "way": "PHONE"}),
            ("close", {"cause": "C04", "fault": "PART", "redress": "退费", "compensation": "200.50"}),
            ("reopen", {"reason": "客户申请核查"}),
            ("withdraw", {"reason": "客户来电撤回"}),
        )
        for act, data in steps:
            assert client.get(f"{url}{act}/", **PARTIAL).status_code == 200
            answer = client.post(f"{url}{act}/", data, **PARTIAL)
            assert answer.status_code == 204 and answer.headers["HX-Redirect"] == url, (act, answer.content.decode())
        made.refresh_from_db()
        assert (made.state, made.compensation) == ("WITHDRAWN", 200_50)
        assert not ContactHold.objects.filter(customer=wang, lifted_at=None).exists()
        assert "200.50" in client.get(url).content.decode()

    def test_what_is_refused_stays_in_the_form(self, sign_in, service, filed):
        made, client = filed(who="AGENT", complainant="王大明"), sign_in(service)
        answer = client.post(f"/complaints/{made.pk}/accept/", {"note": "先受理"}, **PARTIAL)
        assert answer.status_code == 422 and "授权" in answer.content.decode() and "先受理" in answer.content.decode()

    def test_a_stale_page_answers_with_both(self, sign_in, service, filed, at):
        made = filed()
        services.change(actor=service, complaint=made, at=at, priority="LOW")
        answer = sign_in(service).post(f"/complaints/{made.pk}/accept/", {"version": "1"}, **PARTIAL)
        assert answer.status_code == 409

    def test_assigning_changing_facts_and_joining(self, sign_in, service, lee, filed):
        first, second, client = filed(), filed(despite=True), sign_in(service)
        client.post(f"/complaints/{first.pk}/assign/", {"handler": "P-LEE"})
        client.post(f"/complaints/{first.pk}/facts/", {"note": "补交录音", "received_at": "2026-11-23T09:00"})
        client.post(f"/complaints/{second.pk}/merge/", {"into": str(first.pk)})
        page = client.get(f"/complaints/{second.pk}/change/", **PARTIAL).content.decode()
        first.refresh_from_db()
        second.refresh_from_db()
        assert (first.handler, second.merged_into) == (lee, first)
        assert "说好免年费" in page

    def test_asking_for_more_time(self, sign_in, service, compliance, filed):
        made, client = filed(), sign_in(service)
        client.post(f"/complaints/{made.pk}/accept/", {})
        client.post(f"/complaints/{made.pk}/extend/", {"reason": "需要调单", "notice": "延期告知"})
        assert "需要调单" in client.get(f"/complaints/{made.pk}/").content.decode()

    def test_the_number_is_shown_for_a_reason(self, sign_in, service, filed):
        from kajing.audit.models import AuditRow

        made, client = filed(who="AGENT", complainant="王大明", phone="12955550001"), sign_in(service)
        assert "12955550001" not in client.get(f"/complaints/{made.pk}/").content.decode()
        assert "12955550001" not in client.post(f"/complaints/{made.pk}/phone/", {}).content.decode()
        shown = client.post(f"/complaints/{made.pk}/phone/", {"reason": "回电核实"})
        assert "12955550001" in shown.content.decode() and "no-store" in shown.headers["Cache-Control"]
        assert AuditRow.objects.get(action="customers.reveal").object_kind == "complaint"


class TestMany:
    def test_many_are_given_out_and_it_is_undone(self, sign_in, service, lee, ana, wang):
        made = [complaint(wang), complaint(customer(ana))]
        client = sign_in(service)
        client.post("/complaints/many/assign/", {"ids": [one.pk for one in made], "handler": "P-LEE"})
        assert set(Complaint.objects.values_list("handler", flat=True)) == {"P-LEE"}
        client.post(f"/undo/{BulkAct.objects.get().reversal_id}/do/")
        assert set(Complaint.objects.values_list("handler", flat=True)) == {None}

    def test_who_is_recused_is_told_first(self, sign_in, service, lee, wang):
        made = complaint(wang, against=lee)
        answer = sign_in(service).post("/complaints/many/assign/", {"ids": [made.pk], "handler": "P-LEE"})
        assert answer.status_code == 422 and "李强" in answer.content.decode()

    def test_a_tag_and_a_task_for_each(self, sign_in, service, ana, wang):
        made = [complaint(wang), complaint(customer(ana))]
        client = sign_in(service)
        ids = [one.pk for one in made]
        client.post("/complaints/many/tag/", {"ids": ids, "tag": "年费", "off": "0"})
        client.post("/complaints/many/task/", {"ids": ids, "title": "调取录音", "due_at": "2026-11-24T17:30"})
        assert "年费" in client.get("/complaints/?tag=年费").content.decode()
        assert set(Task.objects.values_list("source", flat=True)) == {f"complaint:{pk}" for pk in ids}


class TestElsewhere:
    def test_the_customers_page_says_it_at_first_sight(self, sign_in, ana, wang):
        complaint(wang, due_on="2026-11-24")
        complaint(wang, due_on="2026-12-24")
        client = sign_in(ana)
        client.get(f"/customers/{wang.pk}/")
        with CaptureQueriesContext(
            connection,
        ) as asked:
            page = client.get(f"/customers/{wang.pk}/").content.decode()
        assert "2 件投诉，最近的剩 1 天" in page
        assert len(asked) <= 12

    def test_the_lazy_panel_lists_them(self, sign_in, ana, wang):
        made = complaint(wang)
        part = sign_in(ana).get(f"/ui/panels/customer/{wang.pk}/").content.decode()
        assert made.number in part and f"/complaints/new/?customer={wang.pk}" in part

    def test_the_palette_finds_the_number(self, sign_in, ana, ben, wang):
        made = complaint(wang)
        assert made.number in sign_in(ana).get("/ui/search/", {"q": made.number}).content.decode()
        assert f"/complaints/{made.pk}/" not in sign_in(ben).get("/ui/search/", {"q": made.number}).content.decode()

    def test_the_calendar_has_the_deadline(self, sign_in, service, wang):
        made = complaint(wang, due_on="2026-11-25", handler=service)
        assert made.number in sign_in(service).get("/calendar/?day=2026-11-25").content.decode()

    def test_the_customers_list_filters_by_it(self, sign_in, ana, wang):
        other = customer(ana)
        complaint(wang)
        page = sign_in(ana).get("/customers/?has_complaint=1").content.decode()
        assert wang.pk in page and other.pk not in page
