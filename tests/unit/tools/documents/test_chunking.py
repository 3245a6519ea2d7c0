import itertools
import re

from hypothesis import given
from hypothesis import strategies as st

from tools.documents.blocks import Block, Cells, header_chars, heading, table
from tools.documents.chunking import (
    MAX_PASSAGE_CHARS,
    MAX_REPEATED_CHARS,
    Chunk,
    chunk,
    document_text,
    split_sentences,
)

TEXT = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1).filter(str.strip)
LINES = st.lists(
    TEXT | st.sampled_from(["A sentence. " * 40, "가나다라 마바사. " * 60, "x" * 1500]), min_size=1
)
PARAGRAPHS = st.builds(
    lambda lines, page: Block("\n".join(lines), page=page), LINES, st.none() | st.integers(1, 3)
)
HEADINGS = st.builds(heading, TEXT, st.integers(1, 4), st.none() | st.integers(1, 3))
CELL = st.text(max_size=60)


@st.composite
def tables(draw: st.DrawFn) -> Block:
    width = draw(st.integers(1, 12))
    rows = draw(st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1, max_size=30))
    left, top = draw(st.integers(1, 800)), draw(st.integers(1, 5000))
    cells = Cells(draw(st.sampled_from(["", "Sheet 1"])), left, top, left + width - 1, top + len(rows) - 1)
    return table(rows, cells=draw(st.none() | st.just(cells)))


BLOCKS = st.lists(PARAGRAPHS | HEADINGS | tables(), max_size=12)


@given(BLOCKS)
def test_every_passage_is_a_slice_of_the_document(blocks: list[Block]) -> None:
    text = document_text(blocks)
    for part in chunk(blocks):
        assert part.text[part.repeated :] == text[part.start : part.end]


@given(BLOCKS)
def test_nothing_is_repeated_but_the_header_of_a_cut_table(blocks: list[Block]) -> None:
    text = document_text(blocks)
    parts = chunk(blocks)
    assert all(one.end <= other.start for one, other in itertools.pairwise(parts))
    headers = {block.text[: block.header] for block in blocks if block.header}
    for part in parts:
        assert part.repeated <= MAX_REPEATED_CHARS
        assert not part.repeated or part.text[: part.repeated] in headers
        assert not part.repeated or part.text[: part.repeated] in text[: part.start], "it stands above"


@given(BLOCKS)
def test_nothing_is_lost(blocks: list[Block]) -> None:
    """What no passage holds is white space, or a heading that the next passage is said to stand under."""
    text = document_text(blocks)
    position = 0
    for part in [*chunk(blocks), Chunk("", None, None, None, len(text), len(text))]:
        left_out = text[position : part.start]
        for name in [block.text for block in blocks if block.level]:
            if name in (part.section or ""):
                left_out = left_out.replace(f"**{name}**", "", 1)
        assert not left_out.strip()
        position = part.end


@given(BLOCKS)
def test_no_passage_is_too_long_empty_or_on_two_pages(blocks: list[Block]) -> None:
    bodies = []
    offset = 0
    for block in blocks:
        length = len(document_text([block]))
        if not block.level:
            bodies.append((offset, offset + length, block.page))
        offset += length + 2
    for part in chunk(blocks):
        assert len(part.text) <= MAX_PASSAGE_CHARS
        assert part.text.strip()
        assert {page for start, end, page in bodies if start < part.end and part.start < end} <= {part.page}


@given(tables())
def test_the_cells_of_a_passage_hold_its_rows(block: Block) -> None:
    parts = chunk([block])
    if block.cells is None:
        assert all(part.cells is None for part in parts)
        return
    ranges = [part.cells for part in parts if part.cells is not None]
    assert len(ranges) == len(parts)
    assert (ranges[0].top, ranges[-1].bottom) == (block.cells.top, block.cells.bottom)
    for one, other in itertools.pairwise(ranges):
        assert other.top - one.bottom in (0, 1), "the next row, or the rest of a long one"
    for part in parts:
        lines = [
            line for line in part.text[part.repeated :].split("\n") if not re.fullmatch(r"\|( --- \|)+", line)
        ]
        assert part.cells is not None
        assert part.cells.bottom - part.cells.top + 1 <= max(len(lines), 1)


