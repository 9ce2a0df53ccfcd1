"""The bank's own fields: every type in and out, at once in forms, lists, conditions, export, API and audit, by role."""

from __future__ import annotations

from datetime import date

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from kajing.audit.models import AuditRow
from kajing.customers.lists import CUSTOMERS
from kajing.lib.errors import NotAllowed
from kajing.org.models import Person
from kajing.records import selectors, services
from kajing.records.lists import Context, ListState, conditions, page
from kajing.records.models import FieldPlace, FieldValue
from kajing.records.services.fields import CannotShape, FieldChanged
from kajing.reference.services import load_reference
from tests.factories.customers import customer, figures
from tests.factories.records import field, shaper

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)
NOW = timezone.now()
TYPES = {
    # type: (typed, after reading back as typed, words, a condition that finds it, one that does not)
    "TEXT": (" 喜欢露营 ", "喜欢露营", "喜欢露营", "f contains 露营", 'f = "露营"'),
    "NUMBER": ("1,234.5", "1234.5", "1234.5", "f > 1234", "f < 0"),
    "MONEY": ("¥12,000.50", "12000.50", "¥12,000.50", "f = 12000.5", "f >= 12001"),
    "DAY": ("2026/11/1", "2026-11-01", "2026-11-01", "f before -7d", "f after today"),
    "CHOICE": ("金牌", "gold", "金牌", "f = 金牌", "f = plain"),
    "MULTI": ("金牌；新客", ["gold", "new"], "金牌、新客", "f in (new, plain)", "f = plain"),
    "PERSON": ("ana", "P-ANA", "安娜", "f = me", "f = P-BEN"),
    "MASKED": ("AB 1234 5678", "", "********5678", '"f" = "ab12345678"', "f = 5678"),
}


def put(who, one, value, name="f"):
    return services.set_values(actor=who, kind="customer", object_id=one.pk, values={name: value}, at=NOW)


def anew(who):
    """The person as the next request meets them: within one, fields are asked for once."""
    return Person.objects.get(pk=who.pk)


def value(who, one, name="f"):
    who = anew(who)
    found = selectors.values_of("customer", who, [one.pk]).get(one.pk, {})
    return next((v for v in found.values() if v.field.definition.name == name), None)


def holds(who, text) -> set[str]:
    found = page(CUSTOMERS, ListState(query={"where": [text]}, limit=200), Context(who, TODAY))
    return {row.pk for row in found.rows}


@pytest.mark.parametrize("type_", TYPES)
def test_every_type_in_and_out(ana, ben, units, type_):
    typed, back, words, hit, miss = TYPES[type_]
    field(units["HQ"], "f", type_)
    one, other = customer(ana), customer(ana)
    assert put(ana, one, typed) == ["f"]
    assert put(ana, one, typed) == []  # the same again changes nothing and tells nothing
    shown = value(ana, one)
    assert (shown.typed, shown.words) == (back, words)
    assert holds(ana, hit) == {one.pk}
    assert holds(ana, miss) == set()
    assert holds(ana, "f is empty") == {other.pk}
    assert holds(ana, f"not ({hit})") == {other.pk}
    assert put(ana, one, None) == ["f"]
    assert value(ana, one) is None
    assert AuditRow.objects.filter(action="records.set_fields", object_id=one.pk, customer_id=one.pk).count() == 2
    assert not FieldValue.objects.exists()


