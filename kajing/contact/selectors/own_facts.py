"""Facts the customers room and this one know: holds, debt, dates, spending, the last contact."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from kajing.contact.choices import Purpose, State
from kajing.contact.extensions import Fact
from kajing.contact.models import Interaction
from kajing.customers import words
from kajing.customers.models import Card, CardAccount, Customer
from kajing.customers.selectors import open_holds
from kajing.customers.selectors.rows import LIVE_CARDS
from kajing.lib.periods import SHANGHAI, add_months
from kajing.ui import formats

_SOON = 7  # days a birthday or anniversary is worth a word before it comes
_DUE_SOON = 5
_EXPIRES_SOON = 60
_MUCH_LESS, _MUCH_USED = -0.5, 0.8
_QUIET_FROM = 60


def holds(user: Any, customer: Customer, today: date) -> Iterator[Fact]:
    """Marks that stop contact: the first thing to know."""
    url = _page(customer, "panel-rules")
    forbids = {
        "COMPLAINT": _("Selling anything while the complaint is open."),
        "HARDSHIP": _("Asking for more than the plan says, or selling."),
        "FRAUD": _("Details of the case, and any payment request."),
        "REFUSAL": _("The offer the customer refused."),
    }
    for hold in open_holds(customer, today):
        kind = _(words.HOLDS.get(hold.kind, hold.kind))
        text = _("On hold: %(kind)s since %(day)s") % {"kind": kind, "day": formats.day(_day(hold.placed_at), today)}
        goal = _("Ask how the complaint stands and listen.") if hold.kind == "COMPLAINT" else ""
        yield Fact(
            key=f"hold:{hold.pk}",
            text=text,
            url=url,
            weight=95 if hold.kind == "DECEASED" else 90,
            icon="ban",
            tone="bad",
            goal=goal,
            purpose=Purpose.SERVICE if goal else "",
            forbids=forbids.get(hold.kind, ""),
        )


def money(user: Any, customer: Customer, today: date) -> Iterator[Fact]:
    """What is owed and when, how the limit is used, how spending moved."""
    figures = getattr(customer, "figures", None)
    if figures is None:
        return
    cards, spending = _page(customer, "cards"), _page(customer, "spending")
    if figures.dpd and figures.overdue_amount:
        told = {"amount": formats.money_short(figures.overdue_amount), "days": figures.dpd, "bucket": figures.bucket}
        yield Fact(
            key="overdue",
            text=_("%(amount)s overdue for %(days)s days (%(bucket)s)") % told,
            url=cards,
            weight=85,
            icon="clock-exclamation",
            tone="bad",
            goal=_("Agree on the day and the amount of the payment."),
            purpose=Purpose.COLLECTION,
            topics=frozenset({"overdue"}),
            forbids=_("New borrowing to pay the old debt: instalments, cash, a higher limit."),
        )
    elif figures.next_due_on and 0 <= (figures.next_due_on - today).days <= _DUE_SOON and figures.minimum_due:
        told = {"amount": formats.money_short(figures.minimum_due), "day": formats.day(figures.next_due_on, today)}
        yield Fact(
            key="due",
            text=_("Minimum of %(amount)s is due on %(day)s") % told,
            url=cards,
            weight=55,
            icon="calendar-due",
            tone="warn",
            goal=_("Remind of the due day and offer automatic repayment."),
            purpose=Purpose.SERVICE,
        )
    if figures.utilisation is not None and figures.utilisation >= _MUCH_USED:
        share = formats.percent(figures.utilisation)
        yield Fact(
            key="utilisation",
            text=_("%(share)s of the limit is used") % {"share": share},
            url=cards,
            weight=45,
            icon="gauge",
            tone="warn",
            forbids=_("Promising a higher limit."),
        )
    yield from _spend(figures, spending)


def _spend(figures: Any, url: str) -> Iterator[Fact]:
    now, before = figures.spend_30d, figures.spend_prev_30d
    if now is None:
        return
    change = (now - before) / before if before else None
    if change is not None and change <= _MUCH_LESS:
        told = {"now": formats.money_short(now), "change": formats.change(change)}
        yield Fact(
            key="spend",
            text=_("Spent %(now)s in 30 days, %(change)s") % told,
            url=url,
            weight=48,
            icon="trending-down",
            tone="warn",
            goal=_("Find out why the card is used less, and what would bring it back."),
            purpose=Purpose.CARE,
        )
        return
    quiet = figures.recency_days
    if quiet is not None and quiet >= _QUIET_FROM:
        yield Fact(
            key="quiet",
            text=_("No purchase for %(days)s days") % {"days": quiet},
            url=url,
            weight=46,
            icon="zzz",
            tone="warn",
            goal=_("Find out why the card is not used, and what would bring it back."),
            purpose=Purpose.CARE,
        )
        return
    told = {"now": formats.money_short(now)}
    text = _("Spent %(now)s in 30 days") % told
    if change is not None:
        text = _("Spent %(now)s in 30 days, %(change)s") % {**told, "change": formats.change(change)}
    yield Fact(key="spend", text=text, url=url, weight=20, icon="credit-card")


def dates(user: Any, customer: Customer, today: date) -> Iterator[Fact]:
    """Birthday, limit and card that run out, years with the bank."""
    url, born = _page(customer), customer.birth_date
    if born and (days := _until(born, today)) <= _SOON:
        yield Fact(
            key="birthday",
            text=_("Birthday on %(day)s") % {"day": formats.day(today + timedelta(days=days), today)},
            url=url,
            weight=40,
            icon="cake",
            tone="pri",
            goal=_("Congratulate, and ask how the card serves."),
            purpose=Purpose.CARE,
        )
    for account in CardAccount.objects.filter(customer=customer, temp_limit__gt=0, temp_limit_until__gte=today):
        ends = account.temp_limit_until
        if ends is not None and (ends - today).days <= _SOON * 2:
            told = {"day": formats.day(ends, today)}
            yield Fact(
                key=f"limit:{account.pk}",
                text=_("The temporary limit ends on %(day)s") % told,
                url=_page(customer, "cards"),
                weight=52,
                icon="calendar-due",
                tone="warn",
                purpose=Purpose.SERVICE,
                goal=_("Say what the temporary limit's end means for the next bill."),
            )
    yield from _card_dates(customer, today)


def _card_dates(customer: Customer, today: date) -> Iterator[Fact]:
    cards = Card.objects.filter(customer=customer, status__in=LIVE_CARDS, supplementary=False).order_by("approved_on")
    url = _page(customer, "cards")
    for card in cards[:5]:
        tail = card.last4 or card.pk
        if card.expires_on and 0 <= (card.expires_on - today).days <= _EXPIRES_SOON:
            told = {"tail": tail, "day": formats.day(card.expires_on, today)}
            yield Fact(
                key=f"expires:{card.pk}",
                text=_("Card %(tail)s runs out on %(day)s") % told,
                url=url,
                weight=35,
                icon="credit-card",
                tone="warn",
            )
        if card.activated_on is None:
            told = {"tail": tail, "day": formats.day(card.approved_on, today)}
            yield Fact(
                key=f"asleep:{card.pk}",
                text=_("Card %(tail)s of %(day)s is not activated yet") % told,
                url=url,
                weight=50,
                icon="credit-card-off",
                tone="warn",
                goal=_("Help with activation and the first use."),
                purpose=Purpose.SERVICE,
                forbids=_("Any gift or fee before the card is activated and used."),
            )
        back = today + timedelta(days=_until(card.approved_on, today))
        years = back.year - card.approved_on.year
        if years > 0 and (back - today).days <= _SOON:
            told = {"tail": tail, "years": str(years), "day": formats.day(back, today)}
            text = _("Card %(tail)s: %(years)s years with us on %(day)s") % told
            yield Fact(key=f"years:{card.pk}", text=text, url=url, weight=30, icon="confetti", tone="pri")


def contacts(user: Any, customer: Customer, today: date) -> Iterator[Fact]:
    """The last contact and the next plan."""
    rows = Interaction.objects.filter(customer=customer).select_related("person")
    last = rows.filter(state__in=[State.DONE, State.MISSED]).first()
    if last is not None:
        told = {
            "day": formats.day(_day(last.at), today),
            "outcome": last.get_outcome_display(),
            "who": last.person.name,
        }
        text = _("Last contact %(day)s by %(who)s: %(outcome)s") % told
        weight = 65 if last.state == State.MISSED and not last.next_step else 28
        yield Fact(
            key="last",
            text=text,
            url=_contact(last),
            weight=weight,
            icon="phone-call",
            goal=_("Ask what the customer called about.") if weight > 28 else "",
            purpose=Purpose.SERVICE if weight > 28 else "",
        )
    plan = rows.filter(state=State.PLANNED).order_by("at").first()
    if plan is not None:
        told = {"what": plan.get_channel_display(), "moment": formats.minute(plan.at), "who": plan.person.name}
        text = _("Planned: %(what)s on %(moment)s by %(who)s") % told
        yield Fact(key="plan", text=text, url=_contact(plan), weight=33, icon="calendar-event", tone="pri")


def background(user: Any, customer: Customer, today: date) -> Iterator[Fact]:
    """What is always known, so that a quiet customer has five facts too."""
    figures, url = getattr(customer, "figures", None), _page(customer)
    since = _("Customer since %(day)s") % {"day": formats.day(customer.opened_on, today)}
    yield Fact(key="since", text=since, url=url, weight=10, icon="user")
    if figures is None:
        return
    if figures.segment:
        text = _("Segment: %(segment)s") % {"segment": words.class_words(figures.segment)}
        yield Fact(key="segment", text=text, url=url, weight=14, icon="users-group")
    if figures.credit_limit is not None:
        limit, balance = formats.money_short(figures.credit_limit), formats.money_short(figures.balance or 0)
        text = _("Limit %(limit)s, balance %(balance)s") % {"limit": limit, "balance": balance}
        yield Fact(key="limit", text=text, url=_page(customer, "cards"), weight=12, icon="credit-card")
    if figures.payment_ratio_3m is not None:
        text = _("Pays %(share)s of the bills back") % {"share": formats.percent(min(figures.payment_ratio_3m, 1))}
        yield Fact(key="pays", text=text, url=_page(customer, "timeline"), weight=11, icon="cash")


def _page(customer: Customer, part: str = "") -> str:
    return reverse("customers:page", args=[customer.pk]) + (f"#{part}" if part else "")


def _contact(contact: Interaction) -> str:
    return reverse("contact:detail", args=[contact.pk])


def _until(day: date, today: date) -> int:
    """Days to the next return of a yearly day; 29 February returns on the 28th."""
    this = add_months(day, (today.year - day.year) * 12)
    return ((this if this >= today else add_months(day, (today.year - day.year + 1) * 12)) - today).days


def _day(moment: datetime) -> date:
    return moment.astimezone(SHANGHAI).date()
