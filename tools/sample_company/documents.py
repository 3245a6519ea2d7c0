"""Writes the company's documents as the files that employees would find on a share."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from tools.sample_company.company import company_facts
from tools.sample_company.formats.docx import write_docx
from tools.sample_company.formats.pdf import write_pdf
from tools.sample_company.formats.xlsx import write_xlsx
from tools.sample_company.source import Format, SampleDocument, read_sample_documents

__all__ = ["SampleDocument", "document_keywords", "read_sample_documents", "write_documents"]

MANIFEST_NAME = "manifest.json"


def write_documents(target: Path) -> list[Path]:
    """Writes every sample document as a real file of its format, and the manifest beside them.

    Writing again gives the same bytes. Files of the same names are overwritten; others are left alone.

    Args:
        target: The folder to write to; it is created when it is missing.

    Returns:
        The documents' files ordered by id, without the manifest.
    """
    target.mkdir(parents=True, exist_ok=True)
    documents = read_sample_documents()
    paths = [_write_document(document, target) for document in documents]
    entries = [_manifest_entry(document, path) for document, path in zip(documents, paths, strict=True)]
    manifest = json.dumps(entries, ensure_ascii=False, indent=2) + "\n"
    (target / MANIFEST_NAME).write_text(manifest, encoding="utf-8")
    return paths


def _write_markdown(document: SampleDocument, path: Path) -> None:
    path.write_text(document.body, encoding="utf-8", newline="\n")


_WRITERS: Mapping[Format, Callable[[SampleDocument, Path], None]] = {
    "md": _write_markdown,
    "pdf": write_pdf,
    "docx": write_docx,
    "xlsx": write_xlsx,
}


def _write_document(document: SampleDocument, target: Path) -> Path:
    path = target / f"{document.id}.{document.format}"
    _WRITERS[document.format](document, path)
    return path


def _manifest_entry(document: SampleDocument, path: Path) -> dict[str, object]:
    return {
        "file": path.name,
        "id": document.id,
        "title": document.title,
        "language": document.language,
        "category": document.category,
        "groups": list(document.groups),
        "date": document.date.isoformat(),
        "keywords": document_keywords(document),
    }


def document_keywords(document: SampleDocument) -> list[str]:
    """Return a product sheet's code and the product's name in the other language; nothing for the rest."""
    if document.category != "product":
        return []
    slug = document.id.removeprefix("product-sheet-").removesuffix("-ko")
    product = next((product for product in company_facts().products if product.en.lower() == slug), None)
    if product is None:
        return []
    return [product.en if document.language == "ko" else product.ko, product.code]
