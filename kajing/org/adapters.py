"""How allauth and axes fit a bank: staff come from the people feed, who left cannot sign in, secrets are encrypted."""

from __future__ import annotations

import base64
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib.auth.password_validation import MinimumLengthValidator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

TOO_MANY = _("Too many failed attempts. Please wait 15 minutes and try again.")
COLUMN = "mfa.secret"


class StaffOnly(DefaultAccountAdapter):
    """Sign-up is closed; a wrong name, a wrong password and somebody who left get the same sentence."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "too_many_login_attempts": TOO_MANY,
        "username_password_mismatch": _("Sign-in name or password is wrong."),
    }

    def is_open_for_signup(self, request: Any) -> bool:
        return False


class StaffBackend(AuthenticationBackend):
    """Sign-in by name and password for people who work here today; rights are answered by `rights.RoleRights`."""

    def user_can_authenticate(self, user: Any) -> bool:
        return bool(user.may_work(timezone.now()))

    def has_perm(self, user_obj: Any, perm: str, obj: object = None) -> bool:
        return False

    def _check_password(self, user: Any, password: str) -> Any:
        """Forget who nearly signed in: allauth would tell somebody who left that the password was right."""
        found = super()._check_password(user, password)
        if found is None:
            self._stash_user(None)
        return found


class SealedSecrets(DefaultMFAAdapter):
    """TOTP secrets and recovery seeds are encrypted in the database (platform S7)."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("This is not the code. Type the six digits that the app shows now."),
    }

    def encrypt(self, text: str) -> str:
        return base64.b64encode(settings.KAJING_KEYS.encrypt(COLUMN, text)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        text: str = settings.KAJING_KEYS.decrypt(COLUMN, base64.b64decode(encrypted_text))
        return text


class LongEnough(MinimumLengthValidator):
    """Django's own sentence has no Chinese."""

    def get_error_message(self) -> str:
        return gettext("The password is too short: use at least %(count)s characters.") % {"count": self.min_length}

    def get_help_text(self) -> str:
        return gettext("At least %(count)s characters.") % {"count": self.min_length}


def sign_in_name(request: HttpRequest | None, credentials: dict[str, Any] | None = None) -> str:
    """The name a lock-out counts by (axes): as it was typed, in lower case."""
    typed = (credentials or {}).get("username") or (request.POST.get("login", "") if request else "")
    return str(typed).strip().lower()[:255]


def locked_out(
    request: HttpRequest, credentials: dict[str, Any] | None = None, *args: Any, **options: Any
) -> HttpResponse:
    """The answer while locked: the same for names that exist and names that do not."""
    return render(request, "account/locked.html", {"text": TOO_MANY}, status=429)
