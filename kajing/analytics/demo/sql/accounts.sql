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
    SELECT *,
        CASE WHEN conduct IN ('NEVER_USED', 'SLEEPER', 'SLEEPING_SOON', 'SILENT') THEN pick(['CP01', 'CP04', 'CP09', 'CP11'], u(a, 42))
            WHEN earns > 420000 AND u(a, 43) < 0.3 THEN pick(['CP07', 'CP07', 'CP13'], u(a, 42))
            ELSE pick(getvariable('product_tickets'), u(a, 42)) END AS product_id,
        CASE WHEN conduct IN ('REVOLVER', 'MIN_PAYER', 'ROLL', 'WRITTEN_OFF', 'NEW_DEFAULT') THEN 5 + 8 * u(a, 44)
            WHEN conduct = 'SILENT' THEN 24 + 8 * u(a, 44)
            WHEN conduct IN ('OUTLIER', 'UTIL_JUMP') THEN 14 + 8 * u(a, 44)
            WHEN conduct = 'CASHOUT' THEN 5 + 3 * u(a, 44)
            ELSE 4 + 24 * pow(u(a, 44), 1.7) END * CASE WHEN a > c THEN 0.45 ELSE 1 END AS pace,
        least(4.0, greatest(0.45, pow(earns / 110000.0, 0.6))) AS wealth,
        getvariable('persona_mean')[persona + 1] AS basket,
        CASE conduct WHEN 'CASHOUT' THEN coalesce(aim, 1 + floor(u(a, 65) * 6)::INT) WHEN 'FRAUD' THEN coalesce(aim, 1 + floor(u(a, 65) * 7)::INT) END AS pattern_no,
        CASE conduct WHEN 'FRAUD' THEN getvariable('until') - CASE WHEN scripted THEN 2 + (u(a, 66) * 20)::INT
            ELSE 5 + (u(a, 66) * (getvariable('until') - getvariable('start') - 60))::INT END END AS event_on
    FROM both_
),
sized AS (
    SELECT wished.*, pr.bin, pr.annual_fee_fen, pr.rigid,
        greatest(pr.min_limit * 100, least(pr.max_limit * 100,
            thousand(greatest(earns / 12 * (1.3 + 2 * u(a, 45)), CASE conduct WHEN 'UTIL_JUMP' THEN 4.5 ELSE 2.4 END * pace * basket * wealth,
                CASE conduct WHEN 'OUTLIER' THEN 50000 ELSE 0 END) * 100))) AS credit_limit
    FROM wished JOIN product pr USING (product_id)
)
SELECT * REPLACE (CASE WHEN reissued_on > activated_on + 90 THEN reissued_on END AS reissued_on, CASE WHEN raised_on > account_opened_on + 180 THEN raised_on END AS raised_on) FROM (
SELECT *,
    CASE
        WHEN conduct = 'ROLL' THEN least(28, day(getvariable('until') - coalesce(aim, (1 + 165 * pow(u(a, 46), 1.7))::INT) - 20))
        WHEN conduct = 'CASHOUT' AND pattern_no = 5 THEN 12 + floor(u(a, 47) * 17)::INT
        WHEN conduct = 'UTIL_JUMP' THEN least(28, day(getvariable('until') - 2))
        ELSE 1 + floor(u(a, 47) * 28)::INT END AS statement_day,
    coalesce(aim, (1 + 165 * pow(u(a, 46), 1.7))::INT) AS late_days,
    CASE WHEN conduct = 'NEVER_USED' AND u(a, 48) < 0.6 THEN NULL
        ELSE account_opened_on + 3 + (35 * pow(u(a, 49), 2))::INT END AS activated_on,
    -- the last day the customer uses the card of his own will
    CASE conduct
        WHEN 'NEVER_USED' THEN DATE '1970-01-01'
        WHEN 'SLEEPER' THEN getvariable('start') + (u(a, 50) * 0.2 * (getvariable('until') - getvariable('start')))::INT
        WHEN 'SLEEPING_SOON' THEN getvariable('asleep_line') + coalesce(aim, (85 * u(a, 50))::INT)
        WHEN 'SILENT' THEN getvariable('until') - coalesce(aim, 8 + (u(a, 50) * 30)::INT)
        WHEN 'CHURNING' THEN getvariable('start') + ((0.25 + 0.65 * u(a, 50)) * (getvariable('until') - getvariable('start')))::INT
        -- the bank stops the card after forty days of arrears
        WHEN 'ROLL' THEN CASE WHEN coalesce(aim, (1 + 165 * pow(u(a, 46), 1.7))::INT) > 40
            THEN getvariable('until') - coalesce(aim, (1 + 165 * pow(u(a, 46), 1.7))::INT) + 40 ELSE DATE '2999-12-31' END
        WHEN 'WRITTEN_OFF' THEN getvariable('start') + 90 + (u(a, 50) * 250)::INT
        WHEN 'NEW_DEFAULT' THEN getvariable('until') - 30
        WHEN 'FRAUD' THEN CASE WHEN pattern_no = 6 THEN event_on - 200 ELSE DATE '2999-12-31' END
        ELSE DATE '2999-12-31' END AS last_use_on,
    -- no payment is made from `default_on` until `cure_on`
    CASE conduct
        WHEN 'ROLL' THEN getvariable('until') - coalesce(aim, (1 + 165 * pow(u(a, 46), 1.7))::INT) - 20
        WHEN 'WRITTEN_OFF' THEN getvariable('start') + 60 + (u(a, 50) * 250)::INT
        WHEN 'NEW_DEFAULT' THEN DATE '1970-01-01'
        WHEN 'CURED' THEN getvariable('start') + ((0.15 + 0.55 * u(a, 51)) * (getvariable('until') - getvariable('start')))::INT
        ELSE DATE '2999-12-31' END AS default_on,
    CASE conduct WHEN 'CURED' THEN getvariable('start') + ((0.15 + 0.55 * u(a, 51)) * (getvariable('until') - getvariable('start')))::INT + 25 + (u(a, 52) * 90)::INT
        ELSE DATE '2999-12-31' END AS cure_on,
    CASE conduct WHEN 'MIN_PAYER' THEN 'MINIMUM' WHEN 'REVOLVER' THEN 'PART' WHEN 'ROLL' THEN 'PART'
        WHEN 'WRITTEN_OFF' THEN 'PART' WHEN 'LATE' THEN 'LATE' ELSE 'FULL' END AS manner,
    0.22 + 0.5 * u(a, 53) AS share,
    CASE WHEN conduct IN ('AUTO', 'SLEEPER', 'SLEEPING_SOON', 'SILENT') THEN 'AUTO_DEBIT'
        ELSE pick(['CUSTOMER', 'CUSTOMER', 'CUSTOMER', 'AUTO_DEBIT', 'AUTO_DEBIT', 'BRANCH', 'THIRD_PARTY'], pow(u(a, 54), 1.3)) END AS method,
    -- instalment plan: first statement month, periods, principal in fen
    CASE WHEN conduct NOT IN ('NEVER_USED', 'SLEEPER', 'SLEEPING_SOON', 'SILENT') AND u(a, 55) < 0.07 THEN (u(a, 56) * getvariable('months'))::INT END AS plan_from,
    pick([3, 6, 12, 12, 24], u(a, 57)) AS plan_periods,
    thousand(200000 + u(a, 58) * 1200000) AS plan_principal,
    CASE WHEN conduct IN ('STEADY', 'AUTO', 'GROWING', 'REVOLVER') AND u(a, 59) < 0.18
        THEN getvariable('start') + 30 + (u(a, 60) * (getvariable('until') - getvariable('start') - 30))::INT END AS raised_on,
    CASE WHEN conduct = 'CHURNING' THEN getvariable('start') + ((0.25 + 0.65 * u(a, 50)) * (getvariable('until') - getvariable('start')))::INT + 75 END AS closed_on,
    CASE WHEN conduct = 'FRAUD' THEN event_on + 4 + (u(a, 67) * 10)::INT
        WHEN u(a, 61) < 0.05 THEN getvariable('start') + 20 + (u(a, 62) * (getvariable('until') - getvariable('start') - 30))::INT END AS reissued_on,
    conduct = 'CHURNING' AND u(a, 68) < 0.06 AS dead,
    u(a, 63) < 0.08 AND conduct NOT IN ('NEVER_USED', 'SLEEPER', 'SLEEPING_SOON') AS supplementary,
    floor(u(a, 64) * 12)::INT AS fee_month
FROM sized
);
