"""Who reaches what: every address × every role × things of another branch, generated from the URL table.

A page or operation that somebody adds is in here at once. It fails until it names the right it asks for
(`@needs`, `@staff`, `@public`) and until `foreign.py` knows how to make a foreign value for each of its parameters.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.apps import apps
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from kajing.customers.models import Customer
from kajing.org.models import Person
from kajing.org.rights import RIGHTS
from tests.access.addresses import ALLAUTH, NO_ANSWER, PUBLIC, Address, addresses
from tests.access.foreign import MARKS, SHARED, World, build, value_of

ALL = addresses()
OURS = [one for one in ALL if one.name not in ALLAUTH]
KNOWN_RIGHTS = frozenset().union(*RIGHTS.values())
REFUSED = {403, 404, 405}
ROLES = ("ana", "lee", "head", "risk", "service", "compliance", "admin", "auditor")
# Only these see no customer of Ben's: the others sit at head office and oversee both branches.
STRANGERS = ("ana", "lee", "head", "admin")
UNDECLARED = frozenset({"role", "branch", "owner_id", "unit", "is_active", "manager_id"})
# Asked of every list: plainly, as a fragment, as JSON, by parts of the marks, and for everything.
PARTS: tuple[tuple[str, dict[str, str]], ...] = (
    ("", {}),
    ("all=1&ids=DLEAKED01", {"HX-Request": "true"}),
    ("search=stxl&q=stxl&state=OPEN", {"Accept": "application/json"}),
    ("search=CLEAKED&q=CLEAKED", {"Accept": "application/json"}),
)


@pytest.fixture
def world(ana: Person, ben: Person, at: Any) -> World:
    cache.clear()
    return build(ana, ben, at)


@pytest.fixture
def cast(
    request: pytest.FixtureRequest, ana, lee, head, risk, service, compliance, admin, auditor
) -> dict[str, Person]:
    return {name: request.getfixturevalue(name) for name in ROLES}


def test_the_table_is_not_empty():
    assert len(ALL) > 40
    assert sum(one.is_api for one in ALL) >= 5
    assert {"customers", "workflow", "risk", "imports", "org", "audit"} <= {one.room for one in ALL}


@pytest.mark.parametrize("address", ALL, ids=str)
def test_every_address_names_its_right(address: Address):
    assert address.right, (
        f"{address} names no right: write @needs(…), @staff or @public above it (kajing/lib/access.py)"
    )
    if address.right == "public":
        assert address.name in PUBLIC | NO_ANSWER or ALLAUTH.get(address.name) == "public", f"{address} is open to all"
    elif address.right != "own":
        assert address.right in KNOWN_RIGHTS, (
            f"no role has the right {address.right} of {address} (kajing/org/rights.py)"
        )


def test_every_parameter_has_a_foreign_value(world: World):
    missing = []
    for address in OURS:
        for param in address.params:
            try:
                value_of(address.room, address.name, param, world, "foreign")
            except LookupError as error:
                missing.append(f"{address}: {param} ({error})")
    assert not missing, "\n".join(missing)


def ask(client: Client, address: Address, method: str, world: World, side: str, query: str = "", **headers: str) -> Any:
    client.raise_request_exception = False  # a failure is a line of the report, with its address
    values = {param: value_of(address.room, address.name, param, world, side) for param in address.params}
    path = address.path(values) + (f"?{query}" if query else "")
    if method == "GET":
        return client.get(path, headers=headers)
    if address.multipart:
        files = {name: SimpleUploadedFile("x.csv", b"a;b\n1;2\n") for name in ("file", "files") if name in address.body}
        form = {**address.body, **files}
        return client.post(path, form, headers=headers)
    if address.is_api:
        return client.generic(method, path, json.dumps(address.body), content_type="application/json", headers=headers)
    return client.post(path, headers=headers)


def body_of(response: Any) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return content.decode("utf-8", errors="replace")


def test_without_signing_in_nothing_answers(world: World):
    wrong = []
    for address in ALL:
        for method in address.methods:
            response = (
                ask(Client(), address, method, world, "own")
                if address.name not in ALLAUTH
                else Client().get("/" + address.route)
            )
            expected = {401} if address.is_api else {302, 404, 405}
            if address.right == "public":
                expected = {200, 302, 401, 404, 405}
            if response.status_code not in expected:
                wrong.append(f"{address} {method} → {response.status_code}")
            elif (
                response.status_code == 302
                and address.right != "public"
                and "/accounts/login/" not in response["Location"]
            ):
                wrong.append(f"{address} {method} leads to {response['Location']}")
    assert not wrong, "\n" + "\n".join(wrong)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_reaches_only_what_its_rights_name(
    role: str, world: World, cast: dict[str, Person], sign_in: Callable[..., Client]
):
    """The table role × operation: without the right it is 403 whatever is asked for, with it never 403."""
    person, client, wrong = cast[role], sign_in(cast[role]), []
    for address in OURS:
        if address.right in {"public", "own"}:
            continue
        allowed = person.has_perm(address.right)
        for method in address.methods:
            if allowed and (address.params or method != "GET"):
                continue  # objects are the next tests' matter
            response = ask(client, address, method, world, "own")
            good = response.status_code not in {401, 403} if allowed else response.status_code in {403, 405}
            if not good or response.status_code >= 500:
                wrong.append(f"{address} {method} needs {address.right} → {response.status_code}")
    assert not wrong, "\n" + "\n".join(wrong)


def state_of_the_foreign(world: World) -> Counter[str]:
    """Every row of every table that holds something of Ben's, so that a write to it shows."""
    found: Counter[str] = Counter()
    for model in apps.get_models():
        if model._meta.app_label in {
            "customers",
            "workflow",
            "risk",
            "records",
            "notifications",
            "org",
            "imports",
            "contact",
        }:
            for row in model._default_manager.values_list():
                text = repr(row)
                if any(mark in text for mark in ("LEAK", world.ben.person_no)):
                    found[f"{model.__name__} {text}"] += 1
    return found


