"""Reports that come with the product, by role. Names and notes are message ids."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_noop

MANAGER, LEADER, HEAD, RISK, SERVICE = "MANAGER", "LEADER", "BRANCH_HEAD", "RISK", "SERVICE"
COMPLIANCE, AUDITOR = "COMPLIANCE", "AUDITOR"
LEADS = (LEADER, HEAD)
OVER = (COMPLIANCE, AUDITOR)
COUNT = {"kind": "count"}
STREAK = {"kind": "share", "where": "streak >= 3", "label": gettext_noop("3 minimum payments in a row")}
AGREES = {"kind": "share", "where": "agrees_marketing", "label": gettext_noop("Agrees to marketing")}
SILENT = {"kind": "share", "where": "silence <= 5", "label": gettext_noop("Gone silent")}
ACTIVE = "status = ACTIVE"


@dataclass(frozen=True)
class Standard:
    """One report of the product: its name, what it is for, whose it is, and its definition."""

    slug: str
    name: str
    note: str
    roles: tuple[str, ...]
    definition: dict[str, Any]


def _asked(over: str, rows: list[str], measures: list[dict[str, str]], **more: Any) -> dict[str, Any]:
    return {"list": over, "rows": rows, "measures": measures, **more}


# Labels of measures are message ids too.
LATE = {"kind": "share", "where": "dpd > 0", "label": gettext_noop("In arrears")}
USE = {"kind": "ratio", "field": "balance", "over": "credit_limit", "label": gettext_noop("Use of limits")}
HIGH = {"kind": "share", "where": "utilisation >= 80", "label": gettext_noop("Use 80% or more")}
DONE = {"kind": "share", "where": "state = DONE", "label": gettext_noop("Share done")}
ON_TIME = {"kind": "share", "where": "on_time", "among": "state = DONE", "label": gettext_noop("Done on time")}
OVERDUE = {"kind": "share", "where": "show = overdue", "label": gettext_noop("Overdue now")}

STANDARD = [
    Standard(
        "use-by-tier", gettext_noop("Use of limit by value tier"),
        gettext_noop("Where limits are used, and how many use 80 % or more."),
        (MANAGER, *LEADS, RISK, SERVICE, *OVER),
        _asked("customers", ["value_tier"], [COUNT, USE, HIGH, {"kind": "sum", "field": "balance"}], where=ACTIVE),
    ),
    Standard(
        "use-by-product-and-tier", gettext_noop("Use of limit by product and tier"),
        gettext_noop("Balance as a share of the limit, for holders of each product."),
        (*LEADS, RISK, *OVER),
        _asked("customers", ["product"], [USE, COUNT], column="value_tier", where=ACTIVE, sort="-0", chart="heat"),
    ),
    Standard(
        "state-by-risk", gettext_noop("Card use by risk band"),
        gettext_noop("Who uses the card, and how risky the night found them."),
        (MANAGER, *LEADS, RISK, *OVER),
        _asked("customers", ["state"], [COUNT], column="risk_band", where=ACTIVE, chart="stacked"),
    ),
    Standard(
        "arrears-by-bucket", gettext_noop("Arrears by bucket"),
        gettext_noop("Customers, amount overdue and balance of everybody past due."),
        (MANAGER, *LEADS, RISK, *OVER),
        _asked(
            "customers", ["bucket"],
            [COUNT, {"kind": "sum", "field": "overdue_amount"}, {"kind": "sum", "field": "balance"},
             {"kind": "median", "field": "dpd"}],
            where="dpd > 0",
        ),
    ),
    Standard(
        "arrears-by-manager", gettext_noop("Arrears by manager"),
        gettext_noop("The share past due with its interval: places that overlap are no ranking."),
        (*LEADS, RISK),
        _asked(
            "customers", ["manager"],
            [LATE, COUNT, {"kind": "sum", "field": "overdue_amount"}], where=ACTIVE, sort="-0", top=20,
        ),
    ),
    Standard(
        "arrears-by-unit", gettext_noop("Arrears by unit"),
        gettext_noop("The share past due and the amount overdue, unit by unit."),
        (HEAD, RISK, *OVER),
        _asked(
            "customers", ["unit"],
            [LATE, COUNT, {"kind": "sum", "field": "overdue_amount"}], where=ACTIVE, sort="-0", top=20,
        ),
    ),
    Standard(
        "risk-by-product", gettext_noop("Risk bands by product"),
        gettext_noop("Holders of each product by the risk band of last night."),
        (RISK, HEAD, *OVER),
        _asked("customers", ["product"], [COUNT], column="risk_band", where=ACTIVE, chart="heat"),
    ),
    Standard(
        "cash-by-tier", gettext_noop("Cash and minimum payments by tier"),
        gettext_noop("Signs of a tight budget: cash, high use, minimum payments in a row."),
        (RISK,),
        _asked(
            "customers", ["value_tier"],
            [{"kind": "mean", "field": "cash_share_90d"}, HIGH, STREAK, COUNT],
            where=ACTIVE,
        ),
    ),
    Standard(
        "new-by-month", gettext_noop("New customers by month"),
        gettext_noop("Customers since, in the last year, by card use now."),
        (MANAGER, *LEADS),
        _asked("customers", ["opened:month"], [COUNT], column="state", where="opened >= -1y", chart="stacked"),
    ),
    Standard(
        "tasks-by-kind", gettext_noop("Tasks by kind, done on time"),
        gettext_noop("Tasks of the last 90 days: how many, overdue now, done, and of those by the due hour."),
        (MANAGER, *LEADS, RISK, SERVICE),
        _asked("tasks", ["kind"], [COUNT, OVERDUE, DONE, ON_TIME], where="created >= -90d", sort="-0"),
    ),
    Standard(
        "tasks-by-owner", gettext_noop("Tasks by owner"),
        gettext_noop("Who has how many tasks, how many are overdue, what was done on time, and what is at stake."),
        (*LEADS, RISK),
        _asked(
            "tasks", ["owner"],
            [COUNT, OVERDUE, ON_TIME, {"kind": "sum", "field": "value"}],
            where="created >= -90d", sort="-0", top=20,
        ),
    ),
    Standard(
        "tasks-by-severity", gettext_noop("Tasks by severity and kind"),
        gettext_noop("What the night and people set, by how much it matters."),
        (*LEADS, SERVICE),
        _asked("tasks", ["severity"], [COUNT], column="kind", where="created >= -90d", chart="stacked"),
    ),
    Standard(
        "missing-facts", gettext_noop("What records lack"),
        gettext_noop("Customers whose record lacks a fact, fact by fact."),
        (MANAGER, *LEADS, SERVICE),
        _asked("customers", ["missing"], [COUNT, USE], where=ACTIVE, sort="-0"),
    ),
    Standard(
        "consent-by-unit", gettext_noop("Marketing consent by unit"),
        gettext_noop("The share that agrees to offers, with its interval."),
        (HEAD, SERVICE, COMPLIANCE, AUDITOR),
        _asked("customers", ["unit"], [AGREES, COUNT], where=ACTIVE, sort="-0",
               top=20),
    ),
    Standard(
        "silent-by-product", gettext_noop("Gone silent by product"),
        gettext_noop("Holders whose silence would be unlikely by their own habit."),
        (SERVICE, MANAGER),
        _asked("customers", ["product"], [SILENT, COUNT], where=ACTIVE, sort="-0"),
    ),
]  # fmt: skip
