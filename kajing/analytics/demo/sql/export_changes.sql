-- customers
WITH change AS (
    SELECT c, opened_on AS on_ FROM customer
    UNION SELECT c, change_on FROM customer WHERE change_on > opened_on
    UNION SELECT c, moved_on FROM customer WHERE moved_on > opened_on
    UNION SELECT c, closed_on + 10 FROM account WHERE a = c AND closed_on IS NOT NULL
),
due AS (SELECT DISTINCT c, folder_day(on_) AS day FROM change WHERE on_ <= getvariable('until'))
SELECT day, t.customer_id, t.name, 'ID_CARD' AS id_type, t.body || wrong_check(t.body, 1 + c % 9) AS id_number, t.gender,
    cu.birth_date, CASE WHEN cu.moved_on <= due.day THEN t.next_mobile ELSE t.mobile END AS mobile, t.email, t.region, t.address, t.employer, t.occupation, t.education, t.marital_status,
    t.annual_income::DECIMAL(18, 2) AS annual_income, t.income_verified, cu.student::INT AS is_student, cu.opened_on, cu.unit_code,
    CASE WHEN cu.change_on <= due.day THEN cu.person_no ELSE cu.former_no END AS manager_no,
    CASE WHEN u(c, 160) < 0.5 THEN cu.former_no WHEN u(c, 160) < 0.88 THEN pick(getvariable('managers_no'), u(c, 161)) END AS referrer_no,
    CASE WHEN acc.closed_on + 10 > due.day OR acc.closed_on IS NULL THEN 'ACTIVE' WHEN acc.dead THEN 'DECEASED' ELSE 'CLOSED' END AS status
