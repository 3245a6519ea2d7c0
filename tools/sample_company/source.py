"""The sample documents as they are kept in this package: Markdown files with YAML front matter."""

import datetime
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Literal

import yaml
from pydantic import TypeAdapter

Language = Literal["en", "ko"]
Format = Literal["md", "pdf", "docx", "xlsx"]
Category = Literal["policy", "product", "procedure", "compliance"]


@dataclass(frozen=True)
class SampleDocument:
    """One company document.

    Attributes:
        id: Kebab-case, unique, equal to the name of the source file without its suffix.
        title: As written in the first heading.
        language: The language of the whole text.
        format: The kind of file `write_documents` makes of it.
        category: What the document is about.
        groups: The groups that may read it; "everyone" is all employees.
        date: The day it takes effect.
        body: The text in Markdown, beginning with `# title`.
    """

    id: str
    title: str
    language: Language
    format: Format
    category: Category
    groups: tuple[str, ...]
    date: datetime.date
    body: str


def read_sample_documents() -> list[SampleDocument]:
    """Reads all sample documents, ordered by id.

    Raises:
        ValueError: A source file has no front matter, or a field is missing or not one of its allowed values.
    """
    folder = files("tools.sample_company").joinpath("data/documents")
    sources = [source for source in folder.iterdir() if source.name.endswith(".md")]
    adapter = TypeAdapter(SampleDocument)
    return [
        adapter.validate_python(_fields(source)) for source in sorted(sources, key=lambda item: item.name)
    ]


def _fields(source: Traversable) -> dict[str, Any]:
    opening, header, body = source.read_text(encoding="utf-8").split("---\n", 2)
    if opening:
        raise ValueError(f"{source.name} does not begin with front matter")
    return {**yaml.safe_load(header), "body": body}
