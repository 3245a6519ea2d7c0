"""The same queries on a real PostgreSQL, all tables in one database."""

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from narutalk.identity import Identity
from narutalk.languages import Language
from narutalk.settings import load_settings
from tests.unit.tools.clients.sample import TINY, open_filled
from tests.unit.tools.reports.reading import without_queries
from tools.clients.analyses import AnalysisType, analyze
from tools.clients.models import PaymentStatus
from tools.clients.records import ClientFilter, ContractFilter, SalesFilter, SalesGroup
from tools.clients.reports.drafts import draft_report
from tools.clients.reports.requests import ReportKind, ReportWanted
from tools.clients.store import ClientStore
from tools.periods import resolve_period

LIMITED = Identity(user_id="own", username="own", groups=frozenset({"clients:own", "employee:E0003"}))
REPORTS: dict[ReportKind, dict[str, Any]] = {
    ReportKind.SALES: {"period": "2026-Q3"},
    ReportKind.CONCENTRATION: {"period": "2026"},
    ReportKind.CHURN: {},
    ReportKind.RECEIVABLES: {"region": "Busan"},
    ReportKind.CONTRACTS: {"period": "2026-12"},
    ReportKind.STORY: {"client": "C0002"},
}


@pytest.fixture(scope="module")
def on_postgres(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClientStore]:
    url = SecretStr(postgres_url)
    settings = load_settings(
        data_dir=tmp_path_factory.mktemp("pg"),
        client_database_url=url,
        transaction_database_url=url,
        _env_file=None,
    )
    with open_filled(settings, TINY) as store:
        yield store


@pytest.mark.slow
def test_every_query_answers_as_on_sqlite(
    on_postgres: ClientStore, tiny: ClientStore, someone: Identity
) -> None:
    quarter = resolve_period("2026-Q3", tiny.today())
    filters = (
        SalesFilter(),
        SalesFilter(period=quarter, region_code="BUS", category="vaccine"),
        SalesFilter(payment_statuses=(PaymentStatus.OVERDUE,), min_amount_krw=500),
    )
    for wanted in filters:
        assert on_postgres.transactions(someone, wanted, limit=3) == tiny.transactions(
            someone, wanted, limit=3
        )
        assert on_postgres.behaviour(someone, wanted) == tiny.behaviour(someone, wanted)
        for group in SalesGroup:
            assert on_postgres.grouped(someone, wanted, group) == tiny.grouped(someone, wanted, group)
            assert on_postgres.ranked(someone, wanted, group, limit=2) == tiny.ranked(
                someone, wanted, group, limit=2
            )
    assert on_postgres.covered() == tiny.covered()
    assert on_postgres.clients(someone, ClientFilter(), limit=2) == tiny.clients(
        someone, ClientFilter(), limit=2
    )
    contracts = ContractFilter(region_code="SEO")
    assert on_postgres.contracts(someone, contracts) == tiny.contracts(someone, contracts)
    assert on_postgres.sum_contracts(someone, contracts) == tiny.sum_contracts(someone, contracts)
    for kind in AnalysisType:
        ours = analyze(on_postgres, someone, kind, client_id=None, period=quarter)
        assert ours == analyze(tiny, someone, kind, client_id=None, period=quarter)


@pytest.mark.slow
@pytest.mark.parametrize("kind", list(ReportKind))
@pytest.mark.parametrize("limited", [False, True], ids=["all", "own"])
def test_every_report_says_what_it_says_on_sqlite(
    on_postgres: ClientStore, tiny: ClientStore, someone: Identity, kind: ReportKind, limited: bool
) -> None:
    wanted = ReportWanted(kind=kind, **REPORTS[kind])
    who = LIMITED if limited else someone

    for language in Language:
        ours = draft_report(on_postgres, who, wanted, language)
        theirs = without_queries(draft_report(tiny, who, wanted, language))
        # A decimal equals a whole number, but is not written as one.
        assert repr(without_queries(ours)) == repr(theirs)
        assert any(section.tables or section.figures for section in ours.sections)
