"""People's spreadsheets: reading, mapping, dry run, duplicates, problems, undo, and what a bad file can do (nothing)."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import timedelta

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from python_calamine import CalamineWorkbook

from kajing.audit.models import AuditRow
from kajing.customers.models import Consent, ContactPoint, MergedCustomer
from kajing.customers.services import record_consent
from kajing.imports.models import Sheet, SheetChunk
from kajing.imports.sheets import acts
from kajing.imports.sheets.cleaning import clean, guess
from kajing.imports.sheets.reading import forget_contents
from kajing.imports.sheets.registry import TARGETS
from kajing.lib.errors import NotAllowed
from kajing.queue.models import Job
from kajing.queue.worker import Worker
from kajing.records.models import Reversal
from kajing.records.undo.returning import undo
from kajing.workflow.models import Task
from tests.factories.customers import customer
from tests.imports.sheet_work import File
from tests.tables import differing, tables

pytestmark = pytest.mark.django_db
OWN = ("imports.sheet", "imports.sheetchunk", "imports.sheetproblem", "imports.sheetmapping", "org.person")


def work():
    Worker().work_until_empty()
    bad = Job.objects.exclude(state__in=["DONE", "CANCELLED"])
    assert not bad, [one.error for one in bad]


def upload(actor, kind, content, name="表.csv"):
    sheet = acts.receive(actor=actor, kind=kind, file=File(name, content), at=timezone.now())
    work()
    sheet.refresh_from_db()
    return sheet


def tried(actor, sheet, mode="SKIP", mapping=None):
    acts.check(actor=actor, sheet=sheet, mapping=mapping or sheet.mapping, mode=mode, at=timezone.now())
    work()
    sheet.refresh_from_db()
    return sheet


def run(actor, sheet):
    acts.run(actor=actor, sheet=sheet, at=timezone.now())
    work()
    sheet.refresh_from_db()
    return sheet


def text(rows, encoding="utf-8", delimiter=","):
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue().encode(encoding)


def book(rows):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as made:
        page = made.add_worksheet()
        day = made.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                if hasattr(cell, "isoformat"):
                    page.write_datetime(number, place, cell, day)
                else:
                    page.write(number, place, cell)
    return out.getvalue()


class TestReading:
    @pytest.mark.parametrize(
        ("encoding", "delimiter"), [("utf-8", ","), ("utf-8-sig", ";"), ("gb18030", "\t"), ("gb18030", ",")]
    )
    def test_encodings_and_delimiters(self, ana, encoding, delimiter):
        who = customer(ana)
        sheet = upload(ana, "reach", text([["客户号", "手机"], [who.pk, "12955550001"]], encoding, delimiter))
        assert (sheet.state, sheet.rows, sheet.delimiter) == ("MAPPING", 1, delimiter)
        assert sheet.mapping == {"customer_id": 0, "phone": 1}

    def test_a_workbook_with_numbers_and_days(self, ana, at):
        who = customer(ana)
        due = (timezone.now() + timedelta(days=3)).replace(tzinfo=None, microsecond=0, second=0)
        rows = [["客户号", "事项", "截止日期", "备注"], [who.pk, 42, due, ""], [], [who.pk, "回访", due, "x"]]
        sheet = tried(ana, upload(ana, "tasks", book(rows), "任务.xlsx"))
        assert sheet.checked == {"NEW": 2}
        run(ana, sheet)
        assert set(Task.objects.values_list("title", flat=True)) == {"42", "回访"}

    @pytest.mark.parametrize(
        ("name", "content", "problem"),
        [
            ("a.csv", b"only,a,header\n", "empty"),
            ("a.csv", b"\n\n", "empty"),
            ("a.xlsx", b"no workbook", "not_xlsx"),
            ("a.csv", ("a," * 70).encode() + b"\n1\n", "too_wide"),
        ],
    )
    def test_files_that_cannot_be_read(self, ana, name, content, problem):
        sheet = upload(ana, "reach", content, name)
        assert (sheet.state, sheet.problem) == ("REFUSED", problem)
        assert not SheetChunk.objects.exists()

    def test_a_bomb_is_refused_by_its_directory(self, ana):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("xl/worksheets/sheet1.xml", b"0" * 60_000_000)
        sheet = upload(ana, "reach", out.getvalue(), "bomb.xlsx")
        assert (sheet.state, sheet.problem) == ("REFUSED", "too_large")

    def test_too_many_rows(self, ana):
        sheet = upload(ana, "reach", b"a,b\n" + b"1,2\n" * 100_001)
        assert sheet.problem == "too_many_rows"

    def test_what_is_no_sheet_is_refused_at_once(self, ana, auditor, at):
        for name, content in (("a.exe", b"x"), ("a.csv", b"")):
            with pytest.raises(acts.CannotImport):
                acts.receive(actor=ana, kind="reach", file=File(name, content), at=at)
        with pytest.raises(acts.CannotImport):
            acts.receive(actor=ana, kind="nothing", file=File("a.csv", b"x"), at=at)
        with pytest.raises(NotAllowed):
            acts.receive(actor=auditor, kind="reach", file=File("a.csv", b"x"), at=at)


class TestCleaning:
    def test_columns_are_guessed_by_either_language(self):
        target = TARGETS["consents"]
        assert guess(target, ["备注(选填)", "Customer ID", "用途", "渠道", "是否同意", "文本版本"]) == {
            "reason": 0,
            "customer_id": 1,
            "purpose": 2,
            "channel": 3,
            "given": 4,
            "text_version": 5,
        }

    @pytest.mark.parametrize(
        ("cells", "field"),
        [
            (["", "营销", "电话", "是", "v"], "customer_id"),
            (["C1", "别的", "电话", "是", "v"], "purpose"),
            (["C1", "营销", "电话", "也许", "v"], "given"),
            (["C1", "营销", "电话", "是", "v" * 41], "text_version"),
            (["C1", "营销", "电话", "是", "乱�码"], "text_version"),
        ],
    )
    def test_bad_cells(self, cells, field):
        mapping = {"customer_id": 0, "purpose": 1, "channel": 2, "given": 3, "text_version": 4}
        _values, troubles = clean(TARGETS["consents"], mapping, cells)
        assert [one.field for one in troubles] == [field]

    def test_good_cells(self):
        mapping = {"customer_id": 0, "purpose": 1, "channel": 2, "given": 3}
        values, troubles = clean(TARGETS["consents"], mapping, ["C1", "Marketing", "企微", "撤回"])
        assert (values, troubles) == (
            {"customer_id": "C1", "purpose": "MARKETING", "channel": "WECOM", "given": False},
            [],
        )


class TestConsents:
    HEAD = ["客户号", "用途", "渠道", "是否同意", "文本版本"]

    def test_ledger_timeline_duplicates_and_undo(self, ana, ben, at):
        one, two, his = customer(ana), customer(ana), customer(ben)
        record_consent(actor=ana, customer=one, purpose="MARKETING", channel="SMS", text_version="v1", at=at)
        before = tables(*OWN)
        rows = [
            self.HEAD,
            [one.pk, "营销", "短信", "是", "v1"],
            [two.pk, "营销", "短信", "是", "v1"],
            [two.pk, "营销", "电话", "否", ""],
            [two.pk, "营销", "短信", "否", ""],
            [his.pk, "营销", "短信", "是", "v1"],
            [two.pk, "服务", "短信", "是", ""],
        ]
        sheet = tried(ana, upload(ana, "consents", text(rows)))
        assert sheet.checked == {"NEW": 2, "SKIPPED": 2, "BAD": 2}
        assert differing(before, tables(*OWN)) == {}
        run(ana, sheet)
        assert sheet.ran == sheet.checked
        assert two.consents.count() == 2
        assert two.marks.filter(kind="consent").count() == 2
        assert {row.line: row.column for row in sheet.problems.filter(dry=False, duplicate=False)} == {
            6: "customer_id",
            7: "text_version",
        }
        assert AuditRow.objects.filter(action="imports.sheet_rows").count() == 1
        undo(actor=ana, reversal=sheet.reversal or Reversal.objects.get(kind="imports.sheet"), at=timezone.now())
        assert differing(before, tables(*OWN)) == {}

    def test_beside_what_is_there(self, ana):
        who = customer(ana)
        rows = [self.HEAD, *[[who.pk, "营销", "短信", "是", "v1"]] * 2]
        run(ana, tried(ana, upload(ana, "consents", text(rows)), mode="CLONE"))
        assert Consent.objects.count() == 2
        with pytest.raises(acts.CannotImport):
            tried(ana, upload(ana, "consents", text(rows)), mode="OVERWRITE")


class TestReach:
    def test_overwrite_and_undo(self, ana):
        who = customer(ana)
        ContactPoint.objects.create(customer=who, kind="PHONE", value_enc=b"1", value_idx="feed", source="feed")
        run(ana, tried(ana, upload(ana, "reach", text([["客户号", "电话"], [who.pk, "02100000000"]]))))
        before = tables(*OWN)
        sheet = tried(ana, upload(ana, "reach", text([["客户号", "电话"], [who.pk, "02199999999"]])), mode="OVERWRITE")
        assert sheet.checked == {"OVERWRITTEN": 1}
        run(ana, sheet)
        assert who.contact_points.count() == 2
        undo(actor=ana, reversal=Reversal.objects.filter(kind="imports.sheet").latest("pk"), at=timezone.now())
        assert differing(before, tables(*OWN)) == {}

    def test_a_merged_number_means_the_survivor(self, ana, at):
        who = customer(ana)
        MergedCustomer.objects.create(old_id="C-OLD", survivor=who, merged_at=at, merged_by="x")
        run(ana, tried(ana, upload(ana, "reach", text([["客户号", "电话"], ["C-OLD", "02100000000"]]))))
        assert who.contact_points.count() == 1


class TestTasks:
    def test_owner_due_and_duplicates(self, ana, ben, lee):
        who = customer(ana)
        due, past = "2099-01-02 10:00", "2020-01-01"
        head = ["客户号", "任务", "截止", "负责人", "原因"]
        rows = [
            head,
            [who.pk, "a", due, ana.person_no, "r"],
            [who.pk, "a", due, ana.person_no, ""],
            [who.pk, "b", past, "", ""],
            [who.pk, "c", due, ben.person_no, ""],
            [who.pk, "d", due, "P-NOBODY", ""],
            [who.pk, "e", "soon", "", ""],
        ]
        sheet = run(lee, tried(lee, upload(lee, "tasks", text(rows)), mode="OVERWRITE"))
        assert sheet.ran == {"NEW": 1, "OVERWRITTEN": 1, "BAD": 4}
        assert [(one.title, one.owner) for one in Task.objects.all()] == [("a", ana)]
        again = run(
            lee,
            tried(
                lee,
                upload(lee, "tasks", text([head, [who.pk, "a", "2099-02-02", ana.person_no, "new"]])),
                mode="OVERWRITE",
            ),
        )
        assert again.ran == {"OVERWRITTEN": 1}
        assert Task.objects.get().reason == "new"
        assert tried(ana, upload(ana, "tasks", text([head, [who.pk, "x", due, ben.person_no, ""]]))).checked == {
            "BAD": 1
        }


class TestFlow:
    def rows(self, who, count=3):
        return text([["客户号", "电话"], *[[who.pk, f"0210000000{n}"] for n in range(count)]])

    def test_the_mapping_is_remembered_for_these_headings(self, ana):
        who = customer(ana)
        content = text([["甲", "乙"], [who.pk, "02100000000"]])
        sheet = upload(ana, "reach", content)
        assert sheet.mapping == {}
        with pytest.raises(acts.CannotImport):
            tried(ana, sheet)
        tried(ana, sheet, mapping={"customer_id": 0, "phone": 1}, mode="OVERWRITE")
        again = upload(ana, "reach", content)
        assert (again.mapping, again.mode) == ({"customer_id": 0, "phone": 1}, "OVERWRITE")

    def test_stopped_in_the_middle_and_undone(self, ana, monkeypatch):
        from kajing.imports.sheets import jobs, reading

        monkeypatch.setattr(reading, "CHUNK", 1)
        whos = [customer(ana) for _n in range(3)]
        sheet = tried(ana, upload(ana, "reach", text([["客户号", "电话"], *[[who.pk, "02100000000"] for who in whos]])))
        acts.run(actor=ana, sheet=sheet, at=timezone.now())
        real, done = jobs.run_chunk, []

        def stops(**given):
            if done:
                acts.stop(actor=ana, sheet=Sheet.objects.get(), at=timezone.now())
            done.append(1)
            return real(**given)

        monkeypatch.setattr(jobs, "run_chunk", stops)
        Worker().work_until_empty()
        assert ContactPoint.objects.count() == 1
        acts.stop(actor=ana, sheet=sheet, at=timezone.now()) if Sheet.objects.get().state == "RUNNING" else None
        undo(actor=ana, reversal=Reversal.objects.get(), at=timezone.now())
        assert not ContactPoint.objects.exists()

    def test_nobody_elses_and_not_twice(self, ana, lee, sign_in):
        sheet = upload(ana, "reach", self.rows(customer(ana), 1))
        assert sign_in(lee).get(f"/sheets/{sheet.pk}/").status_code == 404
        with pytest.raises(NotAllowed):
            tried(lee, sheet)
        run(ana, tried(ana, sheet))
        with pytest.raises(acts.CannotImport):
            acts.run(actor=ana, sheet=sheet, at=timezone.now())

    def test_rows_are_encrypted_and_forgotten(self, ana):
        upload(ana, "reach", text([["客户号", "电话"], [customer(ana).pk, "02188887777"]]))
        assert b"02188887777" not in bytes(SheetChunk.objects.get().content_enc)
        assert forget_contents(before=timezone.now() - timedelta(days=1)) == 0
        assert forget_contents(before=timezone.now() + timedelta(seconds=1)) == 1


class TestPages:
    def test_by_page(self, ana, sign_in):
        who = customer(ana)
        browser = sign_in(ana)
        content = text(
            [
                ["客户号", "电话", "备注"],
                [who.pk, "02100000000", "=1+1"],
                ["C-NO", "1", "=cmd|x"],
                [who.pk, "02100000001", ""],
            ]
        )
        sent = {"kind": "reach", "file": SimpleUploadedFile("人.csv", content)}
        url = browser.post("/sheets/", sent).headers["Location"]
        assert "hx-trigger" in browser.get(url).content.decode()  # it looks again by itself
        work()
        assert 'name="field-phone"' in browser.get(url).content.decode()
        assert browser.post(url + "check/", {"field-customer_id": "0", "mode": "SKIP"}).status_code == 302
        work()
        assert browser.get(url).status_code == 200
        assert (
            browser.post(url + "check/", {"field-customer_id": "0", "field-phone": "1", "mode": "SKIP"}).status_code
            == 302
        )
        work()
        assert browser.post(url + "run/").status_code == 302
        work()
        page = browser.get(url).content.decode()
        assert "/undo/" in page
        lines = list(csv.reader(io.StringIO(browser.get(url + "problems.csv").content.decode("utf-8-sig"))))
        assert lines[1][0] == "3"
        assert lines[1][-1] == "'=cmd|x"
        cells = (
            CalamineWorkbook.from_filelike(io.BytesIO(browser.get(url + "problems.xlsx").content))
            .get_sheet_by_index(0)
            .to_python()
        )
        assert cells[1][-1] == "'=cmd|x"
        assert browser.get(url + "problems.pdf").status_code == 404
        assert browser.post("/sheets/", {"kind": "reach"}).status_code == 422
        api = browser.get("/api/v1/sheets").json()["items"][0]
        assert (api["state"], api["ran"]) == ("DONE", {"NEW": 1, "SKIPPED": 1, "BAD": 1})
        assert browser.get(f"/api/v1/sheets/{api['id']}/problems").json()["items"][0]["line"] == 3

    def test_by_api_the_whole_way(self, ana, lee, sign_in):
        who, browser = customer(ana), sign_in(ana)

        def post(path, body=None, by=browser):
            return by.post(f"/api/v1/sheets{path}", body or {}, content_type="application/json")

        content = text([["客户号", "电话"], [who.pk, "02100000000"], ["C-NO", "02100000001"]])
        kinds = {one["kind"]: one for one in browser.get("/api/v1/sheet-kinds").json()["items"]}
        assert [field["name"] for field in kinds["reach"]["fields"] if field["required"]] == ["customer_id"]
        sent = {"kind": "reach", "file": SimpleUploadedFile("人.csv", content)}
        made = browser.post("/api/v1/sheets", sent, headers={"Idempotency-Key": "one-upload"})
        assert made.status_code == 201
        assert (
            browser.post("/api/v1/sheets", {"kind": "no", "file": SimpleUploadedFile("x.csv", b"a\n")}).status_code
            == 422
        )
        number = made.json()["id"]
        assert post(f"/{number}/run").status_code == 422  # not tried yet
        work()
        columns = browser.get(f"/api/v1/sheets/{number}/columns").json()
        assert columns["header"] == ["客户号", "电话"]
        mapping = {one["name"]: one["column"] for one in columns["fields"] if one["column"] is not None}
        assert mapping == {"customer_id": 0, "phone": 1}
        assert post(f"/{number}/check", {"mapping": {"phone": 1}}).status_code == 422  # no customer number
        assert post(f"/{number}/check", {"mapping": mapping, "mode": "SKIP"}, by=sign_in(lee)).status_code == 404
        assert post(f"/{number}/check", {"mapping": mapping, "mode": "SKIP"}).status_code == 200
        assert post(f"/{number}/stop").json()["state"] == "MAPPING"
        assert post(f"/{number}/check", {"mapping": mapping, "mode": "SKIP"}).status_code == 200
        work()
        assert browser.get(f"/api/v1/sheets/{number}").json()["checked"] == {"NEW": 1, "BAD": 1}
        file = browser.get(f"/api/v1/sheets/{number}/problems/file?form=csv")
        assert file.headers["Content-Disposition"].endswith('.csv"') and "C-NO" in file.content.decode()
        assert not ContactPoint.objects.exists()
        assert post(f"/{number}/run").status_code == 200
        work()
        done = browser.get(f"/api/v1/sheets/{number}").json()
        assert (done["state"], ContactPoint.objects.count()) == ("DONE", 1)
        back = browser.post(f"/api/v1/undo/{done['reversal_id']}", {}, content_type="application/json")
        assert (back.status_code, ContactPoint.objects.count()) == (200, 0)
