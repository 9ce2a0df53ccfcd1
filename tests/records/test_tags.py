"""Tags: put on, taken off, found, renamed, merged; always within reach and told."""

from __future__ import annotations

from datetime import date

import pytest
from django.utils import timezone

from kajing.audit.models import AuditRow
from kajing.customers.lists import CUSTOMERS
from kajing.lib.errors import NotAllowed
from kajing.records import selectors, services
from kajing.records.lists import Context, ListState, page
from kajing.records.models import Tag, Tagging
from tests.factories.customers import customer

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def put(who, *ones, name="VIP"):
    return services.tag(actor=who, kind="customer", ids=[one.pk for one in ones], name=name, at=NOW)


def holds(who, text) -> set[str]:
    found = page(CUSTOMERS, ListState(query={"where": [text]}, limit=200), Context(who, date(2026, 11, 23)))
    return {row.pk for row in found.rows}


def test_put_find_and_take_off(ana):
    one, two = customer(ana), customer(ana)
    assert put(ana, one, two) == 2
    assert put(ana, one, name=" ｖｉｐ ") == 0  # another spelling of the same tag
    assert put(ana, two, name="老客户") == 1
    assert Tag.objects.count() == 2
    assert holds(ana, "tag = vip") == {one.pk, two.pk}
    assert holds(ana, "tag = vip and not tag = 老客户") == {one.pk}
    assert holds(ana, "tag is empty") == set()
    assert services.untag(actor=ana, kind="customer", ids=[one.pk], name="vip", at=NOW) == 1
    assert holds(ana, "tag is empty") == {one.pk}
    told = AuditRow.objects.filter(object_id=one.pk).values_list("action", "customer_id")
    assert sorted(told) == [("records.tag", one.pk), ("records.untag", one.pk)]


def test_out_of_reach_and_without_right(ana, ben, auditor):
    foreign = customer(ben)
    for who, ones in ((ana, [customer(ana), foreign]), (auditor, [foreign])):
        with pytest.raises(NotAllowed):
            put(who, *ones)
    assert not Tagging.objects.exists() and not Tag.objects.exists()


@pytest.mark.parametrize("name", ["", "  ", "a,b", "!x", "x" * 31, "(x"])
def test_names_that_filters_could_not_say_are_refused(ana, name):
    with pytest.raises(services.CannotTag):
        put(ana, customer(ana), name=name)


def test_merge_moves_everything_once_and_old_names_still_find(ana, lee):
    one, two = customer(ana), customer(ana)
    put(ana, one, two, name="VIP")
    put(ana, one, name="贵宾")
    vip, guest = Tag.objects.get(key="vip"), Tag.objects.get(key="贵宾")
    with pytest.raises(NotAllowed):
        services.merge_tags(actor=ana, tag=vip, into=guest, at=NOW)
    assert services.merge_tags(actor=lee, tag=vip, into=guest, at=NOW) == 1
    assert [(row.name, row.count) for row in selectors.counted()] == [("贵宾", 2)]
    assert holds(ana, "tag = VIP") == {one.pk, two.pk}
    assert put(ana, one, name="vip") == 0
    renamed = services.shape_tag(actor=lee, tag=guest, name="贵宾客户", colour="ok", at=NOW)
    assert holds(ana, "tag = 贵宾") == holds(ana, "tag = vip") == {one.pk, two.pk}
    with pytest.raises(services.CannotTag):
        put(ana, one, name="other")
        services.shape_tag(actor=lee, tag=Tag.objects.get(key="other"), name="贵宾客户", colour="", at=NOW)
    services.shape_tag(actor=lee, tag=renamed, name="贵宾", colour="", at=NOW)  # back to a name it once had
    assert holds(ana, "tag = 贵宾客户") == {one.pk, two.pk}


def test_pages(ana, lee, sign_in):
    one = customer(ana)
    browser = sign_in(ana)
    panel = browser.post(f"/records/on/customer/{one.pk}/tag/", {"tag": "露营"}, headers={"HX-Request": "true"})
    assert "露营" in panel.content.decode()
    refused = browser.post(f"/records/on/customer/{one.pk}/tag/", {"tag": "a,b"}, headers={"HX-Request": "true"})
    assert "HX-Trigger" in refused.headers
    assert "露营" in browser.get("/customers/?columns=name,tags").content.decode()
    assert browser.get("/records/tags/").status_code == 403
    leader = sign_in(lee)
    assert "露营" in leader.get("/records/tags/").content.decode()
    pk = Tag.objects.get().pk
    leader.post(f"/records/tags/{pk}/", {"name": "露营客", "colour": "ok"})
    assert Tag.objects.get(pk=pk).name == "露营客"
    api = browser.post(f"/api/v1/records/customer/{one.pk}/tags", {"tag": "摄影"}, content_type="application/json")
    assert api.json() == {"tags": ["摄影", "露营客"]} or set(api.json()["tags"]) == {"摄影", "露营客"}
    gone = browser.post(f"/api/v1/records/customer/{one.pk}/untag", {"tag": "露营"}, content_type="application/json")
    assert gone.json() == {"tags": ["摄影"]}


