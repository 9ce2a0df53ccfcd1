-- What each account means to buy this month: number of purchases and how far the open limit shrinks them.
CREATE OR REPLACE TEMP TABLE plan AS
WITH wish AS (
    SELECT acc.*, led.owed, led.stmt_balance, led.pay_on, led.pay_amount,
        -- part of the month in which the card is in use
        greatest(0, least(acc.last_use_on, getvariable('month_last')) - greatest(acc.activated_on, getvariable('month_first')) + 1) AS days_in_use,
        CASE acc.conduct
            WHEN 'GROWING' THEN 0.35 + 1.3 * getvariable('progress')
            WHEN 'DECLINING' THEN 1.45 - 1.2 * getvariable('progress')
            WHEN 'CHURNING' THEN greatest(0.15, least(1.0, (acc.last_use_on - getvariable('month_first')) / 120.0))
            WHEN 'SILENT' THEN 1.0
            ELSE 0.7 + 0.6 * u(acc.a * 100 + getvariable('month'), 100) END AS mood,
        -- An offer two to four months ago went to every tenth customer (number ending in 3), drawn by lot: more purchases,
        -- most among the young, none among owners of a business. What a campaign's measuring should find.
        CASE WHEN acc.c % 10 = 3 AND getvariable('months') - getvariable('month') BETWEEN 3 AND 5
            THEN CASE acc.persona WHEN 0 THEN 1.35 WHEN 5 THEN 1.0 ELSE 1.12 END ELSE 1 END AS tempted
    FROM account acc JOIN ledger led USING (a)
    WHERE acc.activated_on <= getvariable('month_last') AND acc.last_use_on >= getvariable('month_first')
),
counted AS (
    SELECT *, floor(pace * mood * days_in_use / 30.4 * getvariable('bustle') * tempted + u(a * 100 + getvariable('month'), 101))::INT AS n,
        credit_limit * 0.94 - owed + CASE WHEN pay_on BETWEEN getvariable('month_first') AND getvariable('month_last') THEN pay_amount ELSE 0 END AS room
    FROM wish
),
scaled AS (
    SELECT *, least(1.0, least(room * 0.8, CASE WHEN manner IN ('PART', 'MINIMUM') THEN 1 ELSE 0.3 END * credit_limit) / greatest(1, n * basket * wealth * 100)) AS squeeze FROM counted WHERE n > 0 AND room > 3000
)
SELECT a, c, least(n, 380) AS n, persona, city, wealth * squeeze AS level, squeeze,
    CASE conduct WHEN 'OUTLIER' THEN 250000 ELSE least(credit_limit * 0.3, 5000000) END AS ceiling,
    greatest(0, activated_on - getvariable('month_first'))::INT AS first_offset,
    (least(last_use_on, getvariable('month_last')) - getvariable('month_first'))::INT AS last_offset,
    least(statement_day, day(getvariable('month_end'))) - day(getvariable('month_first')) AS statement_offset,
    CASE WHEN reissued_on IS NULL THEN 9999 ELSE (reissued_on - getvariable('month_first'))::INT END AS reissue_offset,
    supplementary, (activated_on + 25 - getvariable('month_first'))::INT AS second_card_offset, conduct, home_shop_bias,
    trip, trip_from, trip_to
FROM (
    SELECT *, 140 + (u(a, 110) * 80)::INT AS home_shop_bias,
        CASE WHEN u(a * 100 + getvariable('month'), 111) < getvariable('trip_share') * CASE WHEN persona = 4 THEN 0.35 ELSE 0.05 END
            THEN pick(getvariable('abroad_tickets'), u(a * 100 + getvariable('month'), 112)) ELSE 0 END AS trip,
        (u(a * 100 + getvariable('month'), 113) * 20)::INT AS trip_from,
        (u(a * 100 + getvariable('month'), 113) * 20)::INT + 3 + (u(a * 100 + getvariable('month'), 114) * 5)::INT AS trip_to
    FROM scaled
);
