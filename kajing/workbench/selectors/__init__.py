"""Reads of the workbench. The room owns no table: everything here is put together from the rooms below."""

from kajing.workbench.selectors.book import Book, Weeks, book, weeks
from kajing.workbench.selectors.closing import Closing, chosen_tasks, closing
from kajing.workbench.selectors.homes import admin_home, review_home, risk_home, service_home
from kajing.workbench.selectors.team import board
from kajing.workbench.selectors.today import Target, best_actions, targets, today

__all__ = [
    "Book",
    "Closing",
    "Target",
    "Weeks",
    "admin_home",
    "best_actions",
    "board",
    "book",
    "chosen_tasks",
    "closing",
    "review_home",
    "risk_home",
    "service_home",
    "targets",
    "today",
    "weeks",
]
