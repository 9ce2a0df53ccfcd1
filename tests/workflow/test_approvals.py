"""Approvals: ways, substitutes, time-outs, merging, the last vote's transaction, and the first real act."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from kajing.audit.models import AuditRow, NeverChanged
from kajing.lib.errors import DomainError, NotAllowed
from kajing.notifications.models import Notification
from kajing.org.models import Person, Role, Substitution, Unit
from kajing.workflow import approvals as registry
from kajing.workflow.approvals import Act, Change
from kajing.workflow.clock import after_hours
from kajing.workflow.models import ApprovalChain, ApprovalEvent, ApprovalRequest, ApprovalSeat, ApprovalStage
from kajing.workflow.selectors import approvals as selectors
from kajing.workflow.services import approvals as services
from tests.factories.org import person

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
PARTIAL = {"HTTP_HX_REQUEST": "true", "HTTP_HX_REQUEST_TYPE": "partial"}


class Refuses(DomainError):
    """The act says no."""


class Probe:
    """An act of the tests: what was applied, and whether it refuses."""

    def __init__(self) -> None:
        self.applied: list[str] = []
        self.returned: list[str] = []
        self.refusal = ""

    def apply(self, request: ApprovalRequest, at: datetime) -> None:
        if self.refusal:
            ApprovalRequest.objects.filter(pk=request.pk).update(object_id="half done")
            raise Refuses(self.refusal)
        self.applied.append(request.object_id)


@pytest.fixture
def probe() -> Iterator[Probe]:
    one = Probe()
    registry.register(
        Act(
            name="test.act", title="An act of the tests", permission="org.sign_in", apply=one.apply, amount="count",
            describe=lambda payload: [Change("Size", "1", str(payload.get("size", 2)))],
            returned=lambda request, at: one.returned.append(request.object_id),
        )
    )  # fmt: skip
    yield one
    registry.unregister("test.act")


def chain(at: datetime, *steps: Mapping[str, Any]) -> ApprovalChain:
    return ApprovalChain.objects.create(
        act="test.act", version=1, steps=[dict(one) for one in steps], state="LIVE", author="system", made_at=at
    )


def ask(who: Person, at: datetime, **values: Any) -> ApprovalRequest:
    return services.ask_approval(
        actor=who, act="test.act", object_id="7", payload={"size": 3}, reason="月末核对", at=at, **values
    )


def kinds(request: ApprovalRequest) -> list[str]:
    return [one.kind for one in request.events.all()]


LEADER = {"name": "Leader", "way": "ANY", "who": [{"leader": True}]}


def test_the_leader_agrees_and_the_act_is_carried_out(probe: Probe, ana: Person, lee: Person, at: datetime) -> None:
    request = ask(ana, at)
    assert selectors.to_decide(lee).get() == request
    assert Notification.objects.get(person=lee).kind == "approval.wanted"
    done = services.approve(actor=lee, request=request, reason="同意", at=at)
    assert (done.state, probe.applied) == ("APPROVED", ["7"])
    assert kinds(request) == ["ASKED", "APPROVED", "APPLIED"]
    assert Notification.objects.get(person=lee).done_at == at
    assert Notification.objects.get(person=ana).kind == "approval.decided"
    assert AuditRow.objects.filter(action="workflow.approval_approved", actor=lee.person_no).exists()


def test_nobody_decides_a_request_of_their_own(probe: Probe, lee: Person, head: Person, at: datetime) -> None:
    request = ask(lee, at)
    assert [seat.person for seat in ApprovalSeat.objects.all()] == [head]
    with pytest.raises(NotAllowed):
        services.approve(actor=lee, request=request, at=at)
    Substitution.objects.create(
        person=head, substitute=lee, first_day=at.date() - timedelta(days=9), last_day=at.date() + timedelta(days=900),
        made_by="P-X",
    )  # fmt: skip
    with pytest.raises(NotAllowed):
        services.approve(actor=lee, request=request, at=at)


def test_a_substitute_votes_for_who_is_away(
    probe: Probe, ana: Person, lee: Person, units: dict[str, Unit], at: datetime
) -> None:
    other = person("other", Role.LEADER, units["T02"], name="代班")
    request = ask(ana, at)
    with pytest.raises(NotAllowed):
        services.approve(actor=other, request=request, at=at)
    Substitution.objects.create(
        person=lee, substitute=other, first_day=at.date() - timedelta(days=9), last_day=at.date() + timedelta(days=900),
        made_by="P-X",
    )  # fmt: skip
    again = Person.objects.get(pk=other.pk)
    assert selectors.requests(again).get() == request
    services.approve(actor=again, request=request, at=at)
    event = request.events.get(kind="APPROVED")
    assert (event.actor, event.for_person, probe.applied) == (other.person_no, lee.person_no, ["7"])


def test_all_must_sign_where_the_step_says_so(
    probe: Probe, ana: Person, lee: Person, risk: Person, compliance: Person, at: datetime
) -> None:
    chain(at, {"name": "Both", "way": "ALL", "who": [{"role": "RISK"}, {"role": "COMPLIANCE"}]})
    request = services.approve(actor=risk, request=ask(ana, at), at=at)
    assert (request.state, probe.applied) == ("OPEN", [])
    with pytest.raises(NotAllowed):
        services.approve(actor=risk, request=request, at=at)
    assert services.approve(actor=compliance, request=request, at=at).state == "APPROVED"


def test_one_of_several_is_enough_and_the_others_are_not_needed(
    probe: Probe, ana: Person, risk: Person, compliance: Person, at: datetime
) -> None:
    chain(at, {"name": "Either", "way": "ANY", "who": [{"role": "RISK"}, {"role": "COMPLIANCE"}]})
    request = services.approve(actor=risk, request=ask(ana, at), at=at)
    assert request.state == "APPROVED"
    assert ApprovalSeat.objects.get(person=compliance).state == "NOT_NEEDED"


def test_level_by_level_up_to_the_branch(
    probe: Probe, ana: Person, lee: Person, head: Person, units: dict[str, Unit], at: datetime
) -> None:
    sub = person("sub", Role.LEADER, units["S01"], name="支行长")
    top = person("top", Role.BRANCH_HEAD, units["HQ"], name="总行")
    chain(at, {"name": "Level", "way": "LEVELS", "until": "BRANCH"})
    request = ask(ana, at)
    for who in (lee, sub, head):
        assert probe.applied == []
        assert not selectors.to_decide(top).exists()
        request = services.approve(actor=who, request=request, at=at)
    assert (request.state, probe.applied) == ("APPROVED", ["7"])
    assert [one.place for one in request.stages.all()] == [1, 2, 3]


def test_steps_follow_the_amount(probe: Probe, ana: Person, lee: Person, compliance: Person, at: datetime) -> None:
    chain(at, LEADER, {"name": "Large", "way": "ANY", "who": [{"role": "COMPLIANCE"}], "from_amount": 20_000})
    small = ask(ana, at, amount=19_999)
    assert small.stages.count() == 1
    services.take_back(actor=ana, request=small, at=at)
    large = services.approve(actor=lee, request=ask(ana, at, amount=20_000), at=at)
    assert (large.state, selectors.to_decide(compliance).get()) == ("OPEN", large)


def test_one_signature_counts_for_consecutive_steps(
    probe: Probe, ana: Person, lee: Person, risk: Person, at: datetime
) -> None:
    chain(at, LEADER, {"name": "Lee again", "way": "ANY", "who": [{"person": lee.person_no}]},
          {"name": "Risk", "way": "ANY", "who": [{"role": "RISK"}]},
          {"name": "Lee at last", "way": "ANY", "who": [{"person": lee.person_no}]})  # fmt: skip
    request = services.approve(actor=lee, request=ask(ana, at), at=at)
    assert [one.state for one in request.stages.all()] == ["PASSED", "PASSED", "OPEN", "WAITING"]
    request = services.approve(actor=risk, request=request, at=at)
    assert request.state == "OPEN"  # not consecutive: Lee signs again
    assert services.approve(actor=lee, request=request, at=at).state == "APPROVED"
    assert kinds(request).count("MERGED") == 1


def test_returned_with_a_reason_and_sent_again(probe: Probe, ana: Person, lee: Person, at: datetime) -> None:
    request = ask(ana, at)
    with pytest.raises(services.CannotVote):
        services.return_request(actor=lee, request=request, reason=" ", at=at)
    request = services.return_request(actor=lee, request=request, reason="请说明用途", at=at)
    assert (request.state, probe.returned) == ("RETURNED", ["7"])
    with pytest.raises(NotAllowed):
        services.send_again(actor=lee, request=request, reason="x", at=at)
    request = services.send_again(actor=ana, request=request, reason="季度核对用", at=at)
    assert (request.state, request.round, request.reason) == ("OPEN", 2, "季度核对用")
    assert services.approve(actor=lee, request=request, at=at).state == "APPROVED"
    assert kinds(request) == ["ASKED", "RETURNED", "SENT_AGAIN", "APPROVED", "APPLIED"]


def test_taken_back_only_by_who_asked_and_only_before_the_decision(
    probe: Probe, ana: Person, lee: Person, at: datetime
) -> None:
    request = ask(ana, at)
    with pytest.raises(NotAllowed):
        services.take_back(actor=lee, request=request, at=at)
    request = services.take_back(actor=ana, request=request, at=at)
    assert not selectors.to_decide(lee).exists()
    with pytest.raises(services.CannotVote):
        services.approve(actor=lee, request=request, at=at)
    done = services.approve(actor=lee, request=ask(ana, at), at=at)
    with pytest.raises(services.CannotAsk):
        services.take_back(actor=ana, request=done, at=at)


def test_handed_on_with_a_reason_never_to_the_asker(
    probe: Probe, ana: Person, lee: Person, head: Person, at: datetime
) -> None:
    request = ask(ana, at)
    with pytest.raises(services.CannotVote):
        services.hand_on(actor=lee, request=request, to=ana, reason="您定", at=at)
    services.hand_on(actor=lee, request=request, to=head, reason="超出我的权限", at=at)
    with pytest.raises(NotAllowed):
        services.approve(actor=lee, request=request, at=at)
    assert services.approve(actor=head, request=request, at=at).state == "APPROVED"


def test_who_oversees_gives_a_stuck_vote_away(
    probe: Probe, ana: Person, lee: Person, head: Person, compliance: Person, at: datetime
) -> None:
    request = ask(ana, at)
    seat = ApprovalSeat.objects.get(person=lee)
    with pytest.raises(NotAllowed):
        services.reassign_seat(actor=head, request=request, seat_id=seat.pk, to=head, reason="他离职了", at=at)
    services.reassign_seat(actor=compliance, request=request, seat_id=seat.pk, to=head, reason="他离职了", at=at)
    assert services.approve(actor=head, request=request, at=at).state == "APPROVED"


def test_no_vote_in_time_goes_up_then_back(probe: Probe, ana: Person, lee: Person, head: Person, at: datetime) -> None:
    request = ask(ana, at)
    assert services.sweep(at + timedelta(hours=23)) == 0
    later = at + timedelta(hours=25)
    assert services.sweep(later) == 1
    assert services.sweep(later) == 0
    assert selectors.to_decide(head).get() == request
    assert not selectors.to_decide(lee).exists()
    assert services.sweep(later + timedelta(hours=25)) == 1  # nobody above the head: back to the asker
    request.refresh_from_db()
    assert request.state == "RETURNED"
    assert kinds(request) == ["ASKED", "ESCALATED", "TIMED_OUT"]


def test_a_step_may_return_at_once(probe: Probe, ana: Person, lee: Person, at: datetime) -> None:
    chain(at, {**LEADER, "hours": 2, "on_timeout": "RETURN"})
    request = ask(ana, at)
    assert services.sweep(at + timedelta(hours=3)) == 1
    request.refresh_from_db()
    assert (request.state, probe.returned) == ("RETURNED", ["7"])


def test_time_passes_on_workdays_only(db: None) -> None:
    from kajing.lib.periods import SHANGHAI

    friday = datetime(2026, 11, 20, 15, 0, tzinfo=SHANGHAI)
    assert after_hours(friday, 24) == datetime(2026, 11, 23, 15, 0, tzinfo=SHANGHAI)
    assert after_hours(friday, 8) == datetime(2026, 11, 20, 23, 0, tzinfo=SHANGHAI)
    before_national_day = datetime(2025, 9, 30, 10, 0, tzinfo=SHANGHAI)  # 1–8 October off, the 28th was made up
    assert after_hours(before_national_day, 24) == datetime(2025, 10, 9, 10, 0, tzinfo=SHANGHAI)


def test_a_failing_act_leaves_the_request_open_with_a_sentence(
    probe: Probe, ana: Person, lee: Person, at: datetime
) -> None:
    probe.refusal = "额度已被占用，请先核对。"
    request = services.approve(actor=lee, request=ask(ana, at), at=at)
    assert (request.state, request.problem, request.object_id) == ("OPEN", probe.refusal, "7")
    assert ApprovalSeat.objects.get().state == "OPEN"
    assert kinds(request) == ["ASKED", "FAILED"]
    probe.refusal = ""
    request = services.approve(actor=lee, request=request, at=at)
    assert (request.state, request.problem, probe.applied) == ("APPROVED", "", ["7"])


def test_history_is_never_changed(probe: Probe, ana: Person, lee: Person, at: datetime) -> None:
    event = ask(ana, at).events.get()
    with pytest.raises(NeverChanged):
        event.save()
    with pytest.raises(NeverChanged):
        ApprovalEvent.objects.filter(pk=event.pk).update(reason="x")


def test_a_stale_vote_is_refused(probe: Probe, ana: Person, lee: Person, head: Person, at: datetime) -> None:
    request = ask(ana, at)
    seen = request.version
    services.hand_on(actor=lee, request=request, to=head, reason="出差", at=at)
    with pytest.raises(services.CannotVote):
        services.approve(actor=head, request=request, version=seen, at=at)


def test_who_writes_a_chain_cannot_publish_it(
    probe: Probe, admin: Person, compliance: Person, ana: Person, lee: Person, risk: Person, at: datetime
) -> None:
    running = ask(ana, at)
    steps = [{"name": "Risk", "way": "ANY", "who": [{"role": "RISK"}]}]
    draft = services.draft_chain(actor=admin, act="test.act", steps=steps, at=at)
    with pytest.raises(services.CannotPublish):
        services.publish_chain(actor=admin, chain=draft, at=at)
    services.publish_chain(actor=compliance, chain=draft, at=at)
    assert [(one.version, one.state) for one in selectors.chains("test.act")] == [(2, "LIVE"), (1, "RETIRED")]
    assert services.approve(actor=lee, request=running, at=at).state == "APPROVED"  # kept its version
    fresh = ask(ana, at)
    assert selectors.to_decide(risk).get() == fresh
    with pytest.raises(services.CannotPublish):  # every step has a condition: small amounts would pass unseen
        services.draft_chain(actor=admin, act="test.act", steps=[{**steps[0], "from_amount": 5}], at=at)


def test_the_page_shows_what_changes_and_y_and_n_press_its_buttons(
    probe: Probe, ana: Person, lee: Person, ben: Person, sign_in: SignIn, at: datetime
) -> None:
    request = ask(ana, at)
    browser = sign_in(lee)
    page = browser.get("/approvals/").content.decode()
    assert all(word in page for word in ("月末核对", "1 → 3", 'data-do="approve"', 'data-do="return"', "安娜"))
    assert browser.get(f"/approvals/{request.pk}/").status_code == 200
    assert sign_in(ben).get(f"/approvals/{request.pk}/").status_code == 404
    empty = browser.post(f"/approvals/{request.pk}/return/", {"reason": ""}, **PARTIAL)
    assert empty.status_code == 422
    answer = browser.post(f"/approvals/{request.pk}/approve/", {"from": "row", "version": request.version}, **PARTIAL)
    assert answer.content.decode().strip().startswith(f'<li id="approval-{request.pk}"')
    assert probe.applied == ["7"]


def test_similar_decisions_come_nearest_in_amount_first(probe: Probe, ana: Person, lee: Person, at: datetime) -> None:
    for amount in (10, 900, 100):
        services.approve(actor=lee, request=ask(ana, at, amount=amount), reason=f"ok {amount}", at=at)
    found = selectors.similar(lee, ask(ana, at, amount=110))
    assert [one.request.amount for one in found] == [100, 10, 900]
    assert (found[0].decided_by, found[0].reason) == ("李强", "ok 100")


def test_the_api_votes_like_the_page(
    probe: Probe, ana: Person, lee: Person, ben: Person, sign_in: SignIn, at: datetime
) -> None:
    from uuid import uuid4

    request, browser = ask(ana, at), sign_in(lee)
    assert browser.get("/api/v1/approvals").json()["items"][0]["id"] == request.pk
    assert sign_in(ben).get(f"/api/v1/approvals/{request.pk}").status_code == 404
    told = browser.post(
        f"/api/v1/approvals/{request.pk}/return", {"reason": "不够清楚"}, content_type="application/json",
        headers={"Idempotency-Key": uuid4().hex},
    )  # fmt: skip
    assert (told.status_code, told.json()["state"]) == (200, "RETURNED")
    assert ApprovalStage.objects.get().state == "ENDED"
