"""Reads PDF files: headings by their type size, tables by their lines, headers and footers left out."""

import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import pdfplumber
from pdfplumber.page import Page
from pdfplumber.utils.exceptions import PdfminerException

from tools.documents.blocks import Block, UnreadableDocument, heading, table

HEADING_SCALE = 1.15
"""Type this much larger than the body's is a heading."""
FULL_LINE = 0.85
"""A line at least this share of the longest one goes on in the next line."""
MAX_HEADING_LEVEL = 3
MAX_DRAWN = 5000
"""A page with more lines and boxes is a drawing, in which looking for tables takes minutes."""


class _Line(NamedTuple):
    text: str
    top: float
    width: float
    size: float


def read_pdf(content: bytes) -> Iterator[Block]:
    """Yield the blocks of a PDF, page by page.

    Raises:
        UnreadableDocument: ``document_encrypted``, or ``document_scanned``: it holds pictures only.
    """
    try:
        pdf = pdfplumber.open(io.BytesIO(content))
    except PdfminerException as error:
        if "Password" in repr(error):
            raise UnreadableDocument("The PDF is encrypted.", code="document_encrypted") from error
        raise
    with pdf:
        pages = []
        has_pictures = False
        for page in pdf.pages:
            pages.append(_page_items(page))
            has_pictures = has_pictures or bool(page.images)
            page.close()  # frees what it was made of: some pages hold a hundred thousand objects
        if has_pictures and not any(pages):
            raise UnreadableDocument(
                "It holds pictures of pages, and no text: a scan that needs text recognition.",
                code="document_scanned",
            )
        body = _body_size([line for items in pages for line in _lines(items)])
        levels = _heading_levels([line for items in pages for line in _lines(items)], body)
        running = _running_lines(pages, body)
        longest = max(
            (item.width for items in pages for item in items if isinstance(item, _Line)), default=0.0
        )
        for number, items in enumerate(pages, start=1):
            kept = [item for item in items if not (isinstance(item, _Line) and _running_key(item) in running)]
            yield from _page_blocks(kept, number, levels, longest)


def _page_items(page: Page) -> list[_Line | Block]:
    """Return the lines and the tables (as Markdown) of a page, from top to bottom."""
    drawn = len(page.rects) + len(page.lines) + len(page.curves)
    found = page.find_tables() if drawn <= MAX_DRAWN else []
    tables = [one for one in found if len(one.rows) > 1]
    boxes = [one.bbox for one in tables]

    def outside(thing: dict[str, Any]) -> bool:
        middle = (thing["top"] + thing["bottom"]) / 2
        centre = (thing["x0"] + thing["x1"]) / 2
        return not any(x0 <= centre <= x1 and top <= middle <= bottom for x0, top, x1, bottom in boxes)

    placed: list[tuple[float, _Line | Block]] = [
        (one.bbox[1], table([[cell or "" for cell in row] for row in one.extract()])) for one in tables
    ]
    for line in page.filter(outside).extract_text_lines(x_tolerance_ratio=0.15):
        sizes = Counter(round(char["size"], 1) for char in line["chars"])
        size = sizes.most_common(1)[0][0]
        placed.append((line["top"], _Line(line["text"].strip(), line["top"], line["x1"] - line["x0"], size)))
    placed.sort(key=lambda entry: entry[0])
    return [item for _top, item in placed if not isinstance(item, _Line) or item.text]


def _lines(items: Sequence[_Line | Block]) -> list[_Line]:
    return [item for item in items if isinstance(item, _Line)]


def _body_size(lines: Sequence[_Line]) -> float:
    """Return the type size that most of the text has."""
    weights: Counter[float] = Counter()
    for line in lines:
        weights[line.size] += len(line.text)
    return weights.most_common(1)[0][0] if weights else 0.0


def _heading_levels(lines: Sequence[_Line], body: float) -> dict[float, int]:
    """Return the heading level of each type size that is larger than the body's."""
    larger = sorted({line.size for line in lines if line.size >= body * HEADING_SCALE}, reverse=True)
    return {size: min(level, MAX_HEADING_LEVEL) for level, size in enumerate(larger, start=1)}


def _running_lines(pages: Sequence[Sequence[_Line | Block]], body: float) -> set[str]:
    """Return headers and footers: what begins or ends every page, page numbers aside."""
    edges = []
    for items in pages:
        lines = _lines(items)
        edges.append({_running_key(line) for line in [*lines[:1], *lines[-1:]] if line.size <= body})
    common = set.intersection(*edges) if edges else set()
    if len(pages) > 1:
        return common
    return {_running_key(line) for line in _lines(pages[0])[-1:] if line.size < body} if pages else set()


def _running_key(line: _Line) -> str:
    return re.sub(r"\d+", "#", line.text)


def _page_blocks(
    items: list[_Line | Block], page: int, levels: dict[float, int], longest: float
) -> Iterator[Block]:
    paragraph = ""
    goes_on = False
    for item in items:
        is_text = isinstance(item, _Line) and item.size not in levels
        if not is_text and paragraph:
            yield Block(paragraph, page=page)
            paragraph = ""
        if isinstance(item, Block):
            yield item._replace(page=page)
        elif item.size in levels:
            yield heading(item.text, levels[item.size], page)
        else:
            text = re.sub(r"^•\s*", "- ", item.text)
            begins_item = bool(re.match(r"- |\d{1,2}\. ", text))
            separator = (" " if goes_on and not begins_item else "\n") if paragraph else ""
            paragraph += separator + text
            goes_on = item.width >= FULL_LINE * longest
    if paragraph:
        yield Block(paragraph, page=page)
