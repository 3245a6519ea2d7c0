"""Sample documents as Word files, with real heading, list and table styles."""

from datetime import datetime, time
from io import BytesIO
from pathlib import Path

import docx
from docx.document import Document
from docx.oxml.ns import qn
from docx.shared import Pt
from docx.text.paragraph import Paragraph as DocxParagraph

from tools.sample_company.formats.office_archive import write_archive
from tools.sample_company.markdown_blocks import (
    Block,
    Heading,
    ListBlock,
    Paragraph,
    Run,
    Table,
    parse_blocks,
)
from tools.sample_company.source import SampleDocument

_LATIN_FONT = "Calibri"
_KOREAN_FONT = "Malgun Gothic"


def write_docx(document: SampleDocument, path: Path) -> None:
    """Writes `document` as a Word file; the same document gives the same bytes."""
    word = docx.Document()
    _set_properties(word, document)
    _set_fonts(word)
    for block in parse_blocks(document.body):
        _add_block(word, block)
    content = BytesIO()
    word.save(content)
    write_archive(content, path)


def _set_properties(word: Document, document: SampleDocument) -> None:
    properties = word.core_properties
    properties.title = document.title
    properties.language = document.language
    properties.category = document.category
    properties.author = ""
    properties.comments = ""
    properties.created = properties.modified = datetime.combine(document.date, time())


def _set_fonts(word: Document) -> None:
    normal = word.styles["Normal"]
    normal.font.name = _LATIN_FONT
    normal.font.size = Pt(10.5)
    for name in ("Normal", "Heading 1", "Heading 2"):
        fonts = word.styles[name].element.get_or_add_rPr().get_or_add_rFonts()
        # A theme font, where one is named, would win over the font set here.
        fonts.attrib.pop(qn("w:eastAsiaTheme"), None)
        fonts.set(qn("w:eastAsia"), _KOREAN_FONT)


def _add_block(word: Document, block: Block) -> None:
    match block:
        case Heading():
            word.add_heading(block.text, level=block.level)
        case Paragraph():
            _add_runs(word.add_paragraph(), block.runs)
        case ListBlock():
            _add_list(word, block)
        case Table():
            _add_table(word, block)


def _add_runs(paragraph: DocxParagraph, runs: tuple[Run, ...]) -> None:
    for run in runs:
        paragraph.add_run(run.text).bold = run.bold or None


def _add_list(word: Document, block: ListBlock) -> None:
    number = _new_numbering(word) if block.ordered else None
    for item in block.items:
        paragraph = word.add_paragraph(style="List Number" if block.ordered else "List Bullet")
        _add_runs(paragraph, item)
        if number is not None:
            properties = paragraph._p.get_or_add_pPr().get_or_add_numPr()
            properties.get_or_add_ilvl().val = 0
            properties.get_or_add_numId().val = number


def _new_numbering(word: Document) -> int:
    """Adds a numbering that starts at 1; the style alone would count on through the whole file."""
    style = word.styles["List Number"].element
    numbering = word.part.numbering_part.element
    listed = numbering.num_having_numId(style.pPr.numPr.numId.val)
    added = numbering.add_num(listed.abstractNumId.val)
    added.add_lvlOverride(ilvl=0).add_startOverride(1)
    return int(added.numId)


def _add_table(word: Document, block: Table) -> None:
    table = word.add_table(rows=0, cols=len(block.header), style="Light Grid Accent 1")
    for row in (block.header, *block.rows):
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    word.add_paragraph()
