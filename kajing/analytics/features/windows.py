"""Signals of single transactions (risk design 4.2, domain §4 C3, C6, F1–F6): how unlike itself a card behaves.

A signal looks at the transaction itself and at strictly earlier ones of its card: a window of w seconds is the
half-open (t − w, t). "Card" is the first card of a chain of replacements, because history carries over (§1.2). What
becomes of a transaction later (refund, reversal) never changes its signals, so a day's signals are computed once.

    mine = targets(transactions, chain, first, as_of, bucket=(0, 4))
    cards = family(mine, chain)
    tried, past = near(transactions, cards, first, as_of), history(transactions, cards, first, parameters)
    signals(mine, tried, past, moments(transactions, first, as_of), baselines, places, first, as_of, parameters)

`bucket=(k, n)` takes the k-th of n parts of the cards: the parts together are the whole, each fits into less memory.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import ibis
from ibis.expr.types import Table

from kajing.analytics.features.baselines import renewals, robust_z
from kajing.analytics.features.places import kilometres, located
from kajing.analytics.parameters import Parameters

KINDS = ("PURCHASE", "CASH", "TRANSFER", "DECLINE")
MINUTE, HOUR, DAY = 60, 3600, 86_400
MEAN_DAYS = 30
RUN_DAYS = 14  # how far back the accumulated deviations reach
KEYS = {"merchant": "merchant_id", "mcc": "mcc", "country": "country", "device": "device_id", "hours": "hours"}
KEYS_IN_ROWS = [column for column in KEYS.values() if column != "hours"]
MILLI = 1000  # deviations are summed as whole thousandths: sums of floats would depend on the order of rows
TOLD = (
    "txn_id customer_id account_id card_id root_card_id occurred_at day kind amount merchant_id merchant_name mcc "
    "country city channel"
).split()


def targets(
    t: Table, chain: Table, first: date, as_of: date, *, of: Table | None = None, bucket: tuple[int, int] | None = None
) -> Table:
    """What was tried since `first`: the rows that get signals. `of` (with customer_id) limits them.

    `chain` from `cards.doubled`. The rest of the work follows the cards of these rows.
    """
    rows = t.filter(t.kind.isin(KINDS) & (t.day >= first) & (t.day <= as_of))
    if of is not None:
        rows = rows.semi_join(of.select("customer_id").distinct(), "customer_id")
    rows = rows.left_join(chain, "card_id").drop("card_id_right")
    rows = rows.mutate(root_card_id=ibis.coalesce(rows.root_card_id, rows.card_id))
    if bucket is not None:
        rows = rows.filter(in_bucket(rows.root_card_id, *bucket))
    return rows.select(*TOLD, "device_id", **_measures(rows))


def _measures(rows: Table) -> dict[str, Any]:
    return {
        "es": rows.occurred_at.epoch_seconds().cast("int64"),
        "hours": (rows.occurred_at.hour() / 4).floor().cast("int64"),
        "approved": (rows.kind != "DECLINE").cast("int64"),
        "bought": (rows.kind == "PURCHASE").cast("int64"),
    }


def family(mine: Table, chain: Table) -> Table:
    """card_id, root_card_id of every card in the chains of `targets`."""
    roots = mine.select("root_card_id").distinct()
    alone = roots.select(card_id="root_card_id", root_card_id="root_card_id").anti_join(chain, "card_id")
    return alone.union(chain.semi_join(roots, "root_card_id").select("card_id", "root_card_id"))


def numbered(cards: Table, plastics: Table) -> Table:
    """`family` by numbers: plastic, root_card_id (the number of the root) and root (its id)."""
    roots = plastics.select(root="card_id", root_number="plastic")
    rows = cards.join(plastics, "card_id").join(roots, [("root_card_id", "root")])
    return rows.select("plastic", "root", root_card_id="root_number")


def by_number(rows: Table, cards: Table) -> Table:
    """Rows with the number of the root in root_card_id; `cards` from `numbered`."""
    numbers = cards.select("root", number="root_card_id").distinct()
    joined = rows.join(numbers, [("root_card_id", "root")])
    return joined.select(*[joined.number.name(c) if c == "root_card_id" else joined[c] for c in rows.columns])


def by_id(rows: Table, cards: Table) -> Table:
    """What `by_number` changed, back."""
    ids = cards.select("root", number="root_card_id").distinct()
    joined = rows.join(ids, [("root_card_id", "number")])
    return joined.select(*[joined.root.name(c) if c == "root_card_id" else joined[c] for c in rows.columns])


def _card_key(cards: Table) -> str:
    return "plastic" if "plastic" in cards.columns else "card_id"


def near(t: Table, cards: Table, first: date, as_of: date) -> Table:
    """The attempts of these cards (`family`) that lie in some window of a row since `first`, in few columns."""
    rows = t.filter(t.kind.isin(KINDS) & (t.day > _near(first)) & (t.day <= as_of))
    rows = rows.join(cards, _card_key(cards))
    measures = _measures(rows)
    measures.pop("hours")
    where = "merchant_id mcc country city channel card_present"
    return rows.select(
        "txn_id",
        "root_card_id",
        "day",
        "amount",
        *where.split(),
        hour=rows.occurred_at.hour().cast("int64"),
        **measures,
    )


def history(t: Table, cards: Table, first: date, p: Parameters) -> Table:
    """The approved attempts of these cards in the `novel_days` before `first`: what tells whether something is new."""
    rows = t.filter(t.kind.isin([kind for kind in KINDS if kind != "DECLINE"]))
    rows = rows.filter((rows.day > first - timedelta(p.novel_days + 1)) & (rows.day < first))
    rows = rows.join(cards, _card_key(cards))
    measures = _measures(rows)
    return rows.select("root_card_id", *KEYS_IN_ROWS, es=measures["es"], hours=measures["hours"])


def _near(first: date) -> date:
    """Rows after this day are in some window of a row since `first`."""
    return first - timedelta(MEAN_DAYS + RUN_DAYS + 1)


def in_bucket(key: Any, number: int, of: int) -> Any:
    """Whether a key belongs to the part `number` of `of`. Which part that is differs from engine to engine."""
    return ((key.hash() % of) + of) % of == number


def moments(t: Table, first: date, as_of: date) -> Table:
    """The portfolio by day: mean and mean_square of the purchases in the 30 days before, in yuan.

    Sums of whole yuan, exact in any order, and two digits of mean and variance: as a prior they need no more, and a
    late row then leaves them as they were. From a fortnight before `first` on, for what piles up.
    """
    start = first - timedelta(RUN_DAYS + 1)
    rows = t.filter((t.kind == "PURCHASE") & (t.day >= start - timedelta(MEAN_DAYS)) & (t.day <= as_of))
    yuan = (rows.amount / 100).floor().cast("int64")
    days = rows.group_by("day").agg(n=rows.count(), total=yuan.sum(), squares=(yuan * yuan).sum())
    wanted = days.filter(days.day >= start).select(on="day")
    pairs = wanted.cross_join(days)
    pairs = pairs.filter((pairs.day < pairs.on) & (pairs.day >= pairs.on - ibis.interval(days=MEAN_DAYS)))
    found = pairs.group_by("on").agg(n=pairs.n.sum(), total=pairs.total.sum(), squares=pairs.squares.sum())
    mean = found.total.cast("float64") / found.n
    found = found.mutate(mean=_two_digits(mean), var=_two_digits(found.squares.cast("float64") / found.n - mean * mean))
    return found.select(day="on", mean=found["mean"], mean_square=found["mean"] * found["mean"] + found["var"])


def _two_digits(value: Any) -> Any:
    positive = value > 0
    step = ibis.literal(10.0) ** (positive.ifelse(value, 1.0).log10().floor() - 1)
    return positive.ifelse((value / step + 0.5).floor() * step, 0.0)


def signals(
    mine: Table,
    tried: Table,
    past: Table,
    portfolio: Table,
    usual: Table,
    known: Table,
    first: date,
    as_of: date,
    p: Parameters,
    *,
    few: bool = False,
) -> Table:
    """One row for each attempt from `first` to `as_of`.

    `mine` from `targets`, `tried` from `near`, `past` from `history`, `portfolio` from `moments`, `usual` the baselines
    of each of `baselines.renewals`, `known` from `places.places`. Moving sums are taken over narrow rows, and each over
    no more days than it needs: what is sorted and carried is most of the cost. `few`: `mine` is a day's rows or less.

    count_10m, count_1h, count_24h, count_7d and amount_*: approved attempts in the window and this one, if approved.
    excess_24h: count_24h less a day of the card's own mean of 30 days. decline_1h: declines, this one included.
    merchants_24h, mccs_24h: different ones among approved attempts and this one. same_merchant_1h, same_merchant_7d
    (C6, C3): approved attempts at this merchant, this one included; in 7 days only those of `merchant_from` fen.
    night_7h: approved attempts at night within 7 hours (F5). probes_10m, probes_24h: small or declined attempts before
    this one (F2); probe_then_large: some in 24 hours, and this one at least `large_after_probe`.
    just_below: within `just_below_share` under one of the `review_lines` (C6).
    amount_ratio: ln((a + 1)/(μ + 1)) in yuan, μ = (sum of 30 days + 3 × portfolio mean)/(n + 3), 3 the `prior_weight`;
    amount_z: (a − μ)/σ with σ shrunk the same way; robust_z: see `baselines`, from `outlier_min_history` purchases on,
    as of baseline_on.
    excess_7d: Σ max(z, 0) of the purchases of 7 days; above_share_14d: share of those of 14 days above μ;
    accumulated: their product with amount_ratio.
    new_merchant, new_mcc, new_country, new_device, new_hours (four hours of the day): no approved attempt with it in
    `novel_days`; null where the row tells none. idle_days: since the last approved attempt, null without one in these.
    travel_km, travel_seconds, impossible_travel (F1): between two attempts with the card present within a week, faster
    than `travel_kmh` over at least `travel_min_km`.
    """
    run = _piled(_deviations(_monthly(tried.left_join(portfolio, "day").drop("day_right")), first, p), first)
    found = mine
    for more in (run, _velocity(tried, first, p), _travel(tried, known, first, p), _variety(mine, tried)):
        found = _with(found, more, "txn_id")
    found = _with(found, _same_merchant(tried, first, p), "txn_id")
    found = _with(found, _novelty(mine, past, p, few=few), "txn_id")
    return _told(_with_usual(found, usual, first, as_of), p)


def _with_usual(rows: Table, usual: Table, first: date, as_of: date) -> Table:
    """Add the customer's baseline of the Sunday before the day."""
    days = renewals(first, as_of)
    due = ibis.cases(*[(rows.day > on, ibis.literal(on).cast("date")) for on in reversed(days)])
    by = ["customer_id", "baseline_on"]
    usual = usual.select(*by, "purchases", "median", "mad")
    return rows.mutate(baseline_on=due).left_join(usual, by).drop(*(f"{key}_right" for key in by))


