"""Questions of the trail, and the trail as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from kajing.audit import selectors
from kajing.audit.models import AuditRow
from kajing.audit.services import TooLong, export_trail, exporting, record
from kajing.lib.errors import NotAllowed
from kajing.org.models import Person
from kajing.reference.services import load_reference

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]


@pytest.fixture
def trail(at: datetime) -> datetime:
    """Two looks at ID numbers, one of them at night, a small and a large export, a failed sign-in."""
    load_reference(actor="system", at=at)
    AuditRow.objects.all()
    night = at.replace(hour=23, minute=5)
    for actor, action, when, changes in (
        ("P-ANA", "customers.reveal", at, {"field": "id_number"}),
        ("P-ANA", "customers.reveal", at, {"field": "mobile"}),
        ("P-BEN", "customers.reveal", night, {"field": "id_number"}),
        ("P-LEE", "customers.export", at, {"rows": 500}),
        ("P-LEE", "customers.export", at, {"rows": 501}),
        ("system", "sign_in_failed", at, {}),
    ):
        record(actor=actor, action=action, object_kind="customer", object_id="C1", at=when, changes=changes)
    return at


def actors(user: Person, question: str) -> list[str]:
    return list(selectors.rows(user, question=question).order_by("id").values_list("actor", flat=True))


def test_each_question_finds_its_rows(auditor: Person, trail: datetime) -> None:
    assert actors(auditor, "id_numbers") == ["P-ANA", "P-BEN"]
    assert actors(auditor, "reveals") == ["P-ANA", "P-ANA", "P-BEN"]
    assert actors(auditor, "large_exports") == ["P-LEE"]
    assert selectors.rows(auditor, question="large_exports").get().changes["rows"] == 501
    assert actors(auditor, "after_hours") == ["P-BEN"]
    assert actors(auditor, "sign_in_failures") == ["system"]
    assert actors(auditor, "no_such_question") == []


def test_an_administrator_asks_about_the_system_only(admin: Person, trail: datetime) -> None:
    assert actors(admin, "id_numbers") == []
    assert actors(admin, "sign_in_failures") == ["system"]


def test_the_file_holds_what_the_filters_show_and_is_recorded(auditor: Person, ana: Person, trail: datetime) -> None:
    record(actor="=cmd()", action="customers.reveal", object_kind="customer", object_id="C2", at=trail)
    file = export_trail(actor=auditor, filters={"question": "reveals"}, at=trail)
    lines = list(csv.reader(io.StringIO(file.content.decode("utf-8-sig"))))
    assert auditor.person_no in lines[0][1]
    assert len(lines) == 2 + file.rows == 6
    assert lines[-1][lines[1].index("actor")] == "'=cmd()"
    told = AuditRow.objects.get(action="audit.export")
    assert (told.actor, told.changes["rows"]) == (auditor.person_no, 4)
    assert lines[0][-1] == told.changes["reference"]
    with pytest.raises(NotAllowed):
        export_trail(actor=ana, filters={}, at=trail)


def test_a_workbook_has_a_page_about_itself(auditor: Person, trail: datetime, sign_in: SignIn) -> None:
    record(actor="=cmd()", action="customers.reveal", object_kind="customer", object_id="C2", at=trail)
    answer = sign_in(auditor).post("/audit/export/?question=reveals", {"form": "xlsx"})
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    rows = book.get_sheet_by_index(0).to_python()
    assert len(rows) == 5
    assert rows[-1][rows[0].index("actor")] == "'=cmd()"
    about = {str(cell) for row in book.get_sheet_by_index(1).to_python() for cell in row}
    assert AuditRow.objects.get(action="audit.export").changes["reference"] in about
    assert any(auditor.person_no in cell for cell in about) and any("reveals" in cell for cell in about)


def test_too_long_a_file_says_what_to_do(auditor: Person, trail: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "MOST", 3)
    with pytest.raises(TooLong, match="3"):
        export_trail(actor=auditor, filters={}, at=trail)


def test_the_page_offers_questions_and_the_file(auditor: Person, trail: datetime, sign_in: SignIn) -> None:
    browser = sign_in(auditor)
    page = browser.get("/audit/?question=large_exports").content.decode()
    assert 'aria-current="true"' in page
    assert "customers.export" in page
    assert "customers.reveal</td>" not in page
    answer = browser.post("/audit/export/?question=large_exports")
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer.content.decode("utf-8-sig").count("\n") == 3
