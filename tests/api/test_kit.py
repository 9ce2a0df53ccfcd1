"""The API kit: sign-in, idempotency, problem documents, paging, docs."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from ninja import Router

from kajing.api import paging, problems
from kajing.api.schemas import Body, Line
from kajing.audit.models import AuditRow
from kajing.lib.errors import DomainError
from kajing.org import services
from kajing.org.models import ApiToken, IdempotencyKey, Person


@pytest.fixture
def token(ana):
    return services.make_token(person=ana, name="test", actor="system", at=timezone.now())[1]


@pytest.fixture
def bearer(token):
    return Client(headers={"Authorization": f"Bearer {token}"})


def test_me_by_token_and_by_session(bearer, ana, sign_in):
    told = bearer.get("/api/v1/me").json()
    assert told["person_no"] == ana.person_no
    assert told["role"] == "MANAGER"
    assert told["unit_code"] == "T01"
    assert told["scope"]
    assert sign_in(ana).get("/api/v1/me").json() == told


@pytest.mark.parametrize("header", ["Bearer nobody.x", "Bearer ", "Basic YTpi", "Bearer a.b.c", "Bearer \u00e9.x"])
def test_a_wrong_token_is_401_and_never_falls_back_to_the_session(db, ana, sign_in, header):
    for client in (Client(), sign_in(ana)):
        response = client.get("/api/v1/me", headers={"Authorization": header.encode().decode("latin-1")})
        assert response.status_code == 401
        assert response["Content-Type"] == "application/problem+json"
        assert response["WWW-Authenticate"].startswith("Bearer")


def test_anonymous_is_401_not_a_redirect(db):
    response = Client().get("/api/v1/me")
    assert response.status_code == 401
    assert response.json()["request_id"] == response["X-Request-Id"]


def test_expired_and_revoked_tokens_are_dead(bearer, token, ana):
    held = ApiToken.objects.get()
    ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert bearer.get("/api/v1/me").status_code == 401
    ApiToken.objects.update(expires_at=timezone.now() + timedelta(days=1))
    assert bearer.get("/api/v1/me").status_code == 200
    services.revoke_token(token=held, actor="system", at=timezone.now())
    assert bearer.get("/api/v1/me").status_code == 401


def test_the_token_of_somebody_who_left_is_dead(bearer, ana):
    Person.objects.filter(pk=ana.pk).update(left_on=timezone.localdate() - timedelta(days=1))
    assert bearer.get("/api/v1/me").status_code == 401


def test_only_the_digest_of_a_token_is_kept(token):
    held = ApiToken.objects.get()
    secret = token.split(".")[1]
    assert len(secret) >= 43
    assert secret not in json.dumps(str(ApiToken.objects.values().get()))
    assert held.prefix in AuditRow.objects.get(action="org.make_token").changes["token"]


def test_the_token_command_prints_it_once(ana, capsys):
    call_command("token", "ana", "--days", "5")
    text = capsys.readouterr().out.strip()
    assert Client(headers={"Authorization": f"Bearer {text}"}).get("/api/v1/me").status_code == 200
    assert (ApiToken.objects.get().expires_at - timezone.now()).days == 4
    with pytest.raises(Exception, match="nobody"):
        call_command("token", "nobody")


# -- a small API of its own, so that the kit is tested without another room ------------------------------------------
class PayIn(Body):
    to: Line
    fen: int


class CannotPay(DomainError):
    def __str__(self) -> str:
        return "The account is closed."


calls: list[str] = []


def _router():
    router = Router()

    @router.post("/pay", response=dict)
    def pay(request, body: PayIn):
        services.make_token(person=request.user, name=body.to, actor="system", at=timezone.now())
        calls.append(body.to)
        if body.to == "closed":
            raise CannotPay
        return {"paid": body.fen, "nonce": len(calls)}

    @router.get("/busy")
    def busy(request, how: str):
        raise {
            "locked": OperationalError("database is locked"),
            "full": OperationalError("database or disk is full"),
            "bug": OperationalError("no such table: x"),
            "crash": ZeroDivisionError("secret detail"),
        }[how]

    return router


@pytest.fixture
def kit(settings):
    import sys
    import types

    from django.urls import clear_url_caches, path

    from kajing.api.openapi import KajingAPI
    from kajing.org.bearer import Bearer, Session
    from kajing.org.idempotency import once

    api = KajingAPI(urls_namespace="kit", auth=[Bearer(), Session()])
    api.add_decorator(once, mode="view")
    problems.install(api)
    api.add_router("", _router())
    module = types.ModuleType("kit_urls")
    from kajing.config.urls import urlpatterns

    module.urlpatterns = [path("api/v1/kit/", api.urls), *urlpatterns]
    sys.modules["kit_urls"] = module
    settings.ROOT_URLCONF = "kit_urls"
    clear_url_caches()
    calls.clear()
    yield
    clear_url_caches()


def post(client, body, key=None, path="/api/v1/kit/pay", **headers):
    if key is not None:
        headers["Idempotency-Key"] = key
    return client.post(path, json.dumps(body), content_type="application/json", headers=headers)


def test_the_same_key_gives_the_same_answer_once(kit, bearer):
    first = post(bearer, {"to": "wang", "fen": 100}, "k1")
    again = post(bearer, {"to": "wang", "fen": 100}, "k1")
    assert first.status_code == again.status_code == 200
    assert first.content == again.content
    assert again["Idempotency-Replayed"] == "true"
    assert calls == ["wang"]
    assert post(bearer, {"to": "wang", "fen": 100}, "k2").json()["nonce"] == 2


def test_another_body_under_the_key_is_refused(kit, bearer):
    post(bearer, {"to": "wang", "fen": 100}, "k1")
    response = post(bearer, {"to": "wang", "fen": 999}, "k1")
    assert response.status_code == 422
    assert calls == ["wang"]


def test_a_refused_request_writes_nothing_and_leaves_the_key_free(kit, bearer):
    before = ApiToken.objects.count()
    response = post(bearer, {"to": "closed", "fen": 1}, "k1")
    assert response.status_code == 409
    assert response.json()["detail"] == "The account is closed."
    assert ApiToken.objects.count() == before
    assert IdempotencyKey.objects.count() == 0


def test_the_key_of_one_person_is_not_the_key_of_another(kit, bearer, ben):
    other = services.make_token(person=ben, name="t", actor="system", at=timezone.now())[1]
    post(bearer, {"to": "wang", "fen": 100}, "k1")
    assert post(Client(headers={"Authorization": f"Bearer {other}"}), {"to": "li", "fen": 5}, "k1").json()["paid"] == 5


def test_keys_work_in_a_session_too(kit, ana, sign_in):
    client = sign_in(ana)
    first = post(client, {"to": "wang", "fen": 100}, "k1")
    assert post(client, {"to": "wang", "fen": 100}, "k1").content == first.content
    assert calls == ["wang"]


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_key_that_is_none(kit, bearer, key):
    assert post(bearer, {"to": "wang", "fen": 1}, key).status_code == 422
    assert calls == []


def test_keys_are_kept_a_day_and_more(kit, bearer):
    post(bearer, {"to": "wang", "fen": 100}, "k1")
    assert services.tidy(at=timezone.now() + timedelta(hours=25)) == 0
    assert services.tidy(at=timezone.now() + timedelta(hours=49)) == 1


def test_a_session_needs_the_csrf_token(kit, ana):
    client = Client(enforce_csrf_checks=True)
    from allauth.mfa.models import Authenticator

    Authenticator.objects.create(user=ana, type="totp", data={"secret": ""})
    client.force_login(ana, backend="kajing.org.adapters.StaffBackend")
    assert post(client, {"to": "wang", "fen": 1}).status_code == 403
    client.get("/accounts/password/change/")
    secret = client.cookies["csrftoken"].value
    assert post(client, {"to": "wang", "fen": 1}, **{"X-CSRFToken": secret}).status_code == 200


def test_a_read_only_token_may_not_write(kit, ana):
    text = services.make_token(person=ana, name="r", actor="system", at=timezone.now(), read_only=True)[1]
    client = Client(headers={"Authorization": f"Bearer {text}"})
    assert client.get("/api/v1/me").status_code == 200
    assert post(client, {"to": "wang", "fen": 1}).status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        {"to": "wang", "fen": 1, "role": "ADMIN"}, {"to": "wang", "fen": 1, "owner": "P-BEN"}, {"to": "", "fen": 1},
        {"to": "a\u0000b", "fen": 1}, {"to": "x" * 201, "fen": 1}, {"fen": 1}, {"to": "wang", "fen": "1e999"}, [], "x", None,
    ],
)  # fmt: skip
def test_what_is_not_declared_or_does_not_fit_is_422(kit, bearer, body):
    response = post(bearer, body)
    assert response.status_code == 422
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["errors"]
    assert calls == []


@pytest.mark.parametrize("how, status", [("locked", 503), ("full", 507), ("bug", 500), ("crash", 500)])
def test_failures_are_told_without_details(kit, bearer, how, status):
    response = bearer.get(f"/api/v1/kit/busy?how={how}")
    assert response.status_code == status
    assert "secret" not in response.content.decode()
    assert ("Retry-After" in response) == (status in (503, 507))


def test_unknown_address_and_method_are_problem_documents(bearer):
    for response, status in ((bearer.get("/api/v1/nothing"), 404), (bearer.delete("/api/v1/me"), 405)):
        assert response.status_code == status
        assert response["Content-Type"] == "application/problem+json"


def test_the_title_is_in_the_language_of_the_reader(ana, bearer):
    Person.objects.filter(pk=ana.pk).update(language="en")
    assert bearer.get("/api/v1/nothing").json()["title"] == "Not found"


# -- paging ------------------------------------------------------------------------------------------------------------
@pytest.fixture
def keys(ana):
    at = timezone.now()
    return [
        IdempotencyKey.objects.create(person=ana, key=f"k{n}", request_hash="", status=status, created_at=at)
        for n, status in enumerate([3, None, 1, 2, 2, None, 1])
    ]


@pytest.mark.parametrize("order", [("status", "pk"), ("-status", "pk"), ("-status", "-pk"), ("pk",)])
def test_pages_together_are_the_whole_list(keys, order):
    rows = IdempotencyKey.objects.all()
    whole = paging.page(rows, order=order, limit=50)
    seen, cursor = [], ""
    while cursor is not None:
        part = paging.page(rows, order=order, cursor=cursor, limit=2)
        seen += part["items"]
        cursor = part["next"]
    assert seen == whole["items"]
    assert len(seen) == 7
    assert whole["total"] == 7


def test_empty_values_come_last_both_ways(keys):
    for order in ("status", "-status"):
        found = paging.page(IdempotencyKey.objects.all(), order=(order, "pk"))["items"]
        assert [row.status for row in found][-2:] == [None, None]


def test_a_cursor_of_another_list_or_a_forged_one_is_refused(keys):
    cursor = paging.make_cursor(keys[0], ("status", "pk"))
    for bad in (cursor[:-2], "x", "W10:abc"):
        with pytest.raises(paging.BadCursor):
            paging.read_cursor(bad, ("status", "pk"))
    with pytest.raises(paging.BadCursor):
        paging.read_cursor(cursor, ("-status", "pk"))


def test_a_bad_cursor_is_422(auditor):
    text = services.make_token(person=auditor, name="r", actor="system", at=timezone.now())[1]
    response = Client(headers={"Authorization": f"Bearer {text}"}).get("/api/v1/audit?cursor=zzz")
    assert response.status_code == 422


def test_counting_stops_at_a_thousand(ana):
    at = timezone.now()
    IdempotencyKey.objects.bulk_create(
        IdempotencyKey(person=ana, key=f"k{n}", request_hash="", created_at=at) for n in range(1001)
    )
    assert paging.count(IdempotencyKey.objects.all()) == "1000+"
    assert paging.count(IdempotencyKey.objects.filter(key="k1")) == 1


# -- docs --------------------------------------------------------------------------------------------------------------
def test_the_document_is_openapi_31_with_errors_and_keys(db):
    schema = Client().get("/api/v1/openapi.json").json()
    assert schema["openapi"].startswith("3.1")
    assert schema["components"]["securitySchemes"].keys() == {"Bearer", "Session"}
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            assert "404" in operation["responses"], path
            named = [one["name"] for one in operation["parameters"]]
            assert ("Idempotency-Key" in named) == (method != "get"), path


def test_every_operation_tells_an_example(db):
    from kajing.api.docs import rooms

    schema = Client().get("/api/v1/openapi.json").json()
    bare = [one["path"] for room in rooms(schema) for one in room["operations"] if not one["example"]]
    assert bare == []


def test_the_docs_page_needs_no_script(db):
    response = Client().get("/api/v1/docs")
    assert response.status_code == 200
    text = response.content.decode()
    assert "/api/v1/me" in text
    assert "<script" not in text.replace('type="application/json"', "")
    assert "style=" not in text


def test_no_two_schemas_share_a_name():
    """The document names schemas by class: a second one of a name would describe the first one's operations wrongly."""
    import ast
    from collections import Counter
    from pathlib import Path

    import kajing

    found = Counter(
        node.name
        for path in Path(kajing.__file__).parent.rglob("*.py")
        if path.name == "api.py" or path.stem.endswith("_api") or path.parent.name == "api"
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef)
    )
    assert len(found) > 80
    assert [name for name, count in found.items() if count > 1] == []
