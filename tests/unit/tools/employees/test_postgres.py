"""The same queries on a real PostgreSQL."""

from collections.abc import Iterator

import pytest

from narutalk.clock import build_clock
from narutalk.db import build_engine, database_url
from narutalk.identity import Identity
from narutalk.languages import Language
from tests.unit.tools.employees.sample import HR, MANAGER, TODAY, fill
from tests.unit.tools.reports.reading import without_queries
from tools.employees.directory import Filters, Order
from tools.employees.grouping import GroupBy
from tools.employees.reports.drafts import draft_report
from tools.employees.reports.requests import ReportKind, ReportWanted
from tools.employees.sales import RankBy
from tools.employees.store import EmployeeStore


@pytest.fixture(scope="module")
def postgres_store(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmployeeStore]:
    engine = build_engine(database_url(postgres_url, tmp_path_factory.mktemp("pg"), "employees"))
    fill(engine)
    yield EmployeeStore(engine, build_clock(TODAY))
    engine.dispose()


def test_every_query_answers_as_on_sqlite(postgres_store: EmployeeStore, store: EmployeeStore) -> None:
    for by in GroupBy:
        used = store.sales.period("2026-Q3")
        assert postgres_store.sales.by_group(by, Filters(), used) == store.sales.by_group(by, Filters(), used)
        ours = postgres_store.attendance.by_group(HR, by, Filters(), used)
        assert ours == store.attendance.by_group(HR, by, Filters(), used)
        assert postgres_store.headcount.by_group(by, Filters()) == store.headcount.by_group(by, Filters())
    for rank in RankBy:
        ranked = postgres_store.sales.ranking(Filters(), used, by=rank, lowest=True)
        assert ranked == store.sales.ranking(Filters(), used, by=rank, lowest=True)
    filters = Filters(department="SAL", current=True)
    for order in Order:
        page = postgres_store.directory.search(filters, order=order)
        assert page == store.directory.search(filters, order=order)
    assert postgres_store.sales.period(None) == store.sales.period(None)
    assert postgres_store.sales.months_of(filters, used) == store.sales.months_of(filters, used)
    assert postgres_store.confidential.reviews(MANAGER, "E0002")[0].score == 4.5
    assert postgres_store.directory.one("Lee Seoyeon") == store.directory.one("Lee Seoyeon")


@pytest.mark.parametrize("kind", list(ReportKind))
@pytest.mark.parametrize("who", [HR, MANAGER], ids=["hr", "manager"])
def test_every_report_says_what_it_says_on_sqlite(
    postgres_store: EmployeeStore, store: EmployeeStore, kind: ReportKind, who: Identity
) -> None:
    for wanted in (ReportWanted(kind=kind, period="2026"), ReportWanted(kind=kind, region="Busan")):
        for language in Language:
            ours = draft_report(postgres_store, who, wanted, language)
            theirs = without_queries(draft_report(store, who, wanted, language))
            # A decimal equals a whole number, but is not written as one.
            assert repr(without_queries(ours)) == repr(theirs)
            assert any(section.tables or section.figures for section in ours.sections)
