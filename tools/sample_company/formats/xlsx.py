"""Sample documents as workbooks: a sheet per table, and a sheet for the rest of the text."""

from dataclasses import dataclass, field
from datetime import datetime, time
from io import BytesIO
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.xml.functions import tostring

from tools.sample_company.formats.office_archive import write_archive
from tools.sample_company.markdown_blocks import (
    Block,
    Heading,
    ListBlock,
    Paragraph,
    Table,
    parse_blocks,
    plain_text,
)
from tools.sample_company.source import Language, SampleDocument

_NOTES_TITLE: dict[Language, str] = {"en": "Notes", "ko": "참고"}
_TITLE_LENGTH = 31
_FORBIDDEN_IN_TITLE = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
_NOTES_WIDTH = 100
_COLUMN_WIDTH_MIN = 8
_COLUMN_WIDTH_MAX = 60
_WRAP = Alignment(wrap_text=True, vertical="top")
_BOLD = Font(bold=True)
_SHADE = PatternFill("solid", fgColor="E8F1F3")


@dataclass
class _Section:
    """What stands under one heading."""

    heading: str
    tables: list[Table] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def write_xlsx(document: SampleDocument, path: Path) -> None:
    """Writes `document` as a workbook; the same document gives the same bytes.

    A section with a table becomes a sheet: the table from the first row, then the section's notes. The title,
    the introduction and the sections without a table become the last sheet.
    """
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    sections = _sections(parse_blocks(document.body))
    for section in sections:
        if section.tables:
            _fill_table_sheet(workbook.create_sheet(_sheet_title(section.heading)), section)
    notes = [section for section in sections if not section.tables]
    _fill_notes_sheet(workbook.create_sheet(_NOTES_TITLE[document.language]), notes)
    _save(workbook, document, path)


def _sections(blocks: list[Block]) -> list[_Section]:
    sections: list[_Section] = []
    for block in blocks:
        match block:
            case Heading():
                sections.append(_Section(block.text))
            case Table():
                sections[-1].tables.append(block)
            case Paragraph():
                sections[-1].notes.append(plain_text(block.runs))
            case ListBlock():
                sections[-1].notes += _list_lines(block)
    return sections


def _list_lines(block: ListBlock) -> list[str]:
    texts = [plain_text(item) for item in block.items]
    return [
        f"{number}. {text}" if block.ordered else f"• {text}" for number, text in enumerate(texts, start=1)
    ]


def _sheet_title(heading: str) -> str:
    return heading.translate(_FORBIDDEN_IN_TITLE)[:_TITLE_LENGTH].strip()


def _fill_table_sheet(sheet: Worksheet, section: _Section) -> None:
    for table in section.tables:
        _append_table(sheet, table)
    for index in range(1, sheet.max_column + 1):
        lengths = [_display_length(text) for table in section.tables for text in _column(table, index - 1)]
        width = max(_COLUMN_WIDTH_MIN, min(max(lengths) + 3, _COLUMN_WIDTH_MAX))
        sheet.column_dimensions[get_column_letter(index)].width = width
    for note in section.notes:
        sheet.append([note])
    sheet.freeze_panes = "A2"


def _append_table(sheet: Worksheet, table: Table) -> None:
    sheet.append(table.header)
    for cell in sheet[sheet.max_row]:
        cell.font, cell.fill = _BOLD, _SHADE
    for row in table.rows:
        sheet.append([_value(text) for text in row])
        for cell, text in zip(sheet[sheet.max_row], row, strict=True):
            cell.alignment = _WRAP
            if "," in text:
                cell.number_format = "#,##0"


def _fill_notes_sheet(sheet: Worksheet, sections: list[_Section]) -> None:
    for section in sections:
        sheet.append([section.heading])
        sheet.cell(sheet.max_row, 1).font = _BOLD
        for note in section.notes:
            sheet.append([note])
            sheet.cell(sheet.max_row, 1).alignment = _WRAP
    sheet.column_dimensions["A"].width = _NOTES_WIDTH


def _column(table: Table, index: int) -> list[str]:
    return [row[index] for row in (table.header, *table.rows) if index < len(row)]


def _value(text: str) -> str | int | float:
    """A number where the whole cell is one, such as "300,000" or "0.5"; any other text stays as it is."""
    digits = text.replace(",", "")
    try:
        return int(digits)
    except ValueError:
        pass
    return float(digits) if digits.replace(".", "", 1).isdecimal() else text


def _display_length(text: str) -> int:
    """Columns that the text takes on the screen: a Korean letter is about twice as wide as a Latin one."""
    return sum(1 if character.isascii() else 2 for character in text)


def _save(workbook: Workbook, document: SampleDocument, path: Path) -> None:
    properties = workbook.properties
    properties.title = document.title
    properties.language = document.language
    properties.creator = ""
    content = BytesIO()
    workbook.save(content)
    # Saving sets the time of the last change to now, so the member that holds it is written again.
    properties.created = properties.modified = datetime.combine(document.date, time())
    write_archive(content, path, replaced={"docProps/core.xml": tostring(properties.to_tree())})