def shape(parts: list[Chunk]) -> list[tuple[str | None, str, int | None]]:
    return [(part.section, part.text, part.page) for part in parts]


def test_passages_follow_headings() -> None:
    blocks = [
        Block("Policy", level=1, page=1),
        Block("Intro.", page=1),
        Block("Rules", level=2, page=2),
        Block("No dogs.", page=2),
        Block("Other", level=1, page=3),
        Block("End.", page=3),
    ]
    assert shape(chunk(blocks)) == [
        ("Policy", "Intro.", 1),
        ("Policy › Rules", "No dogs.", 2),
        ("Other", "End.", 3),
    ]


def test_passages_end_with_their_page() -> None:
    blocks = [Block("One", page=1), Block("and more", page=1), Block("Two", page=2)]
    assert shape(chunk(blocks)) == [(None, "One\n\nand more", 1), (None, "Two", 2)]


def test_a_heading_with_nothing_below_it_is_a_passage() -> None:
    blocks = [
        Block("Deck", level=1),
        Block("Thanks", level=2),
        Block("Questions", level=2),
        Block("End", level=1),
    ]
    assert shape(chunk(blocks)) == [("Deck", "**Thanks**\n\n**Questions**", None), (None, "**End**", None)]


def test_short_sections_under_one_heading_share_a_passage() -> None:
    blocks = [
        Block("Sheet", level=1),
        Block("Price", level=2),
        Block("100 KRW"),
        Block("Storage", level=2),
        Block("2-8 °C"),
        Block("Text", level=2),
        Block("x" * 600),
    ]
    assert shape(chunk(blocks)) == [
        ("Sheet", "**Price**\n\n100 KRW\n\n**Storage**\n\n2-8 °C", None),
        ("Sheet › Text", "x" * 600, None),
    ]


def test_sections_of_two_parents_with_the_same_name_stay_apart() -> None:
    blocks = [
        Block("A", level=1),
        Block("B", level=2),
        Block("one"),
        Block("A", level=1),
        Block("B", level=2),
        Block("two"),
    ]
    assert shape(chunk(blocks)) == [("A › B", "one", None), ("A › B", "two", None)]


def test_a_cut_table_keeps_its_header_and_knows_its_rows() -> None:
    rows = [["name", "text"], *([f"item {number:03d}", "x" * 40] for number in range(40))]
    parts = chunk([table(rows, cells=Cells("List", 2, 5, 3, 45))])
    assert len(parts) > 1
    assert all(part.text.startswith("| name | text |\n| --- | --- |\n") for part in parts)
    lines = [line for part in parts for line in part.text.splitlines()[2:]]
    assert lines == [f"| item {number:03d} | {'x' * 40} |" for number in range(40)]
    assert next(part.cells.reference() for part in parts if part.cells) == "List!B5:C16"
    assert parts[1].cells == Cells("List", 2, 17, 3, 27)


def test_a_paragraph_of_bars_is_no_table() -> None:
    text = "\n".join(f"| {number} " + "x" * 50 for number in range(30))
    parts = chunk([Block(text)])
    assert [part.repeated for part in parts] == [0] * len(parts)


def test_the_header_of_a_table_is_its_first_two_lines() -> None:
    text = "| a |\n| --- |\n| 1 |"
    assert (header_chars(text), header_chars("| a |\n| --- |")) == (14, 13)


def test_references_are_written_as_spreadsheets_do() -> None:
    assert Cells("Prices", 1, 2, 27, 9).reference() == "Prices!A2:AA9"
    assert Cells("It's 2026", 703, 1, 703, 1).reference() == "'It''s 2026'!AAA1"
    assert Cells("", 1, 1, 2, 1).reference() == "A1:B1"


def test_sentences_of_both_languages() -> None:
    assert split_sentences("One. Two? 셋입니다. 넷.\n- five") == [
        "One.",
        "Two?",
        "셋입니다.",
        "넷.",
        "- five",
    ]
