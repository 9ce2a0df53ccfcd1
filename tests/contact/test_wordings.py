"""Templates: written by one, approved by another, checked for what may not be said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from kajing.contact import forbidden, merging
from kajing.contact.models import TemplateVersion
from kajing.contact.selectors import wordings as selectors
from kajing.contact.services import wordings as services
from kajing.lib.errors import DomainError, NotAllowed
from kajing.notifications.models import Notification
from kajing.org.models import Person
from kajing.reference.models import Parameter
from kajing.workflow.acts_templates import ask_for_waiting
from kajing.workflow.models import ApprovalChain, ApprovalRequest, ApprovalStage
from kajing.workflow.services import approvals
from tests.factories.contact import template

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]
State = TemplateVersion.State
TEXT = "尊敬的{customer.title}，您尾号{card.last4}的账单已出。{bank.name}"


def write(actor: Person, at: datetime, **values: Any) -> TemplateVersion:
    given = {
        "name": "账单提醒", "kind": "NOTICE", "channel": "SMS", "purpose": "SERVICE", "language": "zh-hans", "subject": "",
        "body": TEXT, "valid_from": at.date(), "valid_to": None, "review_id": "", **values,
    }  # fmt: skip
    return services.write_template(actor=actor, at=at, **given)


def test_a_template_goes_from_draft_to_force_by_two_people(ana: Person, lee: Person, at: datetime) -> None:
    version = write(ana, at)
    assert (version.state, version.number) == (State.DRAFT, 1)
    assert not selectors.usable(ana, at.date()).exists()
    services.ask_approval(actor=ana, version=version, at=at)
    assert Notification.objects.get(person=lee).kind == "approval.wanted"
    assert selectors.waiting_for_approval(lee) == 1
    services.decide(actor=lee, version=version, approve=True, note="", at=at)
    assert list(selectors.usable(ana, at.date())) == [version]
    assert [one.kind for one in Notification.objects.filter(person=ana)] == ["approval.decided"]


def test_nobody_approves_their_own_words(lee: Person, compliance: Person, ana: Person, at: datetime) -> None:
    version = services.ask_approval(actor=lee, version=write(lee, at), at=at)
    with pytest.raises(services.CannotDecide):
        services.decide(actor=lee, version=version, approve=True, note="", at=at)
    with pytest.raises(NotAllowed):
        services.decide(actor=ana, version=version, approve=True, note="", at=at)
    assert services.decide(actor=compliance, version=version, approve=True, note="", at=at).state == State.APPROVED


def test_returned_says_why_and_the_next_version_leaves_the_approved_one_in_force(
    ana: Person, lee: Person, at: datetime
) -> None:
    first = services.ask_approval(actor=ana, version=write(ana, at), at=at)
    with pytest.raises(services.CannotDecide):
        services.decide(actor=lee, version=first, approve=False, note=" ", at=at)
    services.decide(actor=lee, version=first, approve=True, note="", at=at)
    fields: dict[str, Any] = {"subject": "", "valid_from": at.date(), "valid_to": None, "review_id": ""}
    second = services.write_version(actor=ana, template=first.template, body="新文字", at=at, **fields)
    assert (second.number, second.state) == (2, State.DRAFT)
    assert services.write_version(actor=ana, template=first.template, body="再改", at=at, **fields).pk == second.pk
    services.ask_approval(actor=ana, version=second, at=at)
    returned = services.decide(actor=lee, version=second, approve=False, note="太短", at=at)
    assert (returned.state, returned.decision_note) == (State.RETURNED, "太短")
    assert list(selectors.usable(ana, at.date())) == [first]


def test_marketing_needs_its_review(ana: Person, lee: Person, at: datetime) -> None:
    version = write(ana, at, purpose="MARKETING", body="分期优惠，年化利率以页面公示为准。")
    with pytest.raises(services.CannotWrite, match="消保审查"):
        services.ask_approval(actor=ana, version=version, at=at)
    fields: dict[str, Any] = {"subject": "", "valid_from": at.date(), "valid_to": None, "review_id": "XB-2026-117"}
    version = services.write_version(actor=ana, template=version.template, body=version.body, at=at, **fields)
    assert services.ask_approval(actor=ana, version=version, at=at).state == State.ASKED


@pytest.mark.parametrize(
    ("body", "phrase"),
    [
        ("现在办理，包下卡！", "包下卡"),
        ("快 速 发 卡，立等可取", "快速发卡"),
        ("以卡\u200b办卡更快", "以卡办卡"),
        ("专业征信修复", "征信修复"),
        ("全网最低费率", "全网最低"),
        ("ＧＵＡＲＡＮＴＥＥＤ　ＡＰＰＲＯＶＡＬ", "guaranteed approval"),
        ("再不还就列入黑名单", "列入黑名单"),
    ],
)
def test_what_may_not_be_said_is_refused_with_its_source(ana: Person, at: datetime, body: str, phrase: str) -> None:
    with pytest.raises(forbidden.ForbiddenPhrase) as refused:
        write(ana, at, body=body)
    assert refused.value.hit.phrase == phrase
    assert refused.value.hit.rule_id in str(refused.value)


def test_a_phrase_counts_from_its_day_on(ana: Person, at: datetime) -> None:
    Parameter.objects.create(
        key="forbidden_phrases_new", value="神奇卡", topic="营销用语", source="内部通知", rule_id="PH900",
        enforcement="HARD_BLOCK", valid_from=at.date() + timedelta(days=1),
    )  # fmt: skip
    assert forbidden.find_phrases("神奇卡来了", at.date()) == []
    assert [hit.phrase for hit in forbidden.find_phrases("神奇卡来了", at.date() + timedelta(days=1))] == ["神奇卡"]


def test_a_doubtful_phrase_warns_only(ana: Person, at: datetime) -> None:
    assert write(ana, at, body="最高可享优惠").state == State.DRAFT
    assert [hit.blocks for hit in forbidden.find_phrases("最高可享优惠", at.date())] == [False]


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("本期最低还款额{account.minimum_due}", []),
        ("本期最 低 还 款 额请按时还", []),
        ("您的最高授信额度", []),
        ("本期最低还款额已出，费率最低", [("最低", False)]),
        ("最低的费率", [("最低", False)]),
        ("最低利率，还款额更少", [("最低", False)]),
        ("唯一最低还款额优惠", [("唯一", False)]),
        ("全网最低还款额", [("全网最低", True)]),
    ],
)
def test_a_term_of_the_trade_is_no_claim_and_excuses_none(
    at: datetime, text: str, hits: list[tuple[str, bool]]
) -> None:
    assert [(hit.phrase, hit.blocks) for hit in forbidden.find_phrases(text, at.date())] == hits


def test_the_terms_are_a_dated_row(at: datetime) -> None:
    Parameter.objects.filter(key="plain_terms").delete()
    assert [hit.phrase for hit in forbidden.find_phrases("最低还款额", at.date())] == ["最低"]


@pytest.mark.parametrize("body", ["您好{customer.nmae}", "您好{customer.name", "您好}", "{bank.name.__class__}", "{}"])
def test_a_field_that_is_none_is_refused(ana: Person, at: datetime, body: str) -> None:
    with pytest.raises(merging.UnknownField):
        write(ana, at, body=body)


def test_what_is_incomplete_is_refused_with_a_sentence(ana: Person, at: datetime) -> None:
    for values in (
        {"body": " "}, {"channel": "EMAIL", "subject": ""}, {"body": "长" * 501}, {"channel": "FAX"},
        {"valid_to": at.date() - timedelta(days=1)},
    ):  # fmt: skip
        with pytest.raises(services.CannotWrite, match=r"\w"):
            write(ana, at, **values)
    write(ana, at)
    with pytest.raises(services.CannotWrite):
        write(ana, at)


def test_only_valid_days_count(at: datetime, ana: Person) -> None:
    today = at.date()
    template(valid_from=today + timedelta(days=1))
    template(valid_to=today - timedelta(days=1))
    template(state="RETIRED")
    last_day = template(valid_to=today)
    assert list(selectors.usable(ana, today)) == [last_day]


def test_a_withdrawn_version_is_gone_at_once(ana: Person, lee: Person, at: datetime) -> None:
    version = template()
    services.retire(actor=lee, version=version, at=at, reason="价格变了")
    assert not selectors.usable(ana, date(2026, 11, 23)).exists()


def test_pages_of_a_template(ana: Person, lee: Person, at: datetime, sign_in: Callable[..., Any]) -> None:
    browser = sign_in(ana)
    given = {
        "name": "生日问候", "kind": "CARE", "channel": "SMS", "purpose": "CARE", "language": "zh-hans", "body": "祝{customer.title}生日快乐",
        "valid_from": "2026-01-01",
    }  # fmt: skip
    assert browser.post("/contact/templates/new/", {**given, "body": "包下卡"}).status_code == 422
    made = browser.post("/contact/templates/new/", given)
    assert made.status_code == 302
    page = made["Location"]
    assert "祝{customer.title}生日快乐" in browser.get(page).content.decode()
    assert browser.post(f"{page}1/ask/").status_code == 302
    request = ApprovalRequest.objects.get()
    browser.post(f"/approvals/{request.pk}/approve/", {"version": request.version})
    assert TemplateVersion.objects.get().state == State.ASKED  # not by who wrote it
    other = sign_in(lee)
    assert f'href="/approvals/{request.pk}/"' in other.get(page).content.decode()
    shown = other.get(f"/approvals/{request.pk}/").content.decode()
    assert "祝{customer.title}生日快乐" in shown and f'href="{page}"' in shown
    assert other.post(f"/approvals/{request.pk}/approve/", {"version": request.version}).status_code == 303
    assert TemplateVersion.objects.get().state == State.APPROVED
    assert "生日问候" in browser.get("/contact/templates/?state=APPROVED").content.decode()


class TestItsChain:
    """A template's approval is an act like any other: chain, seats, take back, time-out, another round."""

    def test_every_step_of_a_longer_chain_signs(
        self, ana: Person, lee: Person, compliance: Person, at: datetime
    ) -> None:
        steps = [
            {"name": "Leader", "way": "ANY", "who": [{"leader": True}]},
            {"name": "Compliance", "way": "ANY", "who": [{"role": "COMPLIANCE"}]},
        ]
        ApprovalChain.objects.create(
            act="contact.template", version=1, steps=steps, state="LIVE", author="x", made_at=at,
            published_by="y", published_at=at,
        )  # fmt: skip
        version = services.ask_approval(actor=ana, version=write(ana, at), at=at)
        assert services.decide(actor=lee, version=version, approve=True, note="", at=at).state == State.ASKED
        with pytest.raises(NotAllowed):  # has voted
            services.decide(actor=lee, version=version, approve=True, note="", at=at)
        done = services.decide(actor=compliance, version=version, approve=True, note="可以", at=at)
        assert (done.state, done.decided_by, done.decision_note) == (State.APPROVED, compliance.person_no, "可以")

    def test_who_may_not_approve_templates_cannot_by_a_seat(
        self, ana: Person, lee: Person, service: Person, at: datetime
    ) -> None:
        version = services.ask_approval(actor=ana, version=write(ana, at), at=at)
        request = ApprovalRequest.objects.get()
        approvals.hand_on(actor=lee, request=request, to=service, reason="代看", at=at)
        voted = approvals.approve(actor=service, request=request, at=at)
        assert (voted.state, bool(voted.problem)) == ("OPEN", True)
        version.refresh_from_db()
        assert version.state == State.ASKED

    def test_a_phrase_forbidden_meanwhile_refuses_the_last_vote(self, ana: Person, lee: Person, at: datetime) -> None:
        version = services.ask_approval(actor=ana, version=write(ana, at, body="神奇卡来了"), at=at)
        Parameter.objects.create(
            key="forbidden_phrases_new", value="神奇卡", topic="营销用语", source="内部通知", rule_id="PH900",
            enforcement="HARD_BLOCK", valid_from=at.date(),
        )  # fmt: skip
        with pytest.raises(DomainError, match="神奇卡"):
            services.decide(actor=lee, version=version, approve=True, note="", at=at)
        voted = approvals.approve(actor=lee, request=ApprovalRequest.objects.get(), at=at)
        assert "神奇卡" in voted.problem and voted.state == "OPEN"
        version.refresh_from_db()
        assert version.state == State.ASKED
        assert not selectors.usable(ana, at.date()).exists()

    def test_taken_back_it_is_a_draft_that_may_be_changed(self, ana: Person, lee: Person, at: datetime) -> None:
        version = services.ask_approval(actor=ana, version=write(ana, at), at=at)
        approvals.take_back(actor=ana, request=ApprovalRequest.objects.get(), at=at)
        version.refresh_from_db()
        assert version.state == State.DRAFT
        fields: dict[str, Any] = {"subject": "", "valid_from": at.date(), "valid_to": None, "review_id": ""}
        assert services.write_version(actor=ana, template=version.template, body="改", at=at, **fields).number == 1
        services.ask_approval(actor=ana, version=version, at=at)
        assert ApprovalRequest.objects.filter(state="OPEN").count() == 1

    def test_time_runs_out_and_another_round(self, ana: Person, lee: Person, at: datetime) -> None:
        version = services.ask_approval(actor=ana, version=write(ana, at), at=at)
        ApprovalStage.objects.update(on_timeout="RETURN", due_at=at)
        approvals.sweep(at + timedelta(hours=1))
        version.refresh_from_db()
        assert (version.state, version.decided_by) == (State.RETURNED, "system")
        request = ApprovalRequest.objects.get()
        approvals.send_again(actor=ana, request=request, reason="请看", at=at)
        version.refresh_from_db()
        assert version.state == State.ASKED
        assert services.decide(actor=lee, version=version, approve=True, note="", at=at).state == State.APPROVED

    def test_no_second_round_beside_a_newer_version(self, ana: Person, lee: Person, at: datetime) -> None:
        version = services.ask_approval(actor=ana, version=write(ana, at), at=at)
        services.decide(actor=lee, version=version, approve=False, note="太长", at=at)
        fields: dict[str, Any] = {"subject": "", "valid_from": at.date(), "valid_to": None, "review_id": ""}
        services.write_version(actor=ana, template=version.template, body="新", at=at, **fields)
        with pytest.raises(services.CannotDecide):
            approvals.send_again(actor=ana, request=ApprovalRequest.objects.get(), reason="请看", at=at)

    def test_versions_that_waited_before_there_was_a_chain_get_their_request(
        self, ana: Person, lee: Person, at: datetime
    ) -> None:
        waiting = template(state="ASKED", written_by=ana.person_no)
        orphan = template(state="ASKED", written_by="P-GONE")
        assert ask_for_waiting(at) == 2
        assert ask_for_waiting(at) == 0
        orphan.refresh_from_db()
        assert (orphan.state, orphan.decided_by) == (State.RETURNED, "system")
        assert ApprovalRequest.objects.get().asker == ana
        assert services.decide(actor=lee, version=waiting, approve=True, note="", at=at).state == State.APPROVED
