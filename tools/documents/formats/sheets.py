"""Reads XLSX and CSV files: each region of filled cells becomes a table that knows where it stands."""

import csv
import datetime
import io
from collections.abc import Iterable, Iterator, Sequence

import openpyxl

from tools.documents.blocks import Block, Cells, UnreadableDocument, heading, table
from tools.documents.formats.archives import check_office_file
from tools.documents.formats.encodings import decode

GROUPED_FROM = 10_000
"""Smaller numbers in cells may be extensions or years: they stay as they are."""
DELIMITERS = ",;\t|"
SNIFFED_CHARS = 8192
MAX_FIELD_CHARS = 1_000_000

Row = tuple[int, list[str]]
"""A row's number, from 1, and its cells."""


def read_xlsx(content: bytes) -> Iterator[Block]:
    """Yield the sheets of a workbook: each is a heading and its regions."""
    check_office_file(content)
    workbook = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    for sheet in workbook.worksheets:
        sheet.reset_dimensions()  # files lie about them, and a wide lie makes every row wide
        rows = (
            (
                number,
                [
                    _cell_text(cell.value, str(cell.number_format)) if cell.value is not None else ""
                    for cell in row
                ],
            )
            for number, row in enumerate(sheet.iter_rows(), start=1)
        )
        blocks = _regions(rows, sheet.title)
        first = next(blocks, None)
        if first is not None:
            yield heading(sheet.title, 2)
            yield first
            yield from blocks


def read_csv(content: bytes) -> Iterator[Block]:
    """Yield the regions of a file of separated values; commas, semicolons, tabs or bars separate them."""
    text = decode(content)
    csv.field_size_limit(MAX_FIELD_CHARS)
    try:
        dialect: type[csv.Dialect] = csv.Sniffer().sniff(text[:SNIFFED_CHARS], DELIMITERS)
    except csv.Error:  # one column, or too few rows to tell
        dialect = csv.excel
    try:
        rows = enumerate(csv.reader(io.StringIO(text), dialect), start=1)
        yield from _regions(((number, row) for number, row in rows), "")
    except csv.Error as error:
        raise UnreadableDocument(f"Its values cannot be told apart: {error}.") from error


def _regions(rows: Iterable[Row], sheet: str) -> Iterator[Block]:
    """Yield the blocks of rows: an empty row ends a region."""
    region: list[Row] = []
    for number, values in rows:
        filled = any(value.strip() for value in values)
        if region and (not filled or number != region[-1][0] + 1):
            yield from _region(region, sheet)
            region = []
        if filled:
            region.append((number, values))
    if region:
        yield from _region(region, sheet)


def _region(region: Sequence[Row], sheet: str) -> Iterator[Block]:
    """Yield a table, and the lines of one cell above and below it: titles and notes."""
    wide = [index for index, (_number, values) in enumerate(region) if len(_filled(values)) > 1]
    if not wide:
        yield from _lines(region, sheet)
        return
    first, last = wide[0], wide[-1]
    yield from _lines(region[:first], sheet)
    body = region[first : last + 1]
    columns = [column for _number, values in body for column in _filled(values)]
    left, right = min(columns), max(columns)
    cells = Cells(sheet, left + 1, body[0][0], right + 1, body[-1][0])
    yield table([values[left : right + 1] or [""] for _number, values in body], cells=cells)
    yield from _lines(region[last + 1 :], sheet)


def _lines(rows: Sequence[Row], sheet: str) -> Iterator[Block]:
    for number, values in rows:
        (column,) = _filled(values)
        yield Block(values[column].strip(), cells=Cells(sheet, column + 1, number, column + 1, number))


def _filled(values: Sequence[str]) -> list[int]:
    return [column for column, value in enumerate(values) if value.strip()]


def _cell_text(value: object, number_format: str) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return _moment_text(value)
    if "%" in number_format:
        return f"{round(value * 100, 2):g}%"
    return f"{value:,}" if abs(value) >= GROUPED_FROM else str(value)


def _moment_text(value: object) -> str:
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(" ")
    return str(value)
