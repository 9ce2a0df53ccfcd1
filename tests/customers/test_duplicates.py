"""Finding people who are on file twice, remembering who is not, and asking at entry without telling what scope forbids."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from kajing.audit.models import AuditRow
from kajing.customers.forms import CheckForm
from kajing.customers.merging_api import CheckIn
from kajing.customers.models import ContactPoint, DuplicatePair
from kajing.customers.personal import blind, seal
from kajing.customers.selectors import duplicates as found_by
from kajing.customers.selectors.likeness import POINTS, Likeness, name_likeness, strength_of, weigh
from kajing.customers.services import duplicates
from kajing.customers.services.duplicates import AlreadySearching, TooFewFacts, TooManyChecks
from kajing.customers.services.feeds import name_initials
from kajing.lib.errors import NotAllowed
from kajing.queue.models import Job
from kajing.queue.worker import Worker
from kajing.reference.models import Parameter
from tests.factories.customers import customer

pytestmark = pytest.mark.django_db
BORN = date(1980, 2, 3)


def person(manager, name, *, mobile="", number="", **values):
    who = customer(
        manager,
        name=name,
        initials=name_initials(name),
        id_number_idx=blind("id_number", number) if number else "",
        **{"birth_date": BORN, "gender": "U", **values},
    )
    if mobile:
        ContactPoint.objects.create(
            customer=who, kind="MOBILE", value_enc=seal("mobile", mobile), value_idx=blind("mobile", mobile)
        )
    return who


@pytest.mark.parametrize(
    ("one", "other", "rule"),
    [
        ("王小明", "王小明", "same_name"),
        ("王小明", "王晓明", "same_pinyin"),
        ("张伟", "张玮", "same_pinyin"),
        ("王明", "王小明", "similar_name"),
        ("王小明", "王小刚", ""),  # two characters the same, but another name by sound
        ("王伟", "王强", ""),
        ("欧阳娜娜", "欧阳娜", "similar_name"),
        ("", "王伟", ""),
    ],
)
def test_names(one, other, rule):
    left, right = (Likeness(name=name, initials=name_initials(name)) for name in (one, other))
    assert name_likeness(left, right, POINTS["similar_name_from"]) == rule
    assert name_likeness(right, left, POINTS["similar_name_from"]) == rule


@pytest.mark.parametrize(
    ("one", "other", "points", "strength"),
    [
        ({"id_number": "a"}, {"id_number": "a"}, 100, "SURE"),
        (
            {"name": "王明", "birth_date": BORN, "id_number": "a"},
            {"name": "王明", "birth_date": BORN, "id_number": "b"},
            -10,
            "",
        ),
        ({"name": "王明", "birth_date": BORN}, {"name": "王明", "birth_date": BORN}, 50, "POSSIBLE"),
        ({"name": "王明", "phones": {"p"}}, {"name": "王明", "phones": {"p", "q"}}, 80, "LIKELY"),
        (
            {"name": "王明", "phones": {"p"}, "gender": "M"},
            {"name": "王明", "phones": {"p"}, "gender": "F"},
            60,
            "POSSIBLE",
        ),
        (
            {"name": "王明", "phones": {"p"}, "birth_date": BORN},
            {"name": "王明", "phones": {"p"}, "birth_date": BORN},
            100,
            "SURE",
        ),
        ({"employer": "e", "emails": {"m"}}, {"employer": "e", "emails": {"m"}}, 55, "POSSIBLE"),
        ({"employer": "", "emails": set()}, {"employer": "", "emails": set()}, 0, ""),
    ],
)
def test_points(one, other, points, strength):
    found, _reasons = weigh(Likeness(**one), Likeness(**other), POINTS)
    assert (found, strength_of(found, POINTS)) == (points, strength)


class TestSearch:
    def search(self, lee):
        job = duplicates.start_search(actor=lee, at=timezone.now())
        Worker().work_until_empty()
        job.refresh_from_db()
        assert job.state == "DONE", job.error
        return job.result

    def test_the_whole_book(self, ana, ben, lee):
        twins = person(ana, "王小明", number="X1"), person(ana, "王小名", number="X1", birth_date=None)
        phone = (
            person(ana, "李强", mobile="12955550001", birth_date=None),
            person(ana, "李强", mobile="12955550001", birth_date=None),
        )
        sound = person(ana, "张伟国"), person(ana, "张卫国")
        near = person(ana, "赵明"), person(ana, "赵小明")
        person(ana, "钱一", birth_date=date(1981, 1, 1)), person(ben, "孙二")
        far = person(ana, "周平", number="X7"), person(ben, "周平", number="X7")
        assert self.search(lee)["found"] >= 3
        found = {
            (row.pair.first_id, row.pair.second_id): row.pair
            for row in found_by.pair_rows(lee, list(found_by.pairs(lee)))
        }
        ids = [tuple(sorted((one.pk, two.pk))) for one, two in (twins, phone, sound, near, far)]
        assert found[ids[0]].strength == "SURE"
        assert found[ids[1]].reasons == ["same_phone", "same_name"]
        assert ids[2] not in found  # 40 points: sound alike and same birthday are not enough
        assert ids[3] not in found
        assert ids[4] not in found  # Lee sees only one of the two
        assert DuplicatePair.objects.filter(first=ids[4][0]).exists()
        assert [code for code, _label, count in found_by.strengths(lee) if count] == ["SURE", "LIKELY"]

    def test_rules_are_rows(self, ana, lee):
        one, two = person(ana, "张伟国"), person(ana, "张卫国")
        Parameter.objects.create(
            key="duplicate_same_pinyin", value="35", unit="point", valid_from=date(2020, 1, 1), source="x"
        )
        self.search(lee)
        assert DuplicatePair.objects.get().reasons == ["same_pinyin", "same_birth_date"]
        assert {one.pk, two.pk} == {DuplicatePair.objects.get().first_id, DuplicatePair.objects.get().second_id}

    def test_decisions_are_remembered_and_stale_pairs_go(self, ana, lee, at):
        person(ana, "王明", mobile="12955550001"), person(ana, "王明", mobile="12955550001")
        gone = person(ana, "李强", number="X1"), person(ana, "李强", number="X1")
        self.search(lee)
        assert DuplicatePair.objects.count() == 2
        pair = DuplicatePair.objects.exclude(first=min(gone, key=lambda one: one.pk)).get()
        duplicates.not_a_duplicate(actor=lee, pair=pair, note="父子，卡号 4111111111111111", at=at)
        gone[0].id_number_idx, gone[0].birth_date = "", None
        gone[0].save()
        self.search(lee)
        assert [one.state for one in DuplicatePair.objects.all()] == ["DIFFERENT"]
        assert "4111111111111111" not in DuplicatePair.objects.get().note
        assert list(found_by.pairs(lee)) == []
        duplicates.doubt_again(actor=lee, pair=pair, at=at)
        assert found_by.pairs(lee).count() == 1
        assert AuditRow.objects.filter(action="customers.not_a_duplicate").count() == 2

    def test_a_shop_telephone_is_nobodys(self, ana, lee):
        for number in range(duplicates.LARGEST_BLOCK + 1):
            person(ana, chr(0x4E00 + number) * 2, mobile="12955550001", birth_date=None)
        assert self.search(lee)["found"] == 0

    def test_one_at_a_time_and_only_leaders(self, ana, lee, at):
        duplicates.start_search(actor=lee, at=at)
        with pytest.raises(AlreadySearching):
            duplicates.start_search(actor=lee, at=at)
        with pytest.raises(NotAllowed):
            duplicates.start_search(actor=ana, at=at)

    def test_a_killed_search_goes_on_where_it_stopped(self, ana, lee, monkeypatch):
        for number in range(6):
            person(ana, "王明", number=f"X{number // 2}", birth_date=date(1980, 1, 1 + number // 2))
        monkeypatch.setattr(duplicates, "KEYS_A_STEP", 1)
        real, seen = duplicates.look_at, []

        def breaks(stage, *args, **options):
            seen.append(stage)
            if len(seen) == 2:
                raise RuntimeError("killed")
            return real(stage, *args, **options)

        monkeypatch.setattr(duplicates, "look_at", breaks)
        duplicates.start_search(actor=lee, at=timezone.now())
        Worker().work_until_empty()
        assert DuplicatePair.objects.count() == 1
        Job.objects.update(run_after=timezone.now())
        Worker().work_until_empty()
        assert DuplicatePair.objects.count() == 3


class TestAtEntry:
    def ask(self, actor, at, **facts):
        return duplicates.check_new(actor=actor, at=at, **facts)

    def test_mine_in_full_others_only_whom_to_ask(self, ana, ben, at):
        mine, his = person(ana, "王明", mobile="12955550001"), person(ben, "王明", mobile="12955550001")
        found = {one.customer_id: one for one in self.ask(ana, at, name="王明", mobile="129-5555-0001")}
        assert set(found) == {mine.pk, ""}
        assert (found[""].contact, found[""].contact_no, found[""].unit) == (ben.name, ben.person_no, ben.unit.name)
        assert (found[""].name, found[""].reasons) == ("", ())
        assert found[mine.pk].name == "王明"
        assert his.pk not in repr(found)
        row = AuditRow.objects.get(action="customers.check_duplicate")
        assert row.changes == {"found": 2, "out_of_reach": 1}

    def test_nobody_one_fact_and_too_often(self, ana, auditor, at):
        person(ana, "王明")
        assert self.ask(ana, at, name="李强", mobile="12955550001") == []
        with pytest.raises(TooFewFacts):
            self.ask(ana, at, name="王明")
        with pytest.raises(NotAllowed):
            self.ask(auditor, at, name="王明", mobile="1")
        Parameter.objects.update_or_create(
            key="duplicate_checks_per_day", defaults={"value": "2", "valid_from": date(2020, 1, 1), "source": "x"}
        )
        self.ask(ana, at, name="李强", mobile="12955550001")
        with pytest.raises(TooManyChecks):
            self.ask(ana, at, name="李强", mobile="12955550001")
        assert self.ask(ana, at + timedelta(days=1), name="李强", mobile="12955550001") == []

    def test_by_page_and_api(self, ana, ben, lee, sign_in):
        person(ben, "王明", mobile="12955550001")
        browser = sign_in(ana)
        page = browser.post("/customers/duplicates/", {"name": "王明", "mobile": "12955550001"}).content.decode()
        assert ben.name in page
        assert browser.post("/customers/duplicates/", {"name": "王明"}).status_code == 422
        sent = {"name": "王明", "mobile": "12955550001"}
        (found,) = browser.post("/api/v1/duplicates/check", sent, content_type="application/json").json()
        assert (found["customer_id"], found["contact_no"]) == ("", ben.person_no)

    def test_the_form_asks_all_that_the_api_asks(self):
        assert set(CheckForm().fields) == set(CheckIn.model_fields)


class TestPages:
    def test_list_decide_and_merge_by_page(self, ana, lee, at, sign_in):
        one, two = person(ana, "王明", number="X1", occupation="a"), person(ana, "王明", number="X1", occupation="b")
        pair = DuplicatePair.objects.create(
            first=one, second=two, points=100, strength="SURE", reasons=["same_id_number"], found_at=at
        )
        browser = sign_in(lee)
        assert one.pk in browser.get("/customers/duplicates/").content.decode()
        assert browser.post(f"/customers/duplicates/{pair.pk}/different/").status_code == 302
        assert one.pk in browser.get("/customers/duplicates/?different=1").content.decode()
        assert browser.post(f"/customers/duplicates/{pair.pk}/again/").status_code == 302
        asked = browser.post("/customers/merge/", {"ids": [one.pk, two.pk]})
        page = browser.get(asked.headers["Location"]).content.decode()
        assert 'name="field-occupation"' in page
        sent = {"ids": [one.pk, two.pk], "survivor": one.pk, "field-occupation": two.pk, "reason": ""}
        assert browser.post("/customers/merge/", sent).status_code == 422
        done = browser.post("/customers/merge/", {**sent, "reason": "seen both at the counter"})
        assert done.headers["Location"] == f"/customers/{one.pk}/"
        one.refresh_from_db()
        assert one.occupation == "b"
        assert "undo:/undo/" in browser.get(f"/customers/{one.pk}/").content.decode()
        assert browser.get("/customers/merge/").status_code == 200
        assert browser.get("/customers/merge/?ids=C-NOBODY").status_code == 404

    def test_merge_by_api(self, ana, lee, sign_in):
        one, two = person(ana, "王明"), person(ana, "王明")
        sent = {"survivor": one.pk, "losers": [two.pk], "choices": {"name": two.pk}, "reason": "same person"}
        browser = sign_in(lee)
        done = browser.post("/api/v1/merges", sent, content_type="application/json").json()
        assert done["survivor"] == one.pk
        assert browser.post(f"/api/v1/undo/{done['undo']}", {}, content_type="application/json").json()["kept"] == 0
        assert browser.get("/api/v1/duplicates?strength=SURE").json()["items"] == []
