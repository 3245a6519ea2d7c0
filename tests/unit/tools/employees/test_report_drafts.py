"""What reports on employees say: figures added up by hand, and of nobody whom the caller may not see."""

import pytest

from narutalk.errors import TellTheModel
from narutalk.identity import Identity
from narutalk.languages import Language
from tests.unit.tools.employees.sample import HR, MANAGER, USER
from tools.employees.directory import Filters
from tools.employees.reports.drafts import draft_report
from tools.employees.reports.requests import ReportKind, ReportWanted
from tools.employees.store import EmployeeStore

COLLEAGUE = Identity(user_id="u9", username="nine", groups=frozenset({"employee:E0004"}))


@pytest.mark.parametrize("language", list(Language))
def test_sales_are_those_added_up_by_hand(store: EmployeeStore, language: Language) -> None:
    draft = draft_report(store, USER, ReportWanted(period="2026-Q3"), language)

    overview = draft.sections[0]
    by_month, by_region, people = overview.tables
    assert [figure.value for figure in overview.figures[:3]] == [1_100_000, 1_100_000, 1.0]
    # July: 110 + 90 + 130 + 60 thousand.
    assert by_month.rows[0][:2] == ("2026-07", 390_000)
    assert [row[1] for row in by_region.rows] == [580_000, 520_000]
    assert people.rows[0][1:] == (420_000, 300_000, pytest.approx(1.4))
    assert all(section.queries for section in draft.sections)


def test_reviews_are_of_those_whom_the_caller_sees(store: EmployeeStore) -> None:
    def told(who: Identity) -> str:
        draft = draft_report(store, who, ReportWanted(kind=ReportKind.REVIEWS), Language.EN)
        return str([table.rows for section in draft.sections for table in section.tables])

    with pytest.raises(TellTheModel):
        told(USER)
    everyone, line, own = told(HR), told(MANAGER), told(COLLEAGUE)
    reviewed = store.confidential.reviews_of_seen(HR, Filters(current=True))
    seen = store.confidential.reviews_of_seen(MANAGER, Filters(current=True))
    assert reviewed
    assert own == "[]"
    for key in reviewed:
        assert (f"({key})" in line) is (key in seen)
        assert f"({key})" in everyone


def test_a_person_has_no_attrition(store: EmployeeStore) -> None:
    with pytest.raises(TellTheModel, match="of a group"):
        draft_report(store, HR, ReportWanted(kind=ReportKind.TURNOVER, employee="E0002"), Language.EN)
