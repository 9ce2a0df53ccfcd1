-- Patterns planted on purpose, with their code of domain reference §4. `pattern` is the truth that tests and models learn from.
CREATE MACRO sort_of(wanted) AS (SELECT shop FROM shop_kind WHERE name = wanted);
CREATE MACRO shop_at(place, sort, j) AS ((place * getvariable('shops') + sort)::BIGINT * getvariable('per_shop') + j);
CREATE MACRO moment(day, seconds) AS (day::TIMESTAMP + to_seconds(seconds::BIGINT));

CREATE TABLE planted (a INT, c INT, k INT, occurred_at TIMESTAMP, kind VARCHAR, fen BIGINT, shop INT, merchant BIGINT,
    abroad INT, channel VARCHAR, device BIGINT, pattern VARCHAR);

-- One amount far outside the customer's own habit.
INSERT INTO planted
SELECT a, c, 0, moment(getvariable('until') - coalesce(aim, (u(a, 200) * 400)::INT), 50000 + (u(a, 201) * 20000)::INT), 'PURCHASE',
    (900000 + u(a, 199) * 800000)::BIGINT // 10000 * 10000, sort_of('jewellery'), shop_at(city, sort_of('jewellery'), 1), 0, 'POS', c, 'OUTLIER'
FROM account WHERE conduct = 'OUTLIER';

-- Use of the limit leaps within ten days.
INSERT INTO planted
SELECT a, c, k, moment(getvariable('until') - 3 - 2 * k - CASE WHEN scripted THEN 0 ELSE (u(a, 202) * 300)::INT END, 40000 + (u(a * 10 + k, 203) * 30000)::INT),
    'PURCHASE', (credit_limit * (0.175 + 0.02 * u(a * 10 + k, 204)))::BIGINT // 100 * 100, sort_of('appliances'), shop_at(city, sort_of('appliances'), k), 0, 'POS', c, 'UTIL_JUMP'
FROM account, unnest(range(4)::INT[]) t(k) WHERE conduct = 'UTIL_JUMP';

CREATE TEMP TABLE cashout AS
SELECT account.*, b.back, getvariable('until') - 30 * b.back - 3 - (u(a * 40 + b.back, 205) * 6)::INT AS day_
FROM account, unnest(range(8)::INT[]) b(back) WHERE conduct = 'CASHOUT' AND b.back < 3 + u(a, 206) * 6;

-- C1 round sums.
INSERT INTO planted SELECT a, c, k, moment(day_ - 4 * k, 43000 + (u(a * 100 + k, 207) * 9000)::INT), 'PURCHASE',
    (credit_limit * (0.08 + 0.06 * u(a * 100 + back * 10 + k, 208)))::BIGINT // 100000 * 100000 + 100000, sort_of('goods_wholesale'), shop_at(city, sort_of('goods_wholesale'), k), 0, 'POS', c, 'C1'
FROM cashout, unnest(range(4)::INT[]) t(k) WHERE pattern_no = 1;
-- C2 the limit emptied at one stroke.
INSERT INTO planted SELECT a, c, 0, moment(getvariable('until') - 30 * back - 5, 52000), 'PURCHASE', (credit_limit * (0.91 + 0.03 * u(a * 40 + back, 209)))::BIGINT // 100 * 100,
    sort_of('jewellery'), shop_at(city, sort_of('jewellery'), 7), 0, 'POS', c, 'C2'
FROM cashout WHERE pattern_no = 2;
-- C3 the same merchant again and again.
INSERT INTO planted SELECT a, c, k, moment(day_ - k, 60000 + (u(a * 100 + k, 210) * 9000)::INT), 'PURCHASE', (120000 + u(a * 100 + back * 10 + k, 211) * 0.1 * credit_limit)::BIGINT // 100 * 100,
    sort_of('services'), shop_at(city, sort_of('services'), 3), 0, 'POS', c, 'C3'
