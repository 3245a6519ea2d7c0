"""The report as an Excel workbook: figures as numbers, and charts that Excel draws itself from the cells."""

import re
from io import BytesIO
from math import ceil

from openpyxl import Workbook
from openpyxl.cell import Cell as SheetCell
from openpyxl.cell import MergedCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.chart import BarChart, LineChart, Reference
from openpyxl.chart.legend import Legend
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from narutalk.languages import Language
from tools.reports.charts import axis_format, titled
from tools.reports.content import Cell, Chart, Figure, Kind, ReportContent, Section, Table
from tools.reports.words import WORDS, contents_of, cover_facts

FORMATS = {
    Kind.TEXT: "@",
    Kind.MONEY: "#,##0",
    Kind.COUNT: "#,##0",
    Kind.SHARE: "0.0%",
    Kind.CHANGE: "+0.0%;-0.0%;0.0%",
    Kind.NUMBER: "#,##0.0",
}
MIN_WIDTH_CHARS, MAX_WIDTH_CHARS = 12, 44
WRAP_COLUMNS = 8
CHARS_OF_A_LINE, POINTS_OF_A_LINE = 100, 16
CHART_HEIGHT_CM, CHART_WIDTH_CM, CHART_ROWS = 8, 17, 18
LAST_NARROW = 0x2E7F
MAX_SHEET_NAME, MAX_CELL_CHARS = 31, 32_000
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_NOT_IN_SHEET_NAMES = re.compile(r"[\[\]:*?/\\']")
_HEADER = PatternFill("solid", fgColor="F1F5F9")


def render_xlsx(content: ReportContent) -> bytes:
    """Return the report as XLSX: the title page, a sheet for each section, and the appendix."""
    book = Workbook()
    cover: Worksheet = book.worksheets[0]
    cover.title = WORDS[content.language].cover
    names = [_sheet_name(book, section.title) for section in content.sections]
    for section, name in zip(content.sections, names, strict=True):
        _write_section(book[name], section, content.language)
    if content.methods:
        names.append(_sheet_name(book, WORDS[content.language].appendix))
        _write_appendix(book[names[-1]], content)
    _write_cover(cover, content, names)
    for sheet in book.worksheets:
        sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
        sheet.page_setup.fitToHeight = 0
        sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _write_cover(sheet: Worksheet, content: ReportContent, names: list[str]) -> None:
    words = WORDS[content.language]
    _line(sheet, content.company)
    _line(sheet, content.title, bold=True, size=16)
    sheet.append([])
    for fact in cover_facts(content):
        _pair(sheet, fact, content.language)
    sheet.append([])
    _line(sheet, words.rights, bold=True)
    for line in content.draft.rights:
        _line(sheet, line)
    entries = contents_of(content)
    if entries:
        sheet.append([])
        _line(sheet, words.contents, bold=True)
        for entry, name in zip(entries, names, strict=True):
            cell = _line(sheet, entry)
            cell.hyperlink = f"#'{name}'!A1"
            cell.style = "Hyperlink"
    sheet.column_dimensions["A"].width = 26
    sheet.column_dimensions["B"].width = MAX_WIDTH_CHARS


def _write_section(sheet: Worksheet, section: Section, language: Language) -> None:
    _line(sheet, section.title, bold=True, size=14)
    if section.text:
        _line(sheet, section.text)
    for figure in section.figures:
        _pair(sheet, figure, language)
    for table in section.tables:
        sheet.append([])
        _line(sheet, table.title, bold=True)
        _write_table(sheet, table, language)
    for note in section.notes:
        _line(sheet, note)
    _set_widths(sheet, section)


def _write_table(sheet: Worksheet, table: Table, language: Language) -> None:
    top: int = sheet.max_row + 1
    for place, column in enumerate(table.columns, start=1):
        cell = sheet.cell(row=top, column=place, value=_safe(column.title))
        cell.font, cell.fill = Font(bold=True), _HEADER
        cell.alignment = Alignment(
            wrap_text=True, vertical="top", horizontal=None if column.kind is Kind.TEXT else "right"
        )
    for below, row in enumerate(table.rows, start=1):
        for place, (value, column) in enumerate(zip(row, table.columns, strict=True), start=1):
            _put(sheet.cell(row=top + below, column=place), value, column.kind)
    chart = table.drawn
    if chart:
        _add_chart(sheet, table, chart, top, language)
    if table.note:
        _line(sheet, table.note)
    if chart and sheet.max_row < top + CHART_ROWS:  # the next table stands below the chart
        sheet.cell(row=top + CHART_ROWS, column=1, value=" ")


