"""Objects by page, API and sheet: the same services behind each, nothing of others, every act undone."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from python_calamine import CalamineWorkbook

from kajing.audit.models import AuditRow
from kajing.imports.models import Sheet
from kajing.imports.sheets.own import target_for
from kajing.imports.sheets.registry import targets_for
from kajing.objects import services
from kajing.objects.models import ObjectDefinition, ObjectRecord
from kajing.objects.selectors import of_customer, search_hits
from kajing.org.models import Person, Unit
from kajing.records import services as records
from kajing.records.models import FieldDefinition, FieldValue, SavedView
from kajing.records.undo.returning import undo
from tests.factories.customers import customer
from tests.factories.objects import own_object, own_record
from tests.factories.records import field, shaper
from tests.imports.test_sheets import OWN, run, text, tried, upload
from tests.objects.test_objects import anew, filled
from tests.tables import differing, tables

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
PARTIAL = {"HTTP_HX_REQUEST": "true", "HTTP_HX_REQUEST_TYPE": "partial"}
NOW = timezone.now()


def asks(client: Client, method: str, path: str, body: Any = None, **headers: str) -> Any:
    return client.generic(method, f"/api/v1{path}", _json(body), content_type="application/json", headers=headers)


def _json(body: Any) -> str:
    import json

    return "" if body is None else json.dumps(body)


class TestPages:
    def test_an_administrator_defines_an_object_and_its_layout_by_page(
        self, admin: Person, ana: Person, sign_in: SignIn
    ) -> None:
        boss = sign_in(admin)
        form = {
            "code": "gift", "name_zh": "礼品", "name_en": "Gift", "plural_en": "Gifts", "pattern": "L-{seq}", "icon": "gift",
            "belongs": "CUSTOMER", "place": "10", "sees__LEADER": "on", "creates__MANAGER": "on",
        }  # fmt: skip
        assert boss.post("/objects/shape/new/", {**form, "pattern": "L"}).status_code == 422
        assert boss.post("/objects/shape/new/", form).status_code == 302
        about = ObjectDefinition.objects.get(code="gift")
        assert (about.sees, about.creates, about.edits) == (["MANAGER", "LEADER"], ["MANAGER"], ["MANAGER"])
        assert 'value="obj_gift" selected' in boss.get("/records/fields/new/?kind=obj_gift").content.decode()
        field(ana.unit, "sort", "CHOICE", kind="obj_gift", is_type=True)
        field(ana.unit, "price", "MONEY", kind="obj_gift")
        layout = "/records/layouts/obj_gift/?type=gold&role="
        assert "price" in boss.get(layout).content.decode()
        row = {"access__sort": "", "section__sort": "", "place__sort": "1", "access__price": "EDIT"}
        assert (
            boss.post(
                layout, {**row, "section__price": "报价", "place__price": "2", "required__price": "on"}
            ).status_code
            == 302
        )
        shown = sign_in(ana).get("/objects/gift/new/?type=gold").content.decode()
        assert "报价" in shown
        assert "Price *" in shown
        assert boss.get("/records/layouts/obj_gift/?type=tennis").status_code == 404
        assert boss.post("/objects/shape/gift/switch/").status_code == 302
        assert sign_in(ana).get("/objects/gift/").status_code == 404
        assert "礼品" in boss.get("/objects/shape/").content.decode()

    def test_a_record_from_form_to_bin_and_back(
        self, ana: Person, ben: Person, sign_in: SignIn, event: ObjectDefinition
    ) -> None:
        client, who = sign_in(ana), customer(ana)
        form = {"title": "品酒会", "customer": who.pk, "own-held_on": "2026-12-01", "own-budget": "1200"}
        refused = client.post("/objects/event/new/", {**form, "own-budget": "viel"})
        assert refused.status_code == 422
        assert "品酒会" in refused.content.decode()  # nothing typed is lost
        made = client.post("/objects/event/new/", form)
        row = ObjectRecord.objects.get()
        assert made.url == f"/objects/event/{row.pk}/"
        page = client.get(made.url).content.decode()
        assert "GJ-001" in page
        assert "/ui/panels/" in page  # fields, tags and files come a moment later
        shown = client.get("/objects/event/?order=-created").content.decode()
        assert "品酒会" in shown
        assert sign_in(ben).get(made.url).status_code == 404
        changed = {"title": "品酒会二", "version": row.version, "own-held_on": "2026-12-02", "own-budget": ""}
        assert client.post(f"{made.url}edit/", changed).status_code == 302
        assert filled(ana, row) == {"held_on": "2026-12-02"}
        assert client.post(f"{made.url}edit/", changed).status_code == 422  # that version is gone
        assert client.post(f"{made.url}remove/", {"reason": "取消"}).status_code == 302
        assert "品酒会二" not in client.get("/objects/event/").content.decode()
        assert "已移除" in client.get(made.url).content.decode()
        assert client.post(f"{made.url}restore/").status_code == 302
        assert "品酒会二" in client.get("/objects/event/").content.decode()

    def test_panels_search_and_saved_views(
        self, ana: Person, ben: Person, sign_in: SignIn, event: ObjectDefinition
    ) -> None:
        client, who = sign_in(ana), customer(ana)
        row = own_record(ana, event, who)
        own_record(ben, event, customer(ben), title="别人的活动")
        panels = client.get(f"/ui/panels/customer/{who.pk}/").content.decode()
        assert "品酒会" in panels
        assert f"/objects/event/new/?customer={who.pk}" in panels
        own = client.get(f"/ui/panels/object/{row.pk}/").content.decode()
        assert "panel-fields-obj_event" in own
        assert [one.title for one in search_hits(anew(ana), "GJ", 9)] == ["品酒会"]
        assert [one.title for one in search_hits(anew(ana), "活动", 9)] == []
        kept = client.post("/views/obj_event/manage/", {"name": "本月", "audience": "MINE", "query": "created=-30d.."})
        view = SavedView.objects.get(list_name="obj_event")
        assert kept.url == f"/objects/event/?view={view.pk}"
        assert "品酒会" in client.get(kept.url).content.decode()

    def test_dialogs_of_a_list_are_missing_to_who_may_not_open_it(
        self, ana: Person, lee: Person, units: dict[str, Unit], sign_in: SignIn
    ) -> None:
        own_object(units["HQ"], "secret", sees=["LEADER"], creates=["LEADER"], edits=["LEADER"])
        for part in ("filters", "where", "columns", "manage", "tabs"):
            assert sign_in(ana).get(f"/views/obj_secret/{part}/").status_code == 404, part
            assert sign_in(lee).get(f"/views/obj_secret/{part}/").status_code == 200, part

    def test_search_asks_once_for_all_objects_and_finds_only_those_one_sees(
        self, ana: Person, lee: Person, units: dict[str, Unit], event: ObjectDefinition
    ) -> None:
        gift = own_object(units["HQ"], "gift", "PLACE", pattern="GIFT-{seq}")
        secret = own_object(units["HQ"], "secret", sees=["LEADER"], creates=["LEADER"], edits=["LEADER"])
        who = customer(ana)
        own_record(ana, event, who, title="春季活动")
        own_record(ana, gift, title="春季礼品")
        own_record(lee, secret, who, title="春季机密")
        assert {one.title for one in search_hits(anew(ana), "春季", 9)} == {"春季活动", "春季礼品"}
        assert {one.title for one in search_hits(anew(lee), "春季", 9)} == {"春季活动", "春季机密", "春季礼品"}
        with CaptureQueriesContext(connection) as asked:
            search_hits(anew(ana), "春季", 9)
        assert sum('FROM "objects_objectrecord"' in one["sql"] for one in asked) == 1

    def test_a_customers_records_of_all_objects_in_one_statement(
        self, ana: Person, units: dict[str, Unit], event: ObjectDefinition
    ) -> None:
        gift, who = own_object(units["HQ"], "gift", pattern="GIFT-{seq}"), customer(ana)
        made = [own_record(ana, event, who, title=f"活动{n}") for n in range(7)]
        own_record(ana, gift, who, title="礼品")
        own_record(ana, gift, customer(ana), title="别人的礼品")
        with CaptureQueriesContext(connection) as asked:
            found = {one.about.code: one for one in of_customer(anew(ana), who.pk)}
        assert sum('FROM "objects_objectrecord"' in one["sql"] for one in asked) == 1
        assert [one.pk for one in found["event"].rows] == [one.pk for one in made[:1:-1]]
        assert found["event"].more and not found["gift"].more
        assert [one.title for one in found["gift"].rows] == ["礼品"]

    def test_the_list_in_few_queries_and_as_a_file(
        self, lee: Person, ana: Person, sign_in: SignIn, event: ObjectDefinition
    ) -> None:
        for number in range(30):
            own_record(ana, event, customer(ana), title=f"活动{number}", values={"budget": str(number)})
        client = sign_in(lee)
        client.get("/objects/event/")
        with CaptureQueriesContext(connection) as asked:
            assert client.get("/objects/event/?limit=25").status_code == 200
        assert len(asked) <= 12, [one["sql"][:120] for one in asked]
        answer = client.post("/objects/event/export/", {"all": "1", "query": "", "reason": "月度汇总", "form": "xlsx"})
        book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
        assert len(book.get_sheet_by_index(0).to_python()) == 31
        about = str(book.get_sheet_by_index(1).to_python())
        assert "月度汇总" in about
        assert AuditRow.objects.filter(action="objects.export").count() == 1
        assert sign_in(ana).post("/objects/event/export/", {"all": "1", "reason": "x y"}).status_code == 403

    def test_acts_on_many_by_page(self, lee: Person, ana: Person, sign_in: SignIn, event: ObjectDefinition) -> None:
        rows = [own_record(ana, event, customer(ana)) for _number in range(2)]
        client, ids = sign_in(lee), [str(row.pk) for row in rows]
        asked = client.post("/objects/event/many/field/", {"ids": ids}, **PARTIAL)
        assert asked.status_code == 200
        assert (
            client.post("/objects/event/many/field/", {"ids": ids, "field": "budget", "value": "viel"}).status_code
            == 422
        )
        assert (
            client.post("/objects/event/many/field/", {"ids": ids, "field": "budget", "value": "9"}).status_code == 302
        )
        assert FieldValue.objects.filter(amount=900).count() == 2
        assert client.post("/objects/event/many/tag/", {"ids": ids, "tag": "重点"}).status_code == 302
        assert client.post("/objects/event/many/remove/", {"ids": ids[:1], "reason": "取消"}).status_code == 302
        assert ObjectRecord.objects.filter(removed_at=None).count() == 1


class TestApi:
    def test_objects_and_fields_are_defined_by_program(self, admin: Person, ana: Person, sign_in: SignIn) -> None:
        boss, client = sign_in(admin), sign_in(ana)
        body = {"code": "gift", "belongs": "CUSTOMER", "name_zh": "礼品", "name_en": "Gift", "creates": ["MANAGER"]}
        assert asks(client, "POST", "/objects", body).status_code == 403
        assert asks(boss, "POST", "/objects", {**body, "creates": ["ADMIN"]}).status_code == 422
        made = asks(boss, "POST", "/objects", body).json()
        assert (made["kind"], made["pattern"], made["sees"]) == ("obj_gift", "GIFT-{seq}", ["MANAGER"])
        new = {"kind": "obj_gift", "name": "price", "type": "MONEY", "label": "价格", "required": True,
               "places": [{"role": "LEADER", "access": "MASK"}]}  # fmt: skip
        one = asks(boss, "POST", "/fields", new).json()
        assert [place["access"] for place in one["places"]] == ["EDIT", "MASK"]
        assert asks(boss, "POST", "/fields", {**new, "kind": "obj_none"}).status_code == 422
        path = f"/fields/{one['id']}"
        assert asks(boss, "PATCH", path, {"version": 1, "label": "单价"}).json()["label"] == "单价"
        assert asks(boss, "PATCH", path, {"version": 1, "label": "x"}).status_code == 409
        met = asks(client, "GET", "/records/obj_gift/definitions").json()["items"]
        assert [(item["name"], item["label"], item["required"]) for item in met] == [("price", "单价", True)]
        assert asks(boss, "POST", f"{path}/switch", {"on": False}).json()["archived"] is True
        assert asks(client, "GET", "/records/obj_gift/definitions").json()["items"] == []
        assert [item["name"] for item in asks(boss, "GET", "/fields?kind=obj_gift").json()["items"]] == ["price"]
        assert "obj_gift" in {item["name"] for item in asks(boss, "GET", "/fields/kinds").json()["items"]}
        changed = asks(boss, "PATCH", "/objects/gift", {"version": 1, "name_zh": "赠品"}).json()
        assert (changed["name_zh"], changed["version"]) == ("赠品", 2)
        assert asks(boss, "POST", "/objects/gift/switch", {"on": False}).json()["on"] is False
        assert asks(client, "GET", "/objects").json()["items"] == []
        assert asks(client, "GET", "/objects/gift/records").status_code == 404

    def test_layouts_by_program(self, admin: Person, event: ObjectDefinition, sign_in: SignIn) -> None:
        boss = sign_in(admin)
        rows = [{"name": "host", "access": "EDIT", "section": "场地", "place": 5, "required": True}]
        body = {"type": "golf", "role": "", "rows": rows}
        assert asks(boss, "PUT", "/layouts/obj_event", body).json() == {"kind": "obj_event", **body}
        assert asks(boss, "GET", "/layouts/obj_event?type=golf").json()["rows"] == rows
        assert asks(boss, "PUT", "/layouts/obj_event", {**body, "type": "tennis"}).status_code == 422
        assert asks(boss, "PUT", "/layouts/obj_none", body).status_code == 404

    def test_records_by_program(self, ana: Person, ben: Person, event: ObjectDefinition, sign_in: SignIn) -> None:
        client, who = sign_in(ana), customer(ana)
        body = {"title": "品酒会", "customer_id": who.pk, "tags": ["重点"],
                "fields": {"budget": 120_050, "sort": "wine", "held_on": "2026-12-01"}}  # fmt: skip
        made = asks(client, "POST", "/objects/event/records", body, **{"Idempotency-Key": "k1"})
        assert made.status_code == 201
        one = made.json()
        assert (one["number"], one["fields"]["budget"], one["tags"]) == ("GJ-001", 120_050, ["重点"])
        again = asks(client, "POST", "/objects/event/records", body, **{"Idempotency-Key": "k1"})
        assert again.json() == one
        assert ObjectRecord.objects.count() == 1
        wrong = asks(client, "POST", "/objects/event/records", {**body, "fields": {"budget": "viel"}})
        assert wrong.status_code == 422
        path = f"/objects/event/records/{one['id']}"
        assert asks(sign_in(ben), "GET", path).status_code == 404
        changed = asks(client, "PATCH", path, {"version": one["version"], "title": "年会", "fields": {"budget": None}})
        assert (changed.json()["title"], changed.json()["fields"]["budget"]) == ("年会", None)
        assert asks(client, "PATCH", path, {"version": one["version"], "title": "x"}).status_code == 409
        assert asks(client, "POST", f"{path}/remove", {"reason": "取消"}).json()["removed"] is True
        assert asks(client, "GET", "/objects/event/records").json()["items"] == []
        assert asks(client, "GET", path).json()["removed"] is True
        assert asks(client, "POST", f"{path}/restore").json()["removed"] is False

    def test_filters_cursors_and_acts_on_many(self, ana: Person, event: ObjectDefinition, sign_in: SignIn) -> None:
        client = sign_in(ana)
        rows = [own_record(ana, event, customer(ana), values={"budget": str(n)}) for n in range(5)]
        found = asks(client, "GET", "/objects/event/records?where=budget%20%3E%202&order=number&limit=1").json()
        assert ([one["number"] for one in found["items"]], found["total"]) == (["GJ-004"], 2)
        more = asks(
            client, "GET", f"/objects/event/records?where=budget%20%3E%202&order=number&limit=1&cursor={found['next']}"
        )
        assert [one["number"] for one in more.json()["items"]] == ["GJ-005"]
        assert asks(client, "GET", "/objects/event/records?where=nothing%20%3D%201").status_code == 422
        many = {"act": "field", "field": "budget", "value": "7", "ids": [row.pk for row in rows]}
        assert asks(client, "POST", "/objects/event/records/many", many).json()["done"] == 5
        assert FieldValue.objects.filter(amount=700).count() == 5
        assert (
            asks(client, "POST", "/objects/event/records/many", {**many, "act": "owner", "owner": "P-ANA"}).status_code
            == 403
        )

    def test_the_definition_describes_them_generically(self, ana: Person, sign_in: SignIn) -> None:
        told = sign_in(ana).get("/api/v1/openapi.json").json()
        assert {"/api/v1/objects/{code}/records", "/api/v1/objects/{code}/records/{record_id}"} <= set(told["paths"])
        assert "ObjectRecordOut" in told["components"]["schemas"]


class TestSheets:
    HEAD = ("客户号", "标题", "编号", "日期", "预算", "类型", "标签")

    def test_a_sheet_is_tried_run_and_undone(self, ana: Person, ben: Person, event: ObjectDefinition) -> None:
        first, second, foreign = customer(ana), customer(ana), customer(ben)
        records.tag(actor=anew(ana), kind="customer", ids=[first.pk], name="重点", at=NOW)
        rows = [
            self.HEAD,
            [first.pk, "品酒会", "", "2026-12-01", "1,200", "品酒", "重点"],
            [second.pk, "球赛", "", "2026/12/2", "", "golf", ""],
            [second.pk, "球赛", "", "2026/12/3", "", "golf", ""],
            [foreign.pk, "球赛", "", "", "", "", ""],
            [first.pk, "坏", "", "某天", "", "", ""],
            [first.pk, "没有", "GJ-999", "", "", "", ""],
        ]
        sheet = upload(anew(ana), "obj_event", text(rows))
        assert sheet.mapping["own.held_on"] == 3
        before = tables(*OWN)
        tried(anew(ana), sheet)
        assert sheet.checked == {"NEW": 2, "SKIPPED": 1, "BAD": 3}
        assert differing(before, tables(*OWN)) == {}  # a dry run writes nothing, no number either
        run(anew(ana), sheet)
        assert sheet.ran == sheet.checked
        made = ObjectRecord.objects.get(title="品酒会")
        assert (made.number, made.customer_id, made.owner) == ("GJ-001", first.pk, ana)
        assert filled(ana, made) == {"held_on": "2026-12-01", "budget": "¥1,200.00", "sort": "品酒"}
        again = tried(anew(ana), upload(anew(ana), "obj_event", text(rows[:3])))
        assert again.checked == {"SKIPPED": 2}
        undo(actor=ana, reversal=sheet.reversal, at=timezone.now())
        assert not ObjectRecord.objects.exists()
        assert not FieldValue.objects.exists()

    def test_overwriting_by_number(self, ana: Person, event: ObjectDefinition) -> None:
        who, other = customer(ana), customer(ana)
        row = own_record(ana, event, who, values={"budget": "5"})
        rows = [self.HEAD, [who.pk, "改名", row.number, "", "9", "", ""], [other.pk, "x", row.number, "", "", "", ""]]
        sheet = run(anew(ana), tried(anew(ana), upload(anew(ana), "obj_event", text(rows)), mode="OVERWRITE"))
        assert sheet.ran == {"OVERWRITTEN": 1, "BAD": 1}
        row.refresh_from_db()
        assert (row.title, filled(ana, row)) == ("改名", {"budget": "¥9.00"})
        undo(actor=ana, reversal=sheet.reversal, at=timezone.now())
        row.refresh_from_db()
        assert (row.title, filled(ana, row)) == ("品酒会", {"budget": "¥5.00"})

    def test_required_fields_of_the_type(self, ana: Person, event: ObjectDefinition, units: dict[str, Unit]) -> None:
        rows = [{"name": "host", "access": "EDIT", "section": "", "place": 5, "required": True}]
        records.lay_out(actor=shaper(units["HQ"]), kind=event.kind, type="golf", role="", rows=rows, at=NOW)
        who = customer(ana)
        lines = [self.HEAD, [who.pk, "球赛", "", "", "", "golf", ""], [who.pk, "品酒", "", "", "", "wine", ""]]
        sheet = tried(anew(ana), upload(anew(ana), "obj_event", text(lines)))
        assert sheet.checked == {"NEW": 1, "BAD": 1}

    def test_only_for_who_creates(self, ana: Person, lee: Person, units: dict[str, Unit]) -> None:
        own_object(units["HQ"], creates=["LEADER"], edits=["LEADER"])
        assert "obj_event" not in {one.key for one in targets_for(anew(ana))}
        assert "obj_event" in {one.key for one in targets_for(anew(lee))}
        assert target_for("obj_nothing", anew(lee)) is None
        assert not Sheet.objects.exists()


def test_what_is_archived_or_off_is_never_deleted(ana: Person, event: ObjectDefinition, units: dict[str, Unit]) -> None:
    row = own_record(ana, event, customer(ana), values={"budget": "5"})
    budget = FieldDefinition.objects.get(name="budget")
    records.archive_field(actor=shaper(units["HQ"]), field=budget, at=NOW)
    services.switch_object(actor=shaper(units["HQ"]), about=event, on=False, at=NOW)
    assert ObjectRecord.objects.filter(pk=row.pk).exists()
    assert FieldValue.objects.filter(field=budget).count() == 1