def _with(rows: Table, more: Table, key: str) -> Table:
    return rows.left_join(more, key).drop(f"{key}_right")


def _before(seconds: int) -> Any:
    """Strictly earlier rows of the card in (t − seconds, t)."""
    return ibis.range_window(group_by="root_card_id", order_by="es", preceding=(seconds - 1, 1))


def _earlier(column: Any, seconds: int) -> Any:
    return column.sum().over(_before(seconds)).fill_null(0)


def _monthly(rows: Table) -> Table:
    """Sums of 30 days, which deviations of the last weeks stand on."""
    yuan = (rows.bought * rows.amount / 100).floor().cast("int64")
    rows = rows.select(
        "txn_id", "root_card_id", "day", "es", "amount", "bought", "approved", "mean", "mean_square", yuan=yuan
    )
    span = MEAN_DAYS * DAY
    return rows.mutate(
        count_30d=_earlier(rows.approved, span) + rows.approved,
        n_30=_earlier(rows.bought, span),
        sum_30=_earlier(rows.yuan, span),
        squares_30=_earlier(rows.yuan * rows.yuan, span),
    )


def _deviations(rows: Table, first: date, p: Parameters) -> Table:
    """Amount against the card's own 30 days, shrunk towards the portfolio."""
    rows = rows.filter(rows.day >= first - timedelta(RUN_DAYS + 1))
    weight = rows["mean"].notnull().cast("int64") * p.prior_weight
    n = (rows.n_30 + weight).cast("float64").nullif(0)
    mu = (rows.sum_30 + weight * rows["mean"].fill_null(0.0)) / n
    square = (rows.squares_30 + weight * rows.mean_square.fill_null(0.0)) / n
    yuan = rows.amount.cast("float64") / 100
    spread = ibis.greatest(square - mu * mu, 1.0).sqrt()
    return rows.select(
        "txn_id",
        "root_card_id",
        "day",
        "es",
        "bought",
        "count_30d",
        amount_ratio=((yuan + 1.0) / (mu + 1.0)).ln(),
        amount_z=(yuan - mu) / spread,
        above=(yuan > mu).fill_null(False).cast("int64") * rows.bought,
    )


