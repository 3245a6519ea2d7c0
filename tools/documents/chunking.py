"""Cuts a document's blocks into passages that follow its headings, pages and tables.

Short sections share a passage. A passage is a slice of the document's text (`document_text`), and says which.
Nothing is lost: what lies between two passages is white space, or headings that stand in the section of a
passage below them. Nothing is repeated but a table's header, in front of every further piece of a table.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from tools.documents.blocks import Block, Cells

MAX_PASSAGE_CHARS = 700
SHARED_PASSAGE_CHARS = 480
"""Neighbouring sections under one heading share a passage up to this length: like is found with like."""
MAX_REPEATED_CHARS = MAX_PASSAGE_CHARS // 2
"""A longer table header is not repeated."""
SEPARATOR = " › "
_SENTENCE_END = re.compile(r"(?<=[.!?。])\s+(?=[A-Z가-힣0-9\"'(])|\n+")


class Chunk(NamedTuple):
    """A passage before it is stored.

    Attributes:
        text: At most `MAX_PASSAGE_CHARS` characters.
        section: The headings above it, joined with " › "; None when there are none.
        page: Of a PDF, or the slide, from 1; None where the format has neither. No passage crosses one.
        cells: Where it stands in a spreadsheet.
        start: Offset of its first character in `document_text`, a repeated header aside.
        end: Offset behind its last one.
        repeated: How many characters at the beginning of `text` are a repeated header; 0 for most.
    """

    text: str
    section: str | None
    page: int | None
    cells: Cells | None
    start: int
    end: int
    repeated: int = 0


class _Piece(NamedTuple):
    """A stretch of the document that is not cut; `header` is written in front of it."""

    start: int
    end: int
    page: int | None
    cells: Cells | None
    header: str = ""

    @property
    def size(self) -> int:
        return self.end - self.start + len(self.header)


class _Section(NamedTuple):
    """The passages under one heading; `path` are the numbers of the headings' blocks."""

    path: tuple[int, ...]
    start: int
    passages: list[_Piece]
    is_heading: bool


def document_text(blocks: Sequence[Block]) -> str:
    """Return the whole text; its headings stand out as in Markdown's bold type."""
    return "\n\n".join(_rendered(block) for block in blocks)


def chunk(blocks: Iterable[Block]) -> list[Chunk]:
    """Return the passages of a document, in reading order."""
    blocks = list(blocks)
    text = document_text(blocks)
    groups = _shared(list(_sections(blocks)))
    return [made for group in groups for made in _chunks(group, blocks, text)]


def split_sentences(text: str) -> list[str]:
    """Split text into sentences, list items and table rows; none is empty."""
    return [text[start:end] for start, end in _sentence_spans(text)]


def _rendered(block: Block) -> str:
    return f"**{block.text}**" if block.level else block.text


def _sections(blocks: Sequence[Block]) -> Iterator[_Section]:
    starts = _offsets(blocks)
    path: tuple[int, ...] = ()
    pending: list[int] = []
    for number, block in enumerate(blocks):
        if not block.level:
            pending.append(number)
            continue
        yield from _section(blocks, starts, path, pending, below=block.level)
        pending = []
        path = (*(entry for entry in path if blocks[entry].level < block.level), number)
    yield from _section(blocks, starts, path, pending, below=0)


def _offsets(blocks: Sequence[Block]) -> list[int]:
    offsets = [0]
    for block in blocks:
        offsets.append(offsets[-1] + len(_rendered(block)) + 2)
    return offsets


def _section(
    blocks: Sequence[Block], starts: Sequence[int], path: tuple[int, ...], body: Sequence[int], *, below: int
) -> Iterator[_Section]:
    """Yield what stands under a heading: nothing when only headings below it do, and they name it."""
    if body:
        pieces = [piece for number in body for piece in _pieces(blocks[number], starts[number])]
        yield _Section(path, starts[path[-1]] if path else 0, _filled(pieces), is_heading=False)
    elif path and below <= blocks[path[-1]].level:
        start, own = starts[path[-1]], blocks[path[-1]]
        alone = _Piece(start, start + len(_rendered(own)), own.page, own.cells)
        yield _Section(path, start, [alone], is_heading=True)


def _filled(pieces: Iterable[_Piece]) -> list[_Piece]:
    """Fill passages with neighbouring pieces."""
    passages: list[_Piece] = []
    for piece in pieces:
        last = passages[-1] if passages else None
        if last is not None and not piece.header and _may_join(last, piece):
            joined = last._replace(end=piece.end, cells=_joined_cells(last.cells, piece.cells))
            if joined.size <= MAX_PASSAGE_CHARS:
                passages[-1] = joined
                continue
        passages.append(piece)
    return passages


def _may_join(one: _Piece, other: _Piece) -> bool:
    if one.page != other.page:
        return False
    return one.cells is None or other.cells is None or one.cells.sheet == other.cells.sheet


