"""Signing in and out, and changes of how somebody signs in, go into the audit trail (platform S9)."""

from __future__ import annotations

import time
from typing import Any

from allauth.account.signals import password_changed
from allauth.mfa.signals import authentication_failed, authenticator_added, authenticator_removed, authenticator_reset
from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.utils import timezone

from kajing.audit.services import record
from kajing.org import selectors
from kajing.org.middleware import SEEN, STARTED

NOBODY = "-"  # a sign-in name that does not exist is not kept: people type passwords into the wrong field


def _tell(action: str, person_no: str, **changes: Any) -> None:
    record(
        actor=person_no if person_no != NOBODY else "system", action=action, object_kind="person", object_id=person_no,
        at=timezone.now(), changes=changes,
    )  # fmt: skip


@receiver(user_logged_in)
def signed_in(request: Any, user: Any, **_sent: Any) -> None:
    """The session's clock starts anew."""
    request.session[STARTED] = request.session[SEEN] = int(time.time())
    _tell("sign_in", user.person_no)


@receiver(user_logged_out)
def signed_out(user: Any, **_sent: Any) -> None:
    if user is not None and user.is_authenticated:
        _tell("sign_out", user.person_no)


@receiver(user_login_failed)
def sign_in_failed(credentials: dict[str, Any], **_sent: Any) -> None:
    found = selectors.person_named(str(credentials.get("username", "")))
    _tell("sign_in_failed", found.person_no if found else NOBODY)


@receiver(user_locked_out)
def locked(username: str, **_sent: Any) -> None:
    found = selectors.person_named(username)
    _tell("sign_in_locked", found.person_no if found else NOBODY)


@receiver(authentication_failed)
def second_factor_failed(user: Any, **_sent: Any) -> None:
    _tell("sign_in_second_factor_failed", user.person_no)


@receiver(password_changed)
def own_password_changed(user: Any, **_sent: Any) -> None:
    _tell("org.change_password", user.person_no)


@receiver(authenticator_added)
def second_factor_added(user: Any, authenticator: Any, **_sent: Any) -> None:
    _tell("org.add_second_factor", user.person_no, type=str(authenticator.type))


@receiver(authenticator_removed)
def second_factor_removed(user: Any, authenticator: Any, **_sent: Any) -> None:
    _tell("org.remove_second_factor", user.person_no, type=str(authenticator.type))


@receiver(authenticator_reset)
def recovery_codes_made(user: Any, authenticator: Any, **_sent: Any) -> None:
    _tell("org.make_recovery_codes", user.person_no)
