"""Reads DOCX files: headings by style or outline level, lists, tables, text boxes, notes.

python-docx opens the file; its `Paragraph.text` leaves out inserted (tracked) text, content controls and text
boxes, so the text is taken from the XML.
"""

import io
import re
from collections.abc import Iterator
from typing import Any

import docx
from docx.document import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import qn

from tools.documents.blocks import Block, heading, table
from tools.documents.formats.archives import check_office_file

PARAGRAPH, TABLE, CONTROL = qn("w:p"), qn("w:tbl"), qn("w:sdt")
FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
BOX = qn("w:txbxContent")
NOTES = {
    qn("w:footnoteReference"): (RELATIONSHIP_TYPE.FOOTNOTES, qn("w:footnote")),
    qn("w:endnoteReference"): (RELATIONSHIP_TYPE.ENDNOTES, qn("w:endnote")),
}
MAX_STYLE_DEPTH = 20
MAX_LEVEL = 6


def read_docx(content: bytes) -> Iterator[Block]:
    """Yield the blocks of a Word file, in order."""
    check_office_file(content)
    reader = _Reader(docx.Document(io.BytesIO(content)))
    items: list[str] = []
    for block in reader.blocks():
        if block.text.startswith("- ") and not block.level:
            items.append(block.text)
            continue
        if items:
            yield Block("\n".join(items))
            items = []
        yield block
    if items:
        yield Block("\n".join(items))


class _Reader:
    def __init__(self, document: Document) -> None:
        self._body = document.element.body
        self._styles = {style.get(qn("w:styleId")): style for style in document.styles.element.style_lst}
        self._notes = {tag: _notes(document, *where) for tag, where in NOTES.items()}

    def blocks(self) -> Iterator[Block]:
        yield from self._read(self._body)

    def _read(self, holder: Any) -> Iterator[Block]:
        for part in holder.iterchildren():
            if part.tag == TABLE:
                yield from self._table(part)
            elif part.tag == PARAGRAPH:
                yield from self._paragraph(part)
            elif part.tag not in {FALLBACK, qn("w:sectPr"), qn("w:del")} and len(part):
                yield from self._read(part)  # a content control, an inserted part, custom XML

    def _paragraph(self, part: Any) -> Iterator[Block]:
        text = self._text(part)
        level = self._level(part)
        if text and level:
            yield heading(text, level)
        elif text:
            yield Block(f"- {text}" if self._is_item(part) else text)
        for box in _boxes(part):
            yield from self._read(box)

    def _table(self, part: Any) -> Iterator[Block]:
        rows: list[list[str]] = []
        for row in part.iter(qn("w:tr")):
            if next(row.iterancestors(TABLE)) is not part:
                continue
            values: list[str] = []
            for cell in (
                cell for cell in row.iter(qn("w:tc")) if next(cell.iterancestors(qn("w:tr"))) is row
            ):
                span, goes_on = _cell_shape(cell)
                values.append("" if goes_on else self._cell(cell))
                values.extend([""] * (span - 1))
            rows.append(values)
        rows = [row for row in rows if any(row)]
        if rows and max(map(len, rows)) > 1:
            yield table(rows)
        elif rows:
            yield Block("\n".join(row[0] for row in rows))

    def _cell(self, cell: Any) -> str:
        paragraphs = (self._text(part) for part in cell.iter(PARAGRAPH))
        return " ".join(text for text in paragraphs if text)

    def _text(self, part: Any) -> str:
        """Return a paragraph's own text, with its notes in brackets; text boxes are read after it."""
        written: list[str] = []
        notes: list[str] = []
        for element in part.iter():
            if next(element.iterancestors(PARAGRAPH), part) is not part and element is not part:
                continue  # of a text box
            if element.tag == qn("w:t"):
                written.append(element.text or "")
            elif element.tag == qn("w:tab") and element.getparent().tag == qn("w:r"):
                written.append("\t")
            elif element.tag in {qn("w:br"), qn("w:cr")}:
                written.append("\n")
            elif element.tag == qn("w:noBreakHyphen"):
                written.append("-")
            elif element.tag in self._notes:
                notes.append(self._notes[element.tag].get(element.get(qn("w:id")), ""))
        lines = "".join(written).split("\n")
        text = "\n".join(line.strip() for line in lines).strip()
        return " ".join([text, *(f"({note})" for note in notes if note)]).strip()

    def _level(self, part: Any) -> int:
        own = part.find(f"{qn('w:pPr')}/{qn('w:outlineLvl')}")
        if own is not None:
            return _outline(own)
        for style in self._style_chain(part):
            name = (_value(style, "w:name") or "").lower()
            found = re.fullmatch(r"heading (\d)", name)
            if found or name == "title":
                return min(int(found[1]), MAX_LEVEL) if found else 1
            outline = style.find(f"{qn('w:pPr')}/{qn('w:outlineLvl')}")
            if outline is not None:
                return _outline(outline)
        return 0

    def _is_item(self, part: Any) -> bool:
        if part.find(f"{qn('w:pPr')}/{qn('w:numPr')}") is not None:
            return True
        return any("list" in (_value(style, "w:name") or "").lower() for style in self._style_chain(part))

    def _style_chain(self, part: Any) -> Iterator[Any]:
        style_id = _value(part.find(qn("w:pPr")), "w:pStyle")
        for _ in range(MAX_STYLE_DEPTH):
            style = self._styles.get(style_id)
            if style is None:
                return
            yield style
            style_id = _value(style, "w:basedOn")


def _value(element: Any, tag: str) -> str | None:
    found = None if element is None else element.find(qn(tag))
    return None if found is None else found.get(qn("w:val"))


def _outline(element: Any) -> int:
    level = int(element.get(qn("w:val"), "9")) + 1
    return level if level <= MAX_LEVEL else 0


def _cell_shape(cell: Any) -> tuple[int, bool]:
    """Return how many columns a cell spans, and whether it goes on from the row above."""
    properties = cell.find(qn("w:tcPr"))
    span = _value(properties, "w:gridSpan")
    merged = None if properties is None else properties.find(qn("w:vMerge"))
    goes_on = merged is not None and merged.get(qn("w:val"), "continue") == "continue"
    return (min(int(span), 100) if span and span.isdecimal() else 1), goes_on


def _boxes(part: Any) -> Iterator[Any]:
    """Yield the text boxes that hang on a paragraph; each is there twice, once for old programs."""
    for box in part.iter(BOX):
        holders = {holder.tag for holder in box.iterancestors()}
        if FALLBACK not in holders and next(box.iterancestors(PARAGRAPH)) is part:
            yield box


def _notes(document: Document, relationship: str, tag: str) -> dict[str, str]:
    for relation in document.part.rels.values():
        if relation.reltype == relationship and not relation.is_external:
            root = parse_xml(relation.target_part.blob)
            return {
                note.get(qn("w:id")): "".join(text.text or "" for text in note.iter(qn("w:t"))).strip()
                for note in root.iter(tag)
            }
    return {}
