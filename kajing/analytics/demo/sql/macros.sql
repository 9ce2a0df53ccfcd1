-- Every draw is a hash of (row, purpose, seed): no generator state, so order and threads never matter.
CREATE MACRO u(g, k) AS ((hash(g, k, getvariable('seed')) >> 11)::DOUBLE * 1.1102230246251565e-16);
CREATE MACRO pick(list, x) AS list[1 + least(len(list) - 1, floor(x * len(list)))::INT];
-- Nearest whole thousand yuan, in fen.
CREATE MACRO thousand(fen) AS (round(fen / 100000.0) * 100000)::BIGINT;
-- Bits of a 64-bit hash as a whole number.
CREATE MACRO bits(h, shift, mask) AS ((h >> shift) & mask)::INT;
-- GB 11643 check digit of the first 17 characters, moved on by 1–9 so that no number is real.
CREATE MACRO wrong_check(body, shift) AS substr('10X98765432', 1 + (list_sum(list_transform(
    range(1, 18), lambda n: substr(body, n, 1)::INT * [7,9,10,5,8,4,2,1,6,3,7,9,10,5,8,4,2][n])) + shift)::INT % 11, 1);
-- The limit in force on a day, in fen, whole hundreds of yuan.
CREATE MACRO limit_on(base, raised_on, day) AS (base * CASE WHEN raised_on <= day THEN 1.3 ELSE 1 END)::BIGINT // 10000 * 10000;
CREATE MACRO card_name(card) AS 'K' || (1000000000 + card);
CREATE MACRO account_name(a) AS 'A' || (100000000 + a);
CREATE MACRO customer_name(c) AS 'C' || (100000000 + c);
CREATE MACRO yuan(fen) AS (fen / 100.0)::DECIMAL(18, 2);
-- The directory a change goes to: its own day, or before the daily ones its month's last.
CREATE MACRO folder_day(day) AS CASE WHEN day >= getvariable('daily_from') THEN day
    WHEN getvariable('daily_from') = getvariable('start') THEN getvariable('start')
    ELSE least(last_day(greatest(day, getvariable('start'))), getvariable('daily_from') - 1) END;