def _piled(rows: Table, first: date) -> Table:
    """txn_id → how deviations pile up over a week and a fortnight."""
    milli = (ibis.greatest(rows.amount_z, 0.0).fill_null(0.0) * MILLI).floor().cast("int64") * rows.bought
    rows = rows.mutate(milli=milli)
    n_14 = _earlier(rows.bought, RUN_DAYS * DAY) + rows.bought
    above_14 = _earlier(rows.above, RUN_DAYS * DAY) + rows.above
    rows = rows.mutate(
        excess_7d=(_earlier(rows.milli, 7 * DAY) + rows.milli).cast("float64") / MILLI,
        above_share_14d=above_14.cast("float64") / n_14.cast("float64").nullif(0),
    )
    return rows.filter(rows.day >= first).drop("root_card_id", "day", "es", "bought", "above", "milli")


def _velocity(tried: Table, first: date, p: Parameters) -> Table:
    """txn_id → counts and sums of up to 7 days."""
    spans = {"10m": 10 * MINUTE, "1h": HOUR, "24h": DAY, "7d": 7 * DAY}
    rows = tried.filter(tried.day >= first - timedelta(8))
    rows = rows.select(
        *"txn_id root_card_id day es approved amount".split(),
        night=((rows.hour >= p.night_from_hour) | (rows.hour < p.night_until_hour)).cast("int64") * rows.approved,
        declined=1 - rows.approved,
        probe=1 - rows.approved + rows.approved * (rows.amount < p.probe_amount).cast("int64"),
        paid=rows.approved * rows.amount,
    )
    rows = rows.mutate(
        **{f"count_{name}": _earlier(rows.approved, w) + rows.approved for name, w in spans.items()},
        **{f"amount_{name}": _earlier(rows.paid, w) + rows.paid for name, w in spans.items()},
        decline_1h=_earlier(rows.declined, HOUR) + rows.declined,
        night_7h=_earlier(rows.night, 7 * HOUR) + rows.night,
        probes_10m=_earlier(rows.probe, 10 * MINUTE),
        probes_24h=_earlier(rows.probe, DAY),
    )
    kept = [name for name in rows.columns if name.startswith(("count_", "amount_", "decline_", "night_", "probes_"))]
    return rows.filter(rows.day >= first).select("txn_id", *kept)


