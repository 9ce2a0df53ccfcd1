-- Carry the ledger to the next month; `owed` is what the customer owes at the month's end.
CREATE OR REPLACE TABLE ledger AS
WITH next AS (
    SELECT s.a, s.c,
        CASE WHEN issued THEN s.s_on ELSE stmt_on END AS stmt_on,
        CASE WHEN issued THEN balance ELSE stmt_balance END AS stmt_balance,
        CASE WHEN issued THEN s.minimum_due ELSE stmt_minimum END AS stmt_minimum,
        CASE WHEN NOT issued THEN unmet WHEN balance > 0 THEN list_append(still_unmet, s.minimum_due) ELSE still_unmet END AS unmet,
        CASE WHEN issued THEN coalesce(d.pay_amount, 0) ELSE s.pay_amount END AS pay_amount,
        CASE WHEN issued THEN d.pay_on ELSE s.pay_on END AS pay_on,
        CASE WHEN issued THEN buy_after ELSE buy_open + buy_before + buy_after END AS buy_open,
        CASE WHEN issued THEN cash_after ELSE cash_open + cash_before + cash_after END AS cash_open,
        s.written_off OR (issued AND len(still_unmet) >= 7) AS written_off
    FROM step s LEFT JOIN decision d USING (a)
)
SELECT *, stmt_balance + buy_open + cash_open - CASE WHEN pay_on <= getvariable('month_last') THEN pay_amount ELSE 0 END AS owed FROM next;

INSERT INTO repay SELECT a, pay_on, pay_amount, method, w FROM decision WHERE pay_amount > 0 AND pay_on <= getvariable('until');

-- Charges appear as transactions posted on the statement day.
INSERT INTO txn
SELECT gid, a, c, a * 10 + CASE WHEN reissued_on <= s_on THEN 1 ELSE 0 END, s_on, s_on::TIMESTAMP + INTERVAL 23 HOURS, kind, fen, NULL, NULL, 0, 'OTHER', NULL, NULL, true, NULL
FROM (
    SELECT (getvariable('month') * 2 * getvariable('customers') + a)::BIGINT * 512 + 500 + k.n AS gid, a, c, s_on, reissued_on, k.kind,
        CASE k.n WHEN 0 THEN annual_fee WHEN 1 THEN cash_fee WHEN 2 THEN revolving_interest WHEN 3 THEN penalty WHEN 4 THEN instalment ELSE plan_interest END AS fen
    FROM step, (VALUES (0, 'FEE'), (1, 'FEE'), (2, 'INTEREST'), (3, 'PENALTY'), (4, 'INSTALMENT'), (5, 'INTEREST')) k(n, kind)
    WHERE issued
) WHERE fen > 0;

INSERT INTO waived
SELECT (getvariable('month') * 2 * getvariable('customers') + a)::BIGINT * 512 + 500, a, c, getvariable('month_last') + 1 + (u(a, 131) * 9)::INT, annual_fee
FROM step WHERE issued AND annual_fee > 0 AND last_use_on > getvariable('month_last') + 10 AND u(a * 100 + getvariable('month'), 132) < 0.3;

-- Account states that follow from the ledger.
INSERT INTO state_change
SELECT a, s_on + 24 AS on_, 'OVERDUE' FROM decision JOIN step USING (a, s_on)
WHERE (decision.pay_on IS NULL OR decision.pay_on > s_on + 23) AND minimum_due > 1000 AND len(still_unmet) < 3
UNION ALL SELECT a, decision.pay_on, 'NORMAL' FROM decision JOIN step USING (a, s_on)
WHERE decision.pay_amount >= minimum_due AND (decision.pay_on > s_on + 23 OR len(still_unmet) > 0)
UNION ALL SELECT a, s_on, 'STOP_PAY' FROM step WHERE issued AND len(still_unmet) = 3
UNION ALL SELECT a, s_on, 'WRITTEN_OFF' FROM step WHERE issued AND len(still_unmet) = 7;
