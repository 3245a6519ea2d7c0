import re

from hypothesis import given
from hypothesis import strategies as st

from tools.documents.blocks import Block
from tools.documents.chunking import MAX_PASSAGE_CHARS, chunk, split_sentences

TEXT = st.text(
    alphabet=st.characters(codec="utf-8", exclude_characters="|", exclude_categories=["C"]), min_size=1
)
BLOCKS = st.lists(
    st.builds(Block, text=TEXT.filter(str.strip), level=st.integers(0, 3), page=st.none() | st.integers(1, 9))
)


@given(BLOCKS)
def test_nothing_is_lost_and_the_order_stays(blocks: list[Block]) -> None:
    spaces = re.compile(r"\s+")
    cut = spaces.sub("", "".join(part.text for part in chunk(blocks)))
    position = 0
    for block in blocks:
        if not block.level:
            for letter in spaces.sub("", block.text):
                position = cut.index(letter, position) + 1


@given(BLOCKS)
def test_nothing_is_repeated_but_shared_headings(blocks: list[Block]) -> None:
    flat = [block for block in blocks if not block.level]
    spaces = re.compile(r"\s+")
    assert spaces.sub("", "".join(part.text for part in chunk(flat))) == spaces.sub(
        "", "".join(block.text for block in flat)
    )


@given(BLOCKS)
def test_no_passage_is_too_long(blocks: list[Block]) -> None:
    assert all(len(part.text) <= MAX_PASSAGE_CHARS for part in chunk(blocks))


def test_passages_follow_headings() -> None:
    blocks = [
        Block("Policy", level=1, page=1),
        Block("Intro.", page=1),
        Block("Rules", level=2, page=2),
        Block("No dogs.", page=2),
        Block("Other", level=1, page=3),
        Block("End.", page=3),
    ]
    assert [(part.section, part.text, part.page) for part in chunk(blocks)] == [
        ("Policy", "Intro.", 1),
        ("Policy › Rules", "No dogs.", 2),
        ("Other", "End.", 3),
    ]


def test_short_sections_under_one_heading_share_a_passage() -> None:
    blocks = [
        Block("Sheet", level=1),
        Block("Price", level=2),
        Block("100 KRW", page=1),
        Block("Storage", level=2),
        Block("2-8 °C"),
        Block("Text", level=2),
        Block("x" * 600),
    ]
    assert [(part.section, part.text) for part in chunk(blocks)] == [
        ("Sheet", "**Price**\n\n100 KRW\n\n**Storage**\n\n2-8 °C"),
        ("Sheet › Text", "x" * 600),
    ]


def test_a_cut_table_keeps_its_header() -> None:
    rows = [f"| item {number:03d} | {'x' * 40} |" for number in range(40)]
    table = "\n".join(["| name | text |", "| --- | --- |", *rows])
    parts = chunk([Block(table)])
    assert len(parts) > 1
    assert all(part.text.startswith("| name | text |\n| --- | --- |\n") for part in parts)
    assert [line for part in parts for line in part.text.splitlines()[2:]] == rows


def test_sentences_of_both_languages() -> None:
    assert split_sentences("One. Two? 셋입니다. 넷.\n- five") == [
        "One.",
        "Two?",
        "셋입니다.",
        "넷.",
        "- five",
    ]
