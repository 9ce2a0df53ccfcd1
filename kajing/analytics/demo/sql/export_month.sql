-- transactions
SELECT folder_day(posted_on) AS day, 'T' || gid AS txn_id, card_name(card) AS card_id, account_name(a) AS account_id,
    occurred_at, posted_on, kind,
    CASE WHEN abroad > 0 THEN round(fen / 100.0 / getvariable('rates')[abroad], 2) ELSE fen / 100.0 END::DECIMAL(18, 2) AS amount,
    CASE WHEN abroad > 0 THEN getvariable('currencies')[abroad] ELSE 'CNY' END AS currency,
    yuan(fen) AS billing_amount,
    -- places in the word lists, which the writer looks up: a join would cost more and lose the order
    place AS merchant_id, place AS merchant_name, CASE WHEN place IS NOT NULL THEN shop END AS mcc,
    CASE WHEN merchant > 0 AND channel = 'POS' THEN 'P' || (merchant * 3 + CASE WHEN pattern IN ('C6', 'C7') THEN 0 ELSE gid % 3 END) END AS terminal_id,
    CASE WHEN abroad > 0 THEN getvariable('countries')[abroad] ELSE 'CN' END AS country,
    (nullif(greatest(merchant, 0) // (getvariable('shops') * getvariable('per_shop')), 0) - 1)::INT AS city, channel,
    CASE WHEN channel IN ('POS', 'ATM') THEN 1 WHEN channel IN ('ONLINE', 'QR') THEN 0 END AS card_present,
    CASE WHEN channel IN ('ONLINE', 'QR') THEN 'D' || (hash(device, getvariable('seed')) >> 28) END AS device_id,
    'T' || original AS original_txn_id
FROM (SELECT *, CASE WHEN merchant < 0 THEN getvariable('home_shops') - merchant ELSE merchant END::INT AS place FROM txn ORDER BY posted_on, gid);
-- statements
SELECT folder_day(s_on) AS day, account_name(a) AS account_id, s_on AS statement_on, s_on + 20 AS due_on,
    yuan(balance) AS balance, yuan(minimum_due) AS minimum_due,
    yuan(buy_open + buy_before) AS purchases, yuan(cash_open + cash_before) AS cash_advances,
    ((fee + interest + penalty) / 100.0)::DECIMAL(18, 2) AS fees_interest, yuan(instalment) AS instalment_due,
    yuan(limit_on(credit_limit, raised_on, s_on)) AS credit_limit, len(still_unmet)::INT AS cycles_past_due
FROM step WHERE issued ORDER BY s_on, a;
-- repayments
SELECT folder_day(pay_on) AS day, 'R' || (strftime(pay_on, '%Y%m%d')) || lpad(a::VARCHAR, 8, '0') AS repayment_id, account_name(a) AS account_id,
    CASE WHEN method = 'AUTO_DEBIT' THEN pay_on::TIMESTAMP + to_seconds(3600 * 17 + 1800) ELSE pay_on::TIMESTAMP + to_seconds(36000 + (w * 20000)::BIGINT) END AS paid_at,
    yuan(fen) AS amount, method,
    CASE WHEN method = 'THIRD_PARTY' THEN coalesce(mer.merchant_name, pick(getvariable('surnames'), u(a, 150)) || pick(getvariable('male'), u(a, 151))) END AS payer
FROM repay LEFT JOIN ring USING (a) LEFT JOIN merchant mer USING (merchant) WHERE pay_on BETWEEN getvariable('month_first') AND getvariable('month_last') ORDER BY pay_on, a;
