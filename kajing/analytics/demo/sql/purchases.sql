-- The month's purchases, cash advances and declines, one narrow row each; text is joined at the end.
CREATE OR REPLACE TEMP TABLE ticket AS SELECT a, unnest(range(n)) AS i FROM plan;

CREATE OR REPLACE TABLE txn AS
WITH line AS (
    SELECT *, (getvariable('month') * 2 * getvariable('customers') + a)::BIGINT * 512 + i AS gid
    FROM ticket JOIN plan USING (a)
),
hashed AS (
    SELECT *, hash(gid, getvariable('seed')) AS h1, hash(gid, getvariable('seed'), 2) AS h2, hash(gid, getvariable('seed'), 3) AS h3 FROM line
),
shopped AS (
    SELECT *, getvariable('shop_tickets')[1 + persona * 512 + bits(h1, 0, 511)]::INT AS shop FROM hashed
),
timed AS (
    SELECT *, getvariable('shop_rhythm')[1 + shop]::INT AS rhythm,
        bits(h3, 0, 127) < getvariable('shop_online')[1 + shop] AS online,
        CASE WHEN bits(h3, 7, 255) < home_shop_bias THEN hash(c, shop, bits(h3, 15, 1), getvariable('seed')) ELSE h2 END AS m,
        ((bits(h2, 0, 65535) + bits(h2, 16, 65535) + bits(h2, 32, 65535) + bits(h2, 48, 65535)) / 65536.0 - 2) * 1.732 AS z
    FROM shopped
),
placed AS (
    SELECT *,
        getvariable('day_tickets')[1 + rhythm * 512 + (i * 512 + bits(h1, 9, 511)) // n]::INT AS d,
        getvariable('quarter_tickets')[1 + rhythm * 512 + bits(h1, 18, 511)]::INT * 900 + bits(h1, 27, 1023) * 900 // 1024 AS sec,
        getvariable('shop_median')[1 + shop] * exp(getvariable('shop_sigma')[1 + shop] * z) * level AS yuan,
        CASE WHEN online THEN 0 WHEN bits(h3, 16, 63) = 0 THEN 1 + (city + bits(h3, 22, 15)) % getvariable('cities') ELSE city END AS at_city
    FROM timed
),
kept AS (
    SELECT *, trip > 0 AND NOT online AND d BETWEEN trip_from AND trip_to AS abroad,
        bits(h3, 30, 1023) < getvariable('cash_share') * CASE WHEN conduct IN ('REVOLVER', 'MIN_PAYER', 'ROLL', 'WRITTEN_OFF') THEN 8 ELSE 1 END AS cash
    FROM placed WHERE d BETWEEN first_offset AND last_offset
)
SELECT gid, a, c,
    a * 10 + CASE WHEN supplementary AND d >= second_card_offset AND bits(h3, 40, 3) = 0 THEN 5 WHEN d >= reissue_offset THEN 1 ELSE 0 END AS card,
    getvariable('month_first') + d AS posted_on,
    getvariable('month_first')::TIMESTAMP + to_seconds(d * 86400 + sec) AS occurred_at,
    CASE WHEN cash AND bits(h3, 58, 7) = 0 THEN 'TRANSFER' WHEN cash THEN 'CASH' WHEN bits(h3, 42, 1023) < CASE WHEN squeeze < 0.25 THEN 40 ELSE 6 END THEN 'DECLINE' ELSE 'PURCHASE' END AS kind,
    greatest(100, CASE WHEN cash THEN round(least(ceiling, 1000000, 60000 + yuan * 200) / 10000) * 10000
        -- whole yuan mostly; price tags (29.90), round sums, and what the scales or the meter say
        WHEN bits(h3, 52, 7) < 4 THEN round(least(ceiling, yuan * 100) / 100) * 100
        WHEN bits(h3, 52, 7) = 4 AND yuan > 12 THEN round(least(ceiling, yuan * 100) / 1000) * 1000 - 10
        WHEN bits(h3, 52, 7) = 5 AND yuan > 15 THEN CASE WHEN yuan < 180 THEN round(yuan / 10) * 1000 ELSE round(least(ceiling, yuan * 100) / 10000) * 10000 END
        ELSE least(ceiling, yuan * 100) END)::BIGINT AS fen,
    CASE WHEN cash THEN getvariable('atm') ELSE shop END AS shop,
    CASE WHEN cash AND bits(h3, 58, 7) = 0 THEN NULL WHEN abroad THEN -(trip * 16 + bits(h2, 8, 15)) ELSE
        (at_city * getvariable('shops') + CASE WHEN cash THEN getvariable('atm') ELSE shop END)::BIGINT * getvariable('per_shop')
        + floor(getvariable('per_shop') * pow(bits(m, 20, 65535) / 65536.0, 2.2))::INT END AS merchant,
    CASE WHEN abroad THEN trip ELSE 0 END AS abroad,
    CASE WHEN cash AND bits(h3, 58, 7) = 0 THEN 'OTHER' WHEN cash THEN 'ATM' WHEN online THEN 'ONLINE' WHEN abroad OR bits(h3, 55, 7) < 3 THEN 'POS' ELSE 'QR' END AS channel,
    c::BIGINT AS device, NULL::BIGINT AS original, d < statement_offset + 1 AS billed, NULL::VARCHAR AS pattern
FROM kept;

-- What planted patterns add this month.
INSERT INTO txn
SELECT ((getvariable('month') * 2 * getvariable('customers') + p.a)::BIGINT * 512 + 400 + row_number() OVER (PARTITION BY p.a ORDER BY p.occurred_at, p.k)) AS gid,
    p.a, p.c, p.a * 10 + CASE WHEN acc.reissued_on <= p.occurred_at::DATE THEN 1 ELSE 0 END, p.occurred_at::DATE, p.occurred_at, p.kind, p.fen, p.shop, p.merchant, p.abroad, p.channel,
    p.device, NULL, p.occurred_at::DATE <= make_date(year(getvariable('month_end')), month(getvariable('month_end')), least(acc.statement_day, day(getvariable('month_end')))), p.pattern
FROM planted p JOIN account acc USING (a)
WHERE p.occurred_at::DATE BETWEEN getvariable('month_first') AND getvariable('month_last');

-- One purchase charged twice within the minute, which customers complain about.
INSERT INTO txn SELECT gid + 100000000000000, * EXCLUDE (gid) REPLACE (occurred_at + INTERVAL 41 SECONDS AS occurred_at)
FROM txn WHERE kind = 'PURCHASE' AND pattern IS NULL AND u(gid, 124) < 0.00015 AND fen BETWEEN 2000 AND 100000 AND (occurred_at + INTERVAL 41 SECONDS)::DATE = posted_on;

-- Annual fees given back, where the cycle's purchases are well above (a statement's purchases are never negative).
INSERT INTO txn
WITH bought AS (SELECT a, billed, sum(fen) AS fen FROM txn WHERE kind = 'PURCHASE' GROUP BY ALL)
SELECT fee + 300000000000000, w.a, w.c, w.a * 10 + CASE WHEN reissued_on <= on_ THEN 1 ELSE 0 END, on_, on_::TIMESTAMP + INTERVAL 15 HOURS, 'REVERSAL', w.fen, NULL, NULL, 0, 'OTHER', NULL, fee, billed, NULL
FROM waived w JOIN account acc USING (a) JOIN bought USING (a)
WHERE on_ BETWEEN getvariable('month_first') AND getvariable('month_last') AND bought.fen >= 3 * w.fen
    AND billed = (on_ <= make_date(year(getvariable('month_end')), month(getvariable('month_end')), least(statement_day, day(getvariable('month_end')))));

