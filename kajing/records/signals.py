"""News of what records carry, once for all records of one act, inside its transaction."""

from django.dispatch import Signal

# Own fields of records were written: kind, counts (how many fields changed, by record id), actor (person_no), at.
fields_written = Signal()
# A tag was put on records or taken off: kind, ids, tag (its name), on (False: taken off), actor (person_no), at.
tagged = Signal()
