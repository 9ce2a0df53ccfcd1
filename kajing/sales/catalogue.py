"""The actions that come with the product. A bank switches, weighs and versions them on the page of actions.

Conditions are filters of the customers list in the form of its address, so that each one can be opened as a list.
The prior rates are our cautious guesses, not measurements; after some fifty judged actions the bank's own count leads.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_noop

QUIET_RISK = {"has_alert": ["0"]}  # nothing is sold while an alert is open
PERFORMING = {"bucket": ["M0"]}

CATALOGUE: list[dict[str, Any]] = [
    {
        "code": "first_use",
        "title": gettext_noop("Help with the first use"),
        "pitch": gettext_noop(
            "The card was never used. Ask what is in the way, explain activation and the first bill."
        ),
        "icon": "credit-card",
        "purpose": "SERVICE",
        "eligibility": {"state": ["NEVER_USED"], **PERFORMING},
        "context": [
            {"when": {"opened": ["-60d.."]}, "times": "1.8", "why": gettext_noop("a customer for less than 60 days")}
        ],
        "value": "first_spend",
        "success": {"state": ["ACTIVE"]},
        "success_days": 30,
        "prior_rate": "0.12",
    },
    {
        "code": "gone_quiet",
        "title": gettext_noop("Ask after a customer gone quiet"),
        "pitch": gettext_noop("Such a silence is rare for this customer. Ask whether something went wrong."),
        "icon": "moon",
        "purpose": "SERVICE",
        "eligibility": {"silence": ["..5"], "state": ["ACTIVE"], **PERFORMING},
        "context": [
            {"when": {"silence": ["..1"]}, "times": "1.3", "why": gettext_noop("a silence this customer never had")}
        ],
        "value": "year_spend",
        "success": {"last_purchase": ["-20d.."]},
        "success_days": 20,
        "prior_rate": "0.15",
    },
    {
        "code": "falling_spend",
        "title": gettext_noop("Win back spend"),
        "pitch": gettext_noop(
            "Spend fell sharply against the month before. Ask what changed; name the categories with rewards."
        ),
        "icon": "trending-down",
        "purpose": "MARKETING",
        "eligibility": {"spend_falls": ["1"], "state": ["ACTIVE"], **PERFORMING, **QUIET_RISK},
        "context": [],
        "value": "lost_spend",
        "success": {"spend_falls": ["0"], "last_purchase": ["-30d.."]},
        "success_days": 30,
        "prior_rate": "0.08",
    },
    {
        "code": "sleeping_soon",
        "title": gettext_noop("Wake the card before it sleeps"),
        "pitch": gettext_noop("Without a purchase the card counts as dormant soon. One small payment is enough."),
        "icon": "zzz",
        "purpose": "SERVICE",
        "eligibility": {"sleeping": ["0d..92d"], **PERFORMING},
        "context": [{"when": {"sleeping": ["0d..31d"]}, "times": "1.4", "why": gettext_noop("asleep within a month")}],
        "value": "first_spend",
        "success": {"last_purchase": ["-30d.."]},
        "success_days": 30,
        "prior_rate": "0.06",
    },
    {
        "code": "instalment_offer",
        "title": gettext_noop("Offer instalments for the balance"),
        "pitch": gettext_noop("A high balance, always paid. State the yearly rate and the total cost, then ask."),
        "icon": "calendar-dollar",
        "purpose": "MARKETING",
        "eligibility": {"utilisation": ["50..95"], "streak": ["..2"], **PERFORMING, **QUIET_RISK},
        "context": [
            {"when": {"due": ["0d..7d"]}, "times": "1.5", "why": gettext_noop("the bill is due within a week")}
        ],
        "value": "instalment",
        "success": {"utilisation": ["..50"]},
        "success_days": 60,
        "rest_days": 180,
        "prior_rate": "0.07",
    },
    {
        "code": "minimum_payers",
        "title": gettext_noop("Talk about a way out of minimum payments"),
        "pitch": gettext_noop("Three or more minimum payments in a row. Ask how things are; explain instalments."),
        "icon": "heart-handshake",
        "purpose": "SERVICE",
        "eligibility": {"streak": ["3.."], **PERFORMING},
        "context": [
            {"when": {"utilisation": ["90.."]}, "times": "1.4", "why": gettext_noop("the limit is nearly used up")}
        ],
        "value": "avoided_loss",
        "success": {"streak": ["..2"], "bucket": ["M0"]},
        "success_days": 60,
        "prior_rate": "0.20",
    },
    {
        "code": "due_soon",
        "title": gettext_noop("Remind of the due day"),
        "pitch": gettext_noop("The bill is due in a few days and the risk is raised. Remind; offer automatic payment."),
        "icon": "calendar-due",
        "purpose": "SERVICE",
        "eligibility": {"due": ["0d..3d"], "risk_band": ["WATCH", "HIGH", "SEVERE"], **PERFORMING},
        "context": [],
        "value": "avoided_loss",
        "success": {"bucket": ["M0"]},
        "success_days": 14,
        "rest_days": 25,
        "prior_rate": "0.35",
    },
    {
        "code": "first_overdue",
        "title": gettext_noop("Friendly call about a missed payment"),
        "pitch": gettext_noop("One bill is overdue. Ask whether it was forgotten; name the amount and the way to pay."),
        "icon": "phone-call",
        "purpose": "COLLECTION",
        "eligibility": {"bucket": ["M1"]},
        "context": [{"when": {"dpd": ["1..10"]}, "times": "1.3", "why": gettext_noop("overdue for ten days or less")}],
        "value": "avoided_loss",
        "success": {"bucket": ["M0"]},
        "success_days": 14,
        "rest_days": 7,
        "prior_rate": "0.40",
    },
    {
        "code": "temporary_limit",
        "title": gettext_noop("The temporary limit ends"),
        "pitch": gettext_noop("Say when it ends and what must be paid before, so that no payment is refused."),
        "icon": "hourglass",
        "purpose": "SERVICE",
        "eligibility": {"temporary_limit": ["1"]},
        "context": [],
        "value": "goodwill",
        "success": {"dpd": ["..0"]},
        "success_days": 30,
        "prior_rate": "0.50",
    },
    {
        "code": "travel",
        "title": gettext_noop("Help for travellers"),
        "pitch": gettext_noop(
            "Much is spent abroad. Explain fees, currency and the travel benefits of the cards on sale."
        ),
        "icon": "plane",
        "purpose": "MARKETING",
        "eligibility": {"abroad": ["20.."], "state": ["ACTIVE"], **PERFORMING, **QUIET_RISK},
        "context": [],
        "value": "abroad",
        "success": {"abroad": ["20.."], "last_purchase": ["-45d.."]},
        "success_days": 90,
        "rest_days": 180,
        "prior_rate": "0.10",
    },
    {
        "code": "birthday",
        "title": gettext_noop("Birthday wishes"),
        "pitch": gettext_noop("A birthday within a week. A wish and nothing to sell."),
        "icon": "cake",
        "purpose": "CARE",
        "eligibility": {"birthday": ["1"]},
        "context": [],
        "value": "goodwill",
        "success": {"state": ["ACTIVE"]},
        "success_days": 30,
        "rest_days": 360,
        "prior_rate": "0.60",
    },
]
