"""Acts on rules: write, test on 90 days, shadow, publish, retire; what a live rule does; addresses of webhooks."""

from kajing.workflow.services.rules.endpoints import (
    CannotRedeliver,
    new_endpoint,
    redeliver,
    rotate_secret,
    switch_endpoint,
)
from kajing.workflow.services.rules.running import forget, noticed, run_act, run_night_rules
from kajing.workflow.services.rules.testing import try_out
from kajing.workflow.services.rules.versions import CannotPublish, draft_rule, new_rule, publish, retire, start_shadow

__all__ = [
    "CannotPublish",
    "CannotRedeliver",
    "draft_rule",
    "forget",
    "new_endpoint",
    "new_rule",
    "noticed",
    "publish",
    "redeliver",
    "retire",
    "rotate_secret",
    "run_act",
    "run_night_rules",
    "start_shadow",
    "switch_endpoint",
    "try_out",
]
