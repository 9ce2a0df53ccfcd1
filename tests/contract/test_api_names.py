"""The names of the feed contract's API table, asked over HTTP with a token."""

from __future__ import annotations

import pytest

from tests.contract.bank import Bank

pytestmark = pytest.mark.slow

CUSTOMER = {
    "customer_id", "name", "unit_code", "manager_no", "segment", "state", "bucket", "risk_band", "last_purchase_on",
}  # fmt: skip
FEATURES = (
    "spend_30d spend_90d spend_365d txn_count_30d txn_count_90d txn_count_365d active_days_90d last_purchase_on "
    "recency_days mcc_group_share_365d top_merchants_365d cross_border_share_90d night_share_90d cash_share_90d "
    "utilisation dpd bucket five_class_card2011 five_class_asset2023 min_pay_streak payment_ratio_3m state "
    "sleeping_on silence_p"
).split()
METRICS = (
    "cards_issued cards_valid activation_rate_30d activation_rate_90d first_use_rate_30d active_card_rate_90d "
    "active_account_rate_month spend_per_card_month sleeping_ratio utilisation delinquency_balance_by_bucket "
    "overdue_30_rate roll_rate entry_rate fpd30 attrition_rate"
).split()


def first_customer(bank: Bank, token: str) -> str:
    return str(bank.call("GET", "/api/v1/customers?limit=1", token=token).json["items"][0]["customer_id"])


def test_me(bank: Bank, manager: str) -> None:
    me = bank.call("GET", "/api/v1/me", token=manager).json
    assert me.keys() >= {"person_no", "name", "role", "unit_code", "scope"}
    assert me["role"] == "MANAGER"


def test_no_token_is_refused(bank: Bank) -> None:
    answer = bank.call("GET", "/api/v1/customers")
    assert answer.status == 401
    assert answer.headers["content-type"].startswith("application/problem+json")


def test_customers_list_and_paging(bank: Bank, manager: str) -> None:
    page = bank.call("GET", "/api/v1/customers?limit=5", token=manager).json
    assert page.keys() >= {"items", "next", "total"}
    assert len(page["items"]) == 5
    assert page["items"][0].keys() >= CUSTOMER
    seen = [item["customer_id"] for item in page["items"]]
    while page["next"]:
        page = bank.call("GET", f"/api/v1/customers?limit=5&cursor={page['next']}", token=manager).json
        seen += [item["customer_id"] for item in page["items"]]
    assert len(seen) == len(set(seen)) == page["total"]


def test_customer_detail(bank: Bank, manager: str) -> None:
    customer = bank.call("GET", f"/api/v1/customers/{first_customer(bank, manager)}", token=manager).json
    assert customer.keys() >= CUSTOMER | {"accounts", "cards", "consents", "open_tasks", "open_alerts"}
    assert customer["accounts"]


def test_features(bank: Bank, manager: str) -> None:
    answer = bank.call("GET", f"/api/v1/customers/{first_customer(bank, manager)}/features", token=manager).json
    assert answer["as_of"] == "2026-11-22"
    assert set(answer["values"]) >= set(FEATURES)


def test_timeline(bank: Bank, manager: str) -> None:
    items = bank.call("GET", f"/api/v1/customers/{first_customer(bank, manager)}/timeline", token=manager).json["items"]
    assert items[0].keys() >= {"at", "kind", "title", "source"}


def test_reveal_is_audited(bank: Bank, manager: str, auditor: str) -> None:
    customer = first_customer(bank, manager)
    path = f"/api/v1/customers/{customer}/reveal"
    shown = bank.call("POST", path, token=manager, body={"field": "mobile", "reason": "call back as promised"})
    assert shown.status == 200, shown.body
    assert shown.json.keys() >= {"value", "expires_at"}
    rows = bank.call("GET", "/api/v1/audit?action=customers.reveal", token=auditor).json["items"]
    assert rows[0].keys() >= {"at", "actor", "action", "object", "reason", "address"}
    assert shown.json["value"] not in str(rows)


def test_task_once_per_key(bank: Bank, manager: str) -> None:
    body = {
        "title": "Send the fee table",
        "reason": "asked on the phone",
        "due_at": "2026-11-24T10:00:00+08:00",
        "customer_id": first_customer(bank, manager),
    }
    key = {"Idempotency-Key": "contract-test-1"}
    first = bank.call("POST", "/api/v1/tasks", token=manager, body=body, headers=key)
    again = bank.call("POST", "/api/v1/tasks", token=manager, body=body, headers=key)
    assert first.status in {200, 201}, first.body
    assert first.json == again.json
    other = bank.call("POST", "/api/v1/tasks", token=manager, body=body | {"title": "Other"}, headers=key)
    assert other.status in {409, 422}
    assert first.json.keys() >= {"id", "title", "reason", "due_at", "source", "customer_id", "owner", "state"}
    done = bank.call("POST", f"/api/v1/tasks/{first.json['id']}/done", token=manager, body={"outcome": "reached"})
    assert done.json["state"] == "DONE"


def test_alerts(bank: Bank, manager: str) -> None:
    items = bank.call("GET", "/api/v1/alerts?state=OPEN", token=manager).json["items"]
    assert items
    assert items[0].keys() >= {"id", "rule", "customer_id", "account_id", "raised_on", "severity", "reasons"}
    assert items[0]["reasons"][0].keys() >= {"text", "value", "usual", "window"}


def test_metrics(bank: Bank, manager: str) -> None:
    listed = bank.call("GET", "/api/v1/metrics", token=manager).json["items"]
    assert {metric["name"] for metric in listed} >= set(METRICS)
    assert listed[0].keys() >= {"name", "unit", "formula", "source"}
    for name in METRICS:
        answer = bank.call("GET", f"/api/v1/metrics/{name}?by=unit,month", token=manager)
        assert answer.status == 200, (name, answer.body)
        for row in answer.json["rows"][:1]:
            assert row.keys() >= {"keys", "numerator", "denominator", "value"}


def test_imports_and_nights(bank: Bank, auditor: str) -> None:
    batches = bank.call("GET", "/api/v1/imports", token=auditor).json["items"]
    assert batches[0].keys() >= {
        "id", "business_date", "feed", "state", "accepted", "duplicate", "corrected", "quarantined",
    }  # fmt: skip
    assert bank.call("GET", f"/api/v1/imports/{batches[0]['id']}/rejects", token=auditor).status == 200
    night = bank.call("GET", "/api/v1/nights", token=auditor).json["items"][0]
    assert night["as_of"] == "2026-11-22"
    assert night["state"] == "DONE"
    assert night["steps"][0].keys() >= {"name", "rows", "seconds"}


def test_openapi_is_3_1_and_docs_are_readable(bank: Bank, manager: str) -> None:
    schema = bank.call("GET", "/api/v1/openapi.json", token=manager).json
    assert schema["openapi"].startswith("3.1")
    assert bank.call("GET", "/api/v1/docs", token=manager).status == 200
