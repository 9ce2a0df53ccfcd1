-- Names and telephones for people whose data set is anonymous. None of them exists.
CREATE MACRO person_name(k, male) AS pick(getvariable('surnames'), u(k, 20))
    || pick(CASE WHEN male THEN getvariable('male') ELSE getvariable('female') END, u(k, 21));
CREATE MACRO fake_mobile(k) AS '12' || lpad(((k::BIGINT * 7919 + 123456789) % 1000000000)::VARCHAR, 9, '0');
CREATE MACRO fake_last4(k) AS lpad((u(k, 163) * 9999)::INT::VARCHAR, 4, '0');
