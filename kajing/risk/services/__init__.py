"""Business acts on alerts: what people decide (`acts`), what the night brings (`night`)."""

from kajing.risk.services.acts import OUTCOMES, CannotClose, ConflictOfInterest, close_alert
from kajing.risk.services.news import tell_new_alerts
from kajing.risk.services.night import absorb_alerts

__all__ = ["OUTCOMES", "CannotClose", "ConflictOfInterest", "absorb_alerts", "close_alert", "tell_new_alerts"]
