"""The report as a PDF in A4."""

from html import escape
from io import BytesIO

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, KeepTogether, Paragraph, SimpleDocTemplate, Spacer
from reportlab.platypus import Table as PdfTable

from tools.employees.reports.charts import draw
from tools.employees.reports.content import Figure, ReportContent, Table
from tools.fonts import BOLD, REGULAR, register_fonts

MAX_ROWS_KEPT_TOGETHER = 15

INK, MUTED, LINE = HexColor("#0f172a"), HexColor("#475569"), HexColor("#e2e8f0")
_TITLE = ParagraphStyle("title", fontName=BOLD, fontSize=18, leading=23, textColor=INK)
_MUTED = ParagraphStyle("muted", fontName=REGULAR, fontSize=9, leading=13, textColor=MUTED)
_HEADING = ParagraphStyle("heading", fontName=BOLD, fontSize=12, leading=16, textColor=INK, spaceBefore=12)
_TEXT = ParagraphStyle("text", fontName=REGULAR, fontSize=10, leading=15, textColor=INK, wordWrap="CJK")
_FIGURE = ParagraphStyle("figure", fontName=BOLD, fontSize=10.5, leading=14, textColor=INK)


def render_pdf(content: ReportContent) -> bytes:
    """Return the report as PDF; the Korean fonts are embedded."""
    register_fonts()
    story: list[Flowable] = [
        Paragraph(escape(content.title), _TITLE),
        Paragraph(escape(content.subtitle), _MUTED),
        Paragraph(escape(content.made), _MUTED),
        Spacer(0, 5 * mm),
    ]
    if content.figures:
        story += [_figures(content.figures), Spacer(0, 4 * mm)]
    wrap = "CJK" if content.language.value == "ko" else None
    text = ParagraphStyle("summary", parent=_TEXT, wordWrap=wrap)
    story += [Paragraph(escape(content.summary), text), Spacer(0, 5 * mm)]
    for chart in content.charts:
        story += [draw(chart), Spacer(0, 4 * mm)]
    for table in content.tables:
        parts: list[Flowable] = [Paragraph(escape(table.title), _HEADING), Spacer(0, 2 * mm), _table(table)]
        story += parts if len(table.rows) > MAX_ROWS_KEPT_TOGETHER else [KeepTogether(parts)]
    buffer = BytesIO()
    document = SimpleDocTemplate(
        buffer,
        pagesize=A4,
        leftMargin=20 * mm,
        rightMargin=20 * mm,
        topMargin=18 * mm,
        bottomMargin=18 * mm,
        title=content.title,
        author="NaruTalk",
        subject=content.subtitle,
        lang=content.language.value,
    )
    document.build(story, onFirstPage=_number_page, onLaterPages=_number_page)
    return buffer.getvalue()


def _figures(figures: tuple[Figure, ...]) -> PdfTable:
    cells = [
        [Paragraph(escape(figure.label), _MUTED) for figure in figures],
        [Paragraph(escape(figure.value), _FIGURE) for figure in figures],
    ]
    table = PdfTable(cells, colWidths=[170 * mm / len(figures)] * len(figures))
    table.setStyle(
        [("BOX", (0, 0), (-1, -1), 0.5, LINE), ("INNERGRID", (0, 0), (-1, -1), 0, HexColor("#ffffff"))]
    )
    return table


def _table(table: Table) -> PdfTable:
    rows = [list(table.header), *table.text_rows()]
    widths = [50 * mm, *[120 * mm / (len(table.header) - 1)] * (len(table.header) - 1)]
    drawn = PdfTable(rows, colWidths=widths, repeatRows=1)
    drawn.setStyle(
        [
            ("FONT", (0, 0), (-1, -1), REGULAR, 9),
            ("FONT", (0, 0), (-1, 0), BOLD, 9),
            ("TEXTCOLOR", (0, 0), (-1, -1), INK),
            ("ALIGN", (1, 0), (-1, -1), "RIGHT"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.5, LINE),
            ("TOPPADDING", (0, 0), (-1, -1), 2.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3.5),
        ]
    )
    return drawn


def _number_page(canvas: Canvas, _document: object) -> None:
    canvas.setFont(REGULAR, 8)
    canvas.setFillColor(MUTED)
    canvas.drawRightString(A4[0] - 20 * mm, 10 * mm, str(canvas.getPageNumber()))
