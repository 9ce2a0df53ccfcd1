"""Objects and their records over the API."""

from __future__ import annotations

from ninja import Router

from kajing.objects.api.definitions import router as definitions
from kajing.objects.api.records import router as records

router = Router()
router.add_router("", definitions)
router.add_router("", records)
