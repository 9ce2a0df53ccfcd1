-- Customers: one row each; `behaviour` and `aim` (days, months or pattern number) drive everything later.
CREATE TABLE customer AS
WITH seat AS (
    SELECT i::INT AS c, (i % getvariable('managers'))::INT AS m, (i // getvariable('managers'))::INT AS p
    FROM range(getvariable('customers')) t(i)
),
cast_ AS (
    SELECT seat.*, mg.* EXCLUDE (m),
        CASE WHEN mg.scripted
            THEN pick(getvariable('script'), ((p * 200 // greatest(getvariable('book'), 200)) % 200 + 0.5) / 200
                * CASE WHEN getvariable('book') < 200 THEN 200.0 / getvariable('book') ELSE 1 END)
            ELSE pick(getvariable('mix'), u(c, 1)) END AS part
    FROM seat JOIN manager mg USING (m)
),
role AS (
    SELECT *, split_part(part, ':', 1) AS wished, nullif(split_part(part, ':', 2), '')::INT AS aim FROM cast_
),
person AS (
    SELECT *,
        CASE WHEN wished IN ('ROLL', 'NEW_DEFAULT', 'WRITTEN_OFF') AND u(c, 2) > care THEN 'LATE' ELSE wished END AS behaviour,
        u(c, 3) < 0.52 AS male,
        (CASE WHEN u(c, 4) < 0.08 THEN 19 + 4 * u(c, 5) ELSE 23 + 42 * pow(u(c, 5), 1.4) END) AS drawn_age,
        pick(getvariable('city_home')[city], u(c, 6)) AS district,
        (36000 + 26000 * exp(0.62 * 1.732 * ((u(c, 7) + u(c, 8) + u(c, 9) + u(c, 10)) - 2)) * (2.6 - 0.5 * tier)) AS earns,
        CASE WHEN u(c, 11) < 0.22 THEN getvariable('start') + (u(c, 12) * (getvariable('until') - getvariable('start') - 40))::INT
            ELSE getvariable('start') - 30 - (3200 * pow(u(c, 12), 1.3))::INT END AS drawn_on
    FROM role
)
SELECT * EXCLUDE (drawn_age),
    -- nobody was under eighteen when the account was opened
    greatest(drawn_age, (getvariable('until') - opened_on) / 365.25 + 18.2) AS age,
    getvariable('until') - (age * 365.25)::INT AS birth_date,
    age < 23 AND u(c, 14) < 0.6 AS student,
    1 + floor(u(c, 15) * 4)::INT AS schooling,
    CASE WHEN age > 55 AND u(c, 16) < 0.6 THEN 5
        WHEN earns > 170000 THEN 4
        ELSE pick([0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 5], u(c, 17)) END AS persona
FROM (SELECT *,
    -- the day a new telephone number is known
    CASE WHEN u(c, 35) < 0.05 THEN getvariable('start') + 30 + (u(c, 36) * (getvariable('until') - getvariable('start') - 30))::INT END AS moved_on,
    CASE
        WHEN behaviour = 'NEW_DEFAULT' THEN getvariable('until') - 75 - (u(c, 13) * 30)::INT
        WHEN behaviour NOT IN ('STEADY', 'AUTO', 'GROWING', 'LATE', 'REVOLVER', 'NEVER_USED')
            THEN least(drawn_on, getvariable('start') - 40 - (u(c, 13) * 700)::INT)
        WHEN behaviour = 'NEVER_USED' THEN CASE WHEN u(c, 37) < 0.55 THEN getvariable('until') - 20 - (380 * u(c, 38))::INT
            ELSE least(drawn_on, getvariable('until') - 640) END
        ELSE drawn_on END AS opened_on
    FROM person);

CREATE TABLE customer_text AS
SELECT c, customer_name(c) AS customer_id,
    pick(getvariable('surnames'), u(c, 20)) || pick(CASE WHEN male THEN getvariable('male') ELSE getvariable('female') END, u(c, 21)) AS name,
    CASE WHEN male THEN 'M' ELSE 'F' END AS gender,
    split_part(district, ':', 1) || strftime(birth_date, '%Y%m%d')
        || lpad((((u(c, 22) * 499)::INT * 2) + CASE WHEN male THEN 1 ELSE 0 END)::VARCHAR, 3, '0') AS body,
    '12' || lpad(((c::BIGINT * 7919 + 123456789) % 1000000000)::VARCHAR, 9, '0') AS mobile,
    '12' || lpad(((c::BIGINT * 7919 + 623456789) % 1000000000)::VARCHAR, 9, '0') AS next_mobile,
    CASE WHEN u(c, 23) < 0.72 THEN 'kh' || (10000000 + c) || '@' || pick(['example.com', 'example.net', 'example.org', 'post.example'], u(c, 24)) END AS email,
    split_part(district, ':', 1) AS region,
    city_name || '市' || split_part(district, ':', 2) || pick(getvariable('roads'), u(c, 25)) || (1 + (u(c, 26) * 388)::INT) || '号'
        || pick(getvariable('estates'), u(c, 27)) || (1 + (u(c, 28) * 30)::INT) || '栋' || (101 + (u(c, 29) * 28)::INT * 100) || '室' AS address,
    city_name || pick(getvariable('brands'), u(c, 30)) || pick(getvariable('employers'), u(c, 31)) AS employer,
    CASE WHEN student THEN '学生' WHEN age > 61 THEN '退休' WHEN persona = 5 THEN '个体经营者'
        ELSE pick(getvariable('occupations'), u(c, 32)) END AS occupation,
    ['HIGH_SCHOOL', 'COLLEGE', 'BACHELOR', 'MASTER'][schooling] AS education,
    CASE WHEN age < 26 THEN 'SINGLE' WHEN u(c, 33) < 0.74 THEN 'MARRIED' WHEN u(c, 33) < 0.82 THEN 'DIVORCED' ELSE 'SINGLE' END AS marital_status,
    CASE WHEN student THEN 0 ELSE (round(earns / 1000) * 1000)::BIGINT END AS annual_income,
    CASE WHEN u(c, 34) < 0.7 THEN 1 ELSE 0 END AS income_verified
FROM customer;
