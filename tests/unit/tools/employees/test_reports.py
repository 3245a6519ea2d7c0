"""The three files of a report hold the same content, and nothing that somebody slipped in."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader
from tools.employees.reports.content import Chart, ReportContent, build_content
from tools.employees.reports.files import ReportFiles
from tools.employees.reports.html import render_html
from tools.employees.reports.pdf import render_pdf
from tools.employees.reports.xlsx import render_xlsx

from narutalk.clock import COMPANY_TIME_ZONE
from narutalk.errors import NotFound
from narutalk.languages import Language
from tests.unit.tools.employees.sample import USER
from tools.employees.analysis import AnalysisType, Subject, analyse
from tools.employees.store import EmployeeStore

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=COMPANY_TIME_ZONE)
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def content_in(store: EmployeeStore) -> Callable[[Language], ReportContent]:
    def build(language: Language) -> ReportContent:
        analysis = analyse(store, USER, Subject(), AnalysisType.PERFORMANCE, "2026-Q3", language)
        return build_content(analysis, asked_by=HOSTILE, made_at=NOW, language=language)

    return build


@pytest.mark.parametrize("language", list(Language))
def test_content_holds_figures_added_up_by_hand(
    content_in: Callable[[Language], ReportContent], language: Language
) -> None:
    content = content_in(language)

    assert content.figures[2].value == "100.0%"
    assert content.charts[0].categories == ("2026-07", "2026-08", "2026-09")
    # July: 110 + 90 + 130 + 60 thousand, in millions.
    assert content.charts[0].series[0][1][0] == pytest.approx(0.39)
    assert [row[1] for row in content.tables[1].rows] == [580_000, 520_000]
    assert list(content.tables[2].rows[0][1:]) == [420_000, 300_000, pytest.approx(1.4)]


def test_html_escapes_names_and_shows_the_charts(content_in: Callable[[Language], ReportContent]) -> None:
    page = render_html(content_in(Language.EN)).decode()

    assert HOSTILE not in page
    assert "&lt;script&gt;" in page
    assert page.count("<svg") == 2
    assert "Sales and target by month" in page


@pytest.mark.parametrize(("language", "words"), [(Language.EN, "By region"), (Language.KO, "지역별 실적")])
def test_pdf_reads_back(
    content_in: Callable[[Language], ReportContent], language: Language, words: str
) -> None:
    reader = PdfReader(BytesIO(render_pdf(content_in(language))))

    text = "".join(page.extract_text() for page in reader.pages)
    assert words in text
    assert "580,000" in text
    assert HOSTILE in text


def test_pdf_of_three_years_by_month_spans_pages(content_in: Callable[[Language], ReportContent]) -> None:
    content = content_in(Language.KO)
    rows = content.tables[0].rows * 12
    categories = tuple(f"m{index}" for index in range(36))
    chart = Chart("선", categories, (("매출", tuple(range(36))), ("목표", tuple(range(36)))), kind="lines")
    long = replace(content, charts=(chart,), tables=(replace(content.tables[0], rows=rows),))

    assert len(PdfReader(BytesIO(render_pdf(long))).pages) == 2


def test_xlsx_has_numbers_formats_and_no_formulas(content_in: Callable[[Language], ReportContent]) -> None:
    content = replace(content_in(Language.EN), title='=HYPERLINK("http://bad")')

    book = load_workbook(BytesIO(render_xlsx(content)))

    assert book.sheetnames == ["Overview", "By month", "By region", "Top people"]
    region = book["By region"]
    assert [cell.value for cell in region[2]] == ["Busan", 580_000, 600_000, pytest.approx(0.9667, abs=1e-4)]
    assert region["D2"].number_format == "0.0%"
    assert book["Overview"]["A1"].value.startswith("'=")


def test_reports_are_listed_newest_first_and_only_to_their_owner(
    tmp_path: Path, content_in: Callable[[Language], ReportContent]
) -> None:
    moments = [NOW, NOW + timedelta(minutes=1)]
    files = ReportFiles(tmp_path, lambda: moments.pop(0))
    period = ("2026-07-01", "2026-09-30")

    first = files.save("u1", content_in(Language.EN), "html", period)
    second = files.save("u1", content_in(Language.KO), "xlsx", period)

    assert [report.id for report in files.list("u1")] == [second.id, first.id]
    assert files.path("u1", first).read_bytes().startswith(b"<!doctype html>")
    assert files.list("u2") == []
    with pytest.raises(NotFound):
        files.get("u2", first.id)


@pytest.mark.parametrize("report_id", ["../u1/x", "", "r123", ".."])
def test_an_id_that_is_none_is_not_found(tmp_path: Path, report_id: str) -> None:
    with pytest.raises(NotFound):
        ReportFiles(tmp_path, lambda: NOW).get("u1", report_id)


@pytest.mark.parametrize("owner", ["../../etc", "a/b", "..", "한글"])
def test_an_owner_cannot_leave_the_folder(
    tmp_path: Path, owner: str, content_in: Callable[[Language], ReportContent]
) -> None:
    files = ReportFiles(tmp_path / "reports", lambda: NOW)

    report = files.save(owner, content_in(Language.EN), "html", ("2026-07-01", "2026-09-30"))

    assert files.path(owner, report).resolve().is_relative_to((tmp_path / "reports").resolve())
    assert files.get(owner, report.id) == report
