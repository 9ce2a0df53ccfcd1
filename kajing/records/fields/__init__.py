"""The bank's own fields: reading typed text, showing values, and their place in lists."""

from kajing.records.fields.show import Field, Value, masked
from kajing.records.fields.types import FieldRefused, clean

__all__ = ["Field", "FieldRefused", "Value", "clean", "masked"]
