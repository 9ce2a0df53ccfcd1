-- customers
SELECT greatest(last_day(opened_on), getvariable('start')) AS day, no AS customer_id, person_name(c, male) AS name, 'OTHER' AS id_type,
    CASE WHEN male THEN 'M' ELSE 'F' END AS gender, birth_date, fake_mobile(c) AS mobile, yuan(income) AS annual_income, opened_on, unit_code, person_no AS manager_no, 'ACTIVE' AS status
FROM client JOIN manager ON m = c % getvariable('managers') JOIN (SELECT c, min(opened_on) AS opened_on FROM card GROUP BY c) USING (c)
WHERE opened_on <= getvariable('until') ORDER BY day, c;
-- accounts
SELECT greatest(last_day(opened_on), getvariable('start')) AS day, account_id, no AS customer_id, product_id, 'CNY' AS currency, yuan(credit_limit) AS credit_limit,
    31 AS statement_day, 20 AS due_days, opened_on, 'NORMAL' AS status
FROM card JOIN client USING (c) WHERE opened_on <= getvariable('until') ORDER BY day, c, n;
-- cards
SELECT greatest(last_day(opened_on), getvariable('start')) AS day, account_id || '-K' AS card_id, account_id, no AS customer_id, product_id, fake_last4(c * 10 + n) AS last4,
    0 AS supplementary, opened_on AS approved_on, opened_on AS activated_on, expires_on, 'ACTIVE' AS status
FROM card JOIN client USING (c) WHERE opened_on <= getvariable('until') ORDER BY day, c, n;
-- transactions
SELECT last_day(posted_on) AS day, 'TF-T' || id AS txn_id, account_id || '-K' AS card_id, account_id, occurred_at, posted_on,
    CASE WHEN declined THEN 'DECLINE' WHEN fen < 0 THEN 'REFUND' ELSE 'PURCHASE' END AS kind, yuan(abs(fen)) AS amount, merchant_id, mcc, city,
    CASE WHEN state IS NULL OR length(state) = 2 THEN 'US' ELSE coalesce(map {'China': 'CN', 'Japan': 'JP', 'Mexico': 'MX', 'Italy': 'IT', 'Canada': 'CA',
        'France': 'FR', 'Spain': 'ES', 'Germany': 'DE', 'United Kingdom': 'GB', 'Hong Kong': 'HK', 'Portugal': 'PT', 'Philippines': 'PH',
        'Dominican Republic': 'DO', 'Jamaica': 'JM', 'Netherlands': 'NL', 'South Korea': 'KR', 'Switzerland': 'CH', 'Greece': 'GR'}[state], 'ZZ') END AS country,
    CASE WHEN means = 'Online Transaction' THEN 'ONLINE' ELSE 'POS' END AS channel, CASE WHEN means = 'Online Transaction' THEN 0 ELSE 1 END AS card_present
FROM txn WHERE fen <> 0 ORDER BY posted_on, occurred_at, id;
-- statements
SELECT statement_on AS day, account_id, statement_on, statement_on + 20 AS due_on, yuan(balance) AS balance, yuan(minimum_due) AS minimum_due, yuan(purchases) AS purchases
FROM billed ORDER BY day, account_id;
-- repayments
SELECT last_day(statement_on + 18) AS day, account_id || '-R' || strftime(statement_on, '%Y%m') AS repayment_id, account_id, (statement_on + 18)::TIMESTAMP + INTERVAL 10 HOURS AS paid_at,
    yuan(balance) AS amount, 'CUSTOMER' AS method
FROM billed WHERE balance > 0 AND statement_on + 18 <= getvariable('until') ORDER BY day, account_id;
