"""The report as an Excel workbook with figures as numbers and a chart of its own."""

from io import BytesIO

from openpyxl import Workbook
from openpyxl.chart import BarChart, LineChart, Reference
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from tools.employees.reports.content import ReportContent, Table

MONEY_FORMAT, SHARE_FORMAT = "#,##0", "0.0%"
COLUMN_WIDTH_CHARS = 20
CHART_HEIGHT_CM, CHART_WIDTH_CM = 8, 17
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def render_xlsx(content: ReportContent) -> bytes:
    """Return the report as XLSX: an overview, then one sheet for each table, with its chart beside it."""
    book = Workbook()
    overview: Worksheet = book.worksheets[0]
    overview.title = "요약" if content.language.value == "ko" else "Overview"
    for line in (content.title, content.subtitle, content.made):
        overview.append([_text(line)])
    overview["A1"].font = Font(bold=True, size=14)
    overview.append([])
    for figure in content.figures:
        overview.append([_text(figure.label), _text(figure.value)])
    overview.append([])
    overview.append([_text(content.summary)])
    last: int = overview.max_row
    overview.merge_cells(start_row=last, end_row=last, start_column=1, end_column=6)
    overview.cell(row=last, column=1).alignment = Alignment(wrap_text=True, vertical="top")
    overview.row_dimensions[last].height = 90
    _set_widths(overview, 6)
    for index, table in enumerate(content.tables):
        sheet = book.create_sheet(table.title[:31])
        _write_table(sheet, table)
        if index < len(content.charts):
            _add_chart(sheet, table, content.charts[index].title, lines=content.charts[index].kind == "lines")
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _write_table(sheet: Worksheet, table: Table) -> None:
    sheet.append([_text(name) for name in table.header])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for row in table.rows:
        sheet.append([_text(value) if isinstance(value, str) else value for value in row])
        for cell in sheet[sheet.max_row][1:]:
            cell.number_format = SHARE_FORMAT if isinstance(cell.value, float) else MONEY_FORMAT
    sheet.freeze_panes = "A2"
    _set_widths(sheet, len(table.header))


def _add_chart(sheet: Worksheet, table: Table, title: str, *, lines: bool) -> None:
    chart = LineChart() if lines else BarChart()
    chart.title = title
    last = len(table.rows) + 1
    chart.add_data(Reference(sheet, min_col=2, max_col=3, min_row=1, max_row=last), titles_from_data=True)
    chart.set_categories(Reference(sheet, min_col=1, min_row=2, max_row=last))
    chart.height, chart.width = CHART_HEIGHT_CM, CHART_WIDTH_CM
    chart.x_axis.delete = chart.y_axis.delete = False
    sheet.add_chart(chart, f"{get_column_letter(len(table.header) + 2)}2")


def _set_widths(sheet: Worksheet, columns: int) -> None:
    for column in range(1, columns + 1):
        sheet.column_dimensions[get_column_letter(column)].width = COLUMN_WIDTH_CHARS


def _text(value: str) -> str:
    """Return text that Excel does not take for a formula."""
    return f"'{value}" if value.startswith(_FORMULA_STARTS) else value
