"""The base of every error a person may see."""

from __future__ import annotations


class DomainError(Exception):
    """A business rule says no. ``str(error)`` is a plain sentence that says what to do; the API answers 409.

    Raised with a lazy text it speaks the language of whoever reads it; a subclass needs no `__str__` for that.
    """

    status = 409


class NotAllowed(DomainError):
    """The actor lacks the right for this act; the API answers 403."""

    status = 403
