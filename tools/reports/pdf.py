"""The report as a PDF in A4: a title page, the sections, the appendix; fonts embedded, charts as vectors."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    HRFlowable,
    KeepTogether,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
)
from reportlab.platypus import Table as PdfTable
from reportlab.platypus.tableofcontents import TableOfContents

from narutalk.languages import Language
from narutalk.sql_recording import RecordedQuery
from tools.fonts import BOLD, FONTS_LOCK, REGULAR, register_fonts, showable
from tools.reports.charts import caption, draw, shortened
from tools.reports.content import Figure, ReportContent, Section, Table
from tools.reports.pdf_tables import INK, LINE, escaped, pdf_table
from tools.reports.words import WORDS, contents_of, cover_facts

MARGIN = 20 * mm
WIDTH = A4[0] - 2 * MARGIN
MAX_ROWS_KEPT_TOGETHER = 12
HEAD_OF_A_TABLE = 60 * mm
FIGURES_IN_A_ROW = 4
FOOTER_SIZE = 8

MUTED, ACCENT = HexColor("#475569"), HexColor("#2563eb")
_TEXT = ParagraphStyle("text", fontName=REGULAR, fontSize=10, leading=15.5, textColor=INK, spaceAfter=4)
_MUTED = ParagraphStyle("muted", parent=_TEXT, fontSize=9, leading=13.5, textColor=MUTED)
_COMPANY = ParagraphStyle("company", parent=_TEXT, fontSize=12, textColor=MUTED)
_TITLE = ParagraphStyle("title", fontName=BOLD, fontSize=24, leading=32, textColor=INK, spaceAfter=8 * mm)
_HEADING = ParagraphStyle("heading", fontName=BOLD, fontSize=15, leading=20, textColor=INK, spaceAfter=6)
_SUBHEADING = ParagraphStyle(
    "subheading", parent=_HEADING, fontSize=11, leading=15, spaceBefore=10, spaceAfter=4
)
_FIGURE = ParagraphStyle("figure", fontName=BOLD, fontSize=10.5, leading=14, textColor=INK)
_CODE = ParagraphStyle(
    "code", fontName=REGULAR, fontSize=6.5, leading=8.5, textColor=MUTED, wordWrap="CJK", spaceAfter=5
)
_ENTRY = ParagraphStyle("entry", fontName=REGULAR, fontSize=10, leading=17, textColor=INK)


def render_pdf(content: ReportContent) -> bytes:
    """Return the report as PDF; only the glyphs that are used are embedded."""
    register_fonts()
    buffer = BytesIO()
    document = _Document(
        buffer,
        pagesize=A4,
        title=content.title,
        author=content.company,
        subject=content.draft.period_label,
        creator="NaruTalk",
        lang=content.language.value,
    )
    frame = Frame(MARGIN, 20 * mm, WIDTH, A4[1] - 38 * mm, 0, 0, 0, 0)
    document.addPageTemplates([PageTemplate(frames=[frame])])
    story = [*_cover(content), *_body(content)]
    with FONTS_LOCK:
        document.multiBuild(story, canvasmaker=_numbering(content))
    return buffer.getvalue()


class _Document(BaseDocTemplate):
    """Tells the table of contents and the outline where each heading came to stand."""

    def afterFlowable(self, flowable: Flowable) -> None:  # noqa: N802 (reportlab's name)
        if not isinstance(flowable, _Heading):
            return
        self.canv.bookmarkPage(flowable.key)
        self.canv.addOutlineEntry(flowable.text, flowable.key, level=0)
        self.notify("TOCEntry", (0, escaped(flowable.text), self.page, flowable.key))


class _Heading(Paragraph):
    """A section's title."""

    def __init__(self, text: str, key: str) -> None:
        super().__init__(escaped(text), _HEADING)
        self.text, self.key = text, key


class _Rule(HRFlowable):
    """A line at the lower end of some empty space; a mere spacer is left out at the top of a page."""

    def __init__(self, height: float) -> None:
        super().__init__(width=24 * mm, thickness=3, color=ACCENT, hAlign="LEFT", spaceAfter=4 * mm)
        self._height = height

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        return super().wrap(width, height)[0], self._height


def _cover(content: ReportContent) -> Iterator[Flowable]:
    words, language = WORDS[content.language], content.language
    yield _Rule(45 * mm)
    yield Paragraph(escaped(content.company), _COMPANY)
    yield Paragraph(escaped(content.title), _TITLE)
    facts = [
        [Paragraph(escaped(fact.label), _MUTED), Paragraph(escaped(fact.text(language)), _TEXT)]
        for fact in cover_facts(content)
    ]
    listed = PdfTable(facts, colWidths=[34 * mm, WIDTH - 34 * mm])
    listed.setStyle([("LEFTPADDING", (0, 0), (-1, -1), 0), ("VALIGN", (0, 0), (-1, -1), "TOP")])
    yield listed
    yield Spacer(0, 6 * mm)
    yield Paragraph(words.rights, _SUBHEADING)
    for line in content.draft.rights:
        yield Paragraph(escaped(line), _MUTED)
    if contents_of(content):
        yield Spacer(0, 6 * mm)
        yield Paragraph(words.contents, _SUBHEADING)
        contents = TableOfContents(levelStyles=[_ENTRY], dotsMinLevel=0)
        contents.rightColumnWidth = 12 * mm
        yield contents