@pytest.mark.parametrize("role", STRANGERS)
def test_a_foreign_object_is_missing_and_stays_as_it_was(
    role: str, world: World, cast: dict[str, Person], sign_in: Callable[..., Client]
):
    wrong = []
    targets = [one for one in OURS if one.params and not {(one.room, param) for param in one.params} <= SHARED]
    if role == "admin":  # an administrator manages people of every branch, and that is all
        targets = [one for one in targets if one.room != "org"]
    assert targets
    for address in targets:  # the values are made before the state is taken
        for param in address.params:
            value_of(address.room, address.name, param, world, "foreign")
    before, client = state_of_the_foreign(world), sign_in(cast[role])
    for address in targets:
        for method in address.methods:
            for headers in ({}, {"HX-Request": "true"})[: 2 if method == "GET" else 1]:
                response = ask(client, address, method, world, "foreign", **headers)
                if response.status_code not in REFUSED:
                    wrong.append(f"{address} {method} → {response.status_code}")
                leaked = [
                    mark for mark in MARKS if mark in body_of(response).replace(response.request["PATH_INFO"], "")
                ]
                if leaked:
                    wrong.append(f"{address} {method} shows {leaked}")
    assert not wrong, "\n" + "\n".join(wrong)
    assert state_of_the_foreign(world) == before


@pytest.mark.parametrize("role", STRANGERS)
def test_lists_search_counts_and_exports_leak_nothing(
    role: str, world: World, cast: dict[str, Person], sign_in: Callable[..., Client]
):
    wrong = []
    client = sign_in(cast[role])
    for address in OURS:
        shared = {(address.room, param) for param in address.params} <= SHARED
        if address.right == "public" or not shared or "GET" not in address.methods:
            continue
        for query, headers in PARTS:
            response = ask(client, address, "GET", world, "own", query, **headers)
            text = body_of(response)
            leaked = [mark for mark in MARKS if mark in text]
            if leaked or response.status_code >= 500:
                wrong.append(f"{address}?{query} → {response.status_code} {leaked}")
    assert not wrong, "\n" + "\n".join(wrong)


def test_ben_himself_finds_what_others_must_not(world: World, sign_in: Callable[..., Client]):
    """The other side of the leak tests: the marks are really there for who may read them."""
    client, seen = sign_in(world.ben), Counter()
    for address in OURS:
        if "GET" in address.methods and address.right != "public":
            text = body_of(ask(client, address, "GET", world, "foreign"))
            seen.update(mark for mark in MARKS if mark in text)
    assert {"CLEAKED01", "司徒泄露", "LEAKTITLE", "LEAKNEWS", "LEAKVIEW", "LEAKMARK", "LEAKTOKEN"} <= set(seen), seen


@pytest.mark.parametrize("role", ["ana", "lee", "head"])
def test_totals_of_the_api_count_only_what_is_listed(
    role: str, world: World, cast: dict[str, Person], sign_in: Callable[..., Client]
):
    client, counted = sign_in(cast[role]), 0
    for address in OURS:
        if address.method == "GET" and not address.params and cast[role].has_perm(address.right or ""):
            told = ask(client, address, "GET", world, "own").json()
            if isinstance(told, dict) and "total" in told and told.get("next") is None:
                assert told["total"] == len(told["items"]), address
                counted += 1
    assert counted >= 2


