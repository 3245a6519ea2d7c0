"""Comparing two documents: their sections side by side, and the names of those that say the same."""

import re
from collections.abc import Sequence
from itertools import takewhile
from typing import NamedTuple, Self

from pydantic import BaseModel

from narutalk.events import Citation
from narutalk.languages import Language
from tools.documents.chunking import SEPARATOR
from tools.documents.models import Document, Passage
from tools.documents.results import cite_passage, plain
from tools.tool import ToolResult

MAX_ROWS = 6
MAX_CELL_CHARS = 500
_SAME = {Language.EN: "The same in both", Language.KO: "양쪽이 같은 부분"}
_ALL_SAME = {Language.EN: "Both say the same.", Language.KO: "두 문서의 내용이 같습니다."}
_MORE = {Language.EN: "{count} more sections differ.", Language.KO: "다른 부분이 {count}곳 더 있습니다."}
_SECTION = {Language.EN: "Section", Language.KO: "부분"}
_ABSENT = "—"
_SENTENCE_END = re.compile(r"[.!?。]\s")
_HEADING = re.compile(r"^\*\*(.+)\*\*$", re.MULTILINE)


class Row(BaseModel):
    """What two documents say in one section; an empty text where one has no such section."""

    section: str
    texts: tuple[str, str]
    marks: tuple[int | None, int | None]


class _Said(NamedTuple):
    text: str
    passage: Passage


class Comparison(ToolResult):
    """The sections of two documents that differ, side by side; `omitted` more are not shown."""

    titles: tuple[str, str]
    rows: list[Row]
    same: list[str]
    omitted: int

    def numbered_after(self, taken: int) -> Self:
        rows = [
            row.model_copy(update={"marks": tuple(mark and mark + taken for mark in row.marks)})
            for row in self.rows
        ]
        return super().numbered_after(taken).model_copy(update={"rows": rows})

    def to_markdown(self, language: Language) -> str:
        parts = []
        if self.rows:
            head = f"| {_SECTION[language]} | {self.titles[0]} | {self.titles[1]} |\n| --- | --- | --- |"
            lines = [f"| {_cell(row.section)} | {_side(row, 0)} | {_side(row, 1)} |" for row in self.rows]
            parts.append("\n".join([head, *lines]))
        else:
            parts.append(f"**{self.titles[0]}** / **{self.titles[1]}**: {_ALL_SAME[language]}")
        if self.omitted:
            parts.append(_MORE[language].format(count=self.omitted))
        if self.same and self.rows:
            parts.append(f"{_SAME[language]}: {', '.join(self.same[:MAX_ROWS])}")
        return "\n\n".join(parts)


def compare(first: Document, second: Document) -> Comparison:
    """Put the sections of two documents side by side, in the first one's order."""
    sides = [_sections(document) for document in (first, second)]
    rows: list[Row] = []
    citations: list[Citation] = []
    same, omitted = [], 0
    for section in dict.fromkeys([*sides[0], *sides[1]]):
        said = [side.get(section, []) for side in sides]
        texts = [_joined(found) for found in said]
        if texts[0] == texts[1]:
            same.append(section)
            continue
        if len(rows) == MAX_ROWS:
            omitted += 1
            continue
        marks: list[int | None] = [None, None]
        for place, (document, found) in enumerate(zip((first, second), said, strict=True)):
            if found:
                marks[place] = len(citations) + 1
                citations.append(cite_passage(document, found[0].passage, len(citations) + 1))
        shown = (_clipped(texts[0], texts[1]), _clipped(texts[1], texts[0]))
        rows.append(Row(section=section, texts=shown, marks=(marks[0], marks[1])))
    return Comparison(
        titles=(_title(first, second), _title(second, first)),
        rows=rows,
        same=[section for section in same if section],
        omitted=omitted,
        citations=citations,
    )


def _sections(document: Document) -> dict[str, list[_Said]]:
    """Return what a document says under each heading, without its own title.

    Short sections share a passage; their headings stand in it as lines of bold type.
    """
    sections: dict[str, list[_Said]] = {}
    for passage in document.passages:
        parts = (passage.section or "").split(SEPARATOR)
        below = [part for part in (parts[1:] if _is_title(parts[0], document) else parts) if part]
        before, *headed = _HEADING.split(passage.text)
        if before.strip():
            sections.setdefault(SEPARATOR.join(below), []).append(_Said(before, passage))
        for heading, text in zip(headed[::2], headed[1::2], strict=True):
            if not text.strip():
                continue
            own = [] if _is_title(heading, document) or heading in below else [heading]
            sections.setdefault(SEPARATOR.join([*below, *own]), []).append(_Said(text, passage))
    return sections


def _is_title(heading: str, document: Document) -> bool:
    return heading.casefold() == document.title.casefold()


def _joined(said: Sequence[_Said]) -> str:
    return " ".join(" ".join(plain(part.text) for part in said).split())


def _clipped(text: str, other: str) -> str:
    """Return as much of a long text as a cell takes, from the sentence in which it begins to differ."""
    if len(text) <= MAX_CELL_CHARS:
        return text
    alike = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(text, other, strict=False)))
    start = max((end.end() for end in _SENTENCE_END.finditer(text, 0, alike)), default=0)
    shown = text[start : start + MAX_CELL_CHARS].rstrip()
    return f"{'… ' if start else ''}{shown}{'…' if start + MAX_CELL_CHARS < len(text) else ''}"


def _title(document: Document, other: Document) -> str:
    return f"{document.title} ({document.source})" if document.title == other.title else document.title


def _side(row: Row, place: int) -> str:
    mark = row.marks[place]
    return f"{_cell(row.texts[place])} [{mark}]" if mark else _ABSENT


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
