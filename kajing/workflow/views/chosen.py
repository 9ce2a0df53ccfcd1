"""Customers or tasks that a bulk form names."""

from __future__ import annotations

from django.http import HttpRequest, QueryDict

from kajing.customers.lists import CUSTOMERS
from kajing.records.lists import ListSpec
from kajing.records.selectors import Selection, selection
from kajing.workflow.selectors import present_of
from kajing.workflow.task_list import TASKS


def chosen_customers(request: HttpRequest) -> Selection:
    """The ticked rows, or the whole list of the address."""
    return _chosen(request, CUSTOMERS)


def chosen_tasks(request: HttpRequest) -> Selection:
    """The ticked tasks, or the whole list of the address."""
    return _chosen(request, TASKS)


def _chosen(request: HttpRequest, spec: ListSpec) -> Selection:
    data = request.POST if request.method == "POST" else request.GET
    return selection(
        request.user, spec, ids=data.getlist("ids"), query=QueryDict(data.get("query", "")),
        everything=data.get("all") == "1", today=present_of(request.user).today,
    )  # fmt: skip
