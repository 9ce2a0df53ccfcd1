-- C5: most of a repayment is spent again within hours of it at the same shop; bills are debited at half past five.
INSERT INTO planted
SELECT a, c, 20, moment(pay_on, CASE WHEN decision.method = 'AUTO_DEBIT' THEN 63000 ELSE 36000 + (w * 20000)::INT END + 5400), 'PURCHASE', (pay_amount * (0.86 + 0.1 * w))::BIGINT // 100 * 100,
    sort_of('goods_wholesale'), shop_at(city, sort_of('goods_wholesale'), 6), 0, 'POS', c, 'C5'
FROM decision JOIN account acc USING (a, c) WHERE acc.conduct = 'CASHOUT' AND acc.pattern_no = 5
    AND pay_on > getvariable('month_last') AND pay_on <= getvariable('until') AND pay_amount > 100000;
