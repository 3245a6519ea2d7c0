"""The analyses, with figures worked out by hand."""

import math
from datetime import date, timedelta

import pytest

from narutalk.identity import Identity
from tools.clients import churn
from tools.clients.analyses import AnalysisType, analyze
from tools.clients.analysis import (
    ChurnAnalysis,
    ChurnFigures,
    ContractAnalysis,
    GeneralAnalysis,
    Risk,
    SalesAnalysis,
    churn_figures,
)
from tools.clients.churn import analyse_churn
from tools.clients.models import ClientStatus, ContractStatus
from tools.clients.records import ClientFilter, SalesFilter
from tools.clients.store import ClientStore
from tools.periods import Period
from tools.series import growth, slope

YEAR = Period(date(2025, 11, 1), date(2026, 10, 31))


def test_churn_is_judged_by_the_clients_own_interval() -> None:
    every_ten_days = [date(2026, 1, 1) + timedelta(days=10 * n) for n in range(5)]  # until 2026-02-10

    def judged(days: list[date], as_of: date) -> ChurnFigures:
        return churn_figures(len(days), days[0] if days else None, days[-1] if days else None, as_of)

    usual = judged(every_ten_days, date(2026, 2, 20))
    assert (usual.days_since, usual.usual_interval_days, usual.risk) == (10, 10.0, Risk.LOW)
    assert usual.silence_probability == round(math.exp(-1), 4)
    assert judged(every_ten_days, date(2026, 3, 2)).risk is Risk.MEDIUM  # exp(-2) = 0.135
    assert judged(every_ten_days, date(2026, 3, 22)).risk is Risk.HIGH  # exp(-4) = 0.018
    assert judged(every_ten_days[:3], date(2026, 3, 22)).risk is Risk.UNKNOWN
    assert judged([], date(2026, 3, 22)).last_purchase is None


def test_clients_are_judged_alike_among_few_and_among_all(
    sample_store: ClientStore, someone: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = ClientFilter(grade="A")
    monkeypatch.setattr(churn, "FEW", 0)
    among_all = analyse_churn(sample_store, someone, wanted)
    monkeypatch.setattr(churn, "FEW", 10_000)
    assert analyse_churn(sample_store, someone, wanted) == among_all
    assert len(among_all.clients) == churn.MAX_AT_RISK < sum(among_all.counts.values())


def test_growth_and_slope() -> None:
    assert growth(110, 100) == 0.1
    assert growth(1, 0) is None
    assert slope([1, 3, 5]) == 2
    assert slope([1, 2]) is None
    assert slope([5, 5, 5, 5]) == 0


def test_general(tiny: ClientStore, someone: Identity) -> None:
    found = analyze(tiny, someone, AnalysisType.GENERAL, client_id="C0001", period=YEAR)
    assert isinstance(found, GeneralAnalysis)
    assert (found.clients, found.net_sales_krw, found.transactions, found.active_contracts) == (
        1,
        4_000,
        2,
        1,
    )
    assert (found.return_rate, found.average_order_krw) == (0.2, 5_000)


def test_sales(tiny: ClientStore, someone: Identity) -> None:
    found = analyze(
        tiny, someone, AnalysisType.SALES, client_id=None, period=Period(date(2026, 9, 1), date(2026, 10, 31))
    )
    assert isinstance(found, SalesAnalysis)
    assert (found.net_sales_krw, found.previous_net_sales_krw, found.growth) == (3_700, 6_000, -0.3833)
    assert [month.key for month in found.by_month] == ["2026-09", "2026-10"]


def test_a_year_with_ten_months_of_data_is_compared_with_ten_months(
    sample_store: ClientStore, someone: Identity
) -> None:
    def sold(start: date, end: date) -> int:
        return sample_store.total(someone, SalesFilter(period=Period(start, end))).amount_krw

    year = Period(date(2026, 1, 1), date(2026, 12, 31))
    found = analyze(sample_store, someone, AnalysisType.SALES, client_id=None, period=year)
    assert isinstance(found, SalesAnalysis)
    assert found.previous_net_sales_krw == sold(date(2025, 1, 1), date(2025, 10, 31))
    assert found.previous_net_sales_krw < sold(date(2025, 1, 1), date(2025, 12, 31))


def test_contracts(tiny: ClientStore, someone: Identity) -> None:
    soon = Period(date(2026, 11, 22), date(2027, 2, 19))
    found = analyze(tiny, someone, AnalysisType.CONTRACTS, client_id=None, period=soon)
    assert isinstance(found, ContractAnalysis)
    assert (found.annual_value_krw, found.expiring, found.expiring_value_krw) == (6_000_000, 1, 2_000_000)
    assert (found.counts[ContractStatus.ACTIVE], found.expiring_without_renewal) == (2, 0)


def test_clients_that_stopped_buying_are_at_high_risk(sample_store: ClientStore, someone: Identity) -> None:
    found = analyze(sample_store, someone, AnalysisType.CHURN, client_id=None, period=YEAR)
    assert isinstance(found, ChurnAnalysis)
    assert found.as_of == date(2026, 10, 31)
    assert found.clients[0].risk is Risk.HIGH
    assert found.counts[Risk.LOW] > found.counts[Risk.HIGH]
    gone = sample_store.clients(someone, ClientFilter(status=ClientStatus.INACTIVE)).records[0]
    of_one = analyze(sample_store, someone, AnalysisType.CHURN, client_id=gone.id, period=YEAR)
    assert isinstance(of_one, ChurnAnalysis)
    assert of_one.clients[0].risk is Risk.HIGH


@pytest.mark.parametrize("kind", list(AnalysisType))
def test_every_analysis_works_without_data(tiny: ClientStore, someone: Identity, kind: AnalysisType) -> None:
    nothing = Period(date(2030, 1, 1), date(2030, 1, 31))
    assert analyze(tiny, someone, kind, client_id="C0003", period=nothing).analysis_type == kind
