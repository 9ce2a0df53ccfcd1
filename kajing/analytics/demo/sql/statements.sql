-- Sums of the month by account, before and after the statement day.
CREATE OR REPLACE TEMP TABLE flow AS
SELECT a,
    coalesce(sum(signed) FILTER (WHERE billed AND NOT cash), 0)::BIGINT AS buy_before,
    coalesce(sum(signed) FILTER (WHERE NOT billed AND NOT cash), 0)::BIGINT AS buy_after,
    coalesce(sum(signed) FILTER (WHERE billed AND cash), 0)::BIGINT AS cash_before,
    coalesce(sum(signed) FILTER (WHERE NOT billed AND cash), 0)::BIGINT AS cash_after
FROM (
    SELECT a, billed, kind IN ('CASH', 'TRANSFER') AS cash,
        CASE WHEN kind IN ('REFUND', 'REVERSAL') THEN -fen WHEN kind IN ('DECLINE', 'PREAUTH') THEN 0 ELSE fen END AS signed
    FROM txn
) GROUP BY a;

-- One step of every account's ledger: the statement of this month, if its day has come.
CREATE OR REPLACE TABLE step AS
WITH dated AS (
    SELECT led.*, acc.account_opened_on, acc.activated_on, acc.reissued_on, acc.raised_on, acc.last_use_on, acc.credit_limit, acc.annual_fee_fen, acc.rigid, acc.fee_month, acc.pace,
        acc.plan_from, acc.plan_periods, acc.plan_principal, acc.conduct, acc.manner, acc.method, acc.share, acc.default_on, acc.cure_on, acc.aim, acc.overpays, acc.forgets,
        make_date(year(getvariable('month_end')), month(getvariable('month_end')), least(acc.statement_day, day(getvariable('month_end')))) AS s_on,
        coalesce(buy_before, 0) AS buy_before, coalesce(buy_after, 0) AS buy_after,
        coalesce(cash_before, 0) AS cash_before, coalesce(cash_after, 0) AS cash_after
    FROM ledger led JOIN account acc USING (a) LEFT JOIN flow USING (a)
),
paid AS (
    SELECT *,
        s_on BETWEEN getvariable('month_first') AND getvariable('month_last')
            AND (account_opened_on <= s_on) AND NOT written_off
            AND (stmt_balance > 0 OR buy_open + cash_open + buy_before + cash_before > 0
                OR (plan_from IS NOT NULL AND getvariable('month') BETWEEN plan_from AND plan_from + plan_periods - 1 AND activated_on < s_on)) AS issued,
        list_filter(list_transform(unmet, lambda x: x - pay_amount), lambda x: x > 1000) AS still_unmet,
        stmt_balance - pay_amount AS carried,
        coalesce(greatest(0, unmet[-1] - pay_amount), 0) AS unmet_minimum,
        CASE WHEN pay_on <= stmt_on + 23 THEN pay_amount ELSE 0 END AS paid_in_time
    FROM dated
),
charged AS (
    SELECT *,
        CASE WHEN stmt_on IS NULL OR len(still_unmet) >= 6 OR stmt_balance - paid_in_time <= 1000 THEN 0
            -- full basis: whole balance until the payment, the rest until this statement, 0.05 % a day
            ELSE (5 * (stmt_balance * (coalesce(pay_on, s_on) - stmt_on) + carried * (s_on - coalesce(pay_on, s_on))) + 5000) // 10000 END AS revolving_interest,
        CASE WHEN stmt_on IS NOT NULL AND stmt_minimum - paid_in_time > 1000 AND len(still_unmet) < 6
            THEN greatest(1000, (5 * (stmt_minimum - paid_in_time) + 50) // 100) ELSE 0 END AS penalty,
        CASE WHEN annual_fee_fen > 0 AND month(getvariable('month_end')) = fee_month + 1 AND account_opened_on + 330 < s_on AND activated_on IS NOT NULL
            AND (rigid = 1 OR pace < 5.2 AND u(a, 130) < 0.8) AND last_use_on > s_on THEN annual_fee_fen ELSE 0 END AS annual_fee,
        CASE WHEN cash_open + cash_before > 0 THEN greatest(1000, (cash_open + cash_before) // 100) ELSE 0 END AS cash_fee,
        CASE WHEN plan_from IS NOT NULL AND getvariable('month') BETWEEN plan_from AND plan_from + plan_periods - 1 AND activated_on < s_on
            THEN CASE WHEN getvariable('month') = plan_from + plan_periods - 1 THEN plan_principal - plan_principal // plan_periods * (plan_periods - 1)
                ELSE plan_principal // plan_periods END ELSE 0 END AS instalment
    FROM paid
),
billed AS (
    SELECT * REPLACE (revolving_interest * issued::INT AS revolving_interest, penalty * issued::INT AS penalty, annual_fee * issued::INT AS annual_fee,
            cash_fee * issued::INT AS cash_fee, instalment * issued::INT AS instalment),
        CASE WHEN issued AND instalment > 0 THEN (plan_principal * 6 + 500) // 1000 ELSE 0 END AS plan_interest
    FROM charged
),
summed AS (
    SELECT *, annual_fee + cash_fee AS fee, revolving_interest + plan_interest AS interest,
        carried + buy_open + cash_open + buy_before + cash_before + annual_fee + cash_fee + revolving_interest + plan_interest + penalty + instalment AS balance
    FROM billed
),
minimum AS (
    SELECT *,
        greatest(0, least(balance, greatest(least(balance, 5000),
            (greatest(0, balance - fee - interest - penalty - instalment - unmet_minimum) + 9) // 10
            + fee + interest + penalty + instalment + unmet_minimum + greatest(0, balance - limit_on(credit_limit, raised_on, s_on)))))::BIGINT AS minimum_due
    FROM summed
)
SELECT * FROM minimum;

-- The customer's decision on the new statement.
CREATE OR REPLACE TEMP TABLE decision AS
WITH drawn AS (
    SELECT a, c, conduct, manner, method, s_on, balance, minimum_due, share, default_on, cure_on, aim, overpays, forgets, last_use_on,
        len(still_unmet) AS cycles, u(a * 100 + getvariable('month'), 140) AS x, u(a * 100 + getvariable('month'), 141) AS y,
        u(a * 100 + getvariable('month'), 142) AS w, u(a * 100 + getvariable('month'), 143) AS v
    FROM step WHERE issued AND balance > 0
),
dated AS (
    SELECT *, CASE WHEN method = 'AUTO_DEBIT' THEN s_on + 20
        WHEN manner = 'LATE' AND x < 0.3 THEN s_on + 21 + (y * 6)::INT
        ELSE s_on + 6 + (y * 14)::INT END AS wish_on
    FROM drawn
),
chosen AS (
    SELECT *,
        -- who has forgotten once forgets again more easily: the bank's roll rates come from here
        CASE WHEN forgets > 0 AND v < CASE cycles WHEN 0 THEN forgets WHEN 1 THEN 0.3 WHEN 2 THEN 0.45 WHEN 3 THEN 0.3 ELSE 0 END THEN NULL
            WHEN wish_on >= default_on AND wish_on < cure_on
            THEN CASE WHEN cure_on <= s_on + 27 THEN greatest(cure_on, s_on + 1) END
            ELSE wish_on END AS pay_on
    FROM dated
)
SELECT a, c, method, s_on, pay_on, cycles,
    CASE WHEN pay_on IS NULL THEN 0
        WHEN manner = 'MINIMUM' AND s_on > getvariable('until') - 32 - 31 * coalesce(aim, 3 + (w * 5)::INT) THEN least(balance, (minimum_due + 99) // 100 * 100)
        WHEN manner IN ('PART', 'MINIMUM') THEN least(balance, greatest((balance * share * (0.8 + 0.4 * w))::BIGINT // 10000 * 10000, (minimum_due * 1.3)::BIGINT))
        WHEN overpays THEN (balance + 9999) // 10000 * 10000 + CASE WHEN w < 0.05 AND conduct <> 'SLEEPER' THEN thousand(300000 + x * 1500000) ELSE 0 END
        ELSE balance END::BIGINT AS pay_amount,
    w
FROM chosen;
