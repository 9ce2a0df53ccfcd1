"""The right an address asks for, written on the view or API operation itself.

`@needs("customers.view")` refuses everyone whose role does not carry the right, and leaves the name of the right on the
function as `.right`. The access matrix (`tests/access`) reads that mark from every address of the product: an address
without one fails the tests, so nothing can be open by accident (platform R2).
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from kajing.lib.errors import NotAllowed

View = TypeVar("View", bound=Callable[..., Any])
ANY_STAFF = "org.sign_in"


def needs(right: str) -> Callable[[View], View]:
    """Mark a page view or an API operation with the right it asks for; raises NotAllowed when the role lacks it."""

    def mark(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: Any, *args: Any, **kwargs: Any) -> Any:
            if not request.user.has_perm(right):
                raise NotAllowed
            return view(request, *args, **kwargs)

        guarded.right = right  # type: ignore[attr-defined]
        # The API kit reads types from the signature; names that exist for the type checker only stay as text.
        try:
            guarded.__signature__ = inspect.signature(view, eval_str=True)  # type: ignore[attr-defined]
        except NameError:
            guarded.__signature__ = inspect.signature(view)  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return mark


def staff(view: View) -> View:
    """Mark an address that every signed-in person may use, such as the own profile."""
    return needs(ANY_STAFF)(view)


def public(view: View) -> View:
    """Mark an address that needs no sign-in; there are few, and the access matrix lists them by name."""
    view.right = "public"  # type: ignore[attr-defined]
    view.login_required = False  # type: ignore[attr-defined]
    return view
