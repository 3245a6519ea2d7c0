"""Reads PPTX files slide by slide: titles, text, tables, charts' figures, speakers' notes."""

import io
from collections.abc import Iterable, Iterator
from typing import Any

import pptx
from pptx.enum.shapes import MSO_SHAPE_TYPE, PP_PLACEHOLDER

from tools.documents.blocks import Block, heading, table
from tools.documents.formats.archives import check_office_file

DIAGRAM = "/diagramData"
DIAGRAM_TEXT = "{http://schemas.openxmlformats.org/drawingml/2006/main}t"


def read_pptx(content: bytes) -> Iterator[Block]:
    """Yield the blocks of a presentation; their page is the slide's number."""
    check_office_file(content)
    for number, slide in enumerate(pptx.Presentation(io.BytesIO(content)).slides, start=1):
        blocks = list(_slide_blocks(slide, number))
        if not blocks:
            continue
        title = slide.shapes.title
        title_text = title.text_frame.text.strip() if title is not None else ""
        opening = number == 1 and title is not None and _is_opening(title)
        yield heading(title_text or f"Slide {number}", 1 if opening else 2, number)
        yield from (block for block in blocks if not block.level)


def _is_opening(title: Any) -> bool:
    return bool(title.placeholder_format.type == PP_PLACEHOLDER.CENTER_TITLE)


def _slide_blocks(slide: Any, number: int) -> Iterator[Block]:
    title = slide.shapes.title
    if title is not None and title.text_frame.text.strip():
        yield heading(title.text_frame.text, 2, number)
    title_id = None if title is None else title.shape_id
    for shape in _in_reading_order(slide.shapes):
        if shape.shape_id != title_id:
            yield from _shape_blocks(shape, number)
    for relation in slide.part.rels.values():
        if relation.reltype.endswith(DIAGRAM) and not relation.is_external:
            yield from _diagram(relation.target_part, number)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        notes = _tidy(slide.notes_slide.notes_text_frame.text)
        if notes:
            yield Block(notes, page=number)


def _in_reading_order(shapes: Iterable[Any]) -> Iterator[Any]:
    """Yield shapes from top to bottom, those in groups with their group."""
    placed = [(shape.top or 0, shape.left or 0, index, shape) for index, shape in enumerate(shapes)]
    for _top, _left, _index, shape in sorted(placed):
        if shape.shape_type == MSO_SHAPE_TYPE.GROUP:
            yield from _in_reading_order(shape.shapes)
        else:
            yield shape


def _shape_blocks(shape: Any, number: int) -> Iterator[Block]:
    if getattr(shape, "has_table", False):
        rows = [
            ["" if cell.is_spanned else cell.text_frame.text for cell in row.cells]
            for row in shape.table.rows
        ]
        if any(value.strip() for row in rows for value in row):
            yield table(rows, page=number)
    elif getattr(shape, "has_chart", False):
        yield from _chart(shape.chart, number)
    elif shape.has_text_frame:
        text = _tidy("\n".join(_paragraph(paragraph) for paragraph in shape.text_frame.paragraphs))
        if text:
            yield Block(text, page=number)


def _paragraph(paragraph: Any) -> str:
    text = paragraph.text.replace("\v", "\n").strip()
    return f"{'  ' * paragraph.level}- {text}" if text and paragraph.level else text


def _chart(chart: Any, number: int) -> Iterator[Block]:
    if chart.has_title and chart.chart_title.has_text_frame:
        text = _tidy(chart.chart_title.text_frame.text)
        if text:
            yield Block(text, page=number)
    for plot in chart.plots:
        series = list(plot.series)
        categories = [str(category) for category in plot.categories]
        rows = [["", *(str(one.name) for one in series)]]
        for index, category in enumerate(categories):
            values = [one.values[index] if index < len(one.values) else None for one in series]
            rows.append([category, *("" if value is None else f"{value:g}" for value in values)])
        if categories and series:
            yield table(rows, page=number)


def _diagram(part: Any, number: int) -> Iterator[Block]:
    from pptx.oxml import parse_xml

    texts = [element.text.strip() for element in parse_xml(part.blob).iter(DIAGRAM_TEXT) if element.text]
    items = [f"- {text}" for text in texts if text]
    if items:
        yield Block("\n".join(items), page=number)


def _tidy(text: str) -> str:
    lines = (line.rstrip() for line in text.replace("\v", "\n").split("\n"))
    return "\n".join(line for line in lines if line)
