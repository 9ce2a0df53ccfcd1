"""(a) The queries as a person writes them for DuckDB."""

from __future__ import annotations

from .shape import COLUMNS, DAY, HUNDREDTHS, MCC_GROUPS, MILLIONTHS, PER_CARD, SPAN, WEIGHT, WEIGHTS

DAY_OF = "date_diff('day', DATE '1970-01-01', CAST(ts AS DATE))"
SPENT = "txn_type IN (0, 1)"


def query(name: str, txn: str = "txn") -> str:
    """One of F, T, P, D, A over a table, a view or a query in parentheses."""
    return QUERIES[name](txn)


def chunk(number: int, of: int) -> str:
    """The transactions of a share of the cards, whole cards each."""
    return "txn" if of == 1 else f"(SELECT * FROM txn WHERE card_id % {of} = {number})"


def checksum(name: str, sql: str) -> str:
    """One row: number of rows, and per column the sum of value x weight."""
    weight = f"(CAST({WEIGHT[name]} AS BIGINT) % {WEIGHTS} + 1)"
    sums = ", ".join(f"sum({_whole(column)} * {weight}) AS c_{column}" for column in COLUMNS[name])
    return f"SELECT count(*) AS n_rows, {sums} FROM ({sql}) z"


def together(name: str, part: str = "part") -> str:
    """The checksum out of what chunks of cards have left in a table."""
    if name in PER_CARD:
        return f"SELECT sum(n_rows) AS n_rows, {', '.join(f'sum(c_{c}) AS c_{c}' for c in COLUMNS[name])} FROM {part}"
    sums = ", ".join(f"sum({column}) AS {column}" for column in COLUMNS[name] if column != "dn")
    return checksum(name, f"SELECT dn, {sums} FROM {part} GROUP BY dn")


def _whole(column: str) -> str:
    if column in HUNDREDTHS:
        return f"CAST(round({column} * 100) AS BIGINT)"
    return f"CAST(floor({column} * 1000000) AS BIGINT)" if column in MILLIONTHS else f"CAST({column} AS BIGINT)"


def features(txn: str) -> str:
    """Sums, distinct days and quantiles each of the rows they need: one GROUP BY with FILTER cost twice as much."""

    def within(days: int, what: str) -> str:
        return f"sum(CASE WHEN dn >= {DAY - days} THEN {what} ELSE 0 END)"

    mcc = [f"mcc_{n}" for n in range(MCC_GROUPS)]
    groups = ", ".join(
        f"sum(CASE WHEN mcc % {MCC_GROUPS} = {n} THEN amount ELSE 0 END) AS mcc_{n}" for n in range(MCC_GROUPS)
    )
    zeros = "f30 f90 f365 m30 m90 m365 ad30 ad365 xb night inst".split() + mcc
    return f"""
    WITH seen AS (SELECT card_id, max({DAY_OF}) AS last FROM {txn} WHERE {SPENT} GROUP BY card_id),
    s AS (SELECT card_id, {DAY_OF} AS dn, hour(ts) AS hr, amount, mcc, country, instal_n FROM {txn}
        WHERE {SPENT} AND {DAY_OF} >= {DAY - SPAN}),
    f AS (SELECT card_id, {within(30, "1")} AS f30, {within(90, "1")} AS f90, count(*) AS f365,
        {within(30, "amount")} AS m30, {within(90, "amount")} AS m90, sum(amount) AS m365,
        sum(CASE WHEN country <> 'CN' THEN 1 ELSE 0 END) AS xb, sum(CASE WHEN hr < 6 THEN 1 ELSE 0 END) AS night,
        sum(CASE WHEN instal_n > 0 THEN amount ELSE 0 END) AS inst,
        median(amount) AS med, quantile_cont(amount, 0.95) AS p95, {groups} FROM s GROUP BY card_id),
    d AS (SELECT card_id, count(*) AS ad365, {within(30, "1")} AS ad30
        FROM (SELECT DISTINCT card_id, dn FROM s) GROUP BY card_id)
    SELECT c.card_id, {DAY} - last AS recency, {", ".join(f"coalesce({one}, 0) AS {one}" for one in zeros)}, med, p95,
        customer_id, branch, segment, CAST(coalesce(m30, 0) AS DOUBLE) / credit_limit AS util
    FROM seen JOIN card c ON c.card_id = seen.card_id
    LEFT JOIN f ON f.card_id = seen.card_id LEFT JOIN d ON d.card_id = seen.card_id"""


