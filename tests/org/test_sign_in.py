"""Signing in: sessions, lock-out, enumeration, second factor, and what of it is in the audit trail."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from kajing.audit.models import AuditRow
from kajing.org import services
from kajing.org.middleware import SEEN, STARTED, expired
from kajing.org.models import Person, Role
from kajing.org.rights import RIGHTS, SECOND_FACTOR
from tests.people import PASSWORD

LOGIN = "/accounts/login/"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture(autouse=True)
def no_limits_left_over(db):
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def demo(settings):
    """Without the second factor, as in the demo bank."""
    settings.KAJING_DEMO = True


def sign_in_as(name, password=PASSWORD, client=None, **extra):
    client = client or Client()
    return client, client.post(LOGIN, {"login": name, "password": password}, **extra)


def code(secret):
    """The code an authenticator app shows now."""
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def actions():
    return list(AuditRow.objects.order_by("id").values_list("action", "object_id"))


def test_signing_in_and_out_with_a_new_session_id(ana, demo):
    client = Client()
    client.get(LOGIN)
    session = client.session
    session["planted"] = True
    session.save()
    client.cookies["kajing_session"] = planted = session.session_key
    _client, response = sign_in_as("ana", client=client)
    assert response.status_code == 302
    cookie = client.cookies["kajing_session"]
    assert cookie.value != planted
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert client.get("/org/me/").status_code == 200
    kept = Client()
    kept.cookies["kajing_session"] = cookie.value
    client.post("/accounts/logout/")
    assert kept.get("/org/me/").status_code == 302
    assert actions() == [("sign_in", "P-ANA"), ("sign_out", "P-ANA")]


def test_pages_of_a_session_are_never_stored(ana, demo, sign_in):
    for path in ("/org/me/", "/api/v1/me", "/audit/nights/"):
        assert "no-store" in sign_in(ana).get(path)["Cache-Control"], path


def test_wrong_name_wrong_password_and_left_look_the_same(ana, ben, demo):
    Person.objects.filter(pk=ben.pk).update(left_on=timezone.localdate() - timedelta(days=1))
    answers = []
    for name, password in (("nobody", PASSWORD), ("ana", "wrong"), ("ben", PASSWORD), ("ben", "wrong")):
        client, response = sign_in_as(name, password)
        assert response.status_code == 200
        assert "_auth_user_id" not in client.session
        text = response.content.decode().replace(f'value="{name}"', "")
        answers.append(text[text.index("<main") :].split("csrfmiddlewaretoken")[0] + text[text.index("errs") :][:400])
    assert len(set(answers)) == 1
    assert [action for action, _object in actions()] == ["sign_in_failed"] * 4
    assert actions()[0][1] == "-"  # a name that does not exist is not kept


@pytest.mark.parametrize("name", ["ana", "nobody"])
def test_five_failures_lock_name_and_address(ana, ben, demo, name):
    for _try in range(5):
        _client, _response = sign_in_as(name, "wrong")
    locked = sign_in_as(name, PASSWORD)[1]
    assert "_auth_user_id" not in locked.client.session
    assert "15" in locked.content.decode()
    # another person from the same address, and the same person from another address, are not locked
    assert sign_in_as("ben")[1].status_code == 302
    assert ("sign_in_locked", "P-ANA" if name == "ana" else "-") in actions()
    if name == "ana":
        cache.clear()
        assert sign_in_as("ana")[1].status_code == 429
        assert sign_in_as("ana", REMOTE_ADDR="10.0.0.9")[1].status_code == 302


def test_the_lock_lasts_a_quarter_of_an_hour(ana, demo, monkeypatch):
    from axes.models import AccessAttempt

    for _try in range(5):
        sign_in_as("ana", "wrong")
    cache.clear()
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=14))
    assert sign_in_as("ana")[1].status_code == 429
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))
    cache.clear()
    assert sign_in_as("ana")[1].status_code == 302


@pytest.mark.parametrize(
    "started, seen, now, over",
    [
        (0, 0, 900, False),
        (0, 0, 901, True),
        (0, 43_000, 43_200, False),
        (0, 43_100, 43_201, True),
        (0, 100, 1000, False),
    ],
)
def test_fifteen_idle_minutes_and_twelve_hours(started, seen, now, over):
    assert expired(started, seen, now) is over


def test_an_idle_session_is_over(ana, demo):
    client, _response = sign_in_as("ana")
    session = client.session
    session[SEEN] = int(time.time()) - 901
    session.save()
    assert client.get("/org/me/").status_code == 302
    assert "_auth_user_id" not in client.session


def test_an_old_session_is_over_however_busy(ana, demo):
    client, _response = sign_in_as("ana")
    session = client.session
    session[STARTED] = int(time.time()) - 12 * 3600 - 1
    session.save()
    assert client.get("/org/me/").status_code == 302


def test_password_role_and_leaving_end_every_session(ana, admin, demo, at):
    for change in (
        lambda: services.set_password(person=ana, password="another-lantern-43", actor="P-ADMIN", at=at),
        lambda: services.change_role(person=ana, role=Role.LEADER, on=at.date(), actor="P-ADMIN", at=at),
        lambda: services.leave(person=ana, last_day=timezone.localdate() - timedelta(days=1), actor="P-ADMIN", at=at),
    ):
        client = Client()
        client.force_login(ana, backend="kajing.org.adapters.StaffBackend")
        assert client.get("/org/me/").status_code == 200
        change()
        assert client.get("/org/me/").status_code == 302
        ana.refresh_from_db()


def test_changing_the_own_password_ends_the_session_and_is_told(ana, demo):
    client, _response = sign_in_as("ana")
    new = "quiet-river-under-7-stars"
    response = client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert response.status_code == 302
    assert client.get("/org/me/").status_code == 302
    assert ("org.change_password", "P-ANA") in actions()
    assert sign_in_as("ana", new)[1].status_code == 302


@pytest.mark.parametrize("weak", ["short", "password123", "1234567890", "ana-ana-ana"])
def test_weak_passwords_are_refused(ana, weak, at):
    from django.core.exceptions import ValidationError

    if weak == "ana-ana-ana":
        weak = "P-ANA-P-ANA"[:5] + "ana"
    with pytest.raises(ValidationError):
        services.set_password(person=ana, password=weak, actor="P-ADMIN", at=at)


def test_nobody_signs_up_or_resets_by_mail(db):
    for path in ("/accounts/signup/", "/accounts/password/reset/", "/accounts/email/", "/accounts/password/set/"):
        assert Client().get(path).status_code in (302, 404), path
        assert Client().post(path).status_code in (302, 403, 404), path


def test_open_redirects_are_refused(ana, demo):
    client = Client()
    response = client.post(
        f"{LOGIN}?next=https://evil.example/", {"login": "ana", "password": PASSWORD, "next": "https://evil.example/"}
    )
    assert "evil" not in response["Location"]


def test_sign_in_needs_the_csrf_token(ana, demo):
    assert sign_in_as("ana", client=Client(enforce_csrf_checks=True))[1].status_code == 403


# -- second factor -----------------------------------------------------------------------------------------------------
def test_every_role_that_reveals_administers_or_audits_needs_it():
    assert set(RIGHTS) == SECOND_FACTOR


def set_up_page(client):
    """The password is asked once more before it."""
    path = "/accounts/2fa/totp/activate/"
    asked = client.get(path)
    assert asked["Location"].startswith("/accounts/reauthenticate/")
    assert client.get(asked["Location"]).status_code == 200
    return client.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": path}, follow=True)


def test_without_it_only_the_set_up_is_open(ana, settings):
    settings.KAJING_DEMO = False
    client, _response = sign_in_as("ana")
    assert client.get("/org/me/")["Location"] == "/accounts/2fa/totp/activate/"
    assert client.get("/api/v1/me").status_code == 403
    page = set_up_page(client)
    assert page.status_code == 200
    assert "data:image/svg" in page.content.decode()


def test_setting_it_up_and_signing_in_with_it(ana, settings, django_capture_on_commit_callbacks):
    settings.KAJING_DEMO = False
    client, _response = sign_in_as("ana")
    page = set_up_page(client)
    secret = page.context["form"].secret
    assert "当前显示的 6 位数字" in client.post("/accounts/2fa/totp/activate/", {"code": "x"}).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post("/accounts/2fa/totp/activate/", {"code": code(secret)}).status_code == 302
    assert client.get("/org/me/").status_code == 200
    held = Authenticator.objects.get(user=ana, type="totp")
    assert secret not in str(held.data)
    assert ("org.add_second_factor", "P-ANA") in actions()
    cache.clear()
    again, response = sign_in_as("ana")
    assert response["Location"].startswith("/accounts/2fa/authenticate/")
    assert again.get("/org/me/").status_code == 302
    assert again.post("/accounts/2fa/authenticate/", {"code": "000000"}).status_code == 200
    assert ("sign_in_second_factor_failed", "P-ANA") in actions()
    assert again.post("/accounts/2fa/authenticate/", {"code": code(secret)}).status_code == 302
    assert again.get("/org/me/").status_code == 200


def test_a_code_works_once(ana, settings):
    settings.KAJING_DEMO = False
    TOTP.activate(ana, SECRET)
    once = code(SECRET)
    first, _response = sign_in_as("ana")
    assert first.post("/accounts/2fa/authenticate/", {"code": once}).status_code == 302
    second, _response = sign_in_as("ana")
    assert second.post("/accounts/2fa/authenticate/", {"code": once}).status_code == 200
    assert "_auth_user_id" not in second.session


def test_guessing_codes_is_stopped(ana, settings):
    settings.KAJING_DEMO = False
    TOTP.activate(ana, SECRET)
    client, _response = sign_in_as("ana")
    for guess in range(6):
        client.post("/accounts/2fa/authenticate/", {"code": f"{guess:06}"})
    assert client.post("/accounts/2fa/authenticate/", {"code": code(SECRET)}).status_code != 302
    assert "_auth_user_id" not in client.session


def test_in_the_demo_nobody_is_asked(ana, demo):
    client, _response = sign_in_as("ana")
    assert client.get("/org/me/").status_code == 200