def test_bulk_tag_from_the_list(ana, ben, sign_in):
    one, two, foreign = customer(ana), customer(ana), customer(ben)
    browser = sign_in(ana)
    done = browser.post(
        "/customers/tag/", {"ids": [one.pk, two.pk, foreign.pk], "tag": "露营", "off": "0", "query": ""}
    )
    assert done.status_code == 302
    assert set(Tagging.objects.values_list("object_id", flat=True)) == {one.pk, two.pk}
    browser.post("/customers/tag/", {"all": "1", "query": "order=customer_id", "tag": "露营", "off": "1"})
    assert not Tagging.objects.exists()
    assert browser.post("/customers/tag/", {"ids": [one.pk], "tag": "a,b", "off": "0"}).status_code == 422


def test_what_hangs_on_a_record_follows_a_merge(ana, units):
    from kajing.records.models import FieldValue
    from tests.factories.records import field

    field(units["HQ"], "a")
    field(units["HQ"], "b")
    old, new = customer(ana), customer(ana)
    services.set_values(actor=ana, kind="customer", object_id=old.pk, values={"a": "old", "b": "old"}, at=NOW)
    services.set_values(actor=ana, kind="customer", object_id=new.pk, values={"a": "new"}, at=NOW)
    put(ana, old, new, name="VIP")
    put(ana, old, name="老客户")
    assert services.move_record(kind="customer", source=old.pk, target=new.pk) == 2
    assert dict(FieldValue.objects.filter(object_id=new.pk).values_list("field__name", "text")) == {
        "a": "new",
        "b": "old",
    }
    assert set(Tagging.objects.filter(object_id=new.pk).values_list("tag__name", flat=True)) == {"VIP", "老客户"}


def test_the_history_and_the_timeline_tell_of_tags_and_fields(ana, units):
    from kajing.org.models import Person
    from tests.factories.records import field

    field(units["HQ"], "hobby", label="爱好")
    ana, one = Person.objects.get(pk=ana.pk), customer(ana)
    put(ana, one)
    services.set_values(actor=ana, kind="customer", object_id=one.pk, values={"hobby": "钓鱼"}, at=NOW)
    services.untag(actor=ana, kind="customer", ids=[one.pk], name="vip", at=NOW)
    told = [(row.before, row.after) for row in selectors.history("customer", ana, one.pk)]
    assert told == [("VIP", ""), ("", "钓鱼"), ("", "VIP")]
    assert len(selectors.history("customer", ana, one.pk, selectors.TAGS)) == 2
    assert [row.label for row in selectors.history("customer", ana, one.pk, "hobby")] == ["爱好"]
    lines = list(one.marks.filter(kind="field").order_by("pk"))
    assert [line.params for line in lines] == [{"tag": "VIP"}, {"count": 1}, {"tag": "VIP"}]
    assert "钓鱼" not in str([(line.title, line.body, line.params) for line in lines])  # a role may not see the field


class TestMany:
    def chosen(self, who, *ones):
        from django.http import QueryDict

        return selectors.selection(
            who,
            CUSTOMERS,
            ids=[one.pk for one in ones],
            query=QueryDict(""),
            everything=False,
            today=date(2026, 11, 23),
        )

    def test_undone_with_history_of_the_timeline(self, ana):
        from kajing.customers.services.tagging import tag_selection
        from kajing.records.undo.returning import undo
        from tests.tables import differing, tables

        ones = [customer(ana) for _n in range(3)]
        put(ana, ones[0])
        before = tables()
        act = tag_selection(actor=ana, chosen=self.chosen(ana, *ones), tag="vip", off=False, at=timezone.now())
        assert (act.done, act.failed) == (3, 0)
        assert Tagging.objects.count() == 3
        assert all(one.marks.filter(kind="field").count() == 1 for one in ones)
        undo(actor=ana, reversal=act.reversal, at=timezone.now())
        assert differing(before, tables()) == {}
        lines = [(one.before, one.after) for one in selectors.history("customer", ana, ones[1].pk)]
        assert lines == [("VIP", ""), ("", "VIP")]  # the newest first
        assert [one.after for one in selectors.history("customer", ana, ones[0].pk)] == ["VIP"]  # had it before
        off = tag_selection(actor=ana, chosen=self.chosen(ana, *ones), tag="vip", off=True, at=timezone.now())
        assert not Tagging.objects.exists()
        undo(actor=ana, reversal=off.reversal, at=timezone.now())
        assert differing(before, tables()) == {}
        lines = [(one.before, one.after) for one in selectors.history("customer", ana, ones[0].pk, selectors.TAGS)]
        assert lines == [("", "VIP"), ("VIP", ""), ("", "VIP")]

    def test_a_full_record_is_told_and_the_others_are_tagged(self, ana):
        from kajing.customers.services.tagging import tag_selection

        full, free = customer(ana), customer(ana)
        for number in range(20):
            put(ana, full, name=f"t{number}")
        act = tag_selection(actor=ana, chosen=self.chosen(ana, full, free), tag="vip", off=False, at=timezone.now())
        assert (act.done, act.failed) == (1, 1)
        assert act.failures.get().object_id == full.pk


