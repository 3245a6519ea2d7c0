"""Cuts a document's blocks into passages that follow its headings; short sections share one."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from tools.documents.blocks import Block

MAX_PASSAGE_CHARS = 700
SHARED_PASSAGE_CHARS = 480
"""Neighbouring sections under one heading share a passage up to this length: like is found with like."""
SEPARATOR = " › "


class Chunk(NamedTuple):
    """A passage before it is stored.

    Attributes:
        text: At most `MAX_PASSAGE_CHARS` characters.
        section: The headings above it, joined with " › "; None when there are none.
        page: Where it begins, from 1; None where the format has no pages.
    """

    text: str
    section: str | None
    page: int | None


def chunk(blocks: Iterable[Block]) -> list[Chunk]:
    """Return the passages of a document, in reading order. Nothing is lost.

    Only the header row of a table that is cut is repeated, and the headings of sections that share a
    passage stand inside it.
    """
    chunks: list[Chunk] = []
    headings: list[tuple[int, str]] = []
    pending: list[Block] = []
    for block in blocks:
        if block.level:
            chunks.extend(_close(pending, headings))
            pending = []
            headings = [entry for entry in headings if entry[0] < block.level]
            headings.append((block.level, block.text))
        else:
            pending.append(block)
    chunks.extend(_close(pending, headings))
    return _share(chunks)


def _share(chunks: Sequence[Chunk]) -> list[Chunk]:
    """Join short neighbouring sections that stand under the same heading."""
    shared: list[Chunk] = []
    group: list[Chunk] = []
    for part in chunks:
        if group and not _fits(group, part):
            shared.append(_joined(group))
            group = []
        group.append(part)
    if group:
        shared.append(_joined(group))
    return shared


def _fits(group: Sequence[Chunk], part: Chunk) -> bool:
    if part.section is None or _parent(part) is None or _parent(part) != _parent(group[-1]):
        return False
    return sum(len(_with_heading(entry)) + 2 for entry in [*group, part]) <= SHARED_PASSAGE_CHARS


def _joined(group: Sequence[Chunk]) -> Chunk:
    if len(group) == 1:
        return group[0]
    return Chunk("\n\n".join(_with_heading(entry) for entry in group), _parent(group[0]), group[0].page)


def _parent(part: Chunk) -> str | None:
    return part.section.rpartition(SEPARATOR)[0] or None if part.section else None


def _with_heading(part: Chunk) -> str:
    return f"**{(part.section or '').rpartition(SEPARATOR)[2]}**\n\n{part.text}"


def _close(blocks: list[Block], headings: list[tuple[int, str]]) -> Iterator[Chunk]:
    """Fill passages with the blocks of one section."""
    section = SEPARATOR.join(text for _level, text in headings) or None
    text = ""
    page: int | None = None
    for block in blocks:
        for piece in _pieces(block.text):
            if text and len(text) + len(piece) + 2 > MAX_PASSAGE_CHARS:
                yield Chunk(text, section, page)
                text = ""
            page = page if text else block.page
            text = f"{text}\n\n{piece}" if text else piece
    if text:
        yield Chunk(text, section, page)


def _pieces(text: str) -> Iterator[str]:
    if len(text) <= MAX_PASSAGE_CHARS:
        yield text
    elif text.startswith("|"):
        yield from _table_pieces(text)
    else:
        yield from _sentence_pieces(text)


def _table_pieces(text: str) -> Iterator[str]:
    lines = text.splitlines()
    header, rows = lines[:2], lines[2:]
    current = list(header)
    for row in rows:
        if len(current) > len(header) and sum(len(line) + 1 for line in [*current, row]) > MAX_PASSAGE_CHARS:
            yield "\n".join(current)
            current = list(header)
        current.append(row)
    yield "\n".join(current)


def _sentence_pieces(text: str) -> Iterator[str]:
    current = ""
    for sentence in _short_sentences(text):
        if current and len(current) + len(sentence) + 1 > MAX_PASSAGE_CHARS:
            yield current
            current = ""
        current = f"{current} {sentence}" if current else sentence
    if current:
        yield current


def _short_sentences(text: str) -> Iterator[str]:
    for sentence in split_sentences(text):
        for start in range(0, len(sentence), MAX_PASSAGE_CHARS):
            yield sentence[start : start + MAX_PASSAGE_CHARS]


def split_sentences(text: str) -> list[str]:
    """Split text into sentences, list items and table rows; none is empty."""
    parts = re.split(r"(?<=[.!?。])\s+(?=[A-Z가-힣0-9\"'(])|\n+", text)
    return [part.strip() for part in parts if part.strip()]
