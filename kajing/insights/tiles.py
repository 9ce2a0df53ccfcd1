"""Tiles of a dashboard: a metric with its trend, a saved report, a list's count, a figure of the system.

A tile is {"kind": …, "ref": …, "as": …, "size": 1 or 2}; `ref` names a metric, a report (its number, or the slug of one
that comes with the product), a list's saved view or a figure. Rooms add figures with `register`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

KINDS = ("metric", "report", "count", "figure")
MOST_TILES = 16
SIZES = (1, 2)
SHOWN_AS = ("chart", "table")


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One number that no list or metric tells, such as failed jobs: its words, who may see it, and where it leads."""

    key: str
    label: Any
    right: str
    value: Callable[[Any], Any]
    url_name: str
    icon: str = "activity"


FIGURES: dict[str, Figure] = {}


def register(figure: Figure) -> Figure:
    """Make a figure known; the same key again replaces the earlier one."""
    FIGURES[figure.key] = figure
    return figure


def _metric(name: str) -> dict[str, Any]:
    return {"kind": "metric", "ref": name, "as": "", "size": 1}


def _report(slug: str, shown: str = "chart", size: int = 2) -> dict[str, Any]:
    return {"kind": "report", "ref": slug, "as": shown, "size": size}


def _count(over: str, view: str) -> dict[str, Any]:
    return {"kind": "count", "ref": f"{over}:{view}", "as": "", "size": 1}


def _figure(key: str) -> dict[str, Any]:
    return {"kind": "figure", "ref": key, "as": "", "size": 1}


DEFAULTS: Mapping[str, list[dict[str, Any]]] = {
    "MANAGER": [
        _count("tasks", "today"), _count("customers", "must_call"), _metric("active_card_rate_90d"),
        _metric("utilisation"), _report("use-by-tier"), _report("arrears-by-bucket", "table"),
        _report("tasks-by-kind"), _report("state-by-risk"),
    ],
    "LEADER": [
        _metric("overdue_30_rate"), _metric("utilisation"), _metric("active_card_rate_90d"), _count("tasks", "team"),
        _report("arrears-by-manager"), _report("tasks-by-owner", "table"), _report("use-by-product-and-tier"),
        _report("tasks-by-severity"),
    ],
    "BRANCH_HEAD": [
        _metric("overdue_30_rate"), _metric("attrition_rate"), _metric("active_card_rate_90d"), _metric("utilisation"),
        _report("arrears-by-unit"), _report("use-by-product-and-tier"), _report("new-by-month"),
        _report("consent-by-unit", "table"),
    ],
    "RISK": [
        _metric("overdue_30_rate"), _metric("entry_rate"), _metric("fpd30"), _count("customers", "overdue_m1"),
        _report("arrears-by-unit"), _report("risk-by-product"), _report("cash-by-tier", "table"),
        _report("arrears-by-bucket", "table"),
    ],
    "SERVICE": [
        _count("tasks", "today"), _count("tasks", "overdue"), _count("customers", "silent"),
        _metric("attrition_rate"), _report("tasks-by-kind"), _report("missing-facts", "table"),
        _report("silent-by-product"), _report("consent-by-unit", "table"),
    ],
    "ADMIN": [
        _figure("jobs_dead"), _figure("files_held"), _figure("mail_stuck"), _figure("night"), _count("tasks", "open"),
    ],
    "COMPLIANCE": [
        _metric("overdue_30_rate"), _metric("attrition_rate"), _report("consent-by-unit"), _report("arrears-by-unit"),
    ],
    "AUDITOR": [_metric("overdue_30_rate"), _metric("utilisation"), _report("arrears-by-unit"), _figure("jobs_dead")],
}  # fmt: skip
