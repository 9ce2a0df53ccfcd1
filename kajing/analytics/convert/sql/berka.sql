CREATE MACRO berka_day(yymmdd) AS strptime('19' || yymmdd, '%Y%m%d')::DATE;

CREATE TABLE posting AS
SELECT trans_id::BIGINT AS id, account_id::INT AS account, berka_day(date) AS posted_on, type = 'PRIJEM' AS credit, nullif(trim(operation), '') AS operation,
    round(amount::DOUBLE * 100)::BIGINT AS fen, round(balance::DOUBLE * 100)::BIGINT AS balance, nullif(trim(k_symbol), '') AS symbol
FROM trans;

-- Owners of the accounts opened within the stored postings. Women's birth months are written plus 50.
CREATE TABLE owner AS
SELECT client_id::INT AS c, d.account_id::INT AS account, substr(birth_number, 3, 2)::INT > 50 AS female, berka_day(a.date) AS opened_on,
    berka_day(substr(birth_number, 1, 2) || lpad((substr(birth_number, 3, 2)::INT % 50)::VARCHAR, 2, '0') || substr(birth_number, 5, 2)) AS birth_date,
    (row_number() OVER (ORDER BY client_id::INT) - 1)::INT AS rank
FROM disp d JOIN person USING (client_id) JOIN account a ON a.account_id = d.account_id
WHERE d.type = 'OWNER' AND berka_day(a.date) <= (SELECT max(posted_on) FROM posting);

CREATE TABLE card AS
SELECT d.account_id::INT AS account, p.card_id AS token, p.type AS sort, berka_day(substr(p.issued, 1, 6)) AS issued_on
FROM plastic p JOIN disp d USING (disp_id) JOIN owner o ON o.account = d.account_id::INT AND d.type = 'OWNER'
WHERE berka_day(substr(p.issued, 1, 6)) <= (SELECT max(posted_on) FROM posting);

-- Postings are booked on the account's stand-in card: none of them names a card.
CREATE MACRO berka_account(account) AS 'BK' || lpad(account::VARCHAR, 6, '0');
