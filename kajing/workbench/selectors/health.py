"""The health of the system at a glance: what is well, what is not, and what to do about it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kajing.audit.models import AuditRow, Night
from kajing.audit.selectors import newest_seal, nights
from kajing.imports.selectors import held
from kajing.lib.periods import SHANGHAI
from kajing.org.models import Role
from kajing.org.selectors import licences_recorded, unlicensed
from kajing.queue.models import Job, OutboxMessage
from kajing.reference.selectors import engine_parameters, parameter_values
from kajing.ui import formats

DAY = timedelta(days=1)
WAITS_LONG = timedelta(minutes=15)  # a job that nobody took, rows that nobody sealed
MAIL_WAITS_LONG = timedelta(hours=1)
ENFORCED = "licences_enforced_from"
LICENCE_KEYS = ("licences_marketing", "licences_marketing_phone", ENFORCED)
SELLERS = (Role.MANAGER, Role.LEADER)
LITTLE, VERY_LITTLE = 0.2, 0.1  # of the disk


@dataclass(frozen=True, slots=True)
class Check:
    """One line: how it stands in words, its tone (ok, warn, bad), what to do, and where."""

    label: str
    words: str
    tone: str
    advice: str = ""
    url: str = ""


def health(user: Any, at: datetime) -> list[Check]:
    """Every check, the worst first."""
    limits = engine_parameters(at.astimezone(SHANGHAI).date())
    found = [
        _night(at), _files(user), _jobs(at), _messages(at), _backup(at, limits), _drill(at, limits),
        _sign_ins(at, limits), _disk(), _seal(at), _licences(at),
    ]  # fmt: skip
    return sorted(found, key=lambda one: ("bad", "warn", "ok").index(one.tone))


def _night(at: datetime) -> Check:
    last: Night | None = nights().first()
    url = reverse("audit:nights")
    if last is None:
        return Check(_("Night"), _("none yet"), "warn", _("Load a feed, then run the night."), url)
    words = _("%(day)s, %(state)s") % {"day": last.as_of.isoformat(), "state": last.get_state_display()}
    if last.state == "FAILED":
        return Check(_("Night"), words, "bad", _("Open the night to see which step failed; run it again."), url)
    late = at.astimezone(SHANGHAI).date() - last.as_of > 2 * DAY
    return Check(_("Night"), words, "warn" if late else "ok", _("No newer day has come in.") if late else "", url)


def _files(user: Any) -> Check:
    waiting = held(user)
    words = ngettext("%(n)s file waits for a person", "%(n)s files wait for a person", waiting) % {"n": waiting}
    advice = _("Release the file or ask the sender for a corrected one.") if waiting else ""
    return Check(_("Files"), words, "warn" if waiting else "ok", advice, reverse("imports:list"))


def _jobs(at: datetime) -> Check:
    dead = Job.objects.filter(state=Job.State.DEAD).count()
    stuck = Job.objects.filter(state=Job.State.READY, run_after__lt=at - WAITS_LONG).count()
    words = _("%(dead)s gave up, %(stuck)s not taken for 15 minutes") % {"dead": dead, "stuck": stuck}
    advice = _("Is a worker running? Start `kajing work`.") if stuck else _("Look why, then retry.") if dead else ""
    return Check(_("Jobs"), words, "bad" if stuck else "warn" if dead else "ok", advice, reverse("queue:index"))


def _messages(at: datetime) -> Check:
    dead = OutboxMessage.objects.filter(state=OutboxMessage.State.DEAD).count()
    old = OutboxMessage.objects.filter(state=OutboxMessage.State.WAITING, created_at__lt=at - MAIL_WAITS_LONG).count()
    words = _("%(dead)s gave up, %(old)s waiting for more than an hour") % {"dead": dead, "old": old}
    advice = _("Check the mail server or the channel, then send again.") if dead or old else ""
    return Check(_("Messages"), words, "warn" if dead or old else "ok", advice, reverse("queue:index"))


def _backup(at: datetime, limits: dict[str, Any]) -> Check:
    last = AuditRow.objects.filter(action="config.backup").order_by("-id").first()
    advice = _("Run `kajing backup FILE` every day and keep a copy elsewhere.")
    if last is None:
        return Check(_("Backup"), _("never made"), "bad", advice)
    hours = int(limits.get("backup_max_hours", 0))
    late = at - last.at > timedelta(hours=hours)
    return Check(_("Backup"), formats.when(last.at), "bad" if late else "ok", advice if late else "")


def _drill(at: datetime, limits: dict[str, Any]) -> Check:
    last = AuditRow.objects.filter(action="config.restore_drill").order_by("-id").first()
    advice = _("Run `kajing restore FILE --drill` once a month.")
    if last is None:
        return Check(_("Restore drill"), _("never made"), "warn", advice)
    late = at - last.at > int(limits.get("drill_max_days", 0)) * DAY
    return Check(_("Restore drill"), formats.when(last.at), "warn" if late else "ok", advice if late else "")


def _sign_ins(at: datetime, limits: dict[str, Any]) -> Check:
    failed = AuditRow.objects.filter(Q(action__startswith="sign_in_"), at__gte=at - DAY).count()
    many = failed > int(limits.get("failed_sign_ins_a_day", 0))
    words = ngettext("%(n)s in 24 hours", "%(n)s in 24 hours", failed) % {"n": failed}
    url = f"{reverse('audit:trail')}?question=sign_in_failures"
    advice = _("Look who and from where; somebody may be guessing.") if many else ""
    return Check(_("Failed sign-ins"), words, "warn" if many else "ok", advice, url)


def _licences(at: datetime) -> Check:
    """Without any licence nobody may sell: a bank that starts must be told, and told both ways out."""
    day, label = at.astimezone(SHANGHAI).date(), _("Licences for selling")
    values = parameter_values(LICENCE_KEYS, day)
    start = values.get(ENFORCED)
    url = reverse("reference:parameter", args=[ENFORCED])
    if isinstance(start, date) and day < start:
        words = _("asked for from %(day)s") % {"day": start.isoformat()}
        return Check(
            label, words, "warn", _("Until then everybody may sell. Import the licences before that day."), url
        )
    if not licences_recorded():
        advice = _("Nobody may sell. Load a file of the feed `licences`, or set a later day here.")
        return Check(label, _("none recorded"), "bad", advice, url)
    codes = [str(code) for key in LICENCE_KEYS[:2] for code in _many(values.get(key))]
    staff, lacking = unlicensed(codes, SELLERS, day)
    words = _("%(n)s of %(all)s sellers lack one of %(codes)s") % {
        "n": lacking, "all": staff, "codes": ", ".join(codes)
    }  # fmt: skip
    advice = _("They may not sell until it is renewed or entered.") if lacking else ""
    return Check(label, words, "warn" if lacking else "ok", advice, reverse("org:index"))


def _many(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else () if value is None else (value,)


def _disk() -> Check:
    found = shutil.disk_usage(settings.KAJING_HOME)
    share = found.free / found.total
    words = _("%(size)s GB free, %(share)s") % {
        "size": f"{found.free / 1e9:,.0f}",
        "share": formats.percent(share),
    }
    tone = "bad" if share < VERY_LITTLE else "warn" if share < LITTLE else "ok"
    return Check(_("Disk"), words, tone, _("Make room or move KAJING_HOME to a larger disk.") if tone != "ok" else "")


def _seal(at: datetime) -> Check:
    seal = newest_seal()
    last = seal.last_id if seal else 0
    waiting = AuditRow.objects.filter(id__gt=last, at__lt=at - WAITS_LONG).exists()
    words = formats.when(seal.sealed_at) if seal else _("none yet")
    advice = _("Rows wait for their seal: is a worker running?") if waiting else ""
    return Check(_("Audit seal"), words, "warn" if waiting else "ok", advice, reverse("audit:trail"))
