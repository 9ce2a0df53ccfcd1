-- Merchants: `per_shop` in every city (city 0 = the whole country, online) for every sort of shop.
CREATE TABLE merchant AS
WITH grid AS (
    SELECT i AS merchant, (i // (getvariable('shops') * getvariable('per_shop')))::INT AS city,
        ((i // getvariable('per_shop')) % getvariable('shops'))::INT AS shop, (i % getvariable('per_shop'))::INT AS j
    FROM range((getvariable('cities') + 1) * getvariable('shops') * getvariable('per_shop')) t(i)
)
SELECT merchant, city, shop, s.mcc,
    'M' || lpad((880000000 + merchant)::VARCHAR, 12, '0') AS merchant_id,
    CASE WHEN city = 0 THEN pick(getvariable('brands'), u(shop * 100 + j, 70)) || pick(s.words, u(merchant, 71))
        WHEN j < 4 THEN pick(getvariable('brands'), u(shop * 100 + j, 70)) || s.words[1] || '(' || pick(getvariable('roads'), u(merchant, 72)) || '店)'
        WHEN u(merchant, 73) < 0.4 THEN getvariable('city_names')[city] || pick(getvariable('surnames'), u(merchant, 74)) || '记' || pick(s.words, u(merchant, 71))
        ELSE getvariable('city_names')[city] || pick(getvariable('brands'), u(merchant, 75)) || pick(s.words, u(merchant, 71)) END AS merchant_name,
    CASE WHEN city = 0 THEN NULL ELSE getvariable('city_names')[city] END AS city_name
FROM grid JOIN shop_kind s USING (shop);
