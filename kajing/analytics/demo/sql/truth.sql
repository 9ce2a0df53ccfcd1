-- What is known of the planted patterns: frauds are confirmed to the bank some days later.
INSERT INTO truth
SELECT 'T' || gid, a, pattern, CASE WHEN pattern LIKE 'F%' THEN 'FRAUD' END, posted_on + 3 + (u(a, 170) * 8)::INT
FROM txn WHERE pattern IS NOT NULL AND kind <> 'DECLINE';
-- Some honest purchases were asked about and cleared.
INSERT INTO truth
SELECT 'T' || gid, a, NULL, 'GENUINE', posted_on + 1 + (u(gid, 171) * 5)::INT
FROM txn WHERE pattern IS NULL AND kind = 'PURCHASE' AND u(gid, 172) < 0.0006;
