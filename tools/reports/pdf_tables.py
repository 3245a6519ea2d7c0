"""Tables of the PDF: as wide as the page and no wider, whatever stands in them."""

from collections.abc import Sequence
from html import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import Paragraph
from reportlab.platypus import Table as PdfTable

from tools.fonts import BOLD, REGULAR, showable
from tools.reports.content import Kind, Table

INK, LINE = HexColor("#0f172a"), HexColor("#e2e8f0")
PADDING_POINTS = 4
SIZES = (9.0, 8.0, 7.0, 6.0)
"""A table with many columns is set smaller."""
MIN_TEXT_POINTS = 70
MAX_WORD_POINTS = 90
ZEBRA = HexColor("#f8fafc")


def pdf_table(table: Table, width: float) -> PdfTable:
    """Return a table for a frame of a width in points; its first row repeats on each page."""
    header, rows = [column.title for column in table.columns], table.text_rows()
    right = [column.kind is not Kind.TEXT for column in table.columns]
    for size in SIZES:
        least, natural = _needs(header, rows, right, size)
        if sum(least) <= width:
            break
    else:
        least = [need * width / sum(least) for need in least]
    cells = [_row(header, right, size, BOLD), *(_row(row, right, size, REGULAR) for row in rows)]
    drawn = PdfTable(cells, colWidths=_shared(least, natural, width), repeatRows=1, splitInRow=1)
    drawn.setStyle(
        [
            ("LINEBELOW", (0, 0), (-1, -1), 0.5, LINE),
            ("LINEBELOW", (0, 0), (-1, 0), 1, HexColor("#94a3b8")),
            ("ROWBACKGROUNDS", (0, 1), (-1, -1), (HexColor("#ffffff"), ZEBRA)),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
            ("LEFTPADDING", (0, 0), (-1, -1), PADDING_POINTS),
            ("RIGHTPADDING", (0, 0), (-1, -1), PADDING_POINTS),
            ("TOPPADDING", (0, 0), (-1, -1), 2.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3.5),
        ]
    )
    return drawn


def _needs(
    header: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[bool], size: float
) -> tuple[list[float], list[float]]:
    """Return how wide each column must be, and would like to be, in points."""
    least, natural = [], []
    for place, title in enumerate(header):
        cells = [row[place] for row in rows]
        wide = max((stringWidth(cell, REGULAR, size) for cell in cells), default=0)
        words = max((stringWidth(word, BOLD, size) for word in title.split()), default=0)
        title_points = stringWidth(title, BOLD, size)
        if right[place]:
            need = max(wide, min(words, MAX_WORD_POINTS))
        else:
            longest = max(
                (stringWidth(word, REGULAR, size) for cell in cells for word in cell.split()), default=0
            )
            need = max(min(wide, MIN_TEXT_POINTS), min(longest, MAX_WORD_POINTS), min(words, MAX_WORD_POINTS))
        room = 2 * PADDING_POINTS + 1
        least.append(need + room)
        natural.append(max(need, wide, title_points) + room)
    return least, natural


def _shared(least: Sequence[float], natural: Sequence[float], width: float) -> list[float]:
    """Give each column what it must have, and the rest in the proportion of what they would like."""
    wanted = [more - need for need, more in zip(least, natural, strict=True)]
    spare = max(0.0, width - sum(least))
    if sum(wanted) > spare:
        return [need + spare * want / sum(wanted) for need, want in zip(least, wanted, strict=True)]
    left = (width - sum(natural)) / len(natural)
    return [more + left for more in natural]


def _row(cells: Sequence[str], right: Sequence[bool], size: float, font: str) -> list[Paragraph]:
    style = ParagraphStyle("cell", fontName=font, fontSize=size, leading=size * 1.35, textColor=INK)
    to_the_right = ParagraphStyle("number", parent=style, alignment=TA_RIGHT)
    return [
        Paragraph(escaped(cell), to_the_right if number else style)
        for cell, number in zip(cells, right, strict=True)
    ]


def escaped(text: str) -> str:
    """Return a text as a paragraph takes it."""
    return escape(showable(text))
