-- customers
SELECT getvariable('start') AS day, no AS customer_id, person_name(c, male) AS name, 'OTHER' AS id_type, CASE WHEN male THEN 'M' ELSE 'F' END AS gender,
    fake_mobile(c) AS mobile, getvariable('start') - 365 AS opened_on, unit_code, person_no AS manager_no, 'ACTIVE' AS status
FROM client JOIN manager USING (m) ORDER BY c;
-- accounts
SELECT getvariable('start') AS day, no || '-A' AS account_id, no AS customer_id, 'CNY' AS currency, yuan(credit_limit) AS credit_limit, 31 AS statement_day, 20 AS due_days,
    getvariable('start') - 365 AS opened_on, 'NORMAL' AS status
FROM client ORDER BY c;
-- cards
SELECT getvariable('start') AS day, no || '-K' AS card_id, no || '-A' AS account_id, no AS customer_id, fake_last4(c) AS last4, 0 AS supplementary,
    getvariable('start') - 365 AS approved_on, getvariable('start') - 365 AS activated_on, 'ACTIVE' AS status
FROM client ORDER BY c;
-- transactions
SELECT posted_on AS day, 'HB-T' || id AS txn_id, 'HB' || lpad(c::VARCHAR, 6, '0') || '-K' AS card_id, 'HB' || lpad(c::VARCHAR, 6, '0') || '-A' AS account_id,
    occurred_at, posted_on, 'PURCHASE' AS kind, yuan(fen) AS amount, 'HB-M' || terminal AS merchant_id, 'HB-P' || terminal AS terminal_id, 'POS' AS channel
FROM txn ORDER BY posted_on, occurred_at, id;
-- statements
SELECT statement_on AS day, account_id, statement_on, statement_on + 20 AS due_on, yuan(balance) AS balance, yuan(minimum_due) AS minimum_due, yuan(purchases) AS purchases
FROM billed ORDER BY day, account_id;
-- repayments
SELECT statement_on + 18 AS day, account_id || '-R' || strftime(statement_on, '%Y%m') AS repayment_id, account_id, (statement_on + 18)::TIMESTAMP + INTERVAL 10 HOURS AS paid_at,
    yuan(balance) AS amount, 'AUTO_DEBIT' AS method
FROM billed WHERE balance > 0 AND statement_on + 18 <= getvariable('until') ORDER BY day, account_id;
-- fraud_labels
SELECT least(posted_on + 7, getvariable('until')) AS day, 'HB-T' || id AS txn_id, 'FRAUD' AS label, least(posted_on + 7, getvariable('until')) AS confirmed_on
FROM txn WHERE fraud ORDER BY day, id;
