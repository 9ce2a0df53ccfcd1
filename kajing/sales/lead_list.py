"""The list of leads: what may be shown, filtered and sorted. The bank's own fields and tags join by themselves."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, pgettext_lazy

from kajing.lib.periods import SHANGHAI
from kajing.records.lists import Board, Cell, Column, ListSpec, Order, SystemView, register
from kajing.sales.lead_filters import FIELDS, FILTERS, STAGES
from kajing.sales.lead_rows import load_leads
from kajing.sales.models import Lead
from kajing.sales.selectors.leads import leads
from kajing.sales.stages import BY_HAND, KNOWN_LATER, WAY


def _when(moment: datetime | None) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if moment else ""


COLUMNS = [
    Column(name="name", label=pgettext_lazy("lead", "Name"), value=lambda row: row.name, cell=Cell.LINK,
           priority=1, phone=2),
    Column(name="stage", label=pgettext_lazy("lead", "Stage"), value=lambda row: row.stage_badge, cell=Cell.BADGE,
           priority=1, phone=3),
    Column(name="days", label=_("In this stage"), value=lambda row: row.days_badge, cell=Cell.BADGE, order="since",
           priority=2, export=lambda row: row.days),
    Column(name="product", label=_("Product"), value=lambda row: row.product, priority=2, phone=2),
    Column(name="limit", label=_("Expected limit"), value=lambda row: row.lead.expected_limit, cell=Cell.WAN,
           order="limit", priority=2),
    Column(name="source", label=_("Comes from"), value=lambda row: row.source_words, priority=3),
    Column(name="owner", label=pgettext_lazy("lead", "Owner"), value=lambda row: row.owner_words, priority=2, phone=2),
    Column(name="until", label=_("Owned until"), value=lambda row: row.until_badge, cell=Cell.BADGE, order="until",
           priority=2, export=lambda row: row.lead.owned_until),
    Column(name="touched", label=_("Last activity"), value=lambda row: _when(row.lead.touched_at), order="touched",
           priority=3),
    Column(name="number", label=_("Number"), value=lambda row: row.lead.number, default=False),
    Column(name="phone", label=_("Phone"), value=lambda row: row.phone, default=False),
    Column(name="unit", label=_("Unit"), value=lambda row: row.lead.unit.name, default=False),
    Column(name="created", label=pgettext_lazy("lead", "Came in"), value=lambda row: _when(row.lead.created_at),
           order="created", default=False),
    Column(name="loss", label=_("Why lost"), value=lambda row: row.loss, default=False),
    Column(name="customer_id", label=_("Customer number"), value=lambda row: row.lead.customer_id or "",
           default=False),
]  # fmt: skip

ORDERS = [
    Order("until", "owned_until", _("Owned until")),
    Order("since", "stage_since", _("In this stage since")),
    Order("limit", "expected_limit", _("Expected limit")),
    Order("touched", "touched_at", _("Last activity")),
    Order("created", "created_at", pgettext_lazy("lead", "Came in")),
    Order("id", "pk", _("Number")),
]

VIEWS = [
    SystemView("open", gettext_noop("My open leads"), {"whose": ["mine"], "show": ["open"]}, "until"),
    SystemView("stuck", gettext_noop("Too long in a stage"), {"whose": ["mine"], "stuck": ["1"]}, "since"),
    SystemView("ending", gettext_noop("Soon back in the pool"), {"whose": ["mine"], "ending": ["1"]}, "until"),
    SystemView("pool", gettext_noop("Lead pool"), {"whose": ["pool"], "show": ["open"]}, "-created"),
    SystemView("team", gettext_noop("All open leads"), {"show": ["open"]}, "-created"),
    SystemView("won", gettext_noop("Became cards"), {"show": ["won"]}, "-since"),
    SystemView(
        "lost", gettext_noop("Lost leads"), {"show": ["lost"]}, "-since",
        ("name", "loss", "product", "limit", "source", "owner", "days"),
    ),
]  # fmt: skip

LEAD_BOARD = Board(
    url_name="leads:board",
    state="stage",
    states=lambda: [(code, Lead.Stage(code).label) for code in (*WAY, Lead.Stage.LOST)],
    orders=[F("stage_since").asc(), F("pk").asc()],  # those longest in their stage come first
    filter="stage",
    total="expected_limit",
    total_label=_("Sum of expected limits"),
    way=BY_HAND,
    later=KNOWN_LATER,
    shows=STAGES,
)

LEADS = register(
    ListSpec(
        name="leads",
        label=pgettext_lazy("list", "Leads"),
        base=leads,
        load=load_leads,
        columns=COLUMNS,
        filters=FILTERS,
        orders=ORDERS,
        default_order="-created",
        url_name="leads:list",
        views=VIEWS,
        kind="lead",
        fields=FIELDS,
        key_label=_("Lead"),
        board=LEAD_BOARD,
    )
)
