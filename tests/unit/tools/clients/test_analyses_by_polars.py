"""The client analyses against the same figures computed by polars from the same rows."""

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from narutalk.identity import Identity
from narutalk.languages import Language
from tools.clients import arguments, insights
from tools.clients.analysis import ChurnReason, Risk
from tools.clients.churn import analyse_churn
from tools.clients.measures import MIN_CLIENTS, Segment, concentration
from tools.clients.records import ClientFilter
from tools.clients.store import ClientStore
from tools.sample_company.generate import SampleData

FROM, TO = date(2025, 11, 1), date(2026, 10, 31)
EN, KO = Language.EN, Language.KO


@pytest.fixture(scope="module")
def trades(sample_data: SampleData) -> pl.DataFrame:
    rows: Any = list(sample_data.transactions)
    return pl.DataFrame(rows, infer_schema_length=None).with_columns(
        pl.col("kind").cast(pl.String), pl.col("payment_status").cast(pl.String)
    )


@pytest.fixture(scope="module")
def year(trades: pl.DataFrame) -> pl.DataFrame:
    return trades.filter(pl.col("date").is_between(FROM, TO))


def _fifth(column: str) -> pl.Expr:
    return 1 + (5 * (pl.col(column).rank("min") - 1)) // pl.len()


def test_rfm(sample_store: ClientStore, someone: Identity, year: pl.DataFrame) -> None:
    sales = pl.col("kind") == "sale"
    expected = (
        year.group_by("client_id")
        .agg(
            pl.col("date").filter(sales).max().alias("last"),
            pl.col("date").filter(sales).n_unique().alias("days"),
            pl.col("amount_krw").sum().alias("net"),
        )
        .filter(pl.col("last").is_not_null())
        .with_columns(_fifth("last").alias("r"), _fifth("days").alias("f"), _fifth("net").alias("m"))
    )
    champions = expected.filter((pl.col("r") >= 4) & (pl.col("f") >= 4) & (pl.col("m") >= 4))

    found = insights.rfm_segments(sample_store, someone, arguments.ScoreClients())

    assert found.clients == expected.height
    by_segment = {entry.segment: entry for entry in found.segments}
    assert by_segment[Segment.CHAMPION].clients == champions.height > 0
    assert by_segment[Segment.CHAMPION].net_krw == champions["net"].sum()
    assert sum(entry.clients for entry in found.segments) == expected.height
    for client in found.best:
        row = expected.row(by_predicate=pl.col("client_id") == client.client_id, named=True)
        assert tuple(client.scores) == (row["r"], row["f"], row["m"])