def _travel(tried: Table, known: Table, first: date, p: Parameters) -> Table:
    """txn_id → travel_km, travel_seconds from the last attempt with the card itself, in the week before."""
    rows = tried.filter(tried.day >= first - timedelta(8))
    present = rows.card_present.fill_null(rows.channel.isin(["POS", "ATM"]).fill_null(False))
    rows = located(rows.select("txn_id", "root_card_id", "day", "es", "country", "city", present=present), known)
    rows = rows.mutate(placed=rows.present & rows.lat.notnull()).drop("city", "present")
    last = ibis.window(group_by=["root_card_id", "placed"], order_by=["es", "txn_id"])
    rows = rows.mutate(
        **{f"last_{name}": rows[name].lag().over(last) for name in ("lat", "lon", "es", "country", "by_city")}
    )
    rows = rows.filter(rows.day >= first)
    comparable = rows.placed & (rows.es - rows.last_es <= 7 * DAY)
    comparable = comparable & ((rows.by_city & rows.last_by_city) | (rows.country != rows.last_country))
    km = kilometres(rows.last_lat, rows.last_lon, rows.lat, rows.lon)
    return rows.select(
        "txn_id",
        travel_km=comparable.ifelse(km, ibis.null("float64")),
        travel_seconds=comparable.ifelse(rows.es - rows.last_es, ibis.null("int64")),
    )


