"""Rows that a bulk form names."""

from __future__ import annotations

from django.http import HttpRequest, QueryDict

from kajing.records.lists import ListSpec
from kajing.records.selectors import Selection, selection
from kajing.workflow.selectors import present_of
from kajing.workflow.task_list import TASKS


def chosen_tasks(request: HttpRequest) -> Selection:
    """The ticked tasks, or the whole list of the address."""
    return chosen_rows(request, TASKS)


def chosen_rows(request: HttpRequest, spec: ListSpec) -> Selection:
    """The ticked rows of a list, or the whole list of the address."""
    data = request.POST if request.method == "POST" else request.GET
    return selection(
        request.user, spec, ids=data.getlist("ids"), query=QueryDict(data.get("query", "")),
        everything=data.get("all") == "1", today=present_of(request.user).today,
    )  # fmt: skip
