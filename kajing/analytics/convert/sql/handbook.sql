CREATE TABLE txn AS
SELECT TRANSACTION_ID AS id, CUSTOMER_ID AS c, TERMINAL_ID AS terminal, date_trunc('second', TX_DATETIME)::TIMESTAMP AS occurred_at,
    TX_DATETIME::DATE AS posted_on, round(TX_AMOUNT * 100)::BIGINT AS fen, TX_FRAUD = 1 AS fraud
FROM source WHERE round(TX_AMOUNT * 100) > 0;

CREATE TABLE posted AS SELECT 'HB' || lpad(c::VARCHAR, 6, '0') || '-A' AS account_id, posted_on, fen FROM txn;

CREATE TABLE client AS
SELECT c, 'HB' || lpad(c::VARCHAR, 6, '0') AS no, u(c, 3) < 0.5 AS male, ((row_number() OVER (ORDER BY c) - 1) % getvariable('managers'))::INT AS m,
    -- twice the dearest month, in whole thousands
    ((max(fen) * 2 + 99999) // 100000 * 100000)::BIGINT AS credit_limit
FROM (SELECT c, last_day(posted_on) AS month_on, sum(fen)::BIGINT AS fen FROM txn GROUP BY ALL) GROUP BY c;