@pytest.mark.parametrize("role", STRANGERS)
def test_foreign_ids_in_bodies_are_refused(
    role: str, world: World, cast: dict[str, Person], sign_in: Callable[..., Client]
):
    """Bodies and forms that name Ben's customer, task or himself (IDOR in bodies, mass assignment)."""
    client, wrong = sign_in(cast[role]), []
    client.raise_request_exception = False
    writes = [one for one in OURS if not one.params and one.right != "public" and one.room != "org"]
    before = state_of_the_foreign(world)
    for address in writes:
        for planted in (
            {"customer_id": "CLEAKED01", "customer": "CLEAKED01"}, {"ids": ["CLEAKED01"], "all": "0", "reason": "because"},
            {"owner": world.ben.person_no, "manager": world.ben.person_no, "person_no": world.ben.person_no},
        ):  # fmt: skip
            if address.is_api and address.method != "GET":
                told = address.body if isinstance(address.body, dict) else {}
                known = {name: value for name, value in planted.items() if name in told}
                response = client.generic(
                    address.method, "/" + address.route, json.dumps({**told, **known}), content_type="application/json"
                )
            elif not address.is_api:
                form = {"title": "x", "due_at": "2099-12-01T10:00", "kind": "follow_up", "reason": "because", **planted}
                response = client.post("/" + address.route.replace("<slug:name>", "customers"), form)
            else:
                continue
            if response.status_code >= 500 or any(mark in body_of(response) for mark in MARKS if mark != "CLEAKED01"):
                wrong.append(f"{address} {planted} → {response.status_code}")
    assert not wrong, "\n" + "\n".join(wrong)
    assert state_of_the_foreign(world) == before


def test_fields_nobody_declared_are_refused(world: World, ben: Person, sign_in: Callable[..., Client]):
    """Nobody sets a role, an owner or a unit by the way: a field the operation does not name is refused."""
    client, wrong, asked = sign_in(ben), [], 0
    for address in OURS:
        if not address.is_api or not isinstance(address.body, dict):
            continue
        if address.multipart and not ben.has_perm(address.right or ""):
            continue  # the parts of a form are looked at after the right
        extras = dict.fromkeys(UNDECLARED - address.body.keys(), "ADMIN")
        response = ask(client, replace(address, body=address.body | extras), address.method, world, "foreign")
        asked += 1
        passed = [name for name in extras if name not in body_of(response)]
        if response.status_code != 422 or passed:
            wrong.append(f"{address} → {response.status_code}, not refused: {passed}")
    assert asked > 150
    assert not wrong, "\n" + "\n".join(wrong)


def test_the_pool_is_for_who_leads_not_for_every_manager(
    world: World, cast: dict[str, Person], sign_in: Callable[..., Client]
):
    Customer.objects.filter(pk="COWN00001").update(manager=None)
    assert sign_in(cast["ana"]).get("/customers/COWN00001/").status_code == 404
    assert sign_in(cast["lee"]).get("/customers/COWN00001/").status_code == 200


def test_a_substitute_and_a_guest_see_and_then_no_more(world: World, ana: Person, sign_in: Callable[..., Client]):
    from datetime import timedelta

    from kajing.org import services
    from kajing.org.models import Role
    from tests.factories.org import person

    today, at = timezone.localdate(), timezone.now()
    guest = person("guest", Role.MANAGER, world.ben.unit)
    path = "/customers/COWN00001/"
    assert sign_in(guest).get(path).status_code == 404
    services.grant_access(
        person=guest,
        customer_id="COWN00001",
        first_day=today,
        last_day=today,
        reason="visit",
        source="task:9",
        actor="P-LEE",
        at=at,
    )
    assert sign_in(guest).get(path).status_code == 200
    services.revoke_access(source="task:9", actor="P-LEE", at=at)
    assert sign_in(guest).get(path).status_code == 404
    made = services.set_substitute(
        person=ana, substitute=guest, first_day=today, last_day=today, reason="", actor="P-LEE", at=at
    )
    assert sign_in(guest).get(path).status_code == 200
    services.end_substitution(substitution=made, last_day=today - timedelta(days=1), actor="P-LEE", at=at)
    assert sign_in(guest).get(path).status_code == 404


def test_why_only_about_customers_the_asker_sees(world: World, cast: dict[str, Person], sign_in: Callable[..., Client]):
    assert sign_in(cast["ana"]).get("/org/why/COWN00001/").status_code == 200
    assert sign_in(cast["ana"]).get("/org/why/CLEAKED01/").status_code == 404
    assert sign_in(cast["ana"]).get("/org/why/CNOBODY/").status_code == 404
    assert sign_in(cast["admin"]).get("/org/why/COWN00001/").status_code == 403
    page = body_of(sign_in(cast["auditor"]).get("/org/why/CLEAKED01/?person=ana"))
    assert "本人管户" not in page
    assert sign_in(cast["auditor"]).get("/org/why/CLEAKED01/?person=nobody").status_code == 404
