"""Who may read the trail, and the record of nights."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from kajing.audit import selectors, services
from kajing.audit.models import AuditRow, Night

DAY = date(2026, 11, 22)


@pytest.fixture
def acts(db):
    at = timezone.now()
    for actor, action, customer in (
        ("P-ANA", "customers.reveal", "C1"), ("P-ANA", "sign_in", ""), ("system", "imports.load", ""),
        ("P-BEN", "org.grant_access", "C2"), ("P-BEN", "org.make_token", ""),
    ):  # fmt: skip
        services.record(
            actor=actor,
            action=action,
            object_kind="thing",
            object_id=f"{action}-1",
            customer_id=customer,
            at=at,
            reason=f"grounds: {action}",
        )


def api(client, path="/api/v1/audit"):
    return client.get(path).json()["items"]


def test_auditor_and_compliance_read_all(acts, auditor, compliance, sign_in):
    for one in (auditor, compliance):
        client = sign_in(one)
        found = {row["action"] for row in api(client)}
        assert {"customers.reveal", "org.grant_access", "sign_in"} <= found
        page = client.get("/audit/").content.decode()
        assert "grounds: customers.reveal" in page


def test_an_administrator_reads_system_events_only(acts, admin, sign_in):
    client = sign_in(admin)
    found = {row["action"] for row in api(client)}
    assert {"imports.load", "org.make_token"} <= found
    assert not {"customers.reveal", "org.grant_access"} & found
    assert "C1" not in client.get("/audit/").content.decode()
    assert api(client, "/api/v1/audit?customer_id=C1") == []


@pytest.mark.parametrize(("language", "told"), [("zh-hans", "标签"), ("en", "Tag")])
def test_kinds_of_objects_are_said_in_words_and_narrow_the_trail(acts, auditor, sign_in, language, told):
    at = timezone.now()
    for kind in ("person", "tag"):
        services.record(actor="system", action="org.tick", object_kind=kind, object_id=f"the-{kind}", at=at)
    auditor.language = language
    auditor.save()
    client = sign_in(auditor)
    page = client.get("/audit/?object_kind=tag").content.decode()
    assert f'{told} <span class="num">the-tag</span>' in page
    assert "the-person" not in page
    assert 'thing <span class="num">' in client.get("/audit/").content.decode()  # nobody named it: its code


def test_the_trail_names_who_acted(acts, ana, auditor, sign_in):
    auditor.language = "en"
    auditor.save()
    services.record(actor="P-GONE", action="org.tick", object_kind="tag", object_id="1", at=timezone.now())
    client = sign_in(auditor)
    page = client.get("/audit/").content.decode()
    assert f'{ana.name}<br><small class="num">{ana.person_no}</small>' in page
    assert '<td class="m m2">System</td>' in page
    assert '<td class="m m2">P-GONE</td>' in page
    sight = [row["actor"] for row in api(client)]
    assert {"system", ana.person_no, "P-GONE"} <= set(sight)  # the API gives the numbers, as before


def test_nobody_else_reads_it(acts, ana, lee, head, risk, service, sign_in):
    for one in (ana, lee, head, risk, service):
        assert sign_in(one).get("/audit/").status_code == 403
        assert sign_in(one).get("/api/v1/audit").status_code == 403


@pytest.mark.parametrize(
    "query, actions",
    [
        ("actor=P-ANA&action=customers", ["customers.reveal"]),
        ("customer_id=C2", ["org.grant_access"]),
        ("action=imports.load", ["imports.load"]),
        ("actor=P-NOBODY", []),
    ],
)
def test_searching(acts, auditor, sign_in, query, actions):
    client = sign_in(auditor)
    assert [row["action"] for row in api(client, f"/api/v1/audit?{query}")] == actions


def test_searching_by_day_on_the_page(acts, auditor, sign_in):
    client = sign_in(auditor)
    tomorrow = (timezone.localdate() + timedelta(days=1)).isoformat()
    assert "grounds:" not in client.get(f"/audit/?first_day={tomorrow}").content.decode()
    assert "grounds:" in client.get(f"/audit/?last_day={tomorrow}&object_id=sign_in-1").content.decode()
    assert client.get("/audit/?first_day=yesterday&action=nothing").status_code == 200


def test_the_trail_pages_by_cursor(auditor, sign_in, at):
    for n in range(60):
        services.record(actor="system", action="org.tick", object_kind="t", object_id=f"tick-{n}", at=at)
    client = sign_in(auditor)
    first = client.get("/audit/?action=org.tick").content.decode()
    assert "tick-59" in first
    older = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = client.get(f"/audit/{older}").content.decode()
    assert "tick-9<" in second
    assert "tick-59" not in second


def test_an_act_inside_a_request_knows_address_and_request(ana, sign_in):
    client = sign_in(ana)
    client.post(
        "/org/tokens/", {"name": "x", "days": 1}, REMOTE_ADDR="10.1.2.3", headers={"X-Request-Id": "abc-12345678"}
    )
    row = AuditRow.objects.get(action="org.make_token")
    assert (row.address, row.request_id) == ("10.1.2.3", "abc-12345678")


# -- nights ------------------------------------------------------------------------------------------------------------
def run(at, *, fail=False, as_of=DAY):
    night = services.start_night(as_of=as_of, at=at, steps=["marts", "alerts"])
    step = services.start_step(night=night, name="marts")
    services.end_step(step=step, rows=30_000, counts={"accounts": 30_000}, seconds=1.25)
    services.start_step(night=night, name="alerts")
    if fail:
        return services.fail_night(night=night, at=at, error="the disk is full")
    services.end_step(step=night.steps.get(name="alerts"), rows=12, seconds=0.5)
    return services.end_night(night=night, at=at)


def test_a_night_is_recorded_with_its_steps(auditor, sign_in, at):
    run(at)
    assert selectors.last_night() == DAY
    assert selectors.business_today() == DAY + timedelta(days=1)
    (told,) = api(sign_in(auditor), "/api/v1/nights")
    assert (told["as_of"], told["state"]) == ("2026-11-22", "DONE")
    assert [(step["name"], step["rows"], step["seconds"]) for step in told["steps"]] == [
        ("marts", 30_000, 1.25),
        ("alerts", 12, 0.5),
    ]


def test_a_night_twice_is_one_row_and_stays_published_while_it_runs(db, at):
    run(at)
    night = services.start_night(as_of=DAY, at=at)
    assert (night.state, selectors.last_night()) == (Night.State.RUNNING, DAY)
    run(at)
    assert Night.objects.count() == 1
    assert Night.objects.get().steps.count() == 2


def test_a_failed_night_keeps_the_step_and_the_cause(ana, sign_in, at):
    run(at, fail=True)
    assert selectors.last_night() is None
    assert list(Night.objects.get().steps.values_list("state", flat=True)) == ["DONE", "FAILED"]
    assert "the disk is full" in sign_in(ana).get("/audit/nights/").content.decode()


def test_the_page_of_a_running_night_shows_progress(ana, sign_in, at):
    night = services.start_night(as_of=DAY, at=at, steps=["a", "b", "c", "d"])
    services.end_step(step=services.start_step(night=night, name="a"), seconds=1)
    assert night.share == 0.25
    page = sign_in(ana).get("/audit/nights/?as_of=2026-11-22").content.decode()
    assert "2026-11-22" in page
    assert 'class="prog' in page


def test_no_night_yet(ana, sign_in):
    assert sign_in(ana).get("/audit/nights/?as_of=never").status_code == 200


def test_questions_and_the_file_by_api(acts, auditor, admin, sign_in):
    client = sign_in(auditor)
    asked = [one["key"] for one in api(client, "/api/v1/audit/questions")]
    assert asked
    everything = len(api(client))
    answers = [api(client, f"/api/v1/audit?question={key}") for key in asked]
    assert all(len(rows) < everything for rows in answers)
    assert api(client, "/api/v1/audit?question=nosuch") == []
    assert api(client, "/api/v1/audit?first_day=2099-01-01") == []
    body = {"actor": "P-ANA", "form": "csv"}
    file = client.post("/api/v1/audit/file", body, content_type="application/json")
    assert file.status_code == 200 and "customers.reveal" in file.content.decode()
    assert "P-BEN" not in file.content.decode()
    told = AuditRow.objects.filter(action="audit.export").latest("id")
    assert (told.actor, told.changes["filters"]) == (auditor.person_no, {"actor": "P-ANA"})
    limited = sign_in(admin).post("/api/v1/audit/file", {}, content_type="application/json").content.decode()
    assert "org.make_token" in limited and "customers.reveal" not in limited


def test_acts_stand_in_words_with_their_code_beside(acts, auditor, sign_in):
    client = sign_in(auditor)
    page = client.get("/audit/").content.decode()
    assert "查看个人信息明文" in page and "<code>customers.reveal</code>" in page
    assert "查看个人信息明文 · customers.reveal" in page  # in the choices of the search
    told = {row["action"]: row["act"] for row in api(client)}
    assert told["customers.reveal"] == "查看个人信息明文" and told["imports.load"] == "imports.load"
