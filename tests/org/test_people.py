"""Units, people, feeds, substitution, grants, licences, and the sentence “why do I see this?”."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone, translation

from kajing.audit.models import AuditRow
from kajing.lib.scope import ALL
from kajing.org import selectors, services
from kajing.org.models import AccessGrant, Person, Posting, Role, Unit
from kajing.org.scoping import scope_of, subtree
from kajing.org.services.feeds import UnknownUnit
from kajing.org.services.rights import CannotGrant, CannotSubstitute
from kajing.org.services.units import BrokenTree, CannotMerge

D1, D2, D3 = date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 22)
UNITS = [
    {"unit_code": "T9", "parent_code": "B9", "name": "九组", "kind": "TEAM"},  # below its parent in the file
    {"unit_code": "B9", "parent_code": "H9", "name": "九分行", "kind": "BRANCH"},
    {"unit_code": "H9", "parent_code": "", "name": "总行", "kind": "HEAD_OFFICE"},
]


def absorb_units(rows, day, at):
    return services.absorb_units(rows=rows, business_date=day, actor="system", at=at)


def absorb_people(rows, day, at):
    return services.absorb_people(rows=rows, business_date=day, actor="system", at=at)


@pytest.fixture
def nine(db, at):
    absorb_units(UNITS, D2, at)
    return Unit.objects.in_bulk()


# -- units -------------------------------------------------------------------------------------------------------------
def test_a_feed_builds_the_tree_in_any_order(nine):
    assert {unit.pk: unit.path for unit in nine.values()} == {"H9": "/H9/", "B9": "/H9/B9/", "T9": "/H9/B9/T9/"}
    assert subtree("B9") == {"B9", "T9"}


def test_the_same_feed_again_changes_nothing(nine, at):
    rows = AuditRow.objects.count()
    assert absorb_units(UNITS, D2, at) == 0
    assert absorb_units(UNITS, D3, at) == 0
    assert AuditRow.objects.count() == rows


def test_a_move_rebuilds_every_path_below(nine, at):
    moved = [
        {"unit_code": "B8", "parent_code": "H9", "name": "八分行", "kind": "BRANCH"},
        {**UNITS[0], "parent_code": "B8"},
    ]
    assert absorb_units(moved, D3, at) == 2
    assert Unit.objects.get(pk="T9").path == "/H9/B8/T9/"
    assert subtree("B9") == {"B9"}


def test_a_late_file_does_not_overwrite(nine, at):
    assert absorb_units([{**UNITS[1], "name": "旧名"}], D1, at) == 0
    assert absorb_units([{**UNITS[1], "name": "新名"}], D3, at) == 1
    absorb_units(UNITS, D2, at)
    assert Unit.objects.get(pk="B9").name == "新名"


def test_an_unchanged_row_of_a_later_day_still_guards_against_a_late_file(nine, at):
    absorb_units(UNITS, D3, at)
    assert absorb_units([{**UNITS[1], "name": "旧名"}], D2, at) == 0


def test_a_circle_or_an_unknown_parent_is_refused_whole(nine, at):
    with pytest.raises(BrokenTree):
        absorb_units([{**UNITS[2], "parent_code": "T9"}], D3, at)
    with pytest.raises(UnknownUnit, match="NOWHERE"):
        absorb_units([{"unit_code": "X1", "parent_code": "NOWHERE", "name": "x", "kind": "TEAM"}], D3, at)
    assert not Unit.objects.filter(pk="X1").exists()
    assert Unit.objects.get(pk="H9").parent_id is None


def test_merging_lets_the_new_unit_see_the_old_one(units, head, at):
    services.merge_unit(unit=units["T02"], into=units["T01"], on=D3, actor="P-ADMIN", at=at)
    assert "T02" in subtree("B01")
    with pytest.raises(CannotMerge):
        services.merge_unit(unit=units["B01"], into=units["T01"], on=D3, actor="P-ADMIN", at=at)


def test_a_merged_unit_is_gone_from_the_tree_but_not_from_history(units, admin, at):
    services.merge_unit(unit=units["T02"], into=units["T01"], on=D3, actor="P-ADMIN", at=at)
    assert "T02" in set(selectors.units(admin, D2).values_list("pk", flat=True))
    assert "T02" not in set(selectors.units(admin, D3).values_list("pk", flat=True))


# -- people ------------------------------------------------------------------------------------------------------------
def row(**values):
    return {
        "person_no": "P1",
        "name": "王强",
        "unit_code": "T9",
        "role": "MANAGER",
        "hired_on": date(2020, 1, 2),
    } | values


def test_a_feed_hires_with_initials_and_a_posting(nine, at):
    assert absorb_people([row(), row(person_no="P2", name="John Li", sign_in="john")], D2, at) == 2
    wang = Person.objects.get(person_no="P1")
    assert (wang.username, wang.initials, wang.role) == ("P1", "wq", "MANAGER")
    assert not wang.has_usable_password()
    assert Posting.objects.get(person=wang).valid_from == date(2020, 1, 2)
    assert Person.objects.get(username="john").initials.startswith("j")


def test_the_same_people_again_change_nothing(nine, at):
    absorb_people([row(mobile="12900001234")], D2, at)
    before = Person.objects.values().get()
    assert absorb_people([row(mobile="12900001234")], D2, at) == 0
    assert absorb_people([row(mobile="12900001234")], D3, at) == 0
    assert Person.objects.values().get() | {"feed_date": D2} == before


def test_the_mobile_is_kept_encrypted(nine, at):
    absorb_people([row(mobile="12900001234")], D2, at)
    held = bytes(Person.objects.get().mobile_enc)
    assert b"1290000" not in held


def test_a_new_role_opens_a_posting_from_the_business_date(nine, at):
    absorb_people([row()], D2, at)
    assert absorb_people([row(role="LEADER")], D3, at) == 1
    old, new = Posting.objects.order_by("valid_from")
    assert (old.role, old.valid_to) == ("MANAGER", D3 - timedelta(days=1))
    assert (new.role, new.valid_from, new.valid_to) == ("LEADER", D3, None)


def test_a_late_people_file_does_not_overwrite(nine, at):
    absorb_people([row(role="LEADER")], D3, at)
    assert absorb_people([row(role="MANAGER")], D2, at) == 0
    assert Person.objects.get().role == "LEADER"


def test_who_comes_back_has_a_gap_and_not_one_long_posting(nine, at):
    absorb_people([row()], D1, at)
    absorb_people([row(left_on=D1)], D2, at)
    assert absorb_people([row()], D3, at) == 1
    first, second = Posting.objects.order_by("valid_from")
    assert (first.valid_to, second.valid_from, second.valid_to) == (D1, D3, None)


def test_what_was_done_by_hand_stays_when_a_late_file_retells_the_rest(nine, at):
    absorb_people([row()], D1, at)
    wang = Person.objects.get()
    services.change_role(person=wang, role="LEADER", on=D2, actor="P-ADMIN", at=at)
    seen = {"P1": [{"business_date": D1 - timedelta(days=9), **row(role="RISK")}, {"business_date": D1, **row()}]}
    services.absorb_people(rows=[row()], business_date=D1, actor="system", at=at, seen=seen)
    told = [(one.role, one.valid_from, one.valid_to, one.source) for one in Posting.objects.order_by("valid_from")]
    assert told == [
        ("RISK", date(2020, 1, 2), D1 - timedelta(days=1), "feed"),
        ("MANAGER", D1, D1, "feed"),
        ("LEADER", D2, None, "hand"),
    ]


def test_people_of_unknown_units_are_refused(nine, at):
    with pytest.raises(UnknownUnit, match="NOPE"):
        absorb_people([row(unit_code="NOPE")], D2, at)


def test_who_left_sees_nothing_from_the_next_day(nine, at):
    absorb_people([row(left_on=D2)], D2, at)
    wang = Person.objects.get()
    assert not scope_of(wang, D2).sees_nothing
    assert scope_of(wang, D3).sees_nothing
    assert Posting.objects.get().valid_to == D2


def test_search_finds_name_initials_and_number_at_most_twenty(ana, ben, lee, admin, units):
    assert [one.person_no for one in selectors.search_people(admin, "安")] == ["P-ANA"]
    assert selectors.search_people(admin, " ") == []
    assert [one.person_no for one in selectors.search_people(lee, "P-BEN")] == []
    Person.objects.bulk_create(
        Person(person_no=f"X{n}", username=f"x{n}", name="赵", initials="z", role="MANAGER", unit=units["T01"])
        for n in range(25)
    )
    assert len(selectors.search_people(admin, "z")) == 20


def test_managers_of_a_unit_are_those_at_work(ana, ben, lee, at):
    assert set(selectors.managers_of("HQ", D3)) == {ana, ben}
    services.leave(person=ben, last_day=D2, actor="P-ADMIN", at=at)
    assert set(selectors.managers_of("HQ", D3)) == {ana}


def test_acts_on_people_keep_the_history_of_postings(ana, units, at):
    services.move_person(person=ana, unit=units["T02"], on=D2, actor="P-ADMIN", at=at)
    services.change_role(person=ana, role=Role.LEADER, on=D3, actor="P-ADMIN", at=at)
    told = list(ana.postings.order_by("valid_from").values_list("unit_id", "role", "valid_from", "valid_to"))
    assert told == [("T02", "MANAGER", D2, D2), ("T02", "LEADER", D3, None)]
    assert AuditRow.objects.filter(object_id="P-ANA").count() == 2


# -- substitution, grants, licences -----------------------------------------------------------------------------------
def substitute(of, by, first, last, at):
    return services.set_substitute(
        person=of, substitute=by, first_day=first, last_day=last, reason="leave", actor="P-LEE", at=at
    )


def test_a_substitute_sees_the_book_from_first_to_last_day(ana, ben, at):
    substitute(ana, ben, D2, D3, at)
    assert "P-ANA" not in scope_of(ben, D1).managers
    assert {"P-ANA", "P-BEN"} == scope_of(ben, D2).managers == scope_of(ben, D3).managers
    assert scope_of(ben, D3 + timedelta(days=1)).managers == {"P-BEN"}


def test_a_substitution_that_makes_no_sense_is_refused(ana, ben, lee, at):
    for of, by, first, last in ((ana, ana, D1, D2), (ana, ben, D2, D1), (ana, lee, D1, D2)):
        with pytest.raises(CannotSubstitute):
            substitute(of, by, first, last, at)
    substitute(ana, ben, D1, D2, at)
    with pytest.raises(CannotSubstitute):
        substitute(ana, ben, D2, D3, at)


def test_ending_a_substitution_early(ana, ben, at):
    made = substitute(ana, ben, D1, D3, at)
    services.end_substitution(substitution=made, last_day=D2, actor="P-LEE", at=at)
    assert scope_of(ben, D2).managers != scope_of(ben, D3).managers
    services.end_substitution(substitution=made, last_day=D1 - timedelta(days=1), actor="P-LEE", at=at)
    assert ana.absences.count() == 0


def grant(person, at, **values):
    given = {
        "customer_id": "C1",
        "first_day": D2,
        "last_day": D3,
        "reason": "joint visit",
        "source": "task:41",
    } | values
    return services.grant_access(person=person, actor="P-LEE", at=at, **given)


def test_temporary_access_ends_with_the_day_or_with_its_task(ana, at):
    grant(ana, at)
    assert scope_of(ana, D1).customers == frozenset()
    assert scope_of(ana, D2).customers == {"C1"}
    assert scope_of(ana, D3 + timedelta(days=1)).customers == frozenset()
    assert services.revoke_access(source="task:41", actor="P-LEE", at=at) == 1
    assert scope_of(ana, D2).customers == frozenset()
    assert services.revoke_access(source="", actor="P-LEE", at=at) == 0
    assert AuditRow.objects.filter(customer_id="C1").count() == 2
    with pytest.raises(CannotGrant):
        grant(ana, at, last_day=D1)


def test_an_administrator_gets_no_customer_even_by_grant(admin, at):
    grant(admin, at)
    assert scope_of(admin, D2).sees_nothing


def test_a_licence_counts_until_its_last_day(ana, at):
    services.grant_licence(person=ana, code="T01", granted_on=D1, last_day=D2, source="exam", actor="P-ADMIN", at=at)
    assert [selectors.holds_licence(ana, "T01", day) for day in (D1 - timedelta(days=1), D1, D2, D3)] == [
        False,
        True,
        True,
        False,
    ]
    assert not selectors.holds_licence(ana, "T02", D2)


# -- why ---------------------------------------------------------------------------------------------------------------
def ask(user, unit, manager, on=D2):
    with translation.override("en"):
        return selectors.why(user, unit, manager, "C1", on)


def test_the_sentence_for_every_reason(ana, ben, lee, head, risk, admin, units, at):
    assert "own book" in ask(ana, "T01", "P-ANA")
    assert "another manager's book" in ask(ana, "T01", "P-X")
    assert "public pool and not" in ask(ana, "T01", None)
    assert "上海一组 belongs to 上海一组" in ask(lee, "T01", "P-ANA")
    assert "上海一组 belongs to 上海分行" in ask(head, "T01", "P-ANA")
    assert "public pool of 上海一组" in ask(head, "T01", None)
    assert "outside 上海分行" in ask(head, "T02", "P-BEN")
    assert "belongs to 总行" in ask(risk, "T02", "P-BEN")
    assert "administrators" in ask(admin, "T01", "P-ANA")
    substitute(ana, ben, D1, D2, at)
    assert ask(ben, "T01", "P-ANA").endswith("stand in for 安娜 until 2026-11-21.")
    grant(ana, at)
    assert "until 2026-11-22: joint visit" in ask(ana, "T02", "P-BEN")
    services.leave(person=ana, last_day=D1, actor="P-ADMIN", at=at)
    assert "left" in ask(ana, "T01", "P-ANA")


@pytest.mark.parametrize("unit", ["T01", "T02", "HQ"])
@pytest.mark.parametrize("manager", ["P-ANA", "P-BEN", None])
def test_the_sentence_agrees_with_the_scope(
    ana, ben, lee, head, risk, service, compliance, admin, auditor, unit, manager, at
):
    grant(ben, at)
    for user in (ana, ben, lee, head, risk, service, compliance, admin, auditor):
        seen = scope_of(user, D2).sees(unit=unit, manager=manager, customer="C1")
        assert ask(user, unit, manager).startswith("You see") is seen, user


def test_scope_in_words(ana, ben, lee, admin, risk, at):
    with translation.override("en"):
        substitute(ana, ben, D1, D3, at)
        assert selectors.scope_sentence(ben, D2) == "Customers in the own book. Standing in for: 安娜."
        grant(ben, at)
        assert selectors.scope_sentence(ben, D2).endswith("Temporary access to 1 customers.")
        assert "上海一组" in selectors.scope_sentence(lee, D2)
        assert selectors.scope_sentence(risk, D2) == "All customers of 总行."
        assert "No customers" in selectors.scope_sentence(admin, D2)


def test_head_office_sees_all(risk, compliance, auditor):
    for one in (risk, compliance, auditor):
        assert scope_of(one, D2).units is ALL


# -- pages -------------------------------------------------------------------------------------------------------------
def test_the_people_page_searches_and_filters(admin, ana, ben, lee, sign_in):
    client = sign_in(admin)
    text = client.get("/org/").content.decode()
    assert "安娜" in text
    assert "上海一组" in text
    assert "本泽" not in client.get("/org/?search=安").content.decode()
    assert "本泽" not in client.get("/org/?unit=B01").content.decode()
    assert "安娜" not in client.get("/org/?role=LEADER").content.decode().split("people-h")[1]
    assert client.get("/org/?role=NOPE&page=zzz").status_code == 200


def test_a_leader_sets_a_substitute_on_the_page(lee, ana, units, sign_in):
    from tests.factories.org import person

    dan = person("dan", Role.MANAGER, units["T01"], name="丹")
    client = sign_in(lee)
    today = timezone.localdate()
    form = {"substitute": "dan", "first_day": today, "last_day": today + timedelta(days=3), "reason": "leave"}
    assert client.post("/org/people/P-ANA/substitute/", form).status_code == 302
    assert "P-ANA" in scope_of(dan, today).managers
    again = client.post("/org/people/P-ANA/substitute/", form)
    assert again.status_code == 422
    assert client.post("/org/people/P-BEN/substitute/", form).status_code == 404
    made = ana.absences.get()
    assert client.post(f"/org/substitutions/{made.pk}/end/").status_code == 302
    assert ana.absences.count() == 0


def test_my_page_makes_and_ends_a_token(ana, ben, sign_in):
    client = sign_in(ana)
    response = client.post("/org/tokens/", {"name": "script", "days": 5, "read_only": "on"})
    assert response.status_code == 201
    held = ana.tokens.get()
    assert held.read_only
    assert f"{held.prefix}." in response.content.decode()
    assert f"{held.prefix}." not in client.get("/org/me/").content.decode()
    assert sign_in(ben).post(f"/org/tokens/{held.pk}/revoke/").status_code == 404
    assert client.post(f"/org/tokens/{held.pk}/revoke/").status_code == 302
    held.refresh_from_db()
    assert held.revoked_at is not None


def test_an_administrator_manages_others_but_not_herself(admin, ana, sign_in, at):
    client = sign_in(admin)
    day = timezone.localdate()
    licence = {"code": "T01", "granted_on": day, "source": "exam"}
    assert client.post("/org/people/P-ANA/licence/", licence).status_code == 302
    assert client.post("/org/people/P-ANA/role/", {"role": "LEADER", "on": day}).status_code == 302
    assert client.post("/org/people/P-ANA/password/", {"password": "short"}).status_code == 422
    assert client.post("/org/people/P-ANA/password/", {"password": "nine-quiet-herons"}).status_code == 302
    assert client.post("/org/people/P-ADMIN/role/", {"role": "AUDITOR", "on": day}).status_code == 403
    assert client.post("/org/people/P-ADMIN/password/", {"password": "nine-quiet-herons"}).status_code == 403
    ana.refresh_from_db()
    assert (ana.role, ana.check_password("nine-quiet-herons")) == ("LEADER", True)
    assert client.post("/org/people/P-ANA/leave/", {"last_day": day}).status_code == 302
    made = grant(ana, at)
    assert client.post(f"/org/grants/{made.pk}/revoke/").status_code == 302
    assert AccessGrant.objects.get().ended_at is not None
    page = client.get("/org/people/P-ANA/").content.decode()
    assert "T01" in page
    assert "joint visit" in page