FROM cashout, unnest(range(5)::INT[]) t(k) WHERE pattern_no = 3;
-- C4 risky merchant categories.
INSERT INTO planted SELECT a, c, k, moment(day_ - 3 * k, 36000 + (u(a * 100 + k, 212) * 30000)::INT), 'PURCHASE', greatest(400000, (credit_limit * (0.14 + 0.06 * u(a * 100 + back * 10 + k, 213)))::BIGINT // 100 * 100),
    sort_of('metal'), shop_at(city, sort_of('metal'), k), 0, 'POS', c, 'C4'
FROM cashout, unnest(range(4)::INT[]) t(k) WHERE pattern_no = 4;
-- C6 one sum split into several within the hour.
INSERT INTO planted SELECT a, c, k, moment(day_, 70000 + k * 600 + (u(a * 100 + k, 214) * 300)::INT), 'PURCHASE', 480000 + (u(a * 100 + back * 10 + k, 215) * 19000)::BIGINT // 100 * 100,
    sort_of('building'), shop_at(city, sort_of('building'), 2), 0, 'POS', c, 'C6'
FROM cashout, unnest(range(4)::INT[]) t(k) WHERE pattern_no = 6 AND credit_limit > 2500000;

-- C7 one terminal that changes its trade from purchase to purchase.
INSERT INTO planted SELECT a, c, k, moment(day_, 34000 + k * 5400 + (u(a * 100 + back * 10 + k, 223) * 1800)::INT), 'PURCHASE',
    (credit_limit * (0.1 + 0.06 * u(a * 100 + back * 10 + k, 224)))::BIGINT // 100 * 100, shop, shop_at(city, sort_of('services'), 7), 0, 'POS', c, 'C7'
FROM cashout, (VALUES (0, 'department'), (1, 'restaurant'), (2, 'appliances'), (3, 'building')) t(k, name) JOIN shop_kind USING (name) WHERE pattern_no = 7;
-- C8 a large purchase in the small hours, at a shop that is shut.
INSERT INTO planted SELECT a, c, 0, moment(day_, 4000 + (u(a * 40 + back, 225) * 12000)::INT), 'PURCHASE', greatest(510000, (credit_limit * (0.2 + 0.2 * u(a * 40 + back, 226)))::BIGINT // 100 * 100),
    sort_of('building'), shop_at(city, sort_of('building'), 6), 0, 'POS', c, 'C8'
FROM cashout WHERE pattern_no = 8 AND credit_limit > 1500000;
-- C9 month after month more than three times the verified income.
INSERT INTO planted SELECT a, c, k, moment((date_trunc('month', getvariable('until')) - to_months(back))::DATE + 2 + 6 * k + (u(a * 100 + back * 10 + k, 227) * 4)::INT, 40000 + (u(a * 100 + back * 10 + k, 228) * 28000)::INT),
    'PURCHASE', (declares / 12 * (0.82 + 0.1 * u(a * 100 + back * 10 + k, 229)) * 100)::BIGINT // 100 * 100, shop, shop_at(city, shop, 5 + k), 0, 'POS', c, 'C9'
FROM account, unnest(range(5)::INT[]) b(back), (VALUES (0, 'consulting'), (1, 'electronics'), (2, 'department'), (3, 'advertising')) t(k, name) JOIN shop_kind USING (name)
WHERE conduct = 'CASHOUT' AND pattern_no = 9;
-- C10 circular flow: a ring of at least six cards buys at one merchant, which pays their bills.
CREATE TABLE ring AS
SELECT a, c, first(shop_at(city, sort_of('goods_wholesale'), 8)) OVER (PARTITION BY circle ORDER BY a) AS merchant
FROM (SELECT a, c, city, least((row_number() OVER (ORDER BY a) - 1) // 6, greatest(1, count(*) OVER () // 6) - 1) AS circle FROM account WHERE conduct = 'CASHOUT' AND pattern_no = 10);
INSERT INTO planted SELECT a, cashout.c, k, moment(day_ - 2 * k, 38000 + (u(a * 100 + back * 10 + k, 230) * 24000)::INT), 'PURCHASE',
    (credit_limit * (0.2 + 0.12 * u(a * 100 + back * 10 + k, 231)))::BIGINT // 100 * 100, sort_of('goods_wholesale'), ring.merchant, 0, 'QR', cashout.c, 'C10'
FROM cashout JOIN ring USING (a), unnest(range(3)::INT[]) t(k);

-- F1 two present-card purchases too far apart.
INSERT INTO planted SELECT a, c, k, moment(event_on, 50000 + k * 1500), 'PURCHASE', (30000 + u(a * 10 + k, 216) * 0.08 * credit_limit)::BIGINT,
    sort_of('department'), shop_at(CASE WHEN k = 0 THEN city ELSE 1 + (city + 8) % getvariable('cities') END, sort_of('department'), 5), 0, 'POS', NULL, 'F1'
FROM account, unnest(range(2)::INT[]) t(k) WHERE conduct = 'FRAUD' AND pattern_no = 1;
-- F2 card testing, then the big one.
INSERT INTO planted SELECT a, c, k, moment(event_on, 11000 + k * 70), CASE WHEN k IN (2, 3) THEN 'DECLINE' ELSE 'PURCHASE' END,
    CASE WHEN k < 5 THEN 100 + (u(a * 10 + k, 217) * 800)::BIGINT ELSE (credit_limit * 0.22)::BIGINT // 100 * 100 END,
    sort_of('ecommerce'), shop_at(0, sort_of('ecommerce'), 11), 0, 'ONLINE', 900000000 + a, 'F2'
FROM account, unnest(range(6)::INT[]) t(k) WHERE conduct = 'FRAUD' AND pattern_no = 2;
-- F3 new device and a large amount.
INSERT INTO planted SELECT a, c, k, moment(event_on, 80000 + k * 400), 'PURCHASE', (credit_limit * (0.12 + 0.05 * u(a * 10 + k, 218)))::BIGINT // 100 * 100,
    sort_of('phones'), shop_at(0, sort_of('phones'), 13), 0, 'ONLINE', 900000000 + a, 'F3'
FROM account, unnest(range(2)::INT[]) t(k) WHERE conduct = 'FRAUD' AND pattern_no = 3;
-- F4 first use abroad without notice.
INSERT INTO planted SELECT a, c, k, moment(event_on, 30000 + k * 5000), 'PURCHASE', (350000 + u(a * 10 + k, 219) * 0.1 * credit_limit)::BIGINT,
    sort_of('duty_free'), -(7 * 16 + k), 7, 'POS', NULL, 'F4'
FROM account, unnest(range(2)::INT[]) t(k) WHERE conduct = 'FRAUD' AND pattern_no = 4;
-- F5 a burst in the night.
INSERT INTO planted SELECT a, c, k, moment(event_on, 5000 + k * 1300), 'PURCHASE', (40000 + u(a * 10 + k, 220) * 0.05 * credit_limit)::BIGINT,
    sort_of('games'), shop_at(0, sort_of('games'), 9), 0, 'ONLINE', 900000000 + a, 'F5'
FROM account, unnest(range(5)::INT[]) t(k) WHERE conduct = 'FRAUD' AND pattern_no = 5;
-- F6 a card that slept half a year wakes with a large amount.
INSERT INTO planted SELECT a, c, 0, moment(event_on, 47000), 'PURCHASE', greatest(520000, (credit_limit * 0.3)::BIGINT // 100 * 100),
    sort_of('electronics'), shop_at(1 + (city + 3) % getvariable('cities'), sort_of('electronics'), 4), 0, 'POS', NULL, 'F6'
FROM account WHERE conduct = 'FRAUD' AND pattern_no = 6;
-- F7 a storm of refunds (the refunds follow from the pattern's name).
INSERT INTO planted SELECT a, c, k, moment(event_on - k, 55000 + k * 900), 'PURCHASE', (20000 + u(a * 10 + k, 221) * 0.04 * credit_limit)::BIGINT,
    sort_of('ecommerce'), shop_at(0, sort_of('ecommerce'), 17), 0, 'ONLINE', 900000000 + a, 'F7'
FROM account, unnest(range(4)::INT[]) t(k) WHERE conduct = 'FRAUD' AND pattern_no = 7;

DELETE FROM planted WHERE occurred_at::DATE < getvariable('start') OR occurred_at::DATE > getvariable('until')
    OR EXISTS (SELECT 1 FROM account WHERE account.a = planted.a AND activated_on >= occurred_at::DATE);

-- Annual fees that are given back: somebody has called and complained.
CREATE TABLE waived (fee BIGINT, a INT, c INT, on_ DATE, fen BIGINT);
CREATE TABLE repay (a INT, pay_on DATE, fen BIGINT, method VARCHAR, w DOUBLE);
CREATE TABLE state_change (a INT, on_ DATE, status VARCHAR);
CREATE TABLE ledger AS
SELECT a, c, NULL::DATE AS stmt_on, 0::BIGINT AS stmt_balance, 0::BIGINT AS stmt_minimum, []::BIGINT[] AS unmet,
    0::BIGINT AS pay_amount, NULL::DATE AS pay_on, 0::BIGINT AS buy_open, 0::BIGINT AS cash_open, false AS written_off, 0::BIGINT AS owed
FROM account;

CREATE TABLE truth (txn_id VARCHAR, a INT, pattern VARCHAR, label VARCHAR, confirmed_on DATE);

-- Long arrears of people who still want to pay become a hardship plan (2011 Measures, article 70).
INSERT INTO state_change SELECT a, getvariable('until') - 15, 'HARDSHIP_PLAN' FROM account WHERE conduct = 'ROLL' AND late_days > 95 AND u(a, 222) < 0.3;
