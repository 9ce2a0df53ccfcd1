"""What the audit trail calls this room's acts, and what they are done to."""

from __future__ import annotations

from django.utils.translation import pgettext_lazy

from kajing.audit import acts

WORDS = {
    "insights.save_report": pgettext_lazy("audit", "Report saved"),
    "insights.change_report": pgettext_lazy("audit", "Report changed"),
    "insights.remove_report": pgettext_lazy("audit", "Report removed"),
    "insights.export_report": pgettext_lazy("audit", "Report taken out as a file"),
    "insights.schedule_report": pgettext_lazy("audit", "Report scheduled"),
    "insights.stop_schedule": pgettext_lazy("audit", "Schedule of a report stopped"),
    "insights.fetch_report_file": pgettext_lazy("audit", "File of a report fetched"),
    "insights.place_tiles": pgettext_lazy("audit", "Dashboard arranged"),
    "insights.reset_dashboard": pgettext_lazy("audit", "Dashboard taken back to the role's"),
}

KINDS = {
    "dashboard": pgettext_lazy("audit object", "Dashboard"),
    "report": pgettext_lazy("audit object", "Report"),
    "report_delivery": pgettext_lazy("audit object", "Delivered report"),
    "report_schedule": pgettext_lazy("audit object", "Schedule of a report"),
}


def register() -> None:
    """Name them to the trail."""
    acts.register(WORDS)
    acts.register_kinds(KINDS)
