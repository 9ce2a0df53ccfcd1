"""Saved views: whose they are, what they keep, the changed mark, and their dialogs."""

from __future__ import annotations

from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import QueryDict

from kajing.customers.lists import CUSTOMERS
from kajing.lib.errors import NotAllowed
from kajing.records import selectors, services
from kajing.records.models import SavedView
from tests.factories.customers import customer, figures

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)
PARTIAL = {"HTTP_HX_REQUEST": "true", "HTTP_HX_REQUEST_TYPE": "partial"}


def saved(actor, at, name="高用信", audience="MINE", **values) -> SavedView:
    given = {"query": {"utilisation": ["80.."]}, "order": "-utilisation", "columns": ["name", "limit"], **values}
    return services.save_view(actor=actor, spec=CUSTOMERS, name=name, audience=audience, at=at, **given)


def names(person) -> set[str]:
    return {view.name for view in selectors.views_of(person, CUSTOMERS) if view.audience != "SYSTEM"}


def test_system_views_come_with_the_tables(ana):
    assert {view.name for view in selectors.views_of(ana, CUSTOMERS)} >= {
        "All customers",
        "Overdue M1",
        "To visit today",
    }
    before = SavedView.objects.count()
    services.seed_views()
    assert SavedView.objects.count() == before


def test_mine_is_mine_and_team_is_below(ana, ben, lee, head, at):
    saved(ana, at, name="ana's")
    saved(lee, at, name="team", audience="TEAM")
    saved(head, at, name="branch", audience="TEAM")
    assert names(ana) == {"ana's", "team", "branch"}
    assert names(lee) == {"team", "branch"}
    assert names(ben) == set()


def test_only_leaders_share(ana, at):
    with pytest.raises(services.CannotSave):
        saved(ana, at, audience="TEAM")


def test_only_the_owner_changes(ana, lee, at):
    view = saved(lee, at, audience="TEAM")
    with pytest.raises(NotAllowed):
        services.rename_view(actor=ana, view=view, name="mine now", audience="MINE", at=at)
    with pytest.raises(NotAllowed):
        services.delete_view(actor=ana, view=view, at=at)


def listing(person, text):
    return selectors.listing(person, CUSTOMERS, QueryDict(text), TODAY)


def test_a_view_opens_and_tells_when_it_is_changed(ana, at):
    view = saved(ana, at)
    opened = listing(ana, f"view={view.pk}")
    assert opened.state.query == {"utilisation": ["80.."]}
    assert [column.name for column in opened.columns] == ["name", "limit"]
    assert not opened.changed
    changed = listing(ana, opened.state.with_filter("bucket", ["M1"]).address())
    assert changed.changed
    assert changed.may_overwrite
    emptied = listing(ana, opened.state.without("utilisation").address())
    assert emptied.state.query == {}
    assert emptied.changed


def test_overwrite_needs_the_version(ana, at):
    view = saved(ana, at)
    services.overwrite_view(actor=ana, view=view, query={}, order="-dpd", columns=[], version=1, at=at)
    with pytest.raises(services.ChangedMeanwhile):
        services.overwrite_view(actor=ana, view=view, query={}, order="spend", columns=[], version=1, at=at)
    view.refresh_from_db()
    assert view.order == "-dpd"


def test_the_starred_view_opens_first(ana, at):
    view = saved(ana, at)
    assert services.star_view(actor=ana, view=view)
    assert listing(ana, "").state.view == view.pk
    assert not services.star_view(actor=ana, view=view)
    assert listing(ana, "").view.name == "All customers"


def test_counts_of_all_views_in_one_statement(ana, at, django_assert_num_queries):
    for share in (0.1, 0.9, 0.95):
        figures(customer(ana), utilisation=share)
    view = saved(ana, at)
    views = selectors.views_of(ana, CUSTOMERS)
    selectors.view_counts(ana, CUSTOMERS, views, TODAY)
    with django_assert_num_queries(1):
        counts = selectors.view_counts(ana, CUSTOMERS, views, TODAY)
    assert counts[view.pk] == "2"


def test_dialogs(ana, at, sign_in):
    browser = sign_in(ana)
    for name in ("filters", "columns", "manage", "tabs"):
        found = browser.get(f"/views/customers/{name}/?bucket=M1&order=-dpd", **PARTIAL)
        assert found.status_code == 200
        assert b"<html" not in found.content
        whole = browser.get(f"/views/customers/{name}/?bucket=M1&order=-dpd")
        assert whole.status_code == 200
    assert browser.get("/views/nothing/filters/").status_code == 404