def _body(content: ReportContent) -> Iterator[Flowable]:
    for place, section in enumerate(content.sections):
        # A short section begins where the one before it ends; only the first always has a page of its own.
        yield PageBreak() if place == 0 else Spacer(0, 8 * mm)
        yield from _section(section, f"s{place}", content.language)
    if not content.methods:
        return
    words = WORDS[content.language]
    yield PageBreak()
    yield _Heading(words.appendix, "appendix")
    for section in content.methods:
        yield Paragraph(escaped(section.title), _SUBHEADING)
        if section.method:
            yield Paragraph(escaped(section.method), _MUTED)
        for query in section.queries:
            yield Paragraph(_query(query, words.parameters), _CODE)


def _section(section: Section, key: str, language: Language) -> Iterator[Flowable]:
    lead: list[Flowable] = [_Heading(section.title, key)]
    if section.text:
        lead.append(Paragraph(escaped(section.text), _TEXT))
    if section.figures:
        lead.append(_figures(section.figures, language))
    for table in section.tables:
        yield from _table(table, lead, language)
        lead = []
    if lead:
        yield KeepTogether(lead)
    for note in section.notes:
        yield Paragraph(escaped(note), _MUTED)


def _table(table: Table, lead: list[Flowable], language: Language) -> Iterator[Flowable]:
    """Yield a table behind what must stand on the same page as its title: no heading is left alone."""
    head: list[Flowable] = [*lead, Paragraph(escaped(table.title), _SUBHEADING)]
    chart = table.drawn
    if chart:
        told = caption(table, chart, language)
        head += [Paragraph(escaped(told), _MUTED)] if told else []
        head += [draw(table, chart), Spacer(0, 6)]
    rows = pdf_table(table, WIDTH)
    if len(table.rows) <= MAX_ROWS_KEPT_TOGETHER:
        yield KeepTogether([*head, rows])
    else:
        # Some rows stand with the title, the others go on over the pages.
        yield CondPageBreak(HEAD_OF_A_TABLE)
        yield KeepTogether(head)
        yield rows
    if table.note:
        yield Paragraph(escaped(table.note), _MUTED)


def _figures(figures: tuple[Figure, ...], language: Language) -> PdfTable:
    """Return the figures in rows of `FIGURES_IN_A_ROW` boxes."""
    columns = min(FIGURES_IN_A_ROW, len(figures))
    boxes: list[Any] = [
        [Paragraph(escaped(figure.label), _MUTED), Paragraph(escaped(figure.text(language)), _FIGURE)]
        for figure in figures
    ]
    boxes += [""] * (-len(boxes) % columns)
    rows = [boxes[start : start + columns] for start in range(0, len(boxes), columns)]
    table = PdfTable(rows, colWidths=[WIDTH / columns] * columns, spaceBefore=4, spaceAfter=6)
    table.setStyle([("BOX", (0, 0), (-1, -1), 0.5, LINE), ("VALIGN", (0, 0), (-1, -1), "TOP")])
    return table


def _query(query: RecordedQuery, label: str) -> str:
    values = f"<br/>{escaped(label)}: {escaped(', '.join(query.parameters))}" if query.parameters else ""
    return escaped(" ".join(query.sql.split())) + values


def _numbering(content: ReportContent) -> type[Canvas]:
    """Return a canvas that writes the title and the page of all pages below each page."""
    template = WORDS[content.language].page

    class NumberedCanvas(Canvas):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            self._pages: list[dict[str, Any]] = []

        def showPage(self) -> None:  # noqa: N802 (reportlab's name)
            self._pages.append(dict(self.__dict__))
            self._startPage()  # type: ignore[attr-defined] # reportlab's recipe for page numbers

        def save(self) -> None:
            for page, state in enumerate(self._pages, start=1):
                self.__dict__.update(state)
                self._write_footer(template.format(page=page, pages=len(self._pages)))
                super().showPage()
            super().save()

        def _write_footer(self, number: str) -> None:
            self.setFont(REGULAR, FOOTER_SIZE)
            self.setFillColor(MUTED)
            title = shortened(showable(f"{content.company} · {content.title}"), WIDTH - 40 * mm, FOOTER_SIZE)
            self.drawString(MARGIN, 11 * mm, title)
            self.drawRightString(A4[0] - MARGIN, 11 * mm, number)

    return NumberedCanvas
