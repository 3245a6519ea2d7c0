"""The three files of a report say the same, embed their fonts, and let nothing in or out."""

import re
from html import unescape
from io import BytesIO
from typing import Any

import pdfplumber
import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from narutalk.languages import Language
from tests.unit.tools.reports.samples import FORMULA, HOSTILE, LONG, content, wide_table
from tools.reports.content import WITHHELD, Chart, Column, Kind, Table
from tools.reports.html import render_html
from tools.reports.pdf import render_pdf
from tools.reports.xlsx import render_xlsx

MONEY = Table(
    "By month",
    (Column("Month"), Column("Net sales (KRW)", Kind.MONEY), Column("Change", Kind.CHANGE)),
    (("2026-07", 390_000, None), ("2026-08", -1_234_567, -0.125), ("2026-09", 0, 0.5)),
    Chart("Net sales by month", (1,)),
)
_TAG = re.compile(r"<[^>]+>")


def _told(pdf: bytes) -> str:
    return " ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)


def _words_of_html(page: str) -> list[str]:
    return [unescape(_TAG.sub("", cell)) for cell in re.findall(r"<t[hd][^>]*>.*?</t[hd]>", page)]


@pytest.mark.parametrize("language", list(Language))
def test_three_formats_hold_the_same_figures(language: Language) -> None:
    report = content(language, MONEY)
    expected = [cell for row in MONEY.text_rows() for cell in row]

    html = _words_of_html(render_html(report).decode())
    with pdfplumber.open(BytesIO(render_pdf(report))) as pdf:
        tables = [table for page in pdf.pages for table in page.extract_tables({"vertical_strategy": "text"})]
        text = " ".join(page.extract_text() for page in pdf.pages)
    sheet = load_workbook(BytesIO(render_xlsx(report)))["Overview"]
    numbers = [[cell.value for cell in row[:3]] for row in sheet.iter_rows()]

    assert html[3:] == expected
    assert all(cell in text.split() for cell in expected), tables
    assert [tuple(row) for row in numbers if str(row[0]).startswith("2026-")] == list(MONEY.rows)
    assert "1,234,567" in text
    assert 1_234_567 in [row[1] for row in numbers]


@pytest.mark.parametrize("language", list(Language))
def test_fonts_are_embedded(language: Language) -> None:
    reader = PdfReader(BytesIO(render_pdf(content(language, wide_table(language), sections=3))))

    fonts: dict[str, Any] = {}
    for page in reader.pages:
        for font in page["/Resources"].get("/Font", {}).values():  # type: ignore[union-attr]
            described = font.get_object()
            fonts[described["/BaseFont"]] = described.get("/FontDescriptor", {})

    used = {name: font for name, font in fonts.items() if "Nanum" in name}
    assert len(used) >= 2
    assert all("/FontFile2" in font.get_object() for font in used.values())
    # reportlab names Helvetica on each page; nothing is set in it.
    assert set(fonts) - set(used) <= {"/Helvetica"}


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("rows", [0, 1, 2, 60])
def test_nothing_lies_outside_the_pages_margins(language: Language, rows: int) -> None:
    report = content(language, wide_table(language, rows), sections=3, asked_by=LONG[language] * 3)

    with pdfplumber.open(BytesIO(render_pdf(report))) as pdf:
        for page in pdf.pages:
            fonts = {char["fontname"].partition("+")[2] for char in page.chars}
            assert fonts <= {"NanumGothic", "NanumGothicBold"}
            for thing in (*page.chars, *page.rects, *page.lines, *page.curves):
                assert thing["x0"] >= 50, thing
                assert thing["x1"] <= page.width - 50, thing
                assert thing["top"] >= 40, thing
                assert thing["bottom"] <= page.height - 20, thing


def test_every_row_of_a_long_table_is_on_some_page() -> None:
    text = re.sub(r"\s+", "", _told(render_pdf(content(Language.KO, wide_table(Language.KO)))))

    assert all(f"{12_345_678_901 + 7 * row:,}" in text for row in range(60))