@pytest.mark.parametrize(
    ("type_", "about", "typed"),
    [
        ("TEXT", {"longest": 5}, "123456"), ("TEXT", {}, "a\0b"), ("NUMBER", {}, "many"), ("NUMBER", {}, "1e99"),
        ("NUMBER", {"least": "1", "most": "9"}, "10"), ("NUMBER", {}, "0.1234567"), ("MONEY", {}, "1.005"),
        ("MONEY", {"least": "100"}, "99.99"), ("DAY", {}, "2026-13-01"), ("DAY", {"most": "2026-01-01"}, "2026-01-02"),
        ("CHOICE", {}, "silver"), ("MULTI", {}, ["gold", "silver"]), ("PERSON", {}, "P-NOBODY"), ("FILE", {}, "7"),
        ("TEXT", {"required": True}, " "), ("NUMBER", {}, "NaN"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_and_nothing_is_written(ana, units, type_, about, typed):
    field(units["HQ"], "f", type_, **about)
    field(units["HQ"], "g")
    one = customer(ana)
    with pytest.raises(services.ValuesRefused) as caught:
        services.set_values(actor=ana, kind="customer", object_id=one.pk, values={"g": "x", "f": typed}, at=NOW)
    assert set(caught.value.errors) == {"f"}
    assert caught.value.errors["f"].endswith("。") or caught.value.errors["f"].endswith(".")
    assert not FieldValue.objects.exists()
    assert not AuditRow.objects.filter(action="records.set_fields").exists()


def test_masked_values_are_nowhere_in_clear(ana, units, tmp_path):
    made = field(units["HQ"], "passport", "MASKED")
    one = customer(ana)
    put(ana, one, "E99887766", "passport")
    row = FieldValue.objects.get()
    assert row.text is None and b"E99887766" not in bytes(row.sealed)
    assert settings.KAJING_KEYS.decrypt(made.column, bytes(row.sealed)) == "E99887766"
    assert "E99887766" not in str(list(AuditRow.objects.values_list("changes", flat=True)))
    assert AuditRow.objects.get(action="records.set_fields").changes == {"fields": {"passport": ["", "***"]}}


def test_reveal_asks_for_a_reason_counts_and_is_audited(ana, ben, units, sign_in):
    load_reference(actor="system", at=NOW)
    field(units["HQ"], "passport", "MASKED")
    one = customer(ana)
    put(ana, one, "E99887766", "passport")
    browser = sign_in(ana)
    url = f"/records/on/customer/{one.pk}/show/passport/"
    asked = browser.post(url, headers={"HX-Request": "true"})
    assert asked.status_code == 200 and "E99887766" not in asked.content.decode()
    shown = browser.post(url, {"reason": "签证资料核对"}, headers={"HX-Request": "true"})
    assert "E99887766" in shown.content.decode()
    assert "no-store" in shown.headers["Cache-Control"]
    row = AuditRow.objects.get(action="records.reveal_field")
    assert (row.actor, row.customer_id, row.reason, row.changes) == (
        "P-ANA",
        one.pk,
        "签证资料核对",
        {"field": "passport"},
    )
    assert sign_in(ben).post(url, {"reason": "why not"}).status_code == 404
    for _n in range(60):  # the day's looks are one quota for product and own fields
        AuditRow.objects.create(
            at=timezone.now(), actor="P-ANA", action="customers.reveal", object_kind="customer", object_id="x", mac="x"
        )
    refused = browser.post(url, {"reason": "once more"}, headers={"HX-Request": "true"})
    assert refused.status_code == 422 and "E99887766" not in refused.content.decode()


def test_at_once_in_list_form_export_and_api(ana, lee, units, sign_in):
    browser = sign_in(ana)
    one, two = customer(ana), customer(ana)
    assert browser.get("/customers/").status_code == 200
    field(units["HQ"], "hobby", label="爱好", in_list=True)  # no restart between these lines
    field(units["HQ"], "income", "MONEY", label="副业收入")
    answer = browser.post(f"/records/on/customer/{one.pk}/edit/", {"hobby": "=露营", "income": "8,000"})
    assert answer.status_code == 302
    listed = browser.get("/customers/").content.decode()
    assert "爱好" in listed and "=露营" in listed
    narrowed = browser.get("/customers/?cf_income=5000..").context["page"].rows
    assert [row.pk for row in narrowed] == [one.pk]
    ordered = browser.get("/customers/?order=-cf_income&limit=25").context["page"].rows
    assert [row.pk for row in ordered] == [one.pk, two.pk]
    assert "爱好" in browser.get(f"/ui/panel/fields-customer/{one.pk}/").content.decode()
    file = sign_in(lee).post(
        "/customers/export/", {"all": "1", "query": "columns=hobby,cf_hobby,cf_income", "reason": "audit"}
    )
    text = file.content.decode("utf-8-sig")
    assert "'=露营" in text and "8000" in text
    api = browser.get(f"/api/v1/records/customer/{one.pk}/fields").json()
    assert api["values"] == {"hobby": "=露营", "income": 800000}
    sent = browser.put(
        f"/api/v1/records/customer/{one.pk}/fields",
        {"values": {"income": 900050, "hobby": None}},
        content_type="application/json",
    )
    assert sent.status_code == 200 and sent.json()["values"] == {"hobby": None, "income": 900050}
    wrong = browser.put(
        f"/api/v1/records/customer/{one.pk}/fields", {"values": {"income": "lots"}}, content_type="application/json"
    )
    assert wrong.status_code == 422
    kinds = browser.get("/api/v1/records/customer/definitions").json()
    assert [row["name"] for row in kinds["items"]] == ["hobby", "income"]


def test_roles_hidden_masked_read_only(ana, lee, head, units, sign_in):
    made = field(
        units["HQ"],
        "f",
        label="内部备注",
        access={"": "EDIT", "LEADER": "MASK", "BRANCH_HEAD": "HIDDEN", "SERVICE": "READ"},
    )
    one = customer(ana)
    put(ana, one, "先生怕吵")
    assert value(lee, one).words == "**怕吵"
    assert value(head, one) is None
    assert [f.definition.pk for f in selectors.fields_of("customer", head)] == []
    for who in (lee, head):
        with pytest.raises(conditions.ConditionError):
            conditions.read(CUSTOMERS, 'f contains "怕"', Context(who, TODAY))
        with pytest.raises(services.ValuesRefused):
            put(who, one, "x")
        for url in (
            "/customers/?columns=cf_f",
            f"/ui/panel/fields-customer/{one.pk}/",
            f"/records/on/customer/{one.pk}/history/",
        ):
            assert "先生怕吵" not in sign_in(who).get(url).content.decode()
        assert "先生怕吵" not in sign_in(who).get(f"/api/v1/records/customer/{one.pk}/fields").content.decode()
    assert "内部备注" not in sign_in(head).get("/customers/").content.decode()
    assert FieldPlace.objects.filter(field=made).count() == 4


def test_layout_by_role(ana, lee, units):
    first = field(units["HQ"], "a", section="爱好", place=2)
    field(units["HQ"], "b", section="爱好", place=1)
    services.place_field(
        actor=shaper(units["HQ"]), field=first, role="LEADER", access="EDIT", section="管理", place=1, at=NOW
    )
    one = customer(ana)

    def shape(who):
        parts = selectors.sheet("customer", anew(who), one.pk)
        return [(part.title, [v.field.definition.name for v in part.values]) for part in parts]

    assert shape(ana) == [("爱好", ["b", "a"])]
    assert shape(lee) == [("管理", ["a"]), ("爱好", ["b"])]
    services.place_field(actor=shaper(units["HQ"]), field=first, role="LEADER", access="", section="", place=1, at=NOW)
    assert shape(lee) == [("爱好", ["b", "a"])]


def test_out_of_reach_and_without_right(ana, ben, auditor, units):
    field(units["HQ"], "f")
    one = customer(ana)
    for who in (ben, auditor):
        with pytest.raises(NotAllowed):
            put(who, one, "x")
    with pytest.raises(NotAllowed):
        services.set_many(actor=ana, kind="customer", rows={one.pk: {"f": "x"}, customer(ben).pk: {"f": "x"}}, at=NOW)
    assert not FieldValue.objects.exists()


def test_many_at_once_each_wholly_or_not(ana, units, django_assert_max_num_queries):
    field(units["HQ"], "f", "NUMBER")
    field(units["HQ"], "g", "PERSON")
    book = [customer(ana) for _n in range(40)]
    rows = {one.pk: {"f": "oops" if n % 10 == 0 else str(n), "g": "ana"} for n, one in enumerate(book)}
    with django_assert_max_num_queries(130):
        done = services.set_many(actor=ana, kind="customer", rows=rows, at=NOW)
    assert len(done.changed) == 36 and set(done.refused) == {book[n].pk for n in (0, 10, 20, 30)}
    assert FieldValue.objects.count() == 72
    dry = services.check_values(actor=ana, kind="customer", values={"f": "oops"})
    assert dry.errors["f"] == done.refused[book[0].pk]["f"]


def test_history_by_field(ana, lee, units, sign_in):
    field(units["HQ"], "f", label="爱好")
    field(units["HQ"], "m", "MASKED", label="证件")
    one = customer(ana)
    put(ana, one, "钓鱼")
    put(lee, one, "登山")
    put(lee, one, "K1234567", "m")
    rows = selectors.history("customer", ana, one.pk)
    assert [(row.who, row.label, row.before, row.after) for row in rows] == [
        ("李强", "证件", "", "***"), ("李强", "爱好", "钓鱼", "登山"), ("安娜", "爱好", "", "钓鱼"),
    ]  # fmt: skip
    assert [row.after for row in selectors.history("customer", ana, one.pk, "f")] == ["登山", "钓鱼"]
    assert "钓鱼" in sign_in(ana).get(f"/records/on/customer/{one.pk}/history/?field=f").content.decode()


def test_shaping_has_rules(ana, units):
    hq = units["HQ"]
    for wrong in ({"name": "Bad"}, {"name": "not"}, {"name": "f", "type_": "CHOICE", "options": []}, {"name": "f", "type_": "NUMBER", "least": "9", "most": "1"},
                  {"name": "f", "type_": "NUMBER", "least": "x"}, {"name": "f", "label": " "}, {"name": "f", "type_": "WHAT"}):  # fmt: skip
        with pytest.raises(CannotShape):
            field(hq, **wrong)
    with pytest.raises(NotAllowed):
        services.define_field(actor=ana, kind="customer", name="f", type="TEXT", label="F", at=NOW)
    made = field(hq, "f", "CHOICE")
    with pytest.raises(CannotShape):
        field(hq, "f")
    one = customer(ana)
    put(ana, one, "gold")
    with pytest.raises(CannotShape):
        services.change_field(actor=shaper(hq), field=made, version=1, at=NOW, options=[["plain", "普通"]])
    made.refresh_from_db()
    services.change_field(
        actor=shaper(hq), field=made, version=1, at=NOW, options=[["gold", "金卡"], ["plain", "普通"]]
    )
    assert value(ana, one).words == "金卡"
    with pytest.raises(FieldChanged):
        services.change_field(actor=shaper(hq), field=made, version=1, at=NOW, label="X")
    services.archive_field(actor=shaper(hq), field=made, at=NOW)
    assert value(ana, one) is None and FieldValue.objects.count() == 1
    services.restore_field(actor=shaper(hq), field=made, at=NOW)
    assert value(ana, one).words == "金卡"


def test_the_page_that_shapes_fields(admin, ana, units, sign_in):
    browser = sign_in(admin)
    form = {"kind": "customer", "name": "wechat", "label": "微信号", "type": "MASKED", "longest": "40", "mask": "FIRST1", "access__": "EDIT",
            "access__LEADER": "READ", "access__SERVICE": "HIDDEN", "section__": "联系", "place__": "5"}  # fmt: skip
    assert browser.post("/records/fields/new/", {**form, "name": "Bad Name"}).status_code == 422
    assert browser.post("/records/fields/new/", form).status_code == 302
    page_ = browser.get("/records/fields/").content.decode()
    assert "微信号" in page_ and "wechat" in page_
    made = FieldPlace.objects.filter(field__name="wechat").values_list("role", "access", "section")
    assert set(made) == {("", "EDIT", "联系"), ("LEADER", "READ", "联系"), ("SERVICE", "HIDDEN", "联系")}
    pk = FieldPlace.objects.first().field_id
    changed = {**form, "label": "微信", "access__LEADER": "", "version": "1"}
    assert browser.post(f"/records/fields/{pk}/", changed).status_code == 302
    assert browser.post(f"/records/fields/{pk}/", changed).status_code == 422  # a stale version
    assert not FieldPlace.objects.filter(field=pk, role="LEADER").exists()
    assert browser.post(f"/records/fields/{pk}/archive/").status_code == 302
    assert sign_in(ana).get("/records/fields/").status_code == 403


def test_list_stays_within_twelve_queries(ana, units, sign_in):
    for name, type_ in (("a", "TEXT"), ("b", "MONEY"), ("c", "PERSON"), ("d", "MASKED")):
        field(units["HQ"], name, type_, in_list=True)
    for _n in range(30):
        one = customer(ana)
        figures(one, spend_30d=_n)
        values = {"a": "x", "b": "5", "c": "ana", "d": "secret 12345"}
        services.set_values(actor=ana, kind="customer", object_id=one.pk, values=values, at=NOW)
        services.tag(actor=ana, kind="customer", ids=[one.pk], name="vip", at=NOW)
    browser = sign_in(ana)
    for query in ("", "?columns=name,cf_a,cf_b,cf_c,cf_d,tags&order=-cf_b", "?where=a = x and tag = vip and b > 1"):
        browser.get(f"/customers/{query}")
        with CaptureQueriesContext(connection) as told:
            answer = browser.get(f"/customers/{query}")
        assert len(told) <= 12, "\n".join(one["sql"][:300] for one in told)
        assert len(answer.context["page"].rows) == 25


def test_tasks_carry_fields_and_tags_too(ana, ben, units, sign_in):
    from tests.factories.workflow import task

    field(units["HQ"], "channel", "CHOICE", kind="task", label="渠道")
    own, foreign = task(ana, customer(ana)), task(ben, customer(ben))
    browser = sign_in(ana)
    assert browser.post(f"/records/on/task/{own.pk}/edit/", {"channel": "gold"}).status_code == 302
    assert "金牌" in browser.get(f"/ui/panel/fields-task/{own.pk}/").content.decode()
    assert "panel-fields-task" in browser.get(f"/tasks/{own.pk}/").content.decode()
    assert "金牌" in browser.get(f"/ui/panels/task/{own.pk}/").content.decode()
    assert AuditRow.objects.get(action="records.set_fields").customer_id == own.customer_id
    for path in (
        f"/records/on/task/{foreign.pk}/edit/",
        f"/records/on/task/{foreign.pk}/history/",
        "/records/on/task/abc/edit/",
    ):
        assert browser.get(path).status_code == 404
    assert (
        browser.post(f"/api/v1/records/task/{own.pk}/tags", {"tag": "急"}, content_type="application/json").status_code
        == 200
    )


def test_several_choices_stand_with_the_comma_of_the_language(ana, units):
    field(units["HQ"], "f", "MULTI")
    one = customer(ana)
    put(ana, one, ["gold", "new"])
    with translation.override("en"):
        assert next(iter(selectors.values_of("customer", ana, [one.pk])[one.pk].values())).words == "金牌, 新客"
