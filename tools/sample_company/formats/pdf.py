"""Sample documents as PDF, with an embedded Korean font."""

from pathlib import Path
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, ListFlowable, SimpleDocTemplate
from reportlab.platypus import Paragraph as PdfParagraph
from reportlab.platypus import Table as PdfTable

from tools.fonts import BOLD, FONTS_LOCK, REGULAR, register_fonts
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

_MARGIN = 22 * mm
_TEXT_WIDTH = A4[0] - 2 * _MARGIN
# What reportlab adds inside each margin.
_FRAME_PADDING = 6
_INK = HexColor("#1f2933")
_ACCENT = HexColor("#0b5d6b")
_LINE = HexColor("#c5ced6")
_SHADE = HexColor("#e8f1f3")
_CELL_PADDING = 5

_BODY = ParagraphStyle("body", fontName=REGULAR, fontSize=10, leading=15, spaceAfter=6, textColor=_INK)
_CELL = ParagraphStyle("cell", parent=_BODY, fontSize=9, leading=12.5, spaceAfter=0)
_CELL_HEADER = ParagraphStyle("cell-header", parent=_CELL, fontName=BOLD)
_HEADINGS = {
    1: ParagraphStyle(
        "h1", parent=_BODY, fontName=BOLD, fontSize=18, leading=24, spaceAfter=8, textColor=_ACCENT
    ),
    2: ParagraphStyle(
        "h2",
        parent=_BODY,
        fontName=BOLD,
        fontSize=12.5,
        leading=17,
        spaceBefore=9,
        spaceAfter=4,
        keepWithNext=1,
    ),
}


def write_pdf(document: SampleDocument, path: Path) -> None:
    """Writes `document` as A4 pages with page numbers; the same document gives the same bytes."""
    register_fonts()
    template = SimpleDocTemplate(
        str(path),
        pagesize=A4,
        leftMargin=_MARGIN - _FRAME_PADDING,
        rightMargin=_MARGIN - _FRAME_PADDING,
        topMargin=20 * mm,
        bottomMargin=20 * mm,
        title=document.title,
        lang=document.language,
        invariant=1,
    )

    def draw_footer(canvas: Canvas, _template: BaseDocTemplate) -> None:
        canvas.setFont(REGULAR, 8)
        canvas.setFillColor(_INK)
        canvas.drawString(_MARGIN, 11 * mm, document.title)
        canvas.drawRightString(A4[0] - _MARGIN, 11 * mm, str(canvas.getPageNumber()))

    flowables = [_flowable(block) for block in parse_blocks(document.body)]
    with FONTS_LOCK:
        template.build(flowables, onFirstPage=draw_footer, onLaterPages=draw_footer)


def _flowable(block: Block) -> Flowable:
    match block:
        case Heading():
            return PdfParagraph(escape(block.text), _HEADINGS[block.level])
        case Paragraph():
            return PdfParagraph(_markup(block.runs), _BODY)
        case ListBlock():
            return _list(block)
        case Table():
            return _table(block)


def _markup(runs: tuple[Run, ...]) -> str:
    return "".join(f"<b>{escape(run.text)}</b>" if run.bold else escape(run.text) for run in runs)


def _list(block: ListBlock) -> ListFlowable:
    style = ParagraphStyle("item", parent=_BODY, spaceAfter=2)
    return ListFlowable(
        [PdfParagraph(_markup(item), style) for item in block.items],
        bulletType="1" if block.ordered else "bullet",
        bulletFormat="%s." if block.ordered else None,
        start=None if block.ordered else "•",
        bulletFontName=REGULAR,
        bulletFontSize=10,
        bulletColor=_ACCENT,
        leftIndent=16,
        spaceAfter=6,
    )


def _table(block: Table) -> PdfTable:
    header = [PdfParagraph(escape(cell), _CELL_HEADER) for cell in block.header]
    rows = [[PdfParagraph(escape(cell), _CELL) for cell in row] for row in block.rows]
    return PdfTable(
        [header, *rows],
        colWidths=_column_widths(block),
        repeatRows=1,
        hAlign="LEFT",
        spaceBefore=3,
        spaceAfter=8,
        style=[
            ("GRID", (0, 0), (-1, -1), 0.5, _LINE),
            ("BACKGROUND", (0, 0), (-1, 0), _SHADE),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), _CELL_PADDING),
            ("RIGHTPADDING", (0, 0), (-1, -1), _CELL_PADDING),
            ("TOPPADDING", (0, 0), (-1, -1), 3),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
        ],
    )


def _column_widths(block: Table) -> list[float]:
    """Gives each column room for its longest word, and shares the rest by the length of its longest cell."""
    columns = list(zip(block.header, *block.rows, strict=True))
    least = [max(_width(word) for cell in column for word in cell.split()) for column in columns]
    wanted = [max(_width(cell) for cell in column) for column in columns]
    spare = max(0.0, _TEXT_WIDTH - sum(least))
    missing = [want - low for want, low in zip(wanted, least, strict=True)]
    share = min(1.0, spare / sum(missing)) if sum(missing) else 0.0
    return [low + share * gap for low, gap in zip(least, missing, strict=True)]


def _width(text: str) -> float:
    # A little more than the bold text needs, because a line that fits exactly may still be broken.
    return stringWidth(text, BOLD, _CELL.fontSize) + 2 * _CELL_PADDING + 1
