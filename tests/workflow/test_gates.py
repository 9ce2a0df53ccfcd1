"""State gates: one guard for page, API, bulk and rule; versions; the test on records; approvals; time limits; closing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import translation

from kajing.audit.models import AuditRow
from kajing.customers.models import Customer
from kajing.lib.errors import DomainError, NotAllowed
from kajing.notifications.models import Notification
from kajing.org.models import Person, Unit
from kajing.records.models import Attachment, FieldValue
from kajing.records.services import ValuesRefused, attach, set_many, set_values
from kajing.records.states import MoveRefused
from kajing.risk.services import close_alert
from kajing.workflow import services as tasks
from kajing.workflow.models import ApprovalRequest, GateStay, GateVersion, RuleRun, Task
from kajing.workflow.selectors import gates as selectors
from kajing.workflow.services import gates
from kajing.workflow.services.approvals import approve
from tests.factories.customers import customer
from tests.factories.records import field
from tests.factories.risk import alert
from tests.factories.workflow import task
from tests.workflow.test_rules import finish, version, work

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
PARTIAL = {"HTTP_HX_REQUEST": "true", "HTTP_HX_REQUEST_TYPE": "partial"}
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Count 0/Kids[]>>endobj\n%%EOF\n"


def move(to: str, *sources: str, **more: Any) -> dict[str, Any]:
    return {"from": list(sources), "to": to, "roles": [], "facts": [], "own": [], "note": False, "files": 0,
            "approval": False, **more}  # fmt: skip


def gate(kind: str, *moves: dict[str, Any], at: datetime, **more: Any) -> GateVersion:
    """A gate in force."""
    number = GateVersion.objects.filter(kind=kind).count() + 1
    given = {"published_by": "P-X", "published_at": at, **more}
    return GateVersion.objects.create(
        kind=kind, number=number, moves=list(moves), state="LIVE", author="P-ADMIN", made_at=at, **given
    )


@pytest.fixture
def stages(units: dict[str, Unit], at: datetime) -> None:
    """A choice field and a text field of customers, and a cause on tasks."""
    field(units["T01"], "stage", "CHOICE", at)
    field(units["T01"], "hobby", "TEXT", at)
    field(units["T01"], "cause", "TEXT", at, kind="task")


def done(actor: Person, one: Task, at: datetime, note: str = "") -> Task:
    return tasks.done_task(actor=actor, task=one, outcome="DONE", note=note, at=at)


def test_without_a_gate_everything_goes_and_with_one_only_what_it_opens(ana: Person, at: datetime) -> None:
    done(ana, task(ana), at)
    gate("task", move("CANCELLED", "OPEN"), at=at)
    one = task(ana)
    with translation.override("en"), pytest.raises(MoveRefused) as refused:
        done(ana, one, at)
    assert str(refused.value) == "Task: from open it does not go to done; open are: called off."
    one.refresh_from_db()
    assert one.state == "OPEN"
    assert tasks.cancel_task(actor=ana, task=one, reason="不需要", at=at).state == "CANCELLED"


def test_everything_that_is_missing_is_named_at_once(ana: Person, stages: None, at: datetime) -> None:
    gate("task", move("DONE", "OPEN", facts=["value"], own=["cause"], files=2, note=True), at=at)
    one = task(ana, customer(ana))
    with translation.override("en"), pytest.raises(MoveRefused) as refused:
        done(ana, one, at)
    assert [(part.sort, part.name) for part in refused.value.missing] == [
        ("fact", "value"), ("own", "cause"), ("file", "files"), ("note", "note"),
    ]  # fmt: skip
    assert "2 attached files" in str(refused.value)
    Task.objects.filter(pk=one.pk).update(value_at_stake=5)
    set_values(actor=ana, kind="task", object_id=str(one.pk), values={"cause": "电话未通"}, at=at)
    for name in ("a.pdf", "b.pdf"):
        attach(actor=ana, kind="task", object_id=str(one.pk), name=name, content=PDF, at=at)
    with pytest.raises(MoveRefused) as last:
        done(ana, one, at)
    assert [part.sort for part in last.value.missing] == ["note"]
    assert done(ana, one, at, note="已联系").state == "DONE"


def test_a_move_for_a_role_is_for_nobody_else(ana: Person, lee: Person, at: datetime) -> None:
    gate("task", move("DONE", "OPEN", roles=["LEADER"]), at=at)
    one = task(ana, customer(ana))
    with pytest.raises(MoveRefused) as refused:
        done(ana, one, at)
    assert [part.sort for part in refused.value.missing] == ["role"]
    assert done(lee, one, at).state == "DONE"


def test_page_api_bulk_and_rule_meet_the_same_gate(ana: Person, stages: None, sign_in: SignIn, at: datetime) -> None:
    gate("customer.stage", move("gold", "plain", own=["hobby"]), move("plain", ""), at=at)
    book = [customer(ana) for _n in range(4)]
    for one in book:
        set_values(actor=ana, kind="customer", object_id=one.pk, values={"stage": "plain"}, at=at)
    browser = sign_in(ana)
    url = f"/api/v1/records/customer/{book[0].pk}/fields"
    answer = browser.put(url, {"values": {"stage": "gold"}}, content_type="application/json")
    assert (answer.status_code, "Hobby" in answer.json()["detail"]) == (422, True)
    page = browser.post(_values_url(book[1]), {"stage": "gold", "hobby": ""})
    written = set_many(
        actor=ana, kind="customer", at=at,
        rows={book[2].pk: {"stage": "gold"}, book[3].pk: {"stage": "gold", "hobby": "钓鱼"}},
    )  # fmt: skip
    assert list(written.refused) == [book[2].pk]  # filling the field in the same act is enough
    version(at, actions=[{"kind": "field", "field": "customer:cf_stage", "value": "gold"}])
    finish(ana, book[0], "REFUSED", at)
    work(at)
    run = RuleRun.objects.get()
    assert (run.result, "Hobby" in run.problem) == ("FAILED", True)
    assert page.status_code == 422
    found = dict(FieldValue.objects.filter(field__name="stage").values_list("object_id", "text"))
    assert found == {**{one.pk: "plain" for one in book[:3]}, book[3].pk: "gold"}


def test_the_values_form_of_a_record_says_what_is_missing(
    ana: Person, stages: None, sign_in: SignIn, at: datetime
) -> None:
    gate("customer.stage", move("plain", ""), at=at)
    about = customer(ana)
    answer = sign_in(ana).post(_values_url(about), {"stage": "gold", "hobby": ""})
    assert answer.status_code == 422
    assert "普通" in answer.content.decode()  # the way that is open
    assert not FieldValue.objects.filter(field__name="stage").exists()


def _values_url(about: Customer) -> str:
    from django.urls import reverse

    return reverse("record:edit", args=["customer", about.pk])


def test_rules_pass_only_where_the_gate_names_them(ana: Person, stages: None, at: datetime) -> None:
    gate("customer.stage", move("gold", "", roles=["MANAGER"]), move("plain", "", roles=["SYSTEM"]), at=at)
    actions = [{"kind": "field", "field": "customer:cf_stage", "value": "gold"}]
    version(at, code="gold", actions=actions)
    about = customer(ana)
    finish(ana, about, "REFUSED", at)
    work(at)
    assert RuleRun.objects.get().result == "FAILED"
    with pytest.raises(ValuesRefused):
        set_values(actor=ana, kind="customer", object_id=about.pk, values={"stage": "plain"}, at=at)
    assert set_values(actor=ana, kind="customer", object_id=about.pk, values={"stage": "gold"}, at=at) == ["stage"]


def test_alerts_plans_templates_and_handovers_ask_too(ana: Person, lee: Person, at: datetime) -> None:
    from kajing.contact.services.wordings import retire
    from kajing.customers.models import Handover
    from kajing.customers.services.handovers import acknowledge
    from kajing.workflow.models import Playbook, PlaybookVersion
    from kajing.workflow.services.plans import start_plan, stop_plan
    from tests.factories.contact import template

    gate("alert", move("CONFIRMED", "OPEN"), at=at)
    gate("plan", move("STOPPED", "RUNNING", roles=["LEADER"]), at=at)
    gate("template", move("ASKED", "DRAFT"), at=at)
    gate("handover", move("READ", "OPEN", facts=["reason"]), at=at)
    book = Playbook.objects.create(code="b", name="b", made_by="P-X")
    PlaybookVersion.objects.create(playbook=book, number=1, state="LIVE", author="P-X", made_at=at, steps=[])
    plan = start_plan(actor=ana, customer=customer(ana), playbook=book, day_zero=at.date(), at=at)
    pack = Handover.objects.create(receiver=ana, unit=ana.unit, made_by="P-X", made_at=at, on=at.date())
    acts = (
        lambda: close_alert(actor=ana, alert=alert(customer(ana)), state="DISMISSED", outcome="FALSE", reason="误报", at=at),
        lambda: stop_plan(actor=ana, plan=plan, reason="客户不需要", at=at),
        lambda: retire(actor=lee, version=template(), at=at, reason="过期"),
        lambda: acknowledge(actor=ana, handover=pack, at=at),
    )  # fmt: skip
    for act in acts:
        with pytest.raises(MoveRefused):
            act()
    assert stop_plan(actor=lee, plan=plan, reason="客户不需要", at=at).state == "STOPPED"
    Handover.objects.filter(pk=pack.pk).update(reason="轮岗")
    assert acknowledge(actor=ana, handover=pack, at=at).acknowledged_at == at


def test_what_the_system_does_by_itself_is_no_decision(ana: Person, at: datetime) -> None:
    """A night that calls tasks off with their alert, and the undo of a tick, pass."""
    one = task(ana, source="alert:7")
    finished = done(ana, task(ana), at)
    gate("task", move("DONE", "OPEN", roles=["LEADER"]), at=at)
    assert tasks.cancel_tasks(sources=["alert:7"], reason="gone", at=at, by="night") == 1
    one.refresh_from_db()
    assert one.state == "CANCELLED"
    assert tasks.reopen_task(actor=ana, task=finished, at=at).state == "OPEN"


def test_with_an_approval_the_record_moves_with_the_last_vote(ana: Person, lee: Person, at: datetime) -> None:
    gate("task", move("DONE", "OPEN", approval=True), at=at)
    one = task(ana, customer(ana))
    with pytest.raises(MoveRefused) as refused:
        done(ana, one, at)
    assert [part.sort for part in refused.value.missing] == ["approval"]
    with pytest.raises(MoveRefused):  # nothing is asked for without a reason
        gates.make_move(actor=ana, kind="task", object_id=str(one.pk), to="DONE", given={"outcome": "DONE"}, at=at)
    with pytest.raises(DomainError):  # nor what would fail when it is granted
        gates.make_move(actor=ana, kind="task", object_id=str(one.pk), to="DONE", note="好了", given={}, at=at)
    assert not ApprovalRequest.objects.exists()
    asked = gates.make_move(
        actor=ana, kind="task", object_id=str(one.pk), to="DONE", note="好了", given={"outcome": "REACHED"}, at=at
    )
    request = ApprovalRequest.objects.get(pk=asked.approval)
    one.refresh_from_db()
    assert (one.state, request.asker, request.customer_id) == ("OPEN", ana, one.customer_id)
    approve(actor=lee, request=request, at=at + timedelta(hours=1))
    one.refresh_from_db()
    assert (one.state, one.outcome, one.done_by) == ("DONE", "REACHED", ana.person_no)


def test_a_record_that_moved_meanwhile_stays_where_it_is(ana: Person, lee: Person, at: datetime) -> None:
    gate("task", move("DONE", "OPEN", approval=True), move("CANCELLED", "OPEN"), at=at)
    one = task(ana, customer(ana))
    asked = gates.make_move(
        actor=ana, kind="task", object_id=str(one.pk), to="DONE", note="好了", given={"outcome": "DONE"}, at=at
    )
    tasks.cancel_task(actor=ana, task=one, reason="不用了", at=at)
    request = approve(actor=lee, request=ApprovalRequest.objects.get(pk=asked.approval), at=at)
    assert (request.state, bool(request.problem)) == ("OPEN", True)


def test_a_version_is_written_tried_and_published_by_another(
    ana: Person, admin: Person, compliance: Person, at: datetime
) -> None:
    for _n in range(3):
        task(ana, customer(ana))
    task(ana, customer(ana), value_at_stake=9)
    task(ana, customer(ana), state="DONE")
    wanted = [move("DONE", "OPEN", facts=["value"])]
    with pytest.raises(NotAllowed):
        gates.draft_gate(actor=ana, kind="task", moves=wanted, limits={}, ends=[], at=at)
    draft = gates.draft_gate(actor=admin, kind="task", moves=wanted, limits={"OPEN": 1}, ends=[], at=at)
    for who in (admin, compliance):  # the author, and: not tried yet
        with pytest.raises(gates.CannotPublish):
            gates.publish_gate(actor=who, version=draft, at=at)
    draft = gates.try_gate(actor=admin, version=draft, at=at)
    (open_,) = [row for row in draft.test["states"] if row["state"] == "OPEN"]
    assert (open_["records"], open_["stuck"], open_["lacking"]) == (4, 0, 3)
    assert [(one["sort"], one["count"]) for one in open_["wants"]] == [("fact", 3)]
    live = gates.publish_gate(actor=compliance, version=draft, at=at)
    assert (live.state, live.published_by) == ("LIVE", compliance.person_no)
    assert AuditRow.objects.filter(action="workflow.gate_publish", object_id="task").count() == 1


def test_stuck_records_are_counted_and_ask_for_a_reason(
    ana: Person, admin: Person, compliance: Person, stages: None, at: datetime
) -> None:
    values = ["gold", "gold", "plain", "new"]
    for value in values:
        set_values(actor=ana, kind="customer", object_id=customer(ana).pk, values={"stage": value}, at=at)
    # New leads on; nothing leads out of gold, which is the end, nor out of plain, which is not.
    wanted = [move("gold", "new"), move("new", "")]
    draft = gates.draft_gate(actor=admin, kind="customer.stage", moves=wanted, limits={}, ends=["gold"], at=at)
    draft = gates.try_gate(actor=admin, version=draft, at=at)
    assert {row["state"]: row["stuck"] for row in draft.test["states"]} == {"": 0, "gold": 0, "plain": 1, "new": 0}
    with pytest.raises(gates.CannotPublish):
        gates.publish_gate(actor=compliance, version=draft, at=at)
    gates.publish_gate(actor=compliance, version=draft, reason="普通客户不再升级", at=at)


def test_closing_a_gate_or_taking_up_an_older_one_leaves_records_workable(
    ana: Person, admin: Person, compliance: Person, at: datetime
) -> None:
    first = gate("task", move("DONE", "OPEN", note=True), at=at, limits={"OPEN": 5})
    one, other = task(ana), task(ana)
    gates.sweep(at)
    assert GateStay.objects.count() == 2
    draft = gates.draft_gate(
        actor=admin, kind="task", moves=[move("DONE", "OPEN", roles=["RISK"])], limits={}, ends=[], at=at
    )
    gates.publish_gate(actor=compliance, version=gates.try_gate(actor=admin, version=draft, at=at), at=at)
    first.refresh_from_db()
    assert (first.state, GateStay.objects.count()) == ("RETIRED", 0)
    with pytest.raises(MoveRefused):
        done(ana, one, at)
    again = gates.restore_gate(actor=admin, version=first, at=at)
    live = gates.publish_gate(actor=compliance, version=gates.try_gate(actor=admin, version=again, at=at), at=at)
    assert (live.number, live.moves, live.limits) == (3, first.moves, first.limits)
    assert done(ana, one, at, note="好了").state == "DONE"
    with pytest.raises(gates.CannotPublish):
        gates.retire_gate(actor=compliance, version=live, reason="", at=at)
    gates.retire_gate(actor=compliance, version=live, reason="试行结束", at=at)
    assert done(ana, other, at).state == "DONE"


def test_a_record_too_long_in_a_state_reaches_the_leader_once(
    ana: Person, lee: Person, stages: None, at: datetime
) -> None:
    made = gate(
        "customer.stage", move("gold", ""), move("plain", "gold"), at=at - timedelta(days=9), limits={"gold": 24}
    )
    about = customer(ana)
    set_values(actor=ana, kind="customer", object_id=about.pk, values={"stage": "gold"}, at=at)
    assert gates.sweep(at + timedelta(hours=23)) == 0
    assert gates.sweep(at + timedelta(hours=25)) == 1
    assert gates.sweep(at + timedelta(hours=26)) == 0
    assert Notification.objects.get(kind="gate.late").person == lee
    set_values(actor=ana, kind="customer", object_id=about.pk, values={"stage": "plain"}, at=at + timedelta(hours=27))
    assert not GateStay.objects.exists()
    assert made.limits == {"gold": 24}


def test_what_was_there_before_the_gate_is_counted_from_the_gate(ana: Person, lee: Person, at: datetime) -> None:
    task(ana, customer(ana), created_at=at - timedelta(days=200))
    gate("task", move("DONE", "OPEN"), at=at, limits={"OPEN": 24})
    assert gates.sweep(at + timedelta(hours=1)) == 0
    assert gates.sweep(at + timedelta(hours=25)) == 1


@pytest.mark.parametrize(
    ("moves", "word"),
    [
        ([], "at least one move"),
        ([move("NOWHERE", "OPEN")], "states of this kind"),
        ([move("OPEN", "DONE")], "no way from done to open"),
        ([move("DONE", "OPEN", roles=["KING"])], "KING"),
        ([move("DONE", "OPEN", facts=["colour"])], "colour"),
        ([move("DONE", "OPEN", own=["no_such"])], "no_such"),
        ([move("DONE", "OPEN", files=99)], "files"),
    ],
)
def test_what_is_wrong_with_a_gate_is_said(admin: Person, at: datetime, moves: list[Any], word: str) -> None:
    with translation.override("en"), pytest.raises(gates.CannotPublish, match=word):
        gates.draft_gate(actor=admin, kind="task", moves=moves, limits={}, ends=[], at=at)


def test_only_what_is_open_to_the_person_is_offered(ana: Person, lee: Person, ben: Person, at: datetime) -> None:
    made = gate("task", move("DONE", "OPEN"), move("CANCELLED", "OPEN", roles=["LEADER"]), at=at)
    one = task(ana, customer(ana))

    def open_to(who: Person) -> list[str] | None:
        found = selectors.standing(who, made, str(one.pk))
        return [way.to for way in found.ways] if found else None

    assert (open_to(ana), open_to(lee), open_to(ben)) == (["DONE"], ["DONE", "CANCELLED"], None)


def test_the_dialog_asks_for_what_is_missing_and_does_the_act(
    ana: Person, stages: None, sign_in: SignIn, at: datetime
) -> None:
    gate("task", move("DONE", "OPEN", own=["cause"], files=1, note=True), at=at)
    one = task(ana, customer(ana))
    browser = sign_in(ana)
    page = browser.get(f"/tasks/{one.pk}/").content.decode()
    assert f"/moves/task/{one.pk}/DONE/" in page
    assert f"/moves/task/{one.pk}/CANCELLED/" not in page
    assert f"/tasks/{one.pk}/done/" not in page
    url = f"/moves/task/{one.pk}/DONE/"
    assert browser.get(f"/moves/task/{one.pk}/CANCELLED/").status_code == 404
    dialog = browser.get(url, **PARTIAL).content.decode()
    assert all(name in dialog for name in ('name="own-cause"', 'name="file_1"', 'name="given_outcome"', 'name="note"'))
    empty = browser.post(url, {"given_outcome": "DONE"}, **PARTIAL)
    assert empty.status_code == 422
    file = SimpleUploadedFile("bill.pdf", PDF, "application/pdf")
    given = {"given_outcome": "REACHED", "own-cause": "电话未通", "note": "已联系", "file_1": file}
    assert browser.post(url, given, **PARTIAL).status_code == 204
    one.refresh_from_db()
    assert (one.state, one.outcome, one.outcome_note) == ("DONE", "REACHED", "已联系")
    assert FieldValue.objects.get(object_id=str(one.pk), field__kind="task").text == "电话未通"
    assert Attachment.objects.get(kind="task", object_id=str(one.pk)).name == "bill.pdf"


def test_a_refused_dialog_leaves_nothing_behind(ana: Person, stages: None, sign_in: SignIn, at: datetime) -> None:
    gate("task", move("DONE", "OPEN", own=["cause"], facts=["value"]), at=at)
    one = task(ana, customer(ana))
    answer = sign_in(ana).post(
        f"/moves/task/{one.pk}/DONE/", {"given_outcome": "DONE", "own-cause": "电话未通", "note": ""}, **PARTIAL
    )
    assert answer.status_code == 422
    assert not FieldValue.objects.exists()


def test_a_tick_in_the_list_that_a_gate_refuses_says_why(ana: Person, sign_in: SignIn, at: datetime) -> None:
    gate("task", move("DONE", "OPEN", note=True), at=at)
    one = task(ana, customer(ana))
    answer = sign_in(ana).post(f"/tasks/{one.pk}/done/", {"from": "row", "version": 1}, **PARTIAL)
    assert answer.status_code == 204
    assert "toast" in answer["HX-Trigger"]
    one.refresh_from_db()
    assert one.state == "OPEN"


def test_the_pages_of_a_gate(admin: Person, compliance: Person, ana: Person, stages: None, sign_in: SignIn) -> None:
    set_values(actor=ana, kind="customer", object_id=customer(ana).pk, values={"stage": "new"}, at=_now())
    editor, publisher = sign_in(admin), sign_in(compliance)
    assert "customer.stage" in editor.get("/gates/").content.decode()
    form = {
        "form-TOTAL_FORMS": "2", "form-INITIAL_FORMS": "0", "form-0-to": "gold", "form-0-sources": ["new", "plain"],
        "form-0-roles": ["LEADER"], "form-0-own": ["hobby"], "form-0-attached": "1", "form-0-note": "on",
        "form-1-to": "new", "form-1-sources": ["-"], "limit_new": "48", "ends": ["gold", "plain"], "note": "试行",
    }  # fmt: skip
    url = "/gates/customer.stage/"
    assert editor.post(url, form).status_code == 303
    draft = GateVersion.objects.get()
    assert draft.moves == [
        move("gold", "new", "plain", roles=["LEADER"], own=["hobby"], files=1, note=True), move("new", ""),
    ]  # fmt: skip
    assert (draft.limits, draft.ends) == ({"new": 48}, ["gold", "plain"])
    assert editor.post(f"{url}1/test/").status_code == 303
    page = editor.get(url).content.decode()
    assert "金牌" in page
    assert publisher.post(f"{url}1/publish/").status_code == 303
    draft.refresh_from_db()
    assert draft.state == "LIVE"
    assert publisher.post(f"{url}1/close/", {"reason": "结束"}).status_code == 303
    assert editor.post(f"{url}1/restore/").status_code == 303
    assert GateVersion.objects.filter(state="DRAFT").count() == 1
    assert editor.post(url, {**form, "form-0-to": "nowhere"}).status_code == 422
    assert editor.get("/gates/no.such/").status_code == 404


def _now() -> datetime:
    from django.utils import timezone

    return timezone.now()


def test_who_may_not_do_the_act_is_offered_nothing(
    ana: Person, auditor: Person, stages: None, sign_in: SignIn, at: datetime
) -> None:
    """An auditor sees the state and no button; the manager sees both."""
    made = gate("customer.stage", move("gold", "plain"), at=at)
    about = customer(ana)
    FieldValue.objects.create(field_id=_field_id("stage"), object_id=about.pk, text="plain")
    for who, count in ((ana, 1), (auditor, 0)):
        found = selectors.standing(who, made, about.pk)
        assert found is not None
        assert (found.state, len(found.ways)) == ("plain", count)
        page = sign_in(who).get(f"/ui/panels/customer/{about.pk}/").content.decode()
        assert (f"/moves/customer.stage/{about.pk}/gold/" in page) == bool(count)


def _field_id(name: str) -> int:
    from kajing.records.models import FieldDefinition

    return FieldDefinition.objects.get(name=name).pk


def test_pages_of_plans_templates_and_handovers_show_what_is_open(
    ana: Person, lee: Person, sign_in: SignIn, at: datetime
) -> None:
    from kajing.customers.models import Handover, HandoverItem
    from kajing.workflow.models import Playbook, PlaybookVersion
    from kajing.workflow.panels import plans_of_customer
    from kajing.workflow.services.plans import start_plan
    from tests.factories.contact import template

    gate("plan", move("STOPPED", "RUNNING", note=True), at=at)
    gate("template", move("RETIRED", "APPROVED"), at=at)
    gate("handover", move("READ", "OPEN", note=True), at=at)
    about = customer(ana)
    book = Playbook.objects.create(code="b", name="b", made_by="P-X")
    steps = [{"key": "1", "title": "x", "day": 99, "kind": "follow_up"}]
    PlaybookVersion.objects.create(playbook=book, number=1, state="LIVE", author="P-X", made_at=at, steps=steps)
    plan = start_plan(actor=ana, customer=about, playbook=book, day_zero=at.date(), at=at)
    pack = Handover.objects.create(receiver=ana, unit=ana.unit, made_by="P-X", made_at=at, on=at.date())
    HandoverItem.objects.create(handover=pack, customer=about, unit=ana.unit)
    words = template()
    assert plans_of_customer(ana, about)["rows"]
    for who, page, address in (
        (ana, f"/ui/panel/plans/{about.pk}/", f"/moves/plan/{plan.pk}/STOPPED/"),
        (lee, f"/contact/templates/{words.template_id}/", f"/moves/template/{words.pk}/RETIRED/"),
        (ana, f"/customers/handovers/{pack.pk}/", f"/moves/handover/{pack.pk}/READ/"),
    ):
        answer = sign_in(who).get(page)
        assert (answer.status_code, address in answer.content.decode()) == (200, True), page


class TestWhatFollows:
    """A rule that a move through a gate sets off: the way per-transition acts are shaped, tested and switched off."""

    TAG = {"kind": "tag", "way": "add", "on": "customer", "tag": "谈过"}

    def test_rule_runs_after_the_move_and_only_then(self, ana, at):
        gate("task", move("DONE", "OPEN"), move("CANCELLED", "OPEN"), at=at)
        trigger = {"kind": "act", "action": "workflow.moved", "field": "task", "to": "DONE"}
        live = version(at, trigger=trigger, actions=[self.TAG])
        wang = customer(ana)
        tasks.cancel_task(actor=ana, task=task(ana, wang), reason="不需要", at=at)
        work(at)
        assert not RuleRun.objects.exists()
        finish(ana, wang, "REACHED", at)
        work(at)
        run = RuleRun.objects.get(version=live)
        assert (run.result, run.customer) == ("DONE", wang)
        row = AuditRow.objects.get(action="workflow.moved", changes={"task": ["OPEN", "DONE"]})
        assert (row.actor, row.customer_id, row.object_kind) == (ana.person_no, wang.pk, "task")

    def test_refused_or_rehearsed_moves_set_nothing_off(self, ana, at):
        gate("task", move("DONE", "OPEN", note=True), at=at)
        version(at, trigger={"kind": "act", "action": "workflow.moved"}, actions=[self.TAG])
        with pytest.raises(MoveRefused):
            finish(ana, customer(ana), "REACHED", at)
        work(at)
        assert not AuditRow.objects.filter(action="workflow.moved").exists()
        assert not RuleRun.objects.exists()

    def test_page_of_the_gate_leads_to_a_rule_that_is_filled_in(self, admin, at, sign_in):
        gate("task", move("DONE", "OPEN"), at=at)
        browser = sign_in(admin)
        page = browser.get("/gates/task/").content.decode()
        assert "/rules/?after=task%3ADONE" in page
        made = browser.post("/rules/", {"code": "after-done", "name": "完成后", "after": "task:DONE"})
        assert made["Location"] == "/rules/after-done/?after=task%3ADONE"
        form = browser.get(made["Location"]).context["form"]
        assert form.initial == {
            "trigger": "act",
            "condition": "",
            "action": "workflow.moved",
            "field": "task",
            "to": "DONE",
            "where": "",
            "month_days": "",
            "times": "",
        }
        assert "after" not in browser.get("/rules/?after=task:NOWHERE").context["after"]
        done = version(
            at, "DRAFT", code="b", trigger={"kind": "act", "action": "workflow.moved", "field": "task", "to": "DONE"}
        )
        assert done.rule.name in browser.get("/gates/task/").content.decode()


def test_the_page_shows_the_table_from_state_to_state(admin: Person, at: datetime, sign_in: SignIn) -> None:
    moves = [move("DONE", "OPEN", note=True), move("DONE", "OPEN", roles=["LEADER"])]
    gate("task", *moves, at=at)
    about = selectors.kind("task")
    assert about is not None
    rows = {row.code: {cell.place: cell for cell in row.cells} for row in selectors.diagram(about, moves, {}, [])}
    places = {code: place for place, (code, _label) in enumerate(about.states(), start=1)}
    known = set(about.moves())
    for before, cells in rows.items():
        for after, place in places.items():
            wanted = "SELF" if before == after else "SHUT" if (before, after) in known else "NONE"
            if (before, after) == ("OPEN", "DONE"):
                wanted = "OPEN"
            assert cells[place].sort == wanted, (before, after)
    done = rows["OPEN"][places["DONE"]]
    assert (len(done.ways), done.icon) == (2, "check")  # a leader needs nothing
    page = sign_in(admin).get("/gates/task/").content.decode()
    anchor = f"way-{places['OPEN']}-{places['DONE']}"
    assert page.count(f'href="#{anchor}"') == page.count(f'id="{anchor}"') == 1
