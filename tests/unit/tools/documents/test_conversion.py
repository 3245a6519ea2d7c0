"""Reading files in a process of its own."""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tools.documents.blocks import Block, Cells, UnreadableDocument
from tools.documents.conversion import Converter


@pytest.fixture
def converter() -> Iterator[Converter]:
    made = Converter()
    yield made
    made.close()


def test_blocks_and_errors_come_back_as_from_the_readers(converter: Converter) -> None:
    assert converter.read_blocks("# 제목\n\ntext".encode(), "a.md") == [Block("제목", level=1), Block("text")]
    assert converter.read_blocks(b"a,b\n1,2\n", "a.csv") == [
        Block("| a | b |\n| --- | --- |\n| 1 | 2 |", cells=Cells("", 1, 1, 2, 2), header=24)
    ]
    with pytest.raises(UnreadableDocument) as refused:
        converter.read_blocks(b"MZ", "a.exe")
    assert (refused.value.code, "a.exe" in refused.value.message) == ("document_unsupported", True)


def test_a_file_that_takes_too_long_is_given_up_and_the_next_one_is_read() -> None:
    slow = b"|a" * 2_000_000
    hasty = Converter(limit_seconds=0.05)
    with pytest.raises(UnreadableDocument) as refused:
        hasty.read_blocks(slow, "slow.md")
    assert refused.value.code == "document_too_slow"
    hasty._limit_seconds = 60
    assert hasty.read_blocks(b"text", "a.txt") == [Block("text")]
    hasty.close()


def test_a_reader_that_dies_costs_its_own_file(converter: Converter) -> None:
    converter.read_blocks(b"text", "a.txt")
    process = converter._process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    with suppress(UnreadableDocument):  # the death may be noticed when the process is asked, or before
        converter.read_blocks(b"text", "a.txt")
    assert converter.read_blocks(b"text", "a.txt") == [Block("text")]


def test_a_process_whose_parent_is_gone_ends() -> None:
    orphan = Converter()
    orphan.read_blocks(b"text", "a.txt")
    process = orphan._process
    assert process is not None
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(timeout=30) == 0
    orphan.close()
