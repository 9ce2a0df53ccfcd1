"""The filter language: what it finds, what it refuses and where, its two forms, and that it only ever narrows."""

from __future__ import annotations

import random
from datetime import date

import pytest
from django.utils import translation

from kajing.customers.lists import CUSTOMERS
from kajing.customers.selectors import customers
from kajing.records.lists import Context, ListState, conditions, page
from kajing.records.lists.conditions import ConditionError, Group, Leaf, Not, from_json, parse, to_json, to_text
from tests.factories.customers import customer, figures

TODAY = date(2026, 11, 23)


@pytest.fixture
def book(ana, ben) -> dict[str, str]:
    """Six customers of Ana's that differ, one without figures, and one of Ben's who would match everything."""
    rows = {
        "low": {"bucket": "M0", "spend_30d": 500_00, "last_purchase_on": date(2026, 11, 20), "utilisation": 0.2},
        "high": {"bucket": "M1", "spend_30d": 90_000_00, "last_purchase_on": date(2026, 8, 1), "utilisation": 0.95},
        "late": {"bucket": "M2", "spend_30d": 0, "last_purchase_on": None, "utilisation": None},
        "old": {"bucket": "M0", "spend_30d": None, "last_purchase_on": date(2025, 1, 2), "utilisation": 0.5},
    }
    made = {name: figures(customer(ana), **values).pk for name, values in rows.items()}
    made["bare"] = customer(ana).pk
    made["bens"] = figures(customer(ben), bucket="M1", spend_30d=1, utilisation=0.9, last_purchase_on=TODAY).pk
    return made


def found(who, book, text) -> set[str]:
    context = Context(who, TODAY)
    rows = set(CUSTOMERS.base(who).filter(conditions.compile(CUSTOMERS, text, context)).values_list("pk", flat=True))
    names = {pk: name for name, pk in book.items()}
    # One answer by every door: the list's own filter, `matching`, and the stored tree.
    state = ListState(query={"where": [text]}, limit=200)
    assert {row.pk for row in page(CUSTOMERS, state, context).rows} == rows
    tree = to_json(conditions.read(CUSTOMERS, text, context))
    assert conditions.matching(CUSTOMERS, tree, book.values(), context) == rows
    return {names[pk] for pk in rows}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("bucket = M1", "high"),
        ("bucket in (M1, M2)", "high late"),
        ("bucket in (M1,M2) and (spend_30d < 1000 or last_purchase before -30d)", "high late"),
        ("bucket in (M1,M2) and not spend_30d < 1000", "high"),
        ("spend < 1000", "low late"),
        ("spend >= 500", "low high"),
        ("spend > 500", "high"),
        ("spend = 100..600", "low"),
        ("spend >= 9万", "high"),
        ("spend is empty", "old bare"),
        ("spend is not empty", "low high late"),
        ("not spend < 1000", "high old bare"),
        ("bucket != M0", "high late bare"),
        ("bucket not in (M0, M1)", "late bare"),
        ("utilisation >= 80%", "high"),
        ("utilisation = 20", "low"),
        ("last_purchase after -30d", "low"),
        ("last_purchase >= 2026-08-01", "low high"),
        ("last_purchase before -1y", "old"),
        ("last_purchase < -2m", "high old"),
        ("last_purchase >= month", "low"),
        ("last_purchase = -7d..today", "low"),
        ("last_purchase is empty", "late bare"),
        ("unassigned", ""),
        ("not unassigned", "low high late old bare"),
        ("unassigned = no", "low high late old bare"),
        ("manager = me and bucket = M0", "low old"),
        ("(((bucket = M0)))", "low old"),
        ("not not bucket = M0", "low old"),
        ("bucket = M0 or bucket = M1 and spend > 1000", "low old high"),
        ("（bucket ＝ M0 或 bucket ＝ M2） 且 非 spend ＜ 1000", "old"),
        ('"bucket" = "M1"', "high"),
        ("unit = T01 and spend > 0", "low high"),
    ],
)
def test_what_it_finds(ana, book, text, names):
    assert found(ana, book, text) == set(names.split())


