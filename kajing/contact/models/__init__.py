"""What was said to a customer and what is on its way to one."""

from kajing.contact.models.interactions import Interaction, Override

__all__ = ["Interaction", "Override"]