-- Money that comes back: refunds some days later and same-day reversals, never across a statement.
INSERT INTO txn
SELECT gid + 200000000000000, a, c, card,
    posted_on + back AS posted_on, occurred_at + to_days(back) + to_seconds(1800) AS occurred_at,
    CASE WHEN back = 0 THEN 'REVERSAL' ELSE 'REFUND' END,
    CASE WHEN back > 0 AND part < 0.3 THEN greatest(100, (fen * part * 2)::BIGINT) ELSE fen END,
    shop, merchant, abroad, channel, device, gid, billed, pattern
FROM (
    SELECT *, u(gid, 120) AS draw, u(gid, 121) AS part,
        CASE WHEN pattern = 'F7' THEN 2 WHEN u(gid, 120) < 0.0015 THEN 0 ELSE 1 + (u(gid, 122) * 9)::INT END AS back
    FROM txn WHERE kind = 'PURCHASE'
) JOIN (SELECT a, statement_day FROM account) USING (a)
WHERE (draw < CASE WHEN channel = 'ONLINE' THEN 0.025 ELSE 0.004 END AND pattern IS NULL OR pattern = 'F7')
    AND (occurred_at + to_days(back) + to_seconds(1800))::DATE = posted_on + back
    AND posted_on + back <= getvariable('month_last')
    AND billed = (posted_on + back <= make_date(year(getvariable('month_end')), month(getvariable('month_end')), least(statement_day, day(getvariable('month_end')))));

-- Hotels hold an amount when the guest arrives; it is no debt.
INSERT INTO txn
SELECT gid + 400000000000000, a, c, card, posted_on, occurred_at - INTERVAL 9 HOURS, 'PREAUTH', (fen * 1.2)::BIGINT // 100 * 100, shop, merchant, abroad, channel, device, NULL, billed, NULL
FROM txn WHERE kind = 'PURCHASE' AND shop = sort_of('hotel') AND channel = 'POS' AND hour(occurred_at) >= 9 AND u(gid, 123) < 0.4;