def _variety(mine: Table, tried: Table) -> Table:
    """txn_id → different merchants and MCCs in 24 hours, by a join on days: distinct windows are not portable."""
    mine = mine.select("txn_id", "root_card_id", "day", now="es")
    near = tried.select("root_card_id", "es", "approved", "merchant_id", "mcc", "day", other="txn_id")
    later = near.mutate(day=(near.day + ibis.interval(days=1)).cast("date"))
    pairs = mine.join(near.union(later), ["root_card_id", "day"])
    inside = (pairs.approved == 1) & (pairs.es < pairs.now) & (pairs.es > pairs.now - DAY)
    pairs = pairs.filter(inside | (pairs.other == pairs.txn_id))
    return pairs.group_by("txn_id").agg(merchants_24h=pairs.merchant_id.nunique(), mccs_24h=pairs.mcc.nunique())


def _same_merchant(tried: Table, first: date, p: Parameters) -> Table:
    """txn_id → approved attempts at the same merchant in an hour, and large ones in 7 days."""
    near = tried.filter((tried.day >= first - timedelta(7)) & tried.merchant_id.notnull())
    large = near.approved * (near.amount >= p.merchant_from).cast("int64")

    def before(column: Any, seconds: int) -> Any:
        keys = ["root_card_id", "merchant_id"]
        window = ibis.range_window(group_by=keys, order_by="es", preceding=(seconds - 1, 1))
        return column.sum().over(window).fill_null(0) + column

    near = near.select(
        "txn_id", "day", same_merchant_1h=before(near.approved, HOUR), same_merchant_7d=before(large, 7 * DAY)
    )
    return near.filter(near.day >= first).drop("day")


def _novelty(mine: Table, past: Table, p: Parameters, *, few: bool) -> Table:
    """txn_id → new_… and last_es, the last approved attempt of the card.

    The newest time a key was seen before `first` comes from the history, and later ones from the target rows
    themselves: nothing but the few target rows is ever sorted.
    """
    found = mine.select("txn_id", "root_card_id", "es", "approved", *KEYS.values())
    return _told_novelty(_seen_by_pairs(found, past) if few else _seen_by_key(found, past), p.novel_days)


def _seen_by_key(found: Table, past: Table) -> Table:
    """Add past_…: when the card had each of its keys last. One grouping a key; no card is too busy for it."""
    mine = found
    for name, keys in {"any": [], **{name: [column] for name, column in KEYS.items()}}.items():
        by = ["root_card_id", *keys]
        wanted = mine.select(*by).distinct()
        seen = past.semi_join(wanted, by)
        seen = seen.group_by(*by).agg(**{f"past_{name}": seen.es.max()})
        found = found.left_join(seen, by).drop(*(f"{key}_right" for key in by))
    return found


