"""Customers 客户: who they are, who manages them."""

from kajing.analytics.feeds.base import Feed, Personal, choice, day, digits, flag, ident, money, text

FEED = Feed(
    name="customers",
    key=("customer_id",),
    columns=(
        ident("customer_id", required=True),
        text("name", required=True, length=100),
        choice("id_type", "ID_CARD | PASSPORT | OTHER"),
        text("id_number", length=40, personal=Personal("customer.id_number", indexed=True)),
        choice("gender", "M | F | U"),
        day("birth_date", happened=True),
        text("mobile", length=30, personal=Personal("customer.mobile", indexed=True, tail=True)),
        text("email", length=200, personal=Personal("customer.email", indexed=True)),
        digits("region", 6),
        text("address", length=300, personal=Personal("customer.address")),
        text("employer", personal=Personal("customer.employer")),
        text("occupation", length=60),
        text("education", length=40),
        text("marital_status", length=20),
        money("annual_income"),
        flag("income_verified"),
        flag("is_student"),
        day("opened_on", required=True, happened=True),
        ident("unit_code", required=True),
        ident("manager_no"),
        ident("referrer_no"),
        choice("status", "ACTIVE | CLOSED | DECEASED"),
    ),
)
