"""Turns a file into blocks of text that know their page and their headings."""

import io
import re
from collections.abc import Callable, Iterator
from pathlib import PurePath

import docx
import openpyxl
from docx.table import Table
from docx.text.paragraph import Paragraph

from tools.documents.blocks import Block, UnreadableDocument, markdown_table
from tools.documents.pdf import read_pdf

GROUPED_FROM = 10_000
"""Smaller numbers in cells may be extensions or years: they stay as they are."""


def read_blocks(content: bytes, file_name: str) -> list[Block]:
    """Return the blocks of a document.

    Args:
        content: The whole file.
        file_name: Its ending says the format: md, txt, pdf, docx or xlsx.

    Raises:
        UnreadableDocument: Unsupported, broken, encrypted, or without any text.
    """
    suffix = PurePath(file_name).suffix.lower()
    reader = _READERS.get(suffix)
    if reader is None:
        supported = ", ".join(sorted(_READERS))
        raise UnreadableDocument(
            f"{file_name}: {suffix or 'a file without an ending'} is not supported; these are: {supported}."
        )
    try:
        blocks = list(reader(content))
    except UnreadableDocument:
        raise
    except Exception as error:  # the parsers raise whatever the broken file makes them stumble over
        raise UnreadableDocument(f"{file_name} cannot be read: {type(error).__name__}.") from error
    if not blocks:
        raise UnreadableDocument(f"{file_name} holds no text.", code="document_empty")
    return blocks


def supported_suffixes() -> tuple[str, ...]:
    """Return the file endings that can be read, with their dots."""
    return tuple(sorted(_READERS))


def _read_text(content: bytes) -> Iterator[Block]:
    in_front_matter = False
    paragraph: list[str] = []
    for number, line in enumerate(content.decode("utf-8-sig").splitlines()):
        if line.strip() == "---" and (number == 0 or in_front_matter):
            in_front_matter = not in_front_matter
            continue
        if in_front_matter:
            continue
        heading = re.match(r"(#{1,6})\s+(.+)", line)
        if heading or not line.strip():
            if paragraph:
                yield Block("\n".join(paragraph))
                paragraph = []
            if heading:
                yield Block(heading[2].strip(), level=len(heading[1]))
        else:
            paragraph.append(line.rstrip())
    if paragraph:
        yield Block("\n".join(paragraph))


def _read_docx(content: bytes) -> Iterator[Block]:
    items: list[str] = []
    for part in docx.Document(io.BytesIO(content)).iter_inner_content():
        block = _docx_block(part)
        if block is None:
            continue
        if block.text.startswith("- ") and not block.level:
            items.append(block.text)
            continue
        if items:
            yield Block("\n".join(items))
            items = []
        yield block
    if items:
        yield Block("\n".join(items))


def _docx_block(part: Table | Paragraph) -> Block | None:
    if isinstance(part, Table):
        return Block(markdown_table([[cell.text for cell in row.cells] for row in part.rows]))
    text = part.text.strip()
    if not text:
        return None
    style = (part.style.name if part.style and part.style.name else "").lower()
    heading = re.match(r"heading (\d)", style)
    if heading or style == "title":
        return Block(text, level=int(heading[1]) if heading else 1)
    return Block(f"- {text}" if "list" in style else text)


def _read_xlsx(content: bytes) -> Iterator[Block]:
    workbook = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    for sheet in workbook.worksheets:
        rows = [[_cell_text(value) for value in row] for row in sheet.iter_rows(values_only=True)]
        yield Block(sheet.title, level=2)
        table: list[list[str]] = []
        for row in [*rows, []]:
            filled = [value for value in row if value.strip()]
            if len(filled) > 1:
                table.append(row)
                continue
            if table:
                yield Block(markdown_table(table))
                table = []
            if filled:
                yield Block(filled[0])


def _cell_text(value: object) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) >= GROUPED_FROM:
        return f"{value:,}"
    return "" if value is None else str(value)


_READERS: dict[str, Callable[[bytes], Iterator[Block]]] = {
    ".md": _read_text,
    ".txt": _read_text,
    ".pdf": read_pdf,
    ".docx": _read_docx,
    ".xlsx": _read_xlsx,
}
