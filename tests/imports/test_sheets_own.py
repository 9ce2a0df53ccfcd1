"""Sheets fill the bank's own fields and tags: the dry run says what the run does, and undo restores every table."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from kajing.audit.models import AuditRow
from kajing.imports.sheets.own import target_for
from kajing.imports.sheets.reading import rows_of
from kajing.org.models import Person
from kajing.records import selectors, services
from kajing.records.models import FieldValue, Reversal, Tagging
from kajing.records.undo.returning import undo
from kajing.workflow.models import Task
from tests.factories.customers import customer
from tests.factories.records import field
from tests.factories.workflow import task
from tests.imports.test_sheets import OWN, run, text, tried, upload
from tests.tables import differing, tables

pytestmark = pytest.mark.django_db
DUE = (timezone.now() + timedelta(days=30)).strftime("%Y-%m-%d 10:00")


def anew(who: Person) -> Person:
    return Person.objects.select_related("unit").get(pk=who.pk)


def back(who):
    undo(actor=who, reversal=Reversal.objects.filter(kind="imports.sheet").latest("pk"), at=timezone.now())


@pytest.fixture
def fields(units):
    field(units["HQ"], "hobby", "TEXT", label="爱好")
    field(units["HQ"], "side_income", "MONEY", label="副业收入")
    field(units["HQ"], "level", "CHOICE", label="级别")
    field(units["HQ"], "passport", "MASKED", label="护照")
    field(units["HQ"], "budget", "MONEY", kind="task", label="预算", required=True)


class TestCustomers:
    HEAD = ["客户号", "爱好", "副业收入", "级别", "护照", "标签"]

    def test_dry_run_run_history_and_undo(self, ana, ben, fields):
        ana = anew(ana)
        one, two, three, his = customer(ana), customer(ana), customer(ana), customer(ben)
        services.set_values(
            actor=ana, kind="customer", object_id=two.pk, values={"hobby": "旧", "passport": "AB12"}, at=timezone.now()
        )
        services.tag(actor=ana, kind="customer", ids=[two.pk], name="老客户", at=timezone.now())
        before = tables(*OWN)
        rows = [
            self.HEAD,
            [one.pk, "钓鱼", "8,000", "金牌", "CD 3456", "VIP；老客户"],
            [two.pk, "新", "", "", "", "vip"],
            [three.pk, "", "很多", "", "", ""],  # no amount
            [three.pk, "", "", "钻石", "", ""],  # no choice
            [three.pk, "", "", "", "", "a,b!c,!x"],  # no tag
            [three.pk, "", "", "", "", ""],  # nothing at all
            [his.pk, "x", "", "", "", ""],
            [one.pk, "露营", "", "", "", ""],  # about the same customer again
        ]
        sheet = tried(ana, upload(ana, "customer_data", text(rows)), mode="OVERWRITE")
        assert sheet.mapping == {
            "customer_id": 0, "own.hobby": 1, "own.side_income": 2, "own.level": 3, "own.passport": 4, "tags": 5,
        }  # fmt: skip
        assert sheet.checked == {"NEW": 1, "OVERWRITTEN": 2, "BAD": 5}
        assert differing(before, tables(*OWN)) == {}
        dry = sorted(sheet.problems.filter(dry=True).values_list("line", "column", "reason", "duplicate"))
        run(ana, sheet)
        assert sheet.ran == sheet.checked
        assert sorted(sheet.problems.filter(dry=False).values_list("line", "column", "reason", "duplicate")) == dry
        assert [(row.line, row.column) for row in sheet.problems.filter(dry=False, duplicate=False)] == [
            (4, "own.side_income"), (5, "own.level"), (6, "tags"), (7, ""), (8, "customer_id"),
        ]  # fmt: skip
        found = {
            value.field.definition.name: value.words
            for value in selectors.values_of("customer", ana, [one.pk])[one.pk].values()
        }
        passport = found.pop("passport")
        assert found == {"hobby": "露营", "side_income": "¥8,000.00", "level": "金牌"}
        assert passport and "CD" not in passport
        assert {tag.name for tag in selectors.tags_of("customer", [one.pk])[one.pk]} == {"VIP", "老客户"}
        told = [(change.label, change.after) for change in selectors.history("customer", ana, one.pk)]
        assert ("爱好", "露营") in told
        assert AuditRow.objects.filter(action="records.set_fields", reason=f"sheet:{sheet.pk}").exists()
        back(ana)
        assert differing(before, tables(*OWN)) == {}
        assert selectors.values_of("customer", ana, [two.pk])[two.pk] != {}

    def test_skip_leaves_what_is_there(self, ana, fields):
        ana, one = anew(ana), customer(ana)
        services.set_values(actor=ana, kind="customer", object_id=one.pk, values={"hobby": "旧"}, at=timezone.now())
        sheet = tried(ana, upload(ana, "customer_data", text([["客户号", "hobby"], [one.pk, "新"]])))
        assert sheet.checked == {"SKIPPED": 1}

    def test_a_role_gets_only_the_columns_it_may_write(self, ana, risk, units):
        field(units["HQ"], "secret", "TEXT", access={"MANAGER": "READ"})
        field(units["HQ"], "open", "TEXT")
        names = [one.name for one in target_for("customer_data", anew(ana)).fields]
        assert names == ["customer_id", "own.open", "tags"]
        assert [one.name for one in target_for("tasks", anew(risk)).fields if one.name.startswith("own.")] == []

    def test_rows_are_kept_encrypted(self, ana, fields):
        ana, one = anew(ana), customer(ana)
        sheet = upload(ana, "customer_data", text([["客户号", "护照"], [one.pk, "GEHEIM99"]]))
        chunk = sheet.chunks.get()
        assert rows_of(chunk)[0][1][1] == "GEHEIM99"
        assert b"GEHEIM99" not in bytes(chunk.content_enc)


class TestTasks:
    HEAD = ["客户号", "任务", "截止", "类型", "必办", "预算", "标签"]

    def test_kind_fields_and_tags_and_undo(self, ana, fields):
        ana, who = anew(ana), customer(ana)
        there = task(ana, who, title="已有", must_do=True, due_at=timezone.now() + timedelta(days=90))
        before = tables(*OWN)
        rows = [
            self.HEAD,
            [who.pk, "甲", DUE, "跟进", "是", "1200.50", "急、VIP"],
            [who.pk, "乙", DUE, "", "", "", ""],  # the required field is missing
            [who.pk, "丙", DUE, "跳舞", "", "1", ""],  # no such kind
            [who.pk, "已有", DUE, "", "", "7", "急"],
            [who.pk, "已有", DUE, "", "否", "", ""],  # only a leader lifts it
        ]
        sheet = tried(ana, upload(ana, "tasks", text(rows)), mode="OVERWRITE")
        assert sheet.checked == {"NEW": 1, "OVERWRITTEN": 1, "BAD": 3}
        assert differing(before, tables(*OWN)) == {}
        run(ana, sheet)
        assert sheet.ran == sheet.checked
        assert [(row.line, row.column) for row in sheet.problems.filter(dry=False, duplicate=False)] == [
            (3, "own.budget"), (4, "kind"), (6, "must_do"),
        ]  # fmt: skip
        made = Task.objects.get(title="甲")
        assert (made.kind, made.must_do, made.source) == ("follow_up", True, f"sheet:{sheet.pk}")
        amounts = dict(FieldValue.objects.values_list("object_id", "amount"))
        assert amounts == {str(made.pk): 120_050, str(there.pk): 700}
        assert Tagging.objects.filter(kind="task").count() == 3
        back(ana)
        assert differing(before, tables(*OWN)) == {}

    def test_contacts_that_the_gate_forbids_are_bad_rows(self, ana, monkeypatch):
        ana, open_one, closed_one = anew(ana), customer(ana), customer(ana)
        asked = []

        def refused(owners, *, kind, due_at, at):
            asked.append((kind, len(owners)))
            return {closed_one.pk: SimpleNamespace(sentence="有未结投诉")}

        monkeypatch.setattr("kajing.workflow.services.sheets.refused", refused)
        rows = [["客户号", "任务", "截止", "类型"], *[[one.pk, "打", DUE, "电话"] for one in (open_one, closed_one)]]
        sheet = tried(ana, upload(ana, "tasks", text(rows)))
        assert sheet.checked == {"NEW": 1, "BAD": 1}
        assert asked == [("call", 2)]  # one question for the whole chunk
        problem = sheet.problems.get(duplicate=False)
        assert (problem.column, problem.told) == ("kind", "有未结投诉")


def test_what_a_gate_refuses_is_a_bad_row_in_the_dry_run_too(ana, units, monkeypatch):
    from kajing.records import states

    def guard(move):
        if move.to == "gold":
            raise states.MoveRefused([states.Missing("role", "leader", "金牌须由主管授予。")])

    monkeypatch.setattr(states, "GUARDS", [guard])
    field(units["HQ"], "level", "CHOICE", label="级别")
    field(units["HQ"], "stage", "CHOICE", kind="task", label="阶段")
    ana, one, two = anew(ana), customer(ana), customer(ana)
    there = task(ana, one, title="已有", due_at=timezone.now() + timedelta(days=3))
    before = tables(*OWN)
    rows = [["客户号", "级别", "标签"], [one.pk, "金牌", "VIP"], [two.pk, "普通", "VIP"]]
    sheet = tried(ana, upload(ana, "customer_data", text(rows)))
    assert sheet.checked == {"NEW": 1, "BAD": 1}
    run(ana, sheet)
    assert sheet.ran == sheet.checked
    problem = sheet.problems.get(dry=False, duplicate=False)
    assert (problem.line, problem.column, problem.told) == (2, "own.level", "金牌须由主管授予。")
    assert list(Tagging.objects.values_list("object_id", flat=True)) == [two.pk]
    back(ana)
    rows = [
        ["客户号", "任务", "截止", "阶段"],
        [one.pk, "已有", DUE, "金牌"],
        [one.pk, "新的", DUE, "金牌"],
        [one.pk, "好的", DUE, "普通"],
    ]
    sheet = tried(ana, upload(ana, "tasks", text(rows)), mode="OVERWRITE")
    assert sheet.checked == {"NEW": 1, "BAD": 2}
    run(ana, sheet)
    assert sheet.ran == sheet.checked
    assert set(Task.objects.values_list("title", flat=True)) == {"已有", "好的"}
    assert Task.objects.get(pk=there.pk).due_at == there.due_at
    back(ana)
    assert differing(before, tables(*OWN)) == {}
