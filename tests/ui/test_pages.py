"""The kit's own pages, the look of a person, and the manners of answers."""

import json
import re

import pytest
from django.http import Http404
from django.template import Context, Template
from django.urls import reverse

from kajing.ui import registry
from kajing.ui.look import COOKIE

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.ui.urls")]
PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Current-URL": "http://testserver/customers/?q=1"}


@pytest.fixture
def client(sign_in, ana):
    return sign_in(ana)


@pytest.mark.parametrize("name", ["ui:gallery", "ui:search", "ui:preferences", "ui:keys"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_pages_of_the_kit(client, ana, name, language):
    ana.language = language
    ana.save()
    answer = client.get(reverse(name))
    html = answer.content.decode()
    assert answer.status_code == 200
    assert f'<html lang="{"en" if language == "en" else "zh-Hans"}"' in html
    assert html.count("<h1") == 1
    assert "no-store" in answer.headers["Cache-Control"]
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert not re.search(r"\sstyle=|\son[a-z]+=", html)


def test_ids_on_the_gallery_are_unique(client):
    ids = re.findall(r'\sid="([^"]+)"', client.get(reverse("ui:gallery")).content.decode())
    assert sorted({one for one in ids if ids.count(one) > 1}) == []


def test_strangers_are_sent_to_sign_in(client):
    client.logout()
    answer = client.get(reverse("ui:gallery"))
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_login"))


def test_a_partial_request_after_the_session_goes_to_sign_in_and_back(client):
    client.logout()
    answer = client.get("/t/plain/", headers=PARTIAL)
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == f"{reverse('account_login')}?next=/customers/%3Fq%3D1"


# -- the look ----
def test_the_profile_wins_over_the_cookie_and_the_cookie_over_the_browser(client, ana):
    client.cookies[COOKIE] = "en.dark.cozy.open.on.neutral"
    ana.language, ana.theme, ana.density = "zh-hans", "light", "compact"
    ana.save()
    html = client.get(reverse("ui:keys")).content.decode()
    assert 'lang="zh-Hans" data-bs-theme="light" data-density="compact"' in html
    client.logout()
    client.cookies[COOKIE] = "en.dark.cozy.open.on.neutral"
    html = client.get(reverse("account_login")).content.decode()
    assert 'lang="en" data-bs-theme="dark"' in html
    del client.cookies[COOKIE]
    html = client.get(reverse("account_login"), headers={"Accept-Language": "en"}).content.decode()
    assert 'lang="en" data-bs-theme="auto"' in html


def test_one_changed_setting_is_enough_and_is_kept(client, ana):
    answer = client.post(reverse("ui:preferences"), {"theme": "dark"}, headers={"X-Requested-With": "kajing"})
    assert answer.status_code == 204
    client.post(
        reverse("ui:preferences"), {"colours": "red_up", "language": "en"}, headers={"X-Requested-With": "kajing"}
    )
    ana.refresh_from_db()
    assert (ana.theme, ana.language, ana.density) == ("dark", "en", "compact")
    assert ana.preferences["colours"] == "red_up"
    assert client.cookies[COOKIE].value == "en.dark.compact.open.on.red_up"


def test_an_unknown_choice_changes_nothing(client, ana):
    client.post(reverse("ui:preferences"), {"theme": "<script>", "is_active": "0", "role": "ADMIN"})
    ana.refresh_from_db()
    assert (ana.theme, ana.is_active, ana.role) == ("auto", True, "MANAGER")


def test_without_script_the_settings_form_saves_and_says_so_in_the_new_language(client):
    answer = client.post(reverse("ui:preferences"), {"language": "en"}, follow=True)
    assert b"Settings saved" in answer.content


def test_single_keys_can_be_switched_off(client):
    def keys():
        html = client.get(reverse("ui:keys")).content.decode()
        return dict(json.loads(re.search(r'<script id="kj-data"[^>]*>(.*?)</script>', html)[1])["keys"])

    assert keys()["j"] == "next"
    client.post(reverse("ui:preferences"), {"shortcuts": "off"})
    assert keys() == {"Mod+k": "palette", "Escape": "close"}


# -- search ----
@pytest.fixture
def providers(monkeypatch):
    found = registry.Registry("search provider")
    monkeypatch.setattr("kajing.ui.search.search_providers", found)
    return found


def hits(count):
    return lambda user, text, limit: [
        registry.Hit(title=f"{text} {n}", url=f"/{n}/", band="HIGH") for n in range(count)
    ][:limit]


def test_search_groups_hits_and_never_gives_more_than_20(client, providers):
    for key in "abcd":
        providers.register(registry.SearchProvider(key=key, title=key, search=hits(30)))
    answer = client.get(reverse("ui:search"), {"q": "wq"}, headers={"Accept": "application/json"}).json()
    assert [len(group["hits"]) for group in answer["groups"]] == [8, 8, 4]
    assert answer["groups"][0]["hits"][0]["bandIcon"] == "alert-triangle"
    page = client.get(reverse("ui:search"), {"q": "wq"}).content.decode()
    assert page.count("data-row") == 20


def test_search_asks_only_providers_this_person_may_use(client, providers):
    providers.register(registry.SearchProvider(key="x", title="x", search=hits(3), permission="audit.nobody_has_this"))
    answer = client.get(reverse("ui:search"), {"q": "wq"}, headers={"Accept": "application/json"})
    assert answer.json() == {"groups": []}


def test_an_empty_search_asks_nobody(client, providers):
    def never(user, text, limit):
        raise AssertionError

    providers.register(registry.SearchProvider(key="x", title="x", search=never))
    assert client.get(reverse("ui:search"), {"q": "  "}).status_code == 200


def test_before_typing_the_palette_offers_what_was_opened_last(client, providers):
    recent = lambda user, limit: hits(9)(user, "last", limit)
    providers.register(
        registry.SearchProvider(key="x", title="x", search=hits(3), recent=recent, recent_title="Recent")
    )
    answer = client.get(reverse("ui:search"), headers={"Accept": "application/json"}).json()
    assert [(group["title"], len(group["hits"])) for group in answer["groups"]] == [("Recent", 4)]


def test_search_text_is_escaped(client, providers):
    assert b"<script>alert" not in client.get(reverse("ui:search"), {"q": "<script>alert"}).content


# -- panels ----
@pytest.fixture
def panels(monkeypatch):
    def load(user, pk):
        if pk != "7":
            raise Http404
        return type("Thing", (), {"pk": "7"})()

    boxes = registry.Registry("panel")
    monkeypatch.setattr(registry, "panels", boxes)
    monkeypatch.setattr(registry, "_slots", {"s": registry.Slot(name="s", load=load)})
    return boxes


def box(**values):
    given = {"key": "p", "slot": "s", "title": "P", "template": "ui/parts/error.html", "lazy": True}
    return registry.Panel(**{**given, "data": lambda user, obj: {"title": obj.pk}, **values})


def test_a_lazy_panel_comes_for_a_record_in_scope(client, panels):
    panels.register(box())
    assert "7" in client.get(reverse("ui:panel", args=["p", "7"])).content.decode()


def test_a_foreign_record_an_unknown_panel_and_a_missing_right_look_the_same(client, panels):
    panels.register(box())
    panels.register(box(key="q", permission="audit.nobody_has_this"))
    for key, pk in (("p", "8"), ("x", "7"), ("q", "7")):
        assert client.get(reverse("ui:panel", args=[key, pk]), headers=PARTIAL).status_code == 404


def test_a_panel_with_nothing_to_say_stays_away(client, panels):
    panels.register(box(data=lambda user, obj: None))
    assert client.get(reverse("ui:panel", args=["p", "7"])).content == b""


def test_all_lazy_panels_of_a_page_come_in_one_answer(client, panels, monkeypatch):
    load = registry.slot("s").load
    monkeypatch.setattr(registry, "_slots", {n: registry.Slot(name=n, load=load) for n in ("s", "s.left", "st")})

    def broken(user, obj):
        raise ZeroDivisionError

    panels.register(box())
    panels.register(box(key="left", slot="s.left", data=lambda user, obj: {"title": "on the left"}))
    panels.register(box(key="none", data=lambda user, obj: None))
    panels.register(box(key="gone", data=lambda user, obj: load(user, "8")))
    panels.register(box(key="broken", title="B", data=broken))
    panels.register(box(key="eager", lazy=False))
    panels.register(box(key="other", slot="st"))
    panels.register(box(key="right", permission="audit.nobody_has_this"))
    text = client.get(reverse("ui:panels", args=["s", "7"]), headers=PARTIAL).content.decode()
    places = re.findall(r'<hx-partial hx-target="#panel-(\w+)" hx-swap="(\w+)">', text)
    assert dict(places) == {
        "p": "outerHTML", "left": "outerHTML", "none": "delete", "gone": "delete", "broken": "outerHTML",
    }  # fmt: skip
    assert "on the left" in text
    assert reverse("ui:panel", args=["broken", "7"]) in text


def test_panels_of_a_foreign_record_or_an_unknown_page_are_missing(client, panels):
    panels.register(box())
    for page, pk in (("s", "8"), ("x", "7")):
        assert client.get(reverse("ui:panels", args=[page, pk]), headers=PARTIAL).status_code == 404


def test_only_the_first_lazy_panel_of_a_page_asks(panels, rf, ana):
    panels.register(box())
    panels.register(box(key="left", slot="s.left"))
    request = rf.get("/")
    request.user = ana
    template = Template('{% load kajing %}{% panels "s.left" thing %}{% panels "s" thing %}')
    text = template.render(Context({"request": request, "thing": type("Thing", (), {"pk": "7"})()}))
    assert text.count("aria-busy") == 2
    assert re.findall(r'hx-get="([^"]+)"', text) == [reverse("ui:panels", args=["s", "7"])]


# -- answers ----
def test_a_message_becomes_a_toast_on_a_partial_request(client):
    answer = client.get("/t/said/", headers=PARTIAL)
    assert answer.content == b"<p id='x'>ok</p>"
    assert json.loads(answer.headers["HX-Trigger"]) == {"toast": [{"text": "已保存", "undo": "/undo/1/", "tone": ""}]}
    assert "已保存" not in client.get(reverse("ui:keys")).content.decode()


def test_news_after_a_redirect_stand_on_the_next_page(client):
    client.post("/t/saved/")
    html = client.get(reverse("ui:keys")).content.decode()
    assert 'data-toast="undo:/undo/1/ success"' in html or 'data-toast="undo:/undo/1/"' in html
    assert "已保存" in html


@pytest.mark.parametrize("url", ["/t/gone/", "/t/saved/"])
def test_news_of_an_answer_that_leads_away_wait_for_the_page_it_leads_to(client, url):
    answer = client.post(url, headers=PARTIAL)
    assert "HX-Trigger" not in answer.headers
    assert 'class="toast' in client.get(reverse("ui:keys")).content.decode()


def test_done_is_empty_closes_the_dialog_and_announces(client):
    answer = client.post("/t/done/", headers=PARTIAL)
    assert answer.status_code == 204
    header = answer.headers["HX-Trigger"]
    assert header.isascii()
    assert json.loads(header) == {
        "dialog:close": True,
        "tasks:changed": True,
        "toast": [{"text": "任务已完成", "undo": "/undo/1/", "tone": ""}],
    }


def test_a_revealed_field_carries_its_mask_and_is_never_stored(client):
    answer = client.post("/t/reveal/", headers=PARTIAL)
    html = answer.content.decode()
    assert "no-store" in answer.headers["Cache-Control"]
    assert "12912345521" in html
    assert re.search(r"<template><span class=\"mask\".*129\*\*\*\*5521.*hx-post=\"/t/reveal/\"", html, re.DOTALL)


def test_a_stale_write_shows_both_values(client):
    answer = client.post("/t/conflict/", headers=PARTIAL)
    assert answer.status_code == 409
    assert all(text in answer.content.decode() for text in ("<dd>A</dd>", "<dd>B</dd>", "李强"))


@pytest.mark.parametrize(("path", "status"), [("/t/missing/", 404), ("/t/refused/", 403), ("/t/broken/", 500)])
def test_errors_are_small_fragments_for_partial_requests_and_pages_otherwise(client, path, status):
    client.raise_request_exception = False
    fragment = client.get(path, headers=PARTIAL)
    page = client.get(path)
    assert (fragment.status_code, page.status_code) == (status, status)
    assert b"<html" not in fragment.content
    assert len(fragment.content) < 1500
    assert b"<html" in page.content
    assert b"secret detail" not in fragment.content + page.content


def test_a_refusal_says_who_may(client):
    assert b"Only team leaders may." in client.get("/t/refused/", headers=PARTIAL).content


def test_caches_tell_partial_from_whole(client):
    vary = client.get("/t/plain/").headers["Vary"]
    assert {"HX-Request", "HX-Request-Type"} <= {name.strip() for name in vary.split(",")}
