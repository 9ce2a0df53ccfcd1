"""Customers that a bulk form names."""

from __future__ import annotations

from django.http import HttpRequest, QueryDict

from kajing.customers.lists import CUSTOMERS
from kajing.customers.selectors import selection
from kajing.customers.selectors.selection import Selection
from kajing.workflow.selectors import present_of


def chosen_customers(request: HttpRequest) -> Selection:
    """The ticked rows, or the whole list of the address."""
    data = request.POST if request.method == "POST" else request.GET
    return selection(
        request.user, CUSTOMERS, ids=data.getlist("ids"), query=QueryDict(data.get("query", "")),
        everything=data.get("all") == "1", today=present_of(request.user).today,
    )  # fmt: skip
