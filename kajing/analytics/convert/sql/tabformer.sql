CREATE MACRO dollars(text) AS round(replace(replace(text, '$', ''), ',', '')::DOUBLE * 100)::BIGINT;
CREATE MACRO account_of(user_, card) AS 'TF' || lpad(user_::VARCHAR, 5, '0') || '-A' || card;

CREATE TABLE client AS
SELECT c, 'TF' || lpad(c::VARCHAR, 5, '0') AS no, Gender = 'Male' AS male,
    make_date("Birth Year"::INT, "Birth Month"::INT, 1 + (u(c, 31) * 27)::INT) AS birth_date, dollars("Yearly Income - Person") AS income
FROM (SELECT *, (row_number() OVER () - 1)::INT AS c FROM users);

CREATE TABLE card AS
SELECT "User"::INT AS c, "CARD INDEX"::INT AS n, account_of("User"::INT, "CARD INDEX"::INT) AS account_id, greatest(100, dollars("Credit Limit")) AS credit_limit,
    strptime('01/' || "Acct Open Date", '%d/%m/%Y')::DATE AS opened_on, last_day(strptime('01/' || Expires, '%d/%m/%Y')::DATE) AS expires_on,
    CASE WHEN "Card Type" = 'Credit' THEN 'TF-CREDIT' WHEN "Card Type" = 'Debit' THEN 'TF-DEBIT' ELSE 'TF-PREPAID' END AS product_id
FROM plastic;

CREATE TABLE txn AS
SELECT row_number() OVER () AS id, "User"::INT AS c, "Card"::INT AS n, account_of("User"::INT, "Card"::INT) AS account_id,
    make_date("Year"::INT, "Month"::INT, "Day"::INT) AS posted_on, make_date("Year"::INT, "Month"::INT, "Day"::INT) + "Time"::TIME AS occurred_at,
    dollars("Amount") AS fen, "Errors?" IS NOT NULL AS declined, 'TF-M' || replace("Merchant Name", '-', 'n') AS merchant_id,
    lpad(MCC, 4, '0') AS mcc, "Use Chip" AS means, nullif("Merchant City", 'ONLINE') AS city, "Merchant State" AS state
FROM rows_;

CREATE TABLE posted AS SELECT account_id, posted_on, fen FROM txn WHERE NOT declined;
