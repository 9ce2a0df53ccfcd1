from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from kajing.audit.services import verify


class Command(BaseCommand):
    help = "Check the audit trail and name every row that was edited, deleted, inserted, moved or cut off."

    def handle(self, *args: Any, **options: Any) -> None:
        verdict = verify()
        for finding in verdict.findings:
            self.stderr.write(f"{finding.kind} {finding.row_id}: {finding.text}")
        told = {"rows": verdict.rows, "seals": verdict.seals, "unsealed": verdict.unsealed}
        if verdict.whole:
            self.stdout.write(_("Whole: %(rows)s rows in %(seals)s seals, %(unsealed)s not sealed yet.") % told)
            return
        self.stderr.write(
            _("Tampered: %(count)s findings in %(rows)s rows.") % {**told, "count": len(verdict.findings)}
        )
        sys.exit(1)
