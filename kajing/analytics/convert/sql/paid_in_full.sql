-- Month-end statements for sets that have purchases only, every one paid in full on the 18th of the next month.
-- Reads `posted` (account_id, posted_on, fen signed: a refund is negative). With C the running sum of what was
-- posted and P the highest C of earlier month-ends (never below 0): balance = C − P, payment = max(0, C − P).
CREATE TABLE month_end AS
SELECT account_id, month_on, sum(fen) OVER w AS total
FROM (SELECT account_id, last_day(posted_on) AS month_on, sum(fen)::BIGINT AS fen FROM posted GROUP BY ALL)
WINDOW w AS (PARTITION BY account_id ORDER BY month_on);

CREATE TABLE billed AS
SELECT account_id, month_on AS statement_on, (total - paid)::BIGINT AS balance,
    CASE WHEN total > paid THEN (total - paid + 9) // 10 ELSE 0 END::BIGINT AS minimum_due,
    greatest(0, total - before)::BIGINT AS purchases
FROM (
    SELECT *, greatest(0, coalesce(max(total) OVER w, 0)) AS paid,
        coalesce(lag(total) OVER (PARTITION BY account_id ORDER BY month_on), 0) AS before
    FROM month_end WINDOW w AS (PARTITION BY account_id ORDER BY month_on ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
)
WHERE month_on <= getvariable('until');