@pytest.mark.django_db
def test_words_of_the_page_stand_for_codes(ana, book):
    with translation.override("zh-hans"):
        context = Context(ana, TODAY)
        label = str(next(one.label for one in CUSTOMERS.filters if one.name == "bucket"))
        node = conditions.read(CUSTOMERS, f'"{label}" = M1', context)
    assert (node.field, node.values) == ("bucket", ("M1",))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("", 1, "name of a field"),
        ("bucket", 1, "1"),
        ("bucket =", 9, "a value expected"),
        ("bucket = M99", 10, "M99"),
        ("bucket < M1", 8, "takes one of"),
        ("buckett = M1", 1, "bucket?"),
        ("bucket in M1", 11, "( expected"),
        ("bucket in (M1", 14, ", or ) expected"),
        ("bucket in ()", 12, "a value expected"),
        ("(bucket = M1", 13, "and, or or )"),
        ("bucket = M1)", 12, "the end"),
        ("bucket = M1 spend > 5", 13, "and, or or the end"),
        ("spend > many", 9, "many"),
        ("last_purchase before soon", 22, "soon"),
        ("bucket = M1 and", 16, "name of a field"),
        ("bucket = M1 and and spend > 1", 17, "name of a field"),
        ("spend is many", 10, "empty or not empty"),
        ("spend not 5", 11, "in expected"),
        ("bucket # M1", 8, "sign"),
        ('bucket = "M1', 10, "quotation"),
        ("spend ~ 5", 7, "sign"),
        ("not", 4, "name of a field"),
        ("(" * 9 + "bucket = M1" + ")" * 9, 7, "nest"),
        ("spend > 99999999999999999", 9, "number"),
        ("last_purchase > 9999-99-99", 17, "day"),
        ("last_purchase > +9999y", 17, "day"),
        ("unassigned = perhaps", 14, "1 or 0"),
        ("where = x", 1, "no field"),
    ],
)
def test_errors_name_the_place(ana, text, place, words):
    with translation.override("en"), pytest.raises(ConditionError) as caught:
        conditions.read(CUSTOMERS, text, Context(ana, TODAY))
    assert caught.value.place == place, str(caught.value)
    with translation.override("en"):
        assert words in str(caught.value)


@pytest.mark.parametrize(
    ("tree", "place"),
    [
        ({}, "field"),
        ([], "tree"),
        ({"all": []}, "all"),
        ({"all": [{"field": "bucket", "op": "~", "value": "M1"}]}, "all[0].op"),
        ({"any": [{"field": "bucket", "value": {}}]}, "any[0].value"),
        ({"not": {"all": [{"field": "bucket", "op": "=", "value": None}]}}, "not.all[0].value"),
        ({"field": "bucket", "op": "=", "value": "M1", "or": 1}, "tree"),
        ({"all": [{"field": "bucket", "op": "in", "value": []}]}, "all[0].value"),
        ({"field": 7, "op": "=", "value": "M1"}, "field"),
    ],
)
def test_trees_name_the_path(tree, place):
    with pytest.raises(ConditionError) as caught:
        from_json(tree)
    assert caught.value.place == place


@pytest.mark.django_db
def test_limits(ana):
    context = Context(ana, TODAY)
    tree = {"field": "bucket", "op": "=", "value": "M1"}
    for _n in range(40):
        tree = {"not": tree}
    with pytest.raises(ConditionError):
        conditions.read(CUSTOMERS, tree, context)
    with pytest.raises(ConditionError):
        conditions.read(CUSTOMERS, " or ".join(["bucket = M1"] * 61), context)
    with pytest.raises(ConditionError):
        conditions.read(CUSTOMERS, f"bucket in ({','.join(['M1'] * 201)})", context)
    with pytest.raises(ConditionError):
        parse("x" * 7000)
    with pytest.raises(ConditionError):
        conditions.read(CUSTOMERS, {"all": [{"all": ["not " * 9]}]}, context)


