"""People, roles, licences, the unit tree, substitutes, temporary access and API tokens."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from kajing.org.rights import RoleRights

SHARED_TABLES = (
    "Unit", "Person", "Posting", "Substitution", "Licence", "AccessGrant", "ApiToken", "IdempotencyKey",
)  # fmt: skip


class Unit(models.Model):
    """A place in the tree: head office or card centre → branch → sub-branch → team; mergers keep the old unit."""

    class Kind(models.TextChoices):
        HEAD_OFFICE = "HEAD_OFFICE", _("head office")
        CARD_CENTRE = "CARD_CENTRE", _("card centre")
        BRANCH = "BRANCH", _("branch")
        SUB_BRANCH = "SUB_BRANCH", _("sub-branch")
        TEAM = "TEAM", _("team")

    unit_code = models.CharField(max_length=64, primary_key=True)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)  # first day it no longer exists
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    path = models.CharField(max_length=500, db_index=True)  # "/HQ/B01/S02/": prefix search gives the subtree
    feed_date = models.DateField(null=True, blank=True)  # business date of the newest feed row applied

    class Meta:
        ordering = ["path"]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """What a person is; rights follow from it (`rights.py`)."""

    MANAGER = "MANAGER", _("account manager")
    LEADER = "LEADER", _("team leader")
    BRANCH_HEAD = "BRANCH_HEAD", _("branch head")
    RISK = "RISK", _("risk officer")
    SERVICE = "SERVICE", _("service agent")
    COMPLIANCE = "COMPLIANCE", _("compliance")
    ADMIN = "ADMIN", _("administrator")
    AUDITOR = "AUDITOR", _("auditor")


class PersonManager(BaseUserManager["Person"]):
    """Sign-in names are case-sensitive and unique."""

    def get_by_natural_key(self, username: str | None) -> Person:
        return self.get(username=username)

    def get(self, *args: Any, **kwargs: Any) -> Person:
        """One person with the unit: every page names it, and every scope begins there."""
        return self.get_queryset().select_related("unit").get(*args, **kwargs)


class Person(AbstractBaseUser):
    """A member of staff, who is also the one who signs in."""

    class Theme(models.TextChoices):
        AUTO = "auto"
        LIGHT = "light"
        DARK = "dark"

    id: int
    person_no = models.CharField(max_length=64, unique=True)
    username = models.CharField(_("sign-in name"), max_length=64, unique=True)
    name = models.CharField(max_length=100)
    initials = models.CharField(max_length=40, blank=True, db_index=True)  # pinyin: wq finds 王强
    role = models.CharField(max_length=12, choices=Role.choices)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="people")
    hired_on = models.DateField(null=True, blank=True)
    left_on = models.DateField(null=True, blank=True)
    access_ends_at = models.DateTimeField(null=True, blank=True)  # the hour of the last day; empty: its end
    mobile_enc = models.BinaryField(null=True)
    email = models.EmailField(blank=True)
    is_active = models.BooleanField(default=True)
    language = models.CharField(max_length=10, blank=True)  # empty: cookie, then browser
    theme = models.CharField(max_length=6, choices=Theme.choices, default=Theme.AUTO)
    density = models.CharField(max_length=8, default="compact")
    preferences: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    feed_date = models.DateField(null=True, blank=True)

    objects: ClassVar[PersonManager] = PersonManager()
    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        ordering = ["person_no"]

    def __str__(self) -> str:
        return self.person_no

    def get_full_name(self) -> str:
        return self.name

    def works_on(self, day: date) -> bool:
        """Whether the person may sign in and see anything on a day; `left_on` is the last day of work."""
        return self.is_active and (self.left_on is None or day <= self.left_on)

    def may_work(self, at: datetime) -> bool:
        """Whether the person may sign in at a moment: on the last day only until the hour that was noted."""
        ended = self.left_on is not None and self.access_ends_at is not None and at >= self.access_ends_at
        return self.works_on(timezone.localdate(at)) and not ended

    def _get_session_auth_hash(self, secret: Any = None) -> str:
        """Sessions hang on password and role: a change of either ends them all (platform S4)."""
        return salted_hmac(
            "kajing.org.Person.session", f"{self.password}\0{self.role}", secret=secret, algorithm="sha256"
        ).hexdigest()

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """The role's rights. allauth's backend is not asked: it looks for Django's groups, which a Person has not."""
        return self.is_active and RoleRights().has_perm(self, perm, obj)

    def has_perms(self, perms: list[str], obj: object = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perms)


class Posting(models.Model):
    """Where a person worked, from when to when; actuals follow the posting of their date."""

    class Source(models.TextChoices):
        FEED = "feed"
        HAND = "hand"

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="postings")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT)
    role = models.CharField(max_length=12, choices=Role.choices)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=4, choices=Source.choices, default=Source.HAND)

    class Meta:
        ordering = ["person", "valid_from"]
        constraints = [models.UniqueConstraint(fields=["person", "valid_from"], name="one_posting_a_day")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.unit_id} from {self.valid_from}"


class Substitution(models.Model):
    """While someone is away, the substitute sees and works their book; it ends by itself."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="absences")
    substitute = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="standing_in")
    first_day = models.DateField()
    last_day = models.DateField()
    reason = models.CharField(max_length=200, blank=True)
    made_by = models.CharField(max_length=64)

    class Meta:
        ordering = ["-first_day"]
        constraints = [
            models.CheckConstraint(condition=models.Q(last_day__gte=models.F("first_day")), name="leave_ends_after"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.first_day} – {self.last_day}"


class Licence(models.Model):
    """A granted qualification, such as T01 信用卡营销上岗资质; the gate closes the day after `last_day`."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="licences")
    code = models.CharField(max_length=10)
    granted_on = models.DateField()
    last_day = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=200, blank=True)
    feed_date = models.DateField(null=True, blank=True)  # business date of the file it came in; null: entered by hand

    class Meta:
        ordering = ["person", "code", "-granted_on"]

    def __str__(self) -> str:
        return f"{self.code} {self.granted_on}"


class AccessGrant(models.Model):
    """Temporary access to one customer that ends with the task or on a day."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="grants")
    customer_id = models.CharField(max_length=64, db_index=True)
    first_day = models.DateField()
    last_day = models.DateField()
    reason = models.CharField(max_length=400)
    source = models.CharField(max_length=64, blank=True)  # e.g. task:41
    made_by = models.CharField(max_length=64)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-first_day"]

    def __str__(self) -> str:
        return f"{self.person_id} → {self.customer_id}"


class ApiToken(models.Model):
    """A bearer token: a readable prefix and the SHA-256 of the rest; shown once when made."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="tokens")
    prefix = models.CharField(max_length=12, unique=True)
    digest = models.CharField(max_length=64)
    name = models.CharField(max_length=100, blank=True)
    read_only = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.prefix


class IdempotencyKey(models.Model):
    """The answer already given to a POST under this key (platform R5); kept at least 24 hours."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE)
    key = models.CharField(max_length=255)
    request_hash = models.CharField(max_length=64)
    status = models.IntegerField(null=True)
    answer = models.BinaryField(default=b"")
    content_type = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "key"], name="one_answer_per_key")]

    def __str__(self) -> str:
        return self.key
