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
            ELSE pick(getvariable('mix'), u(c, 1)) END AS part,
        -- the second of two neighbours in a book may be the first one's husband or wife
        CASE WHEN p % 2 = 1 AND u(c - getvariable('managers'), 39) < 0.2 THEN c - getvariable('managers') ELSE c END AS home,
        p % 2 = 0 AND u(c, 39) < 0.2 AND c + getvariable('managers') < getvariable('customers') OR home < c AS paired
    FROM seat JOIN manager mg USING (m)
),
role AS (
    SELECT *, split_part(part, ':', 1) AS wished, nullif(split_part(part, ':', 2), '')::INT AS aim FROM cast_
),
person AS (
    SELECT *,
        CASE WHEN wished IN ('ROLL', 'NEW_DEFAULT', 'WRITTEN_OFF') AND u(c, 2) > care THEN 'LATE' ELSE wished END AS behaviour,
        (u(home, 3) < 0.52) = (home = c) AS male,
        CASE WHEN paired THEN 27 + 36 * pow(u(home, 5), 1.2) + CASE WHEN home < c THEN 5 * u(c, 5) - 2.5 ELSE 0 END
            WHEN u(c, 4) < 0.08 THEN 19 + 4 * u(c, 5) ELSE 23 + 42 * pow(u(c, 5), 1.4) END AS drawn_age,
        pick(getvariable('city_home')[city], u(home, 6)) AS district,
        (20000 + 36000 * exp(0.72 * 1.732 * ((u(c, 7) + u(c, 8) + u(c, 9) + u(c, 10)) - 2)) * (2.6 - 0.5 * tier)) AS earns,
        CASE WHEN u(c, 11) < 0.22 THEN getvariable('start') + (u(c, 12) * (getvariable('until') - getvariable('start') - 40))::INT
            ELSE getvariable('start') - 30 - (3200 * pow(u(c, 12), 1.3))::INT END AS drawn_on
    FROM role
)
SELECT * EXCLUDE (drawn_age, turn),
    -- nobody was under eighteen when the account was opened
    greatest(drawn_age, (getvariable('until') - opened_on) / 365.25 + 18.2) AS age,
    getvariable('until') - (age * 365.25)::INT AS birth_date,
    age < 23 AND u(c, 14) < 0.6 AND behaviour IN ('STEADY', 'AUTO', 'GROWING', 'DECLINING', 'LATE', 'NEVER_USED') AS student,
    age > 55 AND u(c, 16) < (age - 52) / 12 AND NOT student AS retired,
    -- dealt in turn, so that a small bank has every pattern too; a ring of cards (C10) needs several
    coalesce(aim, CASE behaviour WHEN 'CASHOUT' THEN [10, 8, 7, 9, 1, 10, 2, 6, 10, 3, 4, 10, 5][turn % 13 + 1] WHEN 'FRAUD' THEN turn % 7 + 1 END) AS pattern_no,
    -- what the bank knows of the income; C9 spends far above it
    CASE WHEN behaviour = 'CASHOUT' AND pattern_no = 9 THEN 0.35 * earns ELSE earns END AS declares,
    greatest(0, least(1, (52 - age) / 30)) * 0.7 + greatest(0, least(1, (earns - 60000) / 120000)) * 0.3 AS young,
    -- 1 school, 2 college, 3 bachelor, 4 master: more of it for the younger and the better paid
    CASE WHEN student THEN 3 ELSE 1 + (u(c, 15) > 0.44 - 0.3 * young)::INT + (u(c, 15) > 0.86 - 0.4 * young)::INT + (u(c, 15) > 0.99 - 0.07 * young)::INT END AS schooling,
    CASE WHEN student THEN pick([0, 2], u(c, 17)) WHEN retired THEN 5
        WHEN earns > 200000 THEN 4
        ELSE pick([0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 5], u(c, 17)) END AS persona
