-- Card accounts: the customer's first account has a = c; some hold a second one, a = customers + c.
CREATE TABLE account AS
WITH both_ AS (
    SELECT *, c AS a, behaviour AS conduct, opened_on AS account_opened_on FROM customer
    UNION ALL
    SELECT *, c + getvariable('customers') AS a,
        CASE WHEN behaviour IN ('REVOLVER', 'ROLL', 'LATE') THEN 'REVOLVER' ELSE 'AUTO' END,
        greatest(opened_on + 60 + (u(c, 40) * 700)::INT, getvariable('start') - 300)
    FROM customer
    WHERE u(c, 41) < 0.11 AND behaviour NOT IN ('NEVER_USED', 'SLEEPER', 'SLEEPING_SOON', 'SILENT', 'NEW_DEFAULT', 'CHURNING', 'WRITTEN_OFF')
        AND opened_on + 800 < getvariable('until')
),
wished AS (
    SELECT * REPLACE (CASE WHEN conduct IN ('CASHOUT', 'FRAUD') THEN pattern_no END AS pattern_no),
        CASE WHEN student THEN pick(['CP01', 'CP11'], u(a, 42))
            WHEN conduct IN ('NEVER_USED', 'SLEEPER', 'SLEEPING_SOON', 'SILENT') THEN pick(['CP01', 'CP04', 'CP09', 'CP11'], u(a, 42))
            WHEN earns > 300000 AND u(a, 43) < 0.4 THEN pick(['CP07', 'CP07', 'CP13'], u(a, 42))
            ELSE pick(getvariable('product_tickets'), u(a, 42)) END AS wished_product,
        CASE WHEN conduct IN ('REVOLVER', 'MIN_PAYER', 'ROLL', 'WRITTEN_OFF', 'NEW_DEFAULT') THEN 5 + 8 * u(a, 44)
            WHEN conduct = 'SILENT' THEN 24 + 8 * u(a, 44)
            WHEN conduct IN ('OUTLIER', 'UTIL_JUMP') THEN 14 + 8 * u(a, 44)
            WHEN conduct = 'CASHOUT' THEN 5 + 3 * u(a, 44)
            ELSE 4 + 24 * pow(u(a, 44), 1.7) END * CASE WHEN a > c THEN 0.45 ELSE 1 END AS pace,
        least(4.0, greatest(0.45, pow(earns / 110000.0, 0.6))) AS wealth,
        getvariable('persona_mean')[persona + 1] AS basket,
        -- people who pay round sums, more than they owe; a few before a journey much more (溢缴款)
        CASE WHEN conduct IN ('STEADY', 'GROWING') THEN u(a, 69) < 0.08 WHEN conduct = 'SLEEPER' THEN u(a, 69) < 0.12 ELSE false END AS overpays,
        CASE conduct WHEN 'FRAUD' THEN getvariable('until') - CASE WHEN scripted THEN 2 + (u(a, 66) * 20)::INT
            ELSE 5 + (u(a, 66) * (getvariable('until') - getvariable('start') - 60))::INT END END AS event_on
    FROM both_
),
-- nobody gets a card whose smallest limit is far above the pay
served AS (
    SELECT wished.* EXCLUDE (wished_product), CASE WHEN pr.min_limit > 4 * earns / 12 AND earns < 300000 THEN pick(['CP01', 'CP04', 'CP08', 'CP09', 'CP10'], u(a, 70)) ELSE wished_product END AS product_id
    FROM wished JOIN product pr ON pr.product_id = wished_product
),
sized AS (
    SELECT served.*, pr.bin, pr.annual_fee_fen, pr.rigid,
        CASE WHEN student THEN 300000 + 100000 * floor(u(a, 45) * 3)::INT ELSE greatest(pr.min_limit * 100, least(pr.max_limit * 100,
            thousand(greatest(earns / 12 * (1.3 + 2 * u(a, 45)), CASE conduct WHEN 'UTIL_JUMP' THEN 4.5 ELSE 2.4 END * pace * basket * wealth,
                CASE WHEN conduct = 'OUTLIER' THEN 50000 WHEN conduct = 'CASHOUT' THEN CASE pattern_no WHEN 6 THEN 26000 WHEN 8 THEN 20000 WHEN 9 THEN earns / 4 ELSE 0 END ELSE 0 END) * 100))) END AS credit_limit
    FROM served JOIN product pr USING (product_id)
)
SELECT * REPLACE (CASE WHEN reissued_on > activated_on + 90 THEN reissued_on END AS reissued_on, CASE WHEN raised_on > account_opened_on + 180 THEN raised_on END AS raised_on) FROM (
SELECT *,
    CASE
        WHEN conduct = 'ROLL' THEN least(28, day(getvariable('until') - coalesce(aim, (1 + 165 * pow(u(a, 46), 1.3))::INT) - 20))
        WHEN conduct = 'CASHOUT' AND pattern_no = 5 THEN 12 + floor(u(a, 47) * 17)::INT
        WHEN conduct = 'UTIL_JUMP' THEN least(28, day(getvariable('until') - 2))
        ELSE 1 + floor(u(a, 47) * 28)::INT END AS statement_day,
    coalesce(aim, (1 + 165 * pow(u(a, 46), 1.3))::INT) AS late_days,
    CASE WHEN conduct = 'NEVER_USED' AND u(a, 48) < 0.6 THEN NULL
        WHEN conduct = 'NEW_DEFAULT' OR u(a, 71) < 0.8 THEN account_opened_on + 3 + (30 * pow(u(a, 49), 2))::INT
        ELSE account_opened_on + 25 + (160 * pow(u(a, 49), 1.6))::INT END AS activated_on,
    -- the last day the customer uses the card of his own will
    CASE conduct
        WHEN 'NEVER_USED' THEN DATE '1970-01-01'
        WHEN 'SLEEPER' THEN getvariable('start') + (u(a, 50) * 0.2 * (getvariable('until') - getvariable('start')))::INT
        WHEN 'SLEEPING_SOON' THEN getvariable('asleep_line') + coalesce(aim, (85 * u(a, 50))::INT)
        WHEN 'SILENT' THEN getvariable('until') - coalesce(aim, 8 + (u(a, 50) * 30)::INT)
        WHEN 'CHURNING' THEN getvariable('start') + ((0.04 + 0.88 * u(a, 50)) * (getvariable('until') - getvariable('start')))::INT
        -- the bank stops the card after forty days of arrears
        WHEN 'ROLL' THEN CASE WHEN coalesce(aim, (1 + 165 * pow(u(a, 46), 1.3))::INT) > 40
            THEN getvariable('until') - coalesce(aim, (1 + 165 * pow(u(a, 46), 1.3))::INT) + 40 ELSE DATE '2999-12-31' END
        WHEN 'WRITTEN_OFF' THEN getvariable('start') + 50 + (u(a, 50) * greatest(60, getvariable('until') - getvariable('start') - 230))::INT
        WHEN 'NEW_DEFAULT' THEN getvariable('until') - 30
        WHEN 'FRAUD' THEN CASE WHEN pattern_no = 6 THEN event_on - 200 ELSE DATE '2999-12-31' END
        ELSE DATE '2999-12-31' END AS last_use_on,
    -- no payment is made from `default_on` until `cure_on`
    CASE conduct
        WHEN 'ROLL' THEN getvariable('until') - coalesce(aim, (1 + 165 * pow(u(a, 46), 1.3))::INT) - 20
        WHEN 'WRITTEN_OFF' THEN getvariable('start') + 20 + (u(a, 50) * greatest(60, getvariable('until') - getvariable('start') - 230))::INT
        WHEN 'NEW_DEFAULT' THEN DATE '1970-01-01'
        WHEN 'CURED' THEN getvariable('start') + ((0.03 + 0.92 * u(a, 51)) * (getvariable('until') - getvariable('start')))::INT
        ELSE DATE '2999-12-31' END AS default_on,
    CASE conduct WHEN 'CURED' THEN getvariable('start') + ((0.03 + 0.92 * u(a, 51)) * (getvariable('until') - getvariable('start')))::INT + 25 + (u(a, 52) * 90)::INT
        ELSE DATE '2999-12-31' END AS cure_on,
    CASE conduct WHEN 'MIN_PAYER' THEN 'MINIMUM' WHEN 'REVOLVER' THEN 'PART' WHEN 'ROLL' THEN 'PART'
        WHEN 'WRITTEN_OFF' THEN 'PART' WHEN 'LATE' THEN 'LATE' ELSE 'FULL' END AS manner,
    0.22 + 0.5 * u(a, 53) AS share,
    CASE WHEN overpays THEN 'CUSTOMER' WHEN conduct = 'CASHOUT' AND pattern_no = 10 THEN 'THIRD_PARTY'
        WHEN conduct IN ('AUTO', 'SLEEPER', 'SLEEPING_SOON', 'SILENT') THEN 'AUTO_DEBIT'
        ELSE pick(['CUSTOMER', 'CUSTOMER', 'CUSTOMER', 'AUTO_DEBIT', 'AUTO_DEBIT', 'BRANCH', 'THIRD_PARTY'], pow(u(a, 54), 1.3)) END AS method,
    -- instalment plan: first statement month, periods, principal in fen
    CASE WHEN conduct NOT IN ('NEVER_USED', 'SLEEPER', 'SLEEPING_SOON', 'SILENT', 'CHURNING') AND NOT student AND u(a, 55) < 0.07 THEN (u(a, 56) * getvariable('months'))::INT END AS plan_from,
    pick([3, 6, 12, 12, 24], u(a, 57)) AS plan_periods,
    thousand(200000 + u(a, 58) * 1200000) AS plan_principal,
    CASE WHEN conduct IN ('STEADY', 'AUTO', 'GROWING', 'REVOLVER') AND u(a, 59) < 0.18
        THEN getvariable('start') + 30 + (u(a, 60) * (getvariable('until') - getvariable('start') - 30))::INT END AS raised_on,
    CASE WHEN conduct = 'CHURNING' THEN getvariable('start') + ((0.04 + 0.88 * u(a, 50)) * (getvariable('until') - getvariable('start')))::INT + 60 END AS closed_on,
    CASE WHEN conduct = 'FRAUD' THEN event_on + 4 + (u(a, 67) * 10)::INT
        WHEN u(a, 61) < 0.05 THEN getvariable('start') + 20 + (u(a, 62) * (getvariable('until') - getvariable('start') - 30))::INT END AS reissued_on,
    conduct = 'CHURNING' AND u(a, 68) < 0.04 AS dead,
    u(a, 63) < 0.08 AND conduct NOT IN ('NEVER_USED', 'SLEEPER', 'SLEEPING_SOON') AS supplementary,
    month(account_opened_on) - 1 AS fee_month,
    -- how often a payment is forgotten
    CASE WHEN scripted THEN 0.0 ELSE CASE conduct WHEN 'LATE' THEN 0.12 WHEN 'REVOLVER' THEN 0.035 WHEN 'STEADY' THEN 0.006 WHEN 'DECLINING' THEN 0.01 ELSE 0.0 END END AS forgets
FROM sized
);

-- Limits lent for a time: before the Spring Festival, at a customer's wish, and a few that run out in the coming weeks.
CREATE TABLE lending AS
SELECT a, from_on, from_on + days AS to_on, credit_limit // 5 // 10000 * 10000 AS fen
FROM account, LATERAL (
    SELECT festival - 20 AS from_on, 50 AS days, 0.06 AS likely, 162 AS purpose FROM (SELECT unnest(getvariable('festivals')) AS festival)
    UNION ALL SELECT getvariable('start') + 20 + (u(a, 73) * (getvariable('until') - getvariable('start') - 100))::INT, 45, 0.05, 74
    UNION ALL SELECT getvariable('until') - (u(a, 75) * 38)::INT, 40, 0.03, 76
) WHERE conduct IN ('STEADY', 'GROWING', 'AUTO', 'UTIL_JUMP') AND NOT student AND u(a, purpose) < likely AND account_opened_on + 60 < from_on
    AND from_on BETWEEN getvariable('start') AND getvariable('until');
