"""The sample documents: their number and facts, and that every written file reads back."""

import json
from collections import Counter
from importlib.resources import files
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from pypdf import PdfReader

from tools.sample_company.company import PEOPLE_TO_BE, company_facts, sample_groups
from tools.sample_company.documents import SampleDocument, read_sample_documents, write_documents
from tools.sample_company.generate import generate
from tools.sample_company.markdown_blocks import (
    Block,
    Heading,
    ListBlock,
    Paragraph,
    Table,
    parse_blocks,
    plain_text,
)

# They are embedded on a CPU when the product first starts.
TOTAL_CHARACTERS_MAX = 115_000
# Long enough to be unique, short enough not to run into the footer when a PDF page ends within a paragraph.
PHRASE_LENGTH = 24
GROUPS = {"everyone", "hr", "finance", "quality", "management"}


@pytest.fixture(scope="module")
def documents() -> dict[str, SampleDocument]:
    return {document.id: document for document in read_sample_documents()}


@pytest.fixture(scope="module")
def products() -> dict[str, dict[str, Any]]:
    company = json.loads(
        files("tools.sample_company").joinpath("data/company.json").read_text(encoding="utf-8")
    )
    return {product["en"]: product for product in company["products"]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("share") / "documents"
    write_documents(target)
    return target


def test_counts(documents: dict[str, SampleDocument]) -> None:
    assert len(documents) == 60
    assert Counter(document.language for document in documents.values()) == {"en": 40, "ko": 20}
    assert Counter(document.format for document in documents.values()) == {
        "md": 20,
        "pdf": 18,
        "docx": 14,
        "xlsx": 8,
    }
    assert {(document.format, document.language) for document in documents.values()} == {
        (format_, language) for format_ in ("md", "pdf", "docx", "xlsx") for language in ("en", "ko")
    }


def test_front_matter_fits_the_source(documents: dict[str, SampleDocument]) -> None:
    folder = files("tools.sample_company").joinpath("data/documents")
    assert {source.name for source in folder.iterdir()} == {f"{id_}.md" for id_ in documents}
    for document in documents.values():
        first = parse_blocks(document.body)[0]
        assert first == Heading(level=1, text=document.title)
        assert document.groups
        assert set(document.groups) <= GROUPS
        assert "2024-01-01" <= document.date.isoformat() <= "2026-10-31"


def test_lengths(documents: dict[str, SampleDocument]) -> None:
    assert sum(len(document.body) for document in documents.values()) <= TOTAL_CHARACTERS_MAX
    for document in documents.values():
        shortest, longest = (1_500, 2_600) if document.language == "en" else (800, 1_400)
        assert shortest <= len(document.body) <= longest, document.id


def test_product_sheets_agree_with_the_price_list(
    documents: dict[str, SampleDocument], products: dict[str, dict[str, Any]]
) -> None:
    sheets = [document for document in documents.values() if document.category == "product"]
    assert len(sheets) == 14
    described = set()
    for sheet in sheets:
        product = products[_product_name(sheet)]
        described.add(product["code"])
        facts = next(block for block in parse_blocks(sheet.body) if isinstance(block, Table))
        values = " | ".join(row[1] for row in facts.rows)
        months = "months" if sheet.language == "en" else "개월"
        separator = " " if sheet.language == "en" else ""
        assert product["code"] in values
        assert product["form"][sheet.language] in values
        assert product["storage"][sheet.language] in values
        assert f"{product['unit_price']:,}" in values
        assert f"{product['shelf_life_months']}{separator}{months}" in values
    assert len(described) == len(sheets)


def test_translations_give_the_same_figures(documents: dict[str, SampleDocument]) -> None:
    for english, korean in (
        ("business-travel-policy", "business-travel-policy-ko"),
        ("credit-limits-by-client-grade", "credit-limit-approval-ko"),
    ):
        assert (
            _number_rows(documents[korean])
            == _number_rows(documents[english])[: len(_number_rows(documents[korean]))]
        )


def test_every_file_reads_back(documents: dict[str, SampleDocument], folder: Path) -> None:
    for document in documents.values():
        text = _squeezed(_read(folder / f"{document.id}.{document.format}"))
        for phrase in _phrases(document):
            assert phrase in text, (document.id, phrase)


def test_word_files_have_headings_lists_and_tables(folder: Path) -> None:
    word = docx.Document(str(folder / "client-onboarding-procedure.docx"))
    styles = {paragraph.style.name for paragraph in word.paragraphs if paragraph.style}
    assert {"Heading 1", "Heading 2", "List Number", "List Bullet"} <= styles
    assert len(word.tables) == 1


def test_workbooks_hold_numbers(folder: Path) -> None:
    workbook = openpyxl.load_workbook(folder / "expense-limits-by-position.xlsx")
    assert workbook.sheetnames == ["Corporate card", "Limits per item", "Approval of claims", "Notes"]
    assert workbook["Corporate card"]["B2"].value == 300_000


def test_manifest_lists_every_file(documents: dict[str, SampleDocument], folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert {entry["file"] for entry in manifest} == {path.name for path in folder.iterdir()} - {
        "manifest.json"
    }
    assert [entry["id"] for entry in manifest] == list(documents)
    for entry in manifest:
        document = documents[entry["id"]]
        assert entry["groups"] == list(document.groups)
        assert entry["date"] == document.date.isoformat()


def test_writing_twice_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    for path in write_documents(tmp_path):
        assert path.read_bytes() == (folder / path.name).read_bytes(), path.name


def test_other_blocks_are_refused() -> None:
    with pytest.raises(ValueError, match="blockquote"):
        parse_blocks("> quoted")
    with pytest.raises(ValueError, match="exactly one paragraph"):
        parse_blocks("- one\n  - nested")


def _product_name(sheet: SampleDocument) -> str:
    if sheet.language == "en":
        return sheet.title.removeprefix("Product Sheet: ")
    facts = next(block for block in parse_blocks(sheet.body) if isinstance(block, Table))
    return next(value for name, value in facts.rows if name == "영문명")


def _number_rows(document: SampleDocument) -> list[tuple[str, ...]]:
    """Of each table row the cells that are numbers, rows without numbers left out."""
    tables = [block for block in parse_blocks(document.body) if isinstance(block, Table)]
    rows = [
        tuple(cell for cell in row if cell.replace(",", "").isdecimal())
        for table in tables
        for row in table.rows
    ]
    return [row for row in rows if row]


def _phrases(document: SampleDocument) -> list[str]:
    phrases = [_squeezed(text) for block in parse_blocks(document.body) for text in _texts(block)]
    return [phrase[:PHRASE_LENGTH] for phrase in phrases]


def _texts(block: Block) -> list[str]:
    match block:
        case Heading():
            return [block.text]
        case Paragraph():
            return [plain_text(block.runs)]
        case ListBlock():
            return [plain_text(item) for item in block.items]
        case Table():
            return [cell for row in (block.header, *block.rows) for cell in row]


def _read(path: Path) -> str:
    match path.suffix:
        case ".pdf":
            return "\n".join(page.extract_text() for page in PdfReader(path).pages)
        case ".docx":
            word = docx.Document(str(path))
            cells = [cell.text for table in word.tables for row in table.rows for cell in row.cells]
            return "\n".join([paragraph.text for paragraph in word.paragraphs] + cells)
        case ".xlsx":
            sheets = openpyxl.load_workbook(path).worksheets
            values = [value for sheet in sheets for row in sheet.iter_rows(values_only=True) for value in row]
            headings = [sheet.title for sheet in sheets]
            return "\n".join(str(value) for value in [*headings, *values] if value is not None)
        case _:
            return path.read_text(encoding="utf-8")


def _squeezed(text: str) -> str:
    """Text without spaces, line ends and thousands separators, which the formats keep differently."""
    return "".join(text.split()).replace(",", "")


def test_the_groups_to_put_people_in_are_those_that_the_company_knows() -> None:
    of_documents = {group for document in read_sample_documents() for group in document.groups} - {"everyone"}
    regions = {f"region:{region.code}" for region in company_facts().regions}
    of_people = {f"employee:{employee_id}" for employee_id in PEOPLE_TO_BE} | {"clients:own", "analyst"}
    assert set(sample_groups()) == of_documents | regions | of_people


def test_the_people_one_can_be_report_to_each_other_and_look_after_clients() -> None:
    data = generate()
    managers = {row["id"]: row["manager_id"] for row in data.employees}
    director, leader, associate = PEOPLE_TO_BE

    assert managers[leader] == director
    assert managers[managers[associate]] == leader
    assert {row["status"] for row in data.employees if row["id"] in PEOPLE_TO_BE} == {"active"}
    assert sum(row["owner_id"] == associate for row in data.clients) > 5
