"""Objects of the bank's own: defined without a restart; validation, scope, roles, layouts, gates, rules, undo."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation

from kajing.audit.models import AuditRow
from kajing.lib.errors import NotAllowed
from kajing.objects import selectors, services
from kajing.objects.lists import spec_of
from kajing.objects.models import ObjectDefinition, ObjectRecord
from kajing.objects.pattern import is_pattern, number
from kajing.objects.services import CannotDefine, CannotWrite, DefinitionChanged, RecordChanged, many
from kajing.org.models import Person, Unit
from kajing.records import services as records
from kajing.records.kinds import kind_of
from kajing.records.lists import LISTS, Context, ListState, page
from kajing.records.models import FieldValue, Tagging
from kajing.records.selectors import history, sheet, values_of
from kajing.records.services import ValuesRefused
from kajing.records.undo.returning import undo
from kajing.workflow import events, rules
from kajing.workflow.models import Task
from tests.factories.customers import customer
from tests.factories.objects import EVERYBODY, own_object, own_record
from tests.factories.records import field, shaper
from tests.tables import differing, tables
from tests.workflow.test_gates import PDF, gate, move
from tests.workflow.test_rules import OPEN_TASK, version, work

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
NOW = timezone.now()


def anew(who: Person) -> Person:
    """The person as the next request meets them."""
    return Person.objects.get(pk=who.pk)


def seen(who: Person, about: ObjectDefinition, text: str = "", **query: str) -> list[int]:
    who = anew(who)
    asked = {name: [value] for name, value in query.items()} | ({"where": [text]} if text else {})
    return [row.pk for row in page(spec_of(about), ListState(query=asked, limit=200), Context(who, NOW.date())).rows]


def filled(who: Person, row: ObjectRecord) -> dict[str, str]:
    found = values_of(row.kind, anew(who), [str(row.pk)]).get(str(row.pk), {})
    return {one.field.definition.name: one.words for one in found.values()}


class TestDefining:
    @pytest.mark.parametrize(
        ("pattern", "good", "made"),
        [
            ("GJ-{seq}", True, "GJ-7"), ("GJ{year}{month}-{seq:4}", True, "GJ202611-0007"), ("GJ", False, ""),
            ("{seq}{seq}", False, ""), ("贵宾{seq}", False, ""), ("{year:4}-{seq}", False, ""), ("{name}{seq}", False, ""),
        ],
    )  # fmt: skip
    def test_patterns(self, pattern: str, good: bool, made: str) -> None:
        assert is_pattern(pattern) is good
        if good:
            assert number(pattern, 7, date(2026, 11, 23)) == made

    @pytest.mark.parametrize(
        "wrong",
        [
            {"code": "Event"}, {"code": "shape"}, {"code": "and"}, {"code": "x" * 15}, {"belongs": "BANK"},
            {"icon": "no-such"}, {"pattern": "GJ"}, {"name_zh": " "}, {"sees": ["ADMIN"]}, {"edits": ["AUDITOR"]},
        ],
        ids=str,
    )  # fmt: skip
    def test_what_does_not_hold_together_is_refused(self, units: dict[str, Unit], wrong: dict[str, Any]) -> None:
        with pytest.raises(CannotDefine):
            own_object(units["HQ"], **wrong)
        assert not ObjectDefinition.objects.exists()

    def test_only_who_may_and_a_code_once(self, ana: Person, units: dict[str, Unit]) -> None:
        about = own_object(units["HQ"], sees=[], creates=["MANAGER"], edits=["LEADER"])
        assert about.sees == about.edits == ["MANAGER", "LEADER"]  # who writes also sees
        assert about.creates == ["MANAGER"]
        with pytest.raises(CannotDefine):
            own_object(units["HQ"])
        with pytest.raises(NotAllowed):
            services.change_object(actor=ana, about=about, version=1, at=NOW, name_zh="x")

    def test_changes_are_versioned_and_audited(self, units: dict[str, Unit]) -> None:
        about, boss = own_object(units["HQ"]), shaper(units["HQ"])
        services.change_object(actor=boss, about=about, version=1, at=NOW, name_zh="沙龙")
        with pytest.raises(DefinitionChanged):
            services.change_object(actor=boss, about=about, version=1, at=NOW, name_zh="聚会")
        told = AuditRow.objects.get(action="objects.reshape")
        assert told.changes == {"name_zh": ["贵宾活动", "沙龙"]}
        assert (told.object_kind, told.object_id) == ("object", "event")

    def test_it_is_there_at_once_and_switched_off_nowhere(
        self, ana: Person, units: dict[str, Unit], event: ObjectDefinition
    ) -> None:
        who = customer(ana)
        row = own_record(ana, event, who)
        assert "obj_event" in LISTS
        with translation.override("en"):
            assert str(kind_of("obj_event").label) == "VIP event"  # type: ignore[union-attr]
        assert kind_of("obj_event").find(anew(ana), str(row.pk)) == row  # type: ignore[union-attr]
        services.switch_object(actor=shaper(units["HQ"]), about=event, on=False, at=NOW)
        assert "obj_event" not in LISTS
        assert seen(ana, event) == []
        assert kind_of("obj_event").find(anew(ana), str(row.pk)) is None  # type: ignore[union-attr]
        with pytest.raises(records.CannotShape):
            field(units["HQ"], "late", kind="obj_event")
        services.switch_object(actor=shaper(units["HQ"]), about=event, on=True, at=NOW)
        assert seen(ana, event) == [row.pk]
        with pytest.raises(records.CannotShape):
            field(units["HQ"], "x", kind="obj_nothing")


class TestWriting:
    def test_numbers_fields_and_audit(self, ana: Person, event: ObjectDefinition) -> None:
        who = customer(ana)
        first = own_record(ana, event, who, values={"held_on": "2026-12-01", "budget": "1,200", "host": "ana"})
        second = own_record(ana, event, who)
        assert (first.number, second.number) == ("GJ-001", "GJ-002")
        assert filled(ana, first) == {"held_on": "2026-12-01", "budget": "¥1,200.00", "host": "安娜"}
        told = AuditRow.objects.get(action="objects.create", object_id=str(first.pk))
        assert (told.object_kind, told.customer_id) == ("obj_event", who.pk)
        assert told.changes == {"object": "event", "number": "GJ-001"}

    def test_a_refused_field_leaves_nothing_behind(self, ana: Person, event: ObjectDefinition) -> None:
        before = tables("org.person")
        with pytest.raises(ValuesRefused):
            own_record(ana, event, customer(ana), values={"budget": "much"})
        assert not ObjectRecord.objects.exists()
        assert own_record(ana, event, customer(ana)).number == "GJ-001"  # the number was not used up
        assert before is not None

    def test_card_numbers_in_titles_are_masked(self, ana: Person, event: ObjectDefinition) -> None:
        row = own_record(ana, event, customer(ana), title="卡 4111111111111111")
        assert "4111111111111111" not in row.title

    def test_whose_customer_and_whose_owner(
        self, ana: Person, ben: Person, lee: Person, event: ObjectDefinition
    ) -> None:
        with pytest.raises(CannotWrite):
            own_record(ana, event, customer(ben))
        with pytest.raises(CannotWrite):
            own_record(ana, event)
        with pytest.raises(NotAllowed):
            own_record(ana, event, customer(ana), owner=lee)
        assert own_record(lee, event, customer(ana), owner=ana).owner == ana

    def test_versions_removal_and_return(self, ana: Person, event: ObjectDefinition) -> None:
        row = own_record(ana, event, customer(ana))
        changed = services.change_record(
            actor=anew(ana), row=row, version=row.version, title="高尔夫", values={"budget": "5"}, at=NOW
        )
        assert (changed.title, filled(ana, row)) == ("高尔夫", {"budget": "¥5.00"})
        with pytest.raises(RecordChanged):
            services.change_record(actor=anew(ana), row=row, version=row.version, title="x", at=NOW)
        services.remove_record(actor=anew(ana), row=row, reason="取消", at=NOW)
        assert seen(ana, event) == []
        with pytest.raises(NotAllowed):
            records.set_values(actor=anew(ana), kind=event.kind, object_id=str(row.pk), values={"budget": "6"}, at=NOW)
        services.restore_record(actor=anew(ana), row=row, at=NOW)
        assert seen(ana, event) == [row.pk]
        assert [one.label for one in history(event.kind, anew(ana), str(row.pk))] == ["预算"]


class TestScope:
    def test_records_of_customers_follow_the_customer(
        self, ana: Person, ben: Person, lee: Person, service: Person, auditor: Person, event: ObjectDefinition
    ) -> None:
        who = customer(ana)
        row, other = own_record(ana, event, who), own_record(ben, event, customer(ben))
        assert seen(ana, event) == [row.pk]
        assert seen(ben, event) == [other.pk]
        assert seen(lee, event) == [row.pk]
        assert set(seen(auditor, event)) == {row.pk, other.pk}
        who.manager, who.unit = ben, ben.unit
        who.save()
        assert seen(ana, event) == []  # though she made it and owns it
        assert set(seen(ben, event)) == {row.pk, other.pk}

    def test_records_of_places_follow_owner_and_unit(
        self, ana: Person, ben: Person, lee: Person, head: Person, units: dict[str, Unit]
    ) -> None:
        about = own_object(units["HQ"], "device", belongs="PLACE")
        mine, his = own_record(ana, about), own_record(ben, about)
        with pytest.raises(CannotWrite):
            own_record(ana, about, customer(ana))
        assert (seen(ana, about), seen(ben, about)) == ([mine.pk], [his.pk])
        assert seen(lee, about) == [mine.pk]
        services.change_record(actor=anew(lee), row=mine, version=None, owner=lee, at=NOW)
        assert seen(ana, about) == []
        assert seen(lee, about) == [mine.pk]

    def test_roles_see_and_write_what_the_object_says(
        self, ana: Person, lee: Person, risk: Person, compliance: Person, admin: Person, units: dict[str, Unit]
    ) -> None:
        about = own_object(units["HQ"], sees=["LEADER", "COMPLIANCE"], creates=["MANAGER"], edits=["MANAGER"])
        field(units["HQ"], "note", kind=about.kind)
        row = own_record(ana, about, customer(ana))
        assert seen(lee, about) == seen(compliance, about) == seen(ana, about) == [row.pk]
        assert seen(risk, about) == seen(admin, about) == []
        for who in (lee, compliance, risk, admin):
            with pytest.raises(NotAllowed):
                own_record(who, about, customer(ana))
            with pytest.raises(NotAllowed):
                services.change_record(actor=anew(who), row=row, version=None, title="x", at=NOW)
            with pytest.raises(NotAllowed):
                records.set_values(
                    actor=anew(who), kind=about.kind, object_id=str(row.pk), values={"note": "x"}, at=NOW
                )
            with pytest.raises(NotAllowed):
                records.attach(
                    actor=anew(who), kind=about.kind, object_id=str(row.pk), name="a.pdf", content=PDF, at=NOW
                )

    def test_a_role_without_the_right_to_fill_fields_works_where_the_object_lets_it(
        self, ana: Person, risk: Person, units: dict[str, Unit]
    ) -> None:
        about = own_object(units["HQ"], creates=["RISK"], edits=["RISK"])
        field(units["HQ"], "note", kind=about.kind)
        row = own_record(risk, about, customer(ana), values={"note": "核实"})
        assert filled(risk, row) == {"note": "核实"}


class TestLayouts:
    def test_types_have_layouts_of_their_own(
        self, ana: Person, event: ObjectDefinition, units: dict[str, Unit]
    ) -> None:
        boss = shaper(units["HQ"])
        row = {"access": "EDIT", "section": "场地", "place": 5, "required": True}
        records.lay_out(
            actor=boss, kind=event.kind, type="golf", role="", at=NOW,
            rows=[{"name": "host", **row}, {"name": "budget", **row, "access": "HIDDEN", "required": False}],
        )  # fmt: skip
        with pytest.raises(ValuesRefused) as refused:
            own_record(ana, event, customer(ana), values={"sort": "golf"})
        assert set(refused.value.errors) == {"host"}
        with pytest.raises(ValuesRefused) as refused:
            own_record(ana, event, customer(ana), values={"sort": "golf", "host": "ana", "budget": "5"})
        assert set(refused.value.errors) == {"budget"}
        made = own_record(ana, event, customer(ana), values={"sort": "golf", "host": "ana"})
        parts = {
            part.title: [v.field.definition.name for v in part.values]
            for part in sheet(event.kind, anew(ana), str(made.pk))
        }
        assert parts == {"场地": ["host"], "": ["held_on", "sort"]}
        plain = own_record(ana, event, customer(ana), values={"sort": "wine", "budget": "5"})
        with pytest.raises(ValuesRefused) as refused:  # becoming golf asks for what golf asks
            records.set_values(
                actor=anew(ana), kind=event.kind, object_id=str(plain.pk), values={"sort": "golf"}, at=NOW
            )
        assert set(refused.value.errors) == {"host"}
        records.set_values(
            actor=anew(ana), kind=event.kind, object_id=str(plain.pk), values={"sort": "golf", "host": "ana"}, at=NOW
        )
        assert filled(ana, plain)["sort"] == "高尔夫"

    def test_a_layout_for_one_role_never_widens(
        self, ana: Person, lee: Person, event: ObjectDefinition, units: dict[str, Unit]
    ) -> None:
        boss = shaper(units["HQ"])
        budget = next(one for one in selectors.fields_for_shaping(event) if one.name == "budget")
        records.place_field(actor=boss, field=budget, role="MANAGER", access="HIDDEN", section="", place=9, at=NOW)
        open_row = {"name": "budget", "access": "EDIT", "section": "", "place": 1, "required": False}
        records.lay_out(actor=boss, kind=event.kind, type="golf", role="MANAGER", rows=[open_row], at=NOW)
        with pytest.raises(ValuesRefused):
            own_record(ana, event, customer(ana), values={"sort": "golf", "budget": "5"})
        assert own_record(lee, event, customer(ana), values={"sort": "golf", "budget": "5"}).pk

    def test_one_type_field_and_known_types_only(self, event: ObjectDefinition, units: dict[str, Unit]) -> None:
        with pytest.raises(records.CannotShape):
            field(units["HQ"], "second", "CHOICE", kind=event.kind, is_type=True)
        with pytest.raises(records.CannotShape):
            field(units["HQ"], "third", "TEXT", kind=event.kind, is_type=True)
        with pytest.raises(records.CannotShape):
            records.lay_out(actor=shaper(units["HQ"]), kind=event.kind, type="tennis", role="", rows=[], at=NOW)

    def test_customers_have_record_types_too(self, ana: Person, units: dict[str, Unit]) -> None:
        boss, who, other = shaper(units["HQ"]), customer(ana), customer(ana)
        field(units["HQ"], "grade", "CHOICE", is_type=True)
        field(units["HQ"], "golf_club")
        rows = [{"name": "golf_club", "access": "EDIT", "section": "金牌资料", "place": 1, "required": True}]
        records.lay_out(actor=boss, kind="customer", type="gold", role="", rows=rows, at=NOW)
        records.lay_out(
            actor=boss, kind="customer", type="plain", role="", at=NOW, rows=[{**rows[0], "access": "HIDDEN", "required": False}]
        )  # fmt: skip
        put = {"actor": anew(ana), "kind": "customer", "at": NOW}
        with pytest.raises(ValuesRefused):
            records.set_values(**put, object_id=who.pk, values={"grade": "gold"})
        records.set_values(**put, object_id=who.pk, values={"grade": "gold", "golf_club": "佘山"})
        records.set_values(**put, object_id=other.pk, values={"grade": "plain"})
        assert [part.title for part in sheet("customer", anew(ana), who.pk)] == ["金牌资料", ""]
        assert [v.field.definition.name for part in sheet("customer", anew(ana), other.pk) for v in part.values] == [
            "grade"
        ]
        with pytest.raises(ValuesRefused):
            records.set_values(**put, object_id=other.pk, values={"golf_club": "佘山"})


class TestJoined:
    def test_the_filter_language_reads_own_fields(self, ana: Person, event: ObjectDefinition) -> None:
        golf = own_record(ana, event, customer(ana), values={"sort": "golf", "budget": "8000", "held_on": "2026-12-01"})
        wine = own_record(ana, event, customer(ana), title="年会", values={"sort": "wine", "budget": "500"})
        records.tag(actor=anew(ana), kind=event.kind, ids=[str(golf.pk)], name="重点", at=NOW)
        assert seen(ana, event, "budget > 1000 and sort = 高尔夫") == [golf.pk]
        assert seen(ana, event, "held_on is empty") == [wine.pk]
        assert seen(ana, event, "tag = 重点") == [golf.pk]
        assert seen(ana, event, search="年会") == seen(ana, event, number="gj-002") == [wine.pk]
        assert seen(ana, event, customer=str(golf.customer_id)) == [golf.pk]

    def test_a_gate_on_its_choice_field(self, ana: Person, event: ObjectDefinition) -> None:
        gate("obj_event.sort", move("golf", "", "wine", own=["host"]), move("wine", ""), at=NOW)
        row = own_record(ana, event, customer(ana), values={"sort": "wine"})
        with pytest.raises(ValuesRefused) as refused:
            records.set_values(actor=anew(ana), kind=event.kind, object_id=str(row.pk), values={"sort": "golf"}, at=NOW)
        assert set(refused.value.errors) == {"sort"}
        values = {"sort": "golf", "host": "ana"}
        records.set_values(actor=anew(ana), kind=event.kind, object_id=str(row.pk), values=values, at=NOW)
        with pytest.raises(ValuesRefused):  # no way leads back
            records.set_values(actor=anew(ana), kind=event.kind, object_id=str(row.pk), values={"sort": "wine"}, at=NOW)

    def test_rules_wait_for_records_fields_and_days(
        self, ana: Person, event: ObjectDefinition, units: dict[str, Unit], at: datetime
    ) -> None:
        made = {"kind": "act", "action": "objects.create", "field": "object", "to": "event"}
        version(
            at, code="made", trigger=made, actions=[{"kind": "field", "field": "obj_event:cf_budget", "value": "88"}]
        )
        priced = {"kind": "act", "action": "records.set_fields", "on": "obj_event", "field": "budget"}
        version(at, code="priced", trigger=priced, actions=[OPEN_TASK])
        who = customer(ana)
        row = own_record(ana, event, who, at=at)
        other = own_object(units["HQ"], "gift")
        own_record(ana, other, who, at=at)
        assert work(at) == 2  # made, and what that wrote; the gift set nothing off
        assert filled(ana, row) == {"budget": "¥88.00"}
        assert Task.objects.get(source="rule:priced").customer == who
        kind = events.kind_of("obj_event.held_on")
        records.set_values(
            actor=anew(ana), kind=event.kind, object_id=str(row.pk), values={"held_on": "2026-12-01"}, at=at
        )
        assert kind is not None
        day = date(2026, 12, 1)
        assert [(one.customer_id, one.day) for one in kind.between(day, day)] == [(who.pk, day)]
        assert list(kind.between(day + timedelta(days=1), day + timedelta(days=9))) == []

    def test_the_words_of_a_trigger_name_the_object(self, event: ObjectDefinition) -> None:
        trigger = {"kind": "act", "action": "records.set_fields", "on": "obj_event", "field": "budget", "to": "5"}
        with translation.override("zh-hans"):
            assert "贵宾活动" in rules.words(trigger)
        assert rules.problems(trigger, [OPEN_TASK]) == []
        assert rules.problems({**trigger, "on": "nothing"}, [OPEN_TASK])

    def test_customers_are_found_by_their_records(self, ana: Person, event: ObjectDefinition) -> None:
        from kajing.customers.lists import CUSTOMERS

        who, _other = customer(ana), customer(ana)
        own_record(ana, event, who)

        def asked(value: str) -> set[str]:
            state = ListState(query={"where": [f"obj_event = {value}"]}, limit=200)
            return {row.pk for row in page(CUSTOMERS, state, Context(anew(ana), NOW.date())).rows}

        assert asked("yes") == {who.pk}
        assert who.pk not in asked("no")

    def test_a_merge_takes_the_records_along(self, ana: Person, event: ObjectDefinition) -> None:
        from kajing.customers.selectors.merging import named_by

        who = customer(ana)
        own_record(ana, event, who)
        assert "objects.objectrecord" in {
            rows.model._meta.label_lower for rows, _column in named_by([who.pk]) if rows.exists()
        }


def act(who: Person, kind: str, rows: list[ObjectRecord], **params: Any) -> Any:
    return services.act_on_many(
        actor=anew(who), kind=kind, of="obj_event", ids=[one.pk for one in rows], params=params, at=timezone.now()
    )


MANY = [
    (
        many.FIELD,
        {"field": "budget", "value": "900"},
        lambda row: FieldValue.objects.filter(object_id=row.pk).count() == 1,
    ),
    (many.REASSIGN, {"owner": "P-LEE", "reason": "换岗"}, lambda row: row.owner_id == "P-LEE"),
    (many.REMOVE, {"reason": "取消"}, lambda row: row.removed_at is not None),
    (many.TAG, {"tag": "重点"}, lambda row: Tagging.objects.filter(kind="obj_event", object_id=row.pk).exists()),
]


@pytest.mark.parametrize(("kind", "params", "is_done"), MANY, ids=[one[0] for one in MANY])
def test_acts_on_many_are_told_row_by_row_and_undone_as_one(
    ana: Person, ben: Person, lee: Person, event: ObjectDefinition, kind: str, params: dict[str, Any], is_done: Any
) -> None:
    rows = [own_record(ana, event, customer(ana)) for _number in range(3)]
    foreign = own_record(ben, event, customer(ben))
    if kind == many.TAG:
        records.tag(actor=anew(ana), kind=event.kind, ids=[str(rows[0].pk)], name="重点", at=NOW)
        records.untag(actor=anew(ana), kind=event.kind, ids=[str(rows[0].pk)], name="重点", at=NOW)
    before = tables()
    made = act(lee, kind, [*rows, foreign], **params)
    assert (made.done, made.failed) == (3, 1)
    assert made.failures.get().object_id == str(foreign.pk)
    assert all(is_done(ObjectRecord.objects.get(pk=row.pk)) for row in rows)
    undo(actor=lee, reversal=made.reversal, at=timezone.now())
    assert differing(before, tables()) == {}


def test_masked_fields_are_not_set_for_many(
    lee: Person, ana: Person, event: ObjectDefinition, units: dict[str, Unit]
) -> None:
    field(units["HQ"], "passport", "MASKED", kind=event.kind)
    row = own_record(ana, event, customer(ana))
    with pytest.raises(records.CannotActOnMany):
        act(lee, many.FIELD, [row], field="passport", value="E1234567")


def test_everybody_of_the_factory_may_write() -> None:
    """The factory's roles are those that work on records, so tests above try each right for real."""
    from kajing.objects.choices import WRITERS

    assert [str(role) for role in WRITERS] == EVERYBODY
