"""Lists: one description of columns, filters and orders drives the page, the count, the export and the API."""

from kajing.records.lists import conditions
from kajing.records.lists.board import BOARD, Board, Card
from kajing.records.lists.filters import Choice, Context, Filter, Flag, Moments, NotUnderstood, Period, Range, Text
from kajing.records.lists.paging import CursorRefused, Neighbours, Page, capped_count, neighbours, page, walk
from kajing.records.lists.spec import LISTS, Cell, Column, Extra, ListSpec, Order, SystemView, providers, register
from kajing.records.lists.state import ListState, read_state
from kajing.records.lists.twins import Narrowed, Twin

__all__ = [
    "BOARD",
    "LISTS",
    "Board",
    "Card",
    "Cell",
    "Choice",
    "Column",
    "Context",
    "CursorRefused",
    "Extra",
    "Filter",
    "Flag",
    "ListSpec",
    "ListState",
    "Moments",
    "Narrowed",
    "Neighbours",
    "NotUnderstood",
    "Order",
    "Page",
    "Period",
    "Range",
    "SystemView",
    "Text",
    "Twin",
    "capped_count",
    "conditions",
    "neighbours",
    "page",
    "providers",
    "read_state",
    "register",
    "walk",
]