FROM (SELECT *, row_number() OVER (PARTITION BY behaviour, aim IS NULL ORDER BY c) AS turn,
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

-- What people do for a living follows their schooling and pay; where they work follows what they do.
CREATE TABLE livelihood AS
SELECT c, job,
    CASE job WHEN '退休' THEN NULL WHEN '自由职业' THEN NULL WHEN '学生' THEN city_name || '演示大学'
        WHEN '个体经营者' THEN city_name || pick(getvariable('brands'), u(c, 30)) || pick(['商行', '经营部', '小吃店', '便利店', '服装店'], u(c, 31))
        WHEN '教师' THEN place || pick(['中心小学', '第二中学', '实验小学', '第三中学'], u(work, 31))
        WHEN '医生' THEN place || pick(['人民医院', '社区卫生服务中心', '中医院'], u(work, 31)) WHEN '护士' THEN place || pick(['人民医院', '社区卫生服务中心', '中医院'], u(work, 31))
        WHEN '公务员' THEN place || pick(['街道办事处', '政务服务中心', '市场监督管理所'], u(work, 31))
        -- a few large employers, many small ones
        ELSE city_name || pick(getvariable('brands'), pow(u(work, 30), 2.6)) || pick(getvariable('employers'), pow(u(work, 31), 1.6)) END AS employer
FROM (
    SELECT c, city_name, city_name || '市' || split_part(district, ':', 2) AS place, CASE WHEN home < c AND u(home, 45) < 0.15 THEN home ELSE c END AS work,
        CASE WHEN student THEN '学生' WHEN retired THEN '退休' WHEN persona = 5 THEN '个体经营者'
            WHEN schooling >= 3 AND earns > 90000 THEN pick(getvariable('professions'), u(c, 32))
            WHEN schooling = 1 OR earns < 60000 THEN pick(getvariable('trades'), u(c, 32))
            ELSE pick(getvariable('occupations'), u(c, 32)) END AS job
    FROM customer
);

CREATE TABLE customer_text AS
SELECT c, customer_name(c) AS customer_id,
    -- given names go with the years: the lists run from old to new
    pick(getvariable('surnames'), u(c, 20)) || pick(CASE WHEN male THEN getvariable('male') ELSE getvariable('female') END,
        0.45 * u(c, 21) + 0.55 * greatest(0, least(1, (62 - age) / 42 + 0.3 * (u(c, 46) - 0.5)))) AS name,
    CASE WHEN male THEN 'M' ELSE 'F' END AS gender,
    split_part(district, ':', 1) || strftime(birth_date, '%Y%m%d')
        || lpad((((u(c, 22) * 499)::INT * 2) + CASE WHEN male THEN 1 ELSE 0 END)::VARCHAR, 3, '0') AS body,
    '12' || lpad(((c::BIGINT * 7919 + 123456789) % 1000000000)::VARCHAR, 9, '0') AS mobile,
    '12' || lpad(((c::BIGINT * 7919 + 623456789) % 1000000000)::VARCHAR, 9, '0') AS next_mobile,
    CASE WHEN u(c, 23) < 0.72 THEN 'kh' || (10000000 + c) || '@' || pick(['example.com', 'example.net', 'example.org', 'post.example'], u(c, 24)) END AS email,
    split_part(district, ':', 1) AS region,
    city_name || '市' || split_part(district, ':', 2) || pick(getvariable('roads'), u(home, 25)) || (1 + (u(home, 26) * 388)::INT) || '号'
        || pick(getvariable('estates'), u(home, 27)) || (1 + (u(home, 28) * 30)::INT) || '栋' || (101 + (u(home, 29) * 28)::INT * 100) || '室' AS address,
    employer, job AS occupation,
    ['HIGH_SCHOOL', 'COLLEGE', 'BACHELOR', 'MASTER'][schooling] AS education,
    CASE WHEN paired THEN 'MARRIED' WHEN age < 23 OR u(c, 33) > (age - 20) / 14 THEN 'SINGLE' WHEN u(c, 33) < 0.78 THEN 'MARRIED' WHEN u(c, 33) < 0.88 THEN 'DIVORCED' ELSE 'SINGLE' END AS marital_status,
    CASE WHEN student THEN 0 ELSE (round(declares / 1000) * 1000)::BIGINT END AS annual_income,
    CASE WHEN u(c, 34) < 0.7 OR declares < earns THEN 1 ELSE 0 END AS income_verified
FROM customer JOIN livelihood USING (c);
