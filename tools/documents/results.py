"""What the document tools return."""

import re
from enum import StrEnum
from typing import Self

from pydantic import BaseModel

from narutalk.events import Citation
from narutalk.languages import Language
from tools.documents.chunking import SEPARATOR
from tools.documents.models import Document, Passage
from tools.tool import ToolResult


class Hit(BaseModel):
    """A passage that was found.

    Attributes:
        text: The passage, with its neighbours where these were found as well.
        quote: The passage alone.
        score: Its place among this query's hits, 0 to 1; not comparable between queries.
        similarity: Cosine of question and passage; 0 when only BM25 found it.
        coverage: Share of the question's terms, weighted by rarity, that occur in it, 0 to 1.
        position: Of the passage in its document, from 0.
        page: Of a PDF, or the slide, from 1; None where the format has neither.
        section: The headings above it.
        cells: Where it stands in a spreadsheet, such as ``Prices!A1:C9``.
        source: The file's name.
    """

    text: str
    quote: str
    score: float
    similarity: float
    coverage: float
    document_id: str
    position: int
    title: str
    page: int | None
    section: str | None
    cells: str | None = None
    source: str
    language: str


class Excerpt(BaseModel):
    """The part of a hit that speaks to the question, with the number it is cited by."""

    index: int
    text: str
    hit: Hit


class Fit(StrEnum):
    """Whether passages are about a question."""

    SURE = "sure"
    POSSIBLE = "possible"
    NONE = "none"


class SearchResult(ToolResult):
    """Passages for a question, best first; empty when nothing that the person may read fits."""

    query: str
    fit: Fit
    excerpts: list[Excerpt]

    def numbered_after(self, taken: int) -> Self:
        excerpts = [entry.model_copy(update={"index": entry.index + taken}) for entry in self.excerpts]
        return super().numbered_after(taken).model_copy(update={"excerpts": excerpts})

    def to_markdown(self, language: Language) -> str:
        if not self.excerpts:
            return NOT_FOUND[language]
        lead = [NOT_SURE[language]] if self.fit is Fit.POSSIBLE else []
        return "\n\n".join(
            lead
            + [
                f"[{excerpt.index}] {_where(excerpt.hit, language)}\n{excerpt.hit.text}"
                for excerpt in self.excerpts
            ]
        )


class DocumentSummary(BaseModel):
    """A document in a list."""

    document_id: str
    title: str
    source: str
    language: str
    category: str
    date: str | None


class DocumentList(ToolResult):
    """One page of the documents the person may read."""

    documents: list[DocumentSummary]
    total: int

    def to_markdown(self, language: Language) -> str:
        if not self.documents:
            return NOT_FOUND[language]
        lead = {
            Language.EN: f"{self.total} documents can be read by you",
            Language.KO: f"읽으실 수 있는 문서는 {self.total}건입니다",
        }[language]
        if self.total > len(self.documents):
            lead += {
                Language.EN: f"; the first {len(self.documents)}",
                Language.KO: f". 처음 {len(self.documents)}건",
            }[language]
        header = {
            Language.EN: "| Title | Category | Date | File |\n| --- | --- | --- | --- |",
            Language.KO: "| 제목 | 분류 | 날짜 | 파일 |\n| --- | --- | --- | --- |",
        }[language]
        rows = [f"| {d.title} | {d.category} | {d.date or ''} | {d.source} |" for d in self.documents]
        return f"{lead}:\n\n{header}\n" + "\n".join(rows)


NOT_FOUND = {
    Language.EN: "I found nothing about this in the documents you can read.",
    Language.KO: "읽으실 수 있는 문서에서 관련 내용을 찾지 못했습니다.",
}

NOT_SURE = {
    Language.EN: "I am not sure that this answers your question. The closest passage I found:",
    Language.KO: "질문에 대한 답인지 확실하지 않습니다. 가장 가까운 내용은 다음과 같습니다.",
}
SEE_ALSO = {Language.EN: "See also", Language.KO: "함께 볼 문서"}


def cite(excerpt: Excerpt) -> Citation:
    """Return the citation of an excerpt."""
    hit = excerpt.hit
    return Citation(
        index=excerpt.index,
        kind="document",
        title=hit.title,
        document_id=hit.document_id,
        source=hit.source,
        page=hit.page,
        section=_below_title(hit),
        quote=plain(excerpt.text),
        passage=hit.position,
    )


def cite_passage(document: Document, passage: Passage, index: int) -> Citation:
    """Return the citation of a stored passage."""
    return Citation(
        index=index,
        title=document.title,
        document_id=document.id,
        source=document.source,
        page=passage.page,
        section=passage.section,
        passage=passage.position,
        quote=plain(passage.text),
    )


def _below_title(hit: Hit) -> str | None:
    """Return the headings above a passage without the document's own title."""
    return (hit.section or "").removeprefix(hit.title).removeprefix(SEPARATOR) or None


def plain(text: str) -> str:
    """Return a passage without Markdown, to be read in one line."""
    text = re.sub(r"^\|[\s:|-]+\|$\n?", "", text, flags=re.MULTILINE)
    text = re.sub(r"^\|\s*|\s*\|$", "", text, flags=re.MULTILINE)
    text = re.sub(r"^- ", "", text.replace("**", ""), flags=re.MULTILINE)
    return re.sub(r"\s*(?<!\\)\|\s*", " · ", text).replace("\\|", "|")


def _where(hit: Hit, language: Language) -> str:
    page = {Language.EN: f", page {hit.page}", Language.KO: f", {hit.page}쪽"}[language] if hit.page else ""
    section = f"{SEPARATOR}{_below_title(hit)}" if _below_title(hit) else ""
    return f"{hit.title}{section}{page}"
