import io
from pathlib import Path

import openpyxl
import pypdf
import pytest

from tools.documents.blocks import Block, Cells, UnreadableDocument
from tools.documents.reading import read_blocks, supported_suffixes


def test_markdown_headings_and_front_matter() -> None:
    text = "---\ntitle: x\n---\n# One\nfirst\nline\n\nsecond\n## Two\n| a | b |\n| --- | --- |\n| 1 | 2 |\n"
    assert read_blocks(text.encode(), "a.md") == [
        Block("One", level=1),
        Block("first\nline"),
        Block("second"),
        Block("Two", level=2),
        Block("| a | b |\n| --- | --- |\n| 1 | 2 |", header=24),
    ]


def test_spreadsheet_rows_become_a_table_with_readable_numbers() -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.title = "Limits"
    for row in (["Grade", "KRW"], ["A", 1_500_000], [], ["A note."]):
        sheet.append(row)
    buffer = io.BytesIO()
    workbook.save(buffer)
    assert read_blocks(buffer.getvalue(), "limits.xlsx") == [
        Block("Limits", level=2),
        Block(
            "| Grade | KRW |\n| --- | --- |\n| A | 1,500,000 |", cells=Cells("Limits", 1, 1, 2, 2), header=30
        ),
        Block("A note.", cells=Cells("Limits", 1, 4, 1, 4)),
    ]


@pytest.mark.parametrize("suffix", [".md", ".pdf", ".docx", ".xlsx"])
def test_every_format_of_the_sample_company_reads_with_its_headings(sample_files: Path, suffix: str) -> None:
    paths = sorted(path for path in sample_files.iterdir() if path.suffix == suffix)
    assert paths
    for path in paths:
        blocks = read_blocks(path.read_bytes(), path.name)
        assert any(block.level for block in blocks), path.name
        assert any(not block.level for block in blocks), path.name
        assert all((block.page is not None) == (suffix == ".pdf") for block in blocks)


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "empty.md", "document_empty"),
        (b"not a pdf", "broken.pdf", "document_unreadable"),
        (b"PK\x03\x04broken", "broken.docx", "document_unreadable"),
        (b"\xff\xfe\x00", "broken.txt", "document_encoding"),
        (b"x", "program.exe", "document_unsupported"),
        (b"x", "noending", "document_unsupported"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(content: bytes, name: str, code: str) -> None:
    with pytest.raises(UnreadableDocument) as refused:
        read_blocks(content, name)
    assert refused.value.code == code
    assert name in refused.value.message


def test_an_encrypted_pdf_says_so() -> None:
    writer = pypdf.PdfWriter()
    writer.add_blank_page(100, 100)
    writer.encrypt("secret")
    buffer = io.BytesIO()
    writer.write(buffer)
    with pytest.raises(UnreadableDocument) as refused:
        read_blocks(buffer.getvalue(), "locked.pdf")
    assert refused.value.code == "document_encrypted"


def test_supported_endings_are_known() -> None:
    assert supported_suffixes() == (
        ".csv",
        ".docx",
        ".htm",
        ".html",
        ".markdown",
        ".md",
        ".pdf",
        ".pptx",
        ".tsv",
        ".txt",
        ".xlsx",
    )