def top_merchants(txn: str) -> str:
    return f"""
    WITH g AS (SELECT card_id, merchant_id, sum(amount) AS amt, count(*) AS n FROM {txn}
        WHERE {SPENT} AND {DAY_OF} >= {DAY - SPAN} GROUP BY card_id, merchant_id),
    r AS (SELECT *, row_number() OVER (PARTITION BY card_id ORDER BY amt DESC, merchant_id) AS rk FROM g)
    SELECT * FROM r WHERE rk <= 3"""


def portfolio(txn: str) -> str:
    return f"""
    WITH m AS (SELECT year(ts) * 100 + month(ts) AS ym, card_id, sum(amount) AS amt, count(*) AS n FROM {txn}
        WHERE {SPENT} GROUP BY ALL)
    SELECT ym, branch, segment, count(*) AS active, sum(amt) AS amt, sum(n) AS n
    FROM m JOIN card c ON c.card_id = m.card_id GROUP BY ALL"""


def streaks(txn: str) -> str:
    """Runs of months whose spend was or was not repaid by a tenth in the month after."""
    return f"""
    WITH m AS (SELECT card_id, year(ts) * 12 + month(ts) AS mi, sum(CASE WHEN {SPENT} THEN amount ELSE 0 END) AS spend,
        sum(CASE WHEN txn_type = 3 THEN amount ELSE 0 END) AS repay FROM {txn} GROUP BY ALL),
    st AS (SELECT a.card_id, a.mi, CASE WHEN coalesce(n.repay, 0) * 10 >= a.spend THEN 1 ELSE 0 END AS met
        FROM m a LEFT JOIN m n ON n.card_id = a.card_id AND n.mi = a.mi + 1 WHERE a.spend > 0),
    g AS (SELECT *, row_number() OVER (PARTITION BY card_id ORDER BY mi)
        - row_number() OVER (PARTITION BY card_id, met ORDER BY mi) AS island FROM st)
    SELECT card_id, met, count(*) AS len, max(mi) AS last_mi FROM g GROUP BY card_id, met, island"""


def windows(txn: str) -> str:
    """The firsts come before the moving windows: what is sorted last should have the fewest columns to carry."""

    def window(seconds: int) -> str:
        return f"(PARTITION BY card_id ORDER BY es RANGE BETWEEN {seconds} PRECEDING AND CURRENT ROW)"

    def first_of(column: str) -> str:
        return f"row_number() OVER (PARTITION BY card_id, {column} ORDER BY es, txn_id) = 1"

    return f"""
    WITH s AS (SELECT txn_id, card_id, epoch(ts)::BIGINT AS es, {DAY_OF} AS dn, amount, mcc, merchant_id, country,
        city_id FROM {txn} WHERE {SPENT}),
    med AS (SELECT card_id, median(amount) AS md FROM s GROUP BY card_id),
    dv AS (SELECT s.card_id, md, median(abs(amount - md)) AS mad
        FROM s JOIN med ON med.card_id = s.card_id GROUP BY ALL),
    n AS (SELECT txn_id, card_id, es, dn, amount, city_id, {first_of("merchant_id")} AS new_m,
        {first_of("country")} AS new_c, {first_of("mcc")} AS new_k FROM s),
    v AS (SELECT card_id, es, dn, amount, city_id, new_m, new_c, new_k,
        count(*) OVER {window(3600)} AS v1, count(*) OVER {window(86400)} AS v24,
        sum(amount) OVER {window(86400)} AS s24,
        lag(city_id) OVER (PARTITION BY card_id ORDER BY es, txn_id) AS pcity,
        lag(es) OVER (PARTITION BY card_id ORDER BY es, txn_id) AS pes FROM n),
    x AS (SELECT v.*, abs(amount - md) > 6 * 1.4826 * mad AS zhit,
        coalesce(v.pcity <> v.city_id AND 6371.0 * 2 * asin(sqrt(least(1.0, pow(sin(radians(c2.lat - c1.lat) / 2), 2)
            + cos(radians(c1.lat)) * cos(radians(c2.lat)) * pow(sin(radians(c2.lon - c1.lon) / 2), 2))))
            * 3600 > 900.0 * (v.es - v.pes + 1), false) AS travel
        FROM v JOIN dv ON dv.card_id = v.card_id
        JOIN city c2 ON c2.city_id = v.city_id LEFT JOIN city c1 ON c1.city_id = v.pcity)
    SELECT dn, count(*) AS n, sum(v1) AS v1, sum(v24) AS v24, sum(s24) AS s24, sum(new_m::INT) AS new_m,
        sum(new_c::INT) AS new_c, sum(new_k::INT) AS new_k, sum(zhit::INT) AS zhit, sum(travel::INT) AS travel
    FROM x GROUP BY dn"""


QUERIES = {"F": features, "T": top_merchants, "P": portfolio, "D": streaks, "A": windows}