def target(found) -> dict[str, list[str]]:
    return parse_qs(urlsplit(found["Location"]).query)


def test_choosing_filters_leads_to_the_list(ana, sign_in):
    sent = {
        "query": "search=wang&order=-dpd", "bucket": ["M1", "M2"], "utilisation__from": "80",
        "last_purchase__span": "..-30d", "unassigned": "",
    }  # fmt: skip
    found = sign_in(ana).post("/views/customers/filters/", sent)
    assert found.status_code == 302
    assert target(found) == {
        "search": ["wang"], "bucket": ["M1", "M2"], "utilisation": ["80.."], "last_purchase": ["..-30d"], "order": ["-dpd"],
    }  # fmt: skip


def test_choosing_columns(ana, sign_in):
    sent = {"query": "order=-dpd", "limit__on": "on", "limit__place": "2", "name__on": "on", "name__place": "1"}
    assert target(sign_in(ana).post("/views/customers/columns/", sent))["columns"] == ["name,limit"]


def test_saving_by_page(ana, sign_in):
    found = sign_in(ana).post(
        "/views/customers/manage/", {"query": "bucket=M1&order=-dpd", "name": "逾期", "audience": "MINE"}
    )
    view = SavedView.objects.get(name="逾期")
    assert target(found) == {"view": [str(view.pk)]}
    assert (view.query, view.order, view.owner) == ({"bucket": ["M1"]}, "-dpd", ana.person_no)
    bad = sign_in(ana).post("/views/customers/manage/", {"query": "", "name": " ", "audience": "MINE"}, **PARTIAL)
    assert bad.status_code == 422
    assert b"<html" not in bad.content


def test_a_foreign_view_is_missing(ana, ben, at, sign_in):
    view = saved(ben, at)
    for act in ("save", "rename", "delete", "star"):
        assert sign_in(ana).post(f"/views/view/{view.pk}/{act}/", {"name": "x"}).status_code == 404


def test_by_api_saved_shared_overwritten_starred_deleted(ana, lee, sign_in):
    leader, manager = sign_in(lee), sign_in(ana)

    def post(path, body=None, by=leader):
        return by.post(f"/api/v1/{path}", body or {}, content_type="application/json")

    address = "bucket=M1&bucket=M2&order=-spend&columns=name,spend_30d"
    made = post("lists/customers/views", {"name": "M1 M2", "audience": "TEAM", "address": address}).json()
    assert (made["audience"], made["version"], made["starred"]) == ("TEAM", 1, False)
    assert "bucket=M1" in made["address"] and "columns=name%2Cspend_30d" in made["address"]
    seen = manager.get("/api/v1/lists/customers/views").json()["items"]
    assert made["id"] in [one["id"] for one in seen]
    rows = [
        manager.get(f"/api/v1/customers?{made['address']}").status_code,
        post(f"views/{made['id']}/delete", by=manager).status_code,
    ]
    assert rows == [200, 403]
    told = leader.put(
        f"/api/v1/views/{made['id']}", {"address": "order=spend", "version": 1}, content_type="application/json"
    )
    assert (told.json()["version"], told.json()["address"]) == (2, "order=spend")
    late = leader.put(
        f"/api/v1/views/{made['id']}", {"address": "order=-spend", "version": 1}, content_type="application/json"
    )
    assert late.status_code == 409
    assert post(f"views/{made['id']}/star").json()["starred"] is True
    assert post(f"views/{made['id']}/rename", {"name": "自己的", "audience": "MINE"}).json()["name"] == "自己的"
    assert manager.get("/api/v1/lists/customers/views").json()["items"] != seen
    assert post(f"views/{made['id']}/delete").json() == {"deleted": True}
    assert not SavedView.objects.filter(pk=made["id"]).exists()


def test_by_api_what_cannot_be_read_is_refused_in_words(ana, sign_in):
    browser = sign_in(ana)
    for address in ("utilisation=x..", "nosuch=1", "order=nosuch"):
        body = {"name": "x", "address": address}
        told = browser.post("/api/v1/lists/customers/views", body, content_type="application/json")
        assert told.status_code == 422 and told.json()["detail" if "detail" in told.json() else "title"], address
    share = {"name": "x", "audience": "TEAM", "address": ""}
    assert browser.post("/api/v1/lists/customers/views", share, content_type="application/json").status_code == 422
    assert browser.get("/api/v1/lists/nosuch/views").status_code == 404
    assert not SavedView.objects.filter(owner=ana.person_no).exists()
