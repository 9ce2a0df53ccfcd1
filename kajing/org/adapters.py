"""How allauth fits a bank: staff come from the people feed, nobody signs up, who left cannot sign in."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.utils import timezone


class StaffOnly(DefaultAccountAdapter):
    """Sign-up is closed."""

    def is_open_for_signup(self, request: Any) -> bool:
        return False


class StaffBackend(AuthenticationBackend):
    """Sign-in by name and password for people who work here today; rights are answered by `rights.RoleRights`."""

    def user_can_authenticate(self, user: Any) -> bool:
        return bool(user.works_on(timezone.localdate()))

    def has_perm(self, user_obj: Any, perm: str, obj: object = None) -> bool:
        return False