def test_only_what_nothing_carries_is_deleted(ana, lee):
    one = customer(ana)
    put(ana, one)
    tag = Tag.objects.get()
    with pytest.raises(services.CannotTag, match="1"):
        services.delete_tag(actor=lee, tag=tag, at=NOW)
    services.untag(actor=ana, kind="customer", ids=[one.pk], name="VIP", at=NOW)
    with pytest.raises(NotAllowed):
        services.delete_tag(actor=ana, tag=tag, at=NOW)
    services.shape_tag(actor=lee, tag=tag, name="老友", colour="ok", at=NOW)  # its old name goes with it
    services.delete_tag(actor=lee, tag=tag, at=NOW)
    assert not Tag.objects.exists()
    assert AuditRow.objects.get(action="records.delete_tag").changes == {"name": "老友"}


def test_care_of_tags_by_api_and_page(ana, lee, sign_in):
    ones = [customer(ana) for _n in range(3)]
    put(ana, *ones)
    put(ana, ones[0], name="贵宾")
    vip, guest = Tag.objects.get(key="vip"), Tag.objects.get(name="贵宾")
    browser, manager = sign_in(lee), sign_in(ana)

    def post(path, body, by=browser):
        return by.post(f"/api/v1/tags/{path}", body, content_type="application/json")

    told = manager.get("/api/v1/tags").json()["items"]
    assert [(one["name"], one["count"]) for one in told] == [("VIP", 3), ("贵宾", 1)]
    assert post(vip.pk, {"name": "x", "colour": ""}, by=manager).status_code == 403
    shaped = post(vip.pk, {"name": "高端", "colour": "pri"}).json()
    assert shaped == {
        "id": vip.pk, "name": "高端", "colour": "pri", "count": 3, "uses": {"customer": 3}, "old_names": ["VIP"],
    }  # fmt: skip
    assert post(f"{vip.pk}/delete", {}).status_code == 422
    assert post(f"{vip.pk}/merge", {"into": guest.pk}).json() == {"moved": 2}
    assert browser.get(f"/api/v1/tags/{guest.pk}").json()["uses"] == {"customer": 3}
    assert holds(ana, "tag = 贵宾") == {one.pk for one in ones}
    spare = Tag.objects.create(name="空", key="空", created_by="x", created_at=NOW)
    for one, offered in ((spare, True), (guest, False)):
        page = browser.get(f"/records/tags/{one.pk}/").content.decode()
        assert (f"/records/tags/{one.pk}/delete/" in page) is offered
    assert browser.post(f"/records/tags/{spare.pk}/delete/").status_code == 302
    assert not Tag.objects.filter(pk=spare.pk).exists()


def test_the_page_of_many_tags_is_light_and_one_dialog_serves_all(lee, sign_in):
    made = Tag.objects.bulk_create(
        Tag(name=f"标签{n:03}", key=f"标签{n:03}", created_by="x", created_at=NOW) for n in range(200)
    )
    browser = sign_in(lee)
    page = browser.get("/records/tags/").content.decode()
    assert page.count("<") - page.count("</") < 1500 and len(page) < 80_000
    assert page.count("data-row") == 100 and "<option" not in page
    assert "标签150" in browser.get("/records/tags/?page=2").content.decode()
    found = browser.get("/records/tags/?search=199").content.decode()
    assert found.count("data-row") == 1 and "标签199" in found
    assert "没有这个名字的标签" in browser.get("/records/tags/?search=无").content.decode()
    partial = {"HTTP_HX_REQUEST": "true", "HTTP_HX_REQUEST_TYPE": "partial"}
    asked = browser.get(f"/records/tags/{made[0].pk}/", **partial).content.decode()
    assert "<html" not in asked and asked.count("<option") == 200 + len(Tag.Colour.choices)
    none = browser.post(f"/records/tags/{made[0].pk}/merge/", {"into": ""}, **partial)
    assert none.status_code == 422 and "请选择" in none.content.decode()
    taken = browser.post(f"/records/tags/{made[0].pk}/", {"name": "标签001", "colour": ""}, **partial)
    assert taken.status_code == 422 and Tag.objects.get(pk=made[0].pk).name == "标签000"
    done = browser.post(f"/records/tags/{made[0].pk}/merge/", {"into": made[1].pk}, **partial)
    assert done.status_code == 204 and Tag.objects.get(pk=made[0].pk).merged_into == made[1]