def test_cover_tells_period_filter_and_who_asked_in_each_format() -> None:
    report = content(Language.EN, MONEY, sections=3)
    book = load_workbook(BytesIO(render_xlsx(report)))
    cells = " ".join(str(cell.value) for row in book["Cover"].iter_rows() for cell in row if cell.value)
    page = unescape(render_html(report).decode())
    pdf = " ".join(_told(render_pdf(report)).split())

    for text in (cells, page, pdf):
        for told in (
            "나루 Naru & Co.",
            "Q3 2026 (2026-07-01 – 2026-09-30)",
            "Region: Busan",
            HOSTILE,
            "2026-11-22 09:30 KST",
            "Only clients of Busan.",
            "Contents",
        ):
            assert told in text, told
    for text in (page, pdf, " ".join(str(row[0].value) for row in book.worksheets[-1].iter_rows())):
        assert "SELECT sum(amount) FROM t WHERE region = ?" in text
        assert "Sums of the month." in text


def test_pdf_numbers_its_pages_and_has_an_outline() -> None:
    reader = PdfReader(BytesIO(render_pdf(content(Language.KO, MONEY, sections=3))))

    pages = len(reader.pages)
    assert [f"{page} / {pages}쪽" in text.extract_text() for page, text in enumerate(reader.pages, 1)] == [
        True
    ] * pages
    assert len(reader.outline) == 4
    assert reader.metadata is not None
    assert reader.metadata.title == "Sales report: Busan"


def test_html_runs_and_loads_nothing() -> None:
    page = render_html(content(Language.EN, MONEY)).decode()

    assert HOSTILE not in page
    assert "&lt;script&gt;" in page
    assert page.count("<svg") == 1
    assert not re.findall(r"(?:src|href)=\"(?!#)", re.sub(r"<svg.*?>", "", page))


@pytest.mark.parametrize("bad", [FORMULA, "+1+1", "-2+3", "@SUM(A1)", "\t=1", " =1", "＝1"])
def test_no_cell_is_a_formula(bad: str) -> None:
    table = Table(bad, (Column(bad), Column("n", Kind.MONEY)), ((bad, -5), (bad, 6)), Chart(bad, (1,)), bad)

    book = load_workbook(BytesIO(render_xlsx(content(Language.EN, table, asked_by=bad))))

    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert "f" not in {cell.data_type for cell in cells}
    assert sum(str(cell.value).lstrip().startswith("'") for cell in cells) >= 5
    starts = ("=", "+", "-", "@", "＝")
    assert not [cell for cell in cells if str(cell.value).lstrip().startswith(starts) and cell.value != -5]
    assert -5 in [cell.value for cell in cells]


def test_sheets_have_native_charts_over_their_own_cells() -> None:
    sheet: Any = load_workbook(BytesIO(render_xlsx(content(Language.EN, MONEY))))["Overview"]

    [chart] = sheet._charts
    reference = chart.series[0].val.numRef.f
    first, last = re.findall(r"\$B\$(\d+)", reference)
    assert [sheet[f"B{row}"].value for row in range(int(first), int(last) + 1)] == [390_000, -1_234_567, 0]


def test_what_is_withheld_is_in_no_chart_and_what_a_font_lacks_is_shown_as_a_box() -> None:
    table = Table(
        "Days",
        (Column("Where"), Column("Late", Kind.COUNT)),
        (("Busan 😀", 3), ("Seoul", WITHHELD), ("Daegu", 4)),
        Chart("Late", (1,)),
    )

    assert [row[0] for row in table.drawn_rows] == ["Busan 😀", "Daegu"]
    text = _told(render_pdf(content(Language.EN, table)))
    assert "Busan □" in text
    assert WITHHELD in text


@pytest.mark.parametrize("rows", [(), (("a", 0), ("b", 0)), (("a", 5),), (("a", None), ("b", None))])
def test_what_is_no_chart_is_not_drawn(rows: tuple[tuple[str, int | None], ...]) -> None:
    table = Table("T", (Column("x"), Column("y", Kind.MONEY)), rows, Chart("T", (1,), "lines"))
    report = content(Language.EN, table)

    assert b"<svg" not in render_html(report)
    assert render_pdf(report).startswith(b"%PDF")
    assert not vars(load_workbook(BytesIO(render_xlsx(report)))["Overview"])["_charts"]