def _add_chart(sheet: Worksheet, table: Table, chart: Chart, top: int, language: Language) -> None:
    drawn = LineChart() if table.is_line else BarChart()
    if isinstance(drawn, BarChart) and chart.shape == "bars":
        drawn.type = "bar"
        drawn.x_axis.scaling.orientation = "maxMin"
    drawn.title = _safe(titled(table, chart, language))
    last = top + len(table.drawn_rows)
    for place in chart.columns:
        values = Reference(sheet, min_col=place + 1, min_row=top, max_row=last)
        drawn.add_data(values, titles_from_data=True)
    drawn.set_categories(Reference(sheet, min_col=1, min_row=top + 1, max_row=last))
    drawn.height, drawn.width = CHART_HEIGHT_CM, CHART_WIDTH_CM
    drawn.y_axis.number_format, drawn.y_axis.majorGridlines = axis_format(table, chart), None
    drawn.x_axis.delete = drawn.y_axis.delete = False
    drawn.legend = Legend(legendPos="b")
    sheet.add_chart(drawn, f"{get_column_letter(len(table.columns) + 2)}{top}")


def _write_appendix(sheet: Worksheet, content: ReportContent) -> None:
    words = WORDS[content.language]
    _line(sheet, words.appendix, bold=True, size=14)
    for section in content.methods:
        sheet.append([])
        _line(sheet, section.title, bold=True)
        if section.method:
            _line(sheet, section.method)
        for query in section.queries:
            _line(sheet, " ".join(query.sql.split()))
            if query.parameters:
                _line(sheet, f"{words.parameters}: {', '.join(query.parameters)}")
    for place in range(1, WRAP_COLUMNS + 1):
        sheet.column_dimensions[get_column_letter(place)].width = MIN_WIDTH_CHARS + 2


def _line(sheet: Worksheet, text: str, *, bold: bool = False, size: int = 11) -> SheetCell:
    """Write a line of text over the columns, as high as it needs."""
    row = 1 if sheet.max_row == 1 and sheet["A1"].value is None else sheet.max_row + 1
    cell: SheetCell = sheet.cell(row=row, column=1, value=_safe(text))
    cell.font = Font(bold=bold, size=size)
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=WRAP_COLUMNS)
    # Excel does not make a row of merged cells higher by itself.
    lines = _lines(text, CHARS_OF_A_LINE * 11 / size)
    sheet.row_dimensions[row].height = POINTS_OF_A_LINE * size / 11 * lines
    return cell


def _pair(sheet: Worksheet, figure: Figure, language: Language) -> None:
    row = sheet.max_row + 1
    label = sheet.cell(row=row, column=1, value=_safe(figure.label))
    label.alignment = Alignment(wrap_text=True, vertical="top")
    cell = sheet.cell(row=row, column=2)
    _put(cell, figure.value, figure.kind)
    if figure.kind is Kind.MONEY:
        cell.number_format = '#,##0"원"' if language is Language.KO else '#,##0" KRW"'
    cell.alignment = Alignment(wrap_text=True, vertical="top", horizontal="left")
    lines = max(_lines(figure.label, 24), _lines(figure.text(language), MAX_WIDTH_CHARS))
    sheet.row_dimensions[row].height = POINTS_OF_A_LINE * lines


def _lines(text: str, chars: float) -> int:
    """Return how many lines a text takes; a Hangul syllable is two letters wide."""
    wide = sum(2 if ord(char) > LAST_NARROW else 1 for char in text)
    return max(1, ceil(wide / chars))


def _put(cell: SheetCell | MergedCell, value: Cell, kind: Kind) -> None:
    cell.value = _safe(value) if isinstance(value, str) else value
    cell.number_format = FORMATS[kind]
    if isinstance(value, str):
        cell.alignment = Alignment(
            wrap_text=True, vertical="top", horizontal=None if kind is Kind.TEXT else "right"
        )


def _set_widths(sheet: Worksheet, section: Section) -> None:
    """Make each column as wide as its numbers; long text is wrapped."""
    wide = {place: float(MIN_WIDTH_CHARS) for place in range(1, WRAP_COLUMNS + 1)}
    for table in section.tables:
        for row in table.text_rows():
            for place, text in enumerate(row, start=1):
                chars = sum(1.8 if ord(char) > LAST_NARROW else 1.1 for char in text) + 2
                wide[place] = min(max(wide.get(place, MIN_WIDTH_CHARS), chars), MAX_WIDTH_CHARS)
    if section.figures:
        wide[1], wide[2] = max(wide[1], 24), max(wide[2], 22)
    for place, width in wide.items():
        sheet.column_dimensions[get_column_letter(place)].width = width


def _sheet_name(book: Workbook, title: str) -> str:
    """Add a sheet, and return its name: no two are the same, whatever their case."""
    wanted = _NOT_IN_SHEET_NAMES.sub(" ", title).strip()[:MAX_SHEET_NAME] or "Sheet"
    taken = {name.casefold() for name in book.sheetnames}
    name, number = wanted, 2
    while name.casefold() in taken:
        suffix = f" ({number})"
        name, number = f"{wanted[: MAX_SHEET_NAME - len(suffix)]}{suffix}", number + 1
    book.create_sheet(name)
    return name


def _safe(value: str) -> str:
    """Return text that is no formula to a spreadsheet, not even after it was saved as CSV."""
    text = ILLEGAL_CHARACTERS_RE.sub(" ", value)[:MAX_CELL_CHARS]
    return f"'{text}" if text.lstrip().startswith(_FORMULA_STARTS) else text
