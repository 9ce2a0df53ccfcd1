"""What rules can do: open a task, tell a person, hand the customer to somebody, ask a system by webhook."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from kajing.customers.selectors import customers
from kajing.lib.periods import SHANGHAI
from kajing.notifications.services import notify
from kajing.notifications.wording import verbatim
from kajing.org.selectors import leader_of
from kajing.workflow import subjects, webhooks
from kajing.workflow.models import WebhookEndpoint
from kajing.workflow.playbooks import KINDS
from kajing.workflow.rule_people import OWNERS, WAYS, NobodyFound, person_for, why
from kajing.workflow.rules import Action, Occasion, register_action
from kajing.workflow.services.acts import open_task

_EVENING = time(17, 30)
SET_OFF = gettext_noop("%(record)s: set off by the rule %(rule)s")


def _wrong_task(spec: Mapping[str, Any]) -> list[str]:
    found = [] if str(spec.get("title", "")).strip() else [_("say what to do.")]
    found += [] if spec.get("task") in KINDS else [_("choose a kind of task.")]
    found += [] if spec.get("owner") in OWNERS else [_("say who it falls to.")]
    return found if spec.get("days", 0) in range(91) else [*found, _("the days must lie between 0 and 90.")]


def _task_owner(spec: Mapping[str, Any], occasion: Occasion) -> str:
    return person_for(spec["owner"], occasion).person_no


def _plan_task(spec: Mapping[str, Any], occasion: Occasion) -> str:
    owner = person_for(spec["owner"], occasion)
    return _("task for %(name)s: %(title)s") % {"name": owner.name, "title": spec["title"]}


def _run_task(spec: Mapping[str, Any], occasion: Occasion) -> str:
    owner = person_for(spec["owner"], occasion)
    due = datetime.combine(occasion.on + timedelta(days=int(spec.get("days", 0))), _EVENING, SHANGHAI)
    about, customer = occasion.subject, occasion.customer
    told: dict[str, Any] = {"title": spec["title"], "source": f"rule:{occasion.rule}"}
    if about.kind != subjects.CUSTOMER:  # the task belongs to the record, its reason names the rule
        told = {
            "title": verbatim(spec["title"], 200), "source": f"{about.kind}:{about.pk}",
            "reason": SET_OFF, "params": {"rule": occasion.rule, "record": about.label},
        }  # fmt: skip
        # Whoever owns the record may not see its customer: then the task is about the record alone.
        customer = customers(owner).filter(pk=customer.pk).first() if customer else None
    open_task(
        actor=None, owner=owner, customer=customer, due_at=due, at=occasion.at, kind=spec["task"],
        must_do=bool(spec.get("must_do")), **told,
    )  # fmt: skip
    return _("task for %(name)s: %(title)s") % {"name": owner.name, "title": spec["title"]}


def _wrong_news(spec: Mapping[str, Any]) -> list[str]:
    found = [] if str(spec.get("text", "")).strip() else [_("write the news.")]
    return found if spec.get("to") in {"manager", "leader"} else [*found, _("say who is told.")]


def _plan_news(spec: Mapping[str, Any], occasion: Occasion) -> str:
    return _("news to %(name)s: %(text)s") % {"name": person_for(spec["to"], occasion).name, "text": spec["text"]}


def _run_news(spec: Mapping[str, Any], occasion: Occasion) -> str:
    person = person_for(spec["to"], occasion)
    notify(
        person=person, kind="rule.news", title=spec["text"], at=occasion.at, group=f"rule:{occasion.rule}"[:100],
        url=subjects.url_of(occasion.subject.kind, occasion.subject.pk),
    )  # fmt: skip
    return _("news to %(name)s: %(text)s") % {"name": person.name, "text": spec["text"]}


def _wrong_assign(spec: Mapping[str, Any]) -> list[str]:
    found = [] if spec.get("way") in WAYS else [_("say how the manager is chosen.")]
    return [*found, _("name the licence.")] if spec.get("way") == "skill" and not spec.get("licence") else found


def _kind(occasion: Occasion) -> subjects.SubjectKind:
    found = subjects.kind_of(occasion.subject.kind)
    if found is None:
        raise NobodyFound(_("The room of these records is gone."))
    return found


def _plan_assign(spec: Mapping[str, Any], occasion: Occasion) -> str:
    kind = _kind(occasion)
    if occasion.subject.manager is not None:
        return str(kind.has_owner)
    owner = person_for(spec["way"], occasion, licence=str(spec.get("licence", "")))
    return str(kind.goes_to) % {"name": owner.name}


def _run_assign(spec: Mapping[str, Any], occasion: Occasion) -> str:
    """Only customers and leads of the pool are handed out; a manager is never taken away by a rule."""
    kind, about = _kind(occasion), occasion.subject
    if about.manager is not None:
        return str(kind.has_owner)
    owner = person_for(spec["way"], occasion, licence=str(spec.get("licence", "")))
    leader = leader_of(about.unit)
    if leader is None:
        raise NobodyFound(_("Nobody leads the unit, so nobody answers for the hand-over."))
    kind.assign(about, owner, leader, occasion.on, occasion.at, why(occasion))
    about.manager = owner  # later actions of the rule meet the new manager
    return str(kind.goes_to) % {"name": owner.name}


def _wrong_hook(spec: Mapping[str, Any]) -> list[str]:
    known = WebhookEndpoint.objects.filter(pk=spec.get("endpoint") or 0).exists()
    return [] if known else [_("choose an address that is registered.")]


def _endpoint(spec: Mapping[str, Any]) -> WebhookEndpoint:
    found = WebhookEndpoint.objects.filter(pk=spec["endpoint"], enabled=True).first()
    if found is None:
        raise NobodyFound(_("The address of the webhook is switched off or gone."))
    return found


def _plan_hook(spec: Mapping[str, Any], occasion: Occasion) -> str:
    return _("webhook to %(name)s") % {"name": _endpoint(spec).name}


def _run_hook(spec: Mapping[str, Any], occasion: Occasion) -> str:
    endpoint = _endpoint(spec)
    about, customer = occasion.subject, occasion.customer
    told: dict[str, Any] = {"customer_id": customer.pk if customer else None}
    if about.kind != subjects.CUSTOMER:
        told["record"] = {"kind": about.kind, "id": about.pk}
    webhooks.post(
        endpoint=endpoint, event=f"rule.{occasion.rule}", at=occasion.at,
        data={**told, "on": occasion.on.isoformat(), **occasion.facts},
    )  # fmt: skip
    return _("webhook to %(name)s") % {"name": endpoint.name}


def register() -> None:
    """Say which actions there are."""
    register_action(
        Action(
            name="task",
            title=gettext_lazy("open a task"),
            plan=_plan_task,
            run=_run_task,
            wrong=_wrong_task,
            who=_task_owner,
            falls=True,
            undoable=True,
        )
    )
    register_action(
        Action(
            name="notify", title=gettext_lazy("tell a person"), plan=_plan_news, run=_run_news, wrong=_wrong_news,
            who=lambda spec, occasion: person_for(spec["to"], occasion).person_no, falls=True,
        )
    )  # fmt: skip
    register_action(
        Action(
            name="assign",
            title=gettext_lazy("give a pool customer or lead to a manager"),
            plan=_plan_assign,
            run=_run_assign,
            wrong=_wrong_assign,
            undoable=True,
        )
    )
    register_action(
        Action(name="webhook", title=gettext_lazy("send a webhook"), plan=_plan_hook, run=_run_hook, wrong=_wrong_hook)
    )
