-- customers
SELECT DATE '2005-04-30' AS day, no AS customer_id, person_name(id, male) AS name, 'OTHER' AS id_type, CASE WHEN male THEN 'M' ELSE 'F' END AS gender,
    birth_date, fake_mobile(id) AS mobile, education, marital_status, DATE '2005-01-01' AS opened_on, unit_code, person_no AS manager_no, 'ACTIVE' AS status
FROM client JOIN manager USING (m) ORDER BY id;
-- accounts
SELECT statement_on AS day, no || '-A' AS account_id, no AS customer_id, 'CNY' AS currency, yuan(credit_limit) AS credit_limit, 31 AS statement_day, 20 AS due_days,
    DATE '2005-01-01' AS opened_on, CASE WHEN cycles > 0 THEN 'OVERDUE' ELSE 'NORMAL' END AS status
FROM (SELECT *, cycles > 0 IS DISTINCT FROM lag(cycles > 0) OVER (PARTITION BY id ORDER BY k DESC) AS changed FROM bill) JOIN client USING (id)
WHERE changed ORDER BY day, id;
-- cards
SELECT DATE '2005-04-30' AS day, no || '-K' AS card_id, no || '-A' AS account_id, no AS customer_id, fake_last4(id) AS last4, 0 AS supplementary,
    DATE '2005-01-01' AS approved_on, DATE '2005-01-01' AS activated_on, 'ACTIVE' AS status
FROM client ORDER BY id;
-- transactions
SELECT statement_on AS day, no || '-T' || (10 - k) AS txn_id, no || '-K' AS card_id, no || '-A' AS account_id,
    make_timestamp(2005, 10 - k, 15, 12, 0, 0) AS occurred_at, make_date(2005, 10 - k, 15) AS posted_on,
    CASE WHEN balance - before + paid > 0 THEN 'PURCHASE' ELSE 'REFUND' END AS kind, yuan(abs(balance - before + paid)) AS amount, 'TW' AS country
FROM bill JOIN client USING (id) WHERE balance - before + paid <> 0 ORDER BY day, id;
-- statements
SELECT statement_on AS day, no || '-A' AS account_id, statement_on, statement_on + 20 AS due_on, yuan(balance) AS balance,
    yuan(CASE WHEN balance > 0 THEN (balance * 3 + 9999) // 10000 * 100 ELSE 0 END) AS minimum_due,
    yuan(greatest(0, balance - before + paid)) AS purchases, yuan(credit_limit) AS credit_limit, cycles AS cycles_past_due
FROM bill JOIN client USING (id) ORDER BY day, id;
-- repayments
SELECT statement_on AS day, no || '-R' || (10 - k) AS repayment_id, no || '-A' AS account_id, make_timestamp(2005, 10 - k, 20, 10, 0, 0) AS paid_at,
    yuan(paid) AS amount, 'CUSTOMER' AS method
FROM bill JOIN client USING (id) WHERE paid > 0 ORDER BY day, id;
