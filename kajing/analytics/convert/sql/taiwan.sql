CREATE TABLE client AS
SELECT ID AS id, SEX = 1 AS male, 'TW' || lpad(ID::VARCHAR, 6, '0') AS no, LIMIT_BAL::BIGINT * 100 AS credit_limit,
    CASE EDUCATION WHEN 1 THEN 'MASTER' WHEN 2 THEN 'BACHELOR' WHEN 3 THEN 'HIGH_SCHOOL' ELSE 'OTHER' END AS education,
    CASE MARRIAGE WHEN 1 THEN 'MARRIED' WHEN 2 THEN 'SINGLE' ELSE 'OTHER' END AS marital_status,
    -- the birthday lies before the last statement, so that the age in September 2005 is the source's
    make_date(2005 - AGE::INT, 1 + (u(ID, 30) * 7.99)::INT, 1 + (u(ID, 31) * 27)::INT) AS birth_date,
    ((ID - 1) % getvariable('managers'))::INT AS m
FROM source;

CREATE TABLE month_ AS
SELECT k, last_day(make_date(2005, 10 - k, 1)) AS statement_on FROM unnest(range(1, 7)::INT[]) t(k);

-- One row for a client and a month; k = 1 is September, 6 April, as in the source.
CREATE TABLE bill AS
SELECT ID AS id, k, statement_on,
    [BILL_AMT1, BILL_AMT2, BILL_AMT3, BILL_AMT4, BILL_AMT5, BILL_AMT6][k]::BIGINT * 100 AS balance,
    [BILL_AMT2, BILL_AMT3, BILL_AMT4, BILL_AMT5, BILL_AMT6, NULL][k]::BIGINT * 100 AS before,
    [PAY_AMT1, PAY_AMT2, PAY_AMT3, PAY_AMT4, PAY_AMT5, PAY_AMT6][k]::BIGINT * 100 AS paid,
    greatest(0, [PAY_0, PAY_2, PAY_3, PAY_4, PAY_5, PAY_6][k]::INT) AS cycles
FROM source, month_;
