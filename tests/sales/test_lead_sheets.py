"""Leads by spreadsheet: the checks of the form, who is on file shown, own fields, dry run as the run, undo."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from kajing.org.models import Person, Unit
from kajing.records.models import FieldValue, Reversal, Tagging
from kajing.records.undo.returning import undo
from kajing.sales.models import Lead, LeadStay
from kajing.sales.services.leads import facts_of
from tests.factories.customers import customer
from tests.factories.records import field
from tests.factories.sales import facts, lead
from tests.imports.test_sheets import OWN, run, text, tried, upload
from tests.tables import differing, tables

pytestmark = pytest.mark.django_db
HEAD = ["姓名", "手机号", "来源", "同意书版本", "同意时间", "期望额度", "活动", "客户号", "持有人", "意向", "标签"]
GIVEN = (timezone.localtime() - timedelta(days=1)).strftime("%Y-%m-%d 10:00")


def row(name: str, phone: str, source: str = "网点", **cells: str) -> list[str]:
    told = {"同意书版本": "v1", "同意时间": GIVEN, "姓名": name, "手机号": phone, "来源": source, **cells}
    return [told.get(head, "") for head in HEAD]


def test_dry_run_run_and_undo(ana: Person, ben: Person, units: dict[str, Unit]) -> None:
    field(units["HQ"], "wish", "TEXT", kind="lead", label="意向")
    ana = Person.objects.get(pk=ana.pk)
    own, his = customer(ana), customer(ben)
    lead(ben, said=facts(name="司徒远方", phone="12955520001"))
    mine = lead(ana, said=facts(phone="12955520002", employer="某公司"))
    before = tables(*OWN)
    rows = [
        HEAD,
        row("单小明", "12955520003", 期望额度="50,000", 意向="白金", 标签="车展"),
        row("甲", "12955520003"),  # the same phone again
        row("乙", "12955520001"),  # a lead of somebody else
        row("丙", "12"),
        row("丁", "12955520004", "活动"),  # which activity?
        row("戊", "12955520005", "存量客户", 客户号=his.pk),
        row("己", "12955520006", "存量客户", 客户号=own.pk),
        row("庚", "12955520007", 持有人=ben.person_no),
        row("辛", "12955520008", 期望额度="很多"),
        row("壬", "12955520009", 同意书版本=""),
        row("癸", "12955520002", 期望额度="80000"),  # one's own, there already
    ]
    sheet = tried(ana, upload(ana, "leads", text(rows)), mode="OVERWRITE")
    assert differing(before, tables(*OWN)) == {}
    assert sheet.checked == {"NEW": 2, "OVERWRITTEN": 2, "BAD": 7}
    run(ana, sheet)
    assert sheet.ran == sheet.checked
    faults = {one.line: one.column for one in sheet.problems.filter(dry=False, duplicate=False)}
    assert faults == {
        4: "phone", 5: "phone", 6: "source_detail", 7: "customer_id", 9: "owner", 10: "expected_limit",
        11: "consent_version",
    }  # fmt: skip
    made = Lead.objects.get(phone_idx=Lead.objects.get(name="甲").phone_idx)
    assert (made.owner, made.initials, made.created_by) == (ana, "j", ana.person_no)
    mine.refresh_from_db()
    assert (mine.name, mine.expected_limit, facts_of(mine).employer) == ("癸", 8_000_000, "某公司")
    assert Lead.objects.get(name="己").customer == own
    assert LeadStay.objects.get(lead=made).note == f"sheet:{sheet.pk}"
    undo(actor=ana, reversal=Reversal.objects.get(kind="imports.sheet"), at=timezone.now())
    assert differing(before, tables(*OWN)) == {}


def test_what_is_there_is_left_alone_and_own_parts_are_written(ana: Person, units: dict[str, Unit]) -> None:
    field(units["HQ"], "wish", "TEXT", kind="lead", label="意向")
    ana = Person.objects.get(pk=ana.pk)
    mine = lead(ana, said=facts(phone="12955520010"))
    rows = [HEAD, row("新名", "129 5552 0010"), row("单小明", "12955520011", 意向="白金", 标签="车展、VIP")]
    sheet = run(ana, tried(ana, upload(ana, "leads", text(rows))))
    assert sheet.ran == {"NEW": 1, "SKIPPED": 1}
    mine.refresh_from_db()
    made = Lead.objects.get(name="单小明")
    assert mine.name == "李晓梅" and FieldValue.objects.get().object_id == str(made.pk)
    assert Tagging.objects.filter(kind="lead", object_id=str(made.pk)).count() == 2
