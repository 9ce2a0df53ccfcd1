"""What the pages of reports show."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from kajing.insights.models import Report
from kajing.insights.pivot import Definition, Table
from kajing.insights.pivot.drawing import chart
from kajing.insights.selectors.metrics import as_of
from kajing.insights.selectors.reports import condition_words, deliveries, lists_for, owners, reports, table
from kajing.insights.templatetags.reports import page_size
from kajing.ui import charts


@dataclass(frozen=True)
class Shown:
    """A table on a page: its chart, its lines from `start`, and what it rests on."""

    table: Table
    start: int
    as_of: date | None

    @property
    def chart(self) -> charts.Chart | None:
        """The chart."""
        return chart(self.table, "report")

    @property
    def condition(self) -> str:
        """Which records are meant, in words."""
        return condition_words(self.table.spec, self.table.definition.where, self.table.context)

    @property
    def end(self) -> int:
        """The line after the last one shown."""
        return min(self.start + page_size(self.table), len(self.table.lines))

    @property
    def before(self) -> int | None:
        """Where the page before begins."""
        return max(self.start - page_size(self.table), 0) if self.start else None

    @property
    def after(self) -> int | None:
        """Where the next page begins."""
        return self.end if self.end < len(self.table.lines) else None

    @property
    def first(self) -> int:
        """The number of the first line shown, from 1."""
        return self.start + 1 if self.table.lines else 0

    @property
    def json(self) -> str:
        """The definition, for forms that send it on."""
        return json.dumps(self.table.definition.as_json(), ensure_ascii=False)

    @property
    def ties(self) -> bool:
        """Whether some ranks are not sure."""
        return any(line.rank and line.rank[0] < line.rank[1] for line in self.table.lines)


def shown(user: Any, definition: Definition, start: str = "") -> Shown:
    """The table of a definition as a page shows it. Raises ReportRefused."""
    made = table(user, definition)
    place = int(start) if start.isdecimal() and len(start) < 6 else 0
    return Shown(made, place if place < max(len(made.lines), 1) else 0, as_of())


@dataclass(frozen=True)
class Row:
    """A report in the list of them."""

    report: Report
    over: str
    owner: str


def overview(user: Any, *, at: datetime) -> dict[str, Any]:
    """The reports by whose they are, and the files made for this person."""
    found = list(reports(user))
    names, lists = owners(found), {spec.name: spec for spec in lists_for(user)}
    rows = [Row(one, str(lists[one.list_name].label), names.get(one.owner_no, "")) for one in found]
    return {
        "mine": [row for row in rows if row.report.owner_no == user.person_no],
        "shared": [row for row in rows if row.report.owner_no and row.report.owner_no != user.person_no],
        "product": [row for row in rows if not row.report.owner_no],
        "files": list(deliveries(user, at=at).defer("content_enc")[:10]),
    }