def _seen_by_pairs(found: Table, past: Table) -> Table:
    """The same by laying each row against its card's history once: a fifth of the work while the rows are few."""
    old = past.select(root="root_card_id", at="es", **{f"old_{name}": past[column] for name, column in KEYS.items()})
    pairs = found.select("txn_id", "root_card_id", *KEYS.values()).join(old, [("root_card_id", "root")])
    none = ibis.null("int64")
    same = {name: (pairs[column] == pairs[f"old_{name}"]).fill_null(False) for name, column in KEYS.items()}
    seen = pairs.group_by("txn_id").agg(
        past_any=pairs["at"].max(),
        **{f"past_{name}": is_it.ifelse(pairs["at"], none).max() for name, is_it in same.items()},
    )
    return found.left_join(seen, "txn_id").drop("txn_id_right")


def _told_novelty(found: Table, days: int) -> Table:
    def last_seen(name: str, keys: list[str]) -> Any:
        earlier = ibis.window(group_by=["root_card_id", *keys], order_by=["es", "txn_id"], preceding=(None, 1))
        approved_es = (found.approved == 1).ifelse(found.es, ibis.null("int64"))
        return ibis.coalesce(approved_es.max().over(earlier), found[f"past_{name}"])

    seen = {name: last_seen(name, [column]) for name, column in KEYS.items()}
    far = found.es - days * DAY
    new = {
        f"new_{name}": found[KEYS[name]].notnull().ifelse(at.isnull() | (at <= far), ibis.null("boolean"))
        for name, at in seen.items()
    }
    last = last_seen("any", [])
    return found.select("txn_id", **new, last_use_es=(last > far).ifelse(last, ibis.null("int64")))


def _told(r: Table, p: Parameters) -> Table:
    """The published columns."""
    near_line = [(r.amount < line) & (r.amount >= int(line * (1 - p.just_below_share))) for line in p.review_lines]
    just_below = near_line[0]
    for one in near_line[1:]:
        just_below = just_below | one
    too_fast = (r.travel_km >= p.travel_min_km) & (r.travel_km * HOUR > p.travel_kmh * r.travel_seconds)
    return r.select(
        *TOLD,
        *"count_10m count_1h count_24h count_7d count_30d amount_10m amount_1h amount_24h amount_7d".split(),
        *"new_merchant new_mcc new_country new_device new_hours".split(),
        *"decline_1h night_7h probes_10m probes_24h merchants_24h mccs_24h same_merchant_1h same_merchant_7d".split(),
        *"amount_ratio amount_z excess_7d above_share_14d travel_km travel_seconds baseline_on".split(),
        excess_24h=r.count_24h - r.count_30d.cast("float64") / MEAN_DAYS,
        probe_then_large=(r.probes_24h > 0) & (r.amount >= p.large_after_probe),
        just_below=just_below,
        robust_z=_robust(r, p),
        accumulated=r.excess_7d * r.above_share_14d * r.amount_ratio,
        idle_days=((r.es - r.last_use_es) / DAY).floor().cast("int64"),
        impossible_travel=too_fast.fill_null(False),
    )


def _robust(r: Table, p: Parameters) -> Any:
    """robust_z, null below `outlier_min_history` purchases."""
    enough = r.purchases >= p.outlier_min_history
    return enough.ifelse(robust_z(r.amount, r["median"], r.mad, p), ibis.null("float64"))


def with_baselines(found: Table, usual: Table, p: Parameters) -> Table:
    """`signals` that were told, by other baselines: `usual` has those that there are on each baseline_on."""
    by = ["customer_id", "baseline_on"]
    rows = found.left_join(usual.select(*by, "purchases", "median", "mad"), by).drop(*(f"{key}_right" for key in by))
    return rows.mutate(robust_z=_robust(rows, p)).select(*found.columns)
