"""Credit bureau reports 征信报告: what the qualification review asks for (domain reference §3.2 and §4 R4)."""

from kajing.analytics.feeds.base import Feed, choice, day, flag, ident, money, number, text

FEED = Feed(
    name="bureau",
    key=("customer_id", "report_on"),
    columns=(
        ident("customer_id", required=True, refers="customers"),
        day("report_on", required=True, happened=True),
        choice("purpose", "APPLICATION | POST_LOAN"),  # 贷前审批 | 贷后管理: one consent does not cover both
        text("payment_history_24m", length=24),  # a code per month, newest first: * N 1–7 C G D Z #  (§1.8)
        money("current_overdue"),
        flag("bad_debt"),  # 呆账, 代偿, 资产处置
        flag("stop_pay"),  # 止付 or 冻结 at another bank
        number("hard_queries_1m", 0, 10_000),
        number("hard_queries_3m", 0, 10_000),
        number("hard_queries_6m", 0, 10_000),
        number("institutions", 0, 10_000),  # institutions with unsecured credit 多头
        number("cards", 0, 10_000),
        money("card_limit_total"),
        money("card_used_total"),
        money("card_used_average_6m"),
        money("loan_balance"),
        money("loan_instalment_monthly"),
        money("guarantees"),
        number("months_at_job", 0, 1200),
        number("months_at_address", 0, 1200),
        number("score", 0, 10_000),
    ),
)