FROM due JOIN customer cu USING (c) JOIN customer_text t USING (c) JOIN (SELECT c, closed_on, dead FROM account WHERE a = c) acc USING (c)
ORDER BY day, c;
-- accounts
WITH change AS (
    SELECT a, account_opened_on AS on_ FROM account
    UNION SELECT a, raised_on FROM account
    UNION SELECT a, closed_on FROM account
    UNION SELECT a, on_ FROM state_change
    UNION SELECT a, from_on FROM lending UNION SELECT a, to_on + 1 FROM lending
),
due AS (SELECT DISTINCT a, folder_day(on_) AS day FROM change WHERE on_ BETWEEN DATE '1970-01-01' AND getvariable('until')),
state AS (
    SELECT due.a, due.day, coalesce(arg_max(s.status, (s.on_, list_position(['OVERDUE', 'STOP_PAY', 'HARDSHIP_PLAN', 'WRITTEN_OFF', 'NORMAL'], s.status))), 'NORMAL') AS status
    FROM due LEFT JOIN state_change s ON s.a = due.a AND s.on_ <= due.day GROUP BY ALL
),
lent AS (
    SELECT acc.*, due.day, len.fen AS temp_fen, len.to_on
    FROM due JOIN account acc USING (a) LEFT JOIN lending len ON len.a = due.a AND due.day BETWEEN len.from_on AND len.to_on
    QUALIFY row_number() OVER (PARTITION BY due.a, due.day ORDER BY len.to_on DESC) = 1
)
SELECT * FROM (
SELECT day, account_name(a) AS account_id, customer_name(c) AS customer_id, product_id, 'CNY' AS currency,
    yuan(limit_on(credit_limit, raised_on, day)) AS credit_limit,
    yuan(temp_fen) AS temp_limit, to_on AS temp_limit_until,
    yuan(CASE WHEN product_id = 'CP12' THEN 0 ELSE limit_on(credit_limit, raised_on, day) // 2 END) AS cash_limit,
    statement_day, 20 AS due_days, account_opened_on AS opened_on, CASE WHEN closed_on <= day THEN closed_on END AS closed_on,
    CASE WHEN closed_on <= day AND dead THEN 'DECEASED' WHEN closed_on <= day THEN 'CLOSED' ELSE status END AS status
FROM lent JOIN state USING (a, day)
) QUALIFY row(credit_limit, temp_limit, temp_limit_until, closed_on, status) IS DISTINCT FROM lag(row(credit_limit, temp_limit, temp_limit_until, closed_on, status)) OVER (PARTITION BY account_id ORDER BY day)
ORDER BY day, account_id;
-- cards
WITH plastic AS (
    SELECT a, c, a * 10 AS card, conduct, product_id, bin, 0 AS supplementary, account_opened_on AS approved_on, activated_on, reissued_on AS ended_on, NULL::INT AS replaces,
        closed_on, event_on FROM account
    UNION ALL
    SELECT a, c, a * 10 + 1, conduct, product_id, bin, 0, reissued_on - 5, reissued_on, NULL, a * 10, closed_on, NULL FROM account WHERE reissued_on IS NOT NULL
    UNION ALL
    SELECT a, c, a * 10 + 5, conduct, product_id, bin, 1, account_opened_on + 20, activated_on + 25, NULL, NULL, closed_on, NULL FROM account WHERE supplementary AND activated_on IS NOT NULL
),
-- A card is good for five years and is renewed a few weeks before; one never activated is not (2011 Measures, article 63).
lasting AS (
    SELECT card, last_day(approved_on + to_years(5 * k))::DATE AS to_on FROM plastic, unnest(range(1, 7)::INT[]) t(k)
),
change AS (
    SELECT card, approved_on AS on_ FROM plastic
    UNION SELECT card, to_on - 45 FROM lasting WHERE to_on - 45 >= getvariable('start')
    UNION SELECT card, to_on + 1 FROM lasting JOIN plastic USING (card) WHERE activated_on IS NULL AND to_on + 1 >= getvariable('start')
    UNION SELECT card, activated_on FROM plastic
    UNION SELECT card, ended_on - 5 FROM plastic WHERE conduct = 'FRAUD'
    UNION SELECT card, ended_on - 3 FROM plastic WHERE conduct <> 'FRAUD' AND u(card, 164) < 0.4
    UNION SELECT card, ended_on FROM plastic
    UNION SELECT card, closed_on FROM plastic
    UNION SELECT p.card, s.on_ FROM plastic p JOIN state_change s USING (a) WHERE s.status = 'WRITTEN_OFF'
),
due AS (SELECT DISTINCT card, folder_day(on_) AS day FROM change WHERE on_ <= getvariable('until')),
printed AS (
    SELECT due.*, min(l.to_on) AS expires_on FROM due JOIN plastic USING (card) JOIN lasting l USING (card) WHERE activated_on IS NULL OR l.to_on - 45 > day GROUP BY ALL
),
dead AS (SELECT a, min(on_) AS dead_on FROM state_change WHERE status = 'WRITTEN_OFF' GROUP BY a)
SELECT day, card_name(card) AS card_id, account_name(a) AS account_id, customer_name(c) AS customer_id, product_id, bin,
    lpad((u(card, 163) * 9999)::INT::VARCHAR, 4, '0') AS last4, supplementary, approved_on, CASE WHEN activated_on <= day THEN activated_on END AS activated_on,
    expires_on,
    CASE WHEN closed_on <= day AND NOT ended_on <= closed_on THEN closed_on WHEN ended_on <= day THEN ended_on END AS closed_on,
    CASE WHEN replaces IS NOT NULL THEN card_name(replaces) END AS replaces_card_id, (product_id = 'CP14')::INT AS policy_function,
    CASE WHEN ended_on <= day THEN 'REPLACED' WHEN closed_on <= day THEN 'CLOSED' WHEN dead_on <= day THEN 'FROZEN'
        WHEN conduct = 'FRAUD' AND ended_on - 5 <= day THEN 'TEMP_HOLD'
        WHEN conduct <> 'FRAUD' AND ended_on - 3 <= day AND u(card, 164) < 0.4 THEN 'LOST'
        WHEN activated_on <= day THEN 'ACTIVE' WHEN expires_on < day THEN 'EXPIRED' ELSE 'ISSUED_INACTIVE' END AS status
FROM printed JOIN plastic USING (card) LEFT JOIN dead USING (a) WHERE approved_on <= day
ORDER BY day, card;
-- fraud_labels
SELECT folder_day(confirmed_on) AS day, txn_id, label, confirmed_on FROM truth WHERE label IS NOT NULL AND confirmed_on <= getvariable('until') ORDER BY day, txn_id;
-- bureau
WITH asked AS (
    SELECT c, opened_on - 2 AS on_, 'APPLICATION' AS purpose, 2 AS later FROM customer WHERE opened_on - 2 >= getvariable('start')
    UNION ALL
    -- after the loan: every quarter where there is worry, once a year otherwise
    SELECT c, getvariable('start') + (u(c, 180) * 88)::INT + q * CASE WHEN worry THEN 91 ELSE 365 END, 'POST_LOAN', 0
    FROM (SELECT c, opened_on, behaviour IN ('ROLL', 'REVOLVER', 'MIN_PAYER', 'CASHOUT', 'WRITTEN_OFF', 'CURED') AS worry FROM customer WHERE behaviour NOT IN ('NEVER_USED', 'CHURNING')),
        unnest(range(getvariable('months') // 3 + 1)::INT[]) t(q)
    WHERE u(c, 181) < CASE WHEN worry THEN 0.8 ELSE 0.25 END AND opened_on < getvariable('start') + (u(c, 180) * 88)::INT
),
told AS (
    SELECT c, on_, on_ + later AS known_on, purpose, earns,
        CASE behaviour WHEN 'ROLL' THEN 0.35 + 0.6 * (on_ - getvariable('start')) / (getvariable('until') - getvariable('start') + 1) WHEN 'WRITTEN_OFF' THEN 0.9
            WHEN 'CASHOUT' THEN 0.6 WHEN 'MIN_PAYER' THEN 0.55 WHEN 'REVOLVER' THEN 0.4 ELSE 0.25 * u(c, 182) END AS strain,
        u(c * 1000 + on_ - getvariable('start'), 183) AS x, u(c * 1000 + on_ - getvariable('start'), 184) AS y, u(c, 185) AS z
    FROM asked JOIN customer USING (c) WHERE on_ >= getvariable('start') AND on_ + later <= getvariable('until') -- the report of an application is handed over with the customer
),
counted AS (
    SELECT *, floor(1 + 3 * z + 5 * strain * (0.6 + 0.4 * x))::INT AS institutions, floor(1 + 2 * z + 4 * strain)::INT AS cards, floor(earns * (0.3 + 1.2 * z + strain))::BIGINT AS card_limit,
        least(1.0, 0.15 + 0.75 * strain + 0.15 * x) AS used
    FROM told
)
SELECT folder_day(known_on) AS day, customer_name(c) AS customer_id, on_ AS report_on, purpose,
    list_aggregate(list_transform(range(24), lambda m: CASE WHEN u(c * 100 + m, 186) > strain * 0.22 THEN 'N' WHEN u(c * 100 + m, 187) < 0.8 THEN '1' ELSE '2' END), 'string_agg', '') AS payment_history_24m,
    CASE WHEN strain > 0.85 AND y < 0.5 THEN yuan((y * 800000)::BIGINT) ELSE yuan(0) END AS current_overdue, (strain > 0.88 AND x < 0.15)::INT AS bad_debt, (strain > 0.9 AND y < 0.1)::INT AS stop_pay,
    floor(x * (1 + 4 * strain))::INT AS hard_queries_1m, floor(x * (1 + 4 * strain) + y * 3 * (0.3 + strain))::INT AS hard_queries_3m,
    floor(x * (1 + 4 * strain) + y * 3 * (0.3 + strain) + z * 5 * strain + y)::INT AS hard_queries_6m, institutions, cards,
    yuan(card_limit * 100) AS card_limit_total, yuan((card_limit * used)::BIGINT * 100) AS card_used_total, yuan((card_limit * used * (0.85 + 0.2 * y))::BIGINT * 100) AS card_used_average_6m,
    yuan(CASE WHEN z < 0.4 THEN (earns * (1 + 5 * y))::BIGINT * 100 ELSE 0 END) AS loan_balance, yuan(CASE WHEN z < 0.4 THEN (earns * (1 + 5 * y) / 60)::BIGINT * 100 ELSE 0 END) AS loan_instalment_monthly,
    yuan(0) AS guarantees, floor(3 + 140 * pow(u(c, 188), 2) * (1 - 0.5 * strain))::INT AS months_at_job, floor(4 + 180 * pow(u(c, 189), 2))::INT AS months_at_address,
    floor(760 - 260 * strain - 60 * x)::INT AS score
FROM counted ORDER BY day, c, on_;