def random_node(chance, depth=1):
    kind = chance.random()
    if depth > 4 or kind < 0.5:
        return chance.choice(
            [
                Leaf("bucket", "in", tuple(chance.sample(["M0", "M1", "M2"], 2))), Leaf("bucket", "!=", ("M1",)),
                Leaf("spend", "<", ("1000",)), Leaf("spend", "empty"), Leaf("utilisation", ">=", ("50",)),
                Leaf("last_purchase", "<", ("-30d",)), Leaf("unassigned", "=", ("1",)), Leaf("spend", "=", ("0..600",)),
            ]
        )  # fmt: skip
    if kind < 0.6:
        return Not(random_node(chance, depth + 1))
    return Group(
        chance.choice(["all", "any"]), tuple(random_node(chance, depth + 1) for _n in range(chance.choice([2, 3])))
    )


def holds(node, row) -> bool:
    """The meaning, said again in plain Python over one row."""
    if isinstance(node, Group):
        return (all if node.joint == "all" else any)(holds(part, row) for part in node.parts)
    if isinstance(node, Not):
        return not holds(node.part, row)
    one = getattr(row, "figures", None)
    value = {
        "bucket": getattr(one, "bucket", "") or None, "spend": getattr(one, "spend_30d", None), "utilisation": getattr(one, "utilisation", None),
        "last_purchase": getattr(one, "last_purchase_on", None), "unassigned": row.manager_id is None,
    }[node.field]  # fmt: skip
    if node.op == "empty":
        return value is None
    return {
        ("bucket", "in"): lambda: value in node.values, ("bucket", "!="): lambda: value != "M1",
        ("spend", "<"): lambda: value is not None and value < 1000_00, ("spend", "="): lambda: value is not None and 0 <= value <= 600_00,
        ("utilisation", ">="): lambda: value is not None and value >= 0.5, ("unassigned", "="): lambda: value,
        ("last_purchase", "<"): lambda: value is not None and value < date(2026, 10, 24),
    }[node.field, node.op]()  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(60))
def test_random_conditions_mean_what_they_say(ana, book, seed):
    """Random trees: both forms read back to the same, and the database agrees with plain Python."""
    node = random_node(random.Random(seed))
    text = to_text(node)
    assert to_text(parse(text)) == text
    assert to_text(from_json(to_json(node))) == text
    wanted = {row.pk for row in customers(ana).select_related("figures") if holds(node, row)}
    context = Context(ana, TODAY)
    assert conditions.matching(CUSTOMERS, text, book.values(), context) == wanted
    assert all(conditions.matches(CUSTOMERS, node, pk, context) == (pk in wanted) for pk in list(book.values())[:2])


@pytest.mark.django_db
def test_a_condition_never_widens(ana, ben, book):
    for text in ("not bucket = M3", "bucket = M1 or not bucket = M1", "spend is empty or not spend is empty"):
        assert "bens" not in found(ana, book, text)
        assert found(ben, book, text) == {"bens"}


@pytest.mark.django_db
def test_address_chips_and_saved_view(ana, book, sign_in):
    browser = sign_in(ana)
    answer = browser.get("/customers/", {"where": "bucket in (M1,M2) and (spend < 1000 or last_purchase before -30d)"})
    listing = answer.context["listing"]
    assert {row.pk for row in answer.context["page"].rows} == {book["high"], book["late"]}
    chips = [chip for chip in listing.chips if chip.name == "where"]
    assert len(chips) == 2
    assert "30" in chips[1].words
    without_first = browser.get(chips[0].remove_url)
    assert {row.pk for row in without_first.context["page"].rows} == {
        book["low"],
        book["high"],
        book["late"],
        book["old"],
    }
    made = browser.post("/views/customers/manage/", {"query": listing.address, "name": "Mine", "audience": "MINE"})
    assert {row.pk for row in browser.get(made.url).context["page"].rows} == {book["high"], book["late"]}


@pytest.mark.django_db
def test_a_wrong_condition_is_told(ana, book, sign_in):
    answer = sign_in(ana).get("/customers/", {"where": "bucket = M99"})
    assert answer.status_code == 200
    assert answer.context["listing"].errors
    api = sign_in(ana).get("/api/v1/customers", {"where": "bucket ="})
    assert api.status_code == 422
    api = sign_in(ana).get("/api/v1/customers", {"where": "bucket = M1"})
    assert [row["customer_id"] for row in api.json()["items"]] == [book["high"]]