def test_concentration(sample_store: ClientStore, someone: Identity, year: pl.DataFrame) -> None:
    by_client = (
        year.group_by("client_id")
        .agg(pl.col("amount_krw").sum())
        .filter(pl.col("amount_krw") > 0)
        .sort("amount_krw", descending=True)["amount_krw"]
    )
    shares = by_client / by_client.sum()
    top = -(-len(by_client) // 5)
    # The Gini coefficient by its definition: the mean absolute difference over twice the mean.
    pairs = pl.DataFrame({"a": by_client}).join(pl.DataFrame({"b": by_client}), how="cross")
    gini = float((pairs["a"] - pairs["b"]).abs().mean()) / (2 * float(by_client.mean()))  # type: ignore[arg-type]

    found = insights.sales_concentration(sample_store, someone, arguments.MeasureConcentration()).figures

    assert found is not None
    assert (found.clients, found.top) == (len(by_client), top)
    assert found.top_share == pytest.approx(shares[:top].sum())
    assert found.needed == int((shares.cum_sum() < 0.8).sum()) + 1
    assert found.gini == pytest.approx(gini)
    assert found.hhi == pytest.approx(float((shares * 100).pow(2).sum()))


def test_ageing(sample_store: ClientStore, someone: Identity, trades: pl.DataFrame) -> None:
    unpaid = trades.filter(pl.col("payment_status") != "paid").with_columns(
        (pl.lit(TO) - pl.col("date")).dt.total_days().alias("age")
    )

    found = insights.receivables_ageing(sample_store, someone, arguments.AgeReceivables())

    assert found.as_of == TO
    for bucket in found.buckets:
        last = bucket.to_days if bucket.to_days is not None else 100_000
        rows = unpaid.filter(pl.col("age").is_between(bucket.from_days, last))
        overdue = int(rows.filter(pl.col("payment_status") == "overdue")["amount_krw"].sum())
        assert (bucket.count, bucket.overdue_krw) == (rows.height, overdue)
        assert bucket.unpaid_krw == int(rows["amount_krw"].sum()) - overdue
    assert sum(bucket.count for bucket in found.buckets) == unpaid.height > 0
    assert (found.older_than_days, found.older_krw, found.older_count) == (None, 0, 0)


@pytest.mark.parametrize("days", [1, 45, 90, 3650])
def test_what_is_older_than_days_of_ones_own(
    sample_store: ClientStore, someone: Identity, trades: pl.DataFrame, days: int
) -> None:
    age = (pl.lit(TO) - pl.col("date")).dt.total_days()
    older = trades.filter((pl.col("payment_status") != "paid") & (age > days))

    found = insights.receivables_ageing(sample_store, someone, arguments.AgeReceivables(older_than_days=days))

    assert (found.older_krw, found.older_count) == (int(older["amount_krw"].sum()), older.height)
    assert f"Older than {days:,} days: {found.older_krw:,} KRW ({found.older_count:,} transactions)." in (
        found.to_markdown(Language.EN)
    )
    assert f"{days:,}일을 넘긴 것은 {found.older_krw:,}원({found.older_count:,}건)입니다." in (
        found.to_markdown(Language.KO)
    )


def test_trend_and_season_in_busan(
    sample_store: ClientStore, someone: Identity, trades: pl.DataFrame
) -> None:
    monthly = (
        trades.filter(pl.col("region_code") == "BUS")
        .group_by(pl.col("date").dt.truncate("1mo").alias("month"))
        .agg(pl.col("amount_krw").sum())
        .sort("month")
    )
    level = (
        monthly["amount_krw"].rolling_mean(12).rolling_mean(2).shift(-6)  # 2 x 12 moving average
    )
    ratios = monthly.with_columns((pl.col("amount_krw") / level).alias("ratio")).drop_nulls()
    season = ratios.group_by(pl.col("month").dt.month()).agg(pl.col("ratio").mean()).sort("month")
    indices = season["ratio"] / season["ratio"].mean()
    frame = monthly.with_row_index("x")
    slope = frame.select(pl.cov("x", "amount_krw") / pl.col("x").var()).item()

    found = insights.sales_trend(sample_store, someone, arguments.FollowSales(region="Busan")).figures

    assert [point.amount_krw for point in found.months] == monthly["amount_krw"].to_list()
    assert found.slope_krw_per_month == pytest.approx(slope)
    assert [entry.index for entry in found.seasons] == pytest.approx(indices.to_list(), abs=1e-4)
    recent, before = int(monthly["amount_krw"][-12:].sum()), int(monthly["amount_krw"][-24:-12].sum())
    assert found.growth == pytest.approx(recent / before - 1, abs=1e-4)


def test_clients_of_an_owner_are_those_of_today_and_like_is_compared_with_like(
    sample_store: ClientStore, someone: Identity, trades: pl.DataFrame, sample_data: SampleData
) -> None:
    theirs = [row["id"] for row in sample_data.clients if row["owner_id"] == "E0079"]
    own = trades.filter(pl.col("client_id").is_in(theirs))
    sums = {
        year: own.filter(pl.col("date").is_between(date(year, 1, 1), date(year, 10, 31)))
        .group_by("client_id")
        .agg(pl.col("amount_krw").sum())
        for year in (2025, 2026)
    }
    bought = {year: dict(sums[year].iter_rows()) for year in sums}
    every = {*bought[2025], *bought[2026]}
    now, before = ({one: bought[year].get(one, 0) for one in every} for year in (2026, 2025))

    found = insights.client_changes(
        sample_store, someone, arguments.CompareClients(period="this_year", owner="E0079", direction="shrank")
    )

    assert (found.is_cut, found.before.end) == (True, date(2025, 10, 31))
    assert found.clients == len(every)
    assert found.changed == sum(now[one] < before[one] for one in every)
    assert {entry.client_id: (entry.now_krw, entry.before_krw) for entry in found.entries} == {
        entry.client_id: (now[entry.client_id], before[entry.client_id]) for entry in found.entries
    }


def test_a_period_is_told_against_the_same_months_a_year_before(
    sample_store: ClientStore, someone: Identity, trades: pl.DataFrame
) -> None:
    days = pl.col("date").is_between(date(2025, 7, 1), date(2025, 9, 30))
    before = trades.filter(days).select(pl.col("amount_krw").sum()).item()
    found = insights.sales_trend(sample_store, someone, arguments.FollowSales(period="2026-Q3"))
    assert found.comparison is not None
    assert found.comparison.amount_krw == before
    assert f"{before:,} KRW then, a change of +" in found.to_markdown(Language.EN)
    assert insights.sales_trend(sample_store, someone, arguments.FollowSales()).comparison is None


def test_clients_that_shrank(sample_store: ClientStore, someone: Identity, trades: pl.DataFrame) -> None:
    def sums(first: date, last: date, name: str) -> pl.DataFrame:
        rows = trades.filter(pl.col("date").is_between(first, last))
        return rows.group_by("client_id").agg(pl.col("amount_krw").sum().alias(name))

    now = sums(date(2026, 7, 1), date(2026, 9, 30), "now")
    before = sums(date(2026, 4, 1), date(2026, 6, 30), "before")
    both = now.join(before, on="client_id", how="full", coalesce=True).fill_null(0)
    shrank = both.filter(pl.col("now") < pl.col("before")).sort(pl.col("now") - pl.col("before"), "client_id")

    found = insights.client_changes(
        sample_store, someone, arguments.CompareClients(period="2026-Q3", direction="shrank")
    )

    assert (found.clients, found.changed) == (both.height, shrank.height)
    assert [entry.client_id for entry in found.entries] == shrank["client_id"][:10].to_list()
    assert [entry.now_krw for entry in found.entries] == shrank["now"][:10].to_list()


def test_reasons_why_a_client_may_leave(
    sample_store: ClientStore, someone: Identity, trades: pl.DataFrame, sample_data: SampleData
) -> None:
    found = analyse_churn(sample_store, someone, ClientFilter())
    active = {row["client_id"] for row in sample_data.contracts if row["status"] == "active"}
    half = timedelta(days=182)
    now = trades.filter(pl.col("date") >= TO - half)
    then = trades.filter(pl.col("date").is_between(TO - half - timedelta(365), TO - timedelta(365)))

    assert found.counts[Risk.HIGH] > 0
    for client in found.clients:
        overdue = trades.filter(
            (pl.col("client_id") == client.client_id) & (pl.col("payment_status") == "overdue")
        )["amount_krw"].sum()
        bought = int(now.filter(pl.col("client_id") == client.client_id)["amount_krw"].sum())
        had = int(then.filter(pl.col("client_id") == client.client_id)["amount_krw"].sum())
        shrank = had > 0 and bought / had - 1 <= -0.3
        assert client.overdue_krw == overdue
        assert (ChurnReason.OVERDUE in client.reasons) is (overdue > 0)
        assert (ChurnReason.NO_CONTRACT in client.reasons) is (client.client_id not in active)
        assert (ChurnReason.SHRINKING in client.reasons) is shrank


def test_concentration_of_few_and_of_none() -> None:
    assert concentration([]) is None
    assert concentration([-5, 0]) is None
    alike = concentration([7] * 10)
    assert alike is not None
    assert alike.gini == pytest.approx(0)
    assert alike.hhi == pytest.approx(1000)
    assert (alike.top, alike.needed) == (2, 8)


def test_small_samples_and_missing_periods_say_so(tiny: ClientStore, someone: Identity) -> None:
    few = insights.rfm_segments(tiny, someone, arguments.ScoreClients())
    trend = insights.sales_trend(tiny, someone, arguments.FollowSales())
    nothing = insights.sales_concentration(tiny, someone, arguments.MeasureConcentration(period="2020"))

    assert few.clients < MIN_CLIENTS
    assert "too few for these figures" in few.to_markdown(EN)
    assert "참고만" in few.to_markdown(KO)
    assert "Months without data, counted as 0: 2025-12" in trend.to_markdown(EN)
    assert "Seasonality needs 24 months" in trend.to_markdown(EN)
    assert "There are no transactions" in nothing.to_markdown(EN)


def test_a_clients_story(sample_store: ClientStore, someone: Identity, year: pl.DataFrame) -> None:
    net = year.group_by("client_id").agg(pl.col("amount_krw").sum()).sort("amount_krw", descending=True)
    best = net["client_id"][0]

    found = insights.client_story(sample_store, someone, arguments.TellStory(client=best))

    assert (found.rank, found.total.amount_krw) == (1, net["amount_krw"][0])
    assert found.buyers == net.height
    for language in (EN, KO):
        assert f"{net['amount_krw'][0]:,}" in found.to_markdown(language)
        chart = found.to_chart(language)
        assert chart is not None
        assert len(chart.spec["data"]["values"]) == len(found.series.months)
