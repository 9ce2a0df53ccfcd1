"""A rule asks for consent: the actions behind it in the rule are carried out by the last vote of the act's chain."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from kajing.lib.errors import DomainError
from kajing.workflow import approvals, rules, subjects
from kajing.workflow.approvals import Act, Change
from kajing.workflow.models import ApprovalRequest, RuleRun, RuleVersion
from kajing.workflow.rule_people import OWNERS, person_for
from kajing.workflow.rules import Action, Occasion, register_action
from kajing.workflow.services.approvals import ask_approval
from kajing.workflow.services.rules.running import keep_made, perform, planned

ACT = "workflow.rule_step"


class CannotGoOn(DomainError):
    """What the rule wanted to do with consent can no longer be done."""


def chain_choices() -> list[tuple[str, str]]:
    """Acts whose chain a rule may start."""
    return [(one.name, one.words) for one in approvals.acts() if one.by_rules]


def _wrong(spec: Mapping[str, Any]) -> list[str]:
    found = [] if str(spec.get("text", "")).strip() else [_("say what consent is asked for.")]
    found += [] if spec.get("asker") in OWNERS else [_("say in whose name consent is asked.")]
    known = spec.get("act") in dict(chain_choices())
    return found if known else [*found, _("choose whose chain decides.")]


def _plan(spec: Mapping[str, Any], occasion: Occasion) -> str:
    told = {"name": person_for(spec["asker"], occasion).name, "text": spec["text"]}
    return _("%(name)s asks for approval: %(text)s") % told


def _run(spec: Mapping[str, Any], occasion: Occasion) -> str:
    asker = person_for(spec["asker"], occasion)
    about, customer = occasion.subject, occasion.customer
    number = f"{occasion.rule}:{about.pk if about.kind == subjects.CUSTOMER else f'{about.kind}:{about.pk}'}"[:64]
    if ApprovalRequest.objects.filter(act=spec["act"], object_id=number, state="OPEN").exists():
        said = _("The rule waits for an approval about %(record)s already.")
        raise CannotGoOn(said % {"record": about.label})
    payload = {
        "version": occasion.version, "customer": customer.pk if customer else "", "subject": [about.kind, about.pk],
        "key": occasion.key, "text": spec["text"],
        "on": occasion.on.isoformat(), "facts": dict(occasion.facts), "rest": [dict(one) for one in occasion.rest],
        "chain": list(rules.CHAIN.get()),
    }  # fmt: skip
    made = ask_approval(
        actor=asker, act=spec["act"], object_id=number, payload=payload, reason=spec["text"],
        customer_id=customer.pk if customer else "", at=occasion.at,
    )  # fmt: skip
    keep_made(occasion=occasion, kind="approval", object_id=str(made.pk))
    return _plan(spec, occasion)


def _asker(spec: Mapping[str, Any], occasion: Occasion) -> str:
    return person_for(spec["asker"], occasion).person_no


def describe(payload: Mapping[str, Any]) -> list[Change]:
    """What would be done with consent, action by action."""
    found = _found(payload)
    if found is None:
        return [Change(_("What is asked for"), "", payload["text"])]
    version, occasion = found
    steps = [planned(spec, occasion)[0] for spec in payload["rest"]]
    nothing = _("nothing more; the decision is kept")
    return [
        Change(_("Rule"), "", version.rule.name),
        Change(_("What is asked for"), "", payload["text"]),
        *(Change(_("Then"), "", said) for said in steps or [nothing]),
    ]


def _found(payload: Mapping[str, Any]) -> tuple[RuleVersion, Occasion] | None:
    version = RuleVersion.objects.select_related("rule").filter(pk=payload["version"]).first()
    kind, pk = _about(payload)
    about = subjects.kind_of(kind)
    subject = about.load([pk]).get(pk) if about else None
    if version is None or subject is None:
        return None
    at = version.made_at
    return version, _occasion(payload, version, subject, at)


def _about(payload: Mapping[str, Any]) -> tuple[str, str]:
    """Kind and number of the record; what was asked before rules were about anything but customers names these."""
    kind, pk = payload.get("subject") or (subjects.CUSTOMER, payload["customer"])
    return kind, pk


def _occasion(payload: Mapping[str, Any], version: RuleVersion, subject: subjects.Subject, at: datetime) -> Occasion:
    return Occasion(
        version.rule.code, subject, payload["key"], date.fromisoformat(payload["on"]), at, payload["facts"],
        version=version.pk,
    )  # fmt: skip


def apply(request: ApprovalRequest, at: datetime) -> None:
    """Carry the rest of the rule out. Raises CannotGoOn, or what an action raises: the request stays open then."""
    payload = request.payload
    found = _found(payload)
    if found is None:
        raise CannotGoOn(_("The rule or the record is not there any more."))
    version, _then = found
    run = _run_of(payload)
    detail = run.detail if run else []
    chain = tuple(one for one in payload["chain"] if one != version.rule_id)
    occasion = _occasion(payload, version, _then.subject, at)
    result = perform(version, payload["rest"], occasion, chain, detail)
    if run is not None:
        run.result, run.detail = result, detail
        run.save(update_fields=["result", "detail"])


def returned(request: ApprovalRequest, at: datetime) -> None:
    """Nothing more is done; the run says why."""
    run = _run_of(request.payload)
    if run is not None:
        run.result = RuleRun.Result.DONE
        run.detail.append({"action": "approval", "said": _("returned: nothing more is done")})
        run.save(update_fields=["result", "detail"])


def sent_again(request: ApprovalRequest, at: datetime) -> None:
    """The run waits again."""
    run = _run_of(request.payload)
    if run is not None:
        run.result = RuleRun.Result.WAITING
        run.save(update_fields=["result"])


def _run_of(payload: Mapping[str, Any]) -> RuleRun | None:
    found = RuleRun.objects.filter(version=payload["version"], event_key=payload["key"])
    return found.of_subject(*_about(payload)).first()


def register() -> None:
    """Say that rules can ask, and what is decided when they do."""
    approvals.register(
        Act(
            name=ACT, title=gettext_noop("A step of a rule"), icon="bolt", permission="workflow.work_own_tasks",
            apply=apply, describe=describe, returned=returned, taken_back=returned, sent_again=sent_again,
            by_rules=True, url=lambda payload: subjects.url_of(*_about(payload)),
        )
    )  # fmt: skip
    register_action(
        Action(
            name="approval", title=gettext_lazy("ask for approval; later actions wait for it"), plan=_plan, run=_run,
            wrong=_wrong, waits=True, falls=True, who=_asker,
        )
    )  # fmt: skip