def _joined_cells(one: Cells | None, other: Cells | None) -> Cells | None:
    return one.joined(other) if one and other else one or other


def _shared(sections: Sequence[_Section]) -> Iterator[list[_Section]]:
    """Yield sections, short neighbours under the same heading together."""
    group: list[_Section] = []
    for section in sections:
        if group and not _fits(group, section):
            yield group
            group = []
        group.append(section)
    if group:
        yield group


def _fits(group: Sequence[_Section], section: _Section) -> bool:
    first, last = group[0], group[-1]
    if len(section.path) < 2 or section.path[:-1] != first.path[:-1]:
        return False
    if any(len(one.passages) > 1 for one in (last, section)):
        return False
    ahead, behind = last.passages[0], section.passages[0]
    return _may_join(ahead, behind) and behind.end - first.start <= SHARED_PASSAGE_CHARS


def _chunks(group: Sequence[_Section], blocks: Sequence[Block], text: str) -> Iterator[Chunk]:
    path = group[0].path
    passages = group[0].passages
    if len(group) > 1:
        start, end = group[0].start, group[-1].passages[0].end
        cells: Cells | None = None
        for section in group:
            cells = _joined_cells(cells, section.passages[0].cells)
        passages = [_Piece(start, end, passages[0].page, cells)]
    if len(group) > 1 or group[0].is_heading:
        path = path[:-1]
    names = SEPARATOR.join(blocks[number].text for number in path) or None
    for piece in passages:
        yield Chunk(
            piece.header + text[piece.start : piece.end],
            names,
            piece.page,
            piece.cells,
            piece.start,
            piece.end,
            len(piece.header),
        )


def _pieces(block: Block, offset: int) -> Iterator[_Piece]:
    if len(block.text) <= MAX_PASSAGE_CHARS:
        yield _Piece(offset, offset + len(block.text), block.page, block.cells)
    elif block.header:
        yield from _table_pieces(block, offset)
    else:
        for start, end in _packed(_sentence_spans(block.text)):
            yield _Piece(offset + start, offset + end, block.page, block.cells)


def _table_pieces(block: Block, offset: int) -> Iterator[_Piece]:
    """Cut a table between its rows; a row too long for a passage is cut as well."""
    repeated = block.text[: block.header] if block.header <= MAX_REPEATED_CHARS else ""
    room = MAX_PASSAGE_CHARS - len(repeated)
    current: _Piece | None = None
    for row, (line_start, line_end) in enumerate(_lines(block.text)):
        cells = block.cells and block.cells.rows(max(row - 1, 0), max(row - 1, 0))
        for start, end in _cut(block.text, line_start, line_end, room, between=" |"):
            header = repeated if start >= block.header else ""
            piece = _Piece(offset + start, offset + end, block.page, cells, header)
            if current is not None and piece.end - current.start + len(current.header) <= MAX_PASSAGE_CHARS:
                current = current._replace(end=piece.end, cells=_joined_cells(current.cells, cells))
                continue
            if current is not None:
                yield current
            current = piece
    if current is not None:
        yield current


def _lines(text: str) -> Iterator[tuple[int, int]]:
    return ((match.start(), match.end()) for match in re.finditer(r"[^\n]+", text))


def _packed(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield stretches of whole sentences, as long as fit into a passage."""
    current: tuple[int, int] | None = None
    for start, end in spans:
        if current is not None and end - current[0] <= MAX_PASSAGE_CHARS:
            current = (current[0], end)
            continue
        if current is not None:
            yield current
        current = (start, end)
    if current is not None:
        yield current


def _sentence_spans(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in _SENTENCE_END.finditer(text):
        yield from _cut(text, start, match.start(), MAX_PASSAGE_CHARS)
        start = match.end()
    yield from _cut(text, start, len(text), MAX_PASSAGE_CHARS)


def _cut(text: str, start: int, end: int, room: int, between: str = " ") -> Iterator[tuple[int, int]]:
    """Yield a stretch without the white space around it, in several where it is too long.

    Args:
        text: The block's.
        start: Of the stretch.
        end: Behind it.
        room: How long one may be.
        between: Where it is rather cut than in the middle of a word: in front of this.
    """
    while True:
        while start < end and text[start].isspace():
            start += 1
        while end > start and text[end - 1].isspace():
            end -= 1
        if start == end:
            return
        stop = end
        if end - start > room:
            places = (text.rfind(mark, start + room // 2, start + room) for mark in (between, " "))
            stop = next((place for place in places if place > start), start + room)
        yield start, _without_trailing_space(text, start, stop)
        start = stop


def _without_trailing_space(text: str, start: int, stop: int) -> int:
    while stop > start and text[stop - 1].isspace():
        stop -= 1
    return stop
