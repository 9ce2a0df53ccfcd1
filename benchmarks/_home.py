"""A home of its own for a benchmark that needs a database.

A benchmark writes thousands of made-up customers, so it must never meet a bank's own database: whatever KAJING_HOME and
DATABASE_URL say, it works in a new folder, or in the PostgreSQL that KAJING_BENCH_DATABASE_URL names for it alone
(``tools/with_postgres.py`` does).
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def scratch_home(name: str, home: str | None = None) -> Path:
    """Set Django up in a scratch home and return its folder.

    ``home`` keeps the folder for the next run. Raises RuntimeError where Django already works for another home.
    """
    from django.conf import settings

    if settings.configured:
        raise RuntimeError("Django is set up for another home already: a benchmark must be its own process.")
    folder = Path(home or tempfile.mkdtemp(prefix=f"kajing-{name}-"))
    folder.mkdir(parents=True, exist_ok=True)
    database = os.environ.get("KAJING_BENCH_DATABASE_URL") or f"sqlite:///{folder}/kajing.db"
    os.environ.update(KAJING_HOME=str(folder), DATABASE_URL=database, PYTHONPATH=str(ROOT))
    os.environ["DJANGO_SETTINGS_MODULE"] = "kajing.config.settings"
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    return folder
