-- customers
SELECT greatest(last_day(opened_on), getvariable('start')) AS day, 'BK-C' || c AS customer_id, person_name(c, NOT female) AS name, 'OTHER' AS id_type,
    CASE WHEN female THEN 'F' ELSE 'M' END AS gender, birth_date, fake_mobile(c) AS mobile, opened_on, unit_code, person_no AS manager_no, 'ACTIVE' AS status
FROM owner JOIN manager ON m = rank % getvariable('managers') ORDER BY day, c;
-- accounts
SELECT greatest(last_day(opened_on), getvariable('start')) AS day, berka_account(account) AS account_id, 'BK-C' || c AS customer_id, 'BK-CURRENT' AS product_id, 'CNY' AS currency,
    yuan(0) AS credit_limit, 31 AS statement_day, 20 AS due_days, opened_on, 'NORMAL' AS status
FROM owner ORDER BY day, c;
-- cards
SELECT greatest(last_day(approved_on), getvariable('start')) AS day, card_id, account_id, customer_id, product_id, last4, supplementary, approved_on, approved_on AS activated_on, 'ACTIVE' AS status
FROM (
    SELECT 'ACCOUNT-' || account AS card_id, berka_account(account) AS account_id, 'BK-C' || c AS customer_id, 'BK-CURRENT' AS product_id, fake_last4(account) AS last4,
        0 AS supplementary, opened_on AS approved_on FROM owner
    UNION ALL
    SELECT 'CARD-' || token, berka_account(account), 'BK-C' || c, 'BK-' || upper(sort), fake_last4(900000 + token::INT), 0, issued_on FROM card JOIN owner USING (account)
) ORDER BY day, card_id;
-- transactions
SELECT last_day(posted_on) AS day, 'BK-T' || id AS txn_id, 'ACCOUNT-' || account AS card_id, berka_account(account) AS account_id, posted_on::TIMESTAMP AS occurred_at, posted_on,
    CASE WHEN symbol = 'SLUZBY' THEN 'FEE' WHEN symbol = 'SANKC. UROK' THEN 'PENALTY' WHEN operation = 'PREVOD NA UCET' THEN 'TRANSFER' ELSE 'CASH' END AS kind,
    yuan(fen) AS amount, 'CZ' AS country, CASE WHEN operation = 'VYBER KARTOU' THEN 'ATM' ELSE 'OTHER' END AS channel
FROM posting JOIN owner USING (account) WHERE NOT credit AND fen > 0 ORDER BY posted_on, id;
-- statements
SELECT month_on AS day, berka_account(account) AS account_id, month_on AS statement_on, month_on + 20 AS due_on, yuan(-balance) AS balance, yuan(0) AS minimum_due
FROM (SELECT account, last_day(posted_on) AS month_on, arg_max(balance, (posted_on, id)) AS balance FROM posting JOIN owner USING (account) GROUP BY ALL)
WHERE month_on <= getvariable('until') ORDER BY day, account_id;
-- repayments
SELECT last_day(posted_on) AS day, 'BK-R' || id AS repayment_id, berka_account(account) AS account_id, posted_on::TIMESTAMP AS paid_at, yuan(fen) AS amount,
    CASE operation WHEN 'VKLAD' THEN 'BRANCH' WHEN 'PREVOD Z UCTU' THEN 'THIRD_PARTY' END AS method
FROM posting JOIN owner USING (account) WHERE credit AND fen > 0 ORDER BY posted_on, id;
